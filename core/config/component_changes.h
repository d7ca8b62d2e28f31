/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which options differ between two readings of the bootstrap file. Values are compared as they are after {env:} and
 * {file:} were resolved, so a secret that was rotated is a change, and a secret that moved from a file to a variable is
 * none. No state, any thread.
 */
#ifndef GW_CONFIG_COMPONENT_CHANGES_H
#define GW_CONFIG_COMPONENT_CHANGES_H

#include "config/bootstrap.h"

/* An option, or a key of the core, with another value. */
struct gw_option_change {
    const char *name;   /* outside the components with its map: `log.level` */
    const char *before; /* NULL: not set, or hidden */
    const char *after;  /* the same */
    bool is_secret;     /* the texts are hidden: a secret, or a value of {env:} or {file:} */
    bool is_unknown;    /* a value was not resolved: it may be another one or the same */
    bool is_reread;     /* both are the contents of the same {file:} */
    bool is_contents;   /* the same path, with other contents (GW_OPTION_CONTENTS) */
    bool is_identity;   /* GW_OPTION_IDENTITY */
    bool is_of_core;    /* the plugin does not see it */
};

struct gw_option_changes {
    const struct gw_option_change *items; /* in the order of the tables, those of the core first */
    size_t count;
};

/*
 * The differences between two components of one section; texts are in arena. If the plugin differs, the options of both
 * cannot be compared: only the keys of the core are, of which `plugin` is one. NOMEM.
 */
enum gw_status gw_component_changes(struct gw_arena *arena, const struct gw_component *before,
                                    const struct gw_component *after, struct gw_option_changes *ret_changes);

/* The differences between the settings outside the components. NOMEM. */
enum gw_status gw_settings_changes(struct gw_arena *arena, const struct gw_bootstrap *before,
                                   const struct gw_bootstrap *after, struct gw_option_changes *ret_changes);

#endif
