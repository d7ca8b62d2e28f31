/* SPDX-License-Identifier: Apache-2.0 */
/* Rule 2 on bare numbers: the first batch with room, by ETA and then by age. */
#include "stock/projection.h"

#include "base/vector.h"

#include <string.h>

struct batch {
    int64_t room;
    int32_t eta;
};

struct gw_forecast {
    struct gw_arena *arena;
    struct batch *batches; /* in the order of rule 2 */
    size_t count, capacity;
};

struct gw_forecast *gw_forecast_new(struct gw_arena *arena, const struct gw_remembered_product *remembered)
{
    struct gw_forecast *forecast = gw_arena_alloc(arena, sizeof *forecast);
    struct batch *batches = gw_arena_alloc(arena, (remembered->batch_count + 1U) * sizeof *batches);

    if (forecast == NULL || batches == NULL)
        return NULL;
    for (uint16_t index = 0; index < remembered->batch_count; index++) {
        const struct gw_remembered_batch *batch = &remembered->batches[index];

        batches[index] = (struct batch){.room = (int64_t)batch->purchased - batch->allocated, .eta = batch->eta};
    }
    *forecast = (struct gw_forecast){arena, batches, remembered->batch_count, remembered->batch_count + 1U};
    return forecast;
}

bool gw_forecast_add_batch(struct gw_forecast *forecast, int32_t eta, int64_t qty)
{
    struct batch *batches = gw_vector_grow(forecast->arena, forecast->batches, forecast->count, &forecast->capacity,
                                           sizeof *forecast->batches);
    size_t at = forecast->count;

    if (batches == NULL)
        return false;
    forecast->batches = batches;
    while (at > 0 && batches[at - 1].eta > eta)
        at--;
    memmove(&batches[at + 1], &batches[at], (forecast->count - at) * sizeof *batches);
    batches[at] = (struct batch){.room = qty, .eta = eta};
    forecast->count++;
    return true;
}

bool gw_forecast_take(struct gw_forecast *forecast, int64_t qty)
{
    for (size_t index = 0; index < forecast->count; index++) {
        if (forecast->batches[index].room < qty)
            continue;
        forecast->batches[index].room -= qty;
        return true;
    }
    return false;
}
