/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One function per rule, in the order of the members of struct gw_option. The first broken rule of an option is
 * reported. Strings are read only if they are in loaded memory. Any thread.
 */
#include "plugin/option_check.h"

#include "options/settings.h"
#include "plugin/loaded_memory.h"

#include <gangway/scope.h>

#include <stddef.h>

enum {
    OPTION_SIZE_MIN = offsetof(struct gw_option, written) + sizeof(uint32_t), /* the size in abi 1.0 */
    OPTION_SIZE_MAX = 1024,
    OPTION_COUNT_MAX = 256,
    CONFIG_SIZE_MAX = 1024 * 1024,
    OPTION_FLAGS = GW_OPTION_REQUIRED | GW_OPTION_DASH | GW_OPTION_OFF | GW_OPTION_IDENTITY | GW_OPTION_EXCLUSIVE |
                   GW_OPTION_CONTENTS,
    SHOWN_MAX = 80
};

/* The size and alignment of each option type in the config struct. */
struct option_type {
    uint32_t size;
    uint32_t alignment;
};

#define TYPE(c_type)                     \
    {                                    \
        sizeof(c_type), _Alignof(c_type) \
    }

static const struct option_type types[] = {
    [GW_OPTION_BOOL] = TYPE(uint32_t),
    [GW_OPTION_INT] = TYPE(int64_t),
    [GW_OPTION_FLOAT] = TYPE(double),
    [GW_OPTION_DURATION] = TYPE(int64_t),
    [GW_OPTION_SIZE] = TYPE(int64_t),
    [GW_OPTION_TEXT] = TYPE(const char *),
    [GW_OPTION_SECRET] = TYPE(const char *),
    [GW_OPTION_PATH] = TYPE(const char *),
    [GW_OPTION_CHOICE] = TYPE(uint32_t),
    [GW_OPTION_LIST] = TYPE(struct gw_option_list),
    [GW_OPTION_MAP] = TYPE(struct gw_option_map),
    [GW_OPTION_COMMAND] = TYPE(const char *),
    [GW_OPTION_RECIPIENT] = TYPE(const char *),
    [GW_OPTION_TEMPLATE] = TYPE(const char *),
};

struct option_check {
    struct gw_inspection *inspection;
    const struct gw_plugin *plugin;
    const struct gw_option *option;
    uint32_t index;
};

static const struct gw_option *option_at(const struct gw_plugin *plugin, uint32_t index)
{
    return (const void *)((const char *)plugin->options + (size_t)index * plugin->option_size);
}

GW_PRINTF(2, 3)
static bool fail(const struct option_check *check, const char *format, ...)
{
    char name[SHOWN_MAX];
    char text[GW_ERROR_TEXT_MAX / 2];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return gw_inspection_fail(check->inspection, GW_ABI, "options", "its option %u ('%s') %s", check->index,
                              gw_loaded_show(check->option->name, name, sizeof name), text);
}

/* A first byte above 'z' is none of the span, which then is empty. */
bool gw_table_name_is_plain(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

    return name[0] >= 'a' && name[len] == '\0' && name[len - 1] != '_' && strstr(name, "__") == NULL;
}

/* The bootstrap file has the core's own keys of a component beside the plugin's options, so a plugin must not use them.
 */
static bool is_core_key(uint32_t port, const char *name)
{
    const struct gw_section_spec *section = gw_section_spec_of_port(port);

    for (size_t i = 0; section != NULL && i < section->table_count; i++) {
        if (gw_option_find(&section->tables[i], gw_text_of(name)) != NULL)
            return true;
    }
    return false;
}

static bool check_name(const struct option_check *check)
{
    const char *name = check->option->name;

    if (!gw_loaded_is_string(name))
        return fail(check, "has no name");
    if (!gw_table_name_is_plain(name))
        return fail(check, "has a name that is not lower-case words joined by '_'");
    if (is_core_key(check->plugin->port, name))
        return fail(check, "has the name of one of the core's own keys");
    for (uint32_t i = 0; i < check->index; i++) {
        const char *other = option_at(check->plugin, i)->name;

        if (gw_loaded_is_string(other) && strcmp(other, name) == 0)
            return fail(check, "has the same name as option %u", i);
    }
    return true;
}

static bool check_texts(const struct option_check *check)
{
    const struct gw_option *option = check->option;

    if (!gw_loaded_is_string(option->help) || option->help[0] == '\0')
        return fail(check, "has no help, expected a sentence");
    if (option->fallback != NULL && !gw_loaded_is_string(option->fallback))
        return fail(check, "has a default that is no string");
    if (option->fallback != NULL && (option->flags & GW_OPTION_REQUIRED) != 0)
        return fail(check, "is required and has a default, expected one of both");
    return true;
}

static bool is_known_type(uint32_t type)
{
    return type < gw_array_length(types) && types[type].size != 0;
}

/* The type of an option's text: the type of the items, if it has items. */
static uint32_t leaf_type(const struct gw_option *option)
{
    return option->item_type != 0 ? option->item_type : option->type;
}

static bool check_type(const struct option_check *check)
{
    const struct gw_option *option = check->option;
    bool has_items = option->type == GW_OPTION_LIST || option->type == GW_OPTION_MAP;

    if (!is_known_type(option->type))
        return fail(check, "has type %u, expected 1 to %zu", option->type, gw_array_length(types) - 1);
    if (has_items && !gw_option_type_is_text(option->item_type))
        return fail(check, "is a list or a map with items of type %u, expected a text-like type", option->item_type);
    if (!has_items && option->item_type != 0)
        return fail(check, "has items of type %u and is neither a list nor a map", option->item_type);
    return true;
}

/* Words joined by `|`: none is empty, and none comes twice. */
static bool are_choices(const char *choices)
{
    const char *word = choices;

    for (;;) {
        size_t len = strcspn(word, "|");

        if (len == 0)
            return false;
        for (const char *other = choices; other < word; other += strcspn(other, "|") + 1) {
            if (strcspn(other, "|") == len && memcmp(other, word, len) == 0)
                return false;
        }
        if (word[len] == '\0')
            return true;
        word += len + 1;
    }
}

static bool check_choices(const struct option_check *check)
{
    const struct gw_option *option = check->option;

    if (option->type != GW_OPTION_CHOICE && option->choices != NULL)
        return fail(check, "has choices and is not of type choice");
    if (option->type == GW_OPTION_CHOICE && !gw_loaded_is_string(option->choices))
        return fail(check, "is of type choice and has no choices");
    if (option->type == GW_OPTION_CHOICE && !are_choices(option->choices))
        return fail(check, "has choices that are not different words joined by '|'");
    return true;
}

static bool check_range(const struct option_check *check)
{
    const struct gw_option *option = check->option;
    bool is_unlimited =
        option->type == GW_OPTION_BOOL || option->type == GW_OPTION_FLOAT || option->type == GW_OPTION_CHOICE;

    if (is_unlimited && (option->min != 0 || option->max != 0))
        return fail(check, "has a range, and its type has none");
    if (option->min > option->max)
        return fail(check, "has a minimum of %lld above its maximum of %lld", (long long)option->min,
                    (long long)option->max);
    if (option->min < 0 && option->type != GW_OPTION_INT)
        return fail(check, "has a minimum of %lld, expected 0 at least", (long long)option->min);
    return true;
}

static bool check_flags(const struct option_check *check)
{
    const struct gw_option *option = check->option;

    if ((option->flags & ~(uint32_t)OPTION_FLAGS) != 0)
        return fail(check, "has flags 0x%x, expected only bits of 0x%x", option->flags, (unsigned)OPTION_FLAGS);
    if ((option->flags & GW_OPTION_DASH) != 0 && leaf_type(option) != GW_OPTION_PATH)
        return fail(check, "may be '-' and is no path");
    if ((option->flags & GW_OPTION_CONTENTS) != 0 && option->type != GW_OPTION_PATH)
        return fail(check, "is compared by its contents and is no path");
    if ((option->flags & GW_OPTION_OFF) != 0 && option->type != GW_OPTION_SIZE && option->type != GW_OPTION_DURATION)
        return fail(check, "may be 'off' and is neither size nor duration");
    if (option->escape > GW_ESCAPE_URL)
        return fail(check, "has escape %u, expected 0 to %d", option->escape, GW_ESCAPE_URL);
    if (option->escape != GW_ESCAPE_NONE && leaf_type(option) != GW_OPTION_TEMPLATE)
        return fail(check, "has an escape and is no template");
    if (option->written != 0 && option->type != GW_OPTION_PATH && option->type != GW_OPTION_COMMAND)
        return fail(check, "wants a second value and is neither a path nor a command");
    return true;
}

/* A range of bytes in the config struct. It has 64 bits, because the offsets of a broken table may have any value. */
struct place {
    uint64_t offset;
    uint32_t size;
    uint32_t alignment;
};

enum { PLACES_MAX = 2 };

/* The place of an option's value, and of what else the binder writes for it. Returns the number of places. */
static size_t option_places(const struct gw_option *option, struct place places[PLACES_MAX])
{
    if (!is_known_type(option->type))
        return 0;
    places[0] = (struct place){option->offset, types[option->type].size, types[option->type].alignment};
    if (option->type == GW_OPTION_COMMAND)
        places[1] = (struct place){option->written, sizeof(struct gw_option_fields), _Alignof(struct gw_option_fields)};
    else
        places[1] = (struct place){option->written, sizeof(const char *), _Alignof(const char *)};
    return option->written != 0 ? 2 : 1;
}

static bool is_taken(const struct place *place, const struct gw_option *other)
{
    struct place places[PLACES_MAX];
    size_t count = option_places(other, places);

    for (size_t i = 0; i < count; i++) {
        if (place->offset < places[i].offset + places[i].size && places[i].offset < place->offset + place->size)
            return true;
    }
    return false;
}

/* A place must lie inside the config struct, be aligned, and belong to one option only. */
static bool check_place(const struct option_check *check, const struct place *place)
{
    if (place->offset + place->size > check->plugin->config_size)
        return fail(check, "takes %u bytes at offset %llu, and the config struct has %u", place->size,
                    (unsigned long long)place->offset, check->plugin->config_size);
    if (place->offset % place->alignment != 0)
        return fail(check, "is at offset %llu, expected a multiple of %u", (unsigned long long)place->offset,
                    place->alignment);
    for (uint32_t i = 0; i < check->index; i++) {
        if (is_taken(place, option_at(check->plugin, i)))
            return fail(check, "takes the place of option %u in the config struct", i);
    }
    return true;
}

static bool check_places(const struct option_check *check)
{
    struct place places[PLACES_MAX];
    size_t count = option_places(check->option, places);

    if (count == PLACES_MAX && places[0].offset == places[1].offset)
        return fail(check, "has one place for its value and for how it is written");
    for (size_t i = 0; i < count; i++) {
        if (!check_place(check, &places[i]))
            return false;
    }
    return true;
}

static bool check_option(const struct option_check *check)
{
    return check_name(check) && check_texts(check) && check_type(check) && check_choices(check) && check_range(check) &&
           check_flags(check) && check_places(check);
}

static bool check_table(struct gw_inspection *inspection, const struct gw_plugin *plugin)
{
    if (plugin->config_size > CONFIG_SIZE_MAX)
        return gw_inspection_fail(inspection, GW_ABI, "options", "its config struct has %u bytes, expected %d at most",
                                  plugin->config_size, CONFIG_SIZE_MAX);
    if (plugin->option_count == 0)
        return true;
    if (plugin->option_count > OPTION_COUNT_MAX)
        return gw_inspection_fail(inspection, GW_ABI, "options", "it has %u options, expected %d at most",
                                  plugin->option_count, OPTION_COUNT_MAX);
    if (plugin->option_size < OPTION_SIZE_MIN || plugin->option_size > OPTION_SIZE_MAX ||
        plugin->option_size % _Alignof(struct gw_option) != 0)
        return gw_inspection_fail(inspection, GW_ABI, "options",
                                  "its options say that they have %u bytes each, expected %d or a little more",
                                  plugin->option_size, OPTION_SIZE_MIN);
    if (plugin->options == NULL)
        return gw_inspection_fail(inspection, GW_ABI, "options", "its option table is NULL, expected %u options",
                                  plugin->option_count);
    if ((uintptr_t)plugin->options % _Alignof(struct gw_option) != 0 ||
        gw_loaded_readable(plugin->options) / plugin->option_size < plugin->option_count)
        return gw_inspection_fail(inspection, GW_ABI, "options",
                                  "its table of %u options of %u bytes lies in no memory of a loaded object",
                                  plugin->option_count, plugin->option_size);
    return true;
}

bool gw_option_table_check(struct gw_inspection *inspection, const struct gw_plugin *plugin)
{
    bool is_well = true;

    if (!check_table(inspection, plugin))
        return false;
    for (uint32_t i = 0; i < plugin->option_count; i++) {
        struct option_check check = {
            .inspection = inspection, .plugin = plugin, .option = option_at(plugin, i), .index = i};

        is_well = check_option(&check) && is_well;
    }
    if (is_well)
        (void)gw_inspection_pass(inspection, "options", "%u, each with a place of its own in %u bytes",
                                 plugin->option_count, plugin->config_size);
    return is_well;
}
