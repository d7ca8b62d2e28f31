/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loader: finds a plugin by name or file, and returns its checked descriptor. No code of a plugin runs before its
 * directory and its file were accepted, and the file must be complete. Nothing of its descriptor is used before
 * versions, slots and option table were accepted. A loaded plugin stays loaded, with its descriptor, until the process
 * ends.
 *
 * Knows no plugin and no business type by name, and nothing of the bootstrap file. Any thread.
 */
#ifndef GW_PLUGIN_LOADER_H
#define GW_PLUGIN_LOADER_H

#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/plugin.h>

#include <stdbool.h>

/*
 * Loads plugin_dir/name.so. *ret_plugin is valid until the process ends. The same path gives the same descriptor again
 * without a second check: a replaced file takes effect after a restart.
 *
 * CONFIG: the directory or the file is refused, the file does not exist (the text names the nearest existing one), or
 * the dynamic linker refuses it. ABI: the file is not a plugin, or a plugin for another core. NOMEM. Each text names
 * the file, what was found and what was expected.
 */
enum gw_status gw_loader_load(const char *plugin_dir, const char *name, const struct gw_plugin **ret_plugin,
                              struct gw_error *reterr);

/* Whether the file of a loaded plugin is still the one that was loaded: it was neither replaced nor rewritten nor
 * removed. True also if no such plugin was loaded. */
bool gw_loader_is_current(const char *plugin_dir, const char *name);

/*
 * Runs every check of gw_loader_load on the file at path, and reports a line for each that passed or failed. It
 * continues after a failure where that is safe: if the file is refused, it runs nothing of it; if the descriptor is
 * refused, it reports all findings about the descriptor. Returns OK, or the status of the first failure.
 */
enum gw_status gw_loader_verify(const char *path, const struct gw_report *report);

/* One file of a directory. Borrowed for the call of the visitor; plugin is valid until the process ends. */
struct gw_loader_entry {
    const char *name;               /* the file's name without .so */
    const struct gw_plugin *plugin; /* NULL: refused */
    const struct gw_error *error;   /* why it was refused; NULL: it was not */
};

struct gw_loader_visitor {
    void *context;
    /* A status other than OK ends the listing, which returns it. */
    enum gw_status (*entry)(void *context, const struct gw_loader_entry *entry);
};

/* Loads every file of plugin_dir that ends in .so, sorted by name, and reports each to the visitor, refused or not. OK;
 * CONFIG: the directory cannot be read; NOMEM; what the visitor returned. */
enum gw_status gw_loader_list(const char *plugin_dir, const struct gw_loader_visitor *visitor, struct gw_error *reterr);

#endif
