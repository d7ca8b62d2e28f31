/* SPDX-License-Identifier: Apache-2.0 */
/* Compares config structs option by option, each by its text; knows option tables, and no plugin by name. */
#include "config/component_changes.h"

#include "base/vector.h"
#include "config/component_files.h"
#include "options/option_text.h"
#include "options/options.h"

#include <string.h>

/* ---- one option on both sides --------------------------------------------------------------------------------- */

/* The values of one option, before and after. */
struct value_pair {
    struct gw_buffer texts[2];
    bool is_set[2];
    const char *written[2]; /* of a path */
};

static void pair_init(struct value_pair *pair)
{
    gw_buffer_init(&pair->texts[0], SIZE_MAX);
    gw_buffer_init(&pair->texts[1], SIZE_MAX);
}

static void pair_done(struct value_pair *pair)
{
    gw_buffer_done(&pair->texts[0]);
    gw_buffer_done(&pair->texts[1]);
}

static enum gw_status pair_read(struct value_pair *pair, const struct gw_option *option, const void *const configs[2])
{
    for (int side = 0; side < 2; side++) {
        gw_buffer_reset(&pair->texts[side]);
        pair->is_set[side] = gw_option_append_value(option, configs[side], &pair->texts[side]);
        pair->written[side] = gw_option_written(option, configs[side]);
    }
    return pair->texts[0].has_failed || pair->texts[1].has_failed ? GW_NOMEM : GW_OK;
}

static bool has_equal_texts(const struct value_pair *pair)
{
    return pair->is_set[0] == pair->is_set[1] &&
           gw_text_equal(gw_buffer_text(&pair->texts[0]), gw_buffer_text(&pair->texts[1]));
}

/* The name of a source contains the path as it is written, so `c` and `./c` are different paths. */
static bool is_written_alike(const struct value_pair *pair)
{
    const char *before = pair->written[0] != NULL ? pair->written[0] : "";
    const char *after = pair->written[1] != NULL ? pair->written[1] : "";

    return strcmp(before, after) == 0;
}

/* ---- references ----------------------------------------------------------------------------------------------- */

struct reference_list {
    const struct gw_option_reference *items;
    size_t count;
};

static const struct gw_option_reference *find_reference(const struct reference_list *list,
                                                        const struct gw_option *option)
{
    return gw_option_reference_of(option, list->items, list->count);
}

static bool is_unresolved(const struct gw_option_reference *reference)
{
    return reference != NULL && !reference->is_resolved;
}

/* Whether the whole value is, before and after, the contents of one file. */
static bool is_same_file(const struct gw_option *option, const struct gw_option_reference *before,
                         const struct gw_option_reference *after)
{
    return option->item_type == 0 && before != NULL && after != NULL && strcmp(before->text, after->text) == 0 &&
           strncmp(before->text, "{file:", strlen("{file:")) == 0;
}

/* ---- all options ---------------------------------------------------------------------------------------------- */

struct comparison {
    struct gw_arena *arena;
    struct reference_list references[2];
    const struct gw_component *components[2]; /* NULL: settings outside the components */
    const char *map;                          /* of the file, that the options are in; NULL: none */
    bool is_of_core;
    struct value_pair pair;
    struct gw_option_change *items;
    size_t count;
    size_t capacity;
};

/* The text of one side to show: NULL where it is not set. False: no memory. */
static bool copy_text(struct comparison *comparison, int side, const char **ret_text)
{
    const struct value_pair *pair = &comparison->pair;
    struct gw_text text = gw_buffer_text(&pair->texts[side]);

    if (has_equal_texts(pair) && pair->written[side] != NULL)
        text = gw_text_of(pair->written[side]);
    if (!pair->is_set[side])
        return true;
    *ret_text = gw_arena_copy(comparison->arena, text.len > 0 ? text.ptr : "", (size_t)text.len);
    return *ret_text != NULL;
}

static enum gw_status add_change(struct comparison *comparison, const struct gw_option_change *change)
{
    struct gw_option_change *items =
        gw_vector_grow(comparison->arena, comparison->items, comparison->count, &comparison->capacity, sizeof *items);

    if (items == NULL)
        return GW_NOMEM;
    items[comparison->count++] = *change;
    comparison->items = items;
    return GW_OK;
}

static bool has_other_contents(const struct comparison *comparison, const struct gw_option *option)
{
    const struct gw_component_file *files[2] = {NULL, NULL};

    for (int side = 0; side < 2 && comparison->components[side] != NULL; side++)
        files[side] = gw_component_file_of(comparison->components[side], option);
    return files[0] != NULL && files[1] != NULL &&
           memcmp(files[0]->digest, files[1]->digest, GW_FILE_DIGEST_BYTES) != 0;
}

static enum gw_status report_change(struct comparison *comparison, const struct gw_option *option)
{
    const struct gw_option_reference *before = find_reference(&comparison->references[0], option);
    const struct gw_option_reference *after = find_reference(&comparison->references[1], option);
    struct gw_option_change change = {.name = gw_setting_name(comparison->arena, comparison->map, option),
                                      .is_secret = gw_option_is_secret(option) || before != NULL || after != NULL,
                                      .is_unknown = is_unresolved(before) || is_unresolved(after),
                                      .is_reread = is_same_file(option, before, after),
                                      .is_contents =
                                          has_other_contents(comparison, option) && has_equal_texts(&comparison->pair),
                                      .is_identity = (option->flags & GW_OPTION_IDENTITY) != 0,
                                      .is_of_core = comparison->is_of_core};

    if (change.name == NULL)
        return GW_NOMEM;
    if (!change.is_secret && (!copy_text(comparison, 0, &change.before) || !copy_text(comparison, 1, &change.after)))
        return GW_NOMEM;
    return add_change(comparison, &change);
}

static enum gw_status compare_option(struct comparison *comparison, const struct gw_option *option,
                                     const void *const configs[2])
{
    bool is_unknown = is_unresolved(find_reference(&comparison->references[0], option)) ||
                      is_unresolved(find_reference(&comparison->references[1], option));
    enum gw_status status = pair_read(&comparison->pair, option, configs);

    if (status != GW_OK)
        return status;
    if (!is_unknown && has_equal_texts(&comparison->pair) && is_written_alike(&comparison->pair) &&
        !has_other_contents(comparison, option))
        return GW_OK;
    return report_change(comparison, option);
}

static enum gw_status compare_table(struct comparison *comparison, const struct gw_option_table *table,
                                    const void *before, const void *after)
{
    const void *const configs[2] = {before, after};
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < table->count && status == GW_OK; i++)
        status = compare_option(comparison, gw_option_at(table, i), configs);
    return status;
}

static bool is_same_plugin(const struct gw_component *before, const struct gw_component *after)
{
    return before->plugin != NULL && after->plugin != NULL && strcmp(before->plugin->name, after->plugin->name) == 0;
}

static enum gw_status compare_component(struct comparison *comparison, const struct gw_component *before,
                                        const struct gw_component *after)
{
    const struct gw_section_spec *section = gw_section_spec(after->section);
    struct gw_option_table options;
    enum gw_status status = GW_OK;

    comparison->is_of_core = true;
    for (size_t i = 0; i < section->table_count && status == GW_OK; i++)
        status = compare_table(comparison, &section->tables[i], &before->settings, &after->settings);
    if (status != GW_OK || !is_same_plugin(before, after))
        return status;
    comparison->is_of_core = false;
    options = gw_option_table_of(after->plugin);
    return compare_table(comparison, &options, before->config, after->config);
}

enum gw_status gw_component_changes(struct gw_arena *arena, const struct gw_component *before,
                                    const struct gw_component *after, struct gw_option_changes *ret_changes)
{
    struct comparison comparison = {
        .arena = arena,
        .references = {{before->references, before->reference_count}, {after->references, after->reference_count}},
        .components = {before, after}};
    enum gw_status status;

    pair_init(&comparison.pair);
    status = compare_component(&comparison, before, after);
    pair_done(&comparison.pair);
    if (status == GW_OK)
        *ret_changes = (struct gw_option_changes){comparison.items, comparison.count};
    return status;
}

enum gw_status gw_settings_changes(struct gw_arena *arena, const struct gw_bootstrap *before,
                                   const struct gw_bootstrap *after, struct gw_option_changes *ret_changes)
{
    struct comparison comparison = {
        .arena = arena,
        .references = {{before->references, before->reference_count}, {after->references, after->reference_count}},
        .is_of_core = true};
    size_t count;
    const struct gw_settings_table *tables = gw_file_tables(&count);
    enum gw_status status = GW_OK;

    pair_init(&comparison.pair);
    for (size_t i = 0; i < count && status == GW_OK; i++) {
        comparison.map = tables[i].key;
        status = compare_table(&comparison, &tables[i].table, &before->settings, &after->settings);
    }
    pair_done(&comparison.pair);
    if (status == GW_OK)
        *ret_changes = (struct gw_option_changes){comparison.items, comparison.count};
    return status;
}
