/* SPDX-License-Identifier: Apache-2.0 */
/* Table: at most three quarters full. A removal moves later rows back, so there are no tombstones. */
#include "table.h"

#include <stdlib.h>

enum { SLOTS_AT_FIRST = 64 };

static bool fits(uint64_t slots, uint64_t count)
{
    return count <= slots / 4 * 3;
}

static void move_all(struct table *to, const struct table *from)
{
    if (from->slots == NULL)
        return;
    for (uint64_t i = 0; i <= from->mask; i++) {
        if (from->slots[i].row != NULL)
            table_insert(to, from->slots[i].hash, from->slots[i].row);
    }
}

bool table_reserve(struct table *table, uint64_t extra)
{
    uint64_t slots = table->slots == NULL ? 0 : table->mask + 1;
    struct table larger = {0};

    if (fits(slots, table->count + extra))
        return true;
    if (slots == 0)
        slots = SLOTS_AT_FIRST;
    while (!fits(slots, table->count + extra))
        slots *= 2;
    larger.slots = calloc(slots, sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    larger.mask = slots - 1;
    move_all(&larger, table);
    free(table->slots);
    *table = larger;
    return true;
}

void table_insert(struct table *table, uint64_t hash, void *row)
{
    uint64_t at = hash & table->mask;

    while (table->slots[at].row != NULL)
        at = (at + 1) & table->mask;
    table->slots[at] = (struct table_slot){hash, row};
    table->count++;
}

/* Closes the gap at `gap`: a later row moves in, unless its own place is between the two. */
static void close_gap(struct table *table, uint64_t gap)
{
    uint64_t mask = table->mask;

    for (uint64_t at = (gap + 1) & mask; table->slots[at].row != NULL; at = (at + 1) & mask) {
        uint64_t home = table->slots[at].hash & mask;

        if (((at - home) & mask) >= ((at - gap) & mask)) {
            table->slots[gap] = table->slots[at];
            gap = at;
        }
    }
    table->slots[gap].row = NULL;
}

void table_remove(struct table *table, uint64_t hash, const void *row)
{
    uint64_t at = hash & table->mask;

    while (table->slots[at].row != row)
        at = (at + 1) & table->mask;
    close_gap(table, at);
    table->count--;
}

void table_done(struct table *table)
{
    free(table->slots);
    *table = (struct table){0};
}
