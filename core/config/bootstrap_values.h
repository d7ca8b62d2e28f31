/* SPDX-License-Identifier: Apache-2.0 */
/* Every value of a bootstrap file, one after another, for a digest of it. No state, any thread. */
#ifndef GW_CONFIG_BOOTSTRAP_VALUES_H
#define GW_CONFIG_BOOTSTRAP_VALUES_H

#include "config/bootstrap.h"

struct gw_bootstrap_visitor {
    void *context;
    /* The names and values in an order that depends on the file only: a value follows its name. Borrowed for the call.
     * ptr NULL: the value is not set. */
    void (*text)(void *context, struct gw_text text);
    bool
        skips_secrets; /* of a secret nothing is visited but its name, and whether it is set; of a file its path only */
};

/* Visits names and values of all settings, components and routes, secrets too unless they are skipped: as they are in
 * the model, defaults included. Neither comments nor the way the file is laid out change what is visited. NOMEM: not
 * all was visited. */
enum gw_status gw_bootstrap_visit(const struct gw_bootstrap *bootstrap, const struct gw_bootstrap_visitor *visitor);

#endif
