/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port repository: what load is asked for, and its answer.
 *
 * A turn loads only part of a product: some batches, the order lines that its commands name, the newest lines of a
 * batch that shrinks. So the cost of load follows the request, not the history of a product: a repository needs an
 * index by SKU, room, eta and created for the batches of a product, one by reference for batches, one by order id for
 * lines, and one by batch and seq for the newest lines.
 *
 * An ETA is year * 10000 + month * 100 + day, or 0 for stock in the warehouse: sorted as numbers, ETAs have the order
 * of rule 2. Quantities are 0 to 2,147,483,647. A version is a product's number of changes; 0 means that it does not
 * exist.
 *
 * Requests belong to the caller and are valid for the call. Snapshots belong to the plugin and are valid for the call
 * of the visitor. All texts are UTF-8 without NUL.
 */
#ifndef GANGWAY_PORT_REPOSITORY_LOAD_H
#define GANGWAY_PORT_REPOSITORY_LOAD_H

#include <gangway/abi.h>
#include <gangway/message.h>
#include <gangway/status.h>
#include <gangway/text.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Requests a product: its version and stamp, and those of its batches whose room (purchased - allocated) is at least
 * `room`: the first `limit` of them in the order of rule 2 (eta, then created). One request may name the same SKU
 * several times with different rooms. */
struct gw_product_request {
    struct gw_text sku;
    int64_t room;      /* at least 1 */
    uint32_t limit;    /* at least 1 */
    uint32_t reserved; /* 0, here and in all structs */
};

/* Of gw_batch_request.lowest: no quantity will be set. */
enum { GW_LOWEST_NONE = -1 };

/* Requests a batch by its reference, with or without room. Where the batch exists, the answer has the batch, and its
 * product as if a gw_product_request had named it with room 1 and limit 16. */
struct gw_batch_request {
    struct gw_text ref;
    /* The lowest quantity that the turn will set, or GW_LOWEST_NONE. The answer then has the newest lines of the batch,
     * as many as do not fit into that quantity: they are the ones that the turn deallocates. */
    int64_t lowest;
};

/* Requests an order line: whether a batch holds it. The answer has that batch too, with or without room. The three
 * fields together identify a line. */
struct gw_line_request {
    struct gw_text sku;
    struct gw_text orderid;
    int64_t qty;
};

/* A message id as the repository keeps it: a digest that the core makes of scope and id. Its first bytes are evenly
 * distributed unless a sender tries ids on purpose. */
enum { GW_ID_BYTES = 16 };

/* Requests a message id: whether it is known. INBOX only; otherwise the array is empty. */
struct gw_id_request {
    uint8_t id[GW_ID_BYTES];
};

/* What one turn needs. The same product, batch, line or id may be named more than once. */
struct gw_load_request {
    uint32_t size; /* of the struct, for growth at its end */
    uint32_t reserved;
    struct gw_array products; /* of struct gw_product_request */
    struct gw_array batches;  /* of struct gw_batch_request */
    struct gw_array lines;    /* of struct gw_line_request */
    struct gw_array ids;      /* of struct gw_id_request */
};

/* A product of the answer, without its batches. */
struct gw_product_snapshot {
    struct gw_text sku;
    int64_t version; /* 0: nobody has this SKU */
    int64_t stamp;   /* of the changeset that raised it to this version */
};

/* Bits of gw_batch_snapshot.flags. A batch without a bit is in the answer for its reference or for a line that it
 * holds. */
enum {
    GW_BATCH_FOUND = 1u << 0, /* it is one of the first with the room that a gw_product_request names */
    GW_BATCH_LAST = 1u << 1   /* ... the last of those, and there are more behind it */
};

/* A batch of the answer, as it is stored. */
struct gw_batch_snapshot {
    struct gw_text sku;
    struct gw_text ref;
    int64_t purchased; /* units */
    int64_t allocated; /* units of the lines that it holds */
    int64_t created;   /* the product's version when the batch was created: the order among equal ETAs */
    int32_t eta;
    uint32_t flags; /* GW_BATCH_... */
    int64_t room;   /* FOUND: the room of the request that it answers */
};

/* Bits of gw_line_snapshot.flags. */
enum {
    GW_LINE_NEWEST = 1u << 0 /* it is one of the newest lines of a batch whose lowest was asked for; newest first */
};

/* An order line that a batch holds. */
struct gw_line_snapshot {
    struct gw_text sku;
    struct gw_text orderid;
    int64_t qty;
    struct gw_text ref; /* the batch that holds it */
    int64_t seq;        /* the product's version when it was allocated */
    uint32_t flags;     /* GW_LINE_... */
    uint32_t reserved;
};

/* A message id that is known, with what was recorded of the message that had it first. */
struct gw_id_snapshot {
    uint32_t index;   /* which of the ids that were asked for */
    uint32_t outcome; /* enum gw_outcome, as it was recorded */
    uint8_t fingerprint[GW_DIGEST_BYTES];
    struct gw_text reason;
};

/*
 * Receives the answer of load.
 *
 * Order: a product comes before its batches, a batch before its lines. For one request the FOUND batches come in the
 * order of rule 2; LAST is on the last of them if, and only if, the limit cut the list.
 *
 * Contents:
 * - every product that was requested, with its version (0 included), and the product of every batch in the answer
 * - batches as the requests say; a batch that does not exist is not in the answer
 * - only lines that are held, and only ids that are known
 * - a product and a batch may come more than once, with the same contents
 */
struct gw_load_visitor {
    uint32_t size;
    uint32_t reserved;
    void *context;
    enum gw_status (*product)(void *context, const struct gw_product_snapshot *product);
    enum gw_status (*batch)(void *context, const struct gw_batch_snapshot *batch);
    enum gw_status (*line)(void *context, const struct gw_line_snapshot *line);
    enum gw_status (*id)(void *context, const struct gw_id_snapshot *id);
};

#ifdef __cplusplus
}
#endif

#endif
