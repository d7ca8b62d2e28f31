/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settlements that are committed but may not be on the disk yet. A relay that waits for the disk after each group makes
 * the next events wait, and its workers' commits too, because the server writes its log in one place. A server that
 * crashes before such a settlement is on the disk has the events again, and they are delivered again with the same ids.
 *
 * So that this repeats at most two groups, the settlements before one look are on the disk when the next look returns.
 * Nearly always they are there without any effort: what that look tells was committed later, and on the disk before
 * anybody could see it. Otherwise the look writes a record and waits for it.
 *
 * State of one thread, no I/O. Positions are those of the server's write-ahead log, from 1 on.
 */
#ifndef POSTGRES_UNFLUSHED_H
#define POSTGRES_UNFLUSHED_H

#include <stdbool.h>
#include <stdint.h>

struct unflushed {
    bool has_new;   /* settlements since the last look that told something */
    int64_t before; /* what was settled before that look lies before this position; 0: it is on the disk */
};

/* A settlement was committed without waiting for the disk. */
void unflushed_note(struct unflushed *unflushed);

/* A look has told something. inserted, flushed: how far the log and its part on the disk were. Returns whether the disk
 * has to be waited for before the look returns. */
bool unflushed_look(struct unflushed *unflushed, int64_t inserted, int64_t flushed);

#endif
