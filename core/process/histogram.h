/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A histogram with fixed buckets. One thread observes; any thread may read meanwhile, and may then see a sum that is
 * one observation ahead of the counts. No lock, no allocation.
 */
#ifndef GW_PROCESS_HISTOGRAM_H
#define GW_PROCESS_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

enum { GW_HISTOGRAM_MAX_BOUNDS = 16 };

/* The bounds of the buckets, in rising order. A value belongs to the first bucket whose bound is not below it; what is
 * above all bounds belongs to one more bucket. */
struct gw_histogram_scale {
    const int64_t *bounds;
    uint32_t count;  /* at most GW_HISTOGRAM_MAX_BOUNDS */
    int64_t divisor; /* of bounds and sum, to get the unit in which they are shown: 1000 for milliseconds as seconds */
};

/* The scales of gangway_turn_messages, and of gangway_apply_seconds, in microseconds. */
extern const struct gw_histogram_scale gw_histogram_of_messages, gw_histogram_of_durations;

/* All zero: nothing was observed. */
struct gw_histogram {
    atomic_uint_fast64_t counts[GW_HISTOGRAM_MAX_BOUNDS + 1]; /* per bucket, not cumulative */
    atomic_uint_fast64_t sum;
};

/* What several histograms of one scale have together. */
struct gw_histogram_total {
    const struct gw_histogram_scale *scale;
    uint64_t counts[GW_HISTOGRAM_MAX_BOUNDS + 1];
    uint64_t sum;
};

/* Counts a value, which is not below 0. The thread of the histogram's owner. */
void gw_histogram_observe(struct gw_histogram *histogram, const struct gw_histogram_scale *scale, int64_t value);

void gw_histogram_add(const struct gw_histogram *histogram, struct gw_histogram_total *total);

#endif
