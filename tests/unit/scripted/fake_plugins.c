/* SPDX-License-Identifier: Apache-2.0 */
/* The descriptors, and in place of the real loader one that finds them by name. */
#include "fake_plugins.h"

#include "plugin/loader.h"

#include <gangway/port/entrypoint.h>
#include <gangway/port/repository.h>
#include <gangway/scope.h>

#include <stddef.h>

struct path_config {
    const char *path;
};

struct console_config {
    const char *text;
};

struct chat_config {
    const char *also;
    const char *channel;
    struct gw_option_list tags;
    const char *text;
};

static const struct gw_option reader_options[] = {
    {.name = "path",
     .help = "The file to read.",
     .type = GW_OPTION_PATH,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_DASH | GW_OPTION_IDENTITY,
     .offset = offsetof(struct fake_reader_config, path)},
    {.name = "follow",
     .help = "Whether to wait for more at its end.",
     .type = GW_OPTION_BOOL,
     .fallback = "false",
     .offset = offsetof(struct fake_reader_config, follow)},
};

static const struct gw_option writer_options[] = {
    {.name = "path",
     .help = "The file to append to.",
     .type = GW_OPTION_PATH,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_DASH,
     .offset = offsetof(struct path_config, path)},
};

static const struct gw_option console_options[] = {
    {.name = "text",
     .help = "What is said.",
     .type = GW_OPTION_TEMPLATE,
     .offset = offsetof(struct console_config, text)},
};

static const struct gw_option mail_options[] = {
    {.name = "url",
     .help = "The mail server.",
     .type = GW_OPTION_TEXT,
     .flags = GW_OPTION_REQUIRED,
     .offset = offsetof(struct fake_mail_config, url)},
    {.name = "password",
     .help = "What opens it.",
     .type = GW_OPTION_SECRET,
     .offset = offsetof(struct fake_mail_config, password)},
    {.name = "to",
     .help = "Who gets the mail.",
     .type = GW_OPTION_LIST,
     .item_type = GW_OPTION_RECIPIENT,
     .offset = offsetof(struct fake_mail_config, to)},
    {.name = "subject",
     .help = "The subject.",
     .type = GW_OPTION_TEMPLATE,
     .fallback = "About {sku}",
     .offset = offsetof(struct fake_mail_config, subject)},
    {.name = "text",
     .help = "The body.",
     .type = GW_OPTION_TEMPLATE,
     .escape = GW_ESCAPE_JSON,
     .offset = offsetof(struct fake_mail_config, text)},
};

static const struct gw_option clashing_options[] = {
    {.name = "timeout", .help = "How long.", .type = GW_OPTION_TEXT, .offset = offsetof(struct path_config, path)},
};

static const struct gw_option chat_options[] = {
    {.name = "also", .help = "Who else.", .type = GW_OPTION_RECIPIENT, .offset = offsetof(struct chat_config, also)},
    {.name = "channel",
     .help = "Where.",
     .type = GW_OPTION_RECIPIENT,
     .fallback = "#stock",
     .offset = offsetof(struct chat_config, channel)},
    {.name = "tags",
     .help = "What it is about.",
     .type = GW_OPTION_LIST,
     .item_type = GW_OPTION_TEXT,
     .offset = offsetof(struct chat_config, tags)},
    {.name = "text",
     .help = "The message, which only one event has the fields for.",
     .type = GW_OPTION_TEMPLATE,
     .fallback = "{sku} of {batchref}",
     .offset = offsetof(struct chat_config, text)},
};

#define PLUGIN(plugin_name, plugin_port, bits, table, config)                                                          \
    {                                                                                                                  \
        .magic = GW_PLUGIN_MAGIC, .struct_size = sizeof(struct gw_plugin), .name = plugin_name, .version = "1.2",      \
        .summary = "A fake | for tests.", .port = plugin_port, .features = bits, .options = table,                     \
        .option_count = gw_array_length(table), .option_size = sizeof(struct gw_option), .config_size = sizeof(config) \
    }

static const struct gw_plugin plugins[] = {
    PLUGIN("clashing_writer", GW_PORT_PUBLISHER, 0, clashing_options, struct path_config),
    PLUGIN("console_notifier", GW_PORT_NOTIFIER, 0, console_options, struct console_config),
    PLUGIN("jsonl_reader", GW_PORT_ENTRYPOINT, GW_ENTRYPOINT_SINGLE, reader_options, struct fake_reader_config),
    PLUGIN("jsonl_writer", GW_PORT_PUBLISHER, 0, writer_options, struct path_config),
    {.name = "memory_repository",
     .version = "1.2",
     .summary = "A fake.",
     .port = GW_PORT_REPOSITORY,
     .features = GW_REPOSITORY_OUTBOX | GW_REPOSITORY_INBOX | GW_REPOSITORY_NOTICES,
     .option_size = sizeof(struct gw_option)},
    {.name = "plain_repository",
     .version = "1.2",
     .summary = "A fake.",
     .port = GW_PORT_REPOSITORY,
     .option_size = sizeof(struct gw_option)},
    PLUGIN("smtp_notifier", GW_PORT_NOTIFIER, 0, mail_options, struct fake_mail_config),
};

/* What a directory would not list. */
static const struct gw_plugin hidden_plugins[] = {
    PLUGIN("chat_notifier", GW_PORT_NOTIFIER, 0, chat_options, struct chat_config),
    PLUGIN("shared_reader", GW_PORT_ENTRYPOINT, 0, reader_options, struct fake_reader_config),
    PLUGIN("stray_plugin", 99, 0, reader_options, struct fake_reader_config),
};

const struct gw_plugin *fake_plugin(const char *name)
{
    for (size_t i = 0; i < gw_array_length(hidden_plugins); i++)
        if (strcmp(hidden_plugins[i].name, name) == 0)
            return &hidden_plugins[i];
    for (size_t i = 0; i < gw_array_length(plugins); i++)
        if (strcmp(plugins[i].name, name) == 0)
            return &plugins[i];
    return NULL;
}

const char *fake_plugin_replaced;

enum gw_status gw_loader_load(const char *plugin_dir, const char *name, const struct gw_plugin **ret_plugin,
                              struct gw_error *reterr)
{
    if (strcmp(name, "heavy_plugin") == 0)
        return gw_error_set(reterr, GW_NOMEM, "%s/%s.so: no memory to remember it", plugin_dir, name);
    *ret_plugin = fake_plugin(name);
    if (*ret_plugin == NULL)
        return gw_error_set(reterr, GW_CONFIG, "%s/%s.so: no such plugin", plugin_dir, name);
    return GW_OK;
}

bool gw_loader_is_current(const char *plugin_dir, const char *name)
{
    (void)plugin_dir;
    return fake_plugin_replaced == NULL || strcmp(name, fake_plugin_replaced) != 0;
}

enum gw_status gw_loader_list(const char *plugin_dir, const struct gw_loader_visitor *visitor, struct gw_error *reterr)
{
    const struct gw_error refused = {.status = GW_ABI, .text = "bad.so: it has no magic"};
    const struct gw_loader_entry bad = {"bad", NULL, &refused};
    enum gw_status status = visitor->entry(visitor->context, &bad);

    if (strcmp(plugin_dir, "nowhere") == 0)
        return gw_error_set(reterr, GW_CONFIG, "nowhere: no such directory");
    for (size_t i = 0; i < gw_array_length(plugins) && status == GW_OK; i++) {
        struct gw_loader_entry entry = {plugins[i].name, &plugins[i], NULL};

        status = visitor->entry(visitor->context, &entry);
    }
    return status;
}
