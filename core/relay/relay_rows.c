/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of one group: reads them from the outbox, gives each a settlement, and records the settlements. The ports
 * are in relay_publish.c and relay_notify.c. */
#include "base/clock.h"
#include "base/fault_point.h"
#include "process/digest.h"
#include "relay/relay_internal.h"
#include "service/dead_letter.h"
#include "service/notice_lines.h"
#include "service/stamp.h"

#include <string.h>

enum { KEPT_BYTES = 1024 * 1024 }; /* the arena keeps so much between two groups */

static bool keep_text(struct gw_relay *relay, struct gw_text *text)
{
    const char *copy = gw_arena_copy(relay->arena, text->ptr, (size_t)text->len);

    text->ptr = copy;
    return copy != NULL;
}

enum gw_status gw_relay_keep_row(struct gw_relay *relay, const struct gw_outbox_row *row)
{
    struct gw_outbox_row *kept = &relay->channel->rows[relay->row_count];

    *kept = *row;
    if (!keep_text(relay, &kept->destination) || !keep_text(relay, &kept->recipient) || !keep_text(relay, &kept->id) ||
        !keep_text(relay, &kept->type) || !keep_text(relay, &kept->sku) || !keep_text(relay, &kept->payload) ||
        !keep_text(relay, &kept->headers))
        return GW_NOMEM;
    relay->row_count++;
    return GW_OK;
}

/* Takes rows in the order of the repository and without a gap. Rows behind one that is not cached wait for the next
 * look.
 */
static enum gw_status on_row(void *context, const struct gw_outbox_row *row)
{
    struct gw_relay *relay = context;

    if (relay->has_gap)
        return GW_OK;
    relay->tells_whole |= relay->wants_numbers && row->is_bare == 0;
    if (row->is_bare == 0)
        return gw_relay_keep_row(relay, row);
    relay->has_gap = !gw_outbox_memory_recall(relay->memory, row, &relay->channel->rows[relay->row_count]);
    relay->row_count += !relay->has_gap;
    return GW_OK;
}

int64_t gw_relay_longest_delay_ms(const struct gw_relay *relay)
{
    int64_t backoff_ms = relay->channel->component->settings.delivery.backoff_max_ms;

    return backoff_ms < INT64_MAX - relay->longest_pause_ms ? backoff_ms + relay->longest_pause_ms : INT64_MAX;
}

static enum gw_status next_rows(struct gw_relay *relay, uint32_t limit, bool wants_numbers, struct gw_error *reterr)
{
    struct gw_outbox_visitor visitor = {
        .size = sizeof visitor, .wants_numbers = wants_numbers, .context = relay, .row = on_row};

    int64_t due_in_ms = GW_DUE_NEVER;
    enum gw_status status;

    relay->has_gap = false;
    relay->wants_numbers = wants_numbers;
    status = relay->repository->outbox_next(relay->thread.session, gw_text_of(relay->id), 0, limit,
                                            gw_relay_longest_delay_ms(relay), &visitor, &due_in_ms, reterr);
    relay->next_due_ms = due_in_ms == GW_DUE_NEVER ? GW_DUE_NEVER : gw_clock_monotonic_ms() + due_in_ms;
    return status;
}

void gw_relay_begin_rows(struct gw_relay *relay, enum gw_relay_queue queue)
{
    gw_arena_reset(relay->arena, KEPT_BYTES);
    relay->queue = queue;
    relay->row_count = 0;
    relay->settled_count = relay->settlement_count = relay->recorded_count = 0;
}

/* The lease, too, is what the last look has found. */
static void note_look(struct gw_relay *relay, enum gw_status status, int64_t begun_ms)
{
    if (status != GW_OK)
        gw_relay_lease_lost(relay);
    else if (relay->lease.is_held)
        gw_relay_lease_proven(relay, begun_ms);
}

enum gw_status gw_relay_next_rows(struct gw_relay *relay, uint32_t limit, struct gw_error *reterr)
{
    int64_t begun_ms = gw_clock_monotonic_ms();
    enum gw_status status;

    gw_relay_begin_rows(relay, GW_RELAY_OUTBOX);
    relay->is_in_repository = true;
    status = next_rows(relay, limit, gw_outbox_memory_collect(relay->memory), reterr);
    if (status == GW_OK && relay->row_count == 0 && relay->has_gap)
        status = next_rows(relay, limit, false, reterr);
    relay->is_in_repository = false;
    relay->has_end = status == GW_OK && !relay->has_gap && relay->row_count < limit;
    note_look(relay, status, begun_ms);
    if (status == GW_OK && relay->row_count == 0)
        gw_outbox_memory_forget_all(relay->memory);
    if (relay->tells_whole)
        gw_outbox_memory_close(relay->memory);
    return status;
}

int64_t gw_relay_pause_ms(const struct gw_verdict *verdict)
{
    if (verdict->retry_after_ms <= 0)
        return 0;
    return verdict->retry_after_ms < GW_RELAY_PAUSE_MAX_MS ? verdict->retry_after_ms : GW_RELAY_PAUSE_MAX_MS;
}

/* ---- settlements */

/* The settlement of the next row. events: 1 when the row is finished, 0 when it stays. */
static struct gw_outbox_settlement *next_settlement(struct gw_relay *relay, uint32_t events)
{
    const struct gw_outbox_row *row = &relay->channel->rows[relay->settled_count++];
    struct gw_outbox_settlement *settlement = &relay->channel->settlements[relay->settlement_count++];

    *settlement = (struct gw_outbox_settlement){.number = row->number,
                                                .stamp = row->stamp,
                                                .from = row->index,
                                                .to = row->index + events,
                                                .refusals = {NULL, 0, sizeof(struct gw_outbox_refusal)},
                                                .drafts = {NULL, 0, sizeof(struct gw_notice_draft)}};
    return settlement;
}

/* Extends the last settlement by the next row, if that follows in the same block and all of these were delivered. */
static bool extend_settlement(struct gw_relay *relay)
{
    const struct gw_outbox_row *row = &relay->channel->rows[relay->settled_count];
    struct gw_outbox_settlement *last = &relay->channel->settlements[relay->settlement_count];

    if (relay->settlement_count == relay->recorded_count)
        return false;
    last--;
    if (last->number != row->number || last->stamp != row->stamp || last->to != row->index || last->from == last->to ||
        last->refusals.count > 0 || last->drafts.count > 0)
        return false;
    last->to++;
    relay->settled_count++;
    return true;
}

void gw_relay_settle_delivered(struct gw_relay *relay, const char *answer)
{
    if (!extend_settlement(relay))
        next_settlement(relay, 1)->answer = gw_text_of(answer);
    atomic_fetch_add_explicit(&relay->figures.sent, 1, memory_order_relaxed);
}

void gw_relay_settle_opened(struct gw_relay *relay, const struct gw_array *drafts)
{
    next_settlement(relay, 1)->drafts = *drafts;
}

void gw_relay_settle_failed(struct gw_relay *relay, uint32_t attempts, int64_t delay_ms, const char *answer)
{
    struct gw_outbox_settlement *settlement = next_settlement(relay, 0);

    settlement->attempts = attempts;
    settlement->delay_ms = delay_ms;
    settlement->answer = gw_text_of(answer);
    atomic_fetch_add_explicit(&relay->figures.retried, 1, memory_order_relaxed);
}

struct gw_notice_row gw_relay_notice(const struct gw_relay *relay, uint32_t index)
{
    if (relay->queue == GW_RELAY_NOTICES)
        return relay->channel->notices[index];
    return (struct gw_notice_row){.event = relay->channel->rows[index], .count = 1};
}

/* What the next row leaves behind: its event, and of a notice all of its events. NULL: no memory. */
static struct gw_outbox_refusal *make_refusal(struct gw_relay *relay, const char *answer)
{
    struct gw_notice_row notice = gw_relay_notice(relay, relay->settled_count);
    struct gw_outbox_refusal *refusal = gw_arena_alloc(relay->arena, sizeof *refusal);
    struct gw_text headers;

    if (refusal == NULL || !gw_notice_headers_write(relay->arena, &relay->buffer, &notice, &headers))
        return NULL;
    *refusal = (struct gw_outbox_refusal){.entry = gw_dead_entry_of_row(&notice.event, gw_text_of(answer))};
    refusal->entry.letter.headers = headers;
    return refusal;
}

enum gw_status gw_relay_settle_refused(struct gw_relay *relay, const char *answer)
{
    const struct gw_outbox_row *row = &relay->channel->rows[relay->settled_count];
    struct gw_outbox_refusal *refusal = make_refusal(relay, answer);

    if (refusal == NULL)
        return GW_NOMEM;
    if (!relay->routes->is_removed)
        refusal->targets = gw_relay_targets(relay, row->type);
    next_settlement(relay, 1)->refusals = (struct gw_array){refusal, 1, sizeof *refusal};
    atomic_fetch_add_explicit(&relay->figures.dead, 1, memory_order_relaxed);
    return GW_OK;
}

/* Notices of one event follow one another, because they were stored together. */
static bool is_rerouted_already(struct gw_relay *relay, const struct gw_outbox_row *row)
{
    uint8_t digest[GW_DIGEST_BYTES];
    bool is_same;

    gw_digest(row->id, digest);
    is_same = memcmp(digest, relay->rerouted, sizeof digest) == 0;
    memcpy(relay->rerouted, digest, sizeof digest);
    return is_same;
}

enum gw_status gw_relay_settle_rerouted(struct gw_relay *relay)
{
    const struct gw_outbox_row *row = &relay->channel->rows[relay->settled_count];
    struct gw_outbox_refusal *refusal = make_refusal(relay, NULL);

    if (refusal == NULL)
        return GW_NOMEM;
    refusal->is_rerouted = 1;
    if (!is_rerouted_already(relay, row))
        refusal->targets = gw_relay_targets(relay, row->type);
    next_settlement(relay, 1)->refusals = (struct gw_array){refusal, 1, sizeof *refusal};
    atomic_fetch_add_explicit(&relay->figures.rerouted, 1, memory_order_relaxed);
    return GW_OK;
}

enum gw_status gw_relay_settle_readdressed(struct gw_relay *relay, const struct gw_array *targets)
{
    struct gw_outbox_refusal *refusal = make_refusal(
        relay, targets->count > 0
                   ? NULL
                   : "the file no longer names this recipient, and those that it names have a notice of the event");
    bool is_dead = targets->count == 0;

    if (refusal == NULL)
        return GW_NOMEM;
    refusal->is_rerouted = !is_dead;
    refusal->targets = *targets;
    next_settlement(relay, 1)->refusals = (struct gw_array){refusal, 1, sizeof *refusal};
    atomic_fetch_add_explicit(is_dead ? &relay->figures.dead : &relay->figures.rerouted, 1, memory_order_relaxed);
    return GW_OK;
}

/* ---- recording */

static bool has_targets(const struct gw_outbox_settlement *settlement)
{
    for (uint32_t index = 0; index < settlement->refusals.count; index++) {
        const struct gw_outbox_refusal *refusal = gw_array_at(&settlement->refusals, index);

        if (refusal->targets.count > 0)
            return true;
    }
    return false;
}

/* Wakes the relays for which there may be rows now. */
static void hand_over(const struct gw_relay *relay)
{
    for (uint32_t index = relay->recorded_count; index < relay->settlement_count; index++) {
        if (has_targets(&relay->channel->settlements[index])) {
            relay->plan.handed_over(relay->plan.handed_over_context);
            return;
        }
    }
}

/* One call of the slot for the queue. */
static enum gw_status settle(struct gw_relay *relay, struct gw_error *reterr)
{
    const struct gw_repository_ops *ops = relay->repository;
    struct gw_array settlements = {&relay->channel->settlements[relay->recorded_count],
                                   relay->settlement_count - relay->recorded_count,
                                   sizeof *relay->channel->settlements};
    enum gw_status status;

    relay->is_in_repository = true;
    status = (relay->queue == GW_RELAY_NOTICES ? ops->notices_settle : ops->outbox_settle)(
        relay->thread.session, gw_text_of(relay->id), &settlements, gw_stamp_draw(), reterr);
    relay->is_in_repository = false;
    return status;
}

/* One attempt to record. */
static enum gw_status record(struct gw_relay *relay, struct gw_error *reterr)
{
    int64_t begun_ms = gw_clock_monotonic_ms();
    enum gw_status status = settle(relay, reterr);

    if (status != GW_OK) {
        gw_relay_lease_lost(relay);
        return status;
    }
    gw_relay_lease_proven(relay, begun_ms);
    if (relay->queue == GW_RELAY_OUTBOX)
        gw_outbox_memory_forget(relay->memory, &relay->channel->rows[relay->settled_count - 1]);
    return GW_OK;
}

/* After a lost connection the lease may still be free. The results of the deliveries are still true, and recording them
 * avoids a repeat. The repository skips rows that another process has settled meanwhile. */
static enum gw_status record_with_a_new_lease(struct gw_relay *relay, struct gw_error *reterr)
{
    enum gw_status status = gw_relay_lease_hold(relay, reterr);

    return status == GW_OK ? record(relay, reterr) : status;
}

/* A notifier settles outbox rows when it opens them, and notices when it has sent them. */
static bool is_opening(const struct gw_relay *relay)
{
    return relay->has_notices && relay->queue == GW_RELAY_OUTBOX;
}

static void note_record(struct gw_relay *relay, int64_t begun_us)
{
    relay->recorded_us = gw_clock_monotonic_us();
    relay->record_us = relay->recorded_us - begun_us;
    relay->recorded_count = relay->settlement_count;
    gw_rate_note(&relay->figures.sending, atomic_load_explicit(&relay->figures.sent, memory_order_relaxed),
                 relay->recorded_us / 1000);
}

void gw_relay_note_repeated(struct gw_relay *relay, uint64_t count)
{
    atomic_fetch_add_explicit(&relay->figures.repeated, count, memory_order_relaxed);
}

/* How many events of the settlements that are not recorded were sent. */
static uint64_t count_unrecorded(const struct gw_relay *relay)
{
    uint64_t count = 0;

    for (uint32_t index = relay->recorded_count; index < relay->settlement_count && !is_opening(relay); index++) {
        const struct gw_outbox_settlement *settlement = &relay->channel->settlements[index];

        count += settlement->to - settlement->from - settlement->refusals.count;
    }
    return count;
}

enum gw_status gw_relay_record(struct gw_relay *relay)
{
    int64_t begun_us = gw_clock_monotonic_us();

    if (relay->settlement_count == relay->recorded_count)
        return GW_OK;
    gw_fault_point(is_opening(relay) ? "before-open" : "after-deliver");
    for (;;) {
        struct gw_error error = {0};
        enum gw_status status = record(relay, &error);

        if (status == GW_CONFLICT)
            status = record_with_a_new_lease(relay, &error);
        if (status == GW_OK)
            gw_fault_point(is_opening(relay) ? "after-open" : "record");
        if (status == GW_CONFLICT || status == GW_CANCELLED)
            gw_relay_note_repeated(relay, count_unrecorded(relay));
        if (status == GW_OK || status == GW_CONFLICT || status == GW_CANCELLED) {
            hand_over(relay); /* without OK too: an earlier attempt, whose answer was lost, may have succeeded */
            note_record(relay, begun_us);
            return status;
        }
        status = gw_component_thread_wait_after(&relay->thread, &relay->thread.session_host, &relay->repository_backoff,
                                                &error);
        if (status != GW_OK)
            return status;
    }
}
