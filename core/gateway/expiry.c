/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks with intervals of their own: advance the running time every ten minutes, and delete expired ids and notices
 * every minute; deletion repeats at once while more is expired than one round deletes.
 */
#include "gateway/expiry.h"

/* A process that was suspended adds no more than this when it resumes, because it received nothing meanwhile. */
enum { ADVANCE_MAX_MS = 2 * GW_EXPIRY_ADVANCE_MS };

void gw_expiry_init(struct gw_expiry *expiry, const struct gw_plugin *plugin, struct gw_expiry_keep keep)
{
    *expiry = (struct gw_expiry){.plugin = plugin, .keep = keep};
}

static bool has(const struct gw_expiry *expiry, uint32_t feature)
{
    return (expiry->plugin->features & feature) != 0;
}

bool gw_expiry_is_wanted(const struct gw_expiry *expiry)
{
    return has(expiry, GW_REPOSITORY_INBOX) || has(expiry, GW_REPOSITORY_NOTICES);
}

static const struct gw_repository_ops *ops_of(const struct gw_expiry *expiry)
{
    return expiry->plugin->ops;
}

static int64_t earlier(int64_t left_ms, int64_t right_ms)
{
    return left_ms < right_ms ? left_ms : right_ms;
}

static void note_round(struct gw_expiry_rounds *rounds, uint32_t count, int64_t now_ms)
{
    rounds->deleted += count;
    if (count < GW_EXPIRY_ROUND)
        rounds->behind_ms = 0;
    else if (rounds->behind_ms == 0)
        rounds->behind_ms = now_ms;
    rounds->next_ms = count < GW_EXPIRY_ROUND ? now_ms + GW_EXPIRY_LOOK_MS : now_ms;
}

/* ---- message ids */

/* If another gateway has advanced the running time since, this call only reads it. */
static enum gw_status advance(struct gw_expiry *expiry, struct gw_session *session, int64_t now_ms,
                              struct gw_error *reterr)
{
    int64_t elapsed_ms = expiry->is_known ? now_ms - expiry->seen_at_ms : 0;
    enum gw_status status = ops_of(expiry)->advance(session, expiry->running_ms, earlier(elapsed_ms, ADVANCE_MAX_MS),
                                                    &expiry->running_ms, reterr);

    if (status != GW_OK)
        return status;
    expiry->is_known = true;
    expiry->seen_at_ms = now_ms;
    return GW_OK;
}

/* An id carries the running time that was stored last, which may be up to GW_EXPIRY_ADVANCE_MS too low. */
static enum gw_status delete_ids(struct gw_expiry *expiry, struct gw_session *session, int64_t now_ms,
                                 struct gw_error *reterr)
{
    int64_t before_ms = expiry->running_ms - expiry->keep.ids_ms - GW_EXPIRY_ADVANCE_MS;
    uint32_t count = 0;
    enum gw_status status = GW_OK;

    if (before_ms > 0)
        status = ops_of(expiry)->expire(session, before_ms, GW_EXPIRY_ROUND, &count, reterr);
    if (status == GW_OK)
        note_round(&expiry->ids, count, now_ms);
    return status;
}

static enum gw_status run_ids(struct gw_expiry *expiry, struct gw_session *session, int64_t now_ms,
                              int64_t *ret_next_ms, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    if (!expiry->is_known || now_ms >= expiry->seen_at_ms + GW_EXPIRY_ADVANCE_MS)
        status = advance(expiry, session, now_ms, reterr);
    if (status == GW_OK && now_ms >= expiry->ids.next_ms)
        status = delete_ids(expiry, session, now_ms, reterr);
    *ret_next_ms = earlier(expiry->ids.next_ms, expiry->seen_at_ms + GW_EXPIRY_ADVANCE_MS);
    return status;
}

/* ---- sent notices */

static enum gw_status run_notices(struct gw_expiry *expiry, struct gw_session *session, int64_t now_ms,
                                  int64_t *ret_next_ms, struct gw_error *reterr)
{
    uint32_t count = 0;
    enum gw_status status = GW_OK;

    if (now_ms >= expiry->notices.next_ms) {
        status = ops_of(expiry)->notices_expire(session, expiry->keep.notices_ms, GW_EXPIRY_ROUND, &count, reterr);
        if (status == GW_OK)
            note_round(&expiry->notices, count, now_ms);
    }
    *ret_next_ms = expiry->notices.next_ms;
    return status;
}

/* ---- both */

enum gw_status gw_expiry_run(struct gw_expiry *expiry, struct gw_session *session, int64_t now_ms, int64_t *ret_next_ms,
                             struct gw_error *reterr)
{
    int64_t ids_ms = INT64_MAX;
    int64_t notices_ms = INT64_MAX;
    enum gw_status status = GW_OK;

    if (has(expiry, GW_REPOSITORY_INBOX))
        status = run_ids(expiry, session, now_ms, &ids_ms, reterr);
    if (status == GW_OK && has(expiry, GW_REPOSITORY_NOTICES))
        status = run_notices(expiry, session, now_ms, &notices_ms, reterr);
    *ret_next_ms = earlier(ids_ms, notices_ms);
    return status;
}

enum gw_status gw_expiry_end(struct gw_expiry *expiry, struct gw_session *session, int64_t now_ms,
                             struct gw_error *reterr)
{
    return expiry->is_known ? advance(expiry, session, now_ms, reterr) : GW_OK;
}
