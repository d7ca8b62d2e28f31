/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The refusals of one call of outbox_settle or notices_settle, each beside number, stamp and place of its event, and
 * their targets: two flat lists, because a statement takes each field of all of them as one array. The texts stay the
 * caller's.
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

/* Collects the refusals of all settlements, or of those that are for a block of one event, as a notice is. NOMEM. */
enum gw_status refusals_collect(struct refusals *refusals, const struct gw_array *settlements, bool of_one,
                                struct gw_error *reterr);
void refusals_done(struct refusals *refusals);

/* Adds arrays to a statement, in three parts: number and stamp, or number and index of the event; 1 for a rerouted
 * event, id, type, SKU, headers, payload, reason, recipient, sequence and time of the event in milliseconds; of the
 * targets the place of their refusal, from 1, destination and recipient. */
void refusals_add_blocks(const struct refusals *refusals, struct parameters *parameters);
void refusals_add_places(const struct refusals *refusals, struct parameters *parameters);
void refusals_add_letters(const struct refusals *refusals, struct parameters *parameters);
void refusals_add_targets(const struct refusals *refusals, struct parameters *parameters);

#endif
