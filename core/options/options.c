/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Option tables, and the assignment of a map's keys to options; option_value.c converts a node into a value. No state.
 */
#include "options/options.h"

#include "base/text.h"
#include "options/hint.h"
#include "options/option_value.h"
#include "options/value.h"
#include "service/catalog.h"

#include <gangway/scope.h>

#include <inttypes.h>

struct type_spec {
    uint32_t number;
    const char *word;
    const char *looks;
};

static const struct type_spec type_specs[] = {
#define OPTION_TYPE_SPEC(name, number, word, c_type, looks) {number, word, looks},
    GW_OPTION_TYPE_LIST(OPTION_TYPE_SPEC)
#undef OPTION_TYPE_SPEC
};

static const struct type_spec *type_spec(uint32_t type)
{
    static const struct type_spec none = {0, "unknown", "nothing"};

    for (size_t i = 0; i < gw_array_length(type_specs); i++)
        if (type_specs[i].number == type)
            return &type_specs[i];
    return &none;
}

struct gw_option_table gw_option_table_of(const struct gw_plugin *plugin)
{
    return (struct gw_option_table){plugin->options, plugin->option_count, plugin->option_size};
}

const struct gw_option *gw_option_at(const struct gw_option_table *table, uint32_t index)
{
    return (const struct gw_option *)(const void *)((const char *)table->options + (size_t)index * table->stride);
}

const struct gw_option *gw_option_find(const struct gw_option_table *table, struct gw_text name)
{
    for (uint32_t i = 0; i < table->count; i++)
        if (gw_text_is(name, gw_option_at(table, i)->name))
            return gw_option_at(table, i);
    return NULL;
}

const char *gw_option_type_word(uint32_t type)
{
    return type_spec(type)->word;
}

bool gw_option_type_is_text(uint32_t type)
{
    switch (type) {
    case GW_OPTION_TEXT:
    case GW_OPTION_SECRET:
    case GW_OPTION_PATH:
    case GW_OPTION_COMMAND:
    case GW_OPTION_RECIPIENT:
    case GW_OPTION_TEMPLATE:
        return true;
    default:
        return false;
    }
}

bool gw_option_has_range(const struct gw_option *option)
{
    return option->min != 0 || option->max != 0;
}

/* One end of a range, written as a value of its type. */
static void append_bound(const struct gw_option *option, int64_t bound, struct gw_buffer *buffer)
{
    char text[GW_VALUE_TEXT_MAX];

    if (option->type == GW_OPTION_DURATION)
        gw_buffer_append_string(buffer, gw_value_duration_text(text, bound));
    else if (option->type == GW_OPTION_SIZE)
        gw_buffer_append_string(buffer, gw_value_size_text(text, bound));
    else
        gw_buffer_append_int(buffer, bound);
}

static const char *range_noun(const struct gw_option *option)
{
    if (option->type == GW_OPTION_LIST || option->type == GW_OPTION_MAP)
        return " items";
    return gw_option_type_is_text(option->type) ? " bytes" : "";
}

void gw_option_append_range(const struct gw_option *option, struct gw_buffer *buffer)
{
    if (!gw_option_has_range(option))
        return;
    gw_buffer_append_string(buffer, ", from ");
    append_bound(option, option->min, buffer);
    gw_buffer_append_string(buffer, " to ");
    append_bound(option, option->max, buffer);
    gw_buffer_append_string(buffer, range_noun(option));
}

static void append_choices(const char *choices, struct gw_buffer *buffer)
{
    const char *at = choices;
    struct gw_text word;

    gw_buffer_append_string(buffer, "one of ");
    for (int i = 0; gw_value_next_word(&at, &word); i++) {
        gw_buffer_append_string(buffer, i == 0 ? "" : ", ");
        gw_buffer_append(buffer, word.ptr, (size_t)word.len);
    }
}

static void append_commands(struct gw_buffer *buffer)
{
    size_t count;
    const struct gw_command_spec *specs = gw_command_specs(&count);

    gw_buffer_append_string(buffer, "one of auto");
    for (size_t i = 0; i < count; i++)
        gw_buffer_append_format(buffer, ", %s", specs[i].name);
}

void gw_option_append_expected(const struct gw_option *option, struct gw_buffer *buffer)
{
    if (option->type == GW_OPTION_CHOICE)
        append_choices(option->choices, buffer);
    else if (option->type == GW_OPTION_COMMAND)
        append_commands(buffer);
    else
        gw_buffer_append_string(buffer, type_spec(option->type)->looks);
    if (option->item_type != 0)
        gw_buffer_append_format(buffer, " of %s", type_spec(option->item_type)->word);
    gw_option_append_range(option, buffer);
    if ((option->flags & GW_OPTION_OFF) != 0)
        gw_buffer_append_string(buffer, ", or off");
}

/* Whether a key of map looks like a misspelt `name`. That key is reported, so the missing name need not be. */
static bool has_misspelt(const struct gw_option_table *table, const struct gw_yaml_node *map, const char *name)
{
    for (uint32_t i = 0; map != NULL && i < map->count; i++) {
        struct gw_text key = map->entries[i].key->text;

        if (gw_option_find(table, key) == NULL && gw_text_nearest(key.ptr, (size_t)key.len, &name, 1) != NULL)
            return true;
    }
    return false;
}

static void report_missing(struct gw_binder *binder, const struct gw_option *option, struct gw_place place)
{
    struct gw_buffer expected;

    gw_buffer_init(&expected, GW_HINT_MAX_BYTES);
    gw_option_append_expected(option, &expected);
    gw_diagnostics_add(binder->diagnostics, GW_SEVERITY_ERROR, place.line, place.column,
                       "the key '%s' is missing; expected %s: %s", option->name,
                       expected.ptr != NULL ? expected.ptr : "it", option->help);
    gw_buffer_done(&expected);
}

static void bind_option(struct gw_binder *binder, const struct gw_option_table *table, const struct gw_option *option,
                        const struct gw_yaml_node *map, struct gw_place place, void *config)
{
    const struct gw_yaml_node *node = gw_yaml_find(map, option->name);

    if (option->fallback != NULL)
        gw_option_bind_fallback(binder, option, place, config);
    if (node != NULL)
        gw_option_bind_node(binder, option, node, config);
    else if ((option->flags & GW_OPTION_REQUIRED) != 0 && !has_misspelt(table, map, option->name))
        report_missing(binder, option, place);
}

void gw_options_bind(struct gw_binder *binder, const struct gw_option_table *table, const struct gw_yaml_node *map,
                     struct gw_place place, void *config)
{
    for (uint32_t i = 0; i < table->count; i++)
        bind_option(binder, table, gw_option_at(table, i), map, place, config);
}

static bool is_one_of(struct gw_text name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (gw_text_is(name, names[i]))
            return true;
    return false;
}

void gw_options_check_names(struct gw_binder *binder, const char *const *names, size_t count,
                            const struct gw_yaml_node *map)
{
    char hint[GW_HINT_MAX_BYTES];

    for (uint32_t i = 0; i < map->count; i++) {
        const struct gw_yaml_node *key = map->entries[i].key;

        if (!is_one_of(key->text, names, count))
            gw_diagnostics_add(binder->diagnostics, GW_SEVERITY_ERROR, key->line, key->column,
                               "unknown key '%.60s'; %s", key->text.ptr, gw_hint(hint, key->text, names, count));
    }
}

void gw_options_check_keys(struct gw_binder *binder, const struct gw_option_table *tables, size_t table_count,
                           const struct gw_yaml_node *map)
{
    const char **names;
    size_t count = 0;

    for (size_t i = 0; i < table_count; i++)
        count += tables[i].count;
    names = gw_arena_alloc(binder->arena, count * sizeof *names + 1);
    if (names == NULL) {
        binder->diagnostics->has_failed = true;
        return;
    }
    count = 0;
    for (size_t i = 0; i < table_count; i++)
        for (uint32_t j = 0; j < tables[i].count; j++)
            names[count++] = gw_option_at(&tables[i], j)->name;
    gw_options_check_names(binder, names, count, map);
}
