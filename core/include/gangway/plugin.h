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
 *   load       The loader checks directory, file, descriptor, slots and option table before it calls anything. A loaded
 *              file stays loaded until the process ends.
 *   lint       The core has filled a config struct from the bootstrap file. lint reports what is wrong with it.
 *   open       Makes an instance. Each component that names the plugin has an instance, an entrypoint one for each of
 *              its `workers`. Instances share nothing but the code.
 *   check      Connects, inspects, reports and disconnects. `gangway check` opens an instance for it, and closes that
 *              instance without using it further.
 *   work       The core calls the slots of the port (gangway/port/...): poll, publish, send, open_session.
 *   close      Ends the instance and releases everything.
 *
 * Threads
 *
 *   open and check may be called on any thread, one call at a time per instance, before the instance's own thread
 *   starts. Different instances may be opened and checked at the same time on different threads. So neither may use
 *   thread-local state that later slots need, nor a variable that two instances share. The header of each port says
 *   which thread calls its slots and close.
 *
 * Ownership
 *
 *   The host table and the config struct belong to the core and are valid from open until close has returned, so an
 *   instance may keep both pointers. A plugin frees what it allocates. All other arguments are borrowed for the call,
 *   unless their header says otherwise.
 *
 * Names
 *
 *   Folder, shared object and descriptor have the same name. A plugin has no mutable statics, because one process has
 *   many instances, and no constructors, because nothing may run before the core has accepted the file.
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
    const char *version; /* of the plugin itself, for people */
    const char *summary; /* one line for `gangway plugins` */
    const void *ops;     /* struct gw_<port>_ops, which begins with its own size */
    const struct gw_option *options;
    uint32_t option_count;
    uint32_t option_size;            /* sizeof(struct gw_option) in the plugin: the stride of options */
    uint32_t config_size;            /* sizeof the config struct, which the core allocates and fills */
    uint32_t reserved;               /* 0 */
    const struct gw_metric *metrics; /* NULL: the plugin declares none */
    uint32_t metric_count;
    uint32_t metric_size; /* sizeof(struct gw_metric) in the plugin: the stride of metrics */

    /*
     * MUST. Allocates an instance for options that lint has accepted. It neither connects nor changes anything outside
     * of the process, so it returns quickly. Any thread, as described above.
     * OK: *ret_self is the instance.
     * CONFIG: something on this machine prevents the instance from running: a file that an option names is missing, or
     *   the foreign library refuses a setting.
     * NOMEM.
     * On failure *ret_self is unchanged and everything is released.
     */
    enum gw_status (*open)(const struct gw_host *host, const void *config, void **ret_self, struct gw_error *reterr);

    /*
     * MUST. Ends the instance. Messages that were not settled go back to where they came from. NULL is allowed, and so
     * is an instance that never worked. No other slot is running, and none is called afterwards. The header of the port
     * says whether it runs on the instance's own thread; otherwise any thread. It may wait with host->wait, which then
     * still waits, for some seconds in total.
     */
    void (*close)(void *self);

    /*
     * MUST. Connects, checks that everything that the options name exists (files, topics, queues, schema, rights), and
     * disconnects. It reports one line for each thing that it checked (gw_report_line), good or bad. It consumes no
     * message, joins no group, sends nothing and changes nothing. It waits with host->wait, and every wait has a
     * deadline of some seconds. Any thread, as described above.
     * OK: the instance could work now. Otherwise the status of the worst finding, such as
     * TRANSIENT: the other side is unreachable, busy or full. This may pass without an operator.
     * CONFIG: an operator has to change something: a topic does not exist, a right is missing, the schema has another
     *   version.
     * NOMEM.
     * CANCELLED: a shutdown was requested while it waited.
     */
    enum gw_status (*check)(void *self, const struct gw_report *report);

    /*
     * MAY. Reports everything that is wrong with the options, that follows from the bootstrap file alone and that the
     * option table cannot express. It uses no network, no files and no instance, and secrets may be unknown
     * (gw_lint.is_known). The core calls it whenever it reads a file, also for `run`, which then refuses the file. Any
     * thread.
     * OK: no finding is an error.
     * CONFIG: at least one finding is an error.
     * NOMEM.
     */
    enum gw_status (*lint)(const void *config, const struct gw_lint *lint);
};

/* The first line of a descriptor: the members that say with which headers a plugin of this port (ENTRYPOINT,
 * REPOSITORY, PUBLISHER, NOTIFIER) was built. */
#define GW_PLUGIN(port_name)                                                                               \
    .magic = GW_PLUGIN_MAGIC, .struct_size = sizeof(struct gw_plugin), .abi_major = GW_ABI_MAJOR,          \
    .abi_minor = GW_ABI_MINOR, .port_major = GW_##port_name##_MAJOR, .port_minor = GW_##port_name##_MINOR, \
    .port = GW_PORT_##port_name

/* The members for the option table, an array of struct gw_option, and for the config struct that it fills. */
#define GW_PLUGIN_OPTIONS(table, config_type)                                         \
    .options = (table), .option_count = (uint32_t)(sizeof(table) / sizeof(table)[0]), \
    .option_size = sizeof(struct gw_option), .config_size = sizeof(config_type)

/* The members for the metric table, an array of struct gw_metric. */
#define GW_PLUGIN_METRICS(table)                                                      \
    .metrics = (table), .metric_count = (uint32_t)(sizeof(table) / sizeof(table)[0]), \
    .metric_size = sizeof(struct gw_metric)

/* The one exported symbol. This declaration makes the definition visible and constant. */
#define GW_PLUGIN_EXPORT __attribute__((visibility("default")))
extern GW_PLUGIN_EXPORT const struct gw_plugin gw_plugin_descriptor;

#ifdef __cplusplus
}
#endif

#endif
