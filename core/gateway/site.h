/* SPDX-License-Identifier: Apache-2.0 */
/* What the components of a running gateway share and none of them owns. Constant once the repository is open. */
#ifndef GW_GATEWAY_SITE_H
#define GW_GATEWAY_SITE_H

#include "base/log.h"
#include "worker/worker.h"

#include <gangway/plugin.h>

#include <stdatomic.h>
#include <stdbool.h>

struct gw_site {
    const char *service;
    const char *file; /* as `run` was given it */
    const struct gw_log *log;
    const struct gw_plugin *repository_plugin;
    const char *repository_id;
    void *repository_self;
    int console;        /* gw_host.console */
    int ended;          /* a wake-up that a thread raises when it ends, or has found nothing left */
    bool ends_at_fault; /* gw_worker_plan.ends_at_fault */
    struct gw_worker_scopes scopes;
    void (*handed_over)(void *context); /* gw_relay_plan.handed_over */
    void *handed_over_context;
    atomic_uint_fast64_t *handovers;
    atomic_uint_fast64_t *epoch; /* grows when what was committed before is in doubt */
};

#endif
