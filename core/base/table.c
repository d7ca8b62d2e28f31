/* SPDX-License-Identifier: Apache-2.0 */
/* Linear probing with a load of at most three quarters. Slots that a larger table replaces stay in the arena. */
#include "base/table.h"

enum { CAPACITY_MIN = 8, CAPACITY_MAX = 1 << 30 };

static void slots_put(struct gw_table_slot *slots, uint32_t capacity, uint32_t hash, void *entry)
{
    uint32_t at = hash & (capacity - 1);

    while (slots[at].entry != NULL)
        at = (at + 1) & (capacity - 1);
    slots[at].entry = entry;
    slots[at].hash = hash;
}

static bool table_grow(struct gw_table *table)
{
    uint32_t capacity = table->capacity == 0 ? CAPACITY_MIN : table->capacity * 2;
    struct gw_table_slot *slots = NULL;
    uint32_t at;

    if (table->capacity < CAPACITY_MAX)
        slots = gw_arena_alloc_zero(table->arena, capacity * sizeof *slots);
    if (slots == NULL)
        return false;
    for (at = 0; at < table->capacity; at++)
        if (table->slots[at].entry != NULL)
            slots_put(slots, capacity, table->slots[at].hash, table->slots[at].entry);
    table->slots = slots;
    table->capacity = capacity;
    return true;
}

bool gw_table_add(struct gw_table *table, uint32_t hash, void *entry)
{
    if (table->count >= table->capacity - table->capacity / 4 && !table_grow(table))
        return false;
    slots_put(table->slots, table->capacity, hash, entry);
    table->count++;
    return true;
}
