/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port repository: the request of load and its answer.
 *
 * Life cycle
 *
 *   The core plans what the commands of a turn need and sends one request. load (repository.h) answers it by calling
 *   the visitor, in one round trip. When the commands turn out to need more, the core sends a further request before it
 *   applies anything. apply later compares the versions and stamps that load reported.
 *
 *     ChangeBatchQuantity of lamp-ship-june to 15, and Allocate of 4 BRASS-LAMP to order-1:
 *         request  batches {lamp-ship-june, lowest 15}; products {BRASS-LAMP, room 4, limit 16};
 *                  lines {BRASS-LAMP, order-1, 4}
 *         answer   product BRASS-LAMP, version 7; batch lamp-ship-june; its newest lines that exceed 15 units;
 *                  batches with room for 4; the line of order-1 if a batch holds it
 *
 * Cost: a turn loads only part of a product, so the cost of load must follow the request and not the history of the
 * product. A database needs these indexes: batches by SKU, room, eta and created; batches by reference; lines by order
 * id; lines by batch and seq.
 *
 * Rule 2: stock in the warehouse comes first, then batches by ETA, and batches of equal ETA by `created`. An ETA is
 * year * 10000 + month * 100 + day, or 0 for stock in the warehouse, so sorting ETAs as numbers gives this order.
 *
 * Ownership: a request belongs to the core and is borrowed for the call of load. A snapshot belongs to the plugin and
 * is borrowed for that call of the visitor.
 *
 * Units: quantities are units of stock, 0 to 2,147,483,647. A version is the number of changes of a product; 0 means
 * that the product does not exist.
 *
 * Texts are UTF-8 without NUL. Threads: the thread of the session that load is called with.
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

/* ---- the request ------------------------------------------------------------------------------------------------ */

/* Requests a product: its version and stamp, and its first batches with enough room, in the order of rule 2. One
 * request may name the same SKU several times with different rooms. */
struct gw_product_request {
    struct gw_text sku;

    /* At least 1. A batch is in the answer if purchased - allocated is at least this. */
    int64_t room;

    /* At least 1. The highest number of batches to answer. */
    uint32_t limit;

    /* 0, here and in all structs. */
    uint32_t reserved;
};

/* Of gw_batch_request.lowest: the turn will not set the quantity. */
enum { GW_LOWEST_NONE = -1 };

/* Requests a batch by its reference, whether it has room or not. If the batch exists, its product is answered as if a
 * gw_product_request had named it with room 1 and limit 16. */
struct gw_batch_request {
    struct gw_text ref;

    /* The lowest quantity that the turn will set, or GW_LOWEST_NONE. The answer then has the newest lines of the batch
     * that exceed this quantity, because the turn deallocates those. */
    int64_t lowest;
};

/* Requests an order line: which batch holds it, if any. The answer has that batch too, whether it has room or not. The
 * three members together identify a line. */
struct gw_line_request {
    struct gw_text sku;
    struct gw_text orderid;
    int64_t qty;
};

/* Bytes of a message id as the repository stores it: a digest that the core makes of scope and id. The first bytes are
 * evenly distributed, unless a sender chooses ids to defeat that. */
enum { GW_ID_BYTES = 16 };

/* INBOX only; otherwise the array is empty. Requests a message id: whether it is stored, and what is stored with it. */
struct gw_id_request {
    uint8_t id[GW_ID_BYTES];
};

/* Everything that one load asks for. The same product, batch, line or id may come more than once. */
struct gw_load_request {
    uint32_t size; /* sizeof(struct gw_load_request) in the core */
    uint32_t reserved;

    /* Of struct gw_product_request. */
    struct gw_array products;

    /* Of struct gw_batch_request. */
    struct gw_array batches;

    /* Of struct gw_line_request. */
    struct gw_array lines;

    /* Of struct gw_id_request. */
    struct gw_array ids;
};

/* ---- the answer ------------------------------------------------------------------------------------------------- */

/* A product of the answer, without its batches. */
struct gw_product_snapshot {
    struct gw_text sku;

    /* 0: no product has this SKU. */
    int64_t version;

    /* The stamp of the changeset that raised the product to this version. */
    int64_t stamp;
};

/* Bits of gw_batch_snapshot.flags. A batch without a bit answers its reference, or a line that it holds. */
enum {
    /* The batch is one of the first that have the room of a gw_product_request. */
    GW_BATCH_FOUND = 1u << 0,

    /* Together with FOUND: the limit cut the list behind this batch, so more batches have that room. */
    GW_BATCH_LAST = 1u << 1
};

/* A batch of the answer, as it is stored. The core checks the numbers. */
struct gw_batch_snapshot {
    struct gw_text sku;
    struct gw_text ref;

    /* Units that the batch has. */
    int64_t purchased;

    /* Units of the lines that the batch holds. */
    int64_t allocated;

    /* The version of the product when the batch was created. */
    int64_t created;
    int32_t eta;

    /* GW_BATCH_... */
    uint32_t flags;

    /* FOUND: the room of the gw_product_request that this batch answers. */
    int64_t room;
};

/* Bits of gw_line_snapshot.flags. */
enum {
    /* The line is one of the newest of a batch that was requested with a lowest quantity. Newest first. */
    GW_LINE_NEWEST = 1u << 0
};

/* An order line that a batch holds. */
struct gw_line_snapshot {
    struct gw_text sku;
    struct gw_text orderid;
    int64_t qty;

    /* The batch that holds the line. */
    struct gw_text ref;

    /* The version of the product when the line was allocated. */
    int64_t seq;

    /* GW_LINE_... */
    uint32_t flags;
    uint32_t reserved;
};

/* A message id that is stored, with what was stored of its first message. */
struct gw_id_snapshot {
    /* The index of the id in gw_load_request.ids. */
    uint32_t index;

    /* enum gw_outcome of the first message. */
    uint32_t outcome;
    uint8_t fingerprint[GW_DIGEST_BYTES];

    /* Why the first message was refused; otherwise empty. */
    struct gw_text reason;
};

/*
 * Receives the answer of load. It belongs to the core. When a function returns anything but OK, load ends and returns
 * that status.
 *
 * Order: a product comes before its batches, a batch before its lines. For one gw_product_request the FOUND batches
 * come in the order of rule 2. LAST is on the last of them if, and only if, the limit cut the list.
 *
 * Contents:
 * - every product that was requested, with its version (0 included), and the product of every batch in the answer
 * - the batches that the requests name; a batch that does not exist is not in the answer
 * - only lines that are held, and only ids that are stored
 * - a product and a batch may come more than once, with the same contents
 */
struct gw_load_visitor {
    uint32_t size; /* sizeof(struct gw_load_visitor) in the core */
    uint32_t reserved;

    /* The first argument of each function. */
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
