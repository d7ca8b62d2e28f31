/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugins without shared objects: descriptors with the option tables of a small gateway, and a loader that knows only
 * them. What is tested with them reads descriptors and opens nothing.
 *
 *     memory_repository, plain_repository (keeps no outbox), jsonl_reader, jsonl_writer, console_notifier,
 *     smtp_notifier, clashing_writer (has an option that is the core's)
 *
 * and not listed: chat_notifier (its recipients are single options, its default template needs a batch), shared_reader
 * (admits several workers), stray_plugin (is of no port), heavy_plugin (there is no memory to load it)
 */
#ifndef GW_TEST_FAKE_PLUGINS_H
#define GW_TEST_FAKE_PLUGINS_H

#include <gangway/option.h>
#include <gangway/plugin.h>

struct fake_reader_config {
    const char *path;
    uint32_t follow;
};

struct fake_mail_config {
    const char *url;
    const char *password;
    struct gw_option_list to;
    const char *subject;
    const char *text;
};

/* The name of a plugin whose file was replaced after it was loaded; NULL: none. */
extern const char *fake_plugin_replaced;

/* The descriptor of a fake plugin. */
const struct gw_plugin *fake_plugin(const char *name);

#endif
