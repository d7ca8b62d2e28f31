/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbox cache: rows of one destination that this process has just committed, so that its relay need not read them
 * back. Only the repository says what is pending and in which order; the cache supplies the bytes of a row that the
 * repository names. The cache is bounded: a row without room is left out and read back like any other.
 *
 * The cache need not know how the repository divides events into blocks: number and stamp of a block say which effect
 * of the commit is its first, and the others are the next effects for the same destination.
 *
 * A number identifies a row only while the repository keeps its state. After a failure another server with an earlier
 * state may answer, which gives the same numbers to other rows. Then the cache is closed, which raises the epoch that
 * all relays share. A commit that began in an epoch before the cache was opened is left out.
 *
 * Workers call offer; everything else belongs to the relay's thread.
 */
#ifndef GW_OUTBOX_OUTBOX_MEMORY_H
#define GW_OUTBOX_OUTBOX_MEMORY_H

#include <gangway/port/repository.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A commit with outbox rows, as its worker knows it. */
struct gw_outbox_commit {
    const struct gw_changeset *changeset;
    const struct gw_apply_result *result; /* first_effect 0: the numbers are not known, because a repeated attempt found
                                             the commit already done */
    uint_fast64_t epoch;                  /* as it was before the commit began */
};

struct gw_outbox_memory;

/* Creates a closed cache. destination and epoch are borrowed for its whole life. NULL: no memory. */
struct gw_outbox_memory *gw_outbox_memory_new(struct gw_text destination, atomic_uint_fast64_t *epoch,
                                              size_t max_bytes);
void gw_outbox_memory_free(struct gw_outbox_memory *memory);

/* Any thread. Copies the destination's rows of a commit, where there is room. Returns whether the commit has such rows.
 */
bool gw_outbox_memory_offer(struct gw_outbox_memory *memory, const struct gw_outbox_commit *commit);

/* Opens the cache: it keeps what is offered from now on. No effect if it is open. */
void gw_outbox_memory_open(struct gw_outbox_memory *memory);

/* Closes the cache: rows that it holds, and rows of earlier commits, can no longer be relied on. A recalled row stays
 * valid until the next collect. */
void gw_outbox_memory_close(struct gw_outbox_memory *memory);

/* Call it before each look: drops rows that are no longer needed and takes in those that were offered. Returns whether
 * there are any. All of them were committed before the look. */
bool gw_outbox_memory_collect(struct gw_outbox_memory *memory);

/* Finds the row that a bare one stands for, by number, stamp and index. After a collect the rows must come in the order
 * of the repository. True: *ret_row is the whole row, whose texts are valid until the next collect. False: not cached.
 */
bool gw_outbox_memory_recall(struct gw_outbox_memory *memory, const struct gw_outbox_row *bare,
                             struct gw_outbox_row *ret_row);

/* The next collect drops rows up to this one, because they were delivered, read back, or are no longer pending. */
void gw_outbox_memory_forget(struct gw_outbox_memory *memory, const struct gw_outbox_row *through);

/* The next collect drops all rows that were collected before. */
void gw_outbox_memory_forget_all(struct gw_outbox_memory *memory);

#endif
