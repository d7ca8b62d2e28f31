/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records what handlers do to the aggregates, and makes a changeset of it (changeset.c). Knows the repository port;
 * knows no plugin, no message and no event.
 */
#include "service/unit_of_work.h"

#include "base/assert.h"
#include "base/hash.h"
#include "service/stamp.h"
#include "stock/port_text.h"

#include <stdlib.h>

/* How many bytes of its memory an attempt keeps for the next one. */
enum { KEEP_BYTES = 8 * 1024 * 1024 };

struct gw_unit_of_work {
    struct gw_stock_source *source;
    struct gw_arena *arena;
    struct gw_load_plan *plan;
    struct gw_identity_map map;
    struct gw_changes changes;
    struct gw_changeset changeset;
    int64_t *event_counters; /* for the result */
    struct gw_apply_result result;
};

struct gw_unit_of_work *gw_unit_of_work_new(struct gw_stock_source *source, size_t max_bytes)
{
    struct gw_unit_of_work *work = calloc(1, sizeof *work);

    if (work == NULL)
        return NULL;
    work->source = source;
    work->arena = gw_arena_new(max_bytes);
    if (work->arena == NULL) {
        free(work);
        return NULL;
    }
    return work;
}

void gw_unit_of_work_free(struct gw_unit_of_work *work)
{
    if (work == NULL)
        return;
    gw_arena_free(work->arena);
    free(work);
}

struct gw_arena *gw_unit_of_work_arena(struct gw_unit_of_work *work)
{
    return work->arena;
}

enum gw_status gw_unit_of_work_begin(struct gw_unit_of_work *work, struct gw_load_plan *plan, struct gw_error *reterr)
{
    enum gw_status status;

    gw_arena_reset(work->arena, KEEP_BYTES);
    work->changes = (struct gw_changes){.arena = work->arena};
    work->plan = plan;
    if (!gw_identity_map_begin(&work->map, work->arena, plan))
        return gw_error_set(reterr, GW_NOMEM, "no memory to load a turn");
    status = work->source->load(work->source, plan, &work->map.attempt, reterr);
    if (status != GW_OK)
        return status;
    status = gw_identity_map_complete(&work->map, reterr);
    if (status != GW_OK)
        work->source->forget(work->source);
    return status;
}

const struct gw_known_id *gw_unit_of_work_known_id(const struct gw_unit_of_work *work, uint32_t index)
{
    return &work->map.ids[index];
}

struct gw_tracked *gw_unit_of_work_product(struct gw_unit_of_work *work, struct gw_identifier sku)
{
    struct gw_tracked *tracked = gw_identity_map_product(&work->map, sku);

    gw_assert(tracked != NULL);
    tracked->is_read = true;
    return tracked->is_spoiled ? NULL : tracked;
}

enum gw_status gw_unit_of_work_batch_owner(struct gw_unit_of_work *work, struct gw_identifier ref,
                                           struct gw_tracked **ret_owner)
{
    struct gw_tracked_ref *tracked = gw_identity_map_ref(&work->map, ref);

    if (tracked == NULL) {
        struct gw_missing missing = {.kind = GW_MISSING_BATCH, .ref = ref};

        return gw_load_plan_add_missing(work->plan, ref, &missing) ? GW_NOT_LOADED : GW_NOMEM;
    }
    tracked->is_read = true;
    if (tracked->owner != NULL)
        tracked->owner->is_read = true;
    *ret_owner = tracked->owner;
    return tracked->owner != NULL && tracked->owner->is_spoiled ? GW_NOT_LOADED : GW_OK;
}

void gw_unit_of_work_batch_created(struct gw_unit_of_work *work, struct gw_identifier ref, struct gw_tracked *owner)
{
    gw_identity_map_ref(&work->map, ref)->owner = owner;
}

struct gw_changes *gw_unit_of_work_changes(struct gw_unit_of_work *work)
{
    return &work->changes;
}

enum gw_status gw_unit_of_work_miss(struct gw_unit_of_work *work, struct gw_tracked *product)
{
    struct gw_missing missing = gw_product_missing(product->product);

    product->is_spoiled = true;
    return gw_load_plan_add_missing(work->plan, product->sku, &missing) ? GW_NOT_LOADED : GW_NOMEM;
}

enum gw_status gw_unit_of_work_build(struct gw_unit_of_work *work, struct gw_error *reterr)
{
    bool is_built = gw_changes_build(&work->changes, &work->map, &work->changeset);

    if (is_built)
        work->event_counters =
            gw_arena_alloc_zero(work->arena, (work->changeset.products.count + 1) * sizeof *work->event_counters);
    if (!is_built || work->event_counters == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a turn's changes");
    work->changeset.stamp = gw_stamp_draw();
    work->result = (struct gw_apply_result){.size = sizeof work->result};
    return GW_OK;
}

bool gw_unit_of_work_is_empty(const struct gw_unit_of_work *work)
{
    const struct gw_changeset *set = &work->changeset;

    return set->positions.count == 0 && set->products.count == 0 && set->absent_refs.count == 0 &&
           set->ids.count == 0 && set->dead_letters.count == 0 && set->dead_changes.count == 0;
}

enum gw_status gw_unit_of_work_commit(struct gw_unit_of_work *work, struct gw_error *reterr)
{
    struct gw_apply_result result = {.size = sizeof result, .event_counters = work->event_counters};
    enum gw_status status = work->source->apply(work->source, &work->changeset, &work->map.attempt, &result, reterr);

    work->result = status == GW_OK ? result : (struct gw_apply_result){.size = sizeof result};
    return status;
}

const struct gw_changeset *gw_unit_of_work_changeset(const struct gw_unit_of_work *work)
{
    return &work->changeset;
}

const struct gw_apply_result *gw_unit_of_work_result(const struct gw_unit_of_work *work)
{
    return &work->result;
}

static uint32_t hash_text(uint32_t hash, struct gw_text text)
{
    return gw_hash_with(hash, gw_hash_bytes(text.ptr, (size_t)text.len));
}

uint64_t gw_unit_of_work_expectation(const struct gw_unit_of_work *work)
{
    const struct gw_changeset *set = &work->changeset;
    uint32_t hash = 0;

    if (!work->source->is_fresh)
        return 0;
    for (uint32_t index = 0; index < set->products.count; index++) {
        const struct gw_product_change *product = gw_array_at(&set->products, index);

        hash = gw_hash_with(hash_text(hash, product->sku), (uint64_t)product->expected);
        hash = gw_hash_with(hash, (uint64_t)product->stamp);
    }
    for (uint32_t index = 0; index < set->absent_refs.count; index++)
        hash = hash_text(hash, *(const struct gw_text *)gw_array_at(&set->absent_refs, index));
    for (uint32_t index = 0; index < set->ids.count; index++) {
        const struct gw_id_change *id = gw_array_at(&set->ids, index);

        hash = hash_text(hash, gw_text_span((const char *)id->id, sizeof id->id));
    }
    return (uint64_t)hash + 1;
}
