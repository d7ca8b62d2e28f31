/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor of a destination: a number up to which its holder has nothing left to find. Rows that were delivered leave
 * dead index entries behind until a vacuum, and while somebody keeps a transaction open no vacuum can take them: a look
 * from the beginning would walk all of them each time. A look from the floor walks none.
 *
 * "Above the last number" would be wrong: a transaction takes its numbers and commits later, after others that took
 * higher ones. So the floor stays below the horizon, a number up to which nobody who took one is still open:
 *
 * - nextval locks the sequence `blocks` before it takes a number, and the lock stays until the transaction ends. So we
 *   read how far the sequence is, and then who holds that lock. Once all of those have let go of it, what was taken up
 *   to there is committed and visible to the next statement, or will never be.
 * - The horizon is asked for in the round trip of a look, before the rows: a look misses nothing up to there.
 *
 * Per product the order holds: its numbers rise with its commits (an apply locks its products before it takes numbers),
 * and a look from the floor misses no row that can be seen: so it never tells a row of a product before an earlier one.
 *
 * Rows that wait for their time stay below the floor; they are found by that time. State of one thread, no I/O.
 */
#ifndef POSTGRES_FLOOR_H
#define POSTGRES_FLOOR_H

#include <gangway/port/repository.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A block that a look told. */
struct told_block {
    int64_t number;
    uint32_t count; /* of its events, pending or not */
};

struct floor {
    int64_t number; /* no row up to here will ever be due at once */
    int64_t horizon;
    int64_t next_horizon; /* as soon as `takers` have ended */
    char *takers;         /* as the server wrote them; NULL: nobody was asked for */
    int64_t asked_ms;     /* monotonic; when the server was asked for them, 0: never */
    int64_t full_ms;      /* when the last look began at the beginning */
    /* The last look, as far as it counts. */
    struct told_block *told;
    size_t told_capacity;
    uint32_t told_count, settled_count; /* of told, in their order */
    bool is_counted;                    /* it began no higher than the floor */
    bool has_end;                       /* it was told all that there was */
};

void floor_done(struct floor *floor);

/* Whether it is time to ask the server how far its numbers are. */
bool floor_asks(const struct floor *floor, int64_t now_ms);

/* The server's answer, of before the look of the same round trip: numbers up to `taken` are taken, `takers` hold the
 * lock now; whether one of those who held it at the answer before still does. Keeps a copy of takers. */
void floor_answer(struct floor *floor, int64_t now_ms, int64_t taken, struct gw_text takers, bool is_waiting);

/* Where a look for rows above `after` begins. Now and then it is at `after`, when there is nothing else to do: for rows
 * that somebody changed by hand. */
int64_t floor_begin(struct floor *floor, int64_t after, int64_t now_ms);

/* The next block that the look told, all of its pending events or the first of them. count: of its events. */
void floor_tell(struct floor *floor, int64_t number, uint32_t count);

/* The look is over; has_end: no event was left out because of the limit. */
void floor_end(struct floor *floor, bool has_end);

/* What was recorded. */
void floor_settle(struct floor *floor, const struct gw_array *settlements);

#endif
