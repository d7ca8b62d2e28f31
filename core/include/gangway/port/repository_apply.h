/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port repository: the changeset, which is all that one turn changes.
 *
 * A changeset says for each part what must hold before and what holds afterwards, so that a repository needs no
 * business rule to apply it, and so that the same changeset sent twice changes nothing the second time. The slot apply
 * says in which order the parts are compared, and which status each mismatch has.
 *
 * Apply the parts in the order of struct gw_changeset. Lock positions and products in the order of their arrays, which
 * are sorted: then two applies never wait for each other in a circle.
 *
 * Everything belongs to the caller and is valid for the call.
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

/* Moves the position of a source, as a compare-and-set: it must be `expected` before (GW_OFFSET_NONE: the source has no
 * row), and is `next` afterwards. Otherwise apply returns MOVED, or ALREADY. */
struct gw_position_change {
    struct gw_text source;
    int64_t expected;
    int64_t next;
    uint64_t mark;     /* of the last message before next */
    uint32_t has_mark; /* 0: there is none */
    uint32_t reserved;
};

/* Makes a message id known, with what became of its message. The id must be unknown before; otherwise apply returns
 * CONFLICT, or ALREADY when all ids are known. INBOX only. */
struct gw_id_change {
    uint8_t id[GW_ID_BYTES];
    uint8_t fingerprint[GW_DIGEST_BYTES];
    uint32_t outcome; /* enum gw_outcome */
    uint32_t reserved;
    struct gw_text reason;
};

/* A product that the turn changed or read. Its version must be `expected` before (0: it does not exist) and its stamp
 * `stamp`; its version is `version` afterwards. Whatever the turn decided rests on these, so a product that was only
 * read is compared and locked as well. Other parts of the changeset name a product by its index in this array. */
struct gw_product_change {
    struct gw_text sku;
    int64_t expected;
    int64_t version; /* equal to expected: read only; then its stamp stays as well */
    int64_t stamp;   /* as load reported it */
    uint32_t events; /* how many events of the product the turn raised; its event counter grows by so many */
    uint32_t reserved;
};

/* Creates a batch. No batch of any product may have its reference; otherwise apply returns CONFLICT. */
struct gw_batch_insert {
    uint32_t product; /* index in gw_changeset.products, here and below */
    int32_t eta;
    struct gw_text ref;
    int64_t purchased;
    int64_t allocated;
    int64_t created;
};

/* Changes the quantities of a batch. The old ones are compared, although the product's version is: a correction by hand
 * on a running gateway is then a conflict and is not undone. */
struct gw_batch_update {
    uint32_t product;
    uint32_t reserved;
    struct gw_text ref;
    int64_t old_purchased;
    int64_t old_allocated;
    int64_t purchased;
    int64_t allocated;
};

/* Deallocates a line from its batch, whichever it is. The line must be held. */
struct gw_line_delete {
    uint32_t product;
    uint32_t reserved;
    struct gw_text orderid;
    int64_t qty;
};

/* Allocates a line to the batch `ref` of the product. The line must not be held, unless the same changeset deletes it.
 */
struct gw_line_insert {
    uint32_t product;
    uint32_t reserved;
    struct gw_text orderid;
    int64_t qty;
    struct gw_text ref;
    int64_t seq;
};

/* X(name, number, word). The number is stored; the word is for people. */
#define GW_DEAD_KIND_LIST(X)                                    \
    X(COMMAND, 1, "command")   /* a message that was refused */ \
    X(DELIVERY, 2, "delivery") /* an outbox row that its destination refused for good */

enum gw_dead_kind {
#define GW_DEAD_KIND_ENUM(name, number, word) GW_DEAD_##name = number,
    GW_DEAD_KIND_LIST(GW_DEAD_KIND_ENUM)
#undef GW_DEAD_KIND_ENUM
};

/* Bits of gw_dead_letter.flags. */
enum {
    GW_DEAD_NOT_REPLAYABLE = 1u << 0 /* the payload is not whole */
};

/* Stores a message that was refused, with everything that is needed to run it again. Payload and headers may contain
 * any bytes: nothing that a sender writes may make apply fail. The repository draws the id. DEAD_LETTERS only. */
struct gw_dead_letter {
    struct gw_text entrypoint; /* the id of the component that it came through */
    struct gw_text source;     /* as the position says, else empty */
    int64_t offset;            /* GW_OFFSET_NONE: it has none */
    uint64_t line;
    struct gw_text identity; /* what the ids of its events derive from */
    struct gw_text type;     /* the command's name, where it is not the payload that says */
    struct gw_text key;
    struct gw_text headers; /* as the core wrote them; the repository does not look inside */
    struct gw_text payload; /* any bytes */
    struct gw_text reason;
    uint64_t full_len;
    uint8_t digest[GW_DIGEST_BYTES]; /* of the whole payload, when flags say that it is cut; else zero */
    uint32_t flags;                  /* GW_DEAD_... */
    uint32_t reserved;
};

/* Concludes the replay of a dead letter. It must exist; otherwise apply returns CONFLICT. */
struct gw_dead_change {
    int64_t id;
    struct gw_text reason; /* empty: it succeeded and goes; else it stays, with this reason and a count raised by one */
};

/* Creates an outbox row: something to deliver to one destination and recipient. OUTBOX only. The effects of a changeset
 * get consecutive numbers in their order, which are drawn while the products are locked: so the numbers of one product
 * rise with its commits. There is no limit to the number of effects. */
struct gw_effect {
    uint32_t product;
    uint32_t event;             /* which of the product's events of this turn, from 1; effects of one event share it */
    struct gw_text destination; /* the id of a publisher or notifier */
    struct gw_text recipient;   /* a notifier's; else empty */
    struct gw_text id;          /* the idempotency key */
    struct gw_text type;        /* the event's name */
    struct gw_text payload;     /* the event's fields as a JSON object */
    struct gw_text headers;     /* as the core wrote them */
};

/* All that one turn changes: applied whole or not at all. A changeset that is sent again after UNKNOWN is the same one,
 * byte by byte. An array may be empty. An index, order or version that contradicts this page is a fault of the core:
 * INTERNAL. */
struct gw_changeset {
    uint32_t size;
    uint32_t reserved;
    int64_t stamp;                 /* 1 to GW_STAMP_MAX, random */
    struct gw_array positions;     /* of struct gw_position_change, sorted by source */
    struct gw_array products;      /* of struct gw_product_change, sorted by SKU */
    struct gw_array absent_refs;   /* of struct gw_text: references that were looked for and must still not exist */
    struct gw_array ids;           /* of struct gw_id_change */
    struct gw_array batch_inserts; /* of struct gw_batch_insert */
    struct gw_array batch_updates; /* of struct gw_batch_update */
    struct gw_array line_deletes;  /* of struct gw_line_delete; before the inserts */
    struct gw_array line_inserts;  /* in the order of allocation, over all products: GW_VIEW_ALLOCATIONS keeps it */
    struct gw_array dead_letters;  /* of struct gw_dead_letter */
    struct gw_array dead_changes;  /* of struct gw_dead_change */
    struct gw_array effects;       /* of struct gw_effect, in the order of the events */
};

/* What the caller learns of a commit. After any status but OK the members are as they were. */
struct gw_apply_result {
    uint32_t size;
    uint32_t reserved;
    int64_t first_effect; /* OK: effect i got the outbox number first_effect + i; 0 when there was none */
    int64_t unix_ms;      /* OK: the time that its rows carry */
    /* The caller's array, as long as changeset.products; NULL: not wanted. OK: [i] is the event counter of product i
     * before this changeset. */
    int64_t *event_counters;
};

#ifdef __cplusplus
}
#endif

#endif
