/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bootstrap file as a model: its components with their plugins and options, and the destinations of each event.
 * Reading checks everything that can be known without opening a plugin. It makes no instance and no connection.
 *
 * The model is constant after reading, and lives in the caller's arena. Plugins stay loaded until the process ends.
 * Main thread.
 */
#ifndef GW_CONFIG_BOOTSTRAP_H
#define GW_CONFIG_BOOTSTRAP_H

#include "base/arena.h"
#include "options/settings.h"
#include "service/catalog.h"
#include "yaml/diagnostics.h"

#include <gangway/plugin.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An option of type TEMPLATE of a notifier or a publisher. */
struct gw_notifier_template {
    const char *name;      /* of the option */
    const char *text;      /* from the file, or the default of the plugin; NULL: neither */
    enum gw_escape escape; /* of the values */
    bool is_published;     /* a publisher's: it is about one event, and may name its type */
};

enum { GW_COMPONENT_ID_MAX_BYTES = 64 };

struct gw_component_file; /* component_files.h */

struct gw_component {
    const char *id; /* unique over all sections; the repository's is `repository` */
    enum gw_section section;
    uint32_t line; /* its line in the file */
    uint32_t column;
    const struct gw_plugin *plugin;
    bool is_plugin_replaced;    /* on disk, after it was loaded: only a restart can load the new file */
    const void *config;         /* the plugin's config struct, filled */
    union gw_settings settings; /* the core's keys for a component of this section */

    /* False only if secrets were not resolved and the component has an {env:} or {file:}. Placeholders then replace
     * their values, and the plugin must not be opened. If the name of the plugin is one of them, plugin and config are
     * NULL. */
    bool is_resolved;

    /* The {env:} and {file:} among its options and settings. */
    const struct gw_option_reference *references;
    size_t reference_count;

    /* The files that it reads when it is opened; none if secrets were not resolved. */
    const struct gw_component_file *files;
    size_t file_count;

    /* Publishers and notifiers: the templates in the order of the option table. Notifiers: the recipients, each of
     * which gets a notice; a plugin without a RECIPIENT option has one recipient, the empty text. */
    const struct gw_notifier_template *templates;
    size_t template_count;
    const char *const *recipients;
    size_t recipient_count;
};

struct gw_component_list {
    const struct gw_component *const *items; /* in the order of the file */
    size_t count;
};

/* The destinations of one event. An event that the file does not name has none. */
struct gw_route {
    const struct gw_event_spec *event;
    struct gw_component_list publish;
    struct gw_component_list notify;
    struct gw_component_list fallback; /* the notifiers that get what one of `notify` gave up */
    struct gw_group_settings group;    /* of the notices of `notify` */
};

struct gw_bootstrap {
    const char *file;       /* as named on the command line */
    const char *plugin_dir; /* the directory that its plugins were loaded from */
    struct gw_file_settings settings;
    const struct gw_option_reference *references; /* those among settings */
    size_t reference_count;
    const struct gw_yaml_node *root; /* of the file, for gw_bootstrap_place */
    const struct gw_component *repository;
    struct gw_component_list entrypoints; /* at least one */
    struct gw_component_list publishers;
    struct gw_component_list notifiers;
    const struct gw_route *routes; /* one per event of the catalog, in its order */
    size_t route_count;
};

struct gw_bootstrap_request {
    const char *file;
    const char *plugin_dir;         /* from the command line; overrides the file; NULL: not set */
    const char *default_plugin_dir; /* used if neither the command line nor the file sets it */
    bool resolves_secrets;          /* false for lint: a missing {env:} or {file:} is then a warning */
    const char *text;               /* the contents of a built-in file; NULL: it is read */
    bool only_warns_of_templates;   /* true for `notify render`, which shows why one cannot be rendered */
    const char *only_component;     /* the id of the only component whose secrets are resolved; NULL: all of them */
};

/*
 * Reads and checks the file. The caller has set up diagnostics for the same file. All findings are collected, not only
 * the first.
 *
 * OK: *ret_bootstrap is complete; there may be warnings. CONFIG: refused, see diagnostics. NOMEM.
 */
enum gw_status gw_bootstrap_read(struct gw_arena *arena, const struct gw_bootstrap_request *request,
                                 struct gw_diagnostics *diagnostics, const struct gw_bootstrap **ret_bootstrap);

/* The place of a setting outside the components, `service` or `log.level`. False: the file leaves it out. */
bool gw_bootstrap_place(const struct gw_bootstrap *bootstrap, const char *setting, struct gw_place *ret_place);

/* The publisher or notifier with this id. NULL: the file names none. */
const struct gw_component *gw_bootstrap_destination(const struct gw_bootstrap *bootstrap, struct gw_text id);

/* The recipients that outbox rows for this destination name, *ret_count of them. A publisher has the empty text, and so
 * has a notifier where the repository keeps notices: its relay opens each row for the recipients of that moment.
 * Otherwise a notifier has its recipients. */
const char *const *gw_bootstrap_addressees(const struct gw_bootstrap *bootstrap, const struct gw_component *destination,
                                           size_t *ret_count);

/* The number of workers that `run` starts for all entrypoints together. */
uint32_t gw_bootstrap_worker_count(const struct gw_bootstrap *bootstrap);

/* The number of repository sessions that `run` has open at the same time: one for each worker, one for each relay, and
 * one for the main thread. */
uint32_t gw_bootstrap_session_count(const struct gw_bootstrap *bootstrap);

/* The template to render for an event: the one that is set; otherwise, if the option is called `text`, the default text
 * of the event; otherwise the empty text. Never NULL. */
const char *gw_notifier_template_text(const struct gw_notifier_template *template_option,
                                      const struct gw_event_spec *event);

#endif
