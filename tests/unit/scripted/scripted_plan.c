/* SPDX-License-Identifier: Apache-2.0 */
#include "scripted_plan.h"

#include "process/wakeup.h"
#include "scripted.h"

static const struct gw_log quiet = {.format = GW_LOG_JSON, .level = GW_LOG_ERROR};
static atomic_uint_fast64_t handovers;
static atomic_uint_fast64_t epoch;

/* One bus for all turns; the context is the bus. */
static void enter(void *context, struct gw_worker_scope *ret_scope)
{
    *ret_scope = (struct gw_worker_scope){.bus = context};
}

static void leave(void *context, const struct gw_worker_scope *scope)
{
    (void)context;
    (void)scope;
}

static void ignore_commit(void *context, const struct gw_worker_scope *scope, const struct gw_outbox_commit *commit)
{
    (void)context;
    (void)scope;
    (void)commit;
}

struct gw_worker_plan scripted_worker_plan(const struct gw_plugin *entrypoint, const struct gw_message_bus *bus)
{
    return (struct gw_worker_plan){.service = "shop",
                                   .file = "shop.yaml",
                                   .id = "orders",
                                   .plugin = entrypoint,
                                   .repository_plugin = &scripted_repository.plugin,
                                   .repository_self = scripted_repository.self,
                                   .log = &quiet,
                                   .stop = gw_wakeup_open(),
                                   .abort = gw_wakeup_open(),
                                   .ended = gw_wakeup_open(),
                                   .turn_messages = 100,
                                   .max_dead = 20,
                                   .cache_bytes = 8 * 1024 * 1024,
                                   .scopes = {(void *)(uintptr_t)bus, enter, leave, ignore_commit},
                                   .epoch = &epoch};
}

static void ignore_handover(void *context)
{
    (void)context;
}

struct gw_relay_plan scripted_relay_plan(const struct gw_component *component, const struct gw_bootstrap *bootstrap)
{
    return (struct gw_relay_plan){.component = component,
                                  .bootstrap = bootstrap,
                                  .repository_plugin = &scripted_repository.plugin,
                                  .repository_self = scripted_repository.self,
                                  .log = &quiet,
                                  .stop = gw_wakeup_open(),
                                  .abort = gw_wakeup_open(),
                                  .ended = gw_wakeup_open(),
                                  .handed_over = ignore_handover,
                                  .handovers = &handovers,
                                  .epoch = &epoch};
}
