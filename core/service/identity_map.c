/* SPDX-License-Identifier: Apache-2.0 */
/* Builds aggregates from a repository's answer, and adds what the answer says by leaving it out. */
#include "service/identity_map.h"

#include "base/vector.h"
#include "domain/batch_tree.h"
#include "stock/port_text.h"

#include <string.h>

void gw_identity_map_init(struct gw_identity_map *map, struct gw_arena *arena, struct gw_cache *memory,
                          bool may_presume)
{
    *map = (struct gw_identity_map){.arena = arena, .memory = memory, .may_presume = may_presume};
    gw_table_init(&map->sku_table, arena);
    gw_table_init(&map->ref_table, arena);
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

static bool add_ref(struct gw_identity_map *map, struct gw_identifier ref, bool is_asked)
{
    struct gw_tracked_ref **refs =
        gw_vector_grow(map->arena, map->refs, map->ref_count, &map->ref_capacity, sizeof(struct gw_tracked_ref *));
    struct gw_tracked_ref *added = gw_arena_alloc(map->arena, sizeof *added);

    if (refs == NULL || added == NULL)
        return false;
    map->refs = refs;
    *added = (struct gw_tracked_ref){.ref = ref, .is_asked = is_asked};
    map->refs[map->ref_count++] = added;
    return gw_table_add(&map->ref_table, ref.hash, added);
}

/* A product that others leave alone, and of which too little is known, is worth a longer list. */
static struct gw_entry *consult(struct gw_cache *memory, struct gw_plan_room *first)
{
    struct gw_entry *remembered = gw_cache_find(memory, first->sku);
    bool is_relied_on =
        remembered != NULL && gw_cache_is_confident(memory) && gw_confidence_holds(&remembered->confidence);

    first->is_cached = is_relied_on && gw_entry_answers(remembered, first);
    first->is_familiar = is_relied_on && !first->is_cached;
    return first->is_cached ? remembered : NULL;
}

static bool expect_product(struct gw_identity_map *map, struct gw_plan_room *first)
{
    struct gw_tracked *tracked = add_product(map, first->sku);

    if (tracked == NULL)
        return false;
    tracked->wanted = first;
    tracked->recalled = consult(map->memory, first);
    return true;
}

/* That a line is not held is enough to allocate it, and not to say that its product is out of stock. So it is presumed
 * where a batch that is remembered, or made before it in this turn, will have room for it. */
static bool is_presumable(const struct gw_plan_line *line, const struct gw_tracked *tracked)
{
    return line->is_presumable && tracked->forecast != NULL && gw_projection_take(tracked->forecast, line->qty);
}

static bool foresee(const struct gw_identity_map *map)
{
    for (size_t index = 0; index < map->product_count; index++) {
        struct gw_tracked *tracked = map->products[index];

        if (tracked->recalled == NULL)
            continue;
        tracked->forecast = gw_projection_new(map->arena, tracked->recalled);
        if (tracked->forecast == NULL)
            return false;
    }
    return true;
}

static bool foresee_stock(const struct gw_identity_map *map, const struct gw_plan_batch *stock)
{
    const struct gw_tracked *tracked = gw_identity_map_product(map, stock->sku);

    return tracked->forecast == NULL || gw_projection_add_batch(tracked->forecast, stock->eta, stock->qty);
}

/* In the order of the commands. */
static bool presume_lines(struct gw_identity_map *map, struct gw_load_plan *wanted)
{
    size_t stock = 0;

    if (map->may_presume && !foresee(map))
        return false;
    for (size_t index = 0; index < wanted->line_count; index++) {
        struct gw_plan_line *line = &wanted->lines[index];

        for (; stock < wanted->stock_count && wanted->stocks[stock].line <= index; stock++)
            if (!foresee_stock(map, &wanted->stocks[stock]))
                return false;
        line->is_presumed = is_presumable(line, gw_identity_map_product(map, line->sku));
        map->has_presumed |= line->is_presumed;
    }
    return true;
}

/* A batch that was created under a reference that somebody has is refused when it is stored. */
static bool expect_ref(struct gw_identity_map *map, struct gw_plan_ref *ref)
{
    ref->is_presumed = map->may_presume && map->memory != NULL && ref->is_presumable;
    map->has_presumed |= ref->is_presumed;
    return add_ref(map, ref->ref, !ref->is_presumed);
}

/* A place for every SKU and reference that is wanted: the answer then copies none of their bytes. What the memory can
 * answer is not to be asked for. */
static bool expect(struct gw_identity_map *map, struct gw_load_plan *wanted)
{
    map->wanted = wanted;
    for (size_t index = 0; index < wanted->room_count; index++) {
        struct gw_plan_room *room = wanted->rooms[index];

        if (room->first == room && !expect_product(map, room))
            return false;
    }
    for (size_t index = 0; index < wanted->ref_count; index++)
        if (!expect_ref(map, wanted->refs[index]))
            return false;
    if (!presume_lines(map, wanted))
        return false;
    map->ids = gw_arena_alloc_zero(map->arena, (wanted->id_count + 1) * sizeof *map->ids);
    return map->ids != NULL;
}

/* The product that a snapshot speaks of; the repository tells one product after another, so mostly the last. */
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

/* One of the batches with so much room. Whether there are more is what the longest of the lists says, and that is the
 * one whose batch goes furthest. */
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
        tracked->is_named |= asked->is_asked;
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

/* One of a batch's newest lines; the repository tells those of one batch after another, so mostly of the last. */
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

/* What the memory answers in the repository's place. The repository may have told the product all the same, for a batch
 * or a line of it: at another version or stamp, and then nothing that is remembered of it is true any more, and what is
 * missing now is asked for in the next round. */
static bool recall_product(const struct gw_identity_map *map, struct gw_tracked *tracked)
{
    if (tracked->product == NULL) {
        tracked->product = gw_product_new(map->arena, tracked->sku, tracked->recalled->version);
        tracked->stamp = tracked->recalled->stamp;
        if (tracked->product == NULL)
            return false;
    } else if (!gw_entry_is_at(tracked->recalled, gw_product_version(tracked->product), tracked->stamp)) {
        gw_entry_invalidate(tracked->recalled);
        tracked->recalled = NULL;
        return true;
    }
    return gw_entry_load(tracked->recalled, tracked->wanted, map->arena, tracked->product);
}

static bool recall(const struct gw_identity_map *map)
{
    for (size_t index = 0; index < map->product_count; index++)
        if (map->products[index]->recalled != NULL && !recall_product(map, map->products[index]))
            return false;
    return true;
}

/* A list that was not cut: every batch with so much room is here. */
static bool conclude_room(const struct gw_tracked *tracked, int64_t room)
{
    const struct gw_room_answer *answer = find_answer(tracked, room);

    return (answer != NULL && answer->is_cut) || gw_product_load_room(tracked->product, room, NULL);
}

static bool conclude_rooms(const struct gw_identity_map *map)
{
    for (size_t index = 0; index < map->product_count; index++)
        if (map->products[index]->is_named && !conclude_room(map->products[index], 1))
            return false;
    for (size_t index = 0; index < map->wanted->room_count; index++) {
        const struct gw_plan_room *room = map->wanted->rooms[index];

        if (!room->first->is_cached && !conclude_room(gw_identity_map_product(map, room->sku), room->room))
            return false;
    }
    return true;
}

/* A line that was asked for and not told is not held. */
static bool conclude_line(const struct gw_identity_map *map, const struct gw_plan_line *line)
{
    struct gw_product *product = gw_identity_map_product(map, line->sku)->product;

    if (line->is_presumed)
        return gw_product_presume_line(product, line->orderid, line->qty);
    return gw_product_load_line(product, line->orderid, line->qty, NULL, 0);
}

static bool conclude_lines(const struct gw_identity_map *map)
{
    for (size_t index = 0; index < map->wanted->line_count; index++)
        if (!conclude_line(map, &map->wanted->lines[index]))
            return false;
    return true;
}

/* Newest lines that are fewer than were asked for are all that the batch has. */
static void conclude_newest(const struct gw_identity_map *map)
{
    for (size_t index = 0; index < map->wanted->ref_count; index++) {
        const struct gw_plan_ref *wanted = map->wanted->refs[index];
        const struct gw_tracked_ref *tracked;
        const struct gw_batch *batch;

        if (wanted->lowest == GW_LOWEST_NONE || wanted->is_presumed)
            continue;
        tracked = gw_identity_map_ref(map, wanted->ref);
        batch = tracked->owner != NULL ? gw_product_batch(tracked->owner->product, wanted->ref) : NULL;
        if (batch != NULL && tracked->newest_qty < batch->allocated - wanted->lowest)
            gw_product_load_newest(tracked->owner->product, batch, 0);
    }
}

static bool is_empty(const struct gw_load_request *request)
{
    return request->products.count == 0 && request->batches.count == 0 && request->lines.count == 0 &&
           request->ids.count == 0;
}

static bool is_every_product_told(const struct gw_identity_map *map)
{
    for (size_t index = 0; index < map->product_count; index++)
        if (map->products[index]->product == NULL)
            return false;
    return true;
}

enum gw_status gw_identity_map_load(struct gw_identity_map *map, struct gw_load_plan *wanted,
                                    const struct gw_repository_ops *ops, void *session, struct gw_error *reterr)
{
    struct gw_load_visitor visitor = {
        .size = sizeof visitor, .context = map, .product = on_product, .batch = on_batch, .line = on_line, .id = on_id};
    struct gw_load_request request;
    enum gw_status status = GW_OK;

    if (!expect(map, wanted) || !gw_load_plan_request(wanted, map->arena, &request))
        return gw_error_set(reterr, GW_NOMEM, "no memory to load a turn");
    if (!is_empty(&request))
        status = ops->load(session, &request, &visitor, reterr);
    if (status != GW_OK)
        return status;
    if (!recall(map))
        return gw_error_set(reterr, GW_NOMEM, "no memory for what a turn remembers");
    if (!is_every_product_told(map))
        return gw_error_set(reterr, GW_INTERNAL, "the repository left out a product that it was asked for");
    if (!conclude_rooms(map) || !conclude_lines(map))
        return gw_error_set(reterr, GW_NOMEM, "no memory for what a turn has loaded");
    conclude_newest(map);
    return GW_OK;
}
