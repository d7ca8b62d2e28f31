/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of one destination that this process has committed a moment ago, so that its relay need not read them back. What
 * is pending, and in which order, only the repository says: this is where the bytes of a row that it names are found.
 * Bounded: what has no room is left out, and read back like any other row.
 *
 * A number means a row as long as the repository is the one that it was. After a failure there may be another server,
 * at an older state, which gives the same numbers to other rows. So whoever doubts closes the memory, which raises the
 * epoch that all relays share; a commit that began in an earlier epoch than the memory was opened in is left out.
 *
 * Workers offer; everything else belongs to the relay's thread.
 */
#ifndef GW_OUTBOX_OUTBOX_MEMORY_H
#define GW_OUTBOX_OUTBOX_MEMORY_H

#include <gangway/port/repository.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A commit that made rows, as its worker knows it. */
struct gw_outbox_commit {
    const struct gw_changeset *changeset;
    const struct gw_apply_result *result; /* first_effect 0: its numbers are not known, because only a later try found
                                             that it had happened */
    uint_fast64_t epoch;                  /* before it began */
};

struct gw_outbox_memory;

/* Closed. destination and epoch are borrowed for its life. NULL when memory has run out. */
struct gw_outbox_memory *gw_outbox_memory_new(struct gw_text destination, atomic_uint_fast64_t *epoch,
                                              size_t max_bytes);
void gw_outbox_memory_free(struct gw_outbox_memory *memory);

/* Any thread. Copies the destination's rows of a commit, where there is room. Whether it has any. */
bool gw_outbox_memory_offer(struct gw_outbox_memory *memory, const struct gw_outbox_commit *commit);

/* From now on what is offered is kept. One that is open stays as it is. */
void gw_outbox_memory_open(struct gw_outbox_memory *memory);

/* Nothing of what is kept, or was committed before, is to be relied on. What was recalled stays until the next
 * collect. */
void gw_outbox_memory_close(struct gw_outbox_memory *memory);

/* To be called before a look: drops what is not needed any more and takes in what was offered. Whether there is any:
 * all of it was committed before the look. */
bool gw_outbox_memory_collect(struct gw_outbox_memory *memory);

/* The row of this number and stamp; numbers must rise from call to call after a collect. NULL: it is not known. Valid
 * until the next collect. */
const struct gw_outbox_row *gw_outbox_memory_recall(struct gw_outbox_memory *memory, int64_t number, int64_t stamp);

/* Rows up to this number are not asked for again: delivered, or read back, or not pending any more. The next collect
 * drops them. */
void gw_outbox_memory_forget(struct gw_outbox_memory *memory, int64_t through);

#endif
