/* SPDX-License-Identifier: Apache-2.0 */
/* Load answer: holds back the batch at the limit until it is known whether another one follows. */
#include <gangway/sdk/load_answer.h>
#include <gangway/sdk/show.h>

void gw_room_answer_begin(struct gw_room_answer *answer, const struct gw_load_visitor *visitor, int64_t room,
                          uint32_t limit)
{
    answer->visitor = visitor;
    answer->room = room;
    answer->limit = limit;
    answer->found = 0;
}

static enum gw_status report_batch(const struct gw_room_answer *answer, const struct gw_batch_snapshot *batch,
                                   uint32_t flags, struct gw_error *reterr)
{
    struct gw_batch_snapshot told = *batch;

    told.flags = flags;
    told.room = answer->room;
    return gw_visited(answer->visitor->batch(answer->visitor->context, &told), "batches", reterr);
}

static enum gw_status keep_back(struct gw_room_answer *answer, const struct gw_batch_snapshot *batch,
                                struct gw_error *reterr)
{
    if (batch->ref.len > sizeof answer->ref)
        return gw_error_set(reterr, GW_CONFIG, "product %.*s has a batch whose reference has more than %d bytes",
                            gw_shown(batch->sku), batch->sku.ptr, GW_REFERENCE_MAX);
    answer->last = *batch;
    answer->last.ref = gw_text_span(answer->ref, batch->ref.len);
    if (batch->ref.len > 0)
        memcpy(answer->ref, batch->ref.ptr, (size_t)batch->ref.len);
    return GW_OK;
}

enum gw_status gw_room_answer_add(struct gw_room_answer *answer, const struct gw_batch_snapshot *batch,
                                  struct gw_error *reterr)
{
    answer->found++;
    if (answer->found < answer->limit)
        return report_batch(answer, batch, GW_BATCH_FOUND, reterr);
    return answer->found == answer->limit ? keep_back(answer, batch, reterr) : GW_END;
}

enum gw_status gw_room_answer_end(struct gw_room_answer *answer, struct gw_error *reterr)
{
    uint32_t is_cut = answer->found > answer->limit ? GW_BATCH_LAST : 0;

    return answer->found < answer->limit ? GW_OK : report_batch(answer, &answer->last, GW_BATCH_FOUND | is_cut, reterr);
}
