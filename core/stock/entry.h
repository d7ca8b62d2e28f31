/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cached product: its version, and of its batches with room as many as fit, in the order of rule 2, each with what is
 * certain about those before it. It answers a load as the repository would, or says that it cannot: a truncated list
 * can prove that stock exists, never that it does not. Plain data without a pointer, so that it can be copied. Holds
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

enum { GW_ENTRY_BATCHES = 63 }; /* together with their references and the SKU: two kibibytes */

enum { GW_ENTRY_KNOWN = 1u << 0 }; /* else nothing but the version is */

struct gw_entry_batch {
    int64_t created;
    uint32_t purchased;
    uint32_t allocated;
    int32_t eta;
    uint32_t certain_room; /* every batch with at least so much room that goes before this one is here, too */
    uint32_t ref_hash;
    uint16_t ref_at; /* from the first batch on */
    uint16_t ref_len;
};

struct gw_entry {
    int64_t version;       /* -1: it was never seen */
    int64_t stamp;         /* of that version */
    uint32_t certain_room; /* every batch with at least so much room is here */
    uint32_t sku_hash;
    uint16_t sku_at; /* from the first batch on */
    uint16_t batch_count;
    uint8_t sku_len;
    uint8_t flags;                                   /* GW_ENTRY_... */
    struct gw_confidence confidence;                 /* that others do not change it */
    struct gw_entry_batch batches[GW_ENTRY_BATCHES]; /* behind the last of them: SKU and references */
};

/* An entry without any knowledge. */
void gw_entry_init(struct gw_entry *self, struct gw_identifier sku);

bool gw_entry_has_sku(const struct gw_entry *self, struct gw_identifier sku);

/* Whether it can answer all that the plan asks of its SKU; `first` is the first room of that. */
bool gw_entry_answers(const struct gw_entry *self, const struct gw_plan_room *first);

/* Loads into product, which is at the version of this entry, what the plan asks for, as the repository would. Copies
 * the bytes of the references into the arena. False when memory has run out. */
bool gw_entry_load(const struct gw_entry *self, const struct gw_plan_room *first, struct gw_arena *arena,
                   struct gw_product *product);

/* Whether the entry is of this version and stamp. */
bool gw_entry_is_at(const struct gw_entry *self, int64_t version, int64_t stamp);

/* Takes over what a product knows whose changes were committed. Its stamps: as it was loaded, and now. is_news: the
 * repository told its batches, so it may know batches that the entry does not, not only what became of them. */
void gw_entry_learn(struct gw_entry *self, const struct gw_product *product, int64_t loaded_stamp, int64_t stamp,
                    bool is_news);

/* The same for a product without news, where the entry has every batch that changed; the entry keeps its size. False:
 * only gw_entry_learn can take it over. */
bool gw_entry_refresh(struct gw_entry *self, const struct gw_product *product, int64_t loaded_stamp, int64_t stamp);

/* How many bytes are in use, from the first on: a copy needs no more. */
size_t gw_entry_size(const struct gw_entry *self);

/* Another process may have changed the product: the entry answers nothing until the next learn. */
void gw_entry_invalidate(struct gw_entry *self);

#endif
