/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads a plugin for a contract suite: the descriptor from the shared object, and a config struct filled from texts
 * `key=value` by the plugin's own option table. Whatever is wrong fails the test that runs, or ends the program.
 *
 * Values are written as they would stand in the YAML: durations and sizes with units. A list takes its key several
 * times; a map takes `key.name=value`. The fields that a command brings are `command.fields=orderid* ref/batchref`:
 * required ones have a star, an alias stands behind a slash.
 */
#ifndef GW_TEST_PLUGIN_H
#define GW_TEST_PLUGIN_H

#include <gangway/plugin.h>
#include <gangway/port/publisher.h>

#include <stddef.h>

struct test_plugin {
    void *library;
    const struct gw_plugin *descriptor;
    void *config;  /* for descriptor->open */
    void **pieces; /* what config points to */
    size_t piece_count;
};

/* Loads NAME from the build tree's plugins, or the file when name holds a slash. The port must be this one. */
void test_plugin_load(struct test_plugin *plugin, const char *name, enum gw_port port);

/* Fills a new config from count texts; options that are not named get their defaults. */
void test_plugin_configure(struct test_plugin *plugin, const char *const *settings, size_t count);

/* Asks the plugin's lint about the config, all of which is known: GW_OK, or what it refuses first, in reterr. */
enum gw_status test_plugin_lint(const struct test_plugin *plugin, struct gw_error *reterr);

/* The texts that the core would render: this one for each template of the plugin. Returns how many there are. */
enum { TEST_TEMPLATES_MAX = 16 };
uint32_t test_plugin_render(const struct test_plugin *plugin, const char *text,
                            struct gw_rendered ret_rendered[TEST_TEMPLATES_MAX]);

/* Gives everything back; the library stays loaded. */
void test_plugin_done(struct test_plugin *plugin);

#endif
