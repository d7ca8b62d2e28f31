/* SPDX-License-Identifier: Apache-2.0 */
/* The state that the components of a running gateway share. None of them owns it. Constant once the repository is open.
 */
#ifndef GW_GATEWAY_SITE_H
#define GW_GATEWAY_SITE_H

#include "base/log.h"
#include "worker/worker.h"

#include <gangway/plugin.h>

#include <stdatomic.h>
#include <stdbool.h>

struct gw_site {
    const char *service;
    const char *file; /* as on the command line of `run` */
    const struct gw_log *log;
    const struct gw_plugin *repository_plugin;
    const char *repository_id;
    void *repository_self;
    int console;        /* gw_host.console */
    int ended;          /* a wake-up that a thread raises when it ends, or when nothing is left */
    bool ends_at_fault; /* gw_worker_plan.ends_at_fault */
    struct gw_generations *generations; /* that turns run by */
    void (*handed_over)(void *context); /* gw_relay_plan.handed_over */
    void *handed_over_context;
    atomic_uint_fast64_t *handovers;
    atomic_uint_fast64_t *epoch; /* grows when a relay can no longer rely on earlier commits */
};

#endif
