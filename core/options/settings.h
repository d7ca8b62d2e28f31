/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of the bootstrap file that are the core's own, as option tables like those of the plugins: bound, described
 * and put into the schema by the same code. Says what there is and what it defaults to, not what it does. Static
 * storage, any thread.
 */
#ifndef GW_OPTIONS_SETTINGS_H
#define GW_OPTIONS_SETTINGS_H

#include "options/options.h"

#include <gangway/abi.h>

#include <stddef.h>
#include <stdint.h>

enum gw_section {
    GW_SECTION_REPOSITORY,
    GW_SECTION_ENTRYPOINTS,
    GW_SECTION_PUBLISHERS,
    GW_SECTION_NOTIFIERS,
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
    int64_t turn;        /* messages in one turn at the most */
    int64_t max_dead;    /* bisected messages in a row before the worker stops */
    uint32_t dedupe;     /* enum gw_dedupe */
    int64_t cache_bytes; /* of products, for each worker; 0: off */
};

/* Publishers and notifiers: what a relay has to know. */
struct gw_delivery_settings {
    const char *plugin;
    int64_t backoff_ms;     /* the first wait after a failure; doubles */
    int64_t backoff_max_ms; /* the longest */
    int64_t timeout_ms;     /* of one publish or send */
    int64_t batch;          /* publishers: rows that are published together; notifiers: 0 */
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

/* One map of the file outside the components; its options fill a struct gw_file_settings. */
struct gw_settings_table {
    const char *key; /* where the map stands; NULL: at the top */
    struct gw_option_table table;
};

/* The maps outside the components, the top one first. */
const struct gw_settings_table *gw_file_tables(size_t *ret_count);

enum { GW_SECTION_TABLES_MAX = 3 };

struct gw_section_spec {
    const char *key;                                      /* of the section in the file */
    uint32_t port;                                        /* enum gw_port: of its plugins */
    const char *port_word;                                /* as in GW_PORT_LIST */
    struct gw_option_table tables[GW_SECTION_TABLES_MAX]; /* the core's keys of a component; fill a union gw_settings */
    size_t table_count;
};

const struct gw_section_spec *gw_section_spec(enum gw_section section);

/* The section that plugins of this port belong to; NULL when there is no such port. */
const struct gw_section_spec *gw_section_spec_of_port(uint32_t port);

/* The first key of the core that a plugin's table has as well, which would mean two things; NULL when there is none. */
const char *gw_section_clash(const struct gw_section_spec *section, const struct gw_option_table *options);

#endif
