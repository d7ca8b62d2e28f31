/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of pointers: open addressing, memory from an arena, doubling. The caller hashes and compares. It owns
 * no entry and takes none out. An empty one has no memory, so that having one costs nothing. One thread at a time.
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

/* Whether entry is the one that key names; only asked when their hashes are equal. */
typedef bool gw_table_equal_fn(const void *entry, const void *key);

/* An empty table whose memory will come from arena: it is gone with the arena's reset. */
static inline void gw_table_init(struct gw_table *table, struct gw_arena *arena)
{
    *table = (struct gw_table){.arena = arena};
}

/* The entry that was added with this hash and that equal says is key's, or NULL. In the header so that the compiler
 * sees through equal. */
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

/* Adds an entry, not NULL, whose key the caller knows is not there. False when memory has run out. */
bool gw_table_add(struct gw_table *table, uint32_t hash, void *entry);

#endif
