/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two tasks with intervals of their own: advance the running time every ten minutes, and delete expired ids every
 * minute; deletion repeats at once while more ids are expired than one round deletes.
 */
#include "gateway/expiry.h"

/* A process that was suspended adds no more than this when it resumes, because it received nothing meanwhile. */
enum { ADVANCE_MAX_MS = 2 * GW_EXPIRY_ADVANCE_MS };

void gw_expiry_init(struct gw_expiry *expiry, const struct gw_repository_ops *repository, int64_t keep_ms)
{
    *expiry = (struct gw_expiry){.repository = repository, .keep_ms = keep_ms};
}

/* If another gateway has advanced the running time since, this call only reads it. */
static enum gw_status advance(struct gw_expiry *expiry, struct gw_session *session, int64_t now_ms,
                              struct gw_error *reterr)
{
    int64_t elapsed_ms = expiry->is_known ? now_ms - expiry->seen_at_ms : 0;
    enum gw_status status = expiry->repository->advance(session, expiry->running_ms,
                                                        elapsed_ms < ADVANCE_MAX_MS ? elapsed_ms : ADVANCE_MAX_MS,
                                                        &expiry->running_ms, reterr);

    if (status != GW_OK)
        return status;
    expiry->is_known = true;
    expiry->seen_at_ms = now_ms;
    return GW_OK;
}

/* An id carries the running time that was stored last, which may be up to GW_EXPIRY_ADVANCE_MS too low. */
static enum gw_status forget(struct gw_expiry *expiry, struct gw_session *session, int64_t now_ms,
                             struct gw_error *reterr)
{
    int64_t before_ms = expiry->running_ms - expiry->keep_ms - GW_EXPIRY_ADVANCE_MS;
    uint32_t count = 0;
    enum gw_status status = GW_OK;

    if (before_ms > 0)
        status = expiry->repository->expire(session, before_ms, GW_EXPIRY_ROUND, &count, reterr);
    if (status != GW_OK)
        return status;
    expiry->forgotten += count;
    if (count < GW_EXPIRY_ROUND)
        expiry->behind_ms = 0;
    else if (expiry->behind_ms == 0)
        expiry->behind_ms = now_ms;
    expiry->next_look_ms = count < GW_EXPIRY_ROUND ? now_ms + GW_EXPIRY_LOOK_MS : now_ms;
    return GW_OK;
}

enum gw_status gw_expiry_run(struct gw_expiry *expiry, struct gw_session *session, int64_t now_ms, int64_t *ret_next_ms,
                             struct gw_error *reterr)
{
    int64_t advance_at_ms = expiry->seen_at_ms + GW_EXPIRY_ADVANCE_MS;
    enum gw_status status = GW_OK;

    if (!expiry->is_known || now_ms >= advance_at_ms)
        status = advance(expiry, session, now_ms, reterr);
    if (status == GW_OK && now_ms >= expiry->next_look_ms)
        status = forget(expiry, session, now_ms, reterr);
    advance_at_ms = expiry->seen_at_ms + GW_EXPIRY_ADVANCE_MS;
    *ret_next_ms = expiry->next_look_ms < advance_at_ms ? expiry->next_look_ms : advance_at_ms;
    return status;
}

enum gw_status gw_expiry_end(struct gw_expiry *expiry, struct gw_session *session, int64_t now_ms,
                             struct gw_error *reterr)
{
    return expiry->is_known ? advance(expiry, session, now_ms, reterr) : GW_OK;
}
