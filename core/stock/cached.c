/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stock source that avoids loads. Before a load it marks in the plan what the cache answers and what it presumes:
 * that a line to allocate is not held, that the reference of a new batch is free, and that message ids are new. After a
 * commit it learns from the products of the attempt; after a conflict it finds out what was wrong.
 */
#include "stock/cache.h"
#include "stock/confidence.h"
#include "stock/projection.h"
#include "stock/source.h"

#include <gangway/scope.h>

#include <stdlib.h>

struct cached {
    struct gw_stock_source source;
    struct gw_stock_source *next;
    struct gw_cache *cache; /* NULL before the first commit, and if there is no memory for it */
    int64_t cache_bytes;
    struct gw_confidence presumption; /* in the presumptions about lines, references and message ids */
    bool is_bypassed;      /* the next load uses neither cache nor presumptions, to find the cause of a conflict */
    bool has_presumed;     /* the last load presumed something */
    bool has_presumed_ids; /* it presumed message ids */
};

/* ---- load: what the repository need not answer ------------------------------------------------------------------ */

/* If no other process changes a product, and too little of it is cached, a longer list is requested. */
static void consult(const struct gw_cache *cache, struct gw_plan_room *first)
{
    struct gw_entry *entry = gw_cache_find(cache, first->sku);
    bool is_usable = entry != NULL && gw_cache_is_confident(cache) && gw_confidence_holds(&entry->confidence);

    first->is_answered = is_usable && gw_entry_answers(entry, first);
    first->is_familiar = is_usable && !first->is_answered;
    first->entry = first->is_answered ? entry : NULL;
}

/* False: no memory. */
static bool consult_cache(const struct gw_cache *cache, struct gw_load_plan *plan, struct gw_arena *arena,
                          bool may_presume)
{
    for (size_t index = 0; index < plan->room_count; index++) {
        struct gw_plan_room *room = plan->rooms[index];

        if (room->first != room)
            continue;
        consult(cache, room);
        room->projection = room->entry != NULL && may_presume ? gw_projection_new(arena, room->entry) : NULL;
        if (room->entry != NULL && may_presume && room->projection == NULL)
            return false;
    }
    return true;
}

/* Safe, because the repository refuses to create a batch under a reference that is taken. */
static bool presume_refs(struct gw_load_plan *plan, bool may_presume)
{
    bool has_presumed = false;

    for (size_t index = 0; index < plan->ref_count; index++) {
        struct gw_plan_ref *ref = plan->refs[index];

        ref->is_presumed = may_presume && ref->is_presumable;
        has_presumed |= ref->is_presumed;
    }
    return has_presumed;
}

/* Safe, because the repository refuses to store an id that it knows. */
static bool presume_ids(struct gw_load_plan *plan, bool may_presume)
{
    plan->are_ids_presumed = may_presume;
    return may_presume && plan->id_count > 0;
}

/* A line that is not held may be allocated, but its absence does not prove that the product is out of stock. So a line
 * is presumed only if a batch that is cached, or created earlier in this turn, will have room for it. */
static bool is_presumable(const struct gw_plan_line *line)
{
    return line->is_presumable && line->first->projection != NULL &&
           gw_projection_take(line->first->projection, line->qty);
}

static bool project_batch(const struct gw_plan_batch *batch)
{
    struct gw_projection *projection = batch->first->projection;

    return projection == NULL || gw_projection_add_batch(projection, batch->eta, batch->qty);
}

/* Goes through the commands in their order. False: no memory. */
static bool presume_lines(struct gw_load_plan *plan, bool *ret_has_presumed)
{
    size_t batch = 0;

    for (size_t index = 0; index < plan->line_count; index++) {
        struct gw_plan_line *line = &plan->lines[index];

        for (; batch < plan->batch_count && plan->batches[batch].line <= index; batch++)
            if (!project_batch(&plan->batches[batch]))
                return false;
        line->is_presumed = is_presumable(line);
        *ret_has_presumed |= line->is_presumed;
    }
    return true;
}

static bool mark_plan(struct cached *self, struct gw_load_plan *plan, struct gw_arena *arena)
{
    const struct gw_cache *cache = self->is_bypassed ? NULL : self->cache;
    bool may_presume = cache != NULL && gw_confidence_holds(&self->presumption);

    self->has_presumed_ids = presume_ids(plan, may_presume);
    self->has_presumed = presume_refs(plan, may_presume) || self->has_presumed_ids;
    return consult_cache(cache, plan, arena, may_presume) && presume_lines(plan, &self->has_presumed);
}

/* ---- load: what the cache answers ------------------------------------------------------------------------------- */

/* The repository may have reported the product too, because of a batch or a line. If version or stamp differ, the entry
 * is stale and answers nothing; the next round loads what is missing. */
static bool answer(struct gw_attempt *attempt, struct gw_plan_room *first)
{
    struct gw_attempt_product told;

    if (!attempt->product(attempt, first->index, &told))
        return false;
    if (told.product == NULL)
        told.product = attempt->create(attempt, first->index, first->entry->version, first->entry->stamp);
    else if (!gw_entry_is_at(first->entry, gw_product_version(told.product), told.stamp)) {
        gw_entry_invalidate(first->entry);
        first->entry = NULL;
        return true;
    }
    return told.product != NULL && gw_entry_load(first->entry, first, attempt->arena, told.product);
}

/* *ret_has_answered: for at least one SKU. False: no memory. */
static bool answer_from_cache(const struct gw_load_plan *plan, struct gw_attempt *attempt, bool *ret_has_answered)
{
    *ret_has_answered = false;
    for (size_t index = 0; index < plan->room_count; index++) {
        struct gw_plan_room *room = plan->rooms[index];

        if (room->entry == NULL)
            continue;
        if (!answer(attempt, room))
            return false;
        *ret_has_answered |= room->entry != NULL;
    }
    return true;
}

/* After a lost connection a server with an earlier state may answer, so a failed load empties the cache. */
static enum gw_status load(struct gw_stock_source *source, struct gw_load_plan *plan, struct gw_attempt *attempt,
                           struct gw_error *reterr)
{
    struct cached *self = gw_container_of(source, struct cached, source);
    bool has_answered = false;
    enum gw_status status = GW_NOMEM;

    if (mark_plan(self, plan, attempt->arena))
        status = self->next->load(self->next, plan, attempt, reterr);
    else
        (void)gw_error_set(reterr, GW_NOMEM, "no memory to load a turn");
    if (status == GW_OK && !answer_from_cache(plan, attempt, &has_answered))
        status = gw_error_set(reterr, GW_NOMEM, "no memory for the cached products of a turn");
    if (status != GW_OK)
        gw_cache_forget(self->cache);
    source->is_fresh = !has_answered && !self->has_presumed;
    return status;
}

/* ---- apply: what the status says about cache and presumptions --------------------------------------------------- */

static int64_t stamp_now(const struct gw_attempt_product *product, const struct gw_changeset *changeset)
{
    bool is_changed = gw_product_version(product->product) != gw_product_loaded_version(product->product);

    return is_changed ? changeset->stamp : product->stamp;
}

/* Stores each product in its current state, whether a command read it or not. A product whose rows contradict each
 * other is not cached. */
static void learn_products(struct cached *self, const struct gw_changeset *changeset, const struct gw_attempt *attempt)
{
    struct gw_attempt_product product;

    if (self->cache == NULL)
        self->cache = gw_cache_new(self->cache_bytes);
    for (size_t index = 0; attempt->product(attempt, index, &product); index++) {
        if (gw_product_flaw(product.product).kind != GW_FLAW_NONE)
            gw_cache_invalidate(self->cache, gw_product_sku(product.product));
        else
            gw_cache_learn(self->cache, product.product, product.stamp, stamp_now(&product, changeset),
                           product.first != NULL && product.first->entry == NULL);
    }
    gw_cache_judge(self->cache, true);
}

/* Another process has changed a product of this attempt, but it is not known which. */
static void invalidate(struct cached *self, const struct gw_attempt *attempt)
{
    struct gw_attempt_product product;
    bool was_used = false;

    for (size_t index = 0; attempt->product(attempt, index, &product); index++) {
        was_used |= product.first != NULL && product.first->entry != NULL;
        gw_cache_invalidate(self->cache, gw_product_sku(product.product));
    }
    if (was_used)
        gw_cache_judge(self->cache, false);
}

/* The last attempt presumed something and ended in a conflict; this one loaded everything. The difference shows what
 * was wrong: a cached product or a presumption. */
static void attribute_conflict(struct cached *self, const struct gw_attempt *attempt)
{
    struct gw_attempt_product product;
    bool was_stale = false;

    for (size_t index = 0; attempt->product(attempt, index, &product); index++)
        was_stale |= gw_cache_is_stale(self->cache, product.product, product.stamp);
    if (was_stale)
        gw_cache_judge(self->cache, false);
    else
        gw_confidence_judge(&self->presumption, false);
    self->is_bypassed = false;
}

/* The ids of a turn prove that it was applied only if they were new when it was loaded. Positions prove it always. */
static bool proves_nothing(const struct cached *self, const struct gw_changeset *changeset, enum gw_status status)
{
    return status == GW_ALREADY && self->has_presumed_ids && changeset->positions.count == 0;
}

static enum gw_status apply(struct gw_stock_source *source, const struct gw_changeset *changeset,
                            const struct gw_attempt *attempt, struct gw_apply_result *result, struct gw_error *reterr)
{
    struct cached *self = gw_container_of(source, struct cached, source);
    enum gw_status status = self->next->apply(self->next, changeset, attempt, result, reterr);

    if (proves_nothing(self, changeset, status))
        status = gw_error_set(reterr, GW_CONFLICT, "message ids that were presumed new are known");
    if (status == GW_OK && self->is_bypassed)
        attribute_conflict(self, attempt);
    else if (status == GW_OK)
        gw_confidence_judge(&self->presumption, true);
    if (status == GW_OK)
        learn_products(self, changeset, attempt);
    else if (status == GW_CONFLICT && self->has_presumed)
        self->is_bypassed = true;
    else if (status == GW_CONFLICT)
        invalidate(self, attempt);
    else
        gw_cache_forget(self->cache);
    return status;
}

/* ---- creation --------------------------------------------------------------------------------------------------- */

static void forget(struct gw_stock_source *source)
{
    gw_cache_forget(gw_container_of(source, struct cached, source)->cache);
}

static void free_cached(struct gw_stock_source *source)
{
    struct cached *self = gw_container_of(source, struct cached, source);

    gw_stock_source_free(self->next);
    gw_cache_free(self->cache);
    free(self);
}

struct gw_stock_source *gw_stock_cached_new(struct gw_stock_source *next, int64_t cache_bytes)
{
    struct cached *self = calloc(1, sizeof *self);

    if (self == NULL) {
        gw_stock_source_free(next);
        return NULL;
    }
    self->source = (struct gw_stock_source){load, apply, forget, free_cached, true};
    self->next = next;
    self->cache_bytes = cache_bytes;
    return &self->source;
}
