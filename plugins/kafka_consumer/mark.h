/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mark that goes with a position: the timestamp of the last record before it, and how far before it that record is,
 * which is 0 but where control records or aborted ones lie between. 44 bits of milliseconds last until the year 2527;
 * of a timestamp that is none the same bits are compared.
 */
#ifndef KAFKA_CONSUMER_MARK_H
#define KAFKA_CONSUMER_MARK_H

#include <stdbool.h>
#include <stdint.h>

enum { MARK_TIME_BITS = 44, MARK_DISTANCE_BITS = 20 };

/* Of a record with this timestamp, for the position just behind it. */
static inline uint64_t mark_of(int64_t timestamp_ms)
{
    return (uint64_t)timestamp_ms & ((UINT64_C(1) << MARK_TIME_BITS) - 1);
}

static inline uint64_t mark_time(uint64_t mark)
{
    return mark & ((UINT64_C(1) << MARK_TIME_BITS) - 1);
}

/* How many offsets lie between the record and the position. */
static inline int64_t mark_distance(uint64_t mark)
{
    return (int64_t)(mark >> MARK_TIME_BITS);
}

/* The mark of a position that is so far behind its record. False: too far to be told. */
static inline bool mark_at_distance(uint64_t mark, int64_t distance, uint64_t *ret_mark)
{
    if (distance < 0 || distance >= INT64_C(1) << MARK_DISTANCE_BITS)
        return false;
    *ret_mark = mark_time(mark) | (uint64_t)distance << MARK_TIME_BITS;
    return true;
}

#endif
