/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core's own keys of the bootstrap file, as option tables like those of the plugins: the same code binds them,
 * describes them and writes them into the schema. Static storage, any thread.
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

/* The core's keys of a component, in addition to the plugin's. The struct of each section begins with the plugin's
 * name.
 */
struct gw_repository_settings {
    const char *plugin;
    uint32_t migrate; /* 0: `run` does not migrate the schema, and refuses another version */
};

enum gw_dedupe { GW_DEDUPE_POSITION, GW_DEDUPE_ID, GW_DEDUPE_CONTENT };

struct gw_entrypoint_settings {
    const char *plugin;
    int64_t workers;
    int64_t turn;        /* the most messages of one turn */
    int64_t max_dead;    /* bisected messages in a row before the worker stops */
    uint32_t dedupe;     /* enum gw_dedupe */
    int64_t cache_bytes; /* of products, for each worker; 0: off */
    uint32_t paused;     /* 1: nothing is read */
};

/* The settings of a relay, for publishers and notifiers. */
struct gw_delivery_settings {
    const char *plugin;
    int64_t backoff_ms;     /* the first wait after a failure; each further one doubles */
    int64_t backoff_max_ms; /* the longest wait */
    int64_t timeout_ms;     /* of one publish or send */
    int64_t batch;          /* publishers: the most rows of one publish; notifiers: 0 */
    int64_t give_up_ms;     /* notifiers: how long a notice is tried; publishers: 0, they never give up */
    uint32_t paused;        /* 1: nothing is delivered */
};

/* `group` of a route. */
struct gw_group_settings {
    struct gw_option_list by; /* fields of the event; none: no events are told together */
    int64_t wait_ms;          /* how long a notice waits for further events */
    int64_t max;              /* the most events that it lists */
    int64_t repeat_ms; /* `repeat` of the route: not before so long after the last one that was sent; 0: whenever */
};

union gw_settings {
    const char *plugin;
    struct gw_repository_settings repository;
    struct gw_entrypoint_settings entrypoint;
    struct gw_delivery_settings delivery;
};

/* `log.format`: AUTO is plain on a terminal, else JSON. `log.level` counts as enum gw_log_level does. */
enum gw_log_choice { GW_LOG_CHOICE_AUTO, GW_LOG_CHOICE_JSON, GW_LOG_CHOICE_PLAIN };

/* The settings outside the components. */
struct gw_file_settings {
    const char *service;
    const char *plugin_dir; /* `plugins.dir`, absolute; NULL: not set */
    int64_t inbox_keep_ms;
    int64_t notify_keep_ms;
    const char *admin_listen; /* `admin.listen`, an address that gw_address_read accepts; NULL: not set */
    const char *admin_socket; /* `admin.socket`, absolute; NULL: not set */
    uint32_t log_level;
    uint32_t log_format; /* enum gw_log_choice */
};

/* One map of the file outside the components; its options fill a struct gw_file_settings. */
struct gw_settings_table {
    const char *key; /* the key of the map; NULL: the top level */
    struct gw_option_table table;
};

/* The maps outside the components, the top one first. */
const struct gw_settings_table *gw_file_tables(size_t *ret_count);

/* The keys of a route's `group`; its options fill a struct gw_group_settings. */
const struct gw_option_table *gw_group_table(void);

/* The other keys of a route that fill its struct gw_group_settings: `repeat`. */
const struct gw_option_table *gw_repeat_table(void);

enum { GW_SECTION_TABLES_MAX = 3 };

/* The option's name with the key of its map before it: `log.level`; map NULL: its name. NULL: no memory. */
const char *gw_setting_name(struct gw_arena *arena, const char *map, const struct gw_option *option);

struct gw_section_spec {
    const char *key;                                      /* of the section in the file */
    uint32_t port;                                        /* enum gw_port: of its plugins */
    const char *port_word;                                /* as in GW_PORT_LIST */
    struct gw_option_table tables[GW_SECTION_TABLES_MAX]; /* the core's keys of a component; fill a union gw_settings */
    size_t table_count;
};

const struct gw_section_spec *gw_section_spec(enum gw_section section);

/* The section of plugins of this port; NULL if there is no such port. */
const struct gw_section_spec *gw_section_spec_of_port(uint32_t port);

/* The first key of the core that a plugin's table also has, which would be ambiguous; NULL if there is none. */
const char *gw_section_clash(const struct gw_section_spec *section, const struct gw_option_table *options);

#endif
