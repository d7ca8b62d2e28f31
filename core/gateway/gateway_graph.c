/* SPDX-License-Identifier: Apache-2.0 */
/* The instances of a gateway: opens and closes the repository, a relay per destination and the workers. */
#include "base/arena.h"
#include "config/wiring.h"
#include "gateway/gateway_internal.h"
#include "gateway/repository_start.h"
#include "process/wakeup.h"
#include "service/routing.h"

#include <stdlib.h>
#include <unistd.h>

enum { WIRING_MAX_BYTES = 16 * 1024 * 1024 };

static const struct gw_component *repository_of(const struct gw_gateway *gateway)
{
    return gateway->plan.bootstrap->repository;
}

static const struct gw_repository_ops *repository_ops(const struct gw_gateway *gateway)
{
    return repository_of(gateway)->plugin->ops;
}

/* Runs on a worker's thread. */
static void offer_to_relays(void *context, const struct gw_outbox_commit *commit)
{
    const struct gw_gateway *gateway = context;

    for (size_t index = 0; index < gateway->relay_count; index++)
        gw_relay_offer(gateway->relays[index], commit);
}

/* It counts before it wakes the relays: a relay that looks after the count sees the rows. */
void gw_gateway_hand_over(void *context)
{
    struct gw_gateway *gateway = context;

    atomic_fetch_add(&gateway->handovers, 1);
    for (size_t index = 0; index < gateway->relay_count; index++)
        gw_relay_wake(gateway->relays[index]);
}

static enum gw_status open_repository(struct gw_gateway *gateway, struct gw_error *reterr)
{
    enum gw_status status =
        gw_repository_start(repository_of(gateway), &gateway->main_host, &gateway->repository_self, reterr);

    if (status != GW_OK)
        return gw_error_wrap(reterr, reterr, "%s", repository_of(gateway)->id);
    return GW_OK;
}

static enum gw_status open_relay(struct gw_gateway *gateway, const struct gw_component *component,
                                 struct gw_error *reterr)
{
    struct gw_relay_plan plan = {.component = component,
                                 .bootstrap = gateway->plan.bootstrap,
                                 .repository_plugin = repository_of(gateway)->plugin,
                                 .repository_self = gateway->repository_self,
                                 .log = gateway->plan.log,
                                 .console =
                                     gw_wiring_uses_stdout(gateway->plan.bootstrap) ? STDERR_FILENO : STDOUT_FILENO,
                                 .stop = gateway->stop,
                                 .abort = gateway->abort,
                                 .ended = gateway->ended,
                                 .handed_over = gw_gateway_hand_over,
                                 .handed_over_context = gateway,
                                 .handovers = &gateway->handovers,
                                 .epoch = &gateway->epoch};
    enum gw_status status = gw_relay_new(&plan, &gateway->relays[gateway->relay_count], reterr);

    if (status != GW_OK)
        return gw_error_wrap(reterr, reterr, "%s", component->id);
    gateway->relay_count++;
    return GW_OK;
}

static enum gw_status open_relays(struct gw_gateway *gateway, struct gw_error *reterr)
{
    const struct gw_component_list *lists[] = {&gateway->plan.bootstrap->publishers,
                                               &gateway->plan.bootstrap->notifiers};

    gateway->relays = calloc(lists[0]->count + lists[1]->count + 1, sizeof(struct gw_relay *));
    if (gateway->relays == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the relays");
    for (size_t list = 0; list < 2; list++) {
        for (size_t index = 0; index < lists[list]->count; index++) {
            enum gw_status status = open_relay(gateway, lists[list]->items[index], reterr);

            if (status != GW_OK)
                return status;
        }
    }
    return GW_OK;
}

static enum gw_status open_worker(struct gw_gateway *gateway, const struct gw_component *component, uint32_t instance,
                                  struct gw_error *reterr)
{
    const struct gw_entrypoint_settings *settings = &component->settings.entrypoint;
    struct gw_worker_plan plan = {.service = gateway->plan.bootstrap->settings.service,
                                  .file = gateway->plan.bootstrap->file,
                                  .id = component->id,
                                  .instance = instance,
                                  .plugin = component->plugin,
                                  .config = component->config,
                                  .repository = repository_ops(gateway),
                                  .repository_self = gateway->repository_self,
                                  .bus = gateway->bus,
                                  .log = gateway->plan.log,
                                  .stop = gateway->stop,
                                  .abort = gateway->abort,
                                  .ended = gateway->ended,
                                  .turn_messages = settings->turn,
                                  .max_dead = settings->max_dead,
                                  .cache_bytes = settings->cache_bytes,
                                  .uses_ids = settings->dedupe == GW_DEDUPE_ID,
                                  .ends_at_fault = gateway->plan.ends_at_fault,
                                  .committed = offer_to_relays,
                                  .committed_context = gateway,
                                  .epoch = &gateway->epoch};
    enum gw_status status = gw_worker_new(&plan, &gateway->workers[gateway->worker_count], reterr);

    if (status != GW_OK)
        return gw_error_wrap(reterr, reterr, "%s", component->id);
    gateway->worker_count++;
    return GW_OK;
}

static enum gw_status open_workers(struct gw_gateway *gateway, struct gw_error *reterr)
{
    const struct gw_component_list *entrypoints = &gateway->plan.bootstrap->entrypoints;

    gateway->workers = calloc(gw_bootstrap_worker_count(gateway->plan.bootstrap) + 1, sizeof(struct gw_worker *));
    if (gateway->workers == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the workers");
    for (size_t index = 0; index < entrypoints->count; index++) {
        for (int64_t copy = 0; copy < entrypoints->items[index]->settings.entrypoint.workers; copy++) {
            enum gw_status status = open_worker(gateway, entrypoints->items[index], (uint32_t)copy, reterr);

            if (status != GW_OK)
                return status;
        }
    }
    return GW_OK;
}

static void open_housekeeper(struct gw_gateway *gateway)
{
    struct gw_housekeeper_plan plan = {.service = gateway->plan.bootstrap->settings.service,
                                       .component = repository_of(gateway)->id,
                                       .repository_plugin = repository_of(gateway)->plugin,
                                       .repository_self = gateway->repository_self,
                                       .keep_ms = gateway->plan.bootstrap->settings.inbox_keep_ms,
                                       .log = gateway->plan.log,
                                       .stop = gateway->stop,
                                       .abort = gateway->abort,
                                       .ended = gateway->ended};

    gw_housekeeper_init(&gateway->housekeeper, &plan);
}

static enum gw_status gateway_open(struct gw_gateway *gateway, struct gw_error *reterr)
{
    enum gw_status status;

    gateway->arena = gw_arena_new(WIRING_MAX_BYTES);
    gateway->bus = gateway->arena != NULL ? gw_wiring_bus(gateway->arena, gateway->plan.bootstrap) : NULL;
    if (gateway->bus == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the wiring");
    if (gateway->stop < 0 || gateway->abort < 0 || gateway->ended < 0)
        return gw_error_set(reterr, GW_NOMEM, "no descriptors for the gateway's wake-ups");
    gw_thread_host_init(&gateway->main_host, gateway->plan.bootstrap->settings.service, repository_of(gateway)->id,
                        gateway->plan.log, gateway->plan.signals);
    gateway->main_host.metrics = &gateway->metrics;
    status = open_repository(gateway, reterr);
    if (status == GW_OK)
        status = open_relays(gateway, reterr);
    if (status == GW_OK)
        status = open_workers(gateway, reterr);
    if (status == GW_OK)
        open_housekeeper(gateway);
    return status;
}

enum gw_status gw_gateway_new(const struct gw_gateway_plan *plan, struct gw_gateway **ret_gateway,
                              struct gw_error *reterr)
{
    struct gw_gateway *gateway = calloc(1, sizeof *gateway);
    enum gw_status status;

    if (gateway == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the gateway");
    gateway->plan = *plan;
    gw_metrics_init(&gateway->metrics, repository_of(gateway)->plugin, false);
    gateway->stop = gw_wakeup_open();
    gateway->abort = gw_wakeup_open();
    gateway->ended = gw_wakeup_open();
    status = gateway_open(gateway, reterr);
    if (status != GW_OK) {
        gw_gateway_free(gateway);
        return status;
    }
    *ret_gateway = gateway;
    return GW_OK;
}

void gw_gateway_free(struct gw_gateway *gateway)
{
    if (gateway == NULL)
        return;
    for (size_t index = 0; index < gateway->worker_count; index++)
        gw_worker_free(gateway->workers[index]);
    for (size_t index = 0; index < gateway->relay_count; index++)
        gw_relay_free(gateway->relays[index]);
    if (gateway->repository_self != NULL)
        repository_of(gateway)->plugin->close(gateway->repository_self);
    gw_metrics_done(&gateway->metrics);
    gw_message_bus_free(gateway->bus);
    gw_arena_free(gateway->arena);
    gw_wakeup_close(gateway->stop);
    gw_wakeup_close(gateway->abort);
    gw_wakeup_close(gateway->ended);
    free(gateway->workers);
    free(gateway->relays);
    free(gateway);
}
