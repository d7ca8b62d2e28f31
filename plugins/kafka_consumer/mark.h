/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mark of a position: the timestamp of the last record before it, and the distance of that record, which is 0
 * unless control records or aborted records lie between. 44 bits of milliseconds last until the year 2527. A timestamp
 * out of range is compared by the same bits.
 */
#ifndef KAFKA_CONSUMER_MARK_H
#define KAFKA_CONSUMER_MARK_H

#include <stdbool.h>
#include <stdint.h>

enum { MARK_TIME_BITS = 44, MARK_DISTANCE_BITS = 20 };

/* The mark of the position directly behind a record with this timestamp. */
static inline uint64_t mark_of(int64_t timestamp_ms)
{
    return (uint64_t)timestamp_ms & ((UINT64_C(1) << MARK_TIME_BITS) - 1);
}

static inline uint64_t mark_time(uint64_t mark)
{
    return mark & ((UINT64_C(1) << MARK_TIME_BITS) - 1);
}

/* The number of offsets between the record and the position. */
static inline int64_t mark_distance(uint64_t mark)
{
    return (int64_t)(mark >> MARK_TIME_BITS);
}

/* The mark of a position at this distance from its record. False: the distance is too large for a mark. */
static inline bool mark_at_distance(uint64_t mark, int64_t distance, uint64_t *ret_mark)
{
    if (distance < 0 || distance >= INT64_C(1) << MARK_DISTANCE_BITS)
        return false;
    *ret_mark = mark_time(mark) | (uint64_t)distance << MARK_TIME_BITS;
    return true;
}

#endif
