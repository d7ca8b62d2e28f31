/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unit of work: what one attempt at a turn has loaded and changed, and the one changeset that applies all of it or
 * nothing. Handlers work on its aggregates; it finds the changed parts itself.
 *
 * apply verifies everything that a decision rests on: the changeset contains the version of every product that a
 * command read, and every reference that a command did not find.
 *
 * One thread at a time. After a warm-up it allocates nothing, because its memory is an arena that is reset.
 */
#ifndef GW_SERVICE_UNIT_OF_WORK_H
#define GW_SERVICE_UNIT_OF_WORK_H

#include "base/arena.h"
#include "domain/command.h"
#include "domain/product.h"
#include "service/changeset.h"
#include "service/identity_map.h"
#include "stock/load_plan.h"
#include "stock/source.h"

#include <gangway/port/repository.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gw_unit_of_work;

/* Creates a unit of work that loads from this source and applies to it. The source is borrowed. max_bytes bounds one
 * attempt. NULL: no memory. */
struct gw_unit_of_work *gw_unit_of_work_new(struct gw_stock_source *source, size_t max_bytes);
void gw_unit_of_work_free(struct gw_unit_of_work *work);

/* The arena of the attempt, reset by the next begin. */
struct gw_arena *gw_unit_of_work_arena(struct gw_unit_of_work *work);

/* Drops the last attempt, and loads what the plan names. The plan is borrowed until the next begin, and grows when a
 * handler needs more. Statuses of the source's load, NOMEM, INTERNAL. */
enum gw_status gw_unit_of_work_begin(struct gw_unit_of_work *work, struct gw_load_plan *plan, struct gw_error *reterr);

/* The stored message id with this index in the request. */
const struct gw_known_id *gw_unit_of_work_known_id(const struct gw_unit_of_work *work, uint32_t index);

/* ---- for handlers: reading -------------------------------------------------------------------------------------- */

/* The product of this SKU, with version 0 if it does not exist. From now on the changeset checks its version. A command
 * of this turn must name the SKU. NULL: an earlier command of this attempt missed something of the product; return
 * NOT_LOADED. */
struct gw_tracked *gw_unit_of_work_product(struct gw_unit_of_work *work, struct gw_identifier sku);

/* Finds the product that has this batch. OK and *ret_owner (NULL: none has it, and the changeset checks that);
 * NOT_LOADED. */
enum gw_status gw_unit_of_work_batch_owner(struct gw_unit_of_work *work, struct gw_identifier ref,
                                           struct gw_tracked **ret_owner);

/* ---- for handlers: changing ------------------------------------------------------------------------------------- */

/* Records the new owner of a reference, after a batch was created. */
void gw_unit_of_work_batch_created(struct gw_unit_of_work *work, struct gw_identifier ref, struct gw_tracked *owner);

/* Adds what a product reported missing to the plan, and returns NOT_LOADED (or NOMEM): the attempt must be repeated. */
enum gw_status gw_unit_of_work_miss(struct gw_unit_of_work *work, struct gw_tracked *product);

/* The changes of the attempt so far. Handlers and turn add to it. Empty after begin. */
struct gw_changes *gw_unit_of_work_changes(struct gw_unit_of_work *work);

/* ---- for the turn ------------------------------------------------------------------------------------------------ */

/* Builds the changeset with a new stamp. OK, NOMEM. */
enum gw_status gw_unit_of_work_build(struct gw_unit_of_work *work, struct gw_error *reterr);

/* Whether the changeset would change or check anything at all. */
bool gw_unit_of_work_is_empty(const struct gw_unit_of_work *work);

/* Applies the changeset that was built. After UNKNOWN, call it again: it sends the same changeset. Statuses of the
 * repository's apply. */
enum gw_status gw_unit_of_work_commit(struct gw_unit_of_work *work, struct gw_error *reterr);

/* The changeset that was built. */
const struct gw_changeset *gw_unit_of_work_changeset(const struct gw_unit_of_work *work);

/* The repository's result after a commit that returned OK; otherwise all zero. */
const struct gw_apply_result *gw_unit_of_work_result(const struct gw_unit_of_work *work);

/* A hash of what the changeset expects of products, references and message ids; 0 if any of it did not come from the
 * last load of the repository. If it is the same after a conflict and a fresh load, nothing has changed, so a further
 * load does not help. */
uint64_t gw_unit_of_work_expectation(const struct gw_unit_of_work *work);

#endif
