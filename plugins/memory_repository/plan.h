/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of an apply: every row that it found or made. So the change itself looks nothing up and needs no memory, and
 * a refusal can undo everything. The next apply reuses the lists. One thread at a time.
 */
#ifndef MEMORY_PLAN_H
#define MEMORY_PLAN_H

#include <gangway/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gw_changeset;
struct store;

/* Rows of one kind, in the order of the changeset. */
struct plan_list {
    void **rows;
    size_t capacity;
    uint32_t count;
};

struct plan {
    struct plan_list products; /* NULL for a product that does not exist and is only read */
    struct plan_list places;
    struct plan_list ids;
    struct plan_list new_batches;
    struct plan_list batches; /* to update */
    struct plan_list leaving;
    struct plan_list lines; /* new */
    struct plan_list letters;
    struct plan_list replayed;
    struct plan_list reasons; /* of the replayed dead letters: NULL for one that is deleted */
    struct plan_list effects;
};

void plan_done(struct plan *plan);

/* Empties the plan and reserves room for each item of the changeset. OK, NOMEM. */
enum gw_status plan_begin(struct plan *plan, const struct gw_changeset *set, struct gw_error *reterr);

/* Finds or makes the rows of everything that changes; positions and products were found before. New rows carry now_ms.
 * OK; PERMANENT: a batch would hold more than was purchased; CONFLICT: an old quantity, a reference, a line or a dead
 * letter is not as expected; NOMEM. */
enum gw_status plan_make(struct store *store, const struct gw_changeset *set, int64_t now_ms, struct gw_error *reterr);

/* Undoes plan_make. */
void plan_undo(struct store *store, const struct gw_changeset *set);

/* Makes the changes. Returns the number of the first effect; 0: there is none. event_counters: receives the event
 * counter of each product before the change; may be NULL. */
int64_t plan_commit(struct store *store, const struct gw_changeset *set, int64_t *event_counters);

#endif
