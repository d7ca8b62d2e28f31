/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow: at least to twice their capacity, and to no fewer than eight items. */
#include <gangway/sdk/items.h>

#include <stdint.h>
#include <stdlib.h>

enum { CAPACITY_MIN = 8 };

void *gw_items_reserve(void *items, size_t item_size, size_t count, size_t *capacity)
{
    size_t most = PTRDIFF_MAX / item_size;
    size_t wanted = *capacity > most / 2 ? most : 2 * *capacity;
    void *larger;

    if (items != NULL && count <= *capacity)
        return items;
    if (count > most)
        return NULL;
    wanted = wanted < CAPACITY_MIN ? CAPACITY_MIN : wanted;
    wanted = wanted < count ? count : wanted;
    larger = realloc(items, wanted * item_size);
    if (larger != NULL)
        *capacity = wanted;
    return larger;
}
