/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translates option types to JSON Schema. An editor parses the YAML by its own rules, so a value that is text for
 * Gangway may be a number for the editor. No state of its own.
 */
#include "cli/verbs/schema_option.h"

#include "options/options.h"
#include "options/value.h"
#include "service/catalog.h"

#include <stdio.h>

static void write_pair(struct gw_json_writer *writer, const char *key, const char *value)
{
    gw_json_write_key(writer, key);
    gw_json_write_string(writer, value);
}

static void write_bound(struct gw_json_writer *writer, const char *key, int64_t bound)
{
    gw_json_write_key(writer, key);
    gw_json_write_int(writer, bound);
}

static void write_range(struct gw_json_writer *writer, const struct gw_option *option, const char *min_key,
                        const char *max_key)
{
    if (!gw_option_has_range(option))
        return;
    write_bound(writer, min_key, option->min);
    write_bound(writer, max_key, option->max);
}

/* ---- the members that describe a scalar ----------------------------------------------------------------------- */

/* An editor that uses YAML 1.1 parses `off` as false. */
static void write_measure(struct gw_json_writer *writer, const struct gw_option *option, const char *units)
{
    bool may_be_off = (option->flags & GW_OPTION_OFF) != 0;
    char pattern[96];

    (void)snprintf(pattern, sizeof pattern, may_be_off ? "^(off|(0|[1-9][0-9]*)(%s))$" : "^(0|[1-9][0-9]*)(%s)$",
                   units);
    gw_json_write_key(writer, "type");
    gw_json_write_raw(writer, may_be_off ? "[\"string\", \"boolean\"]" : "\"string\"");
    write_pair(writer, "pattern", pattern);
    if (!may_be_off)
        return;
    gw_json_write_key(writer, "not");
    gw_json_write_raw(writer, "{\"const\": true}");
}

static void write_choices(struct gw_json_writer *writer, const char *choices)
{
    const char *at = choices;
    struct gw_text word;

    gw_json_write_key(writer, "enum");
    gw_json_write_open(writer, '[');
    while (gw_value_next_word(&at, &word))
        gw_json_write_text(writer, word);
    gw_json_write_close(writer, ']');
}

static void write_commands(struct gw_json_writer *writer)
{
    size_t count;
    const struct gw_command_spec *specs = gw_command_specs(&count);

    gw_json_write_key(writer, "enum");
    gw_json_write_open(writer, '[');
    gw_json_write_string(writer, "auto");
    for (size_t i = 0; i < count; i++)
        gw_json_write_string(writer, specs[i].name);
    gw_json_write_close(writer, ']');
}

/* Gangway counts bytes, a schema counts characters: a character has one to four bytes. */
static void write_text(struct gw_json_writer *writer, const struct gw_option *option)
{
    gw_json_write_key(writer, "type");
    gw_json_write_raw(writer, "[\"string\", \"number\", \"boolean\"]");
    if (!gw_option_has_range(option))
        return;
    write_bound(writer, "minLength", (option->min + 3) / 4);
    write_bound(writer, "maxLength", option->max);
}

static void write_form(struct gw_json_writer *writer, const struct gw_option *option)
{
    switch (option->type) {
    case GW_OPTION_BOOL:
        write_pair(writer, "type", "boolean");
        break;
    case GW_OPTION_INT:
        write_pair(writer, "type", "integer");
        write_range(writer, option, "minimum", "maximum");
        break;
    case GW_OPTION_FLOAT:
        write_pair(writer, "type", "number");
        break;
    case GW_OPTION_DURATION:
        write_measure(writer, option, gw_value_duration_units());
        break;
    case GW_OPTION_SIZE:
        write_measure(writer, option, gw_value_size_units());
        break;
    case GW_OPTION_CHOICE:
        write_choices(writer, option->choices);
        break;
    case GW_OPTION_COMMAND:
        write_commands(writer);
        break;
    default:
        write_text(writer, option);
    }
}

/* A scalar or a reference to one. */
static void write_scalar_members(struct gw_json_writer *writer, const struct gw_option *option)
{
    gw_json_write_key(writer, "anyOf");
    gw_json_write_open(writer, '[');
    gw_json_write_open(writer, '{');
    write_form(writer, option);
    gw_json_write_close(writer, '}');
    gw_json_write_raw(writer, "{\"$ref\": \"#/$defs/reference\"}");
    gw_json_write_close(writer, ']');
}

/* ---- collections ---------------------------------------------------------------------------------------------- */

static void write_item(struct gw_json_writer *writer, const char *key, const struct gw_option *option)
{
    struct gw_option item = {.type = option->item_type};

    gw_json_write_key(writer, key);
    gw_json_write_open(writer, '{');
    write_scalar_members(writer, &item);
    gw_json_write_close(writer, '}');
}

static void write_members(struct gw_json_writer *writer, const struct gw_option *option)
{
    if (option->type == GW_OPTION_LIST) {
        write_pair(writer, "type", "array");
        write_item(writer, "items", option);
        write_range(writer, option, "minItems", "maxItems");
    } else if (option->type == GW_OPTION_MAP) {
        write_pair(writer, "type", "object");
        write_item(writer, "additionalProperties", option);
        write_range(writer, option, "minProperties", "maxProperties");
    } else {
        write_scalar_members(writer, option);
    }
}

/* ---- defaults ------------------------------------------------------------------------------------------------- */

static void write_default_list(struct gw_json_writer *writer, const struct gw_yaml_node *list)
{
    gw_json_write_open(writer, '[');
    for (uint32_t i = 0; i < list->count; i++)
        gw_json_write_text(writer, list->items[i]->text);
    gw_json_write_close(writer, ']');
}

static void write_default_map(struct gw_json_writer *writer, const struct gw_yaml_node *map)
{
    gw_json_write_open(writer, '{');
    for (uint32_t i = 0; i < map->count; i++)
        write_pair(writer, map->entries[i].key->text.ptr, map->entries[i].value->text.ptr);
    gw_json_write_close(writer, '}');
}

/* Whether the text of the default is also valid JSON: the grammars of these types are subsets of JSON's. */
static bool is_json(const struct gw_option *option)
{
    struct gw_text text = gw_text_of(option->fallback);
    uint32_t boolean;
    int64_t integer;
    double number;

    switch (option->type) {
    case GW_OPTION_BOOL:
        return gw_value_bool(text, &boolean, NULL) == GW_OK;
    case GW_OPTION_INT:
        return gw_value_int(text, &integer, NULL) == GW_OK;
    case GW_OPTION_FLOAT:
        return gw_value_float(text, &number, NULL) == GW_OK;
    default:
        return false;
    }
}

static void write_default(struct gw_json_writer *writer, struct gw_arena *arena, const struct gw_option *option)
{
    const struct gw_yaml_node *node = NULL;
    bool is_collection = option->type == GW_OPTION_LIST || option->type == GW_OPTION_MAP;

    if (is_collection && gw_yaml_parse(arena, option->name, gw_text_of(option->fallback), &node, NULL) != GW_OK)
        return;
    gw_json_write_key(writer, "default");
    if (is_json(option))
        gw_json_write_raw(writer, option->fallback);
    else if (!is_collection)
        gw_json_write_string(writer, option->fallback);
    else if (node->kind == GW_YAML_MAP)
        write_default_map(writer, node);
    else
        write_default_list(writer, node);
}

void gw_schema_write_option(struct gw_json_writer *writer, struct gw_arena *arena, const struct gw_option *option)
{
    gw_json_write_open(writer, '{');
    write_pair(writer, "description", option->help);
    write_members(writer, option);
    if (option->fallback != NULL)
        write_default(writer, arena, option);
    gw_json_write_close(writer, '}');
}

void gw_schema_write_definitions(struct gw_json_writer *writer)
{
    gw_json_write_key(writer, "reference");
    gw_json_write_raw(writer, "{\"description\": \"Where the value is: a variable of the environment, or a file.\", "
                              "\"type\": \"object\", \"minProperties\": 1, \"maxProperties\": 1, \"properties\": {"
                              "\"env\": {\"type\": \"string\", \"minLength\": 1}, "
                              "\"file\": {\"type\": \"string\", \"minLength\": 1}}, \"additionalProperties\": false}");
}
