/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Internal to bootstrap.h: the state while a file is read. Each part uses the results of the parts before it, adds its
 * findings, and continues with what is valid. Main thread.
 */
#ifndef GW_CONFIG_BOOTSTRAP_READER_H
#define GW_CONFIG_BOOTSTRAP_READER_H

#include "config/bootstrap.h"
#include "config/notice_trial.h"
#include "options/options.h"

/* A component, and the node that it was read from. */
struct gw_component_draft {
    struct gw_component component;
    const struct gw_yaml_node *node; /* the value of the id */
    bool has_wrong_options;
    bool is_routed;
};

struct gw_bootstrap_reader {
    struct gw_arena *arena;
    const struct gw_bootstrap_request *request;
    struct gw_diagnostics *diagnostics;
    struct gw_binder binder;
    const struct gw_yaml_node *root; /* a map */
    struct gw_component_draft *drafts;
    size_t draft_count;
    struct gw_bootstrap *bootstrap;
    struct gw_notice_trial *trial; /* made for the first template; NULL: there was none */
};

/* Adds an error at the position of node. */
#define gw_reader_error(reader, node, ...) \
    gw_diagnostics_add((reader)->diagnostics, GW_SEVERITY_ERROR, (node)->line, (node)->column, __VA_ARGS__)

/* The entry of key in map, or NULL. */
const struct gw_yaml_entry *gw_reader_entry(const struct gw_yaml_node *map, const char *key);

/* Memory from the arena that is set to zero, at least one byte. NULL: no memory, and the diagnostics have failed. */
void *gw_reader_alloc(struct gw_bootstrap_reader *reader, size_t count, size_t size);

/* Reads every component into a draft, in the order of the sections and of the file, and adds it to the model. */
void gw_reader_components(struct gw_bootstrap_reader *reader);

/* Finds the templates of a publisher whose config is bound. */
void gw_reader_publisher(struct gw_bootstrap_reader *reader, struct gw_component_draft *draft);

/* Finds the templates and recipients of a notifier whose config is bound. */
void gw_reader_notifier(struct gw_bootstrap_reader *reader, struct gw_component_draft *draft);

/* Reads the group of a route, if it has one, and how often its notices are repeated. */
void gw_reader_group(struct gw_bootstrap_reader *reader, const struct gw_yaml_node *route_map, struct gw_route *route);

/* Warns of components that exclude each other, by options with the flag EXCLUSIVE. */
void gw_reader_exclusive_options(struct gw_bootstrap_reader *reader);

/* Resolves the routes, and renders every template with every event that a route sends to it. */
void gw_reader_routes(struct gw_bootstrap_reader *reader);

#endif
