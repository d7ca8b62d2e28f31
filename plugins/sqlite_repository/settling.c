/* SPDX-License-Identifier: Apache-2.0 */
/* Settling: see settling.h. */
#include "settling.h"

#include "operations.h"

#include <gangway/sdk/delivery.h>

static enum gw_status add_targets(struct settling *settling, const struct gw_outbox_refusal *refusal,
                                  struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < refusal->targets.count && status == GW_OK; i++) {
        struct gw_outbox_row row = gw_outbox_row_instead(&refusal->entry, gw_array_at(&refusal->targets, i),
                                                         settling->next_stamp++, settling->now_ms);

        status = outbox_add_row(settling->session, &row, reterr);
    }
    return status;
}

enum gw_status settling_refuse(struct settling *settling, const struct gw_outbox_refusal *refusal,
                               struct gw_error *reterr)
{
    struct gw_dead_entry entry = gw_dead_entry_of_refusal(refusal, settling->now_ms);
    enum gw_status status = refusal->is_rerouted ? GW_OK : dead_add(settling->session, &entry, reterr);

    return status == GW_OK ? add_targets(settling, refusal, reterr) : status;
}

enum gw_status settling_run(struct gw_session *session, struct gw_text destination, const struct gw_array *settlements,
                            int64_t stamp, settle_fn *settle, struct gw_error *reterr)
{
    struct settling settling = {
        .session = session, .destination = destination, .next_stamp = stamp, .next_notice_stamp = stamp};
    enum gw_status status = session_begin_write(session, reterr);

    if (status != GW_OK)
        return status;
    settling.now_ms = session->host->unix_ms(session->host);
    for (uint32_t at = 0; at < settlements->count && status == GW_OK;)
        status = settle(&settling, settlements, &at, reterr);
    return session_end_write(session, status, reterr);
}
