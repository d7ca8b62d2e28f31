/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the tree from libyaml's events and refuses what yaml.h lists.
 *
 * Events come one at a time, so the limits apply while the text is read: nothing deeper or longer is built, and no
 * function is recursive. yaml_text.c has the checks that must run before libyaml. No state: a parser lives for one
 * call.
 */
#include "yaml/yaml.h"

#include "base/text.h"
#include "yaml/yaml_problem.h"
#include "yaml/yaml_text.h"

#include <gangway/scope.h>

#include <stdlib.h>

/* A list or map that is not closed yet; its children are the pending nodes from first_child on. */
struct open_node {
    struct gw_yaml_node *node;
    uint32_t first_child;
};

struct tree_builder {
    struct gw_arena *arena;
    const char *file_name;
    struct gw_text text;
    struct gw_error *reterr;
    struct open_node open[GW_YAML_MAX_DEPTH];
    uint32_t open_count;
    const struct gw_yaml_node **pending; /* children of what is open, outermost first; of a map: key, value, key ... */
    uint32_t pending_count;
    uint32_t node_count; /* at most GW_YAML_MAX_NODES, for which pending has room */
    const struct gw_yaml_node *root;
};

static enum gw_status builder_nomem(const struct tree_builder *builder)
{
    return gw_error_set(builder->reterr, GW_NOMEM, "%s: out of memory", builder->file_name);
}

/* An error at the place of node. */
#define node_error(builder, node, ...) \
    gw_yaml_error((builder)->reterr, (builder)->file_name, (node)->line, (node)->column, __VA_ARGS__)

/* How much of a key an error text shows. */
enum { EXCERPT_MAX_BYTES = 60 };

static const struct open_node *builder_innermost(const struct tree_builder *builder)
{
    return builder->open_count > 0 ? &builder->open[builder->open_count - 1] : NULL;
}

static bool builder_expects_key(const struct tree_builder *builder)
{
    const struct open_node *innermost = builder_innermost(builder);

    return innermost != NULL && innermost->node->kind == GW_YAML_MAP &&
           (builder->pending_count - innermost->first_child) % 2 == 0;
}

static enum gw_status check_key(const struct tree_builder *builder, const struct gw_yaml_node *key)
{
    if (key->kind != GW_YAML_SCALAR)
        return node_error(builder, key, "a key that is a list or a map; expected a word");
    if (key->is_plain && key->text.len == 0)
        return node_error(builder, key, "an empty key; expected a word before ':'");
    if (key->is_plain && gw_text_is(key->text, "<<"))
        return node_error(builder, key, "the merge key '<<' is not supported; write the keys out");
    return GW_OK;
}

/* A new node that begins at mark; refuses anchors and tags, and more nodes than the limit. */
static enum gw_status builder_new_node(struct tree_builder *builder, enum gw_yaml_kind kind, yaml_mark_t mark,
                                       const yaml_char_t *anchor, const yaml_char_t *tag,
                                       struct gw_yaml_node **ret_node)
{
    struct gw_yaml_node *node = gw_arena_alloc_zero(builder->arena, sizeof *node);

    if (node == NULL)
        return builder_nomem(builder);
    node->kind = kind;
    node->line = (uint32_t)mark.line + 1;
    node->column = (uint32_t)mark.column + 1;
    if (anchor != NULL)
        return node_error(builder, node, "'&' begins an anchor, which is not supported; put the text into quotes");
    if (tag != NULL)
        return node_error(builder, node, "'!' begins a tag, which is not supported; put the text into quotes");
    if (builder->node_count == GW_YAML_MAX_NODES)
        return node_error(builder, node, "the file has more than %d values and keys, which is the limit",
                          GW_YAML_MAX_NODES);
    builder->node_count++;
    *ret_node = node;
    return GW_OK;
}

/* Adds a complete node to its parent. */
static void builder_add(struct tree_builder *builder, const struct gw_yaml_node *node)
{
    if (builder->open_count == 0)
        builder->root = node;
    else
        builder->pending[builder->pending_count++] = node;
}

static enum gw_status builder_scalar(struct tree_builder *builder, const yaml_event_t *event)
{
    struct gw_yaml_node *node = NULL;
    const char *bytes = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    enum gw_status status = builder_new_node(builder, GW_YAML_SCALAR, event->start_mark, event->data.scalar.anchor,
                                             event->data.scalar.tag, &node);

    if (status != GW_OK)
        return status;
    if (memchr(bytes, '\0', len) != NULL)
        return node_error(builder, node, "the text holds a NUL character, which is not supported");
    node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->text = gw_text_span(gw_arena_copy(builder->arena, bytes, len), len);
    if (node->text.ptr == NULL)
        return builder_nomem(builder);
    status = builder_expects_key(builder) ? check_key(builder, node) : GW_OK;
    if (status == GW_OK)
        builder_add(builder, node);
    return status;
}

static enum gw_status builder_open(struct tree_builder *builder, enum gw_yaml_kind kind, yaml_mark_t mark,
                                   const yaml_char_t *anchor, const yaml_char_t *tag)
{
    struct gw_yaml_node *node = NULL;
    enum gw_status status = builder_new_node(builder, kind, mark, anchor, tag, &node);

    if (status != GW_OK)
        return status;
    if (builder->open_count == GW_YAML_MAX_DEPTH)
        return node_error(builder, node, "lists and maps are nested deeper than %d levels, which is the limit",
                          GW_YAML_MAX_DEPTH);
    if (builder_expects_key(builder))
        return check_key(builder, node);
    builder->open[builder->open_count++] = (struct open_node){node, builder->pending_count};
    return GW_OK;
}

/* Sorts equal keys side by side, in the order of the file. */
static int compare_keys(const void *a, const void *b)
{
    const struct gw_yaml_node *left = *(const struct gw_yaml_node *const *)a;
    const struct gw_yaml_node *right = *(const struct gw_yaml_node *const *)b;
    int order = gw_text_compare(left->text, right->text);

    if (order != 0)
        return order;
    if (left->line != right->line)
        return (left->line > right->line) - (left->line < right->line);
    return (left->column > right->column) - (left->column < right->column);
}

/* Sorts the keys, so thousands of keys take only the time of sorting. */
static enum gw_status check_unique(const struct tree_builder *builder, const struct gw_yaml_node **keys, uint32_t count)
{
    const struct gw_yaml_node *first = NULL;
    const struct gw_yaml_node *again = NULL;

    if (count < 2)
        return GW_OK;
    qsort(keys, count, sizeof(*keys), compare_keys);
    for (uint32_t i = 1; i < count; i++) {
        const struct gw_yaml_node *key = keys[i];
        bool is_repeated = gw_text_equal(keys[i - 1]->text, key->text);
        bool is_earlier =
            again == NULL || key->line < again->line || (key->line == again->line && key->column < again->column);

        if (is_repeated && is_earlier) {
            first = keys[i - 1];
            again = key;
        }
    }
    if (again == NULL)
        return GW_OK;
    return node_error(builder, again, "the key '%.*s' is here twice, first at %u:%u; expected each key once",
                      (int)gw_utf8_cut(again->text.ptr, (size_t)again->text.len, EXCERPT_MAX_BYTES), again->text.ptr,
                      first->line, first->column);
}

static enum gw_status close_map(struct tree_builder *builder, struct gw_yaml_node *map,
                                const struct gw_yaml_node **children, uint32_t child_count)
{
    uint32_t count = child_count / 2;
    struct gw_yaml_entry *entries = gw_arena_alloc(builder->arena, count * sizeof *entries + 1);

    if (entries == NULL)
        return builder_nomem(builder);
    for (uint32_t i = 0; i < count; i++) {
        entries[i].key = children[2 * (size_t)i];
        entries[i].value = children[2 * (size_t)i + 1];
    }
    map->entries = entries;
    map->count = count;
    for (uint32_t i = 0; i < count; i++)
        children[i] = entries[i].key;
    return check_unique(builder, children, count);
}

static enum gw_status close_list(struct tree_builder *builder, struct gw_yaml_node *list,
                                 const struct gw_yaml_node **children, uint32_t count)
{
    const struct gw_yaml_node **items = gw_arena_alloc(builder->arena, count * sizeof *items + 1);

    if (items == NULL)
        return builder_nomem(builder);
    if (count > 0)
        memcpy(items, children, count * sizeof *items);
    list->items = items;
    list->count = count;
    return GW_OK;
}

static enum gw_status builder_close(struct tree_builder *builder)
{
    const struct open_node *innermost = builder_innermost(builder);
    struct gw_yaml_node *node = innermost->node;
    const struct gw_yaml_node **children = builder->pending + innermost->first_child;
    uint32_t count = builder->pending_count - innermost->first_child;
    enum gw_status status = node->kind == GW_YAML_MAP ? close_map(builder, node, children, count)
                                                      : close_list(builder, node, children, count);

    if (status != GW_OK)
        return status;
    builder->pending_count = innermost->first_child;
    builder->open_count--;
    builder_add(builder, node);
    return GW_OK;
}

/* END when the document is complete; yaml_text.c checks what follows it, which libyaml would parse. */
static enum gw_status builder_end(const struct tree_builder *builder, yaml_mark_t mark)
{
    const struct gw_yaml_node *root = builder->root;
    enum gw_status status = gw_yaml_text_check_rest(builder->file_name, builder->text, (uint32_t)mark.line + 1,
                                                    (uint32_t)mark.column + 1, builder->reterr);

    if (status != GW_OK)
        return status;
    if (root == NULL || (root->kind == GW_YAML_SCALAR && root->is_plain && root->text.len == 0))
        return gw_yaml_error(builder->reterr, builder->file_name, 1, 1, "the file is empty");
    return GW_END;
}

/* OK: continue. END: the tree is complete. */
static enum gw_status builder_take(struct tree_builder *builder, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return builder_scalar(builder, event);
    case YAML_SEQUENCE_START_EVENT:
        return builder_open(builder, GW_YAML_LIST, event->start_mark, event->data.sequence_start.anchor,
                            event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return builder_open(builder, GW_YAML_MAP, event->start_mark, event->data.mapping_start.anchor,
                            event->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return builder_close(builder);
    case YAML_ALIAS_EVENT:
        return gw_yaml_error(builder->reterr, builder->file_name, (uint32_t)event->start_mark.line + 1,
                             (uint32_t)event->start_mark.column + 1,
                             "'*' begins an alias, which is not supported; put the text into quotes");
    case YAML_DOCUMENT_END_EVENT:
    case YAML_STREAM_END_EVENT:
        return builder_end(builder, event->end_mark);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_START_EVENT:
        break;
    }
    return GW_OK;
}

static enum gw_status builder_run(struct tree_builder *builder, yaml_parser_t *parser)
{
    enum gw_status status = GW_OK;

    while (status == GW_OK) {
        yaml_event_t event;

        if (!yaml_parser_parse(parser, &event))
            return gw_yaml_problem(parser, builder->file_name, builder->text, builder->reterr);
        status = builder_take(builder, &event);
        yaml_event_delete(&event);
    }
    return status == GW_END ? GW_OK : status;
}

enum gw_status gw_yaml_parse(struct gw_arena *arena, const char *file_name, struct gw_text text,
                             const struct gw_yaml_node **ret_root, struct gw_error *reterr)
{
    struct tree_builder builder = {.arena = arena, .file_name = file_name, .reterr = reterr};
    enum gw_status status;
    yaml_parser_t parser;

    builder.text = gw_yaml_text_skip_mark(text);
    status = gw_yaml_text_check(file_name, builder.text, reterr);
    if (status != GW_OK)
        return status;
    if (!yaml_parser_initialize(&parser))
        return builder_nomem(&builder);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)builder.text.ptr, (size_t)builder.text.len);
    builder.pending = malloc(GW_YAML_MAX_NODES * sizeof(*builder.pending));
    status = builder.pending != NULL ? builder_run(&builder, &parser) : builder_nomem(&builder);
    if (status == GW_OK)
        *ret_root = builder.root;
    free(builder.pending);
    yaml_parser_delete(&parser);
    return status;
}

const struct gw_yaml_node *gw_yaml_find(const struct gw_yaml_node *map, const char *key)
{
    if (map == NULL || map->kind != GW_YAML_MAP)
        return NULL;
    for (uint32_t i = 0; i < map->count; i++)
        if (gw_text_is(map->entries[i].key->text, key))
            return map->entries[i].value;
    return NULL;
}

/* Replaces control characters (C0, DEL, C1), which would break the line or control a terminal. */
static void blank_controls(char *text)
{
    unsigned char *at = (unsigned char *)text;

    for (; *at != '\0'; at++) {
        bool is_c1 = at[0] == 0xC2 && at[1] >= 0x80 && at[1] < 0xA0;

        if (*at < ' ' || *at == 0x7F || is_c1)
            *at = '?';
        if (is_c1)
            at[1] = '?';
    }
}

enum gw_status gw_yaml_error(struct gw_error *reterr, const char *file_name, uint32_t line, uint32_t column,
                             const char *format, ...)
{
    enum { NAME_MAX_BYTES = 200 }; /* the end of a longer name says more than its start, and the reason must fit */
    size_t len = strlen(file_name);
    const char *shown = len > NAME_MAX_BYTES ? file_name + len - NAME_MAX_BYTES : file_name;
    va_list arguments;
    size_t used;

    if (reterr == NULL)
        return GW_CONFIG;
    (void)gw_error_set(reterr, GW_CONFIG, "%s%s:%u:%u: error: ", shown == file_name ? "" : "...", shown, line, column);
    used = strlen(reterr->text);
    va_start(arguments, format);
    (void)vsnprintf(reterr->text + used, sizeof reterr->text - used, format, arguments);
    va_end(arguments);
    blank_controls(reterr->text);
    return GW_CONFIG;
}
