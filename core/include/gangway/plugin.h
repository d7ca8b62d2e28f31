/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin: one shared object that exports one symbol, gw_plugin_descriptor, a constant. The descriptor names the port
 * that the plugin implements, the versions of the headers that it was built with, its options and its functions.
 *
 *     const struct gw_plugin gw_plugin_descriptor = {
 *         GW_PLUGIN(NOTIFIER),
 *         .name = "log_notifier",
 *         .version = "1.0.0",
 *         .summary = "Writes notices to the gateway's log",
 *         .ops = &log_ops,
 *         GW_PLUGIN_OPTIONS(log_options, struct log_config),
 *         .open = log_open,
 *         .close = log_close,
 *         .check = log_check,
 *     };
 *
 * Life cycle
 *
 *   file       The loader checks directory, file, descriptor, operations and option table before it calls anything.
 *              A file that was loaded stays loaded until the process ends.
 *   lint       The core has filled a config struct from the bootstrap file. lint reports what is wrong with it.
 *   open       Makes an instance. One plugin has as many instances as components name it, times `workers` for an
 *              entrypoint; they share nothing but the code.
 *   check      Connects, looks, reports, disconnects. Called by `gangway check` on an instance made for it, which then
 *              is closed without having worked.
 *   work       The slots of the port (gangway/port/...): poll, publish, send, open_session.
 *   close      Ends the instance and gives everything back.
 *
 * Threads
 *
 *   open and check may be called on any thread, one call at a time per instance, before the instance's own thread
 *   starts. Different instances may be opened and checked at the same time on different threads. So both may use no
 *   thread-local state that work relies on, and no variable that two instances share. The header of each port says
 * which thread calls its slots and close.
 *
 * Ownership
 *
 *   The host table and the config struct belong to the core and are valid from open until close has returned: an
 *   instance may keep both pointers. What a plugin allocates, it frees. Whatever else is handed in is borrowed for the
 *   call, unless its header says otherwise.
 *
 * Names
 *
 *   Folder, shared object and descriptor have the same name. A plugin has no mutable statics, since many instances live
 *   in one process, and no constructors, since nothing may run before the core has accepted the file.
 *
 * `gangway plugin verify FILE.so` runs the loader's checks on a file. The contract suite of its port shows whether a
 * plugin does what the port's header says.
 */
#ifndef GANGWAY_PLUGIN_H
#define GANGWAY_PLUGIN_H

#include <gangway/abi.h>
#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/lint.h>
#include <gangway/metric.h>
#include <gangway/option.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The descriptor. Fields that are not set are 0 or NULL; GW_PLUGIN and GW_PLUGIN_OPTIONS set those that are the same
 * for every plugin. */
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
    uint32_t option_size;            /* sizeof(struct gw_option) in the plugin: the stride of options */
    uint32_t config_size;            /* sizeof the config struct: the core allocates it, cleared, and fills it */
    uint32_t reserved;               /* 0 */
    const struct gw_metric *metrics; /* NULL: it measures nothing */
    uint32_t metric_count;
    uint32_t metric_size; /* sizeof(struct gw_metric) in the plugin: the stride of metrics */

    /*
     * MUST. Allocates an instance for options that lint has accepted. Connects nothing and touches nothing outside of
     * the process, so it needs no time worth mentioning. Any thread, as described above.
     * OK: *ret_self is the instance.
     * CONFIG: something on this machine keeps it from running: a file that an option names, a library's refusal.
     * NOMEM.
     * On failure *ret_self is untouched and everything is given back.
     */
    enum gw_status (*open)(const struct gw_host *host, const void *config, void **ret_self, struct gw_error *reterr);

    /*
     * MUST. Ends the instance: what was not settled goes back to where it came from. NULL is fine, and so is an
     * instance that never worked. No other slot is running or will be called. On the thread that worked with it, where
     * the port says so; otherwise on any thread. May wait with host->wait, which then gives it some seconds.
     */
    void (*close)(void *self);

    /*
     * MUST. Connects, looks whether everything is there that the options name (files, topics, queues, schema, rights),
     * and disconnects. Reports a line for each thing that it looked at (gw_report_line), good or bad. Consumes nothing,
     * joins nothing, sends nothing, changes nothing. Waits with host->wait; every wait has a deadline of some seconds.
     * Any thread, as described above.
     * OK: the instance could work now. Otherwise the status of the worst finding, such as
     * TRANSIENT: the other side is away, busy or full; it may be well by itself later.
     * CONFIG: an operator has to change something: no such topic, no right, a schema of another version.
     * NOMEM; CANCELLED: a shutdown was asked for while it waited.
     */
    enum gw_status (*check)(void *self, const struct gw_report *report);

    /*
     * MAY. Reports what is wrong with the options, follows from the bootstrap file alone and cannot be said in the
     * option table: all of it, not only the first finding. Without network, files or an instance; secrets may be
     * unknown (gw_lint.is_known). Any thread, whenever a file is read: `run` refuses what `lint` finds.
     * OK: nothing refuses the file. CONFIG: some finding does. NOMEM.
     */
    enum gw_status (*lint)(const void *config, const struct gw_lint *lint);
};

/* The fields that say which headers a plugin of this port (ENTRYPOINT, REPOSITORY, PUBLISHER, NOTIFIER) was built with:
 * the first line of its descriptor. */
#define GW_PLUGIN(port_name)                                                                               \
    .magic = GW_PLUGIN_MAGIC, .struct_size = sizeof(struct gw_plugin), .abi_major = GW_ABI_MAJOR,          \
    .abi_minor = GW_ABI_MINOR, .port_major = GW_##port_name##_MAJOR, .port_minor = GW_##port_name##_MINOR, \
    .port = GW_PORT_##port_name

/* The option table, an array of struct gw_option, and the struct that it fills. */
#define GW_PLUGIN_OPTIONS(table, config_type)                                         \
    .options = (table), .option_count = (uint32_t)(sizeof(table) / sizeof(table)[0]), \
    .option_size = sizeof(struct gw_option), .config_size = sizeof(config_type)

/* The metric table, an array of struct gw_metric. */
#define GW_PLUGIN_METRICS(table)                                                      \
    .metrics = (table), .metric_count = (uint32_t)(sizeof(table) / sizeof(table)[0]), \
    .metric_size = sizeof(struct gw_metric)

/* The exported symbol; declare it so that it is visible and constant. */
#define GW_PLUGIN_EXPORT __attribute__((visibility("default")))
extern GW_PLUGIN_EXPORT const struct gw_plugin gw_plugin_descriptor;

#ifdef __cplusplus
}
#endif

#endif
