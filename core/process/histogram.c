/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed buckets. With one writer a plain load and store count as well as a locked addition, and cost less. */
#include "process/histogram.h"

#include <gangway/scope.h>

static const int64_t message_bounds[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000};

static const int64_t duration_bounds[] = {100,   250,    500,    1000,   2500,    5000,    10000,   25000,
                                          50000, 100000, 250000, 500000, 1000000, 2500000, 10000000};

const struct gw_histogram_scale gw_histogram_of_messages = {message_bounds, gw_array_length(message_bounds), 1};
const struct gw_histogram_scale gw_histogram_of_durations = {duration_bounds, gw_array_length(duration_bounds),
                                                             1000000};

static void add(atomic_uint_fast64_t *figure, uint64_t value)
{
    atomic_store_explicit(figure, atomic_load_explicit(figure, memory_order_relaxed) + value, memory_order_relaxed);
}

void gw_histogram_observe(struct gw_histogram *histogram, const struct gw_histogram_scale *scale, int64_t value)
{
    uint32_t bucket = 0;

    while (bucket < scale->count && scale->bounds[bucket] < value)
        bucket++;
    add(&histogram->sum, (uint64_t)value);
    add(&histogram->counts[bucket], 1);
}

void gw_histogram_add(const struct gw_histogram *histogram, struct gw_histogram_total *total)
{
    total->sum += atomic_load_explicit(&histogram->sum, memory_order_relaxed);
    for (uint32_t bucket = 0; bucket <= GW_HISTOGRAM_MAX_BOUNDS; bucket++)
        total->counts[bucket] += atomic_load_explicit(&histogram->counts[bucket], memory_order_relaxed);
}
