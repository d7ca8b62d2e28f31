/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the products are kept and found again: slabs and an index by the hash of the SKU. Which one makes place is
 * found by a hand that goes round and spares, once, what was seen since it came by last. What is kept of a product is
 * remembered_product.c's business.
 */
#include "service/product_memory.h"

#include "service/trust.h"

#include <stdlib.h>
#include <string.h>

enum { SLAB_PRODUCTS = 64, SLABS = GW_PRODUCT_MEMORY_MAX / SLAB_PRODUCTS, BUCKETS = GW_PRODUCT_MEMORY_MAX };

/* No place: places are counted from 1, so that cleared memory is an empty index. */
enum { NOWHERE = 0 };

/* Beside the products, so that looking for one touches as little memory as can be. */
struct place {
    uint32_t hash;
    uint16_t next; /* of the same bucket */
};

struct gw_product_memory {
    uint16_t count; /* places 1 to count are taken */
    uint16_t hand;
    struct gw_trust trust;
    uint16_t buckets[BUCKETS];
    struct place places[GW_PRODUCT_MEMORY_MAX + 1];
    struct gw_remembered_product *slabs[SLABS];
};

struct gw_product_memory *gw_product_memory_new(void)
{
    return calloc(1, sizeof(struct gw_product_memory));
}

void gw_product_memory_free(struct gw_product_memory *memory)
{
    if (memory == NULL)
        return;
    for (size_t index = 0; index < SLABS; index++)
        free(memory->slabs[index]);
    free(memory);
}

static struct gw_remembered_product *product_at(const struct gw_product_memory *memory, uint16_t place)
{
    return &memory->slabs[(place - 1) / SLAB_PRODUCTS][(place - 1) % SLAB_PRODUCTS];
}

static uint16_t find(const struct gw_product_memory *memory, struct gw_identifier sku)
{
    uint16_t place = memory->buckets[sku.hash % BUCKETS];

    while (place != NOWHERE &&
           (memory->places[place].hash != sku.hash || !gw_remembered_product_has_sku(product_at(memory, place), sku)))
        place = memory->places[place].next;
    return place;
}

struct gw_remembered_product *gw_product_memory_find(const struct gw_product_memory *memory, struct gw_identifier sku)
{
    uint16_t place = memory != NULL ? find(memory, sku) : NOWHERE;

    return place != NOWHERE ? product_at(memory, place) : NULL;
}

/* ---- places ----------------------------------------------------------------------------------------------------- */

/* A place that was never taken; NOWHERE when there is none, or no memory for one. */
static uint16_t fresh_place(struct gw_product_memory *memory)
{
    size_t slab = memory->count / SLAB_PRODUCTS;

    if (memory->count == GW_PRODUCT_MEMORY_MAX)
        return NOWHERE;
    if (memory->slabs[slab] == NULL)
        memory->slabs[slab] = malloc(SLAB_PRODUCTS * sizeof *memory->slabs[slab]);
    return memory->slabs[slab] != NULL ? ++memory->count : NOWHERE;
}

static uint16_t next_unseen(struct gw_product_memory *memory)
{
    for (;;) {
        struct gw_remembered_product *product;

        memory->hand = memory->hand < memory->count ? memory->hand + 1 : 1;
        product = product_at(memory, memory->hand);
        if ((product->flags & GW_REMEMBERED_SEEN) == 0)
            return memory->hand;
        product->flags &= (uint8_t)~GW_REMEMBERED_SEEN;
    }
}

/* The place of a product that was not seen for long, which is forgotten. */
static uint16_t clear_place(struct gw_product_memory *memory)
{
    uint16_t place;
    uint16_t *link;

    if (memory->count == 0)
        return NOWHERE;
    place = next_unseen(memory);
    link = &memory->buckets[memory->places[place].hash % BUCKETS];
    while (*link != place)
        link = &memory->places[*link].next;
    *link = memory->places[place].next;
    return place;
}

/* A place for a SKU that has none. One that nobody has takes none from another: there are endlessly many of those. */
static uint16_t take_place(struct gw_product_memory *memory, struct gw_identifier sku, bool exists)
{
    uint16_t place = fresh_place(memory);
    uint16_t *bucket = &memory->buckets[sku.hash % BUCKETS];

    if (place == NOWHERE && exists)
        place = clear_place(memory);
    if (place == NOWHERE)
        return NOWHERE;
    memory->places[place] = (struct place){.hash = sku.hash, .next = *bucket};
    *bucket = place;
    gw_remembered_product_init(product_at(memory, place), sku);
    return place;
}

/* The entry of this SKU, found or made; NULL: there is no place for it. */
static struct gw_remembered_product *entry_of(struct gw_product_memory *memory, struct gw_identifier sku, bool exists)
{
    uint16_t place = find(memory, sku);

    if (place == NOWHERE)
        place = take_place(memory, sku, exists);
    return place != NOWHERE ? product_at(memory, place) : NULL;
}

void gw_product_memory_learn(struct gw_product_memory *memory, const struct gw_product *product, bool is_news)
{
    struct gw_remembered_product *entry =
        memory != NULL ? entry_of(memory, gw_product_sku(product), gw_product_version(product) > 0) : NULL;

    if (entry == NULL)
        return;
    gw_remembered_product_learn(entry, product, is_news);
    entry->flags |= GW_REMEMBERED_SEEN;
}

void gw_product_memory_doubt(struct gw_product_memory *memory, struct gw_identifier sku)
{
    struct gw_remembered_product *entry = gw_product_memory_find(memory, sku);

    if (entry != NULL)
        gw_remembered_product_doubt(entry);
}

bool gw_product_memory_is_stale(const struct gw_product_memory *memory, const struct gw_product *product)
{
    const struct gw_remembered_product *entry = gw_product_memory_find(memory, gw_product_sku(product));

    return entry != NULL && (entry->flags & GW_REMEMBERED_KNOWN) != 0 &&
           entry->version != gw_product_loaded_version(product);
}

bool gw_product_memory_is_trusted(const struct gw_product_memory *memory)
{
    return memory != NULL && gw_trust_holds(&memory->trust);
}

void gw_product_memory_judge(struct gw_product_memory *memory, bool was_right)
{
    if (memory != NULL)
        gw_trust_judge(&memory->trust, was_right);
}

void gw_product_memory_forget(struct gw_product_memory *memory)
{
    if (memory == NULL)
        return;
    memory->count = memory->hand = 0;
    memset(memory->buckets, 0, sizeof memory->buckets);
}
