/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks: see blocks.h. The sequence of an event is known only to the server, which counts the events of a product. So
 * a line says which product of its block it counts from, and how far it is from there. */
#include "blocks.h"

#include <gangway/sdk/changeset.h>
#include <gangway/sdk/effect_blocks.h>
#include <gangway/sdk/event_line.h>

#include <stdlib.h>

/* Where a product is among those of the block that has named it last. */
struct naming {
    uint32_t block; /* from 1; 0: none has named it */
    uint32_t place; /* from 1 */
};

struct blocks {
    const struct gw_changeset *set;
    struct gw_effect_blocks divided;
    struct naming *namings; /* of each product of the changeset */
    uint32_t *places;       /* of each effect: the place of its product in its block */
    uint32_t *products;     /* of all blocks, one after another: indexes in the changeset */
    uint32_t product_count;
    uint32_t *ends; /* of each block, in products */
};

static void blocks_done(struct blocks *blocks)
{
    gw_effect_blocks_done(&blocks->divided);
    free(blocks->namings);
    free(blocks->places);
    free(blocks->products);
    free(blocks->ends);
}

static const struct gw_effect *effect_at(const struct blocks *blocks, uint32_t index)
{
    return gw_array_at(&blocks->set->effects, index);
}

/* ---- the products of each block */

static void name_product(struct blocks *blocks, uint32_t block, uint32_t effect)
{
    struct naming *naming = &blocks->namings[effect_at(blocks, effect)->product];
    uint32_t begin = block > 0 ? blocks->ends[block - 1] : 0;

    if (naming->block != block + 1) {
        blocks->products[blocks->product_count++] = effect_at(blocks, effect)->product;
        *naming = (struct naming){block + 1, blocks->product_count - begin};
    }
    blocks->places[effect] = naming->place;
}

static void name_products(struct blocks *blocks)
{
    for (uint32_t block = 0; block < blocks->divided.count; block++) {
        const struct gw_effect_block *item = &blocks->divided.items[block];

        for (uint32_t at = item->first, k = 0; k < item->count; at = blocks->divided.next[at], k++)
            name_product(blocks, block, at);
        blocks->ends[block] = blocks->product_count;
    }
}

static enum gw_status blocks_make(struct blocks *blocks, struct gw_error *reterr)
{
    const struct gw_changeset *set = blocks->set;
    enum gw_status status = gw_effect_blocks_make(set, &blocks->divided, reterr);

    if (status != GW_OK || set->effects.count == 0)
        return status;
    blocks->namings = calloc(set->products.count, sizeof *blocks->namings);
    blocks->places = malloc(set->effects.count * sizeof *blocks->places);
    blocks->products = malloc(set->effects.count * sizeof *blocks->products);
    blocks->ends = malloc(blocks->divided.count * sizeof *blocks->ends);
    if (blocks->namings == NULL || blocks->places == NULL || blocks->products == NULL || blocks->ends == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for %u events", set->effects.count);
    name_products(blocks);
    return GW_OK;
}

/* ---- the parameters */

static void add_lines(struct parameters *parameters, const struct blocks *blocks, const struct gw_effect_block *block)
{
    for (uint32_t at = block->first, k = 0; k < block->count; at = blocks->divided.next[at], k++) {
        const struct gw_effect *effect = effect_at(blocks, at);
        struct gw_event_line line = {.product = blocks->places[at],
                                     .event = effect->event,
                                     .type = effect->type,
                                     .sku = gw_changeset_product(blocks->set, effect->product)->sku,
                                     .id = effect->id,
                                     .recipient = effect->recipient,
                                     .headers = effect->headers,
                                     .payload = effect->payload};

        gw_event_line_append(&parameters->bytes, &line);
    }
}

static void add_events(struct parameters *parameters, const struct blocks *blocks)
{
    array_begin(parameters, PARAMETER_TEXT);
    for (uint32_t block = 0; block < blocks->divided.count; block++) {
        array_element_begin(parameters);
        add_lines(parameters, blocks, &blocks->divided.items[block]);
        array_element_end(parameters);
    }
    array_end(parameters);
}

static void add_heads(struct parameters *parameters, const struct gw_effect_blocks *divided)
{
    array_begin(parameters, PARAMETER_INT4);
    for (uint32_t block = 0; block < divided->count; block++)
        array_int4(parameters, (int32_t)(divided->items[block].first + 1));
    array_end(parameters);
}

static void add_destinations(struct parameters *parameters, const struct blocks *blocks)
{
    array_begin(parameters, PARAMETER_TEXT);
    for (uint32_t block = 0; block < blocks->divided.count; block++)
        array_text(parameters, effect_at(blocks, blocks->divided.items[block].first)->destination);
    array_end(parameters);
}

static void add_counts(struct parameters *parameters, const struct gw_effect_blocks *divided)
{
    array_begin(parameters, PARAMETER_INT4);
    for (uint32_t block = 0; block < divided->count; block++)
        array_int4(parameters, (int32_t)divided->items[block].count);
    array_end(parameters);
}

static void add_products(struct parameters *parameters, const struct blocks *blocks)
{
    array_begin(parameters, PARAMETER_INT4);
    for (uint32_t block = 0; block < blocks->divided.count; block++)
        array_int4(parameters, (int32_t)blocks->ends[block]);
    array_end(parameters);
    array_begin(parameters, PARAMETER_INT4);
    for (uint32_t i = 0; i < blocks->product_count; i++)
        array_int4(parameters, (int32_t)(blocks->products[i] + 1));
    array_end(parameters);
}

enum gw_status blocks_add(struct parameters *parameters, const struct gw_changeset *set, struct gw_error *reterr)
{
    struct blocks blocks = {.set = set};
    enum gw_status status = blocks_make(&blocks, reterr);

    if (status == GW_OK) {
        parameter_int8(parameters, set->effects.count);
        add_heads(parameters, &blocks.divided);
        add_destinations(parameters, &blocks);
        add_counts(parameters, &blocks.divided);
        add_events(parameters, &blocks);
        add_products(parameters, &blocks);
    }
    blocks_done(&blocks);
    return status;
}
