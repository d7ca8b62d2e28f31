/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of pointers: open addressing with linear probing. The hashes are stored beside the pointers, so a lookup
 * reads a row only if its whole hash is equal, and growing reads none. The caller compares keys. Two rows may have the
 * same hash, and even the same key.
 */
#ifndef MEMORY_TABLE_H
#define MEMORY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_slot {
    uint64_t hash;
    void *row; /* NULL: free */
};

struct table {
    struct table_slot *slots;
    uint64_t mask; /* number of slots - 1; 0: none yet */
    uint64_t count;
};

/* Reserves room for `extra` more rows, so that this many inserts cannot fail. False: no memory. */
bool table_reserve(struct table *table, uint64_t extra);

/* Adds a row. Room for it was reserved. */
void table_insert(struct table *table, uint64_t hash, void *row);

/* Removes exactly this row, which must be in the table. */
void table_remove(struct table *table, uint64_t hash, const void *row);

void table_done(struct table *table);

/* Visits the rows with one hash: for (struct table_probe probe = table_probe(t, hash); (row = table_next(&probe)); ) */
struct table_probe {
    const struct table *table;
    uint64_t hash;
    uint64_t at;
};

static inline struct table_probe table_probe(const struct table *table, uint64_t hash)
{
    struct table_probe probe = {table, hash, hash};
    return probe;
}

/* The next row with this hash. NULL: there is none. */
static inline void *table_next(struct table_probe *probe)
{
    const struct table *table = probe->table;

    if (table->slots == NULL)
        return NULL;
    for (;;) {
        const struct table_slot *slot = &table->slots[probe->at++ & table->mask];

        if (slot->row == NULL)
            return NULL;
        if (slot->hash == probe->hash)
            return slot->row;
    }
}

/* Prefetches the slot's cache line before a lookup. */
static inline void table_prefetch(const struct table *table, uint64_t hash)
{
    if (table->slots != NULL)
        __builtin_prefetch(&table->slots[hash & table->mask]);
}

#endif
