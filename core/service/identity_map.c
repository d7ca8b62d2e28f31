/* SPDX-License-Identifier: Apache-2.0 */
/* Builds aggregates from a repository's answer, and derives facts from what the answer leaves out. */
#include "service/identity_map.h"

#include "base/vector.h"
#include "domain/batch_tree.h"
#include "stock/port_text.h"

#include <gangway/scope.h>

#include <string.h>

static bool tell_product(const struct gw_attempt *attempt, size_t index, struct gw_attempt_product *ret_product)
{
    const struct gw_identity_map *map = gw_container_of(attempt, struct gw_identity_map, attempt);
    const struct gw_tracked *tracked;

    if (index >= map->product_count)
        return false;
    tracked = map->products[index];
    *ret_product = (struct gw_attempt_product){tracked->first, tracked->product, tracked->stamp};
    return true;
}

static struct gw_product *create_product(struct gw_attempt *attempt, size_t index, int64_t version, int64_t stamp)
{
    struct gw_identity_map *map = gw_container_of(attempt, struct gw_identity_map, attempt);
    struct gw_tracked *tracked = map->products[index];

    tracked->product = gw_product_new(map->arena, tracked->sku, version);
    tracked->stamp = stamp;
    return tracked->product;
}

static bool is_product(const void *entry, const void *key)
{
    return gw_identifier_equal(((const struct gw_tracked *)entry)->sku, *(const struct gw_identifier *)key);
}

static bool is_ref(const void *entry, const void *key)
{
    return gw_identifier_equal(((const struct gw_tracked_ref *)entry)->ref, *(const struct gw_identifier *)key);
}

struct gw_tracked *gw_identity_map_product(const struct gw_identity_map *map, struct gw_identifier sku)
{
    return gw_table_find(&map->sku_table, sku.hash, is_product, &sku);
}

struct gw_tracked_ref *gw_identity_map_ref(const struct gw_identity_map *map, struct gw_identifier ref)
{
    return gw_table_find(&map->ref_table, ref.hash, is_ref, &ref);
}

static struct gw_tracked *add_product(struct gw_identity_map *map, struct gw_identifier sku)
{
    struct gw_tracked **products = gw_vector_grow(map->arena, map->products, map->product_count, &map->product_capacity,
                                                  sizeof(struct gw_tracked *));
    struct gw_tracked *added = gw_arena_alloc(map->arena, sizeof *added);

    if (products == NULL || added == NULL)
        return NULL;
    map->products = products;
    *added = (struct gw_tracked){.sku = sku};
    if (!gw_table_add(&map->sku_table, sku.hash, added))
        return NULL;
    map->products[map->product_count++] = added;
    return added;
}

static bool expect_ref(struct gw_identity_map *map, const struct gw_plan_ref *plan)
{
    struct gw_tracked_ref **refs =
        gw_vector_grow(map->arena, map->refs, map->ref_count, &map->ref_capacity, sizeof(struct gw_tracked_ref *));
    struct gw_tracked_ref *added = gw_arena_alloc(map->arena, sizeof *added);

    if (refs == NULL || added == NULL)
        return false;
    map->refs = refs;
    *added = (struct gw_tracked_ref){.ref = plan->ref, .plan = plan};
    map->refs[map->ref_count++] = added;
    return gw_table_add(&map->ref_table, plan->ref.hash, added);
}

static bool expect_product(struct gw_identity_map *map, const struct gw_plan_room *first)
{
    struct gw_tracked *tracked = add_product(map, first->sku);

    if (tracked == NULL)
        return false;
    tracked->first = first;
    return true;
}

/* Adds an entry for every SKU and reference of the plan, so that the answer copies none of their bytes. */
static bool expect(struct gw_identity_map *map)
{
    const struct gw_load_plan *plan = map->plan;

    for (size_t index = 0; index < plan->room_count; index++)
        if (plan->rooms[index]->first == plan->rooms[index] && !expect_product(map, plan->rooms[index]))
            return false;
    for (size_t index = 0; index < plan->ref_count; index++)
        if (!expect_ref(map, plan->refs[index]))
            return false;
    map->ids = gw_arena_alloc_zero(map->arena, (plan->id_count + 1) * sizeof *map->ids);
    return map->ids != NULL;
}

/* The product of a snapshot. The repository reports one product after another, so it is usually the last one. */
static struct gw_tracked *told_product(struct gw_identity_map *map, struct gw_text sku)
{
    if (map->last != NULL && gw_text_equal(gw_port_text(map->last->sku), sku))
        return map->last;
    map->last = gw_identity_map_product(map, gw_port_identifier(sku));
    return map->last;
}

static enum gw_status on_product(void *context, const struct gw_product_snapshot *snapshot)
{
    struct gw_identity_map *map = context;
    struct gw_tracked *tracked = told_product(map, snapshot->sku);

    if (tracked == NULL) {
        struct gw_identifier sku = gw_port_identifier(snapshot->sku);

        if (!gw_port_keep(map->arena, &sku))
            return GW_NOMEM;
        tracked = add_product(map, sku);
        if (tracked == NULL)
            return GW_NOMEM;
        map->last = tracked;
    }
    if (tracked->product != NULL)
        return GW_OK;
    tracked->product = gw_product_new(map->arena, tracked->sku, snapshot->version);
    tracked->stamp = snapshot->stamp;
    return tracked->product != NULL ? GW_OK : GW_NOMEM;
}

static struct gw_room_answer *find_answer(const struct gw_tracked *tracked, int64_t room)
{
    struct gw_room_answer *answer = tracked->answers;

    while (answer != NULL && answer->room != room)
        answer = answer->next;
    return answer;
}

static struct gw_room_answer *add_answer(struct gw_arena *arena, struct gw_tracked *tracked, int64_t room)
{
    struct gw_room_answer *added = gw_arena_alloc(arena, sizeof *added);

    if (added == NULL)
        return NULL;
    *added = (struct gw_room_answer){.room = room, .next = tracked->answers};
    tracked->answers = added;
    return added;
}

/* Records a batch of a list of batches with room. The longest list says whether more follow, and its last batch is the
 * last of all lists in the order of rule 2. */
static enum gw_status note_room(const struct gw_identity_map *map, struct gw_tracked *tracked,
                                const struct gw_batch_snapshot *snapshot, const struct gw_batch *batch)
{
    bool is_last = (snapshot->flags & GW_BATCH_LAST) != 0;
    struct gw_room_answer *answer = find_answer(tracked, snapshot->room);

    if (answer == NULL)
        answer = add_answer(map->arena, tracked, snapshot->room);
    if (answer == NULL)
        return GW_NOMEM;
    if (answer->furthest == NULL || gw_batch_goes_before(answer->furthest, batch)) {
        answer->furthest = batch;
        answer->is_cut = is_last;
    } else if (answer->furthest == batch) {
        answer->is_cut |= is_last;
    }
    return !is_last || gw_product_load_room(tracked->product, snapshot->room, batch) ? GW_OK : GW_NOMEM;
}

static enum gw_status on_batch(void *context, const struct gw_batch_snapshot *snapshot)
{
    struct gw_identity_map *map = context;
    struct gw_tracked *tracked = told_product(map, snapshot->sku);
    struct gw_identifier ref = gw_port_identifier(snapshot->ref);
    struct gw_tracked_ref *asked;
    const struct gw_batch *batch;

    if (tracked == NULL || tracked->product == NULL)
        return GW_INTERNAL;
    asked = map->ref_count > 0 ? gw_identity_map_ref(map, ref) : NULL;
    if (asked != NULL) {
        asked->owner = tracked;
        tracked->is_named |= !asked->plan->is_presumed;
        ref.ptr = asked->ref.ptr;
    } else if (!gw_port_keep(map->arena, &ref)) {
        return GW_NOMEM;
    }
    batch = gw_product_load_batch(tracked->product, ref, snapshot->purchased, snapshot->allocated, snapshot->eta,
                                  snapshot->created);
    if (batch == NULL)
        return GW_NOMEM;
    return (snapshot->flags & GW_BATCH_FOUND) != 0 ? note_room(map, tracked, snapshot, batch) : GW_OK;
}

/* Records one of a batch's newest lines. The repository reports those of one batch after another, so the batch is
 * usually the last one. */
static void note_newest(struct gw_identity_map *map, const struct gw_batch *batch, const struct gw_line_snapshot *line)
{
    if (map->last_newest == NULL || !gw_identifier_equal(map->last_newest->ref, batch->ref))
        map->last_newest = gw_identity_map_ref(map, batch->ref);
    if (map->last_newest != NULL)
        map->last_newest->newest_qty += line->qty;
}

static enum gw_status on_line(void *context, const struct gw_line_snapshot *snapshot)
{
    struct gw_identity_map *map = context;
    struct gw_tracked *tracked = told_product(map, snapshot->sku);
    struct gw_identifier orderid = gw_port_identifier(snapshot->orderid);
    const struct gw_batch *batch;

    if (tracked == NULL || tracked->product == NULL)
        return GW_INTERNAL;
    batch = gw_product_batch(tracked->product, gw_port_identifier(snapshot->ref));
    if (batch == NULL)
        return GW_INTERNAL;
    if (!gw_port_keep(map->arena, &orderid) ||
        !gw_product_load_line(tracked->product, orderid, snapshot->qty, batch, snapshot->seq))
        return GW_NOMEM;
    if ((snapshot->flags & GW_LINE_NEWEST) != 0) {
        gw_product_load_newest(tracked->product, batch, snapshot->seq);
        note_newest(map, batch, snapshot);
    }
    return GW_OK;
}

static enum gw_status on_id(void *context, const struct gw_id_snapshot *snapshot)
{
    struct gw_identity_map *map = context;
    struct gw_known_id *known = &map->ids[snapshot->index];
    char *reason = gw_arena_copy(map->arena, snapshot->reason.ptr, (size_t)snapshot->reason.len);

    if (reason == NULL)
        return GW_NOMEM;
    known->outcome = snapshot->outcome;
    memcpy(known->fingerprint, snapshot->fingerprint, sizeof known->fingerprint);
    known->reason = gw_text_span(reason, snapshot->reason.len);
    return GW_OK;
}

/* A list that was not cut contains every batch with that room. */
static void conclude_room(const struct gw_tracked *tracked, int64_t room)
{
    const struct gw_room_answer *answer = find_answer(tracked, room);

    if (answer == NULL || !answer->is_cut)
        (void)gw_product_load_room(tracked->product, room, NULL); /* takes no memory */
}

static void conclude_rooms(const struct gw_identity_map *map)
{
    for (size_t index = 0; index < map->product_count; index++)
        if (map->products[index]->is_named)
            conclude_room(map->products[index], 1);
    for (size_t index = 0; index < map->plan->room_count; index++) {
        const struct gw_plan_room *room = map->plan->rooms[index];

        if (!room->first->is_answered)
            conclude_room(map->products[room->first->index], room->room);
    }
}

/* A line that was requested and not reported is not held. */
static bool conclude_line(const struct gw_identity_map *map, const struct gw_plan_line *line)
{
    struct gw_product *product = map->products[line->first->index]->product;

    if (line->is_presumed)
        return gw_product_presume_line(product, line->orderid, line->qty);
    return gw_product_load_line(product, line->orderid, line->qty, NULL, 0);
}

static bool conclude_lines(const struct gw_identity_map *map)
{
    for (size_t index = 0; index < map->plan->line_count; index++)
        if (!conclude_line(map, &map->plan->lines[index]))
            return false;
    return true;
}

/* If fewer newest lines were reported than requested, they are all lines of the batch. A reference whose lines are
 * requested is never presumed, and a batch with an owner was reported. */
static void conclude_newest(const struct gw_identity_map *map)
{
    for (size_t index = 0; index < map->plan->ref_count; index++) {
        const struct gw_plan_ref *plan = map->plan->refs[index];
        const struct gw_tracked_ref *tracked = map->refs[index];
        const struct gw_batch *batch;

        if (plan->lowest == GW_LOWEST_NONE || tracked->owner == NULL)
            continue;
        batch = gw_product_batch(tracked->owner->product, plan->ref);
        if (tracked->newest_qty < batch->allocated - plan->lowest)
            gw_product_load_newest(tracked->owner->product, batch, 0);
    }
}

static bool is_every_product_told(const struct gw_identity_map *map)
{
    for (size_t index = 0; index < map->product_count; index++)
        if (map->products[index]->product == NULL)
            return false;
    return true;
}

bool gw_identity_map_begin(struct gw_identity_map *map, struct gw_arena *arena, const struct gw_load_plan *plan)
{
    *map = (struct gw_identity_map){.arena = arena, .plan = plan};
    map->attempt = (struct gw_attempt){.arena = arena, .product = tell_product, .create = create_product};
    map->attempt.visitor = (struct gw_load_visitor){.size = sizeof map->attempt.visitor,
                                                    .context = map,
                                                    .product = on_product,
                                                    .batch = on_batch,
                                                    .line = on_line,
                                                    .id = on_id};
    gw_table_init(&map->sku_table, arena);
    gw_table_init(&map->ref_table, arena);
    return expect(map);
}

enum gw_status gw_identity_map_complete(struct gw_identity_map *map, struct gw_error *reterr)
{
    if (!is_every_product_told(map))
        return gw_error_set(reterr, GW_INTERNAL, "the repository left out a product that it was asked for");
    conclude_rooms(map);
    if (!conclude_lines(map))
        return gw_error_set(reterr, GW_NOMEM, "no memory for what a turn has loaded");
    conclude_newest(map);
    return GW_OK;
}
