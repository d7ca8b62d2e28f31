/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the products of a turn come from, and where its changes go: the repository itself, or a cache in front of it.
 * The unit of work sees this interface only. One source belongs to one worker and is used on its thread.
 *
 *     load(plan)          before the commands are handled; again with a grown plan when something was missing
 *     apply(changeset)    after they were handled; again with the same changeset when it returned UNKNOWN
 *     forget()            when the unit of work could not use an answer
 *
 * A source may answer from what it knows and may presume what the plan allows it to. Both may be wrong. Nothing is
 * decided wrongly for that: the changeset names version and stamp of every product that it rests on, and apply compares
 * them, as it compares that a new reference is free and a new line is not held.
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

/* A product of an attempt. Borrowed from the unit of work, until its next attempt. */
struct gw_attempt_product {
    const struct gw_plan_room *first; /* what the plan asks of its SKU; NULL: nothing */
    struct gw_product *product;       /* NULL: not loaded yet; after the commands were handled, with their changes */
    int64_t stamp;                    /* as it was loaded */
};

/*
 * What one attempt loads and changes, as a source sees it; the unit of work owns it. A repository answers to the
 * visitor. A source that knows a product itself creates it, unless the repository has told it already, and loads it by
 * the functions of domain/product.h.
 */
struct gw_attempt {
    struct gw_arena *arena;         /* until the next attempt */
    struct gw_load_visitor visitor; /* for the repository's answer */

    /* Product `index`; false when there are not so many. The first are those of the plan, by gw_plan_room.index; behind
     * them are those that the repository told beside. */
    bool (*product)(const struct gw_attempt *self, size_t index, struct gw_attempt_product *ret_product);

    /* Creates product `index` of the plan, without a batch. NULL when memory has run out. */
    struct gw_product *(*create)(struct gw_attempt *self, size_t index, int64_t version, int64_t stamp);
};

struct gw_stock_source {
    /* Loads what the plan names, in at most one round trip. In the plan it marks what it presumes, and which SKUs it
     * has answered itself; all else is answered by the repository. OK; statuses of the repository's load; NOMEM. */
    enum gw_status (*load)(struct gw_stock_source *self, struct gw_load_plan *plan, struct gw_attempt *attempt,
                           struct gw_error *reterr);

    /* Applies the changeset of the attempt that was loaded last. Statuses of the repository's apply. */
    enum gw_status (*apply)(struct gw_stock_source *self, const struct gw_changeset *changeset,
                            const struct gw_attempt *attempt, struct gw_apply_result *result, struct gw_error *reterr);

    /* Drops all that it knows. */
    void (*forget)(struct gw_stock_source *self);

    void (*free)(struct gw_stock_source *self);

    bool is_fresh; /* the repository alone answered the last load */
};

/* A source for the repository: gw_stock_direct_new for cache_bytes 0, else gw_stock_cached_new in front of one. NULL
 * when memory has run out. */
struct gw_stock_source *gw_stock_source_new(const struct gw_repository_ops *repository, struct gw_session *session,
                                            int64_t cache_bytes);
void gw_stock_source_free(struct gw_stock_source *source);

/* Every load goes to the repository. NULL when memory has run out. */
struct gw_stock_source *gw_stock_direct_new(const struct gw_repository_ops *repository, struct gw_session *session);

/* Answers from a cache of cache_bytes, and loads the rest from `next`, which it takes over and frees. NULL when memory
 * has run out; `next` is then freed. */
struct gw_stock_source *gw_stock_cached_new(struct gw_stock_source *next, int64_t cache_bytes);

#endif
