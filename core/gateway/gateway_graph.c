/* SPDX-License-Identifier: Apache-2.0 */
/* The instances of a gateway: opens and closes the repository, a relay per destination and the workers. */
#include "base/clock.h"
#include "config/wiring.h"
#include "gateway/disposal.h"
#include "gateway/gateway_internal.h"
#include "gateway/repository_start.h"
#include "gateway/stray_calls.h"
#include "process/wakeup.h"

#include <stdlib.h>
#include <unistd.h>

/* So long the plugins have to close what was never used. */
enum { CLOSE_MS = 1000 };

static const struct gw_bootstrap *first_bootstrap(const struct gw_gateway *gateway)
{
    return gw_configuration_bootstrap(gateway->plan.configuration);
}

/* ---- what relays call, on their threads */

/* It counts before it wakes the relays: a relay that looks after the count sees the rows. */
void gw_gateway_hand_over(void *context)
{
    struct gw_gateway *gateway = context;
    struct gw_generation_hold hold = {.generations = &gateway->generations};

    atomic_fetch_add(&gateway->handovers, 1);
    gw_generation_wake(gw_generation_enter(&hold));
    gw_generation_leave(&hold);
}

/* ---- opening */

static void open_site(struct gw_gateway *gateway)
{
    gateway->site =
        (struct gw_site){.service = first_bootstrap(gateway)->settings.service,
                         .file = first_bootstrap(gateway)->file,
                         .log = gateway->plan.log,
                         .repository_plugin = gateway->repository->plugin,
                         .repository_id = gateway->repository->id,
                         .console = gw_wiring_uses_stdout(first_bootstrap(gateway)) ? STDERR_FILENO : STDOUT_FILENO,
                         .ended = gateway->ended,
                         .ends_at_fault = gateway->plan.ends_at_fault,
                         .generations = &gateway->generations,
                         .handed_over = gw_gateway_hand_over,
                         .handed_over_context = gateway,
                         .handovers = &gateway->handovers,
                         .epoch = &gateway->epoch};
}

static enum gw_status open_repository(struct gw_gateway *gateway, struct gw_error *reterr)
{
    enum gw_status status = gw_repository_start(first_bootstrap(gateway), &gateway->main_host, &gateway->start_failure,
                                                &gateway->site.repository_self, reterr);

    if (status != GW_OK)
        return gw_error_wrap(reterr, reterr, "%s", gateway->repository->id);
    gw_metrics_forget(&gateway->metrics, GW_METRIC_CONNECTION_UP); /* from now on only sessions connect */
    return GW_OK;
}

static enum gw_status open_outputs(struct gw_gateway *gateway, struct gw_error *reterr)
{
    const struct gw_component_list *lists[] = {&first_bootstrap(gateway)->publishers,
                                               &first_bootstrap(gateway)->notifiers};
    enum gw_status status = GW_OK;

    gateway->outputs = calloc(lists[0]->count + lists[1]->count + 1, sizeof(struct gw_gateway_output *));
    if (gateway->outputs == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the relays");
    for (size_t list = 0; list < 2; list++) {
        for (size_t index = 0; index < lists[list]->count && status == GW_OK; index++) {
            status = gw_gateway_output_new(&gateway->site, gateway->plan.configuration, lists[list]->items[index],
                                           &gateway->outputs[gateway->output_count], reterr);
            gateway->output_count += status == GW_OK;
            if (status != GW_OK)
                (void)gw_error_wrap(reterr, reterr, "%s", lists[list]->items[index]->id);
        }
    }
    return status;
}

static enum gw_status open_inputs(struct gw_gateway *gateway, struct gw_error *reterr)
{
    const struct gw_component_list *entrypoints = &first_bootstrap(gateway)->entrypoints;
    enum gw_status status = GW_OK;

    gateway->inputs = calloc(entrypoints->count + 1, sizeof(struct gw_gateway_input *));
    if (gateway->inputs == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the workers");
    for (size_t index = 0; index < entrypoints->count && status == GW_OK; index++) {
        status = gw_gateway_input_new(&gateway->site, gateway->plan.configuration, entrypoints->items[index],
                                      &gateway->inputs[gateway->input_count], reterr);
        gateway->input_count += status == GW_OK;
        if (status != GW_OK)
            (void)gw_error_wrap(reterr, reterr, "%s", entrypoints->items[index]->id);
    }
    return status;
}

static enum gw_status open_generation(struct gw_gateway *gateway, struct gw_error *reterr)
{
    struct gw_generation *generation =
        gw_generation_new(gateway->plan.configuration, gateway->outputs, gateway->output_count);

    if (generation == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the wiring");
    gw_generations_publish(&gateway->generations, generation);
    return GW_OK;
}

/* On the housekeeper's thread. */
static void watch_orphans(void *context, const struct gw_backlog_figures *figures)
{
    struct gw_gateway *gateway = context;
    struct gw_generation_hold hold = {.generations = &gateway->generations};
    struct gw_generation *generation = gw_generation_enter(&hold);

    gw_orphan_watch_read(&gateway->orphans, figures, gateway->site.repository_plugin->features,
                         gw_configuration_bootstrap(gw_generation_configuration(generation)), gateway->plan.log);
    gw_generation_leave(&hold);
}

static void open_housekeeper(struct gw_gateway *gateway)
{
    const struct gw_file_settings *settings = &first_bootstrap(gateway)->settings;
    struct gw_housekeeper_plan plan = {.service = gateway->site.service,
                                       .component = gateway->site.repository_id,
                                       .repository_plugin = gateway->site.repository_plugin,
                                       .repository_self = gateway->site.repository_self,
                                       .keep = {settings->inbox_keep_ms, settings->notify_keep_ms},
                                       .log = gateway->plan.log,
                                       .stop = gateway->stop,
                                       .abort = gateway->abort,
                                       .ended = gateway->ended,
                                       .was_read = watch_orphans,
                                       .was_read_context = gateway};

    gw_housekeeper_init(&gateway->housekeeper, &plan);
}

static enum gw_status gateway_open(struct gw_gateway *gateway, struct gw_error *reterr)
{
    enum gw_status status;

    if (gateway->stop < 0 || gateway->abort < 0 || gateway->ended < 0)
        return gw_error_set(reterr, GW_NOMEM, "no descriptors for the gateway's wake-ups");
    open_site(gateway);
    gw_thread_host_init(&gateway->main_host, gateway->site.service, gateway->repository->id, gateway->plan.log,
                        gateway->plan.signals);
    gateway->main_host.metrics = &gateway->metrics;
    gateway->main_host.loop = gateway->plan.loop; /* the admin interface answers while the repository is away */
    status = gw_gateway_watch_orders(gateway, reterr);
    if (status == GW_OK)
        status = open_repository(gateway, reterr);
    if (status == GW_OK)
        status = open_outputs(gateway, reterr);
    if (status == GW_OK)
        status = open_generation(gateway, reterr);
    if (status == GW_OK)
        status = open_inputs(gateway, reterr);
    if (status == GW_OK)
        open_housekeeper(gateway);
    gateway->is_open = status == GW_OK;
    return status;
}

enum gw_status gw_gateway_new(const struct gw_gateway_plan *plan, struct gw_gateway **ret_gateway,
                              struct gw_error *reterr)
{
    struct gw_gateway *gateway = calloc(1, sizeof *gateway);
    enum gw_status status;

    if (gateway == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the gateway");
    *ret_gateway = gateway;
    gateway->plan = *plan;
    gateway->plan.configuration = gw_configuration_hold(plan->configuration);
    gateway->repository = first_bootstrap(gateway)->repository;
    gw_metrics_init(&gateway->metrics, gateway->repository->plugin, false);
    atomic_init(&gateway->apply_beat, GW_BEAT_WAITING);
    gw_last_failure_init(&gateway->start_failure);
    gateway->stop = gw_wakeup_open();
    gateway->abort = gw_wakeup_open();
    gateway->ended = gw_wakeup_open();
    gw_generations_init(&gateway->generations, gateway->ended);
    status = gateway_open(gateway, reterr);
    if (status != GW_OK) {
        *ret_gateway = NULL;
        (void)gw_gateway_free(gateway);
    }
    return status;
}

bool gw_gateway_is_waiting(const struct gw_gateway *gateway, struct gw_failure *ret_failure)
{
    return !gateway->is_open && gw_last_failure_read(&gateway->start_failure, ret_failure);
}

/* Instances that no thread has used close in time, or their close does not return. */
static void close_instances(struct gw_gateway *gateway)
{
    for (size_t index = 0; index < gateway->input_count; index++)
        gw_disposal_start((struct gw_made){.input = gateway->inputs[index]});
    gateway->input_count = 0;
    gw_generations_done(&gateway->generations);
    for (size_t index = 0; index < gateway->output_count; index++)
        gw_disposal_start((struct gw_made){.output = gateway->outputs[index]});
    gateway->output_count = 0;
    gw_stray_calls_wait(0, gw_clock_monotonic_ms() + CLOSE_MS);
}

bool gw_gateway_free(struct gw_gateway *gateway)
{
    if (gateway == NULL)
        return true;
    gw_gateway_unwatch_orders(gateway);
    if (gateway->is_abandoned)
        return false;
    close_instances(gateway);
    if (gw_stray_calls() > 0)
        return false;
    if (gateway->site.repository_self != NULL)
        gateway->repository->plugin->close(gateway->site.repository_self);
    gw_housekeeper_done(&gateway->housekeeper);
    gw_orphan_watch_done(&gateway->orphans);
    gw_component_figures_free(gateway->gone);
    gw_metrics_done(&gateway->metrics);
    gw_wakeup_close(gateway->stop);
    gw_wakeup_close(gateway->abort);
    gw_wakeup_close(gateway->ended);
    free(gateway->inputs);
    free(gateway->outputs);
    gw_configuration_release(gateway->plan.configuration);
    free(gateway);
    return true;
}
