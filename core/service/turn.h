/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A turn: the messages that a worker takes in one pass, from decoding to a committed changeset. The caller decides how
 * often it runs. An attempt may cover all messages or only some, so that a turn can be halved.
 *
 *     add ... add                       each message, decoded to values or already refused
 *     attempt(first, count)             load, handle, build; nothing is changed outside
 *     commit                            apply; again after UNKNOWN
 *     result(index)                     the outcome of each message
 *
 * One thread at a time. After a warm-up, a turn allocates only in its arenas, which are reset.
 */
#ifndef GW_SERVICE_TURN_H
#define GW_SERVICE_TURN_H

#include "base/arena.h"
#include "service/catalog.h"
#include "service/decode.h"
#include "service/turn_source.h"

#include <gangway/error.h>
#include <gangway/message.h>
#include <gangway/port/repository.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gw_message_bus;
struct gw_turn;

/* A message to process. Everything that it points to is borrowed until the next reset. */
struct gw_turn_message {
    const struct gw_command_spec *command; /* NULL: the message is already refused, for this reason */
    const struct gw_values *values;        /* borrowed during add; the bytes of its strings until the reset */
    struct gw_text reason;
    uint32_t reason_code; /* enum gw_reason of that reason */

    struct gw_text identity; /* the ids of its events derive from it */
    struct gw_array headers; /* of struct gw_header: the trace context for its effects */

    struct gw_turn_source *source; /* NULL: it has no position */
    int64_t next;
    uint64_t mark;

    const uint8_t *id;          /* GW_ID_BYTES: a message id or a token; NULL: none */
    const uint8_t *fingerprint; /* GW_DIGEST_BYTES, with an id: of the body */

    struct gw_text entrypoint;       /* the id of the component that read it */
    const struct gw_message *origin; /* what a dead letter stores of it; may be NULL for a replay */
    bool is_answered;                /* the sender waits: a refusal is its answer and makes no dead letter */
    int64_t replays;                 /* the id of the dead letter that it replays; 0: none */
};

/* The outcome of a message, valid after the commit and until the reset. */
struct gw_turn_result {
    uint32_t outcome;          /* enum gw_outcome */
    uint32_t recorded_outcome; /* DUPLICATE: the outcome of the first message */
    struct gw_text reason;     /* why it was refused, or a warning about one that was skipped */
    uint32_t reason_code;      /* enum gw_reason: why it was refused */
};

/* Creates a turn. bus may be NULL if gw_turn_use sets one before the first attempt. max_bytes bounds the memory of one
 * attempt, cache_bytes the product cache (0: off). NULL: no memory. */
struct gw_turn *gw_turn_new(const struct gw_message_bus *bus, const struct gw_repository_ops *repository,
                            struct gw_session *session, size_t max_bytes, int64_t cache_bytes);
void gw_turn_free(struct gw_turn *turn);

/* Attempts from now on use this bus, which is borrowed until the next call or reset. */
void gw_turn_use(struct gw_turn *turn, const struct gw_message_bus *bus);

/* Drops all messages. */
void gw_turn_reset(struct gw_turn *turn);

/* Memory that is valid until the next reset, for decoded messages. */
struct gw_arena *gw_turn_arena(struct gw_turn *turn);

/* Adds a message and checks its syntax. OK, NOMEM. */
enum gw_status gw_turn_add(struct gw_turn *turn, const struct gw_turn_message *message);

uint32_t gw_turn_count(const struct gw_turn *turn);

/* Refuses the message for this reason, whatever it contains, because the repository refuses its data permanently. OK,
 * NOMEM. */
enum gw_status gw_turn_refuse(struct gw_turn *turn, uint32_t index, struct gw_text reason);

/* Excludes a message from every attempt: its source was revoked, or another gateway has applied it. */
void gw_turn_leave_out(struct gw_turn *turn, uint32_t index);

/* Loads, handles and builds the changeset for `count` messages from `first` on. An attempt keeps nothing of one that
 * failed. OK; statuses of the repository's load; NOMEM: no memory; PERMANENT: these messages together need more than
 * max_bytes; INTERNAL: a broken invariant. */
enum gw_status gw_turn_attempt(struct gw_turn *turn, uint32_t first, uint32_t count, struct gw_error *reterr);

/* Applies the changeset of the last attempt. Statuses of the repository's apply; after OK and ALREADY the positions of
 * the sources have moved. */
enum gw_status gw_turn_commit(struct gw_turn *turn, struct gw_error *reterr);

struct gw_turn_result gw_turn_result(const struct gw_turn *turn, uint32_t index);

/* The changeset of the last attempt. */
const struct gw_changeset *gw_turn_changeset(const struct gw_turn *turn);

/* The repository's result after a commit that returned OK; otherwise all zero. */
const struct gw_apply_result *gw_turn_apply_result(const struct gw_turn *turn);

/* What the last changeset expects: gw_unit_of_work_expectation. */
uint64_t gw_turn_expectation(const struct gw_turn *turn);

#endif
