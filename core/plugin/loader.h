/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugins: from a name or a file to a descriptor that was checked. Nothing of a plugin runs before its directory and
 * its file, which must be complete, were accepted; nothing of its descriptor is used before versions, slots and option
 * table were. A plugin that was loaded stays, with its descriptor, until the process ends.
 *
 * Knows no plugin and no business type by name, and nothing of the bootstrap file. Any thread.
 */
#ifndef GW_PLUGIN_LOADER_H
#define GW_PLUGIN_LOADER_H

#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/plugin.h>

/*
 * Loads plugin_dir/name.so. *ret_plugin lives for ever; the same file gives the same descriptor again, without looking
 * at the file a second time: what replaced it meanwhile waits for a restart.
 * CONFIG: the directory or the file is refused, is not there (the text names the nearest that is), or the system's
 * loader refuses it. ABI: it is no plugin, or one for another core. NOMEM. Each text names the file, what was found and
 * what was expected.
 */
enum gw_status gw_loader_load(const char *plugin_dir, const char *name, const struct gw_plugin **ret_plugin,
                              struct gw_error *reterr);

/*
 * Runs every check of gw_loader_load on the file at path and reports a line for each, passed (OK) or failed. Continues
 * after a failure where that is safe: all that can be said about the file, and nothing of it runs; all that can be said
 * about the descriptor. Returns OK, else the status of the first failure.
 */
enum gw_status gw_loader_verify(const char *path, const struct gw_report *report);

/* One file of a directory. Valid for the call of the visitor, plugin for ever. */
struct gw_loader_entry {
    const char *name;               /* the file's name without .so */
    const struct gw_plugin *plugin; /* NULL: refused */
    const struct gw_error *error;   /* why it was refused; NULL when it was not */
};

struct gw_loader_visitor {
    void *context;
    /* Anything but OK ends the listing, which returns that status. */
    enum gw_status (*entry)(void *context, const struct gw_loader_entry *entry);
};

/* Loads all that ends in .so in plugin_dir, sorted by name, and tells the visitor of each, refused or not. OK; CONFIG:
 * the directory cannot be read; NOMEM; what the visitor returned. */
enum gw_status gw_loader_list(const char *plugin_dir, const struct gw_loader_visitor *visitor, struct gw_error *reterr);

#endif
