/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: an array of items that grows.
 *
 * The array stays the caller's own: a pointer, a count and a capacity, all 0 at first. Before an item is added,
 * gw_items_reserve makes room:
 *
 *     struct thing *things = gw_items_reserve(list->things, sizeof *things, list->count + 1, &list->capacity);
 *
 *     if (things == NULL)
 *         return GW_NOMEM;                       // list->things is as it was
 *     list->things = things;
 *     list->things[list->count++] = thing;
 *
 * At the end the caller frees the array with free. Bytes, which often come many at a time, are for a buffer (buffer.h).
 *
 * There is no maximum here: a caller whose count comes from outside compares it with its own before it reserves.
 *
 * Ownership: the array is from malloc and the caller's. Pointers to items are valid until the next call.
 *
 * Threads: any, one at a time for one array. The cost of an item is constant on average: the capacity doubles.
 */
#ifndef GANGWAY_SDK_ITEMS_H
#define GANGWAY_SDK_ITEMS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The array with room for at least `count` items of item_size bytes, and *capacity for how many. This is `items` itself
 * if it is large enough, else a larger block with its bytes, and `items` is freed. What is behind the old items is not
 * initialised. items may be NULL when *capacity is 0.
 *
 * NULL only when it fails, never for a count of 0: out of memory, or the array would be larger than an object may be.
 * items and *capacity are then unchanged.
 */
void *gw_items_reserve(void *items, size_t item_size, size_t count, size_t *capacity);

#ifdef __cplusplus
}
#endif

#endif
