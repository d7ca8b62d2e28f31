/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identity map: each product and each batch reference of an attempt, once. A stock source fills it with its answer;
 * what the answer leaves out also counts. Lives in the arena of one attempt.
 */
#ifndef GW_SERVICE_IDENTITY_MAP_H
#define GW_SERVICE_IDENTITY_MAP_H

#include "base/arena.h"
#include "base/table.h"
#include "domain/product.h"
#include "stock/load_plan.h"
#include "stock/source.h"

#include <gangway/port/repository.h>

#include <stdbool.h>
#include <stddef.h>

/* The answer for a product's batches with a given room. There may be several lists of different lengths, because the
 * product was requested, and one of its batches by reference. */
struct gw_room_answer {
    int64_t room;
    const struct gw_batch *furthest; /* the last batch of the list, in the order of rule 2 */
    bool is_cut;                     /* more batches follow */
    struct gw_room_answer *next;     /* of the same product */
};

/* A product with the knowledge of the unit of work. */
struct gw_tracked {
    struct gw_identifier sku;
    struct gw_product *product;
    int64_t stamp;                    /* as it was loaded */
    struct gw_room_answer *answers;   /* the last one reported first */
    const struct gw_plan_room *first; /* the plan's request for its SKU; NULL: none */
    bool is_named;                    /* a batch of it was requested by reference, which also answers room 1 */
    bool is_read;                     /* a command was decided on it */
    bool is_spoiled;                  /* an operation on it stopped halfway, because something was not loaded */
    uint32_t event_count;             /* published events that the attempt raised */
    uint32_t index;                   /* in the changeset */
};

/* A batch reference and the product that has it, if any. */
struct gw_tracked_ref {
    struct gw_identifier ref;
    const struct gw_plan_ref *plan;
    struct gw_tracked *owner; /* NULL: no product has it */
    bool is_read;             /* a command was decided because nothing has it */
    int64_t newest_qty;       /* the sum of its newest lines that were reported */
};

/* A message id that was stored when the turn was loaded. */
struct gw_known_id {
    uint32_t outcome; /* 0: not known */
    uint8_t fingerprint[GW_DIGEST_BYTES];
    struct gw_text reason;
};

struct gw_identity_map {
    struct gw_attempt attempt; /* the view of a stock source */
    struct gw_arena *arena;
    const struct gw_load_plan *plan;
    struct gw_table sku_table; /* of struct gw_tracked */
    struct gw_table ref_table; /* of struct gw_tracked_ref */
    struct gw_tracked **products;
    size_t product_count, product_capacity;
    struct gw_tracked_ref **refs; /* in the order of the plan */
    size_t ref_count, ref_capacity;
    struct gw_known_id *ids;            /* as many as the plan requests */
    struct gw_tracked *last;            /* the product that was reported last */
    struct gw_tracked_ref *last_newest; /* the batch whose newest lines were reported last */
};

/* Empties the map after the arena's reset, and adds an entry for everything that the plan names. False: no memory. */
bool gw_identity_map_begin(struct gw_identity_map *map, struct gw_arena *arena, const struct gw_load_plan *plan);

/* Call it after a source has loaded the attempt: derives what the answer says by leaving it out. OK; NOMEM; INTERNAL:
 * the repository breaks its contract. */
enum gw_status gw_identity_map_complete(struct gw_identity_map *map, struct gw_error *reterr);

/* The product of this SKU, whether it exists or not (version 0). NULL: it was not loaded. */
struct gw_tracked *gw_identity_map_product(const struct gw_identity_map *map, struct gw_identifier sku);

/* The entry of a batch reference. NULL: it was not loaded. */
struct gw_tracked_ref *gw_identity_map_ref(const struct gw_identity_map *map, struct gw_identifier ref);

#endif
