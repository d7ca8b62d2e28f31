/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of pointers: open addressing, memory from an arena, doubling. The caller hashes and compares. The table
 * does not own its entries and cannot remove one. An empty table has no memory. One thread at a time.
 */
#ifndef GW_BASE_TABLE_H
#define GW_BASE_TABLE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gw_table_slot {
    void *entry; /* NULL: free */
    uint32_t hash;
};

struct gw_table {
    struct gw_arena *arena;
    struct gw_table_slot *slots;
    uint32_t capacity; /* 0 or a power of two */
    uint32_t count;
};

/* Whether entry has this key; only called if their hashes are equal. */
typedef bool gw_table_equal_fn(const void *entry, const void *key);

/* An empty table with memory from arena; the arena's reset invalidates it. */
static inline void gw_table_init(struct gw_table *table, struct gw_arena *arena)
{
    *table = (struct gw_table){.arena = arena};
}

/* The entry with this hash for which `equal` is true, or NULL. In the header so that the compiler can inline `equal`.
 */
static inline void *gw_table_find(const struct gw_table *table, uint32_t hash, gw_table_equal_fn *equal,
                                  const void *key)
{
    uint32_t mask = table->capacity - 1;
    uint32_t at;

    if (table->capacity == 0)
        return NULL;
    for (at = hash & mask; table->slots[at].entry != NULL; at = (at + 1) & mask)
        if (table->slots[at].hash == hash && equal(table->slots[at].entry, key))
            return table->slots[at].entry;
    return NULL;
}

/* Adds an entry, not NULL, whose key must not be in the table. False when out of memory. */
bool gw_table_add(struct gw_table *table, uint32_t hash, void *entry);

#endif
