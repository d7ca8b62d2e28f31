/* SPDX-License-Identifier: Apache-2.0 */
/* Collects names, each once, and widens what turned out too narrow. Knows the port's request, not who answers it. */
#include "stock/load_plan.h"

#include "base/vector.h"
#include "stock/port_text.h"

#include <string.h>

/* How many batches are asked for at first, at most; how much wider each further request for more is; how many misses a
 * SKU may have before batches of any room are asked for; and how many lists its lines may ask for. */
enum { FIRST_LIMIT = 16, WIDEN = 8, PATIENCE = 2, LISTS_MAX = 8 };

void gw_wanted_init(struct gw_wanted *wanted, struct gw_arena *arena)
{
    *wanted = (struct gw_wanted){.arena = arena};
    gw_table_init(&wanted->sku_table, arena);
    gw_table_init(&wanted->ref_table, arena);
}

static bool is_room_of(const void *entry, const void *key)
{
    return gw_identifier_equal(((const struct gw_wanted_room *)entry)->sku, *(const struct gw_identifier *)key);
}

static bool is_ref(const void *entry, const void *key)
{
    return gw_identifier_equal(((const struct gw_wanted_ref *)entry)->ref, *(const struct gw_identifier *)key);
}

static struct gw_wanted_room *add_room(struct gw_wanted *wanted, struct gw_identifier sku, int64_t room)
{
    struct gw_wanted_room **rooms = gw_vector_grow(wanted->arena, wanted->rooms, wanted->room_count,
                                                   &wanted->room_capacity, sizeof(struct gw_wanted_room *));
    struct gw_wanted_room *added = gw_arena_alloc(wanted->arena, sizeof *added);

    if (rooms == NULL || added == NULL)
        return NULL;
    wanted->rooms = rooms;
    *added = (struct gw_wanted_room){.first = added, .sku = sku, .room = room};
    wanted->rooms[wanted->room_count++] = added;
    return added;
}

/* The first of a SKU, whose room is GW_QTY_MAX while no line says what it needs: the product is told then, and of its
 * batches next to none. */
static struct gw_wanted_room *add_sku(struct gw_wanted *wanted, struct gw_identifier sku)
{
    struct gw_wanted_room *first = gw_table_find(&wanted->sku_table, sku.hash, is_room_of, &sku);

    if (first != NULL)
        return first;
    first = add_room(wanted, sku, GW_QTY_MAX);
    return first != NULL && gw_table_add(&wanted->sku_table, sku.hash, first) ? first : NULL;
}

/* What is wanted of the same SKU with this room; added when it is not there. NULL when memory has run out. */
static struct gw_wanted_room *need_room(struct gw_wanted *wanted, struct gw_wanted_room *first, int64_t room)
{
    struct gw_wanted_room *found = first;

    while (found != NULL && found->room != room)
        found = found->next;
    if (found != NULL)
        return found;
    if (first->room == GW_QTY_MAX && first->lines == 0) {
        first->room = room;
        return first;
    }
    found = add_room(wanted, first->sku, room);
    if (found == NULL)
        return NULL;
    found->first = first;
    found->next = first->next;
    first->next = found;
    return found;
}

static bool add_ref(struct gw_wanted *wanted, struct gw_identifier ref, int64_t lowest, bool is_presumable)
{
    struct gw_wanted_ref *added = gw_table_find(&wanted->ref_table, ref.hash, is_ref, &ref);
    struct gw_wanted_ref **refs;

    if (added != NULL) {
        if (lowest != GW_LOWEST_NONE && (added->lowest == GW_LOWEST_NONE || lowest < added->lowest))
            added->lowest = lowest;
        added->is_presumable &= is_presumable;
        return true;
    }
    refs = gw_vector_grow(wanted->arena, wanted->refs, wanted->ref_count, &wanted->ref_capacity,
                          sizeof(struct gw_wanted_ref *));
    added = gw_arena_alloc(wanted->arena, sizeof *added);
    if (refs == NULL || added == NULL)
        return false;
    wanted->refs = refs;
    *added = (struct gw_wanted_ref){ref, lowest, is_presumable, false};
    wanted->refs[wanted->ref_count++] = added;
    return gw_table_add(&wanted->ref_table, ref.hash, added);
}

static bool add_line(struct gw_wanted *wanted, struct gw_identifier sku, struct gw_identifier orderid, int64_t qty,
                     bool is_presumable)
{
    struct gw_wanted_line *lines =
        gw_vector_grow(wanted->arena, wanted->lines, wanted->line_count, &wanted->line_capacity, sizeof *lines);

    if (lines == NULL)
        return false;
    wanted->lines = lines;
    wanted->lines[wanted->line_count++] = (struct gw_wanted_line){sku, orderid, qty, is_presumable, false};
    return true;
}

static bool add_stock(struct gw_wanted *wanted, const struct gw_command *command)
{
    struct gw_wanted_stock *stocks =
        gw_vector_grow(wanted->arena, wanted->stocks, wanted->stock_count, &wanted->stock_capacity, sizeof *stocks);

    if (stocks == NULL)
        return false;
    wanted->stocks = stocks;
    wanted->stocks[wanted->stock_count++] =
        (struct gw_wanted_stock){command->sku, command->qty, command->eta, wanted->line_count};
    return true;
}

/* Where one line of a product has to be looked for, the others may have to be. */
static void presume_nothing(struct gw_wanted *wanted, struct gw_identifier sku)
{
    for (size_t index = 0; index < wanted->line_count; index++)
        if (gw_identifier_equal(wanted->lines[index].sku, sku))
            wanted->lines[index].is_presumable = false;
}

/* A line of this quantity is going to be allocated. */
static bool add_line_room(struct gw_wanted *wanted, struct gw_identifier sku, int64_t qty)
{
    struct gw_wanted_room *first = add_sku(wanted, sku);
    size_t before = wanted->room_count;

    if (first == NULL)
        return false;
    if (first->others >= LISTS_MAX)
        first->room = qty < first->room ? qty : first->room;
    else if (need_room(wanted, first, qty) == NULL)
        return false;
    first->others += wanted->room_count > before;
    first->lines++;
    return true;
}

bool gw_wanted_add_command(struct gw_wanted *wanted, const struct gw_command *command)
{
    switch (command->type) {
    case GW_COMMAND_CREATE_BATCH:
        return add_sku(wanted, command->sku) != NULL && add_ref(wanted, command->ref, GW_LOWEST_NONE, true) &&
               add_stock(wanted, command);
    case GW_COMMAND_CHANGE_BATCH_QUANTITY:
        return add_ref(wanted, command->ref, command->qty, false);
    case GW_COMMAND_ALLOCATE:
        return add_line_room(wanted, command->sku, command->qty) &&
               add_line(wanted, command->sku, command->orderid, command->qty, true);
    case GW_COMMAND_DEALLOCATE:
        return add_sku(wanted, command->sku) != NULL &&
               add_line(wanted, command->sku, command->orderid, command->qty, false);
    case GW_COMMAND_TYPES:
        break;
    }
    return true;
}

bool gw_wanted_add_id(struct gw_wanted *wanted, const uint8_t id[GW_ID_BYTES], uint32_t *ret_index)
{
    struct gw_id_request *ids =
        gw_vector_grow(wanted->arena, wanted->ids, wanted->id_count, &wanted->id_capacity, sizeof *ids);

    if (ids == NULL)
        return false;
    wanted->ids = ids;
    *ret_index = (uint32_t)wanted->id_count;
    memcpy(wanted->ids[wanted->id_count++].id, id, GW_ID_BYTES);
    return true;
}

uint32_t gw_wanted_limit(const struct gw_wanted_room *room)
{
    if (room->limit != 0)
        return room->limit;
    return room->first->lines < FIRST_LIMIT && !room->first->is_familiar ? room->first->lines + 1 : FIRST_LIMIT;
}

static void widen(struct gw_wanted_room *room)
{
    uint32_t limit = gw_wanted_limit(room);

    room->limit = limit > UINT32_MAX / WIDEN ? UINT32_MAX : limit * WIDEN;
}

/* More batches for lines of qty: at first those with that much room, then more of them. A SKU that keeps missing gets
 * batches of any room as well, so that a turn of many quantities does not take a round for each. */
static bool add_missing_room(struct gw_wanted *wanted, struct gw_identifier sku, int64_t qty)
{
    struct gw_wanted_room *first = add_sku(wanted, sku);
    struct gw_wanted_room *room = first != NULL ? need_room(wanted, first, qty) : NULL;

    if (room == NULL)
        return false;
    widen(room);
    if (++first->misses <= PATIENCE)
        return true;
    room = need_room(wanted, first, 1);
    if (room == NULL)
        return false;
    widen(room);
    return true;
}

bool gw_wanted_add_missing(struct gw_wanted *wanted, struct gw_identifier sku, const struct gw_missing *missing)
{
    struct gw_identifier orderid = missing->orderid;
    struct gw_identifier ref = missing->ref;

    /* The product that said so is about to go, and its identifiers with it. */
    if (!gw_port_keep(wanted->arena, &sku))
        return false;
    switch (missing->kind) {
    case GW_MISSING_ROOM:
        return add_missing_room(wanted, sku, missing->qty);
    case GW_MISSING_LINE:
        presume_nothing(wanted, sku);
        return gw_port_keep(wanted->arena, &orderid) && add_sku(wanted, sku) != NULL &&
               add_line(wanted, sku, orderid, missing->qty, false);
    case GW_MISSING_BATCH:
        return gw_port_keep(wanted->arena, &ref) && add_ref(wanted, ref, GW_LOWEST_NONE, false);
    case GW_MISSING_LINES:
        return gw_port_keep(wanted->arena, &ref) && add_ref(wanted, ref, missing->qty, false);
    case GW_MISSING_NOTHING:
        break;
    }
    return true;
}

static bool request_products(const struct gw_wanted *wanted, struct gw_arena *arena, struct gw_array *ret_array)
{
    struct gw_product_request *items = gw_arena_alloc(arena, (wanted->room_count + 1) * sizeof *items);
    uint32_t count = 0;

    if (items == NULL)
        return false;
    for (size_t index = 0; index < wanted->room_count; index++) {
        const struct gw_wanted_room *room = wanted->rooms[index];

        if (!room->first->is_remembered)
            items[count++] = (struct gw_product_request){gw_port_text(room->sku), room->room, gw_wanted_limit(room), 0};
    }
    *ret_array = (struct gw_array){items, count, sizeof *items};
    return true;
}

static bool request_batches(const struct gw_wanted *wanted, struct gw_arena *arena, struct gw_array *ret_array)
{
    struct gw_batch_request *items = gw_arena_alloc(arena, (wanted->ref_count + 1) * sizeof *items);
    uint32_t count = 0;

    if (items == NULL)
        return false;
    for (size_t index = 0; index < wanted->ref_count; index++) {
        const struct gw_wanted_ref *wanted_ref = wanted->refs[index];

        if (!wanted_ref->is_presumed)
            items[count++] = (struct gw_batch_request){gw_port_text(wanted_ref->ref), wanted_ref->lowest};
    }
    *ret_array = (struct gw_array){items, count, sizeof *items};
    return true;
}

static bool request_lines(const struct gw_wanted *wanted, struct gw_arena *arena, struct gw_array *ret_array)
{
    struct gw_line_request *items = gw_arena_alloc(arena, (wanted->line_count + 1) * sizeof *items);
    uint32_t count = 0;

    if (items == NULL)
        return false;
    for (size_t index = 0; index < wanted->line_count; index++) {
        const struct gw_wanted_line *line = &wanted->lines[index];

        if (!line->is_presumed)
            items[count++] = (struct gw_line_request){gw_port_text(line->sku), gw_port_text(line->orderid), line->qty};
    }
    *ret_array = (struct gw_array){items, count, sizeof *items};
    return true;
}

bool gw_wanted_request(const struct gw_wanted *wanted, struct gw_arena *arena, struct gw_load_request *ret_request)
{
    *ret_request = (struct gw_load_request){.size = sizeof *ret_request};
    ret_request->ids = (struct gw_array){wanted->ids, (uint32_t)wanted->id_count, sizeof *wanted->ids};
    return request_products(wanted, arena, &ret_request->products) &&
           request_batches(wanted, arena, &ret_request->batches) && request_lines(wanted, arena, &ret_request->lines);
}
