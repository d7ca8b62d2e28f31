/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The refusals of one call of outbox_settle, each beside the number and stamp of its row, and their targets: two flat
 * lists, because a statement takes each field of all of them as one array. The texts stay the caller's.
 */
#ifndef POSTGRES_REFUSALS_H
#define POSTGRES_REFUSALS_H

#include "parameters.h"

#include <gangway/port/repository.h>

struct refusals {
    struct refused *rows;
    uint32_t row_count;
    struct refused_target *targets; /* in the order of the rows */
    uint32_t target_count;
};

/* Collects the refusals of events that stand alone in their block (gw_settlement_of_one). NOMEM. */
enum gw_status refusals_collect(struct refusals *refusals, const struct gw_array *settlements, struct gw_error *reterr);
void refusals_done(struct refusals *refusals);

/* Adds twelve arrays to a statement: number, stamp, 1 for a rerouted event, id, type, key, headers, payload, reason,
 * recipient, sequence and time of the event in milliseconds. */
void refusals_add_rows(const struct refusals *refusals, struct parameters *parameters);

/* Adds three arrays to a statement: the number of the refused row, destination, recipient. */
void refusals_add_targets(const struct refusals *refusals, struct parameters *parameters);

#endif
