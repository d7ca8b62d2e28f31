/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin: one shared object that exports one symbol, gw_plugin_descriptor, a constant.
 *
 *     folder = shared object = descriptor name · no mutable statics: many instances live in one process · nothing
 *     runs before the core has accepted the file, so no constructors · the library is never unloaded
 *
 * `gangway plugin verify FILE.so` runs the loader's checks on a file; the contract suite of its port shows whether it
 * does what the port's header says.
 */
#ifndef GANGWAY_PLUGIN_H
#define GANGWAY_PLUGIN_H

#include <gangway/abi.h>
#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/lint.h>
#include <gangway/option.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gw_plugin {
    uint32_t magic;       /* GW_PLUGIN_MAGIC */
    uint32_t struct_size; /* sizeof(struct gw_plugin) in the plugin */
    uint16_t abi_major;   /* GW_ABI_MAJOR, GW_ABI_MINOR of the headers that it was compiled with */
    uint16_t abi_minor;
    uint16_t port_major; /* GW_<PORT>_MAJOR, GW_<PORT>_MINOR */
    uint16_t port_minor;
    uint32_t port;       /* enum gw_port: exactly one */
    uint32_t features;   /* bits that the port's header names */
    const char *name;    /* the name of the shared object without .so */
    const char *version; /* the plugin's own */
    const char *summary; /* one line for `gangway plugins` */
    const void *ops;     /* struct gw_<port>_ops, which starts with its own size */
    const struct gw_option *options;
    uint32_t option_count;
    uint32_t option_size; /* sizeof(struct gw_option) in the plugin: the stride of options */
    uint32_t config_size; /* sizeof the config struct: the core allocates it, cleared, and fills it */
    uint32_t reserved;    /* 0 */

    /*
     * MUST. Allocates an instance, of options that lint has found well. Does not connect, and touches nothing outside.
     * host and config are valid until close has returned. Called on the main thread. OK; CONFIG: there is something on
     * this machine that keeps it from running; NOMEM. On failure *ret_self is untouched and everything is given back.
     */
    enum gw_status (*open)(const struct gw_host *host, const void *config, void **ret_self, struct gw_error *reterr);

    /* MUST. Ends the instance: what was not settled goes back to where it came from. NULL is fine. No other slot is
     * running or will be called. On the main thread, unless the port says otherwise. */
    void (*close)(void *self);

    /*
     * MAY. Reports what is wrong with the options, follows from the bootstrap file alone and cannot be said in the
     * option table: all of it, not only the first. Without network, files or an instance; secrets may be unknown
     * (gw_lint.is_known). Called on the main thread, whenever a file is read: `run` refuses what `lint` finds. OK;
     * CONFIG: some finding refuses the file; NOMEM.
     */
    enum gw_status (*lint)(const void *config, const struct gw_lint *lint);
};

/* The exported symbol; declare it so that it is visible and constant. */
#define GW_PLUGIN_EXPORT __attribute__((visibility("default")))
extern GW_PLUGIN_EXPORT const struct gw_plugin gw_plugin_descriptor;

#ifdef __cplusplus
}
#endif

#endif
