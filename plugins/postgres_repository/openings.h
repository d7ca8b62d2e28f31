/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events that one call of outbox_settle opens, and the drafts of their notices: two flat lists, as refusals.h has
 * them. The drafts of one event carry the same event, so it is sent once. The texts stay the caller's.
 */
#ifndef POSTGRES_OPENINGS_H
#define POSTGRES_OPENINGS_H

#include "parameters.h"

#include <gangway/port/repository.h>

struct openings {
    struct opened *events;
    uint32_t event_count;
    struct opened_draft *drafts; /* in the order of the events */
    uint32_t draft_count;
};

/* Collects the drafts of all settlements. NOMEM. */
enum gw_status openings_collect(struct openings *openings, const struct gw_array *settlements, struct gw_error *reterr);
void openings_done(struct openings *openings);

/* Adds eighteen arrays to a statement: of the events number, index, id, type, SKU, payload, headers, sequence, time of
 * the event, time of queueing and attempts; of the drafts the place of their event, from 1, recipient, key, line, wait,
 * maximum and repeat. */
void openings_add(const struct openings *openings, struct parameters *parameters);

#endif
