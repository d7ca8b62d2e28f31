/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port repository: positions of inputs, the outbox and the dead letters, as they are read, settled and managed.
 *
 * An outbox row lives from the apply that creates it until a relay settles it: its destination has it, or refused it
 * for good, which makes a dead letter. One relay at a time delivers a destination: the holder of its lease where
 * several processes share the repository. It reads the pending rows in their order, delivers them, and settles them. A
 * crash in between repeats a delivery with the same idempotency key (gw_outbox_row.id).
 *
 * A dead letter lives until it is replayed successfully, requeued or discarded.
 *
 * Life cycle of an outbox row
 *
 *     apply -> pending -> (a relay delivers it) -> outbox_settle -> removed
 *                 ^                                    |
 *                 |                                    +-> opened: removed, and notices (repository_notices.h)
 *                 |                                    +-> failed: pending again, with an attempt more and a due time
 *                 |                                    +-> refused: removed, a dead letter, and rows for its targets
 *                 +------- dead_requeue <- dead letter +-> rerouted: removed, and rows for its targets only
 *
 * Ownership: what a visitor receives belongs to the plugin and is valid for that call of the visitor. What a slot is
 * given belongs to the caller and is valid for that call of the slot.
 *
 * Times are Unix times in milliseconds by the repository's clock. No time decides anything but when a row is due.
 */
#ifndef GANGWAY_PORT_REPOSITORY_QUEUES_H
#define GANGWAY_PORT_REPOSITORY_QUEUES_H

#include <gangway/abi.h>
#include <gangway/port/repository_apply.h>
#include <gangway/status.h>
#include <gangway/text.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- positions ------------------------------------------------------------------------------------------------ */

/* How far a source was applied. A source has a position from its first applied message on, or since an operator set
 * one. */
struct gw_position {
    /* The source, byte by byte as the entrypoint named it. */
    struct gw_text source;
    /* The offset of the first message that was not applied. */
    int64_t next;
    /* The mark of the last message before next (gw_message.mark): by it an entrypoint notices that the source is
     * another one. */
    uint64_t mark;
    /* 0: there is no mark, as after set_position. */
    uint32_t has_mark;
    uint32_t reserved;
};

/* Receives positions, each source once, in any order. A status other than OK ends the visit and is what the slot
 * returns. */
struct gw_position_visitor {
    uint32_t size;
    uint32_t reserved;
    void *context;
    enum gw_status (*position)(void *context, const struct gw_position *position);
};

/* ---- outbox --------------------------------------------------------------------------------------------------- */

/*
 * A row: one event that waits for delivery to one destination.
 *
 * A repository may keep the events that one changeset makes for one destination together, in blocks; one that keeps
 * them one by one has blocks of one event. Number and stamp identify a block, because a number alone can come a second
 * time after the database went back: they are those of the block's first effect (gw_effect). The index is the event's
 * place in its block. A block is settled from its first event to its last, so it stands at the index of its first event
 * that is still pending. Attempts and due time are that event's: while it waits for its time, the events behind it in
 * the block wait too. So a repository without NOTICES, where each notice has a time of its own, keeps events one by
 * one.
 *
 * The row of a target and of a requeued dead letter is a block of one event.
 */
struct gw_outbox_row {
    /* Of the block. Where a product has events in two blocks, the earlier commit has the lower number. */
    int64_t number;
    /* Of the block. With the number, it identifies this block and no other; 0: the row is older than stamps. */
    int64_t stamp;
    /* The id of a publisher or notifier. The recipient is empty, or one recipient of a notifier: on a repository
     * without NOTICES, and where a dead letter was requeued. */
    struct gw_text destination;
    struct gw_text recipient;
    /* The idempotency key: the same for every attempt and every destination of the event. */
    struct gw_text id;
    /* The event as gw_effect brought it. */
    struct gw_text type;
    struct gw_text sku;
    struct gw_text payload;
    struct gw_text headers;
    /* The product's event counter at this event: the counter before its turn + gw_effect.event. */
    int64_t sequence;
    /* When the event happened: the time of its apply. A replay or another destination does not change it. */
    int64_t event_unix_ms;
    /* When the row came into this queue: by apply, as the row of a target, or by a replay. */
    int64_t queued_unix_ms;
    /* How long ago that is now; at least 0. */
    int64_t age_ms;
    /* Attempts that were made and have failed; 0 for all but the first pending event of a block. */
    uint32_t attempts;
    /* 1: only number, stamp and index are reported, as the visitor allows. */
    uint32_t is_bare;
    /* The place of the event in its block, from 0. */
    uint32_t index;
    uint32_t reserved;
};

/* Of outbox_next's *ret_due_in_ms: no row waits for a time. */
enum { GW_DUE_NEVER = -1 };

/* Receives rows in the order of their numbers and, in a block, of their indexes, each once. A status other than OK ends
 * the visit and is what the slot returns. */
struct gw_outbox_visitor {
    uint32_t size;
    /* 1: number, stamp and index are enough, because the caller may have the row itself from its apply. */
    uint32_t wants_numbers;
    void *context;
    enum gw_status (*row)(void *context, const struct gw_outbox_row *row);
};

/* A dead letter as it is stored. Of kind DELIVERY, letter.entrypoint is the destination, letter.identity the
 * idempotency key and letter.key the SKU; letter.source is empty, and there is no offset. */
struct gw_dead_entry {
    /* Rises in the order of storing; at least 1. */
    int64_t id;
    /* enum gw_dead_kind. */
    uint32_t kind;
    /* How often it was replayed and refused again. */
    uint32_t replays;
    /* When it was stored. */
    int64_t unix_ms;
    struct gw_dead_letter letter;
    /* DELIVERY only: of the event that was refused. Otherwise empty and 0. */
    struct gw_text recipient;
    int64_t sequence;
    int64_t event_unix_ms;
};

/* Who gets an event instead of the destination that refused it: a row for this destination and recipient, with a number
 * and stamp of its own, at the end of its queue and due at once. The recipient of a publisher is empty. */
struct gw_outbox_target {
    struct gw_text destination;
    struct gw_text recipient;
};

/*
 * An event that its destination refused for good. The repository stores the entry as a new dead letter of kind
 * DELIVERY; id, replays and unix_ms are the repository's to set. Each target gets a row with the entry's event: its
 * idempotency key, type, SKU, payload, headers, sequence and time.
 *
 * The caller has the event already, because it sent it. So it brings the dead letter whole, and a repository need not
 * know how its rows become one.
 */
struct gw_outbox_refusal {
    struct gw_dead_entry entry;
    /* Of struct gw_outbox_target; may be empty. */
    struct gw_array targets;
    /* 1: the event was not refused but goes to the targets instead: no dead letter is stored. */
    uint32_t is_rerouted;
    uint32_t reserved;
};

/*
 * What became of the next events of one block, `from` to `to` - 1. It is recorded only when the block of this number
 * and stamp exists and stands at `from`, whole or not at all. Otherwise it changes nothing and is no error: the same
 * settlement, sent again after its answer was lost, makes nothing twice.
 *
 * from < to: these events need no further attempt. They are removed, and the block stands at `to`. Those of them that
 *     were not delivered are in `refusals`.
 * from == to: the event at `from` was not delivered and stays. It is due again in delay_ms, with so many attempts.
 */
struct gw_outbox_settlement {
    int64_t number;
    int64_t stamp;
    uint32_t from;
    uint32_t to;
    /* from < to: of struct gw_outbox_refusal, at most to - from of them. */
    struct gw_array refusals;
    /* NOTICES only. from < to: of struct gw_notice_draft (repository_notices.h): the notices that these events become.
     * Any number of them, also none. */
    struct gw_array drafts;
    /* from == to: at least 0; 0: due at once. */
    int64_t delay_ms;
    /* What the other side said, any bytes, for people. from == to: a repository keeps it if it has a place for it.
     * from < to: it is kept with a notice that was delivered (gw_sent_notice); otherwise ignored. */
    struct gw_text answer;
    /* from == to: how many were made so far. It replaces the row's count, so that repeating the settlement counts none.
     */
    uint32_t attempts;
    uint32_t reserved;
};

/* The backlog of a destination that has rows or pending notices. */
struct gw_outbox_figure {
    struct gw_text destination;
    /* Its rows and pending notices, due or not. */
    uint64_t pending;
    /* The smallest queued_unix_ms of them, to be shown. It is on the repository's clock. */
    int64_t oldest_unix_ms;
    /* How long ago that is, by the repository's clock; 0 if that was set back. The gateway's clock may differ from the
     * repository's, so the core never subtracts the one from the other. */
    int64_t oldest_age_ms;
    /* SHARED: who holds the lease of the destination, for people; empty: nobody. */
    struct gw_text holder;
    /* 0: nobody asked, or the repository cannot tell; holder is empty then. */
    uint32_t is_holder_known;
    uint32_t reserved;
};

/* Receives figures, each destination once, in any order. A status other than OK ends the visit, as above. */
struct gw_outbox_figure_visitor {
    uint32_t size;
    /* 1: who holds the leases, too, which may cost the repository another look. */
    uint32_t wants_holders;
    void *context;
    enum gw_status (*figure)(void *context, const struct gw_outbox_figure *figure);
};

/* ---- dead letters ---------------------------------------------------------------------------------------------- */

/* Selects dead letters. An entry must match every member that is given. */
struct gw_dead_filter {
    uint32_t size;
    /* At most so many entries; 0: all. */
    uint32_t limit;
    /* Only ids above this one: of a page, the last id of the page before. */
    int64_t after;
    /* Of int64_t, in any order; empty: any id. */
    struct gw_array ids;
    /* The source or the entrypoint is exactly this; empty: any. */
    struct gw_text source;
    /* The reason contains these bytes; empty: any. */
    struct gw_text reason;
};

/* Receives entries in the order of their ids. Entries that are stored meanwhile may be left out. A status other than OK
 * ends the visit, as above. */
struct gw_dead_visitor {
    uint32_t size;
    uint32_t reserved;
    void *context;
    enum gw_status (*entry)(void *context, const struct gw_dead_entry *entry);
};

#ifdef __cplusplus
}
#endif

#endif
