/* SPDX-License-Identifier: Apache-2.0 */
/* Collects names, each once, and widens what turned out too narrow. Knows the port's request, not who answers it. */
#include "service/wanted.h"

#include "base/vector.h"
#include "service/port_text.h"

#include <string.h>

/* How many batches with any room are asked for at first, how much wider each further request for more is, and how many
 * misses a SKU may have before all of its requests grow. */
enum { FIRST_LIMIT = 16, WIDEN = 8, PATIENCE = 2 };

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
    *added = (struct gw_wanted_room){.sku = sku, .room = room, .limit = FIRST_LIMIT};
    wanted->rooms[wanted->room_count++] = added;
    return added;
}

/* A SKU, and that one of its lines needs a batch with so much room; GW_QTY_MAX: none does, by now. */
static bool add_sku(struct gw_wanted *wanted, struct gw_identifier sku, int64_t room)
{
    struct gw_wanted_room *first = gw_table_find(&wanted->sku_table, sku.hash, is_room_of, &sku);

    if (first != NULL) {
        if (room < first->room)
            first->room = room;
        return true;
    }
    first = add_room(wanted, sku, room);
    return first != NULL && gw_table_add(&wanted->sku_table, sku.hash, first);
}

static bool add_ref(struct gw_wanted *wanted, struct gw_identifier ref, int64_t lowest)
{
    struct gw_wanted_ref *added = gw_table_find(&wanted->ref_table, ref.hash, is_ref, &ref);
    struct gw_wanted_ref **refs;

    if (added != NULL) {
        if (lowest != GW_LOWEST_NONE && (added->lowest == GW_LOWEST_NONE || lowest < added->lowest))
            added->lowest = lowest;
        return true;
    }
    refs = gw_vector_grow(wanted->arena, wanted->refs, wanted->ref_count, &wanted->ref_capacity,
                          sizeof(struct gw_wanted_ref *));
    added = gw_arena_alloc(wanted->arena, sizeof *added);
    if (refs == NULL || added == NULL)
        return false;
    wanted->refs = refs;
    *added = (struct gw_wanted_ref){ref, lowest};
    wanted->refs[wanted->ref_count++] = added;
    return gw_table_add(&wanted->ref_table, ref.hash, added);
}

static bool add_line(struct gw_wanted *wanted, struct gw_identifier sku, struct gw_identifier orderid, int64_t qty)
{
    struct gw_wanted_line *lines =
        gw_vector_grow(wanted->arena, wanted->lines, wanted->line_count, &wanted->line_capacity, sizeof *lines);

    if (lines == NULL)
        return false;
    wanted->lines = lines;
    wanted->lines[wanted->line_count++] = (struct gw_wanted_line){sku, orderid, qty};
    return true;
}

bool gw_wanted_add_command(struct gw_wanted *wanted, const struct gw_command *command)
{
    switch (command->type) {
    case GW_COMMAND_CREATE_BATCH:
        return add_sku(wanted, command->sku, GW_QTY_MAX) && add_ref(wanted, command->ref, GW_LOWEST_NONE);
    case GW_COMMAND_CHANGE_BATCH_QUANTITY:
        return add_ref(wanted, command->ref, command->qty);
    case GW_COMMAND_ALLOCATE:
        return add_sku(wanted, command->sku, command->qty) &&
               add_line(wanted, command->sku, command->orderid, command->qty);
    case GW_COMMAND_DEALLOCATE:
        return add_sku(wanted, command->sku, GW_QTY_MAX) &&
               add_line(wanted, command->sku, command->orderid, command->qty);
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

static struct gw_wanted_room *find_room(const struct gw_wanted *wanted, struct gw_identifier sku, int64_t room)
{
    struct gw_wanted_room *found = gw_table_find(&wanted->sku_table, sku.hash, is_room_of, &sku);

    while (found != NULL && found->room != room)
        found = found->next;
    return found;
}

static void widen(struct gw_wanted_room *room)
{
    room->limit = room->limit > UINT32_MAX / WIDEN ? UINT32_MAX : room->limit * WIDEN;
}

/* More batches for lines of qty: at first those with that much room, then more of them. A SKU that keeps missing gets
 * more batches of any room as well, so that a turn of many quantities does not take a round for each. */
static bool add_missing_room(struct gw_wanted *wanted, struct gw_identifier sku, int64_t qty)
{
    struct gw_wanted_room *room;
    struct gw_wanted_room *first;

    if (!add_sku(wanted, sku, GW_QTY_MAX))
        return false;
    first = gw_table_find(&wanted->sku_table, sku.hash, is_room_of, &sku);
    room = find_room(wanted, sku, qty);
    first->misses++;
    if (first->misses > PATIENCE) {
        first->room = 1;
        widen(first);
    }
    if (room != NULL) {
        widen(room);
        return true;
    }
    room = add_room(wanted, sku, qty);
    if (room == NULL)
        return false;
    room->next = first->next;
    first->next = room;
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
        return gw_port_keep(wanted->arena, &orderid) && add_sku(wanted, sku, GW_QTY_MAX) &&
               add_line(wanted, sku, orderid, missing->qty);
    case GW_MISSING_BATCH:
        return gw_port_keep(wanted->arena, &ref) && add_ref(wanted, ref, GW_LOWEST_NONE);
    case GW_MISSING_LINES:
        return gw_port_keep(wanted->arena, &ref) && add_ref(wanted, ref, missing->qty);
    case GW_MISSING_NOTHING:
        break;
    }
    return true;
}

static bool request_products(const struct gw_wanted *wanted, struct gw_arena *arena, struct gw_array *ret_array)
{
    struct gw_product_request *items = gw_arena_alloc(arena, (wanted->room_count + 1) * sizeof *items);

    if (items == NULL)
        return false;
    for (size_t index = 0; index < wanted->room_count; index++) {
        const struct gw_wanted_room *room = wanted->rooms[index];

        items[index] = (struct gw_product_request){gw_port_text(room->sku), room->room, room->limit, 0};
    }
    *ret_array = (struct gw_array){items, (uint32_t)wanted->room_count, sizeof *items};
    return true;
}

static bool request_batches(const struct gw_wanted *wanted, struct gw_arena *arena, struct gw_array *ret_array)
{
    struct gw_batch_request *items = gw_arena_alloc(arena, (wanted->ref_count + 1) * sizeof *items);

    if (items == NULL)
        return false;
    for (size_t index = 0; index < wanted->ref_count; index++)
        items[index] = (struct gw_batch_request){gw_port_text(wanted->refs[index]->ref), wanted->refs[index]->lowest};
    *ret_array = (struct gw_array){items, (uint32_t)wanted->ref_count, sizeof *items};
    return true;
}

static bool request_lines(const struct gw_wanted *wanted, struct gw_arena *arena, struct gw_array *ret_array)
{
    struct gw_line_request *items = gw_arena_alloc(arena, (wanted->line_count + 1) * sizeof *items);

    if (items == NULL)
        return false;
    for (size_t index = 0; index < wanted->line_count; index++) {
        const struct gw_wanted_line *line = &wanted->lines[index];

        items[index] = (struct gw_line_request){gw_port_text(line->sku), gw_port_text(line->orderid), line->qty};
    }
    *ret_array = (struct gw_array){items, (uint32_t)wanted->line_count, sizeof *items};
    return true;
}

bool gw_wanted_request(const struct gw_wanted *wanted, struct gw_arena *arena, struct gw_load_request *ret_request)
{
    *ret_request = (struct gw_load_request){.size = sizeof *ret_request};
    ret_request->ids = (struct gw_array){wanted->ids, (uint32_t)wanted->id_count, sizeof *wanted->ids};
    return request_products(wanted, arena, &ret_request->products) &&
           request_batches(wanted, arena, &ret_request->batches) && request_lines(wanted, arena, &ret_request->lines);
}
