/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stock source: the interface from which the unit of work loads products and to which it applies changes. It is the
 * repository itself, or a cache in front of it. One source belongs to one worker and is used on its thread.
 *
 *     load(plan)          before the commands are handled; again with a larger plan if something was missing
 *     apply(changeset)    after they were handled; again with the same changeset after UNKNOWN
 *     forget()            when the unit of work could not use an answer
 *
 * A source may answer from its cache, and presume what the plan allows. Both may be wrong, but no wrong decision is
 * committed: the changeset contains version and stamp of every product that it rests on, and apply compares them. apply
 * also checks that a new reference is free, that a new line is not held and that a message id is new.
 */
#ifndef GW_STOCK_SOURCE_H
#define GW_STOCK_SOURCE_H

#include "base/arena.h"
#include "domain/product.h"
#include "stock/load_plan.h"

#include <gangway/error.h>
#include <gangway/port/repository.h>
#include <gangway/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A product of an attempt. Borrowed from the unit of work until its next attempt. */
struct gw_attempt_product {
    const struct gw_plan_room *first; /* the plan's request for its SKU; NULL: none */
    struct gw_product *product; /* NULL: not loaded yet; after the commands were handled it contains their changes */
    int64_t stamp;              /* as it was loaded */
};

/*
 * What one attempt loads and changes, as a source sees it. It belongs to the unit of work. A repository answers to the
 * visitor. A source that has a product cached creates it, unless the repository has reported it already, and loads it
 * with the functions of domain/product.h.
 */
struct gw_attempt {
    struct gw_arena *arena;         /* valid until the next attempt */
    struct gw_load_visitor visitor; /* receives the repository's answer */

    /* Product `index`; false: the index is too high. The first products are those of the plan, by gw_plan_room.index;
     * the others were reported in addition. */
    bool (*product)(const struct gw_attempt *self, size_t index, struct gw_attempt_product *ret_product);

    /* Creates product `index` of the plan, without batches. NULL: no memory. */
    struct gw_product *(*create)(struct gw_attempt *self, size_t index, int64_t version, int64_t stamp);
};

struct gw_stock_source {
    /* Loads what the plan names in at most one round trip. It marks in the plan what it presumes and which SKUs it has
     * answered itself; the repository answers everything else. OK; statuses of the repository's load; NOMEM. */
    enum gw_status (*load)(struct gw_stock_source *self, struct gw_load_plan *plan, struct gw_attempt *attempt,
                           struct gw_error *reterr);

    /* Applies the changeset of the attempt that was loaded last. Statuses of the repository's apply; CONFLICT instead
     * of ALREADY if the message ids were only presumed new: they may be those of earlier messages. */
    enum gw_status (*apply)(struct gw_stock_source *self, const struct gw_changeset *changeset,
                            const struct gw_attempt *attempt, struct gw_apply_result *result, struct gw_error *reterr);

    /* Drops everything that is cached. */
    void (*forget)(struct gw_stock_source *self);

    void (*free)(struct gw_stock_source *self);

    bool is_fresh; /* the whole last answer came from the repository */
};

/* Creates a source for the repository: gw_stock_direct_new for cache_bytes 0, otherwise gw_stock_cached_new in front of
 * it. NULL: no memory. */
struct gw_stock_source *gw_stock_source_new(const struct gw_repository_ops *repository, struct gw_session *session,
                                            int64_t cache_bytes);
void gw_stock_source_free(struct gw_stock_source *source);

/* Creates a source that loads everything from the repository. NULL: no memory. */
struct gw_stock_source *gw_stock_direct_new(const struct gw_repository_ops *repository, struct gw_session *session);

/* Creates a source that answers from a cache of cache_bytes and loads the rest from `next`, which it owns and frees.
 * NULL: no memory; `next` is then freed. */
struct gw_stock_source *gw_stock_cached_new(struct gw_stock_source *next, int64_t cache_bytes);

#endif
