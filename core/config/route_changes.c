/* SPDX-License-Identifier: Apache-2.0 */
/* Compares lists of ids. No state. */
#include "config/route_changes.h"

#include <string.h>

const struct gw_component *gw_component_list_find(const struct gw_component_list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i]->id, id) == 0)
            return list->items[i];
    return NULL;
}

static bool has(const struct gw_component_list *list, const char *id)
{
    return gw_component_list_find(list, id) != NULL;
}

bool gw_component_list_is_same(const struct gw_component_list *left, const struct gw_component_list *right)
{
    if (left->count != right->count)
        return false;
    for (size_t i = 0; i < left->count; i++)
        if (!has(right, left->items[i]->id))
            return false;
    return true;
}

bool gw_route_is_successor(const struct gw_route *before, const struct gw_route *now, const char *removed,
                           const char *id)
{
    return has(&before->notify, removed) && has(&now->notify, id) && !has(&before->notify, id);
}
