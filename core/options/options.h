/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Option tables: reading them, and binding a map of the bootstrap file to one. Binding fills the config struct that the
 * table describes, defaults included, and adds a finding for each error; it does not stop at the first. A finding names
 * the key, the error and what was expected, never the value, which may be a secret.
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

/* count options, each stride bytes after the previous one; a plugin built with newer headers has a longer struct. */
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

/* The name of a type, such as `duration`; "unknown" for an unknown type. */
const char *gw_option_type_word(uint32_t type);

/* Whether a value of the type is a NUL-terminated text in the config struct. */
bool gw_option_type_is_text(uint32_t type);

/* Whether the option has limits in addition to those of its type. */
bool gw_option_has_range(const struct gw_option *option);

/* Appends the limits, where there are any, as values of the type: `, from 1KiB to 64MiB`. */
void gw_option_append_range(const struct gw_option *option, struct gw_buffer *buffer);

/* Appends what a value must be, with its range: `a whole number, from 1 to 64`. */
void gw_option_append_expected(const struct gw_option *option, struct gw_buffer *buffer);

/* An {env:} or {file:} that an option has as its value, or as an item of it. */
struct gw_option_reference {
    const char *option; /* its name */
    const char *text;   /* as in the file: `{env: NAME}` */
    bool is_resolved;   /* false: the config has a placeholder, or the default */
};

struct gw_binder {
    struct gw_arena *arena;
    struct gw_diagnostics *diagnostics;
    const char *folder;    /* relative paths are relative to it */
    bool resolves_secrets; /* false: placeholders replace {env:} and {file:}, and a missing value is a warning */
    uint32_t unresolved;   /* the number of placeholders */

    /* Every reference that was bound so far, in the arena. */
    struct gw_option_reference *references;
    size_t reference_count;
    size_t reference_capacity;
};

/* A place in the file. */
struct gw_place {
    uint32_t line;
    uint32_t column;
};

/* Fills config, which must be zeroed, from the keys of map that the table has, and with defaults. A missing required
 * option is reported at place. map NULL: only defaults. */
void gw_options_bind(struct gw_binder *binder, const struct gw_option_table *table, const struct gw_yaml_node *map,
                     struct gw_place place, void *config);

/* Reports every key of map that is not one of the names. */
void gw_options_check_names(struct gw_binder *binder, const char *const *names, size_t count,
                            const struct gw_yaml_node *map);

/* The same for the names of the options of all tables. */
void gw_options_check_keys(struct gw_binder *binder, const struct gw_option_table *tables, size_t table_count,
                           const struct gw_yaml_node *map);

#endif
