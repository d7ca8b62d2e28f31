/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is remembered of one product: its version, and of its batches with room as many as fit, in the order of rule 2,
 * each with what is certain about those before it. It answers a load as the repository would, or says that it cannot:
 * like a list that was cut it may say yes, never no. Plain data without a pointer, so that it can be copied. Knows
 * neither lines nor references of batches that have no room.
 */
#ifndef GW_STOCK_ENTRY_H
#define GW_STOCK_ENTRY_H

#include "base/arena.h"
#include "domain/product.h"
#include "stock/confidence.h"
#include "stock/load_plan.h"

#include <stdbool.h>
#include <stdint.h>

enum { GW_REMEMBERED_BATCHES = 63 }; /* together with their references and the SKU: two kibibytes */

enum { GW_REMEMBERED_KNOWN = 1u << 0 }; /* else nothing but the version is */

struct gw_remembered_batch {
    int64_t created;
    uint32_t purchased;
    uint32_t allocated;
    int32_t eta;
    uint32_t certain_room; /* every batch with at least so much room that goes before this one is here, too */
    uint32_t ref_hash;
    uint16_t ref_at; /* from the first batch on */
    uint16_t ref_len;
};

struct gw_remembered_product {
    int64_t version;       /* -1: it was never seen */
    int64_t stamp;         /* of that version */
    uint32_t certain_room; /* every batch with at least so much room is here */
    uint32_t sku_hash;
    uint16_t sku_at; /* from the first batch on */
    uint16_t batch_count;
    uint8_t sku_len;
    uint8_t flags;                                             /* GW_REMEMBERED_... */
    struct gw_trust trust;                                     /* that others do not change it */
    struct gw_remembered_batch batches[GW_REMEMBERED_BATCHES]; /* behind the last of them: SKU and references */
};

/* A product of which nothing is known yet. */
void gw_remembered_product_init(struct gw_remembered_product *self, struct gw_identifier sku);

bool gw_remembered_product_has_sku(const struct gw_remembered_product *self, struct gw_identifier sku);

/* Whether it knows all that is wanted of its SKU, of which `first` is the first. */
bool gw_remembered_product_answers(const struct gw_remembered_product *self, const struct gw_wanted_room *first);

/* Tells product, which is at the version remembered here, what is wanted: the same as the repository would. The bytes
 * of the references are copied into the arena. False when memory has run out. */
bool gw_remembered_product_tell(const struct gw_remembered_product *self, const struct gw_wanted_room *first,
                                struct gw_arena *arena, struct gw_product *product);

/* Whether what is remembered is of this version and stamp. */
bool gw_remembered_product_is_at(const struct gw_remembered_product *self, int64_t version, int64_t stamp);

/* Takes over what the product, whose changes are committed, knows of itself. Its stamps: when it was loaded, and now.
 * is_news: its batches were asked for, so it may know more of them than is remembered, not only what became of them. */
void gw_remembered_product_learn(struct gw_remembered_product *self, const struct gw_product *product,
                                 int64_t loaded_stamp, int64_t stamp, bool is_news);

/* The same of a product whose batches were not asked for, when all that it changed is remembered; it then stays as
 * large as it is. False: it has to be learned. */
bool gw_remembered_product_refresh(struct gw_remembered_product *self, const struct gw_product *product,
                                   int64_t loaded_stamp, int64_t stamp);

/* How many of its bytes mean something, from the first on: whoever keeps it may keep no more. */
size_t gw_remembered_product_size(const struct gw_remembered_product *self);

/* Somebody may have changed it: nothing is known until it is learned again. */
void gw_remembered_product_doubt(struct gw_remembered_product *self);

#endif
