/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of pointers: open addressing with linear probing, the hashes beside the pointers, so that a lookup
 * touches a row only when its whole hash is the same, and growing touches none. The caller compares keys. Two rows may
 * have the same hash, and even the same key.
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

/* Makes room for `extra` more rows: so many inserts cannot fail. False when memory has run out. */
bool table_reserve(struct table *table, uint64_t extra);

/* Adds a row; room for it was reserved. */
void table_insert(struct table *table, uint64_t hash, void *row);

/* Takes out this very row, which must be there. */
void table_remove(struct table *table, uint64_t hash, const void *row);

void table_done(struct table *table);

/* Walks the rows of one hash: for (struct table_probe probe = table_probe(t, hash); (row = table_next(&probe)); ) */
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

/* The next row of this hash; NULL when there is none. */
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

/* Asks for the slot's cache line ahead of a lookup. */
static inline void table_prefetch(const struct table *table, uint64_t hash)
{
    if (table->slots != NULL)
        __builtin_prefetch(&table->slots[hash & table->mask]);
}

#endif
