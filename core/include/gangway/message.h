/* SPDX-License-Identifier: Apache-2.0 */
/* What an entrypoint hands to the core: one message with its identity, borrowed until it is settled. */
#ifndef GANGWAY_MESSAGE_H
#define GANGWAY_MESSAGE_H

#include <gangway/abi.h>
#include <gangway/text.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A header as the protocol carries it; names and values are the sender's bytes. */
struct gw_header {
    struct gw_text name;
    struct gw_text value;
};

enum {
    /* The message was larger than the entrypoint's limit: payload is its beginning (at most 4 KiB), full_len its
     * length, digest its hash. It becomes a dead letter that cannot be replayed. */
    GW_MESSAGE_OVERSIZED = 1u << 0,
    /* id and id_scope are a CloudEvent's id and source: never the same as an id of the protocol's, whatever its scope.
     */
    GW_MESSAGE_EVENT_ID = 1u << 1
};

enum { GW_DIGEST_BYTES = 16, GW_OFFSET_NONE = -1 };

/*
 * A message. It has one of three identities:
 * - a position: source is not empty, the message stands at offset, and the one after it at next or later;
 * - a message id: id is not empty; id_scope says among which messages it is unique (entrypoint, queue, path ...);
 * - none: both are empty. The core then gives it a token, so that its own retries apply it once.
 * A message with a position may have an id as well; the core looks at it only where `dedupe: id` is set.
 *
 * A header that says type or id and is there more than once is ambiguous: leave type, or id, empty and hand over all
 * headers. The core then refuses the message where the answer matters.
 */
struct gw_message {
    uint32_t size;   /* sizeof(struct gw_message) in the plugin */
    uint32_t flags;  /* GW_MESSAGE_... */
    uint64_t handle; /* the entrypoint's own name for it, given back by settle */

    struct gw_text payload;
    struct gw_text key;      /* the protocol's key, or empty */
    struct gw_text type;     /* the command's name, from the operator's mapping or else the protocol's own header
                                (CloudEvents before others); empty: the payload says */
    struct gw_array headers; /* of struct gw_header */

    struct gw_text source; /* names cluster, group, topic and partition; or entrypoint, file and its first line */
    int64_t offset;
    int64_t next;
    uint64_t mark; /* tells this message from another one at the same offset: a timestamp, a hash */
    uint64_t line; /* in a file, from 1; else 0 */

    struct gw_text id_scope;
    struct gw_text id;

    uint64_t full_len;               /* bytes; of an oversized message the whole length */
    uint8_t digest[GW_DIGEST_BYTES]; /* of an oversized message: BLAKE2b-128 of the whole */

    /* Why it is no message, where only the entrypoint can know (a row of a table with a cell too few): payload is then
     * what was there instead, and it is refused with this reason; else empty. */
    struct gw_text fault;
};

/* X(name, number, word): what became of a message. These add up to what was received. */
#define GW_OUTCOME_LIST(X)                                                          \
    X(APPLIED, 1, "applied")     /* it changed something, or a product ran out */   \
    X(SKIPPED, 2, "skipped")     /* there was nothing to do */                      \
    X(DUPLICATE, 3, "duplicate") /* its id was here before, with the same body */   \
    X(REJECTED, 4, "rejected")   /* refused, and its sender waits for the answer */ \
    X(DEAD, 5, "dead")           /* refused, and kept as a dead letter */           \
    X(RETURNED, 6, "returned")   /* not looked at: goes back to its broker at a drain */

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
