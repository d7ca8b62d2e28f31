/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the two trees node by node. */
#include "config/restart_file.h"

#include "options/path.h"
#include "yaml/yaml.h"

#include <string.h>

static bool is_same_node(const struct gw_yaml_node *a, const struct gw_yaml_node *b);

static bool has_same_entries(const struct gw_yaml_node *a, const struct gw_yaml_node *b)
{
    for (uint32_t i = 0; i < a->count; i++)
        if (!is_same_node(a->entries[i].key, b->entries[i].key) ||
            !is_same_node(a->entries[i].value, b->entries[i].value))
            return false;
    return true;
}

static bool has_same_items(const struct gw_yaml_node *a, const struct gw_yaml_node *b)
{
    for (uint32_t i = 0; i < a->count; i++)
        if (!is_same_node(a->items[i], b->items[i]))
            return false;
    return true;
}

/* Its depth is limited by GW_YAML_MAX_DEPTH. Maps are compared in the order of the file, which is that of the
 * components too. */
static bool is_same_node(const struct gw_yaml_node *a, const struct gw_yaml_node *b)
{
    if (a->kind != b->kind || a->count != b->count)
        return false;
    if (a->kind == GW_YAML_MAP)
        return has_same_entries(a, b);
    if (a->kind == GW_YAML_LIST)
        return has_same_items(a, b);
    return a->is_plain == b->is_plain && gw_text_equal(a->text, b->text);
}

enum gw_status gw_restart_file_compare(struct gw_arena *arena, const struct gw_bootstrap *bootstrap, const char *path,
                                       bool *ret_is_in_force)
{
    const char *running = gw_path_folder(arena, bootstrap->file);
    const char *wanted = gw_path_folder(arena, path);
    const struct gw_yaml_node *root = NULL;
    enum gw_status status = GW_NOMEM;

    if (running != NULL && wanted != NULL)
        status = gw_yaml_read_file(arena, path, &root, NULL);
    if (status == GW_NOMEM)
        return status;
    *ret_is_in_force = status == GW_OK && strcmp(running, wanted) == 0 && is_same_node(bootstrap->root, root);
    return GW_OK;
}
