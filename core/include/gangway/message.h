/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an entrypoint hands to the core: one message with its identity and all that its protocol says about it, and the
 * outcomes that a message can have.
 *
 * Life cycle
 *
 *   poll      The entrypoint fills a struct, and gives it to the sink. The core reads the struct during that call.
 *   turn      The core finds the command, applies it together with others, and stores position or id in the same
 *             transaction. A message that cannot be applied becomes a dead letter, or an answer to its sender.
 *   settle    The core says what became of it (gangway/port/entrypoint.h), once, under its handle. A message whose
 *             source was closed meanwhile is settled as RETURNED.
 *
 * Ownership: all that the struct points to stays valid and unchanged until settle has returned for this message; the
 * core copies nothing. The struct itself may be reused when the sink returns.
 *
 * Threads: a message is read on the worker's thread only.
 *
 * Units: lengths are bytes, offsets the source's own numbers, lines counted from 1, times Unix milliseconds.
 *
 * Every text holds any bytes: names and values are the sender's, NUL and other than UTF-8 included. Deciding what they
 * mean, and refusing them, is the core's.
 */
#ifndef GANGWAY_MESSAGE_H
#define GANGWAY_MESSAGE_H

#include <gangway/abi.h>
#include <gangway/text.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A header as the protocol carries it. Names and values are the sender's bytes; either may be empty, and a name may
 * occur several times. Names are compared byte by byte: case counts. */
struct gw_header {
    struct gw_text name;
    struct gw_text value;
};

enum {
    /* The message was larger than the entrypoint's limit: payload is its beginning (at most 4 KiB), full_len its
     * length, digest its hash. It becomes a dead letter that cannot be replayed. */
    GW_MESSAGE_OVERSIZED = 1u << 0
};

/* The length of a digest, BLAKE2b-128; and the offset of what has no position. */
enum { GW_DIGEST_BYTES = 16, GW_OFFSET_NONE = -1 };

/*
 * A message. It has one of three identities:
 * - a position: source is not empty, the message is at offset, and the one after it at next or later;
 * - a message id: id is not empty, or a header is an id; id_scope says among which messages an id of the protocol's is
 *   unique (entrypoint, queue, topic, path ...);
 * - none: both are empty. The core then gives it a token, so that its own retries apply it once.
 * A message with a position may have an id as well; the core looks at it only where `dedupe` is `id` or `content`. With
 * `content` a message without an id is identified by id_scope, exchange (header `amqp-exchange`), key, command and body.
 *
 * Headers are handed over as they came, all of them, repeated ones too. The core reads the attributes of CloudEvents
 * (headers `ce_*`, `cloudEvents:*` and `cloudEvents_*`), the headers `type`, `message-id`, `content-type`,
 * `traceparent` and `tracestate`, and refuses a message in which a header that decides something is repeated. So an
 * entrypoint sets type and id only from what is no header: an operator's mapping, or a field that the protocol has for
 * it. They come before what headers say, except that the id of CloudEvents comes before one of the protocol: a sender
 * that sends an event again keeps its id, while a client library may give each attempt another message id.
 */
struct gw_message {
    /* sizeof(struct gw_message) in the plugin: a later minor version adds members at the end. */
    uint32_t size;

    /* GW_MESSAGE_... */
    uint32_t flags;

    /* The entrypoint's own name for the message, given back by settle: an index, a delivery tag, a pointer. Different
     * for any two messages that are not settled. */
    uint64_t handle;

    /* The body as it came. Of an oversized message its beginning. */
    struct gw_text payload;

    /* The protocol's key, such as a record's; or empty. A dead letter keeps it; nothing is decided by it. */
    struct gw_text key;

    /* The command's name, from an operator's mapping or a field of the protocol. Empty: the headers or the payload say
     * which command it is. */
    struct gw_text type;

    /* Of struct gw_header, in their order. */
    struct gw_array headers;

    /* Of a message with a position: the name of its source, which was opened with sink->opened. It says what orders the
     * messages: cluster, group, topic and partition; or entrypoint, file and a hash of its first line. Else empty. */
    struct gw_text source;

    /* The message's place in its source, and the first place at which the one after it may be: next > offset, and
     * offset is not below the next of the message before. What lies between is never a message. */
    int64_t offset;
    int64_t next;

    /* Tells this message from another one at the same offset, after a topic was created again or a file replaced: a
     * timestamp, a hash. The core stores it with the position and hands it to start, which compares it. */
    uint64_t mark;

    /* In a file, counted from 1; else 0. For people. */
    uint64_t line;

    /* When the other side took the message in (a broker's timestamp), or the plugin where there is no other side (it
     * read a file): Unix time in milliseconds. deliveries: how often the broker has delivered this message, this time
     * included, as the broker counts. 0 in either: not known. Both are for people: a dead letter keeps them, and
     * `gangway dlq show` shows them. Nothing is decided by them: the same message with another time or count is the
     * same message. */
    int64_t received_unix_ms;
    uint64_t deliveries;

    /* A message id of the protocol's, and among which messages it is unique. id may be empty while id_scope is not:
     * then a header may have the id. id without id_scope is an error of the entrypoint. The dead letter of a message
     * without a position has id_scope as its source. */
    struct gw_text id_scope;
    struct gw_text id;

    /* Of an oversized message: its whole length in bytes, and host->digest of the whole (BLAKE2b-128), by which two of
     * them with the same beginning are told apart. Else full_len is 0 or the payload's length. */
    uint64_t full_len;
    uint8_t digest[GW_DIGEST_BYTES];

    /* Why it is no message, where only the entrypoint can know (a row of a table with a cell too few): payload is then
     * what was there instead, and it is refused with this reason; else empty. */
    struct gw_text fault;
};

/* X(name, number, word): what became of a message. These add up to what was received. Numbers are part of the ABI and
 * are never used again. All but RETURNED are final: the position or the id is stored, and the broker may forget the
 * message. */
#define GW_OUTCOME_LIST(X)                                                          \
    X(APPLIED, 1, "applied")     /* it changed something, or a product ran out */   \
    X(SKIPPED, 2, "skipped")     /* there was nothing to do */                      \
    X(DUPLICATE, 3, "duplicate") /* its id was here before, with the same body */   \
    X(REJECTED, 4, "rejected")   /* refused, and its sender waits for the answer */ \
    X(DEAD, 5, "dead")           /* refused, and kept as a dead letter */           \
    X(RETURNED, 6, "returned")   /* not looked at: goes back to its broker at a drain */

/* A message has exactly one outcome, in the settlement and in the figures of `run`. */
enum gw_outcome {
#define GW_OUTCOME_ENUM(name, number, word) GW_OUTCOME_##name = number,
    GW_OUTCOME_LIST(GW_OUTCOME_ENUM)
#undef GW_OUTCOME_ENUM
};

/* The word for an outcome; "unknown outcome" for a number that is none. */
static inline const char *gw_outcome_word(uint32_t outcome)
{
    switch (outcome) {
#define GW_OUTCOME_CASE(name, number, word) \
    case number:                            \
        return word;
        GW_OUTCOME_LIST(GW_OUTCOME_CASE)
#undef GW_OUTCOME_CASE
    default:
        return "unknown outcome";
    }
}

#ifdef __cplusplus
}
#endif

#endif
