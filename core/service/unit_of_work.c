/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects what handlers do to the aggregates and turns it into a changeset (changeset.c). Knows the repository port;
 * knows no plugin, no message and no event.
 */
#include "service/unit_of_work.h"

#include "base/assert.h"
#include "base/hash.h"
#include "service/changeset.h"
#include "service/stamp.h"
#include "stock/port_text.h"

#include <stdlib.h>

/* What an attempt keeps of its memory for the next one. */
enum { KEEP_BYTES = 8 * 1024 * 1024 };

struct gw_unit_of_work {
    const struct gw_repository_ops *repository;
    void *session;
    struct gw_arena *arena;
    struct gw_load_plan *wanted;
    int64_t cache_bytes;
    struct gw_cache *memory;          /* NULL before the first commit, when it is off and when there is no memory */
    struct gw_confidence presumption; /* that a line to be allocated is not held */
    bool is_sceptical;                /* the last attempt relied on something that was not so */
    struct gw_identity_map map;
    struct gw_changes changes;
    struct gw_changeset changeset;
    int64_t *event_counters; /* for the result */
    struct gw_apply_result result;
};

struct gw_unit_of_work *gw_unit_of_work_new(const struct gw_repository_ops *repository, void *session, size_t max_bytes,
                                            int64_t cache_bytes)
{
    struct gw_unit_of_work *work = calloc(1, sizeof *work);

    if (work == NULL)
        return NULL;
    work->repository = repository;
    work->session = session;
    work->cache_bytes = cache_bytes;
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
    gw_cache_free(work->memory);
    gw_arena_free(work->arena);
    free(work);
}

struct gw_arena *gw_unit_of_work_arena(struct gw_unit_of_work *work)
{
    return work->arena;
}

enum gw_status gw_unit_of_work_begin(struct gw_unit_of_work *work, struct gw_load_plan *wanted, struct gw_error *reterr)
{
    enum gw_status status;

    gw_arena_reset(work->arena, KEEP_BYTES);
    gw_identity_map_init(&work->map, work->arena, work->is_sceptical ? NULL : work->memory,
                         gw_confidence_holds(&work->presumption));
    work->changes = (struct gw_changes){.arena = work->arena};
    work->wanted = wanted;
    status = gw_identity_map_load(&work->map, wanted, work->repository, work->session, reterr);
    if (status != GW_OK)
        gw_cache_forget(work->memory);
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

        return gw_load_plan_add_missing(work->wanted, ref, &missing) ? GW_NOT_LOADED : GW_NOMEM;
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

bool gw_unit_of_work_line_allocated(struct gw_unit_of_work *work, const struct gw_tracked *product,
                                    const struct gw_held_line *line)
{
    return gw_changes_add_line(&work->changes, product, line);
}

void gw_unit_of_work_event_raised(struct gw_tracked *product)
{
    product->event_count++;
}

bool gw_unit_of_work_add_effect(struct gw_unit_of_work *work, const struct gw_tracked *product,
                                const struct gw_effect_draft *draft)
{
    return gw_changes_add_effect(&work->changes, product, draft);
}

enum gw_status gw_unit_of_work_miss(struct gw_unit_of_work *work, struct gw_tracked *product)
{
    struct gw_missing missing = gw_product_missing(product->product);

    product->is_spoiled = true;
    return gw_load_plan_add_missing(work->wanted, product->sku, &missing) ? GW_NOT_LOADED : GW_NOMEM;
}

bool gw_unit_of_work_add_position(struct gw_unit_of_work *work, const struct gw_position_change *change)
{
    return gw_changes_add_position(&work->changes, change);
}

bool gw_unit_of_work_add_id(struct gw_unit_of_work *work, const struct gw_id_change *change)
{
    return gw_changes_add_id(&work->changes, change);
}

bool gw_unit_of_work_add_dead_letter(struct gw_unit_of_work *work, const struct gw_dead_letter *letter)
{
    return gw_changes_add_dead_letter(&work->changes, letter);
}

bool gw_unit_of_work_add_dead_change(struct gw_unit_of_work *work, const struct gw_dead_change *change)
{
    return gw_changes_add_dead_change(&work->changes, change);
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

/* After a commit. */
static int64_t stamp_now(const struct gw_unit_of_work *work, const struct gw_tracked *tracked)
{
    bool is_changed = gw_product_version(tracked->product) != gw_product_loaded_version(tracked->product);

    return is_changed ? work->changeset.stamp : tracked->stamp;
}

/* Each product as it is now, whether it was read or not: what the memory says is true of the version that it names.
 * One whose rows contradict each other is loaded again each time. */
static void learn(struct gw_unit_of_work *work)
{
    if (work->memory == NULL)
        work->memory = gw_cache_new(work->cache_bytes);
    for (size_t index = 0; index < work->map.product_count; index++) {
        const struct gw_tracked *tracked = work->map.products[index];

        if (gw_product_flaw(tracked->product).kind != GW_FLAW_NONE) {
            gw_cache_invalidate(work->memory, tracked->sku);
            continue;
        }
        gw_cache_learn(work->memory, tracked->product, tracked->stamp, stamp_now(work, tracked),
                       tracked->wanted != NULL && tracked->recalled == NULL);
    }
    gw_cache_judge(work->memory, true);
}

/* Somebody has changed a product of this attempt; which one is not said. */
static void doubt(struct gw_unit_of_work *work)
{
    bool has_relied = false;

    for (size_t index = 0; index < work->map.product_count; index++) {
        has_relied |= work->map.products[index]->recalled != NULL;
        gw_cache_invalidate(work->memory, work->map.products[index]->sku);
    }
    if (has_relied)
        gw_cache_judge(work->memory, false);
}

/* After a conflict while lines were presumed, everything was asked for: now it shows what was wrong, a product that was
 * remembered or a line that was presumed. */
static void blame(struct gw_unit_of_work *work)
{
    bool was_product = false;

    for (size_t index = 0; index < work->map.product_count; index++)
        was_product |=
            gw_cache_is_stale(work->memory, work->map.products[index]->product, work->map.products[index]->stamp);
    if (was_product)
        gw_cache_judge(work->memory, false);
    else
        gw_confidence_judge(&work->presumption, false);
    work->is_sceptical = false;
}

static void succeed(struct gw_unit_of_work *work)
{
    if (work->is_sceptical)
        blame(work);
    else
        gw_confidence_judge(&work->presumption, true);
    learn(work);
}

/* Behind a connection that broke may be a server at an earlier state: whatever is remembered is then wrong. */
static void conclude(struct gw_unit_of_work *work, enum gw_status status)
{
    if (status == GW_OK)
        succeed(work);
    else if (status == GW_CONFLICT && work->map.has_presumed)
        work->is_sceptical = true;
    else if (status == GW_CONFLICT)
        doubt(work);
    else
        gw_cache_forget(work->memory);
}

enum gw_status gw_unit_of_work_commit(struct gw_unit_of_work *work, struct gw_error *reterr)
{
    struct gw_apply_result result = {.size = sizeof result, .event_counters = work->event_counters};
    enum gw_status status = work->repository->apply(work->session, &work->changeset, &result, reterr);

    work->result = status == GW_OK ? result : (struct gw_apply_result){.size = sizeof result};
    conclude(work, status);
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

static bool was_just_loaded(const struct gw_unit_of_work *work)
{
    for (size_t index = 0; index < work->map.product_count; index++)
        if (work->map.products[index]->is_read && work->map.products[index]->recalled != NULL)
            return false;
    return !work->map.has_presumed;
}

uint64_t gw_unit_of_work_expectation(const struct gw_unit_of_work *work)
{
    const struct gw_changeset *set = &work->changeset;
    uint32_t hash = 0;

    if (!was_just_loaded(work))
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
