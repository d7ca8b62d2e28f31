/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the snapshot: first the components that the configuration names, then those that are leaving or gone. */
#include "gateway/status.h"

#include "base/clock.h"
#include "base/text.h"
#include "gateway/gateway_internal.h"
#include "gateway/status_internal.h"
#include "gateway/stray_calls.h"
#include "process/component_thread.h"
#include "process/wakeup.h"

#include <stdlib.h>
#include <string.h>

struct taking {
    struct gw_gateway *gateway;
    struct gw_arena *arena;
    struct gw_gateway_status *status;
    struct gw_backlog_figures backlog;
    struct gw_component_status *components;
    uint32_t capacity;
    bool has_failed; /* no memory */
};

const char *gw_component_state_word(enum gw_component_state state)
{
    static const char *const words[] = {
#define GW_COMPONENT_STATE_WORD(name, word) [GW_COMPONENT_##name] = word,
        GW_COMPONENT_STATE_LIST(GW_COMPONENT_STATE_WORD)
#undef GW_COMPONENT_STATE_WORD
    };

    return words[state];
}

/* ---- a component ------------------------------------------------------------------------------------------------ */

static bool is_known(const struct taking *taking, const char *id)
{
    for (uint32_t index = 0; index < taking->status->component_count; index++)
        if (strcmp(taking->components[index].id, id) == 0)
            return true;
    return false;
}

/* With the figures of those that are gone. Returns the status to fill and the figures to add to; NULL: no memory. */
static struct gw_component_status *add(struct taking *taking, const char *id, enum gw_section section,
                                       struct gw_component_figures **ret_figures)
{
    struct gw_component_status *component = &taking->components[taking->status->component_count];
    const struct gw_component_figures *gone = gw_component_figures_find(taking->gateway->gone, id);
    struct gw_component_figures *figures = gw_arena_alloc_zero(taking->arena, sizeof *figures);

    *component = (struct gw_component_status){.id = gw_arena_copy(taking->arena, id, strlen(id)),
                                              .section = section,
                                              .figures = figures,
                                              .connection_up = -1};
    if (figures == NULL || component->id == NULL) {
        taking->has_failed = true;
        return NULL;
    }
    taking->status->component_count++;
    figures->turn_messages.scale = &gw_histogram_of_messages;
    figures->apply_durations.scale = &gw_histogram_of_durations;
    if (gone != NULL)
        gw_component_figures_add(figures, gone);
    *ret_figures = figures;
    return component;
}

/* Of several threads the failure that came last is shown. */
static void add_failure(struct gw_component_status *component, struct gw_component_thread *thread)
{
    struct gw_failure failure;

    if (!gw_last_failure_read(&thread->last_failure, &failure))
        return;
    if (!component->has_failure || failure.last_unix_ms > component->failure.last_unix_ms)
        component->failure = failure;
    component->has_failure = true;
}

/* The same for the repository, from a thread of another component. */
static void add_repository_failure(struct gw_component_status *repository, struct gw_component_thread *thread)
{
    const struct gw_backoff_events *events = &gw_backoff_of_repository;
    struct gw_failure failure;

    if (gw_last_failure_read(&thread->last_failure, &failure) &&
        (strcmp(failure.code, events->failed) == 0 || strcmp(failure.code, events->refused) == 0))
        add_failure(repository, thread);
}

static void add_start(struct gw_component_status *component, struct gw_component_thread *thread)
{
    int64_t started_unix_ms = atomic_load(&thread->started_unix_ms);

    if (component->since_unix_ms == 0 || started_unix_ms < component->since_unix_ms)
        component->since_unix_ms = started_unix_ms;
}

static void add_end(struct gw_component_status *component, struct gw_component_thread *thread)
{
    int64_t ended_unix_ms = atomic_load(&thread->ended_unix_ms);

    if (ended_unix_ms > component->since_unix_ms)
        component->since_unix_ms = ended_unix_ms;
}

static void take_values(struct taking *taking, struct gw_component_status *component,
                        const struct gw_metric_values *values)
{
    component->metrics = values->items;
    component->metric_count = values->count;
    component->connection_up = gw_metric_values_connection_up(values);
    taking->has_failed = taking->has_failed || values->has_failed;
}

/* A failure that lasts is since when it waits. */
static enum gw_component_state waiting_or_running(struct gw_component_status *component, bool is_up)
{
    if (component->has_failure)
        component->since_unix_ms = component->failure.first_unix_ms;
    return component->has_failure || !is_up ? GW_COMPONENT_WAITING : GW_COMPONENT_RUNNING;
}

/* ---- inputs ----------------------------------------------------------------------------------------------------- */

static enum gw_component_state input_state(const struct gw_gateway_input *input, struct gw_component_status *component)
{
    bool is_finished;

    if (input->component->settings.entrypoint.paused)
        return GW_COMPONENT_PAUSED;
    if (!input->is_started)
        return GW_COMPONENT_OPEN;
    if (gw_gateway_input_has_ended(input, &is_finished)) {
        for (size_t index = 0; index < input->worker_count; index++)
            add_end(component, gw_worker_thread(input->workers[index]));
        return component->has_failure ? GW_COMPONENT_FAILED : GW_COMPONENT_ENDED;
    }
    if (gw_wakeup_is_raised(input->stop))
        return GW_COMPONENT_DRAINING;
    return waiting_or_running(component, gw_gateway_input_is_up(input));
}

static void fill_input(struct taking *taking, const struct gw_gateway_input *input,
                       struct gw_component_status *component)
{
    struct gw_metric_values values = {.arena = taking->arena};

    component->plugin = input->component->plugin;
    component->workers = (uint32_t)input->worker_count;
    for (size_t index = 0; index < input->worker_count; index++) {
        struct gw_component_thread *thread = gw_worker_thread(input->workers[index]);

        add_failure(component, thread);
        add_start(component, thread);
        gw_metric_values_add(&values, component->plugin, gw_worker_metrics(input->workers[index]), (uint32_t)index);
    }
    component->state = input_state(input, component);
    take_values(taking, component, &values);
}

/* While one replaces another there are two of an id: the state is the new one's, the figures are of both. */
static void add_inputs(struct taking *taking, const char *id)
{
    struct gw_component_figures *figures;
    struct gw_component_status *component = add(taking, id, GW_SECTION_ENTRYPOINTS, &figures);
    const struct gw_gateway_input *newest = NULL;

    for (size_t at = 0; component != NULL && at < taking->gateway->input_count; at++) {
        const struct gw_gateway_input *input = taking->gateway->inputs[at];

        if (strcmp(input->component->id, id) != 0)
            continue;
        component->is_replacing = newest != NULL;
        newest = newest == NULL || !input->is_leaving ? input : newest;
        for (size_t index = 0; index < input->worker_count; index++)
            gw_component_figures_add_worker(figures, gw_worker_figures(input->workers[index]));
    }
    if (newest != NULL)
        fill_input(taking, newest, component);
}

/* ---- outputs ---------------------------------------------------------------------------------------------------- */

struct instance {
    struct gw_component_status *component;
    struct gw_metric_values values;
    bool is_paused;
};

static void visit_instance(void *context, const struct gw_component *component, struct gw_metrics *metrics)
{
    struct instance *instance = context;

    instance->component->plugin = component->plugin;
    instance->component->section = component->section;
    instance->is_paused = component->settings.delivery.paused != 0;
    gw_metric_values_add(&instance->values, component->plugin, metrics, 0);
}

static enum gw_component_state output_state(const struct gw_gateway_output *output, bool is_paused,
                                            struct gw_component_status *component)
{
    if (component->since_unix_ms == 0)
        return GW_COMPONENT_OPEN;
    if (gw_relay_has_ended(output->relay)) {
        add_end(component, gw_relay_thread(output->relay));
        return component->has_failure ? GW_COMPONENT_FAILED : GW_COMPONENT_ENDED;
    }
    if (output->is_removed || gw_wakeup_is_raised(output->stop))
        return GW_COMPONENT_DRAINING;
    return is_paused ? GW_COMPONENT_PAUSED : waiting_or_running(component, gw_gateway_output_is_up(output));
}

static void fill_backlog(const struct taking *taking, struct gw_component_status *component)
{
    component->has_backlog = taking->backlog.has_outbox;
    for (uint32_t index = 0; index < taking->backlog.count; index++) {
        const struct gw_backlog_figure *figure = &taking->backlog.items[index];

        if (strcmp(figure->destination, component->id) != 0)
            continue;
        component->pending = figure->pending;
        component->holder = figure->holder;
        component->oldest_age_ms = figure->oldest_age_ms;
    }
}

static void fill_output(struct taking *taking, const struct gw_gateway_output *output,
                        struct gw_component_status *component)
{
    struct instance instance = {.component = component, .values = {.arena = taking->arena}};
    struct gw_component_thread *thread = gw_relay_thread(output->relay);

    gw_relay_visit_instance(output->relay, visit_instance, &instance);
    component->delivers = gw_relay_delivers(output->relay);
    add_failure(component, thread);
    add_start(component, thread);
    component->state = output_state(output, instance.is_paused, component);
    take_values(taking, component, &instance.values);
    fill_backlog(taking, component);
}

/* Beside one that has left and whose plugin has still to close there can be another one of its id: the state is the
 * later one's, the figures are of both. */
static void add_outputs(struct taking *taking, const char *id)
{
    struct gw_component_figures *figures;
    struct gw_component_status *component = add(taking, id, GW_SECTION_NOTIFIERS, &figures);
    const struct gw_gateway_output *newest = NULL;

    for (size_t at = 0; component != NULL && at < taking->gateway->output_count; at++) {
        const struct gw_gateway_output *output = taking->gateway->outputs[at];

        if (strcmp(gw_relay_id(output->relay), id) != 0)
            continue;
        component->is_replacing = newest != NULL;
        newest = output;
        gw_component_figures_add_relay(figures, gw_relay_figures(output->relay));
    }
    if (newest != NULL)
        fill_output(taking, newest, component);
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

/* The repository's instances: what its open has made, and the session of each thread. */
struct sessions {
    struct gw_component_status *repository;
    struct gw_metric_values values;
    uint32_t count;
};

static void add_session(struct sessions *sessions, struct gw_component_thread *thread)
{
    gw_metric_values_add(&sessions->values, sessions->repository->plugin, &thread->session_metrics, ++sessions->count);
}

static void add_user_of_repository(struct sessions *sessions, struct gw_component_thread *thread)
{
    add_repository_failure(sessions->repository, thread);
    add_session(sessions, thread);
}

static void add_sessions(struct gw_gateway *gateway, struct sessions *sessions)
{
    add_failure(sessions->repository, &gateway->housekeeper.thread);
    add_session(sessions, &gateway->housekeeper.thread);
    for (size_t at = 0; at < gateway->input_count; at++)
        for (size_t index = 0; index < gateway->inputs[at]->worker_count; index++)
            add_user_of_repository(sessions, gw_worker_thread(gateway->inputs[at]->workers[index]));
    for (size_t at = 0; at < gateway->output_count; at++)
        add_user_of_repository(sessions, gw_relay_thread(gateway->outputs[at]->relay));
}

static void add_repository(struct taking *taking)
{
    struct gw_gateway *gateway = taking->gateway;
    struct sessions sessions = {.values = {.arena = taking->arena}};
    struct gw_component_figures *figures;
    struct gw_component_status *component = add(taking, gateway->repository->id, GW_SECTION_REPOSITORY, &figures);

    if (component == NULL)
        return;
    component->plugin = gateway->repository->plugin;
    component->since_unix_ms = gateway->started_unix_ms;
    component->has_failure = gw_gateway_is_waiting(gateway, &component->failure);
    sessions.repository = component;
    gw_metric_values_add(&sessions.values, component->plugin, &gateway->metrics, 0);
    if (gateway->is_open)
        add_sessions(gateway, &sessions);
    component->state = waiting_or_running(component, gateway->is_open);
    take_values(taking, component, &sessions.values);
}

static void add_named(struct taking *taking, const struct gw_bootstrap *bootstrap)
{
    const struct gw_component_list *destinations[] = {&bootstrap->publishers, &bootstrap->notifiers};

    add_repository(taking);
    for (size_t index = 0; index < bootstrap->entrypoints.count; index++)
        add_inputs(taking, bootstrap->entrypoints.items[index]->id);
    for (size_t list = 0; list < 2; list++)
        for (size_t index = 0; index < destinations[list]->count; index++)
            add_outputs(taking, destinations[list]->items[index]->id);
}

static void add_others(struct taking *taking)
{
    const struct gw_gateway *gateway = taking->gateway;

    for (size_t index = 0; index < gateway->input_count; index++)
        if (!is_known(taking, gateway->inputs[index]->component->id))
            add_inputs(taking, gateway->inputs[index]->component->id);
    for (size_t index = 0; index < gateway->output_count; index++)
        if (!is_known(taking, gw_relay_id(gateway->outputs[index]->relay)))
            add_outputs(taking, gw_relay_id(gateway->outputs[index]->relay));
    for (const struct gw_component_figures *gone = gateway->gone; gone != NULL; gone = gone->next) {
        struct gw_component_figures *figures;
        struct gw_component_status *component =
            is_known(taking, gone->id) ? NULL : add(taking, gone->id, gone->section, &figures);

        if (component != NULL)
            component->state = GW_COMPONENT_GONE;
    }
}

static void take_rates(struct taking *taking)
{
    int64_t now_ms = gw_clock_monotonic_ms();

    for (uint32_t index = 0; index < taking->status->component_count; index++) {
        struct gw_component_status *component = &taking->components[index];

        component->has_rate = gw_rate_per_s(&component->figures->rate, now_ms, &component->per_s);
    }
}

static bool open_components(struct taking *taking, const struct gw_bootstrap *bootstrap)
{
    size_t capacity = 1 + bootstrap->entrypoints.count + bootstrap->publishers.count + bootstrap->notifiers.count +
                      taking->gateway->input_count + taking->gateway->output_count;

    for (const struct gw_component_figures *gone = taking->gateway->gone; gone != NULL; gone = gone->next)
        capacity++;
    taking->components = gw_arena_alloc_zero(taking->arena, capacity * sizeof *taking->components);
    taking->status->components = taking->components;
    return taking->components != NULL;
}

/* ---- the gateway ------------------------------------------------------------------------------------------------ */

/* Whether a destination is named, or drains here. */
static bool has_destination(const struct taking *taking, const char *id)
{
    for (uint32_t index = 0; index < taking->status->component_count; index++) {
        const struct gw_component_status *component = &taking->components[index];

        if (component->section != GW_SECTION_ENTRYPOINTS && component->state != GW_COMPONENT_GONE &&
            strcmp(component->id, id) == 0)
            return true;
    }
    return false;
}

static bool take_orphans(struct taking *taking)
{
    struct gw_gateway_status *status = taking->status;
    struct gw_orphan *orphans = gw_arena_alloc(taking->arena, (taking->backlog.count + 1) * sizeof *orphans);

    status->orphans = orphans;
    status->has_orphans = taking->backlog.has_outbox && taking->backlog.is_reporter;
    for (uint32_t index = 0; orphans != NULL && status->has_orphans && index < taking->backlog.count; index++) {
        const struct gw_backlog_figure *figure = &taking->backlog.items[index];

        if (!has_destination(taking, figure->destination))
            orphans[status->orphan_count++] =
                (struct gw_orphan){figure->destination, figure->pending, figure->oldest_age_ms, figure->holder};
    }
    return orphans != NULL;
}

static bool take_totals(struct taking *taking)
{
    struct gw_gateway_status *status = taking->status;
    const struct gw_output *output = taking->gateway->plan.log->output;

    status->is_reporter = taking->backlog.is_reporter;
    status->has_dead = taking->backlog.has_dead;
    status->dead_letters = taking->backlog.dead;
    status->has_log = output != NULL;
    status->log_records_dropped = output != NULL ? gw_output_lost(output) : 0;
    return take_orphans(taking);
}

/* Of the file whose components are not opened yet. */
static void add_planned(struct taking *taking, const struct gw_bootstrap *bootstrap)
{
    const struct gw_component_list *lists[] = {&bootstrap->entrypoints, &bootstrap->publishers, &bootstrap->notifiers};

    add_repository(taking);
    for (size_t list = 0; list < sizeof lists / sizeof *lists; list++)
        for (size_t index = 0; index < lists[list]->count; index++) {
            const struct gw_component *planned = lists[list]->items[index];
            struct gw_component_figures *figures;
            struct gw_component_status *component = add(taking, planned->id, planned->section, &figures);

            if (component != NULL)
                component->plugin = planned->plugin;
        }
}

/* generation NULL: the gateway is not open yet. */
static bool take_generation(struct taking *taking, const struct gw_generation *generation)
{
    struct gw_configuration *configuration =
        generation != NULL ? gw_generation_configuration(generation) : taking->gateway->plan.configuration;
    const struct gw_bootstrap *bootstrap = gw_configuration_bootstrap(configuration);
    struct gw_gateway *gateway = taking->gateway;
    struct gw_gateway_status *status = taking->status;
    char hash[GW_CONFIG_HASH_TEXT];

    status->service = gw_arena_copy(taking->arena, gateway->site.service, strlen(gateway->site.service));
    status->generation = generation != NULL ? gw_generation_number(generation) : 0;
    status->is_starting = generation == NULL;
    status->stray_calls = gw_stray_calls();
    status->generations_alive = gw_generations_alive(&gateway->generations);
    status->started_unix_ms = gateway->started_unix_ms;
    status->is_stopping = gateway->is_asked_to_stop;
    status->last_apply = gw_gateway_last_apply(gateway);
    if (gw_config_hash(bootstrap, hash) != GW_OK)
        return false;
    status->config_hash = gw_arena_copy(taking->arena, hash, sizeof hash - 1);
    if (status->service == NULL || status->config_hash == NULL || !open_components(taking, bootstrap))
        return false;
    if (generation != NULL)
        add_named(taking, bootstrap);
    else
        add_planned(taking, bootstrap);
    add_others(taking);
    take_rates(taking);
    return !taking->has_failed && gw_status_take_old_generations(&gateway->generations, taking->arena,
                                                                 taking->components, status->component_count);
}

enum gw_status gw_gateway_status_take(struct gw_gateway *gateway, struct gw_arena *arena,
                                      struct gw_gateway_status *ret_status, struct gw_error *reterr)
{
    struct taking taking = {.gateway = gateway, .arena = arena, .status = ret_status};
    struct gw_generation_hold hold = {.generations = &gateway->generations};
    struct gw_generation *generation = gateway->is_open ? gw_generation_enter(&hold) : NULL;
    bool is_taken;

    *ret_status = (struct gw_gateway_status){.taken_unix_ms = gw_clock_unix_ms()};
    gw_gateway_expire_figures(gateway);
    is_taken = gw_backlog_copy(&gateway->housekeeper.backlog, arena, gw_clock_monotonic_ms(), &taking.backlog) &&
               take_generation(&taking, generation) && take_totals(&taking);
    if (generation != NULL)
        gw_generation_leave(&hold);
    return is_taken ? GW_OK : gw_error_set(reterr, GW_NOMEM, "no memory for the status");
}
