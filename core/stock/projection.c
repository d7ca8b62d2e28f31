/* SPDX-License-Identifier: Apache-2.0 */
/* Rule 2 on plain numbers: takes from the first batch with room, by ETA and then by age. */
#include "stock/projection.h"

#include "base/vector.h"

#include <string.h>

struct batch {
    int64_t room;
    int32_t eta;
};

struct gw_projection {
    struct gw_arena *arena;
    struct batch *batches; /* in the order of rule 2 */
    size_t count, capacity;
};

struct gw_projection *gw_projection_new(struct gw_arena *arena, const struct gw_entry *entry)
{
    struct gw_projection *projection = gw_arena_alloc(arena, sizeof *projection);
    struct batch *batches = gw_arena_alloc(arena, (entry->batch_count + 1U) * sizeof *batches);

    if (projection == NULL || batches == NULL)
        return NULL;
    for (uint16_t index = 0; index < entry->batch_count; index++) {
        const struct gw_entry_batch *batch = &entry->batches[index];

        batches[index] = (struct batch){.room = (int64_t)batch->purchased - batch->allocated, .eta = batch->eta};
    }
    *projection = (struct gw_projection){arena, batches, entry->batch_count, entry->batch_count + 1U};
    return projection;
}

bool gw_projection_add_batch(struct gw_projection *projection, int32_t eta, int64_t qty)
{
    struct batch *batches = gw_vector_grow(projection->arena, projection->batches, projection->count,
                                           &projection->capacity, sizeof *projection->batches);
    size_t at = projection->count;

    if (batches == NULL)
        return false;
    projection->batches = batches;
    while (at > 0 && batches[at - 1].eta > eta)
        at--;
    memmove(&batches[at + 1], &batches[at], (projection->count - at) * sizeof *batches);
    batches[at] = (struct batch){.room = qty, .eta = eta};
    projection->count++;
    return true;
}

bool gw_projection_take(struct gw_projection *projection, int64_t qty)
{
    for (size_t index = 0; index < projection->count; index++) {
        if (projection->batches[index].room < qty)
            continue;
        projection->batches[index].room -= qty;
        return true;
    }
    return false;
}
