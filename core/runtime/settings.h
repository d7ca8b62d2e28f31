/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of the bootstrap file that are the core's own, as option tables like those of the plugins: bound, described
 * and put into the schema by the same code. Says what there is and what it defaults to, not what it does. Static
 * storage, any thread.
 */
#ifndef GW_RUNTIME_SETTINGS_H
#define GW_RUNTIME_SETTINGS_H

#include <gangway/abi.h>
#include <gangway/option.h>

#include <stddef.h>
#include <stdint.h>

/* X(name, key in the file, port of its plugins) */
#define GW_SECTION_LIST(X)                    \
    X(REPOSITORY, "repository", REPOSITORY)   \
    X(ENTRYPOINTS, "entrypoints", ENTRYPOINT) \
    X(PUBLISHERS, "publishers", PUBLISHER)    \
    X(NOTIFIERS, "notifiers", NOTIFIER)

enum gw_section {
#define GW_SECTION_ENUM(name, key, port) GW_SECTION_##name,
    GW_SECTION_LIST(GW_SECTION_ENUM)
#undef GW_SECTION_ENUM
        GW_SECTION_COUNT
};

/* The core's keys of a component, beside the plugin's own. Every section's struct begins with the plugin's name. */
struct gw_repository_settings {
    const char *plugin;
    uint32_t migrate; /* 0: `run` finds the schema as it must be, or stops */
};

enum gw_dedupe { GW_DEDUPE_POSITION, GW_DEDUPE_ID };

struct gw_entrypoint_settings {
    const char *plugin;
    int64_t workers;
    int64_t turn;     /* messages in one turn at the most */
    int64_t max_dead; /* bisected messages in a row before the worker stops */
    uint32_t dedupe;  /* enum gw_dedupe */
};

/* Publishers and notifiers: what a relay has to know. */
struct gw_delivery_settings {
    const char *plugin;
    int64_t backoff_ms;     /* the first wait after a failure; doubles */
    int64_t backoff_max_ms; /* the longest */
    int64_t timeout_ms;     /* of one publish or send */
    int64_t batch;          /* publishers: rows that are published together; notifiers: 1 */
    int64_t give_up_ms;     /* notifiers: how long a notice is tried; publishers: 0, for ever */
};

union gw_settings {
    const char *plugin;
    struct gw_repository_settings repository;
    struct gw_entrypoint_settings entrypoint;
    struct gw_delivery_settings delivery;
};

/* `log.format`: AUTO is plain on a terminal, else JSON. `log.level` counts as enum gw_log_level does. */
enum gw_log_choice { GW_LOG_CHOICE_AUTO, GW_LOG_CHOICE_JSON, GW_LOG_CHOICE_PLAIN };

/* What stands outside the components. */
struct gw_file_settings {
    const char *service;
    const char *plugin_dir; /* `plugins.dir`, absolute; NULL: not said */
    int64_t inbox_keep_ms;
    uint32_t log_level;
    uint32_t log_format; /* enum gw_log_choice */
};

/* One map of the file and the options in it. */
struct gw_settings_table {
    const char *key; /* where the map stands in the file; NULL: at the top */
    const struct gw_option *options;
    uint32_t option_count;
};

struct gw_section_spec {
    const char *key;
    enum gw_port port;
    const char *port_word;
    struct gw_settings_table table; /* fills a union gw_settings */
};

const struct gw_section_spec *gw_section_spec(enum gw_section section);

/* The maps outside the components, the top one first; each fills a struct gw_file_settings. */
const struct gw_settings_table *gw_file_tables(size_t *ret_count);

#endif
