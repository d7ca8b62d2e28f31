/* SPDX-License-Identifier: Apache-2.0 */
/* Two things at their own pace: the running time every ten minutes, old ids every minute and at once while there are
 * more than one round takes. */
#include "gateway/expiry.h"

/* A process that was stopped in between, and woken, counts no more than this: it received nothing meanwhile. */
enum { ADVANCE_MAX_MS = 2 * GW_EXPIRY_ADVANCE_MS };

void gw_expiry_init(struct gw_expiry *expiry, const struct gw_repository_ops *repository, int64_t keep_ms)
{
    *expiry = (struct gw_expiry){.repository = repository, .keep_ms = keep_ms};
}

/* Another gateway may have raised it since; then it only reads what that one stored. */
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

/* An id carries the running time as it was last stored, which may be GW_EXPIRY_ADVANCE_MS too low. */
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
