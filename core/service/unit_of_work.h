/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unit of work: what one attempt at a turn has loaded, what it changes, and the one changeset that applies it all
 * or not at all. Handlers work on its aggregates; it finds out by itself what became dirty.
 *
 * Nothing is decided on what apply does not check: every product that a command looked at goes into the changeset with
 * its version, and every reference that was looked for in vain with its absence.
 *
 * One thread at a time. In steady state it allocates nothing: its memory is an arena that is reset.
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

/* A unit of work that loads from this source and applies to it; the source is borrowed. max_bytes bounds what one
 * attempt may use. NULL when memory has run out. */
struct gw_unit_of_work *gw_unit_of_work_new(struct gw_stock_source *source, size_t max_bytes);
void gw_unit_of_work_free(struct gw_unit_of_work *work);

/* The arena of the attempt: gone with the next begin. */
struct gw_arena *gw_unit_of_work_arena(struct gw_unit_of_work *work);

/* Drops the attempt before, and loads what the plan names. The plan is borrowed until the next begin, and grows when a
 * handler misses something. Statuses of the source's load, NOMEM, INTERNAL. */
enum gw_status gw_unit_of_work_begin(struct gw_unit_of_work *work, struct gw_load_plan *plan, struct gw_error *reterr);

/* What is known of the message id at this index of the request. */
const struct gw_known_id *gw_unit_of_work_known_id(const struct gw_unit_of_work *work, uint32_t index);

/* ---- for handlers: reading -------------------------------------------------------------------------------------- */

/* The product of this SKU, of version 0 when nobody has it; from now on the changeset checks its version. The SKU is
 * one that a command of this turn names. NULL: something of it was missing before in this attempt; return NOT_LOADED.
 */
struct gw_tracked *gw_unit_of_work_product(struct gw_unit_of_work *work, struct gw_identifier sku);

/* Which product has this batch. OK and *ret_owner (NULL: none has, and the changeset checks that); NOT_LOADED. */
enum gw_status gw_unit_of_work_batch_owner(struct gw_unit_of_work *work, struct gw_identifier ref,
                                           struct gw_tracked **ret_owner);

/* ---- for handlers: changing ------------------------------------------------------------------------------------- */

/* After a batch was created: who has its reference from now on. */
void gw_unit_of_work_batch_created(struct gw_unit_of_work *work, struct gw_identifier ref, struct gw_tracked *owner);

/* Notes what a product said is missing, and returns NOT_LOADED (or NOMEM): the attempt is to begin again. */
enum gw_status gw_unit_of_work_miss(struct gw_unit_of_work *work, struct gw_tracked *product);

/* What the attempt has changed so far: handlers and turn add to it. Empty after begin. */
struct gw_changes *gw_unit_of_work_changes(struct gw_unit_of_work *work);

/* ---- for the turn ------------------------------------------------------------------------------------------------ */

/* Builds the changeset, under a new stamp. OK, NOMEM. */
enum gw_status gw_unit_of_work_build(struct gw_unit_of_work *work, struct gw_error *reterr);

/* Whether the changeset would change or check anything at all. */
bool gw_unit_of_work_is_empty(const struct gw_unit_of_work *work);

/* Applies the changeset as it was built; after UNKNOWN call it again, and the very same one is sent. Statuses of the
 * repository's apply. */
enum gw_status gw_unit_of_work_commit(struct gw_unit_of_work *work, struct gw_error *reterr);

/* The changeset as it was built. */
const struct gw_changeset *gw_unit_of_work_changeset(const struct gw_unit_of_work *work);

/* What the repository said of it, when the last commit returned OK; else all of it is 0. */
const struct gw_apply_result *gw_unit_of_work_result(const struct gw_unit_of_work *work);

/* A hash of what the changeset expects of products, references and message ids; 0 unless the repository itself has just
 * told all of it. After a conflict: the same hash from another load means that nobody has changed any of it, and that
 * no further load makes a difference. */
uint64_t gw_unit_of_work_expectation(const struct gw_unit_of_work *work);

#endif
