/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the position of an option in the file by its name, for the findings of a plugin and for its question whether a
 * value is known.
 */
#include "config/component_lint.h"

#include "options/reference.h"

#include <gangway/lint.h>

#include <string.h>

struct linting {
    struct gw_bootstrap_reader *reader;
    const struct gw_component_draft *draft;
};

/* The node of a key, or NULL. */
static const struct gw_yaml_node *find(const struct gw_yaml_node *map, struct gw_text key)
{
    for (uint32_t index = 0; map->kind == GW_YAML_MAP && index < map->count; index++)
        if (gw_text_equal(map->entries[index].key->text, key))
            return map->entries[index].value;
    return NULL;
}

static bool has_reference(const struct gw_yaml_node *node)
{
    if (gw_reference_is(node))
        return true;
    for (uint32_t index = 0; node->kind == GW_YAML_MAP && index < node->count; index++)
        if (gw_reference_is(node->entries[index].value))
            return true;
    for (uint32_t index = 0; node->kind == GW_YAML_LIST && index < node->count; index++)
        if (gw_reference_is(node->items[index]))
            return true;
    return false;
}

static int32_t is_known(const struct gw_lint *lint, struct gw_text option, struct gw_text key)
{
    const struct linting *linting = lint->context;
    const struct gw_yaml_node *node = find(linting->draft->node, option);

    if (linting->reader->binder.resolves_secrets || node == NULL)
        return 1;
    if (key.len > 0 && !gw_reference_is(node))
        node = find(node, key);
    return node == NULL || !has_reference(node);
}

static void on_line(const struct gw_lint *lint, int32_t status, struct gw_text option, struct gw_text key,
                    struct gw_text finding)
{
    const struct linting *linting = lint->context;
    const struct gw_yaml_node *node = option.len > 0 ? find(linting->draft->node, option) : NULL;
    const struct gw_yaml_node *item = node != NULL && key.len > 0 ? find(node, key) : NULL;
    uint32_t line = linting->draft->component.line;
    uint32_t column = linting->draft->component.column;

    if (item != NULL)
        node = item;
    if (node != NULL) {
        line = node->line;
        column = node->column;
    }
    gw_diagnostics_add(linting->reader->diagnostics, status == GW_OK ? GW_SEVERITY_WARNING : GW_SEVERITY_ERROR, line,
                       column, "%.*s", (int)finding.len, finding.ptr);
}

void gw_component_lint(struct gw_bootstrap_reader *reader, const struct gw_component_draft *draft)
{
    struct linting linting = {reader, draft};
    const bool is_entrypoint = draft->component.section == GW_SECTION_ENTRYPOINTS;
    struct gw_lint lint = {.size = sizeof lint,
                           .context = &linting,
                           .is_known = is_known,
                           .line = on_line,
                           .workers = is_entrypoint ? draft->component.settings.entrypoint.workers : 0};
    size_t errors = reader->diagnostics->errors;
    enum gw_status status;

    if (draft->component.plugin->lint == NULL)
        return;
    status = draft->component.plugin->lint(draft->component.config, &lint);
    if (status == GW_NOMEM)
        reader->diagnostics->has_failed = true;
    else if (status != GW_OK && reader->diagnostics->errors == errors)
        on_line(&lint, GW_CONFIG, gw_text_of(NULL), gw_text_of(NULL), gw_text_of("the plugin refuses these options"));
}
