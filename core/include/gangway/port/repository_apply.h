/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port repository: the changeset, which holds everything that one turn changes.
 *
 * Life cycle
 *
 *   The core builds a changeset from what load answered and what the commands did. apply (repository.h) compares what
 *   the turn saw with what is stored, and stores all of the changeset or nothing. After UNKNOWN the core sends the same
 *   changeset again, byte by byte; then apply must find out whether the first attempt was committed. When apply has
 *   returned anything else, the core drops the changeset.
 *
 * Each part says what must hold before and what holds afterwards. So a repository needs no business rule to apply it,
 * and a changeset that was already applied changes nothing.
 *
 *     Allocate, 4 of BRASS-LAMP, at offset 41 of a partition:
 *         positions      {source, expected 41, next 42}
 *         products       {BRASS-LAMP, expected 7, version 8, events 1}
 *         batch_updates  {lamp-ship-june, allocated 0 -> 4}
 *         line_inserts   {order-1, qty 4, lamp-ship-june}
 *         effects        {Allocated -> the publisher `events`}
 *
 * Order: apply the parts in the order of struct gw_changeset. The arrays of positions and products are sorted. Lock
 * their rows in that order; then two applies cannot deadlock each other.
 *
 * Ownership: the changeset, and all that it points to, belongs to the core and is borrowed for the call. Nothing in it
 * changes during the call.
 *
 * Units: quantities are units of stock, 0 to 2,147,483,647. Versions and event counters start at 0 and only rise.
 *
 * Statuses: apply compares in this order, and the first mismatch decides:
 *
 *     1. the form of the changeset                              INTERNAL
 *     2. positions                                              ALREADY when all are at next, otherwise MOVED
 *     3. no positions, and all message ids are known            ALREADY
 *     4. products, then absent_refs                             CONFLICT
 *     5. message ids                                            CONFLICT
 *     6. batches, lines and dead letters, while they change     CONFLICT
 *     7. what a constraint of the storage refuses beyond that   PERMANENT
 *
 * Step 3 comes before step 4, because the versions have risen when the first attempt of this changeset was committed.
 * gangway/sdk/changeset.h and gangway/sdk/verdict.h have these checks, so that every repository answers alike.
 *
 * Durability: OK means that the commit survives a crash of the server. OK without it would lose commands, because the
 * core then settles the messages with their broker.
 *
 * Threads: the thread of the session that apply is called with.
 */
#ifndef GANGWAY_PORT_REPOSITORY_APPLY_H
#define GANGWAY_PORT_REPOSITORY_APPLY_H

#include <gangway/abi.h>
#include <gangway/message.h>
#include <gangway/port/repository_load.h> /* GW_ID_BYTES */
#include <gangway/text.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what was read ---------------------------------------------------------------------------------------------- */

/* Moves the position of a source from expected to next. Any other stored position is MOVED, or ALREADY when every
 * position of the changeset is at its next. */
struct gw_position_change {
    struct gw_text source;

    /* The offset that must be stored before, or GW_OFFSET_NONE when the source must have no position yet. */
    int64_t expected;

    /* The offset that is stored afterwards: that of the next message. */
    int64_t next;

    /* The mark of the last message before next (gw_message.mark), to be stored with it. has_mark 0: there is none. */
    uint64_t mark;
    uint32_t has_mark;
    uint32_t reserved;
};

/* INBOX only. Stores a message id with the outcome of its message. The id must be unknown before; otherwise apply
 * returns CONFLICT, or ALREADY when all ids of a changeset without positions are known. */
struct gw_id_change {
    uint8_t id[GW_ID_BYTES];

    /* A hash of the command's name and its body. The core compares it when the id comes again. */
    uint8_t fingerprint[GW_DIGEST_BYTES];

    /* enum gw_outcome of the message, and for a refused one the reason. */
    uint32_t outcome;
    uint32_t reserved;
    struct gw_text reason;
};

/* ---- stock ------------------------------------------------------------------------------------------------------ */

/* A product that the turn changed or read. Version and stamp must be as the turn saw them; otherwise apply returns
 * CONFLICT. A product that was only read is compared and locked too, because the decisions of the turn rest on it.
 * Other parts of the changeset name a product by its index in gw_changeset.products. */
struct gw_product_change {
    struct gw_text sku;

    /* The version before, as load reported it. 0: the product must not exist. */
    int64_t expected;

    /* The version afterwards. Equal to expected: the product was only read, and version and stamp stay as they are.
     * Above expected: apply stores it with the stamp of the changeset. */
    int64_t version;

    /* The stamp before, as load reported it. */
    int64_t stamp;

    /* How many events of the product the turn raised. apply adds it to the product's event counter, also where the
     * version stays. */
    uint32_t events;
    uint32_t reserved;
};

/* Creates a batch. No batch of any product may have its reference; otherwise apply returns CONFLICT. */
struct gw_batch_insert {
    /* Index in gw_changeset.products, here and below. */
    uint32_t product;

    /* year * 10000 + month * 100 + day, or 0 for stock in the warehouse. */
    int32_t eta;
    struct gw_text ref;

    /* Units that the batch has, and units of the lines that it holds: 0 <= allocated <= purchased. */
    int64_t purchased;
    int64_t allocated;

    /* The version of the product when the batch was created. It orders batches of equal ETA. */
    int64_t created;
};

/* Changes the quantities of a batch. The old quantities must be stored; otherwise apply returns CONFLICT. They are
 * compared in addition to the version, so that a correction by hand on a running gateway is not overwritten. */
struct gw_batch_update {
    uint32_t product;
    uint32_t reserved;
    struct gw_text ref;

    /* As the turn saw them. */
    int64_t old_purchased;
    int64_t old_allocated;

    /* As they are stored afterwards. */
    int64_t purchased;
    int64_t allocated;
};

/* Deallocates an order line, whichever batch of the product holds it. A line that no batch holds is a CONFLICT. */
struct gw_line_delete {
    uint32_t product;
    uint32_t reserved;
    struct gw_text orderid;
    int64_t qty;
};

/* Allocates an order line to a batch. A line that a batch holds already is a CONFLICT, unless the same changeset
 * deletes it. */
struct gw_line_insert {
    uint32_t product;
    uint32_t reserved;
    struct gw_text orderid;
    int64_t qty;

    /* The batch that takes the line. It belongs to the product, and may be created by the same changeset. */
    struct gw_text ref;

    /* The version of the product when the line was allocated. The newest lines of a batch have the highest. */
    int64_t seq;
};

/* ---- dead letters ----------------------------------------------------------------------------------------------- */

/* X(name, number, word). The number is stored; the word is for people. */
#define GW_DEAD_KIND_LIST(X)                                    \
    X(COMMAND, 1, "command")   /* a message that was refused */ \
    X(DELIVERY, 2, "delivery") /* an outbox row that its destination refused permanently */

/* GW_DEAD_COMMAND, GW_DEAD_DELIVERY. In structs a kind is a uint32_t. */
enum gw_dead_kind {
#define GW_DEAD_KIND_ENUM(name, number, word) GW_DEAD_##name = number,
    GW_DEAD_KIND_LIST(GW_DEAD_KIND_ENUM)
#undef GW_DEAD_KIND_ENUM
};

/* Bits of gw_dead_letter.flags. */
enum {
    /* The payload is cut, so the message cannot be replayed. */
    GW_DEAD_NOT_REPLAYABLE = 1u << 0
};

/* DEAD_LETTERS only. Stores a message that was refused, with everything that a replay needs. The repository draws the
 * id. Payload and headers may contain any bytes: nothing that a sender writes may make apply fail. */
struct gw_dead_letter {
    /* The id of the component that read the message. */
    struct gw_text entrypoint;

    /* Where it was read: source and offset of its position; without a position what scopes its id, such as a queue, or
     * empty, and GW_OFFSET_NONE. */
    struct gw_text source;
    int64_t offset;

    /* In a file: its line, from 1. Otherwise 0. */
    uint64_t line;

    /* What the ids of its events derive from. A replay uses it again, so that its events keep their ids. */
    struct gw_text identity;

    /* The name of the command where the payload does not say it; otherwise empty. */
    struct gw_text type;

    /* The key of the protocol, such as the key of a Kafka record; otherwise empty. */
    struct gw_text key;

    /* A text that the core wrote. The repository stores it as it is. */
    struct gw_text headers;
    struct gw_text payload;

    /* Why the message was refused, for people. `gangway dlq list` shows it. */
    struct gw_text reason;

    /* Bytes of the whole payload. Where flags say that it is cut, digest is the BLAKE2b-128 of the whole; else zero. */
    uint64_t full_len;
    uint8_t digest[GW_DIGEST_BYTES];

    /* GW_DEAD_NOT_REPLAYABLE or 0. */
    uint32_t flags;
    uint32_t reserved;
};

/* DEAD_LETTERS only. Concludes the replay of a dead letter. A dead letter that does not exist is a CONFLICT. */
struct gw_dead_change {
    int64_t id;

    /* Empty: the replay succeeded, and the dead letter is deleted. Otherwise it stays, gets this reason, and its count
     * of replays rises by one. */
    struct gw_text reason;
};

/* ---- outbox ----------------------------------------------------------------------------------------------------- */

/* OUTBOX only. Creates an outbox row: one event for one destination, and on a repository without NOTICES for one
 * recipient of a notifier. The effects of a changeset get consecutive numbers in their order. The repository draws them
 * while the products are locked, so the numbers of one product rise in the order of its commits. The number of effects
 * is not limited.
 *
 * A repository may store the effects for one destination in blocks (gw_outbox_row): each effect in one block, without a
 * gap and in their order. Number and stamp of a block are those of its first effect. So whoever has the changeset knows
 * the block's other events: they are the next effects for the same destination. */
struct gw_effect {
    uint32_t product;

    /* Which of the product's events of this turn it is, from 1. Effects of one event have the same number. */
    uint32_t event;

    /* The id of a publisher or notifier. The recipient is empty but for a notifier on a repository without NOTICES. */
    struct gw_text destination;
    struct gw_text recipient;

    /* The idempotency key of the event. */
    struct gw_text id;

    /* The name of the event, such as Allocated. */
    struct gw_text type;

    /* The fields of the event as a JSON object. */
    struct gw_text payload;

    /* A text that the core wrote. The repository stores it as it is. */
    struct gw_text headers;
};

/* ---- the whole -------------------------------------------------------------------------------------------------- */

/* Everything that one turn changes. Each array may be empty. An index, order or version that contradicts this header is
 * a fault of the core, and apply returns INTERNAL for it (gw_changeset_check). */
struct gw_changeset {
    uint32_t size;
    uint32_t reserved;

    /* A random number from 1 to GW_STAMP_MAX. Products whose version rises get it; a block whose first event is effect
     * i gets stamp + i. */
    int64_t stamp;

    /* Of struct gw_position_change, sorted by source. */
    struct gw_array positions;

    /* Of struct gw_product_change, sorted by SKU. */
    struct gw_array products;

    /* Of struct gw_text: references that the turn looked for and did not find. A batch that has one is a CONFLICT. */
    struct gw_array absent_refs;

    /* Of struct gw_id_change. */
    struct gw_array ids;

    /* Of struct gw_batch_insert. */
    struct gw_array batch_inserts;

    /* Of struct gw_batch_update. */
    struct gw_array batch_updates;

    /* Of struct gw_line_delete. They are applied before the inserts. */
    struct gw_array line_deletes;

    /* Of struct gw_line_insert, in the order of allocation over all products. GW_VIEW_ALLOCATIONS keeps that order. */
    struct gw_array line_inserts;

    /* Of struct gw_dead_letter. */
    struct gw_array dead_letters;

    /* Of struct gw_dead_change. */
    struct gw_array dead_changes;

    /* Of struct gw_effect, in the order of the events. */
    struct gw_array effects;
};

/* What apply reports of a commit. It belongs to the caller. apply writes it only where it returns OK. */
struct gw_apply_result {
    uint32_t size;
    uint32_t reserved;

    /* A block whose first event is effect i has the number first_effect + i. 0: the changeset has no effects. */
    int64_t first_effect;

    /* The time that the new rows carry, on the clock of the repository. */
    int64_t unix_ms;

    /* An array of the caller with one place for each product of the changeset, or NULL when it is not wanted. apply
     * writes the event counter that product i had before this changeset to place i. */
    int64_t *event_counters;
};

#ifdef __cplusplus
}
#endif

#endif
