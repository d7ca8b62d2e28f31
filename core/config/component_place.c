/* SPDX-License-Identifier: Apache-2.0 */
/* Each text names plugin and options; a value follows its length, so that no value can look like another option. */
#include "config/component_place.h"

#include "options/option_text.h"
#include "options/options.h"

#include <gangway/port/entrypoint.h>

#include <string.h>

struct place_writer {
    struct gw_arena *arena;
    const struct gw_component *component;
    struct gw_buffer text;
    struct gw_buffer value;
    const char **exclusive;
    size_t exclusive_count;
};

static void begin_text(struct place_writer *writer)
{
    gw_buffer_reset(&writer->text);
    gw_buffer_append_string(&writer->text, writer->component->plugin->name);
}

/* False: the option is not set. */
static bool append_option(struct place_writer *writer, const struct gw_option *option)
{
    bool is_set;

    gw_buffer_reset(&writer->value);
    is_set = gw_option_append_value(option, writer->component->config, &writer->value);
    gw_buffer_append_format(&writer->text, " %s", option->name);
    if (is_set)
        gw_buffer_append_format(&writer->text, "=%zu:", writer->value.len);
    gw_buffer_append(&writer->text, writer->value.ptr, writer->value.len);
    if (writer->value.has_failed)
        writer->text.has_failed = true;
    return is_set;
}

/* NULL: no memory. */
static const char *end_text(const struct place_writer *writer)
{
    return writer->text.has_failed ? NULL : gw_arena_copy(writer->arena, writer->text.ptr, writer->text.len);
}

static bool is_single(const struct gw_component *component)
{
    return component->section == GW_SECTION_ENTRYPOINTS && (component->plugin->features & GW_ENTRYPOINT_SINGLE) != 0;
}

static enum gw_status write_identity(struct place_writer *writer, const struct gw_option_table *table,
                                     const char **ret_identity)
{
    size_t count = 0;

    begin_text(writer);
    for (uint32_t i = 0; i < table->count; i++)
        if ((gw_option_at(table, i)->flags & GW_OPTION_IDENTITY) != 0) {
            (void)append_option(writer, gw_option_at(table, i));
            count++;
        }
    if (count == 0)
        return GW_OK;
    *ret_identity = end_text(writer);
    if (*ret_identity != NULL && is_single(writer->component))
        writer->exclusive[writer->exclusive_count++] = *ret_identity;
    return *ret_identity != NULL ? GW_OK : GW_NOMEM;
}

static enum gw_status write_exclusive(struct place_writer *writer, const struct gw_option_table *table)
{
    for (uint32_t i = 0; i < table->count; i++) {
        if ((gw_option_at(table, i)->flags & GW_OPTION_EXCLUSIVE) == 0)
            continue;
        begin_text(writer);
        if (!append_option(writer, gw_option_at(table, i)))
            continue;
        writer->exclusive[writer->exclusive_count] = end_text(writer);
        if (writer->exclusive[writer->exclusive_count++] == NULL)
            return GW_NOMEM;
    }
    return GW_OK;
}

static enum gw_status write_place(struct place_writer *writer, struct gw_component_place *place)
{
    struct gw_option_table table = gw_option_table_of(writer->component->plugin);
    enum gw_status status;

    writer->exclusive = gw_arena_alloc(writer->arena, (table.count + 1) * sizeof *writer->exclusive);
    if (writer->exclusive == NULL)
        return GW_NOMEM;
    status = write_identity(writer, &table, &place->identity);
    if (status == GW_OK)
        status = write_exclusive(writer, &table);
    place->exclusive = writer->exclusive;
    place->exclusive_count = writer->exclusive_count;
    return status;
}

enum gw_status gw_component_place_make(struct gw_arena *arena, const struct gw_component *component,
                                       struct gw_component_place *ret_place)
{
    struct place_writer writer = {.arena = arena, .component = component};
    enum gw_status status = GW_OK;

    *ret_place = (struct gw_component_place){NULL, NULL, 0};
    gw_buffer_init(&writer.text, SIZE_MAX);
    gw_buffer_init(&writer.value, SIZE_MAX);
    if (component->plugin != NULL)
        status = write_place(&writer, ret_place);
    gw_buffer_done(&writer.text);
    gw_buffer_done(&writer.value);
    return status;
}

static bool has_single_value(const struct gw_option *option)
{
    return option->type != GW_OPTION_LIST && option->type != GW_OPTION_MAP;
}

static enum gw_status write_claim(struct place_writer *writer, const struct gw_option *option, const char **ret_claim)
{
    struct gw_option_table table = gw_option_table_of(writer->component->plugin);

    begin_text(writer);
    if (!append_option(writer, option))
        return writer->text.has_failed ? GW_NOMEM : GW_OK;
    for (uint32_t i = 0; i < table.count; i++)
        if ((gw_option_at(&table, i)->flags & GW_OPTION_IDENTITY) != 0 && has_single_value(gw_option_at(&table, i)))
            (void)append_option(writer, gw_option_at(&table, i));
    *ret_claim = end_text(writer);
    return *ret_claim != NULL ? GW_OK : GW_NOMEM;
}

enum gw_status gw_component_claim(struct gw_arena *arena, const struct gw_component *component,
                                  const struct gw_option *option, const char **ret_claim)
{
    struct place_writer writer = {.arena = arena, .component = component};
    enum gw_status status;

    *ret_claim = NULL;
    if ((option->flags & GW_OPTION_EXCLUSIVE) == 0)
        return GW_OK;
    gw_buffer_init(&writer.text, SIZE_MAX);
    gw_buffer_init(&writer.value, SIZE_MAX);
    status = write_claim(&writer, option, ret_claim);
    gw_buffer_done(&writer.text);
    gw_buffer_done(&writer.value);
    return status;
}

bool gw_component_place_is_same(const struct gw_component_place *left, const struct gw_component_place *right)
{
    return left->identity != NULL && right->identity != NULL && strcmp(left->identity, right->identity) == 0;
}

bool gw_component_place_excludes(const struct gw_component_place *left, const struct gw_component_place *right)
{
    for (size_t i = 0; i < left->exclusive_count; i++)
        for (size_t j = 0; j < right->exclusive_count; j++)
            if (strcmp(left->exclusive[i], right->exclusive[j]) == 0)
                return true;
    return false;
}
