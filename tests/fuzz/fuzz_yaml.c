/* SPDX-License-Identifier: Apache-2.0 */
/* The YAML reader: any bytes are a tree within its limits, or refused with one line that names a place. */
#include "fuzz.h"

#include "base/arena.h"
#include "base/text.h"
#include "yaml/yaml.h"

/* Checks the tree below node and returns how many nodes it has. */
static uint32_t check_node(const struct gw_yaml_node *node, int depth)
{
    uint32_t nodes = 1;

    fuzz_promise(node->line > 0 && node->column > 0);
    fuzz_promise(depth <= GW_YAML_MAX_DEPTH || node->kind == GW_YAML_SCALAR);
    if (node->kind == GW_YAML_SCALAR) {
        fuzz_promise(gw_utf8_is_valid(node->text.ptr, node->text.len));
        fuzz_promise(strlen(node->text.ptr) == node->text.len);
    }
    for (uint32_t i = 0; node->kind == GW_YAML_LIST && i < node->count; i++)
        nodes += check_node(node->items[i], depth + 1);
    for (uint32_t i = 0; node->kind == GW_YAML_MAP && i < node->count; i++) {
        const struct gw_yaml_entry *entry = &node->entries[i];

        fuzz_promise(entry->key->kind == GW_YAML_SCALAR);
        fuzz_promise(gw_yaml_find(node, entry->key->text.ptr) == entry->value);
        nodes += check_node(entry->key, depth + 1) + check_node(entry->value, depth + 1);
    }
    return nodes;
}

static void check_error(const struct gw_error *error)
{
    unsigned line = 0;
    unsigned column = 0;
    int used = 0;

    fuzz_promise(sscanf(error->text, "f.yaml:%u:%u: error: %n", &line, &column, &used) == 2 && used > 0);
    fuzz_promise(line > 0 && column > 0 && error->text[used] != '\0');
    fuzz_promise(strchr(error->text, '\n') == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct gw_arena *arena = gw_arena_new(64 * 1024 * 1024);
    struct gw_text text = gw_text_span((const char *)bytes, len);
    const struct gw_yaml_node *root = NULL;
    struct gw_error error = {0};
    enum gw_status status;

    fuzz_promise(arena != NULL);
    status = gw_yaml_parse(arena, "f.yaml", text, &root, &error);
    fuzz_promise(status == GW_OK || status == GW_CONFIG);
    if (status == GW_OK)
        fuzz_promise(check_node(root, 1) <= GW_YAML_MAX_NODES);
    else
        check_error(&error);
    gw_arena_free(arena);
    return 0;
}
