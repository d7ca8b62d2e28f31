/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the products are kept and found again: pages, each cut into blocks of one size, and an index by the hash of the
 * SKU. A product has a block of the smallest size that it fits into, so that the many with few batches leave room for
 * more of them. Eviction is CLOCK (second chance), page by page. What is kept of a product is remembered_product.c's
 * business.
 */
#include "stock/cache.h"

#include "stock/confidence.h"

#include <stdlib.h>
#include <string.h>

/* A page holds one product of the largest size, or two of half of it, and so on. */
enum { CLASSES = 5, BLOCKS_MAX = 1 << (CLASSES - 1), SLAB_PAGES = 64, BUCKETS_MIN = 1024 };

/* No place: places are counted from 1, so that cleared memory is an empty index. */
enum { NOWHERE = 0 };

/* A product is stored as far as gw_remembered_product_size says. */
struct block {
    uint32_t next; /* of the same bucket */
    uint32_t unused;
    struct gw_remembered_product product;
};

enum { BLOCK_HEAD_BYTES = offsetof(struct block, product), PAGE_BYTES = sizeof(struct block) };

struct page {
    uint16_t taken;     /* a bit for each block */
    uint16_t seen;      /* likewise: since the hand came by last */
    uint8_t size_class; /* cut into 1 << size_class blocks */
};

struct slab {
    struct page pages[SLAB_PAGES];
    _Alignas(max_align_t) char bytes[SLAB_PAGES * PAGE_BYTES];
};

struct gw_product_memory {
    uint32_t page_count; /* in use */
    uint32_t page_max;
    uint32_t hand;
    uint32_t count;            /* products */
    uint32_t bucket_count;     /* a power of two */
    uint32_t filling[CLASSES]; /* the page of each class that has free blocks, + 1; NOWHERE: none */
    uint32_t *buckets;
    struct slab **slabs;
    struct gw_trust trust;
    struct gw_remembered_product learned; /* a product on its way to its block */
};

/* ---- pages and blocks ------------------------------------------------------------------------------------------- */

static struct page *page_at(const struct gw_product_memory *memory, uint32_t page)
{
    return &memory->slabs[page / SLAB_PAGES]->pages[page % SLAB_PAGES];
}

/* Blocks hold integers of 8 bytes. */
static size_t block_bytes(uint32_t size_class)
{
    return (PAGE_BYTES >> size_class) & ~(size_t)7;
}

static uint32_t page_of(uint32_t place)
{
    return (place - 1) / BLOCKS_MAX;
}

static uint32_t slot_of(uint32_t place)
{
    return (place - 1) % BLOCKS_MAX;
}

static struct block *block_at(const struct gw_product_memory *memory, uint32_t place)
{
    uint32_t page = page_of(place);
    char *bytes = memory->slabs[page / SLAB_PAGES]->bytes + (size_t)(page % SLAB_PAGES) * PAGE_BYTES;

    return (struct block *)(void *)(bytes + slot_of(place) * block_bytes(page_at(memory, page)->size_class));
}

static struct gw_remembered_product *product_at(const struct gw_product_memory *memory, uint32_t place)
{
    return &block_at(memory, place)->product;
}

/* The smallest blocks that take so many bytes of a product. */
static uint32_t class_for(size_t bytes)
{
    uint32_t size_class = CLASSES - 1;

    while (size_class > 0 && block_bytes(size_class) < bytes + BLOCK_HEAD_BYTES)
        size_class--;
    return size_class;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

struct gw_product_memory *gw_product_memory_new(int64_t max_bytes)
{
    static const int64_t per_page =
        (int64_t)(sizeof(struct slab) / SLAB_PAGES + 2 * BLOCKS_MAX * sizeof(uint32_t)); /* and its part of the index */
    struct gw_product_memory *memory = max_bytes > 0 ? calloc(1, sizeof *memory) : NULL;

    if (memory == NULL)
        return NULL;
    memory->page_max = (uint32_t)(max_bytes / per_page < SLAB_PAGES ? SLAB_PAGES : max_bytes / per_page);
    memory->bucket_count = BUCKETS_MIN;
    memory->buckets = calloc(memory->bucket_count, sizeof *memory->buckets);
    memory->slabs = calloc(memory->page_max / SLAB_PAGES + 1, sizeof(struct slab *));
    if (memory->buckets != NULL && memory->slabs != NULL)
        return memory;
    gw_product_memory_free(memory);
    return NULL;
}

void gw_product_memory_free(struct gw_product_memory *memory)
{
    if (memory == NULL)
        return;
    for (size_t index = 0; memory->slabs != NULL && index <= memory->page_max / SLAB_PAGES; index++)
        free(memory->slabs[index]);
    free(memory->slabs);
    free(memory->buckets);
    free(memory);
}

/* ---- the index -------------------------------------------------------------------------------------------------- */

static uint32_t *bucket_of(const struct gw_product_memory *memory, uint32_t hash)
{
    return &memory->buckets[hash & (memory->bucket_count - 1)];
}

static uint32_t find(const struct gw_product_memory *memory, struct gw_identifier sku)
{
    uint32_t place = *bucket_of(memory, sku.hash);

    while (place != NOWHERE) {
        const struct block *block = block_at(memory, place);

        if (gw_remembered_product_has_sku(&block->product, sku))
            break;
        place = block->next;
    }
    return place;
}

static void link_place(struct gw_product_memory *memory, uint32_t place)
{
    uint32_t *bucket = bucket_of(memory, product_at(memory, place)->sku_hash);

    block_at(memory, place)->next = *bucket;
    *bucket = place;
}

/* Takes a product out of the index, and its block out of use. */
static void drop(struct gw_product_memory *memory, uint32_t place)
{
    uint32_t *link = bucket_of(memory, product_at(memory, place)->sku_hash);

    while (*link != place)
        link = &block_at(memory, *link)->next;
    *link = block_at(memory, place)->next;
    page_at(memory, page_of(place))->taken &= (uint16_t) ~(1u << slot_of(place));
    memory->count--;
}

/* Twice as many buckets, when half of them would be in use; without memory for them chains get longer. */
static void grow_index(struct gw_product_memory *memory)
{
    uint32_t old_count = memory->bucket_count;
    uint32_t *old = memory->buckets;
    uint32_t *buckets;

    if (memory->count < old_count / 2 || (uint64_t)old_count > (uint64_t)memory->page_max * BLOCKS_MAX)
        return;
    buckets = calloc((size_t)old_count * 2, sizeof *buckets);
    if (buckets == NULL)
        return;
    memory->buckets = buckets;
    memory->bucket_count = old_count * 2;
    for (uint32_t index = 0; index < old_count; index++)
        for (uint32_t place = old[index], next; place != NOWHERE; place = next) {
            next = block_at(memory, place)->next;
            link_place(memory, place);
        }
    free(old);
}

struct gw_remembered_product *gw_product_memory_find(const struct gw_product_memory *memory, struct gw_identifier sku)
{
    uint32_t place = memory != NULL ? find(memory, sku) : NOWHERE;

    return place != NOWHERE ? product_at(memory, place) : NULL;
}

/* ---- places ----------------------------------------------------------------------------------------------------- */

/* A page that was never used, + 1; NOWHERE when there is none, or no memory for one. */
static uint32_t fresh_page(struct gw_product_memory *memory)
{
    size_t slab = memory->page_count / SLAB_PAGES;

    if (memory->page_count == memory->page_max)
        return NOWHERE;
    if (memory->slabs[slab] == NULL)
        memory->slabs[slab] = malloc(sizeof *memory->slabs[slab]);
    return memory->slabs[slab] != NULL ? ++memory->page_count : NOWHERE;
}

/* Whether a product of this page was seen since the hand came by last; then the page has a second chance. */
static bool spare_page(struct gw_product_memory *memory, uint32_t page)
{
    struct page *spared = page_at(memory, page);
    bool was_seen = (spared->seen & spared->taken) != 0;

    spared->seen = 0;
    return was_seen;
}

static bool is_filling(const struct gw_product_memory *memory, uint32_t page)
{
    for (uint32_t size_class = 0; size_class < CLASSES; size_class++)
        if (memory->filling[size_class] == page + 1)
            return true;
    return false;
}

/* The page of products that were not seen for long, which are forgotten, + 1. There are more pages than classes, so one
 * is found: those that are spared are not spared again. */
static uint32_t clear_page(struct gw_product_memory *memory)
{
    uint32_t page;

    if (memory->page_count <= CLASSES)
        return NOWHERE;
    do {
        page = memory->hand;
        memory->hand = memory->hand + 1 < memory->page_count ? memory->hand + 1 : 0;
    } while (is_filling(memory, page) || spare_page(memory, page));
    for (uint32_t slot = 0; slot < 1u << page_at(memory, page)->size_class; slot++)
        if ((page_at(memory, page)->taken & 1u << slot) != 0)
            drop(memory, page * BLOCKS_MAX + slot + 1);
    return page + 1;
}

/* A free block of this class in the page that is being filled. */
static uint32_t take_block(const struct gw_product_memory *memory, uint32_t size_class)
{
    struct page *page =
        memory->filling[size_class] != NOWHERE ? page_at(memory, memory->filling[size_class] - 1) : NULL;
    uint32_t slot = 0;

    if (page == NULL)
        return NOWHERE;
    while (slot < 1u << size_class && (page->taken & 1u << slot) != 0)
        slot++;
    if (slot == 1u << size_class)
        return NOWHERE;
    page->taken = (uint16_t)(page->taken | 1u << slot);
    return (memory->filling[size_class] - 1) * BLOCKS_MAX + slot + 1;
}

/* A place for a SKU that has none. One that nobody has takes none from another: there are endlessly many of those. */
static uint32_t take_place(struct gw_product_memory *memory, uint32_t size_class, bool exists)
{
    uint32_t place = take_block(memory, size_class);
    uint32_t page;

    if (place != NOWHERE)
        return place;
    page = fresh_page(memory);
    if (page == NOWHERE && exists)
        page = clear_page(memory);
    if (page == NOWHERE)
        return NOWHERE;
    *page_at(memory, page - 1) = (struct page){.size_class = (uint8_t)size_class};
    memory->filling[size_class] = page;
    return take_block(memory, size_class);
}

/* ---- learning --------------------------------------------------------------------------------------------------- */

/* Puts what was learned into a block that it fits into, and out of the one where it was; pointers to that mean nothing
 * from then on. Returns the new place; NOWHERE: there is none. */
static uint32_t move(struct gw_product_memory *memory, uint32_t place, size_t size, bool exists)
{
    if (place != NOWHERE)
        drop(memory, place);
    place = take_place(memory, class_for(size), exists);
    if (place == NOWHERE)
        return NOWHERE;
    memcpy(product_at(memory, place), &memory->learned, size);
    memory->count++;
    grow_index(memory);
    link_place(memory, place);
    return place;
}

static void see(struct gw_product_memory *memory, uint32_t place)
{
    struct page *page = page_at(memory, page_of(place));

    page->seen = (uint16_t)(page->seen | 1u << slot_of(place));
}

/* Learns beside what is kept, because it may grow out of its block. Returns where it is then. */
static uint32_t learn_beside(struct gw_product_memory *memory, uint32_t place, const struct gw_product *product,
                           int64_t loaded_stamp, int64_t stamp, bool is_news)
{
    struct gw_remembered_product *kept = place != NOWHERE ? product_at(memory, place) : NULL;
    size_t size;

    if (kept != NULL)
        memcpy(&memory->learned, kept, gw_remembered_product_size(kept));
    else
        gw_remembered_product_init(&memory->learned, gw_product_sku(product));
    gw_remembered_product_learn(&memory->learned, product, loaded_stamp, stamp, is_news);
    size = gw_remembered_product_size(&memory->learned);
    if (kept == NULL || size + BLOCK_HEAD_BYTES > block_bytes(page_at(memory, page_of(place))->size_class))
        return move(memory, place, size, gw_product_version(product) > 0);
    memcpy(kept, &memory->learned, size);
    return place;
}

void gw_product_memory_learn(struct gw_product_memory *memory, const struct gw_product *product, int64_t loaded_stamp,
                             int64_t stamp, bool is_news)
{
    uint32_t place = memory != NULL ? find(memory, gw_product_sku(product)) : NOWHERE;

    if (memory == NULL)
        return;
    if (place == NOWHERE || is_news ||
        !gw_remembered_product_refresh(product_at(memory, place), product, loaded_stamp, stamp))
        place = learn_beside(memory, place, product, loaded_stamp, stamp, is_news);
    if (place != NOWHERE)
        see(memory, place);
}

void gw_product_memory_doubt(struct gw_product_memory *memory, struct gw_identifier sku)
{
    struct gw_remembered_product *entry = gw_product_memory_find(memory, sku);

    if (entry != NULL)
        gw_remembered_product_doubt(entry);
}

bool gw_product_memory_is_stale(const struct gw_product_memory *memory, const struct gw_product *product,
                                int64_t loaded_stamp)
{
    const struct gw_remembered_product *entry = gw_product_memory_find(memory, gw_product_sku(product));

    return entry != NULL && (entry->flags & GW_REMEMBERED_KNOWN) != 0 &&
           !gw_remembered_product_is_at(entry, gw_product_loaded_version(product), loaded_stamp);
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
    memory->count = memory->page_count = memory->hand = 0;
    memset(memory->filling, 0, sizeof memory->filling);
    memset(memory->buckets, 0, memory->bucket_count * sizeof *memory->buckets);
}

uint32_t gw_product_memory_count(const struct gw_product_memory *memory)
{
    return memory != NULL ? memory->count : 0;
}
