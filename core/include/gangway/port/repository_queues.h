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
 * What a visitor receives belongs to the plugin and is valid for that call of the visitor.
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

/* How far a source was applied. */
struct gw_position {
    struct gw_text source;
    int64_t next;      /* the offset of the first message that was not applied */
    uint64_t mark;     /* of the last message before next; see gw_message.mark */
    uint32_t has_mark; /* 0: there is none, as after set_position */
    uint32_t reserved;
};

/* Receives positions, each source once, in any order. */
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
 * A repository may keep the events that one changeset makes for one destination together, in a block; one that keeps
 * them one by one has blocks of one event. Number and stamp identify a block, because a number alone can come a second
 * time after the database went back. The index is the event's place in its block. A block is settled from its first
 * event to its last, so it stands at the index of its first event that is still pending.
 */
struct gw_outbox_row {
    int64_t number; /* of the block; rises, per product in the order of the commits */
    int64_t stamp;  /* of the block: with the number, it identifies this block and no other */
    struct gw_text destination;
    struct gw_text recipient;
    struct gw_text id;
    struct gw_text type;
    struct gw_text sku;
    struct gw_text payload;
    struct gw_text headers;
    int64_t sequence; /* the product's event counter at this event: the counter before its turn + gw_effect.event */
    int64_t event_unix_ms;  /* when the event happened: the time of its apply, whatever became of the row since */
    int64_t queued_unix_ms; /* when the row came into this queue: by apply, or in place of a dead row, or by a replay */
    int64_t age_ms;         /* how long ago that is now, by the same clock */
    uint32_t attempts;      /* made so far */
    uint32_t is_bare;       /* 1: only number, stamp and index are reported, as the visitor allows */
    uint32_t index;         /* in the block, from 0 */
    uint32_t reserved;
};

/* Of outbox_next's *ret_due_in_ms: no row waits for a time. */
enum { GW_DUE_NEVER = -1 };

/* Receives rows in the order of their numbers and, in a block, of their indexes, each once. */
struct gw_outbox_visitor {
    uint32_t size;
    uint32_t wants_numbers; /* 1: number, stamp and index are enough, because the caller may have the row itself */
    void *context;
    enum gw_status (*row)(void *context, const struct gw_outbox_row *row);
};

/* A dead letter as it is stored. */
struct gw_dead_entry {
    int64_t id;                   /* rises in the order of storing, at least 1 */
    uint32_t kind;                /* enum gw_dead_kind */
    uint32_t replays;             /* how often it was replayed and refused again */
    int64_t unix_ms;              /* when it was stored */
    struct gw_dead_letter letter; /* DELIVERY: entrypoint is the destination, identity the idempotency key, key the
                                     SKU; source is empty */
    struct gw_text recipient;     /* DELIVERY */
    int64_t sequence;             /* DELIVERY: as of the row that died */
    int64_t event_unix_ms;        /* DELIVERY: likewise */
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
    struct gw_array targets; /* of struct gw_outbox_target */
    uint32_t is_rerouted; /* 1: the event was not refused but goes to the targets instead: no dead letter is stored */
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
    struct gw_array refusals; /* from < to: of struct gw_outbox_refusal, at most to - from */
    int64_t delay_ms;         /* from == to: at least 0 */
    struct gw_text answer;    /* from == to: of the other side; for people. A repository keeps it if it has a place */
    uint32_t attempts;        /* from == to: made so far. Not added, so that repeating the settlement counts none */
    uint32_t reserved;
};

/* The backlog of a destination that has rows. */
struct gw_outbox_figure {
    struct gw_text destination;
    uint64_t pending;         /* rows, due or not */
    int64_t oldest_unix_ms;   /* the smallest queued_unix_ms of them */
    struct gw_text holder;    /* SHARED: who holds the lease of the destination, for people; empty: nobody */
    uint32_t is_holder_known; /* 0: nobody asked, or the repository cannot tell; holder is empty then */
    uint32_t reserved;
};

/* Receives figures, each destination once, in any order. */
struct gw_outbox_figure_visitor {
    uint32_t size;
    uint32_t wants_holders; /* 1: who holds the leases, too */
    void *context;
    enum gw_status (*figure)(void *context, const struct gw_outbox_figure *figure);
};

/* ---- dead letters ---------------------------------------------------------------------------------------------- */

/* Selects dead letters. An entry must match every member that is given. An empty list of ids matches any. */
struct gw_dead_filter {
    uint32_t size;
    uint32_t limit;        /* at most so many, 0: all */
    int64_t after;         /* only ids above */
    struct gw_array ids;   /* of int64_t */
    struct gw_text source; /* the source or the entrypoint is this; empty: any */
    struct gw_text reason; /* the reason contains this; empty: any */
};

/* Receives entries in the order of their ids. */
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
