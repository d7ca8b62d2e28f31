/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of settings.h: the only place with the core's keys, their defaults and their limits. */
#include "options/settings.h"

#include <gangway/scope.h>
#include <gangway/text.h>

#include <stdio.h>
#include <string.h>

enum { DAY_MS = 24 * 60 * 60 * 1000 };

static const struct gw_option plugin_options[] = {
    {.name = "plugin",
     .help = "The plugin: the name of its shared object without .so.",
     .type = GW_OPTION_TEXT,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY,
     .min = 1,
     .max = 255,
     .offset = offsetof(union gw_settings, plugin)},
};

static const struct gw_option repository_options[] = {
    {.name = "migrate",
     .help = "Whether `gangway run` migrates the schema; otherwise run `gangway migrate`.",
     .type = GW_OPTION_BOOL,
     .fallback = "true",
     .offset = offsetof(union gw_settings, repository.migrate)},
};

static const struct gw_option entrypoint_options[] = {
    {.name = "workers",
     .help = "How many workers, each with an instance of the plugin and a database session of its own.",
     .type = GW_OPTION_INT,
     .fallback = "1",
     .min = 1,
     .max = 64,
     .offset = offsetof(union gw_settings, entrypoint.workers)},
    {.name = "turn",
     .help = "The highest number of messages in one turn, which one commit applies.",
     .type = GW_OPTION_INT,
     .fallback = "2000",
     .min = 1,
     .max = 10000,
     .offset = offsetof(union gw_settings, entrypoint.turn)},
    {.name = "max_dead",
     .help = "A worker stops when the repository refuses more messages in a row than this.",
     .type = GW_OPTION_INT,
     .fallback = "20",
     .min = 1,
     .max = 1000000,
     .offset = offsetof(union gw_settings, entrypoint.max_dead)},
    {.name = "dedupe",
     .help = "How a repeated message is recognized: by its position; also by its id, at the cost of a row per message; "
             "or, if it has no id, by its content, so that an equal message is a repeat.",
     .type = GW_OPTION_CHOICE,
     .choices = "position|id|content",
     .fallback = "position",
     .offset = offsetof(union gw_settings, entrypoint.dedupe)},
    {.name = "cache",
     .help = "The memory of each worker's product cache; a cached product is not loaded again.",
     .type = GW_OPTION_SIZE,
     .flags = GW_OPTION_OFF,
     .fallback = "8MiB",
     .min = 256 * 1024,
     .max = INT64_C(64) * 1024 * 1024 * 1024,
     .offset = offsetof(union gw_settings, entrypoint.cache_bytes)},
    {.name = "paused",
     .help = "Whether nothing is read; positions stay where they are, and a run of finite inputs does not end.",
     .type = GW_OPTION_BOOL,
     .fallback = "false",
     .offset = offsetof(union gw_settings, entrypoint.paused)},
};

static const struct gw_option delivery_options[] = {
    {.name = "backoff",
     .help = "The first wait after a failure; each further one is twice as long.",
     .type = GW_OPTION_DURATION,
     .fallback = "1s",
     .min = 1,
     .max = DAY_MS,
     .offset = offsetof(union gw_settings, delivery.backoff_ms)},
    {.name = "backoff_max",
     .help = "The longest wait after a failure.",
     .type = GW_OPTION_DURATION,
     .fallback = "1m",
     .min = 1,
     .max = DAY_MS,
     .offset = offsetof(union gw_settings, delivery.backoff_max_ms)},
    {.name = "timeout",
     .help = "How long one attempt may take.",
     .type = GW_OPTION_DURATION,
     .fallback = "30s",
     .min = 1,
     .max = DAY_MS,
     .offset = offsetof(union gw_settings, delivery.timeout_ms)},
    {.name = "paused",
     .help = "Whether nothing is delivered; events wait in the outbox, also when a run of finite inputs ends.",
     .type = GW_OPTION_BOOL,
     .fallback = "false",
     .offset = offsetof(union gw_settings, delivery.paused)},
};

static const struct gw_option publisher_options[] = {
    {.name = "batch",
     .help = "The highest number of events in one send.",
     .type = GW_OPTION_INT,
     .fallback = "1000",
     .min = 1,
     .max = 10000,
     .offset = offsetof(union gw_settings, delivery.batch)},
};

static const struct gw_option notifier_options[] = {
    {.name = "give_up",
     .help = "How long a notice is tried before it becomes a dead letter.",
     .type = GW_OPTION_DURATION,
     .fallback = "1d",
     .min = 1,
     .max = INT64_C(366) * DAY_MS,
     .offset = offsetof(union gw_settings, delivery.give_up_ms)},
};

static const struct gw_option repeat_options[] = {
    {.name = "repeat",
     .help = "A recipient gets the next notice of a group at the earliest so long after the last one.",
     .type = GW_OPTION_DURATION,
     .fallback = "0s",
     .min = 0,
     .max = INT64_C(366) * DAY_MS,
     .offset = offsetof(struct gw_group_settings, repeat_ms)},
};

static const struct gw_option group_options[] = {
    {.name = "by",
     .help = "The fields of the event: events in which they are the same are told in one notice.",
     .type = GW_OPTION_LIST,
     .item_type = GW_OPTION_TEXT,
     .flags = GW_OPTION_REQUIRED,
     .min = 1,
     .max = 8,
     .offset = offsetof(struct gw_group_settings, by)},
    {.name = "wait",
     .help = "How long a notice waits for further events, from the first one on.",
     .type = GW_OPTION_DURATION,
     .fallback = "30s",
     .min = 1,
     .max = INT64_C(31) * DAY_MS,
     .offset = offsetof(struct gw_group_settings, wait_ms)},
    {.name = "max",
     .help = "The highest number of events that a notice lists; it counts all of them.",
     .type = GW_OPTION_INT,
     .fallback = "100",
     .min = 1,
     .max = 1000,
     .offset = offsetof(struct gw_group_settings, max)},
};

static const struct gw_option top_options[] = {
    {.name = "service",
     .help = "The name of this service in its events and logs.",
     .type = GW_OPTION_TEXT,
     .fallback = "gangway",
     .min = 1,
     .max = 255,
     .offset = offsetof(struct gw_file_settings, service)},
};

static const struct gw_option plugins_options[] = {
    {.name = "dir",
     .help = "The directory with the plugins.",
     .type = GW_OPTION_PATH,
     .offset = offsetof(struct gw_file_settings, plugin_dir)},
};

static const struct gw_option inbox_options[] = {
    {.name = "keep",
     .help = "How long message ids are kept; a later repeat is applied again.",
     .type = GW_OPTION_DURATION,
     .fallback = "7d",
     .min = 1000,
     .max = INT64_C(3660) * DAY_MS,
     .offset = offsetof(struct gw_file_settings, inbox_keep_ms)},
};

static const struct gw_option notify_options[] = {
    {.name = "keep",
     .help = "How long it is kept to whom a notice was sent, and with which answer.",
     .type = GW_OPTION_DURATION,
     .fallback = "7d",
     .min = 1000,
     .max = INT64_C(3660) * DAY_MS,
     .offset = offsetof(struct gw_file_settings, notify_keep_ms)},
};

static const struct gw_option admin_options[] = {
    {.name = "listen",
     .help = "HOST:PORT of a TCP listener for `/livez`, `/readyz` and `/metrics`; HOST is a number or localhost.",
     .type = GW_OPTION_TEXT,
     .min = 1,
     .max = 255,
     .offset = offsetof(struct gw_file_settings, admin_listen)},
    {.name = "socket",
     .help = "The Unix socket of the admin interface.",
     .type = GW_OPTION_PATH,
     .offset = offsetof(struct gw_file_settings, admin_socket)},
};

static const struct gw_option log_options[] = {
    {.name = "level",
     .help = "The least severe level that is logged.",
     .type = GW_OPTION_CHOICE,
     .choices = "error|warning|info|debug",
     .fallback = "info",
     .offset = offsetof(struct gw_file_settings, log_level)},
    {.name = "format",
     .help = "The format of records; auto is plain on a terminal, otherwise json.",
     .type = GW_OPTION_CHOICE,
     .choices = "auto|json|plain",
     .fallback = "auto",
     .offset = offsetof(struct gw_file_settings, log_format)},
};

#define TABLE_OF(options)                                           \
    {                                                               \
        options, gw_array_length(options), sizeof(struct gw_option) \
    }

static const struct gw_settings_table file_tables[] = {
    {NULL, TABLE_OF(top_options)},        {"plugins", TABLE_OF(plugins_options)}, {"inbox", TABLE_OF(inbox_options)},
    {"notify", TABLE_OF(notify_options)}, {"admin", TABLE_OF(admin_options)},     {"log", TABLE_OF(log_options)},
};

static const struct gw_option_table group_table = TABLE_OF(group_options);
static const struct gw_option_table repeat_table = TABLE_OF(repeat_options);

static const struct gw_section_spec section_specs[GW_SECTION_COUNT] = {
    [GW_SECTION_REPOSITORY] =
        {"repository", GW_PORT_REPOSITORY, "repository", {TABLE_OF(plugin_options), TABLE_OF(repository_options)}, 2},
    [GW_SECTION_ENTRYPOINTS] =
        {"entrypoints", GW_PORT_ENTRYPOINT, "entrypoint", {TABLE_OF(plugin_options), TABLE_OF(entrypoint_options)}, 2},
    [GW_SECTION_PUBLISHERS] = {"publishers",
                               GW_PORT_PUBLISHER,
                               "publisher",
                               {TABLE_OF(plugin_options), TABLE_OF(delivery_options), TABLE_OF(publisher_options)},
                               3},
    [GW_SECTION_NOTIFIERS] = {"notifiers",
                              GW_PORT_NOTIFIER,
                              "notifier",
                              {TABLE_OF(plugin_options), TABLE_OF(delivery_options), TABLE_OF(notifier_options)},
                              3},
};

const struct gw_section_spec *gw_section_spec(enum gw_section section)
{
    return &section_specs[section];
}

const struct gw_section_spec *gw_section_spec_of_port(uint32_t port)
{
    for (size_t i = 0; i < gw_array_length(section_specs); i++)
        if (section_specs[i].port == port)
            return &section_specs[i];
    return NULL;
}

const char *gw_section_clash(const struct gw_section_spec *section, const struct gw_option_table *options)
{
    for (size_t i = 0; i < section->table_count; i++)
        for (uint32_t j = 0; j < section->tables[i].count; j++) {
            const char *name = gw_option_at(&section->tables[i], j)->name;

            if (gw_option_find(options, gw_text_of(name)) != NULL)
                return name;
        }
    return NULL;
}

const struct gw_option_table *gw_group_table(void)
{
    return &group_table;
}

const struct gw_option_table *gw_repeat_table(void)
{
    return &repeat_table;
}

const struct gw_settings_table *gw_file_tables(size_t *ret_count)
{
    *ret_count = gw_array_length(file_tables);
    return file_tables;
}

const char *gw_setting_name(struct gw_arena *arena, const char *map, const struct gw_option *option)
{
    size_t size = strlen(option->name) + 1;
    char *name;

    if (map == NULL)
        return option->name;
    size += strlen(map) + 1;
    name = gw_arena_alloc(arena, size);
    if (name != NULL)
        (void)snprintf(name, size, "%s.%s", map, option->name);
    return name;
}
