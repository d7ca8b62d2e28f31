/* SPDX-License-Identifier: Apache-2.0 */
/* Effect blocks: one pass over the effects, with one open block for each destination. */
#include <gangway/sdk/changeset.h>
#include <gangway/sdk/effect_blocks.h>
#include <gangway/sdk/items.h>

#include <stdbool.h>
#include <stdlib.h>

/* The newest block of each destination. */
struct open_blocks {
    uint32_t *items; /* indexes of blocks */
    size_t count;
    size_t capacity;
};

void gw_effect_blocks_done(struct gw_effect_blocks *blocks)
{
    free(blocks->items);
    free(blocks->next);
    *blocks = (struct gw_effect_blocks){0};
}

static uint64_t bytes_of(const struct gw_changeset *set, const struct gw_effect *effect)
{
    return effect->id.len + effect->type.len + effect->payload.len + effect->headers.len + effect->recipient.len +
           gw_changeset_product(set, effect->product)->sku.len;
}

static bool is_for(const struct gw_changeset *set, const struct gw_effect_block *block, const struct gw_effect *effect)
{
    const struct gw_effect *first = gw_array_at(&set->effects, block->first);

    return gw_text_equal(first->destination, effect->destination);
}

/* The place of the destination's block in `open`; open->count: there is none. */
static size_t place_of(const struct gw_changeset *set, const struct gw_effect_blocks *blocks,
                       const struct open_blocks *open, const struct gw_effect *effect)
{
    size_t place = 0;

    while (place < open->count && !is_for(set, &blocks->items[open->items[place]], effect))
        place++;
    return place;
}

/* Begins a block at the effect, in this place of `open`. */
static bool begin(struct gw_effect_blocks *blocks, struct open_blocks *open, size_t place, uint32_t effect)
{
    struct gw_effect_block *items =
        gw_items_reserve(blocks->items, sizeof *items, (size_t)blocks->count + 1, &blocks->capacity);
    uint32_t *indexes = gw_items_reserve(open->items, sizeof *indexes, place + 1, &open->capacity);

    if (items != NULL)
        blocks->items = items;
    if (indexes != NULL)
        open->items = indexes;
    if (items == NULL || indexes == NULL)
        return false;
    if (place == open->count)
        open->count++;
    open->items[place] = blocks->count;
    blocks->items[blocks->count++] = (struct gw_effect_block){.first = effect};
    return true;
}

static bool add(const struct gw_changeset *set, struct gw_effect_blocks *blocks, struct open_blocks *open,
                uint32_t index)
{
    const struct gw_effect *effect = gw_array_at(&set->effects, index);
    uint64_t bytes = bytes_of(set, effect);
    size_t place = place_of(set, blocks, open, effect);
    struct gw_effect_block *block = place < open->count ? &blocks->items[open->items[place]] : NULL;

    if (block == NULL || block->count == GW_BLOCK_EVENTS || block->bytes + bytes > GW_BLOCK_BYTES) {
        if (!begin(blocks, open, place, index))
            return false;
        block = &blocks->items[open->items[place]];
    } else {
        blocks->next[block->last] = index;
    }
    block->last = index;
    block->count++;
    block->bytes = (uint32_t)(block->bytes + bytes < UINT32_MAX ? block->bytes + bytes : UINT32_MAX);
    return true;
}

enum gw_status gw_effect_blocks_make(const struct gw_changeset *set, struct gw_effect_blocks *ret_blocks,
                                     struct gw_error *reterr)
{
    struct open_blocks open = {0};
    bool has_memory;

    *ret_blocks = (struct gw_effect_blocks){0};
    if (set->effects.count == 0)
        return GW_OK;
    ret_blocks->next = malloc(set->effects.count * sizeof *ret_blocks->next);
    has_memory = ret_blocks->next != NULL;
    for (uint32_t i = 0; i < set->effects.count && has_memory; i++)
        has_memory = add(set, ret_blocks, &open, i);
    free(open.items);
    if (has_memory)
        return GW_OK;
    gw_effect_blocks_done(ret_blocks);
    return gw_error_set(reterr, GW_NOMEM, "no memory to divide %u events into blocks", set->effects.count);
}
