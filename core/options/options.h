/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Option tables: reading them, and binding a map of the bootstrap file to one. Binding fills the config struct that the
 * table describes, defaults included, and adds a finding for everything that is wrong; it never stops at the first. A
 * finding says the key, what is wrong with its value and what was expected, never the value: it may be a secret.
 *
 * Knows types, not meanings. Main thread; what a config points to is in the binder's arena.
 */
#ifndef GW_OPTIONS_OPTIONS_H
#define GW_OPTIONS_OPTIONS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "yaml/diagnostics.h"
#include "yaml/yaml.h"

#include <gangway/option.h>
#include <gangway/plugin.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* count options, each stride bytes after the one before, as for plugins that know a longer struct than we do. */
struct gw_option_table {
    const struct gw_option *options;
    uint32_t count;
    uint32_t stride;
};

struct gw_option_table gw_option_table_of(const struct gw_plugin *plugin);

/* The option at index, which must be below count. */
const struct gw_option *gw_option_at(const struct gw_option_table *table, uint32_t index);

/* The option of this name, or NULL. */
const struct gw_option *gw_option_find(const struct gw_option_table *table, struct gw_text name);

/* The word for a type, such as `duration`; "unknown" when there is none. */
const char *gw_option_type_word(uint32_t type);

/* Whether values of the type are NUL-terminated texts in the config struct. */
bool gw_option_type_is_text(uint32_t type);

/* Whether there are limits beside the type's own. */
bool gw_option_has_range(const struct gw_option *option);

/* Appends what a value must be, range included: `a whole number, from 1 to 64`. */
void gw_option_append_expected(const struct gw_option *option, struct gw_buffer *buffer);

struct gw_binder {
    struct gw_arena *arena;
    struct gw_diagnostics *diagnostics;
    const char *folder;    /* what relative paths are seen from */
    bool resolves_secrets; /* false: placeholders stand for {env:} and {file:}, and a missing one is a warning */
    uint32_t unresolved;   /* counts placeholders */
};

/* A place in the file. */
struct gw_place {
    uint32_t line;
    uint32_t column;
};

/* Fills config, which is zeroed, from the keys of map that the table has, and with defaults. What is required and not
 * there is reported at place. map NULL: only defaults. */
void gw_options_bind(struct gw_binder *binder, const struct gw_option_table *table, const struct gw_yaml_node *map,
                     struct gw_place place, void *config);

/* Reports every key of map that is none of the names. */
void gw_options_check_names(struct gw_binder *binder, const char *const *names, size_t count,
                            const struct gw_yaml_node *map);

/* The same for the names of the options of all tables. */
void gw_options_check_keys(struct gw_binder *binder, const struct gw_option_table *tables, size_t table_count,
                           const struct gw_yaml_node *map);

#endif
