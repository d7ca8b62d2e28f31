/* SPDX-License-Identifier: Apache-2.0 */
/* Counts, sorts and lays out the parts of a changeset. It decides nothing about the business. */
#include "service/changeset.h"

#include "base/vector.h"
#include "stock/port_text.h"

#include <stdlib.h>
#include <string.h>

bool gw_changes_add_line(struct gw_changes *changes, const struct gw_tracked *product, const struct gw_held_line *line)
{
    struct gw_allocated_line *lines =
        gw_vector_grow(changes->arena, changes->lines, changes->line_count, &changes->line_capacity, sizeof *lines);

    if (lines == NULL)
        return false;
    changes->lines = lines;
    changes->lines[changes->line_count++] = (struct gw_allocated_line){product, line, line->seq};
    return true;
}

bool gw_changes_add_effect(struct gw_changes *changes, const struct gw_tracked *product,
                           const struct gw_effect_draft *draft)
{
    struct gw_effect *effects = gw_vector_grow(changes->arena, changes->effects, changes->effect_count,
                                               &changes->effect_capacity, sizeof *effects);
    const struct gw_tracked **products =
        gw_vector_grow(changes->arena, (void *)changes->effect_products, changes->effect_count,
                       &changes->effect_product_capacity, sizeof *changes->effect_products);

    if (effects == NULL || products == NULL)
        return false;
    changes->effects = effects;
    changes->effect_products = products;
    products[changes->effect_count] = product;
    effects[changes->effect_count++] = (struct gw_effect){.event = product->event_count,
                                                          .destination = draft->destination,
                                                          .recipient = draft->recipient,
                                                          .id = draft->id,
                                                          .type = draft->type,
                                                          .payload = draft->payload,
                                                          .headers = draft->headers};
    return true;
}

bool gw_changes_add_position(struct gw_changes *changes, const struct gw_position_change *change)
{
    struct gw_position_change *positions = gw_vector_grow(changes->arena, changes->positions, changes->position_count,
                                                          &changes->position_capacity, sizeof *positions);

    if (positions == NULL)
        return false;
    changes->positions = positions;
    changes->positions[changes->position_count++] = *change;
    return true;
}

bool gw_changes_add_id(struct gw_changes *changes, const struct gw_id_change *change)
{
    struct gw_id_change *ids =
        gw_vector_grow(changes->arena, changes->ids, changes->id_count, &changes->id_capacity, sizeof *ids);

    if (ids == NULL)
        return false;
    changes->ids = ids;
    changes->ids[changes->id_count++] = *change;
    return true;
}

bool gw_changes_add_dead_letter(struct gw_changes *changes, const struct gw_dead_letter *letter)
{
    struct gw_dead_letter *letters = gw_vector_grow(changes->arena, changes->dead_letters, changes->dead_letter_count,
                                                    &changes->dead_letter_capacity, sizeof *letters);

    if (letters == NULL)
        return false;
    changes->dead_letters = letters;
    changes->dead_letters[changes->dead_letter_count++] = *letter;
    return true;
}

bool gw_changes_add_dead_change(struct gw_changes *changes, const struct gw_dead_change *change)
{
    struct gw_dead_change *dead_changes =
        gw_vector_grow(changes->arena, changes->dead_changes, changes->dead_change_count,
                       &changes->dead_change_capacity, sizeof *dead_changes);

    if (dead_changes == NULL)
        return false;
    changes->dead_changes = dead_changes;
    changes->dead_changes[changes->dead_change_count++] = *change;
    return true;
}

/* Merges two sorted runs, [first, middle) and [middle, end). */
static void merge(struct gw_tracked *const *from, size_t first, size_t middle, size_t end, struct gw_tracked **to)
{
    size_t left = first;
    size_t right = middle;

    for (size_t at = first; at < end; at++) {
        bool takes_left = right == end || (left < middle && gw_text_compare(gw_port_text(from[left]->sku),
                                                                            gw_port_text(from[right]->sku)) < 0);

        to[at] = from[takes_left ? left++ : right++];
    }
}

/* Returns the products sorted by SKU, in products or in spare, which is as long. qsort would allocate as much from the
 * heap in every turn. */
static struct gw_tracked **sort_products(struct gw_tracked **products, struct gw_tracked **spare, size_t count)
{
    for (size_t run = 1; run < count; run *= 2) {
        struct gw_tracked **swap = products;

        for (size_t first = 0; first < count; first += 2 * run) {
            size_t middle = first + run < count ? first + run : count;

            merge(products, first, middle, middle + run < count ? middle + run : count, spare);
        }
        products = spare;
        spare = swap;
    }
    return products;
}

static int compare_positions(const void *a, const void *b)
{
    const struct gw_position_change *left = a;
    const struct gw_position_change *right = b;

    return gw_text_compare(left->source, right->source);
}

/* Collects the products that the changeset must contain, sorted, and sets their indexes. */
static bool build_products(struct gw_arena *arena, const struct gw_identity_map *map, struct gw_tracked ***ret_sorted,
                           struct gw_array *ret_array)
{
    struct gw_tracked **sorted = gw_arena_alloc(arena, (map->product_count + 1) * sizeof *sorted);
    struct gw_tracked **spare = gw_arena_alloc(arena, (map->product_count + 1) * sizeof *spare);
    struct gw_product_change *items = gw_arena_alloc(arena, (map->product_count + 1) * sizeof *items);
    uint32_t count = 0;

    if (sorted == NULL || spare == NULL || items == NULL)
        return false;
    for (size_t index = 0; index < map->product_count; index++)
        if (map->products[index]->is_read)
            sorted[count++] = map->products[index];
    sorted = sort_products(sorted, spare, count);
    for (uint32_t index = 0; index < count; index++) {
        const struct gw_product *product = sorted[index]->product;

        sorted[index]->index = index;
        items[index] = (struct gw_product_change){.sku = gw_port_text(sorted[index]->sku),
                                                  .expected = gw_product_loaded_version(product),
                                                  .version = gw_product_version(product),
                                                  .stamp = sorted[index]->stamp,
                                                  .events = sorted[index]->event_count};
    }
    *ret_sorted = sorted;
    *ret_array = (struct gw_array){items, count, sizeof *items};
    return true;
}

static bool build_absent_refs(struct gw_arena *arena, const struct gw_identity_map *map, struct gw_array *ret_array)
{
    struct gw_text *items = gw_arena_alloc(arena, (map->ref_count + 1) * sizeof *items);
    uint32_t count = 0;

    if (items == NULL)
        return false;
    for (size_t index = 0; index < map->ref_count; index++)
        if (map->refs[index]->is_read && map->refs[index]->owner == NULL)
            items[count++] = gw_port_text(map->refs[index]->ref);
    *ret_array = (struct gw_array){items, count, sizeof *items};
    return true;
}

/* Arrays that are large enough for the changes of all touched products. */
struct dirty {
    struct gw_batch_insert *batch_inserts;
    struct gw_batch_update *batch_updates;
    struct gw_line_delete *line_deletes;
    uint32_t batch_insert_count;
    uint32_t batch_update_count;
    uint32_t line_delete_count;
};

static bool dirty_init(struct dirty *dirty, struct gw_arena *arena, struct gw_tracked *const *products, uint32_t count)
{
    size_t batch_total = 0;
    size_t line_total = 0;

    for (uint32_t index = 0; index < count; index++) {
        const struct gw_batch *const *batches;
        const struct gw_held_line *const *lines;
        size_t batch_count;
        size_t line_count;

        gw_product_touched(products[index]->product, &batches, &batch_count, &lines, &line_count);
        batch_total += batch_count;
        line_total += line_count;
    }
    *dirty = (struct dirty){0};
    dirty->batch_inserts = gw_arena_alloc(arena, (batch_total + 1) * sizeof *dirty->batch_inserts);
    dirty->batch_updates = gw_arena_alloc(arena, (batch_total + 1) * sizeof *dirty->batch_updates);
    dirty->line_deletes = gw_arena_alloc(arena, (line_total + 1) * sizeof *dirty->line_deletes);
    return dirty->batch_inserts != NULL && dirty->batch_updates != NULL && dirty->line_deletes != NULL;
}

static void dirty_add_batch(struct dirty *dirty, uint32_t product, const struct gw_batch *batch)
{
    if (batch->is_new)
        dirty->batch_inserts[dirty->batch_insert_count++] = (struct gw_batch_insert){
            product, batch->eta, gw_port_text(batch->ref), batch->purchased, batch->allocated, batch->created};
    else if (batch->is_changed)
        dirty->batch_updates[dirty->batch_update_count++] =
            (struct gw_batch_update){.product = product,
                                     .ref = gw_port_text(batch->ref),
                                     .old_purchased = batch->loaded_purchased,
                                     .old_allocated = batch->loaded_allocated,
                                     .purchased = batch->purchased,
                                     .allocated = batch->allocated};
}

/* Deletes the row of a line that was held and is not any more, or is held again since another version. */
static void dirty_add_line(struct dirty *dirty, uint32_t product, const struct gw_held_line *line)
{
    if (line->loaded_batch != NULL && (line->batch == NULL || line->seq != line->loaded_seq))
        dirty->line_deletes[dirty->line_delete_count++] =
            (struct gw_line_delete){product, 0, gw_port_text(line->orderid), line->qty};
}

static bool build_dirty(struct gw_arena *arena, struct gw_tracked *const *products, uint32_t count,
                        struct gw_changeset *ret_changeset)
{
    struct dirty dirty;

    if (!dirty_init(&dirty, arena, products, count))
        return false;
    for (uint32_t index = 0; index < count; index++) {
        const struct gw_batch *const *batches;
        const struct gw_held_line *const *lines;
        size_t batch_count;
        size_t line_count;

        gw_product_touched(products[index]->product, &batches, &batch_count, &lines, &line_count);
        for (size_t at = 0; at < batch_count; at++)
            dirty_add_batch(&dirty, index, batches[at]);
        for (size_t at = 0; at < line_count; at++)
            dirty_add_line(&dirty, index, lines[at]);
    }
    ret_changeset->batch_inserts =
        (struct gw_array){dirty.batch_inserts, dirty.batch_insert_count, sizeof *dirty.batch_inserts};
    ret_changeset->batch_updates =
        (struct gw_array){dirty.batch_updates, dirty.batch_update_count, sizeof *dirty.batch_updates};
    ret_changeset->line_deletes =
        (struct gw_array){dirty.line_deletes, dirty.line_delete_count, sizeof *dirty.line_deletes};
    return true;
}

/* Adds the lines in the order of allocation. A line that was allocated several times is added once, for the last time.
 */
static bool build_line_inserts(const struct gw_changes *changes, struct gw_array *ret_array)
{
    struct gw_line_insert *items = gw_arena_alloc(changes->arena, (changes->line_count + 1) * sizeof *items);
    uint32_t count = 0;

    if (items == NULL)
        return false;
    for (size_t index = 0; index < changes->line_count; index++) {
        const struct gw_allocated_line *allocated = &changes->lines[index];
        const struct gw_held_line *line = allocated->line;

        if (line->batch == NULL || line->seq != allocated->seq)
            continue;
        items[count++] =
            (struct gw_line_insert){allocated->product->index,      0,        gw_port_text(line->orderid), line->qty,
                                    gw_port_text(line->batch->ref), line->seq};
    }
    *ret_array = (struct gw_array){items, count, sizeof *items};
    return true;
}

bool gw_changes_build(struct gw_changes *changes, struct gw_identity_map *map, struct gw_changeset *ret_changeset)
{
    struct gw_tracked **sorted;

    *ret_changeset = (struct gw_changeset){.size = sizeof *ret_changeset};
    if (!build_products(changes->arena, map, &sorted, &ret_changeset->products) ||
        !build_absent_refs(changes->arena, map, &ret_changeset->absent_refs) ||
        !build_dirty(changes->arena, sorted, ret_changeset->products.count, ret_changeset) ||
        !build_line_inserts(changes, &ret_changeset->line_inserts))
        return false;
    for (size_t index = 0; index < changes->effect_count; index++)
        changes->effects[index].product = changes->effect_products[index]->index;
    if (changes->position_count > 1)
        qsort(changes->positions, changes->position_count, sizeof *changes->positions, compare_positions);
    ret_changeset->effects =
        (struct gw_array){changes->effects, (uint32_t)changes->effect_count, sizeof *changes->effects};
    ret_changeset->positions =
        (struct gw_array){changes->positions, (uint32_t)changes->position_count, sizeof *changes->positions};
    ret_changeset->ids = (struct gw_array){changes->ids, (uint32_t)changes->id_count, sizeof *changes->ids};
    ret_changeset->dead_letters =
        (struct gw_array){changes->dead_letters, (uint32_t)changes->dead_letter_count, sizeof *changes->dead_letters};
    ret_changeset->dead_changes =
        (struct gw_array){changes->dead_changes, (uint32_t)changes->dead_change_count, sizeof *changes->dead_changes};
    return true;
}
