/* SPDX-License-Identifier: Apache-2.0 */
/* An input: see gateway_input.h. */
#include "gateway/gateway_input.h"

#include "process/wakeup.h"

#include <errno.h>
#include <stdlib.h>

enum { PLACE_MAX_BYTES = 4 * 1024 * 1024 };

/* ---- what workers call, on their threads; the context is the worker's hold */

static void enter(void *context, struct gw_worker_scope *ret_scope)
{
    struct gw_generation *generation = gw_generation_enter(context);

    *ret_scope = (struct gw_worker_scope){gw_generation_bus(generation), generation};
}

static void leave(void *context, const struct gw_worker_scope *scope)
{
    (void)scope;
    gw_generation_leave(context);
}

static void offer_to_relays(void *context, const struct gw_worker_scope *scope, const struct gw_outbox_commit *commit)
{
    (void)context;
    gw_generation_offer(scope->generation, commit);
}

/* ---- opening */

static enum gw_status open_worker(struct gw_gateway_input *input, const struct gw_site *site, struct gw_error *reterr)
{
    const struct gw_component *component = input->component;
    const struct gw_entrypoint_settings *settings = &component->settings.entrypoint;
    struct gw_generation_hold *hold = &input->holds[input->worker_count];
    struct gw_worker_plan plan = {.service = site->service,
                                  .file = site->file,
                                  .id = component->id,
                                  .instance = (uint32_t)input->worker_count,
                                  .plugin = component->plugin,
                                  .config = component->config,
                                  .repository_plugin = site->repository_plugin,
                                  .repository_self = site->repository_self,
                                  .log = site->log,
                                  .stop = input->stop,
                                  .abort = input->abort,
                                  .ended = site->ended,
                                  .turn_messages = settings->turn,
                                  .max_dead = settings->max_dead,
                                  .cache_bytes = settings->cache_bytes,
                                  .uses_ids = settings->dedupe != GW_DEDUPE_POSITION,
                                  .uses_content = settings->dedupe == GW_DEDUPE_CONTENT,
                                  .ends_at_fault = site->ends_at_fault,
                                  .scopes = {hold, enter, leave, offer_to_relays},
                                  .epoch = site->epoch};
    enum gw_status status = gw_worker_new(&plan, &input->workers[input->worker_count], reterr);

    *hold = (struct gw_generation_hold){.generations = site->generations, .component = component->id};
    if (status == GW_OK)
        input->worker_count++;
    return status;
}

static enum gw_status input_open(struct gw_gateway_input *input, const struct gw_site *site, struct gw_error *reterr)
{
    const struct gw_entrypoint_settings *settings = &input->component->settings.entrypoint;
    size_t count = settings->paused ? 0 : (size_t)settings->workers;
    enum gw_status status = GW_OK;

    input->arena = gw_arena_new(PLACE_MAX_BYTES);
    input->workers = calloc(count + 1, sizeof(struct gw_worker *));
    input->holds = calloc(count + 1, sizeof *input->holds);
    input->figures = gw_component_figures_new(input->component->id, GW_SECTION_ENTRYPOINTS);
    if (input->workers == NULL || input->holds == NULL || input->figures == NULL || input->stop < 0 ||
        input->abort < 0 || input->arena == NULL ||
        gw_component_place_make(input->arena, input->component, &input->place) != GW_OK)
        return gw_error_set_errno(reterr, GW_NOMEM, errno, "preparing the workers");
    while (input->worker_count < count && status == GW_OK)
        status = open_worker(input, site, reterr);
    return status;
}

enum gw_status gw_gateway_input_new(const struct gw_site *site, struct gw_configuration *configuration,
                                    const struct gw_component *component, struct gw_gateway_input **ret_input,
                                    struct gw_error *reterr)
{
    struct gw_gateway_input *input = calloc(1, sizeof *input);
    enum gw_status status;

    if (input == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for an input");
    input->component = component;
    input->configuration = gw_configuration_hold(configuration);
    input->stop = gw_wakeup_open();
    input->abort = gw_wakeup_open();
    status = input_open(input, site, reterr);
    if (status != GW_OK) {
        gw_gateway_input_free(input);
        return status;
    }
    *ret_input = input;
    return GW_OK;
}

void gw_gateway_input_free(struct gw_gateway_input *input)
{
    if (input == NULL)
        return;
    for (size_t index = 0; index < input->worker_count; index++)
        gw_worker_free(input->workers[index]);
    gw_wakeup_close(input->stop);
    gw_wakeup_close(input->abort);
    gw_configuration_release(input->configuration);
    gw_component_figures_free(input->figures);
    gw_arena_free(input->arena);
    free(input->workers);
    free(input->holds);
    free(input);
}

enum gw_status gw_gateway_input_start(struct gw_gateway_input *input, struct gw_error *reterr)
{
    while (input->started_count < input->worker_count) {
        enum gw_status status = gw_worker_start(input->workers[input->started_count], reterr);

        if (status != GW_OK)
            return status;
        input->started_count++;
    }
    input->is_started = true;
    return GW_OK;
}

void gw_gateway_input_stop(struct gw_gateway_input *input)
{
    gw_wakeup_raise(input->stop);
}

void gw_gateway_input_abort(struct gw_gateway_input *input)
{
    gw_wakeup_raise(input->stop);
    gw_wakeup_raise(input->abort);
}

bool gw_gateway_input_is_up(const struct gw_gateway_input *input)
{
    for (size_t index = 0; index < input->worker_count; index++)
        if (!gw_worker_is_up(input->workers[index]))
            return false;
    return input->is_started;
}

bool gw_gateway_input_has_ended(const struct gw_gateway_input *input, bool *ret_is_finished)
{
    *ret_is_finished = true;
    for (size_t index = 0; index < input->started_count; index++) {
        bool is_finished;

        if (!gw_worker_has_ended(input->workers[index], &is_finished))
            return false;
        *ret_is_finished = *ret_is_finished && is_finished;
    }
    return (input->is_started && input->worker_count > 0) || gw_wakeup_is_raised(input->stop);
}

void gw_gateway_input_join(struct gw_gateway_input *input)
{
    for (size_t index = 0; index < input->worker_count; index++)
        gw_worker_join(input->workers[index]);
}
