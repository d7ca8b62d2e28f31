/* SPDX-License-Identifier: Apache-2.0 */
/* The new lines of a changeset as a parameter of apply: which of the batches that it changes takes each of them. */
#ifndef POSTGRES_TAKERS_H
#define POSTGRES_TAKERS_H

#include "parameters.h"

#include <gangway/error.h>
#include <gangway/port/repository.h>

/* Adds an array with an element for each new line: the place of its batch in the changeset's batch updates, from 1, or
 * null if it is not among them. OK, NOMEM. */
enum gw_status takers_add(struct parameters *parameters, const struct gw_changeset *set, struct gw_error *reterr);

#endif
