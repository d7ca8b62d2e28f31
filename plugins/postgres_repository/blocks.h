/* SPDX-License-Identifier: Apache-2.0 */
/* The effects of a changeset as the last parameters of apply: an element for each block that is stored as one row. */
#ifndef POSTGRES_BLOCKS_H
#define POSTGRES_BLOCKS_H

#include "parameters.h"

#include <gangway/error.h>
#include <gangway/port/repository.h>

/* Adds the number of effects, then six arrays: of each block the place of its first effect in the changeset, from 1,
 * its destination, how many events it has, the events as lines (gangway/sdk/event_line.h), and where its products end
 * in the last array, which has the products that each block counts events of, one block after another. OK, NOMEM. */
enum gw_status blocks_add(struct parameters *parameters, const struct gw_changeset *set, struct gw_error *reterr);

#endif
