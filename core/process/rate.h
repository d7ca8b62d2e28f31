/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much a counter has grown in the last seconds. The thread that counts notes its counter when it looks at the clock
 * anyway; whoever wants the rate reads what was noted. So a rate needs no thread and no timer, and an idle component
 * costs nothing: where nothing is noted, nothing was counted.
 *
 * One thread notes; any thread may read meanwhile. No lock, no allocation.
 */
#ifndef GW_PROCESS_RATE_H
#define GW_PROCESS_RATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* GW_RATE_SECONDS: a rate is over so many whole seconds and the one that has begun. GW_RATE_SLOTS: more than that, so
 * that a slot is not used again while somebody reads it. */
enum { GW_RATE_SECONDS = 5, GW_RATE_SLOTS = 16 };

/* All zero: it has not begun. */
struct gw_rate {
    atomic_int_fast64_t begun_ms; /* monotonic */
    uint64_t noted;               /* the counter as it was last; the noting thread's */
    struct {
        atomic_int_fast64_t second; /* which one, of the monotonic clock */
        atomic_uint_fast64_t count; /* how much was noted in it */
    } slots[GW_RATE_SLOTS];         /* a second has the slot of its remainder */
};

/* What several rates have together. All zero: none. */
struct gw_rate_total {
    int64_t begun_ms; /* the earliest */
    int64_t seconds[GW_RATE_SLOTS];
    uint64_t counts[GW_RATE_SLOTS];
};

/* Times are gw_clock_monotonic_ms. */

/* Nothing is known of the time before. The noting thread. */
void gw_rate_begin(struct gw_rate *rate, int64_t now_ms);

/* The counter has this value now; it never falls. The noting thread. */
void gw_rate_note(struct gw_rate *rate, uint64_t counter, int64_t now_ms);

void gw_rate_add(const struct gw_rate *rate, struct gw_rate_total *total);
void gw_rate_add_total(const struct gw_rate_total *more, struct gw_rate_total *total);

/* *ret_per_s: by how much the counters have grown per second, over the last GW_RATE_SECONDS or since the earliest has
 * begun. False: none has begun, or all have less than a second ago. */
bool gw_rate_per_s(const struct gw_rate_total *total, int64_t now_ms, double *ret_per_s);

#endif
