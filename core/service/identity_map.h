/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identity map: each product and each batch reference of an attempt, once. A source fills it with its answer, which
 * also says something by what it leaves out. Lives in the arena of one attempt.
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

/* What was told of a product's batches with so much room. Several lists of different length may have been: the product
 * was asked for, and one of its batches by reference. */
struct gw_room_answer {
    int64_t room;
    const struct gw_batch *furthest; /* in the order of rule 2 */
    bool is_cut;                     /* there are more behind it */
    struct gw_room_answer *next;     /* of the same product */
};

/* A product and what the unit of work knows of it. */
struct gw_tracked {
    struct gw_identifier sku;
    struct gw_product *product;
    int64_t stamp;                    /* as it was loaded */
    struct gw_room_answer *answers;   /* the one that was told last first */
    const struct gw_plan_room *first; /* what the plan asks of its SKU; NULL: nothing */
    bool is_named;                    /* a batch of it was asked for by reference, which answers its room 1 as well */
    bool is_read;                     /* a command was decided on it */
    bool is_spoiled;                  /* an operation broke off on it, because something was not loaded */
    uint32_t event_count;             /* of the events that the attempt raised, those that are published */
    uint32_t index;                   /* in the changeset */
};

/* A batch reference: which product's, or nobody's. */
struct gw_tracked_ref {
    struct gw_identifier ref;
    const struct gw_plan_ref *plan;
    struct gw_tracked *owner; /* NULL: no product has it */
    bool is_read;             /* a command was decided on its absence */
    int64_t newest_qty;       /* of its newest lines, together, as far as the repository told them */
};

/* A message id that was known when the turn was loaded. */
struct gw_known_id {
    uint32_t outcome; /* 0: not known */
    uint8_t fingerprint[GW_DIGEST_BYTES];
    struct gw_text reason;
};

struct gw_identity_map {
    struct gw_attempt attempt; /* what a source sees of it */
    struct gw_arena *arena;
    const struct gw_load_plan *plan;
    struct gw_table sku_table; /* of struct gw_tracked */
    struct gw_table ref_table; /* of struct gw_tracked_ref */
    struct gw_tracked **products;
    size_t product_count, product_capacity;
    struct gw_tracked_ref **refs; /* in the order of the plan */
    size_t ref_count, ref_capacity;
    struct gw_known_id *ids;            /* as many as the plan asks for */
    struct gw_tracked *last;            /* the product that the repository told last */
    struct gw_tracked_ref *last_newest; /* the batch whose newest lines it told last */
};

/* Empties the map, after the arena's reset, and makes a place for all that the plan names. False when memory has run
 * out. */
bool gw_identity_map_begin(struct gw_identity_map *map, struct gw_arena *arena, const struct gw_load_plan *plan);

/* After a source has loaded the attempt: concludes what its answer says by leaving it out. OK, NOMEM; INTERNAL when the
 * repository breaks its contract. */
enum gw_status gw_identity_map_complete(struct gw_identity_map *map, struct gw_error *reterr);

/* The product of this SKU, whether it exists or not (version 0); NULL when it was not loaded. */
struct gw_tracked *gw_identity_map_product(const struct gw_identity_map *map, struct gw_identifier sku);

/* What is known of a batch reference; NULL when it was not loaded. */
struct gw_tracked_ref *gw_identity_map_ref(const struct gw_identity_map *map, struct gw_identifier ref);

#endif
