/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: outbox rows and dead letters as they turn into each other, for a repository that holds them as the
 * structs of the port; and the rules about due times and settlements, for every repository.
 *
 * Life cycle of a delivery
 *
 *   effect       An effect of a changeset becomes an outbox row (gw_outbox_row_of_effect).
 *   refusal      If its destination refuses the event permanently, the settlement has the dead letter
 *                (gw_dead_entry_of_refusal), and each of its targets gets a row of the same event
 *                (gw_outbox_row_instead).
 *   draft        The event of a notifier becomes notices (gw_outbox_row_of_draft).
 *   requeue      A dead letter that is requeued becomes a row for each target (gw_outbox_row_instead): those that the
 *                caller names, else its own (gw_outbox_target_of).
 *
 * Idempotency key, sequence and time of the event never change, so a receiver can drop repeats.
 *
 * The structs that these functions fill point to the texts of their source. A repository that keeps one copies the
 * texts (row_copy.h) while the source is valid. The repository draws numbers and ids; they are 0 here.
 *
 * No state, no allocation, any thread. What a function gets is borrowed for the call.
 */
#ifndef GANGWAY_SDK_DELIVERY_H
#define GANGWAY_SDK_DELIVERY_H

#include <gangway/port/repository.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- times: milliseconds of the repository's clock ---- */

/* When a wait that begins now ends. The settings allow waits of any length, so the result saturates at INT64_MAX. */
static inline int64_t gw_time_after(int64_t now_ms, int64_t wait_ms)
{
    return wait_ms < INT64_MAX - now_ms ? now_ms + wait_ms : INT64_MAX;
}

/* The due time of a row that waits so long from now on; 0, which is always due, if it waits not at all: otherwise a clock
 * that is set back would delay it. */
static inline int64_t gw_due_after(int64_t now_ms, int64_t wait_ms)
{
    return wait_ms > 0 ? gw_time_after(now_ms, wait_ms) : 0;
}

/* How long ago a time is; 0 if the clock was set back to before it. */
static inline int64_t gw_age_ms(int64_t now_ms, int64_t since_ms)
{
    return now_ms > since_ms ? now_ms - since_ms : 0;
}

/* In how many milliseconds a row is due, by the rule of outbox_next; 0: now. A row whose due time is further away than
 * longest_wait_ms is due now, because the clock was set back or the settings were changed. */
static inline int64_t gw_due_in_ms(int64_t due_ms, int64_t now_ms, int64_t longest_wait_ms)
{
    return due_ms > now_ms && due_ms <= gw_time_after(now_ms, longest_wait_ms) ? due_ms - now_ms : 0;
}

/* The earlier of two waits as outbox_next reports them, where GW_DUE_NEVER is the longest. */
static inline int64_t gw_earlier_wait(int64_t a_ms, int64_t b_ms)
{
    return a_ms == GW_DUE_NEVER || (b_ms != GW_DUE_NEVER && b_ms < a_ms) ? b_ms : a_ms;
}

/* ---- settlements: of struct gw_outbox_settlement ---- */

/*
 * Checks the settlements of an outbox_settle before any of them is recorded.
 * OK.
 * INVALID: one ends before it begins, refuses more events than it settles, has drafts though its event stays, or has
 * both drafts and refusals; the text names its block.
 */
enum gw_status gw_settlements_check(const struct gw_array *settlements, struct gw_error *reterr);

/* The same for notices_settle, where a settlement with drafts is INVALID too. */
enum gw_status gw_notice_settlements_check(const struct gw_array *settlements, struct gw_error *reterr);

/* The result of a settlement for a block of one event, for a repository that stores events one by one. */
enum gw_settled {
    GW_SETTLED_NOTHING = 0,   /* a block of one event has no such part: skip it */
    GW_SETTLED_DELIVERED = 1, /* remove the row */
    GW_SETTLED_REFUSED = 2,   /* remove the row; if it was there, store the one refusal */
    GW_SETTLED_FAILED = 3,    /* the row stays: set attempts and due time */
    GW_SETTLED_OPENED = 4     /* remove the row; if it was there, store the drafts as notices */
};

/* Translates a settlement of a block of one event. It was checked by gw_settlements_check. */
static inline enum gw_settled gw_settlement_of_one(const struct gw_outbox_settlement *settlement)
{
    if (settlement->from != 0 || settlement->to > 1)
        return GW_SETTLED_NOTHING;
    if (settlement->to == 0)
        return GW_SETTLED_FAILED;
    if (settlement->drafts.count > 0)
        return GW_SETTLED_OPENED;
    return settlement->refusals.count == 0 ? GW_SETTLED_DELIVERED : GW_SETTLED_REFUSED;
}

/* ---- rows ---- */

/* The outbox row of effect `index` of a changeset that was checked (changeset.h). events: the event counter of the
 * effect's product before the changeset. now_ms: the time of the apply. Borrows the changeset's texts. */
struct gw_outbox_row gw_outbox_row_of_effect(const struct gw_changeset *set, uint32_t index, int64_t events,
                                             int64_t now_ms);

/* The row of a refused event for one target: queued now, without an attempt. Borrows the texts of both. */
struct gw_outbox_row gw_outbox_row_instead(const struct gw_dead_entry *entry, const struct gw_outbox_target *target,
                                           int64_t stamp, int64_t now_ms);

/* The row to store for the draft of a notice: pending, due at once. Borrows the draft's texts. */
struct gw_outbox_row gw_outbox_row_of_draft(const struct gw_notice_draft *draft, int64_t stamp);

/* The destination and recipient that refused the delivery. Borrows the entry's texts. */
struct gw_outbox_target gw_outbox_target_of(const struct gw_dead_entry *entry);

/* ---- dead letters ---- */

/* The entry to store for a refusal: its dead letter, stored now. id and replays are 0. Borrows the refusal's texts. */
struct gw_dead_entry gw_dead_entry_of_refusal(const struct gw_outbox_refusal *refusal, int64_t now_ms);

/* 1 when the filter of dead_list matches the entry, else 0. The caller applies the filter's limit, because it counts
 * entries. Cost: the number of ids in the filter. */
int gw_dead_filter_matches(const struct gw_dead_filter *filter, const struct gw_dead_entry *entry);

#ifdef __cplusplus
}
#endif

#endif
