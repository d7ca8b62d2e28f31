/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bootstrap file as a model: which components there are, of which plugin, with which options, and where each event
 * goes. Everything is checked that can be known without opening a plugin; nothing is connected, and no instance made.
 *
 * The model is constant once it is read and lives in the caller's arena; plugins stay loaded for the life of the
 * process. Reading belongs to the main thread.
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

/* An option of type TEMPLATE of a notifier. */
struct gw_notifier_template {
    const char *name;      /* of the option */
    const char *text;      /* as the operator or the plugin's default has it; NULL: neither */
    enum gw_escape escape; /* of the values */
};

struct gw_component {
    const char *id; /* unique over all sections; the repository's is `repository` */
    enum gw_section section;
    uint32_t line; /* where it stands in the file */
    uint32_t column;
    const struct gw_plugin *plugin;
    const void *config;         /* the plugin's config struct, filled */
    union gw_settings settings; /* the core's own keys: the member that the section says */

    /* False only where secrets were not resolved, for a component that has an {env:} or {file:}: placeholders stand
     * for their values, and the plugin must not be opened with them. Its name may be one of them: plugin and config are
     * then NULL. */
    bool is_resolved;

    /* Notifiers: the templates in the order of the option table, and the recipients: a row each. A plugin
     * without a RECIPIENT option has one recipient, the empty text. */
    const struct gw_notifier_template *templates;
    size_t template_count;
    const char *const *recipients;
    size_t recipient_count;
};

struct gw_component_list {
    const struct gw_component *const *items; /* in the order of the file */
    size_t count;
};

/* Where one event goes. Without a line in the file: nowhere. */
struct gw_route {
    const struct gw_event_spec *event;
    struct gw_component_list publish;
    struct gw_component_list notify;
    struct gw_component_list fallback; /* notifiers that get what one of `notify` gave up */
};

struct gw_bootstrap {
    const char *file;       /* as it was named */
    const char *plugin_dir; /* where its plugins were loaded from */
    struct gw_file_settings settings;
    const struct gw_component *repository;
    struct gw_component_list entrypoints; /* at least one */
    struct gw_component_list publishers;
    struct gw_component_list notifiers;
    const struct gw_route *routes; /* one per event of the catalog, in its order */
    size_t route_count;
};

struct gw_bootstrap_request {
    const char *file;
    const char *plugin_dir;         /* from the command line, stronger than the file's; NULL: not said */
    const char *default_plugin_dir; /* when nobody says */
    bool resolves_secrets;          /* false for lint: an {env:} or {file:} that is missing is then only a warning */
    const char *text;               /* what the file would hold, when it is built in; NULL: it is read */
};

/*
 * Reads and checks the file. Findings go to diagnostics, which the caller has set up for the same file; all of them are
 * collected, not only the first.
 * OK: *ret_bootstrap is whole; there may be warnings. CONFIG: refused, diagnostics say why. NOMEM.
 */
enum gw_status gw_bootstrap_read(struct gw_arena *arena, const struct gw_bootstrap_request *request,
                                 struct gw_diagnostics *diagnostics, const struct gw_bootstrap **ret_bootstrap);

/* How many workers `run` starts: those of every entrypoint. */
uint32_t gw_bootstrap_worker_count(const struct gw_bootstrap *bootstrap);

/* How many sessions of the repository `run` holds at the same time: one for each worker and each relay, and the main
 * thread's. */
uint32_t gw_bootstrap_session_count(const struct gw_bootstrap *bootstrap);

/* The template to render for an event: what was set, else the event's default text when the option is called `text`,
 * else the empty text. Never NULL. */
const char *gw_notifier_template_text(const struct gw_notifier_template *template_option,
                                      const struct gw_event_spec *event);

#endif
