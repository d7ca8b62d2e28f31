/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storage and index of the cached products. Storage is pages, each divided into blocks of one size; the index is by the
 * hash of the SKU. A product has a block of the smallest size that it fits into, so that products with few batches
 * leave space for others. Eviction is CLOCK (second chance), page by page. entry.c knows what is stored of a product.
 */
#include "stock/cache.h"

#include "stock/confidence.h"

#include <stdlib.h>
#include <string.h>

/* BLOCKS_MAX: in a page of the smallest blocks, in which a product with one batch and names of 15 bytes fits. */
enum { CLASSES = 9, BLOCKS_MAX = 19, SLAB_PAGES = 64, BUCKETS_MIN = 1024 };

/* No block. Block numbers start at 1, so that memory set to zero is an empty index. */
enum { NOWHERE = 0 };

/* A product, stored up to gw_entry_size. */
struct block {
    uint32_t next; /* of the same bucket */
    uint32_t unused;
    struct gw_entry product;
};

enum { BLOCK_HEAD_BYTES = offsetof(struct block, product), PAGE_BYTES = sizeof(struct block) };

/* How many blocks a page of each size class has, and their bytes, a multiple of 8 because entries contain integers
 * of 8. */
#define SIZE_CLASS(blocks)                     \
    {                                          \
        (blocks), (PAGE_BYTES / (blocks)) & ~7 \
    }
static const struct {
    uint16_t blocks;
    uint16_t bytes;
} classes[CLASSES] = {SIZE_CLASS(1), SIZE_CLASS(2),  SIZE_CLASS(3),  SIZE_CLASS(4),         SIZE_CLASS(6),
                      SIZE_CLASS(8), SIZE_CLASS(11), SIZE_CLASS(15), SIZE_CLASS(BLOCKS_MAX)};

struct page {
    uint32_t taken;     /* a bit for each block in use */
    uint32_t seen;      /* a bit for each block that was used since the clock hand passed last */
    uint8_t size_class; /* the page has classes[size_class].blocks blocks */
};

struct slab {
    struct page pages[SLAB_PAGES];
    _Alignas(max_align_t) char bytes[SLAB_PAGES * PAGE_BYTES];
};

struct gw_cache {
    uint32_t page_count; /* in use */
    uint32_t page_max;
    uint32_t hand;
    uint32_t count;            /* products */
    uint32_t bucket_count;     /* a power of two */
    uint32_t filling[CLASSES]; /* the page of each class that has free blocks, + 1; NOWHERE: none */
    uint32_t *buckets;
    struct slab **slabs;
    struct gw_confidence confidence;
    struct gw_entry learned; /* a product before it is moved to its block */
};

/* ---- pages and blocks ------------------------------------------------------------------------------------------- */

static struct page *page_at(const struct gw_cache *cache, uint32_t page)
{
    return &cache->slabs[page / SLAB_PAGES]->pages[page % SLAB_PAGES];
}

static uint32_t page_of(uint32_t place)
{
    return (place - 1) / BLOCKS_MAX;
}

static uint32_t slot_of(uint32_t place)
{
    return (place - 1) % BLOCKS_MAX;
}

static struct block *block_at(const struct gw_cache *cache, uint32_t place)
{
    uint32_t page = page_of(place);
    char *bytes = cache->slabs[page / SLAB_PAGES]->bytes + (size_t)(page % SLAB_PAGES) * PAGE_BYTES;

    return (struct block *)(void *)(bytes + slot_of(place) * classes[page_at(cache, page)->size_class].bytes);
}

static struct gw_entry *product_at(const struct gw_cache *cache, uint32_t place)
{
    return &block_at(cache, place)->product;
}

/* The class of the smallest blocks that this many bytes of a product fit into. */
static uint32_t class_for(size_t bytes)
{
    uint32_t size_class = CLASSES - 1;

    while (size_class > 0 && classes[size_class].bytes < bytes + BLOCK_HEAD_BYTES)
        size_class--;
    return size_class;
}

/* ---- creation --------------------------------------------------------------------------------------------------- */

struct gw_cache *gw_cache_new(int64_t max_bytes)
{
    static const int64_t per_page = (int64_t)(sizeof(struct slab) / SLAB_PAGES +
                                              2 * BLOCKS_MAX * sizeof(uint32_t)); /* with its part of the index */
    struct gw_cache *cache = max_bytes > 0 ? calloc(1, sizeof *cache) : NULL;

    if (cache == NULL)
        return NULL;
    cache->page_max = (uint32_t)(max_bytes / per_page < SLAB_PAGES ? SLAB_PAGES : max_bytes / per_page);
    cache->bucket_count = BUCKETS_MIN;
    cache->buckets = calloc(cache->bucket_count, sizeof *cache->buckets);
    cache->slabs = calloc(cache->page_max / SLAB_PAGES + 1, sizeof(struct slab *));
    if (cache->buckets != NULL && cache->slabs != NULL)
        return cache;
    gw_cache_free(cache);
    return NULL;
}

void gw_cache_free(struct gw_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t index = 0; cache->slabs != NULL && index <= cache->page_max / SLAB_PAGES; index++)
        free(cache->slabs[index]);
    free(cache->slabs);
    free(cache->buckets);
    free(cache);
}

/* ---- the index -------------------------------------------------------------------------------------------------- */

static uint32_t *bucket_of(const struct gw_cache *cache, uint32_t hash)
{
    return &cache->buckets[hash & (cache->bucket_count - 1)];
}

static uint32_t find(const struct gw_cache *cache, struct gw_identifier sku)
{
    uint32_t place = *bucket_of(cache, sku.hash);

    while (place != NOWHERE) {
        const struct block *block = block_at(cache, place);

        if (gw_entry_has_sku(&block->product, sku))
            break;
        place = block->next;
    }
    return place;
}

static void link_place(struct gw_cache *cache, uint32_t place)
{
    uint32_t *bucket = bucket_of(cache, product_at(cache, place)->sku_hash);

    block_at(cache, place)->next = *bucket;
    *bucket = place;
}

/* Removes a product from the index and frees its block. */
static void drop(struct gw_cache *cache, uint32_t place)
{
    uint32_t *link = bucket_of(cache, product_at(cache, place)->sku_hash);

    while (*link != place)
        link = &block_at(cache, *link)->next;
    *link = block_at(cache, place)->next;
    page_at(cache, page_of(place))->taken &= ~(1u << slot_of(place));
    cache->count--;
}

/* Doubles the number of buckets when half of them would be in use. Without memory for them the chains get longer. */
static void grow_index(struct gw_cache *cache)
{
    uint32_t old_count = cache->bucket_count;
    uint32_t *old = cache->buckets;
    uint32_t *buckets;

    if (cache->count < old_count / 2 || (uint64_t)old_count > (uint64_t)cache->page_max * BLOCKS_MAX)
        return;
    buckets = calloc((size_t)old_count * 2, sizeof *buckets);
    if (buckets == NULL)
        return;
    cache->buckets = buckets;
    cache->bucket_count = old_count * 2;
    for (uint32_t index = 0; index < old_count; index++)
        for (uint32_t place = old[index], next; place != NOWHERE; place = next) {
            next = block_at(cache, place)->next;
            link_place(cache, place);
        }
    free(old);
}

struct gw_entry *gw_cache_find(const struct gw_cache *cache, struct gw_identifier sku)
{
    uint32_t place = cache != NULL ? find(cache, sku) : NOWHERE;

    return place != NOWHERE ? product_at(cache, place) : NULL;
}

/* ---- blocks and eviction ---------------------------------------------------------------------------------------- */

/* A page that was never used, + 1. NOWHERE: there is none, or no memory for one. */
static uint32_t fresh_page(struct gw_cache *cache)
{
    size_t slab = cache->page_count / SLAB_PAGES;

    if (cache->page_count == cache->page_max)
        return NOWHERE;
    if (cache->slabs[slab] == NULL)
        cache->slabs[slab] = malloc(sizeof *cache->slabs[slab]);
    return cache->slabs[slab] != NULL ? ++cache->page_count : NOWHERE;
}

/* Whether a product of this page was used since the clock hand passed last. Then the page gets a second chance. */
static bool spare_page(struct gw_cache *cache, uint32_t page)
{
    struct page *spared = page_at(cache, page);
    bool was_seen = (spared->seen & spared->taken) != 0;

    spared->seen = 0;
    return was_seen;
}

static bool is_filling(const struct gw_cache *cache, uint32_t page)
{
    for (uint32_t size_class = 0; size_class < CLASSES; size_class++)
        if (cache->filling[size_class] == page + 1)
            return true;
    return false;
}

/* Evicts the products of a page that was not used recently. Returns the page + 1. There are more pages than classes, so
 * one is found: a page gets no third chance. */
static uint32_t clear_page(struct gw_cache *cache)
{
    uint32_t page;

    if (cache->page_count <= CLASSES)
        return NOWHERE;
    do {
        page = cache->hand;
        cache->hand = cache->hand + 1 < cache->page_count ? cache->hand + 1 : 0;
    } while (is_filling(cache, page) || spare_page(cache, page));
    for (uint32_t slot = 0; slot < classes[page_at(cache, page)->size_class].blocks; slot++)
        if ((page_at(cache, page)->taken & 1u << slot) != 0)
            drop(cache, page * BLOCKS_MAX + slot + 1);
    return page + 1;
}

/* A free block of this class in the page that is being filled. */
static uint32_t take_block(const struct gw_cache *cache, uint32_t size_class)
{
    struct page *page = cache->filling[size_class] != NOWHERE ? page_at(cache, cache->filling[size_class] - 1) : NULL;
    uint32_t slot = 0;

    if (page == NULL)
        return NOWHERE;
    while (slot < classes[size_class].blocks && (page->taken & 1u << slot) != 0)
        slot++;
    if (slot == classes[size_class].blocks)
        return NOWHERE;
    page->taken |= 1u << slot;
    return (cache->filling[size_class] - 1) * BLOCKS_MAX + slot + 1;
}

/* A block for a SKU that has none. A SKU that does not exist evicts no other, because there is no limit to such SKUs.
 */
static uint32_t take_place(struct gw_cache *cache, uint32_t size_class, bool exists)
{
    uint32_t place = take_block(cache, size_class);
    uint32_t page;

    if (place != NOWHERE)
        return place;
    page = fresh_page(cache);
    if (page == NOWHERE && exists)
        page = clear_page(cache);
    if (page == NOWHERE)
        return NOWHERE;
    *page_at(cache, page - 1) = (struct page){.size_class = (uint8_t)size_class};
    cache->filling[size_class] = page;
    return take_block(cache, size_class);
}

/* ---- learning --------------------------------------------------------------------------------------------------- */

/* Moves what was learned to a block that it fits into, and frees the old block, which invalidates pointers to it.
 * Returns the new block; NOWHERE: there is none. */
static uint32_t move(struct gw_cache *cache, uint32_t place, size_t size, bool exists)
{
    if (place != NOWHERE)
        drop(cache, place);
    place = take_place(cache, class_for(size), exists);
    if (place == NOWHERE)
        return NOWHERE;
    memcpy(product_at(cache, place), &cache->learned, size);
    cache->count++;
    grow_index(cache);
    link_place(cache, place);
    return place;
}

static void see(struct gw_cache *cache, uint32_t place)
{
    struct page *page = page_at(cache, page_of(place));

    page->seen |= 1u << slot_of(place);
}

/* Learns in a copy, because the entry may outgrow its block. Returns the block of the entry afterwards. */
static uint32_t learn_beside(struct gw_cache *cache, uint32_t place, const struct gw_product *product,
                             int64_t loaded_stamp, int64_t stamp, bool is_news)
{
    struct gw_entry *kept = place != NOWHERE ? product_at(cache, place) : NULL;
    size_t size;

    if (kept != NULL)
        memcpy(&cache->learned, kept, gw_entry_size(kept));
    else
        gw_entry_init(&cache->learned, gw_product_sku(product));
    gw_entry_learn(&cache->learned, product, loaded_stamp, stamp, is_news);
    size = gw_entry_size(&cache->learned);
    if (kept == NULL || size + BLOCK_HEAD_BYTES > classes[page_at(cache, page_of(place))->size_class].bytes)
        return move(cache, place, size, gw_product_version(product) > 0);
    memcpy(kept, &cache->learned, size);
    return place;
}

void gw_cache_learn(struct gw_cache *cache, const struct gw_product *product, int64_t loaded_stamp, int64_t stamp,
                    bool is_news)
{
    uint32_t place = cache != NULL ? find(cache, gw_product_sku(product)) : NOWHERE;

    if (cache == NULL)
        return;
    if (place == NOWHERE || is_news || !gw_entry_refresh(product_at(cache, place), product, loaded_stamp, stamp))
        place = learn_beside(cache, place, product, loaded_stamp, stamp, is_news);
    if (place != NOWHERE)
        see(cache, place);
}

void gw_cache_invalidate(struct gw_cache *cache, struct gw_identifier sku)
{
    struct gw_entry *entry = gw_cache_find(cache, sku);

    if (entry != NULL)
        gw_entry_invalidate(entry);
}

bool gw_cache_is_stale(const struct gw_cache *cache, const struct gw_product *product, int64_t loaded_stamp)
{
    const struct gw_entry *entry = gw_cache_find(cache, gw_product_sku(product));

    return entry != NULL && (entry->flags & GW_ENTRY_KNOWN) != 0 &&
           !gw_entry_is_at(entry, gw_product_loaded_version(product), loaded_stamp);
}

bool gw_cache_is_confident(const struct gw_cache *cache)
{
    return cache != NULL && gw_confidence_holds(&cache->confidence);
}

void gw_cache_judge(struct gw_cache *cache, bool was_right)
{
    if (cache != NULL)
        gw_confidence_judge(&cache->confidence, was_right);
}

void gw_cache_forget(struct gw_cache *cache)
{
    if (cache == NULL)
        return;
    cache->count = cache->page_count = cache->hand = 0;
    memset(cache->filling, 0, sizeof cache->filling);
    memset(cache->buckets, 0, cache->bucket_count * sizeof *cache->buckets);
}

uint32_t gw_cache_count(const struct gw_cache *cache)
{
    return cache != NULL ? cache->count : 0;
}
