/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identity map: each product and each batch reference that the turn has loaded, once. It fills itself from a
 * repository's answer. Lives in the arena of one attempt.
 */
#ifndef GW_SERVICE_IDENTITY_MAP_H
#define GW_SERVICE_IDENTITY_MAP_H

#include "base/arena.h"
#include "base/table.h"
#include "domain/product.h"
#include "stock/cache.h"
#include "stock/load_plan.h"
#include "stock/projection.h"

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
    int64_t stamp;                     /* as it was loaded */
    struct gw_room_answer *answers;    /* the one that was told last first */
    const struct gw_plan_room *wanted; /* the first of its SKU; NULL: it was not asked for by SKU */
    struct gw_entry *recalled;         /* in the repository's place, what is wanted is answered from here */
    struct gw_projection *forecast;    /* of a recalled one: what the turn's lines will leave of it */
    bool is_named;        /* a batch of it was asked for by reference: it is then answered with room 1 as well */
    bool is_read;         /* a command was decided on it */
    bool is_spoiled;      /* an operation broke off on it, because something was not loaded */
    uint32_t event_count; /* of the events that the attempt raised, those that are published */
    uint32_t index;       /* in the changeset */
};

/* A batch reference: which product's, or nobody's. */
struct gw_tracked_ref {
    struct gw_identifier ref;
    struct gw_tracked *owner; /* NULL: no product has it */
    bool is_read;             /* a command was decided on its absence */
    bool is_asked;            /* the repository was asked for it; else its absence is presumed */
    int64_t newest_qty;       /* of its newest lines, together, as far as the repository told them */
};

/* A message id that was known when the turn was loaded. */
struct gw_known_id {
    uint32_t outcome; /* 0: not known */
    uint8_t fingerprint[GW_DIGEST_BYTES];
    struct gw_text reason;
};

struct gw_identity_map {
    struct gw_arena *arena;
    struct gw_table sku_table; /* of struct gw_tracked */
    struct gw_table ref_table; /* of struct gw_tracked_ref */
    struct gw_tracked **products;
    size_t product_count, product_capacity;
    struct gw_tracked_ref **refs;
    size_t ref_count, ref_capacity;
    struct gw_known_id *ids; /* as many as were wanted */
    struct gw_load_plan *wanted;
    bool may_presume;
    bool has_presumed;                  /* a line, at least */
    struct gw_tracked *last;            /* the product that the repository told last */
    struct gw_tracked_ref *last_newest; /* the batch whose newest lines it told last */
    struct gw_cache *memory;
};

/* An empty map, which asks the memory first. Call again after the arena's reset. memory: NULL remembers nothing.
 * may_presume: that a line to be allocated is not held, instead of asking for it. */
void gw_identity_map_init(struct gw_identity_map *map, struct gw_arena *arena, struct gw_cache *memory,
                          bool may_presume);

/* Loads everything that is wanted, in one round trip: all that the memory does not know and that is not presumed;
 * without one when nothing is left. OK, NOMEM, INTERNAL when the repository breaks its contract, and whatever load
 * returns. */
enum gw_status gw_identity_map_load(struct gw_identity_map *map, struct gw_load_plan *wanted,
                                    const struct gw_repository_ops *ops, void *session, struct gw_error *reterr);

/* The product of this SKU, whether it exists or not (version 0); NULL when it was not loaded. */
struct gw_tracked *gw_identity_map_product(const struct gw_identity_map *map, struct gw_identifier sku);

/* What is known of a batch reference; NULL when it was not loaded. */
struct gw_tracked_ref *gw_identity_map_ref(const struct gw_identity_map *map, struct gw_identifier ref);

#endif
