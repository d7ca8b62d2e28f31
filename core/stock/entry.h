/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cached product: its version and as many of its batches with room as fit, in the order of rule 2, each with what is
 * certain about the batches before it. It answers a load as the repository would, or not at all: a truncated list can
 * prove that stock exists, never that it does not. Plain data without pointers, so it can be copied. It contains
 * neither lines nor references of batches without room.
 */
#ifndef GW_STOCK_ENTRY_H
#define GW_STOCK_ENTRY_H

#include "base/arena.h"
#include "domain/product.h"
#include "stock/confidence.h"
#include "stock/load_plan.h"

#include <stdbool.h>
#include <stdint.h>

enum { GW_ENTRY_BATCHES = 63 }; /* two kibibytes, together with their references and the SKU */

enum { GW_ENTRY_KNOWN = 1u << 0 }; /* the entry has batches; otherwise only the version is known */

struct gw_entry_batch {
    int64_t created;
    uint32_t purchased;
    uint32_t allocated;
    int32_t eta;
    uint32_t certain_room; /* every batch with at least this room that comes before this one is in the list */
    uint32_t ref_hash;
    uint16_t ref_at; /* offset from the first batch */
    uint16_t ref_len;
};

struct gw_entry {
    int64_t version;       /* -1: unknown */
    int64_t stamp;         /* of that version */
    uint32_t certain_room; /* every batch with at least this room is in the list */
    uint32_t sku_hash;
    uint16_t sku_at; /* offset from the first batch */
    uint16_t batch_count;
    uint8_t sku_len;
    uint8_t flags;                                   /* GW_ENTRY_... */
    struct gw_confidence confidence;                 /* that no other process changes it */
    struct gw_entry_batch batches[GW_ENTRY_BATCHES]; /* followed by the SKU and the references */
};

/* An entry without batches and version. */
void gw_entry_init(struct gw_entry *self, struct gw_identifier sku);

bool gw_entry_has_sku(const struct gw_entry *self, struct gw_identifier sku);

/* Whether the entry can answer everything that the plan requests of its SKU; `first` is the first room of that request.
 */
bool gw_entry_answers(const struct gw_entry *self, const struct gw_plan_room *first);

/* Loads what the plan requests into product, which has the version of this entry, as the repository would. Copies the
 * bytes of the references into the arena. False: no memory. */
bool gw_entry_load(const struct gw_entry *self, const struct gw_plan_room *first, struct gw_arena *arena,
                   struct gw_product *product);

/* Whether the entry has this version and stamp. */
bool gw_entry_is_at(const struct gw_entry *self, int64_t version, int64_t stamp);

/* Learns the state of a product whose changes were committed. The stamps are those at the load and after the commit.
 * is_news: the repository reported its batches, so the product may have batches that the entry does not. */
void gw_entry_learn(struct gw_entry *self, const struct gw_product *product, int64_t loaded_stamp, int64_t stamp,
                    bool is_news);

/* The same for a product without news, if the entry has every batch that changed; the entry keeps its size. False: use
 * gw_entry_learn instead. */
bool gw_entry_refresh(struct gw_entry *self, const struct gw_product *product, int64_t loaded_stamp, int64_t stamp);

/* The number of bytes in use, from the first on. A copy needs no more. */
size_t gw_entry_size(const struct gw_entry *self);

/* Another process may have changed the product: the entry answers nothing until the next learn. */
void gw_entry_invalidate(struct gw_entry *self);

#endif
