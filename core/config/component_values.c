/* SPDX-License-Identifier: Apache-2.0 */
/* Reads config structs option by option; knows option tables, and no plugin by name. */
#include "config/component_values.h"

#include "base/vector.h"
#include "options/option_text.h"
#include "options/options.h"

struct listing {
    struct gw_arena *arena;
    const struct gw_option_reference *references;
    size_t reference_count;
    struct gw_buffer text;
    struct gw_option_shown *items;
    size_t count;
    size_t capacity;
};

static enum gw_status add_value(struct listing *listing, const char *map, const struct gw_option *option)
{
    struct gw_option_shown shown = {
        .name = gw_setting_name(listing->arena, map, option),
        .is_secret = gw_option_is_secret(option) ||
                     gw_option_reference_of(option, listing->references, listing->reference_count) != NULL};
    struct gw_option_shown *items =
        gw_vector_grow(listing->arena, listing->items, listing->count, &listing->capacity, sizeof *items);

    if (!shown.is_secret)
        shown.text =
            gw_arena_copy(listing->arena, listing->text.len > 0 ? listing->text.ptr : "", (size_t)listing->text.len);
    if (items == NULL || shown.name == NULL || (!shown.is_secret && shown.text == NULL))
        return GW_NOMEM;
    items[listing->count++] = shown;
    listing->items = items;
    return GW_OK;
}

static enum gw_status list_table(struct listing *listing, const char *map, const struct gw_option_table *table,
                                 const void *config)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < table->count && status == GW_OK; i++) {
        const struct gw_option *option = gw_option_at(table, i);
        bool is_set;

        gw_buffer_reset(&listing->text);
        is_set = gw_option_append_value(option, config, &listing->text);
        if (listing->text.has_failed)
            return GW_NOMEM;
        if (is_set)
            status = add_value(listing, map, option);
    }
    return status;
}

static enum gw_status list_component(struct listing *listing, const struct gw_component *component)
{
    const struct gw_section_spec *section = gw_section_spec(component->section);
    struct gw_option_table options = gw_option_table_of(component->plugin);
    enum gw_status status = GW_OK;

    for (size_t i = 0; i < section->table_count && status == GW_OK; i++)
        status = list_table(listing, NULL, &section->tables[i], &component->settings);
    return status == GW_OK ? list_table(listing, NULL, &options, component->config) : status;
}

static enum gw_status list_settings(struct listing *listing, const struct gw_file_settings *settings)
{
    size_t count;
    const struct gw_settings_table *tables = gw_file_tables(&count);
    enum gw_status status = GW_OK;

    for (size_t i = 0; i < count && status == GW_OK; i++)
        status = list_table(listing, tables[i].key, &tables[i].table, settings);
    return status;
}

enum gw_status gw_component_values(struct gw_arena *arena, const struct gw_component *component,
                                   struct gw_option_values *ret_values)
{
    struct listing listing = {
        .arena = arena, .references = component->references, .reference_count = component->reference_count};
    enum gw_status status;

    gw_buffer_init(&listing.text, SIZE_MAX);
    status = list_component(&listing, component);
    gw_buffer_done(&listing.text);
    *ret_values = (struct gw_option_values){listing.items, listing.count};
    return status;
}

enum gw_status gw_settings_values(struct gw_arena *arena, const struct gw_bootstrap *bootstrap,
                                  struct gw_option_values *ret_values)
{
    struct listing listing = {
        .arena = arena, .references = bootstrap->references, .reference_count = bootstrap->reference_count};
    enum gw_status status;

    gw_buffer_init(&listing.text, SIZE_MAX);
    status = list_settings(&listing, &bootstrap->settings);
    gw_buffer_done(&listing.text);
    *ret_values = (struct gw_option_values){listing.items, listing.count};
    return status;
}
