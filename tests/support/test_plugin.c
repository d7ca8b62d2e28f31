/* SPDX-License-Identifier: Apache-2.0 */
/* The test's loader and binder: enough of the core's for a plugin's options to be what an operator would write. */
#include "test_plugin.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noreturn, format(printf, 1, 2))) static void give_up(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    abort();
}

static void *keep(struct test_plugin *plugin, void *piece)
{
    if (piece == NULL)
        give_up("no memory");
    plugin->pieces = realloc(plugin->pieces, (plugin->piece_count + 1) * sizeof *plugin->pieces);
    if (plugin->pieces == NULL)
        give_up("no memory");
    plugin->pieces[plugin->piece_count++] = piece;
    return piece;
}

void test_plugin_load(struct test_plugin *plugin, const char *name, enum gw_port port)
{
    const char *other = getenv("GANGWAY_TEST_PLUGINS"); /* a folder with a plugin that has a bug */
    const char *folder = other != NULL ? other : GANGWAY_PLUGIN_DIR;
    char path[4096];

    memset(plugin, 0, sizeof *plugin);
    if (strchr(name, '/') != NULL)
        (void)snprintf(path, sizeof path, "%s", name);
    else
        (void)snprintf(path, sizeof path, "%s/%s.so", folder, name);
    plugin->library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (plugin->library == NULL)
        give_up("%s", dlerror());
    plugin->descriptor = dlsym(plugin->library, "gw_plugin_descriptor");
    if (plugin->descriptor == NULL)
        give_up("%s exports no gw_plugin_descriptor", path);
    if (plugin->descriptor->magic != GW_PLUGIN_MAGIC || plugin->descriptor->port != (uint32_t)port)
        give_up("%s is no plugin of port %d", path, (int)port);
}

/* ---- options */

static const struct gw_option *option_at(const struct gw_plugin *descriptor, uint32_t index)
{
    return (const struct gw_option *)(const void *)((const char *)descriptor->options +
                                                    (size_t)index * descriptor->option_size);
}

static const struct gw_option *find_option(const struct gw_plugin *descriptor, const char *key, size_t len)
{
    for (uint32_t i = 0; i < descriptor->option_count; i++) {
        const struct gw_option *option = option_at(descriptor, i);

        if (strlen(option->name) == len && memcmp(option->name, key, len) == 0)
            return option;
    }
    give_up("%s has no option %.*s", descriptor->name, (int)len, key);
}

struct unit {
    const char *word;
    int64_t factor;
};

/* A number with one of the units, the last of which has no word. */
static int64_t measure(const char *value, const struct unit *units)
{
    char *end;
    long long number = strtoll(value, &end, 10);

    while (units->word != NULL && strcmp(units->word, end) != 0)
        units++;
    if (units->word == NULL || end == value)
        give_up("%s is not a number with a unit", value);
    return number * units->factor;
}

static int64_t number_of(const struct gw_option *option, const char *value)
{
    static const struct unit durations[] = {{"ms", 1},      {"s", 1000},     {"m", 60000},
                                            {"h", 3600000}, {"d", 86400000}, {NULL, 0}};
    static const struct unit sizes[] = {{"B", 1},     {"KiB", 1024},   {"MiB", 1 << 20}, {"GiB", 1 << 30},
                                        {"kB", 1000}, {"MB", 1000000}, {NULL, 0}};
    static const struct unit none[] = {{"", 1}, {NULL, 0}};

    if (option->type == GW_OPTION_DURATION)
        return measure(value, durations);
    return measure(value, option->type == GW_OPTION_SIZE ? sizes : none);
}

static uint32_t choice_of(const struct gw_option *option, const char *value)
{
    const char *at = option->choices;

    for (uint32_t index = 0; at != NULL && *at != '\0'; index++) {
        size_t len = strcspn(at, "|");

        if (strlen(value) == len && memcmp(at, value, len) == 0)
            return index;
        at += len + (at[len] == '|');
    }
    give_up("%s: %s is none of %s", option->name, value, option->choices);
}

static void bind_list(struct test_plugin *plugin, struct gw_option_list *list, const char *value)
{
    const char **items = keep(plugin, calloc(list->count + 1, sizeof *items));

    if (list->count > 0)
        memcpy(items, list->items, list->count * sizeof *items);
    items[list->count] = value;
    list->items = items;
    list->count++;
}

static void bind_map(struct test_plugin *plugin, struct gw_option_map *map, const char *key, const char *value)
{
    struct gw_option_pair *items = keep(plugin, calloc(map->count + 1, sizeof *items));

    if (map->count > 0)
        memcpy(items, map->items, map->count * sizeof *items);
    items[map->count] = (struct gw_option_pair){key, value};
    map->items = items;
    map->count++;
}

/* `orderid* ref/batchref`: the fields of a command, the required ones with a star, an alias behind a slash. */
static void bind_fields(struct test_plugin *plugin, struct gw_option_fields *fields, char *value)
{
    struct gw_option_field *items = keep(plugin, calloc(strlen(value) + 1, sizeof *items));
    char *rest = NULL;

    fields->items = items;
    for (char *word = strtok_r(value, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        struct gw_option_field *field = &items[fields->count++];
        size_t len = strlen(word);

        field->name = word;
        field->is_required = word[len - 1] == '*';
        if (field->is_required != 0)
            word[len - 1] = '\0';
        field->alias = strchr(word, '/') != NULL ? strchr(word, '/') + 1 : NULL;
        word[strcspn(word, "/")] = '\0';
    }
}

static void bind(struct test_plugin *plugin, const struct gw_option *option, const char *item, const char *text)
{
    void *field = (char *)plugin->config + option->offset;
    char *value = keep(plugin, strdup(text));

    switch (option->type) {
    case GW_OPTION_BOOL:
        *(uint32_t *)field = strcmp(value, "true") == 0;
        return;
    case GW_OPTION_INT:
    case GW_OPTION_DURATION:
    case GW_OPTION_SIZE:
        *(int64_t *)field = number_of(option, value);
        return;
    case GW_OPTION_FLOAT:
        *(double *)field = strtod(value, NULL);
        return;
    case GW_OPTION_CHOICE:
        *(uint32_t *)field = choice_of(option, value);
        return;
    case GW_OPTION_LIST:
        bind_list(plugin, field, value);
        return;
    case GW_OPTION_MAP:
        bind_map(plugin, field, keep(plugin, strdup(item)), value);
        return;
    case GW_OPTION_COMMAND:
        if (strcmp(item, "fields") == 0) {
            bind_fields(plugin, (void *)((char *)plugin->config + option->written), value);
            return;
        }
        break;
    default:
        break;
    }
    *(const char **)field = value;
}

/* As the option table writes it: a list is `[a, b]`. */
static void bind_default(struct test_plugin *plugin, const struct gw_option *option)
{
    char item[256];
    const char *at = option->fallback + strspn(option->fallback, "[ ");
    size_t len;

    if (option->type != GW_OPTION_LIST) {
        bind(plugin, option, "", option->fallback);
        return;
    }
    for (; (len = strcspn(at, ",]")) > 0; at += len + strspn(at + len, ", ")) {
        (void)snprintf(item, sizeof item, "%.*s", (int)len, at);
        bind(plugin, option, "", item);
    }
}

static void bind_setting(struct test_plugin *plugin, const char *setting)
{
    const char *equals = strchr(setting, '=');
    size_t name_len = strcspn(setting, ".=");
    char item[256] = "";

    if (equals == NULL)
        give_up("%s is not key=value", setting);
    if (setting[name_len] == '.')
        (void)snprintf(item, sizeof item, "%.*s", (int)(equals - setting - (ptrdiff_t)name_len - 1),
                       setting + name_len + 1);
    bind(plugin, find_option(plugin->descriptor, setting, name_len), item, equals + 1);
}

static bool is_named(const struct gw_option *option, const char *const *settings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcspn(settings[i], ".=") == strlen(option->name) &&
            strncmp(settings[i], option->name, strlen(option->name)) == 0)
            return true;
    }
    return false;
}

static void forget_pieces(struct test_plugin *plugin)
{
    for (size_t i = 0; i < plugin->piece_count; i++)
        free(plugin->pieces[i]);
    free(plugin->pieces);
    plugin->pieces = NULL;
    plugin->piece_count = 0;
    plugin->config = NULL;
}

void test_plugin_configure(struct test_plugin *plugin, const char *const *settings, size_t count)
{
    const struct gw_plugin *descriptor = plugin->descriptor;

    forget_pieces(plugin);
    plugin->config = keep(plugin, calloc(1, descriptor->config_size + 1));
    for (uint32_t i = 0; i < descriptor->option_count; i++) {
        const struct gw_option *option = option_at(descriptor, i);

        if (option->fallback != NULL && !is_named(option, settings, count))
            bind_default(plugin, option);
        else if ((option->flags & GW_OPTION_REQUIRED) && !is_named(option, settings, count))
            give_up("%s needs %s=...", descriptor->name, option->name);
    }
    for (size_t i = 0; i < count; i++)
        bind_setting(plugin, settings[i]);
}

static int32_t is_known(const struct gw_lint *lint, struct gw_text option, struct gw_text key)
{
    (void)lint;
    (void)option;
    (void)key;
    return 1;
}

static void keep_first(const struct gw_lint *lint, int32_t status, struct gw_text option, struct gw_text key,
                       struct gw_text finding)
{
    struct gw_error *error = lint->context;

    (void)option;
    (void)key;
    if (status != GW_OK && error->status == GW_OK)
        (void)gw_error_set(error, (enum gw_status)status, "%.*s", (int)finding.len, finding.ptr);
}

enum gw_status test_plugin_lint(const struct test_plugin *plugin, struct gw_error *reterr)
{
    struct gw_lint lint = {.size = sizeof lint, .context = reterr, .is_known = is_known, .line = keep_first};
    enum gw_status status = GW_OK;

    *reterr = (struct gw_error){0};
    if (plugin->descriptor->lint != NULL)
        status = plugin->descriptor->lint(plugin->config, &lint);
    if (status != (enum gw_status)reterr->status)
        give_up("lint returned %d and reported %d", (int)status, (int)reterr->status);
    return status;
}

uint32_t test_plugin_render(const struct test_plugin *plugin, const char *text,
                            struct gw_rendered ret_rendered[TEST_TEMPLATES_MAX])
{
    const struct gw_plugin *descriptor = plugin->descriptor;
    uint32_t count = 0;

    for (uint32_t i = 0; i < descriptor->option_count; i++) {
        const struct gw_option *option =
            (const void *)((const char *)descriptor->options + (size_t)i * descriptor->option_size);

        if (option->type == GW_OPTION_TEMPLATE && count < TEST_TEMPLATES_MAX)
            ret_rendered[count++] = (struct gw_rendered){gw_text_of(option->name), gw_text_of(text)};
    }
    return count;
}

void test_plugin_done(struct test_plugin *plugin)
{
    forget_pieces(plugin);
}
