/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects names, each once, and requests more where the answer was too small. Knows the request of the port, not who
 * answers it.
 */
#include "stock/load_plan.h"

#include "base/vector.h"
#include "stock/port_text.h"

#include <string.h>

/* FIRST_LIMIT: the highest number of batches in the first request. WIDEN: the factor of each further request. PATIENCE:
 * after this number of misses of a SKU, batches of any room are requested. LISTS_MAX: how many lists the lines of a SKU
 * may request. */
enum { FIRST_LIMIT = 16, WIDEN = 8, PATIENCE = 2, LISTS_MAX = 8 };

void gw_load_plan_init(struct gw_load_plan *plan, struct gw_arena *arena)
{
    *plan = (struct gw_load_plan){.arena = arena};
    gw_table_init(&plan->sku_table, arena);
    gw_table_init(&plan->ref_table, arena);
}

static bool is_room_of(const void *entry, const void *key)
{
    return gw_identifier_equal(((const struct gw_plan_room *)entry)->sku, *(const struct gw_identifier *)key);
}

static bool is_ref(const void *entry, const void *key)
{
    return gw_identifier_equal(((const struct gw_plan_ref *)entry)->ref, *(const struct gw_identifier *)key);
}

static struct gw_plan_room *add_room(struct gw_load_plan *plan, struct gw_identifier sku, int64_t room)
{
    struct gw_plan_room **rooms =
        gw_vector_grow(plan->arena, plan->rooms, plan->room_count, &plan->room_capacity, sizeof(struct gw_plan_room *));
    struct gw_plan_room *added = gw_arena_alloc(plan->arena, sizeof *added);

    if (rooms == NULL || added == NULL)
        return NULL;
    plan->rooms = rooms;
    *added = (struct gw_plan_room){.first = added, .sku = sku, .room = room};
    plan->rooms[plan->room_count++] = added;
    return added;
}

/* Adds the first room of a SKU. Until a line says what it needs, the room is GW_QTY_MAX: the repository then reports
 * the product and hardly any batch. */
static struct gw_plan_room *add_sku(struct gw_load_plan *plan, struct gw_identifier sku)
{
    struct gw_plan_room *first = gw_table_find(&plan->sku_table, sku.hash, is_room_of, &sku);

    if (first != NULL)
        return first;
    first = add_room(plan, sku, GW_QTY_MAX);
    if (first == NULL)
        return NULL;
    first->index = (uint32_t)plan->sku_count++;
    return gw_table_add(&plan->sku_table, sku.hash, first) ? first : NULL;
}

/* Finds or adds the request for this SKU and room. NULL: no memory. */
static struct gw_plan_room *need_room(struct gw_load_plan *plan, struct gw_plan_room *first, int64_t room)
{
    struct gw_plan_room *found = first;

    while (found != NULL && found->room != room)
        found = found->next;
    if (found != NULL)
        return found;
    if (first->room == GW_QTY_MAX && first->lines == 0) {
        first->room = room;
        return first;
    }
    found = add_room(plan, first->sku, room);
    if (found == NULL)
        return NULL;
    found->first = first;
    found->next = first->next;
    first->next = found;
    return found;
}

static bool add_ref(struct gw_load_plan *plan, struct gw_identifier ref, int64_t lowest, bool is_presumable)
{
    struct gw_plan_ref *added = gw_table_find(&plan->ref_table, ref.hash, is_ref, &ref);
    struct gw_plan_ref **refs;

    if (added != NULL) {
        if (lowest != GW_LOWEST_NONE && (added->lowest == GW_LOWEST_NONE || lowest < added->lowest))
            added->lowest = lowest;
        added->is_presumable &= is_presumable;
        return true;
    }
    refs = gw_vector_grow(plan->arena, plan->refs, plan->ref_count, &plan->ref_capacity, sizeof(struct gw_plan_ref *));
    added = gw_arena_alloc(plan->arena, sizeof *added);
    if (refs == NULL || added == NULL)
        return false;
    plan->refs = refs;
    *added = (struct gw_plan_ref){ref, lowest, is_presumable, false};
    plan->refs[plan->ref_count++] = added;
    return gw_table_add(&plan->ref_table, ref.hash, added);
}

/* first: of the line's SKU; NULL: no memory. */
static bool add_line(struct gw_load_plan *plan, struct gw_plan_room *first, struct gw_identifier orderid, int64_t qty,
                     bool is_presumable)
{
    struct gw_plan_line *lines =
        gw_vector_grow(plan->arena, plan->lines, plan->line_count, &plan->line_capacity, sizeof *lines);

    if (lines == NULL || first == NULL)
        return false;
    plan->lines = lines;
    plan->lines[plan->line_count++] = (struct gw_plan_line){first, orderid, qty, is_presumable, false};
    return true;
}

/* first: of the batch's SKU; NULL: no memory. */
static bool add_batch(struct gw_load_plan *plan, struct gw_plan_room *first, const struct gw_command *command)
{
    struct gw_plan_batch *batches =
        gw_vector_grow(plan->arena, plan->batches, plan->batch_count, &plan->batch_capacity, sizeof *batches);

    if (batches == NULL || first == NULL)
        return false;
    plan->batches = batches;
    plan->batches[plan->batch_count++] = (struct gw_plan_batch){first, command->qty, command->eta, plan->line_count};
    return true;
}

/* Requests batches for a line of this quantity. Returns the first room of its SKU; NULL: no memory. */
static struct gw_plan_room *add_line_room(struct gw_load_plan *plan, struct gw_identifier sku, int64_t qty)
{
    struct gw_plan_room *first = add_sku(plan, sku);
    size_t before = plan->room_count;

    if (first == NULL)
        return NULL;
    if (first->others >= LISTS_MAX)
        first->room = qty < first->room ? qty : first->room;
    else if (need_room(plan, first, qty) == NULL)
        return NULL;
    first->others += plan->room_count > before;
    first->lines++;
    return first;
}

bool gw_load_plan_add_command(struct gw_load_plan *plan, const struct gw_command *command)
{
    switch (command->type) {
    case GW_COMMAND_CREATE_BATCH:
        return add_batch(plan, add_sku(plan, command->sku), command) &&
               add_ref(plan, command->ref, GW_LOWEST_NONE, true);
    case GW_COMMAND_CHANGE_BATCH_QUANTITY:
        return add_ref(plan, command->ref, command->qty, false);
    case GW_COMMAND_ALLOCATE:
        return add_line(plan, add_line_room(plan, command->sku, command->qty), command->orderid, command->qty, true);
    case GW_COMMAND_DEALLOCATE:
        return add_line(plan, add_sku(plan, command->sku), command->orderid, command->qty, false);
    case GW_COMMAND_TYPES:
        break;
    }
    return true;
}

bool gw_load_plan_add_id(struct gw_load_plan *plan, const uint8_t id[GW_ID_BYTES], uint32_t *ret_index)
{
    struct gw_id_request *ids = gw_vector_grow(plan->arena, plan->ids, plan->id_count, &plan->id_capacity, sizeof *ids);

    if (ids == NULL)
        return false;
    plan->ids = ids;
    *ret_index = (uint32_t)plan->id_count;
    memcpy(plan->ids[plan->id_count++].id, id, GW_ID_BYTES);
    return true;
}

uint32_t gw_plan_room_limit(const struct gw_plan_room *room)
{
    if (room->limit != 0)
        return room->limit;
    if (room->first->lines >= FIRST_LIMIT || room->first->is_familiar)
        return FIRST_LIMIT;
    return room->first->lines > 0 ? room->first->lines : 1;
}

static void widen(struct gw_plan_room *room)
{
    uint32_t limit = gw_plan_room_limit(room);

    room->limit = limit > UINT32_MAX / WIDEN ? UINT32_MAX : limit * WIDEN;
}

/* Requests more batches for lines of qty: first those with that much room, then more of them. For a SKU with repeated
 * misses it requests batches of any room as well, so that a turn with many quantities does not need a round for each.
 */
static bool add_missing_room(struct gw_load_plan *plan, struct gw_identifier sku, int64_t qty)
{
    struct gw_plan_room *first = add_sku(plan, sku);
    struct gw_plan_room *room = first != NULL ? need_room(plan, first, qty) : NULL;

    if (room == NULL)
        return false;
    widen(room);
    if (++first->misses <= PATIENCE)
        return true;
    room = need_room(plan, first, 1);
    if (room == NULL)
        return false;
    widen(room);
    return true;
}

/* If one line of a product must be loaded, its other lines are loaded too, and none is presumed. */
static bool add_missing_line(struct gw_load_plan *plan, struct gw_plan_room *first, struct gw_identifier orderid,
                             int64_t qty)
{
    for (size_t index = 0; index < plan->line_count; index++)
        if (plan->lines[index].first == first)
            plan->lines[index].is_presumable = false;
    return add_line(plan, first, orderid, qty, false);
}

bool gw_load_plan_add_missing(struct gw_load_plan *plan, struct gw_identifier sku, const struct gw_missing *missing)
{
    struct gw_identifier orderid = missing->orderid;
    struct gw_identifier ref = missing->ref;

    /* the product that reported this is about to be dropped, with its identifiers */
    if (!gw_port_keep(plan->arena, &sku))
        return false;
    switch (missing->kind) {
    case GW_MISSING_ROOM:
        return add_missing_room(plan, sku, missing->qty);
    case GW_MISSING_LINE:
        return gw_port_keep(plan->arena, &orderid) && add_missing_line(plan, add_sku(plan, sku), orderid, missing->qty);
    case GW_MISSING_BATCH:
        return gw_port_keep(plan->arena, &ref) && add_ref(plan, ref, GW_LOWEST_NONE, false);
    case GW_MISSING_LINES:
        return gw_port_keep(plan->arena, &ref) && add_ref(plan, ref, missing->qty, false);
    case GW_MISSING_NOTHING:
        break;
    }
    return true;
}

static bool request_products(const struct gw_load_plan *plan, struct gw_arena *arena, struct gw_array *ret_array)
{
    struct gw_product_request *items = gw_arena_alloc(arena, (plan->room_count + 1) * sizeof *items);
    uint32_t count = 0;

    if (items == NULL)
        return false;
    for (size_t index = 0; index < plan->room_count; index++) {
        const struct gw_plan_room *room = plan->rooms[index];

        if (!room->first->is_answered)
            items[count++] =
                (struct gw_product_request){gw_port_text(room->sku), room->room, gw_plan_room_limit(room), 0};
    }
    *ret_array = (struct gw_array){items, count, sizeof *items};
    return true;
}

static bool request_batches(const struct gw_load_plan *plan, struct gw_arena *arena, struct gw_array *ret_array)
{
    struct gw_batch_request *items = gw_arena_alloc(arena, (plan->ref_count + 1) * sizeof *items);
    uint32_t count = 0;

    if (items == NULL)
        return false;
    for (size_t index = 0; index < plan->ref_count; index++) {
        const struct gw_plan_ref *plan_ref = plan->refs[index];

        if (!plan_ref->is_presumed)
            items[count++] = (struct gw_batch_request){gw_port_text(plan_ref->ref), plan_ref->lowest};
    }
    *ret_array = (struct gw_array){items, count, sizeof *items};
    return true;
}

static bool request_lines(const struct gw_load_plan *plan, struct gw_arena *arena, struct gw_array *ret_array)
{
    struct gw_line_request *items = gw_arena_alloc(arena, (plan->line_count + 1) * sizeof *items);
    uint32_t count = 0;

    if (items == NULL)
        return false;
    for (size_t index = 0; index < plan->line_count; index++) {
        const struct gw_plan_line *line = &plan->lines[index];

        if (!line->is_presumed)
            items[count++] =
                (struct gw_line_request){gw_port_text(line->first->sku), gw_port_text(line->orderid), line->qty};
    }
    *ret_array = (struct gw_array){items, count, sizeof *items};
    return true;
}

bool gw_load_plan_request(const struct gw_load_plan *plan, struct gw_arena *arena, struct gw_load_request *ret_request)
{
    *ret_request = (struct gw_load_request){.size = sizeof *ret_request};
    if (!plan->are_ids_presumed)
        ret_request->ids = (struct gw_array){plan->ids, (uint32_t)plan->id_count, sizeof *plan->ids};
    return request_products(plan, arena, &ret_request->products) &&
           request_batches(plan, arena, &ret_request->batches) && request_lines(plan, arena, &ret_request->lines);
}
