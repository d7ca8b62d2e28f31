/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the threads and waits until they have ended or a stop is asked for. It does not know what they do. */
#include "gateway/gateway.h"

#include "base/clock.h"
#include "gateway/config_json.h"
#include "gateway/gateway_internal.h"
#include "process/wakeup.h"

enum { TICK_MS = 200 };

static void enter(const struct gw_gateway *gateway, enum gw_gateway_phase phase)
{
    if (gateway->plan.entered != NULL)
        gateway->plan.entered(gateway->plan.entered_context, phase);
}

/*
 * Whether nothing is left for any relay, once the workers have ended. That one relay found its outbox empty proves
 * little: another relay may have given up a notice since, and created rows for it. So each relay reports up to which
 * handover it was empty, and all must report the latest one.
 *
 * This is sufficient while all relays belong to this process. Suppose that a row exists. It was created after the look
 * of its relay, so by another relay, which was read here as empty before it found the row that it then gave up; had
 * that relay looked again afterwards, it would have reported a later handover. The row that it gave up was in turn
 * created after its own look, by one more relay, earlier still, and so on without end. But the rows that the workers
 * left existed before all looks, which is a contradiction.
 */
static bool are_relays_empty(const struct gw_gateway *gateway)
{
    uint_fast64_t handovers = atomic_load(&gateway->handovers);

    for (size_t index = 0; index < gateway->output_count; index++) {
        const struct gw_relay *relay = gateway->outputs[index]->relay;

        if (!gw_relay_has_ended(relay) && !gw_relay_is_empty(relay, handovers) && !gw_relay_keeps_rows(relay))
            return false;
    }
    return true;
}

/*
 * Whether everything that this run caused is delivered, by whichever process.
 *
 * If the repository is shared, another process may give up a notice, and its handovers are not counted here: it removes
 * the row and creates rows for the fallback after our relay of the fallback has looked. But a fallback has no fallback.
 * So once all relays were empty, every row that our workers left is gone, and every row that replaced one exists. All
 * relays look once more; when they are empty again, those rows are gone too.
 */
static bool is_delivered(struct gw_gateway *gateway)
{
    bool is_shared = (gateway->site.repository_plugin->features & GW_REPOSITORY_SHARED) != 0;

    if (!are_relays_empty(gateway))
        return false;
    if (!is_shared || gateway->has_looked_again)
        return true;
    gateway->has_looked_again = true;
    gw_gateway_hand_over(gateway);
    return false;
}

static enum gw_status start(struct gw_gateway *gateway, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (size_t index = 0; index < gateway->output_count && status == GW_OK; index++)
        status = gw_relay_start(gateway->outputs[index]->relay, reterr);
    for (size_t index = 0; index < gateway->input_count && status == GW_OK; index++)
        status = gw_gateway_input_start(gateway->inputs[index], reterr);
    if (status == GW_OK)
        status = gw_housekeeper_start(&gateway->housekeeper, reterr);
    return status;
}

/* ---- what the main thread waits for */

static void on_signal(void *context, uint32_t ready)
{
    struct gw_gateway *gateway = context;

    (void)ready;
    gateway->is_asked_to_stop = true;
    gw_event_loop_unwatch(gateway->plan.loop, &gateway->signals); /* it stays readable: hosts wait for it too */
}

static void on_ended(void *context, uint32_t ready)
{
    struct gw_gateway *gateway = context;

    (void)ready;
    gw_wakeup_lower(gateway->ended);
}

static void on_tick(void *context)
{
    struct gw_gateway *gateway = context;

    gateway->plan.tick(gateway->plan.tick_context, gateway);
    gw_event_loop_set(gateway->plan.loop, &gateway->tick, gw_clock_monotonic_ms() + TICK_MS);
}

/* The callback does nothing: the code that set the timer checks the clock. */
static void on_deadline(void *context)
{
    (void)context;
}

static enum gw_status watch(struct gw_gateway *gateway, struct gw_error *reterr)
{
    struct gw_event_loop *loop = gateway->plan.loop;
    enum gw_status status;

    gateway->signals = (struct gw_event_watch){
        .fd = gateway->plan.signals, .wanted = GW_WAIT_READ, .ready = on_signal, .context = gateway};
    gateway->endings =
        (struct gw_event_watch){.fd = gateway->ended, .wanted = GW_WAIT_READ, .ready = on_ended, .context = gateway};
    gateway->tick = (struct gw_event_timer){.fired = on_tick, .context = gateway};
    gateway->deadline = gateway->sweep_deadline = (struct gw_event_timer){.fired = on_deadline};
    status = gw_event_loop_watch(loop, &gateway->signals, reterr);
    if (status == GW_OK)
        status = gw_event_loop_watch(loop, &gateway->endings, reterr);
    if (status == GW_OK && gateway->plan.tick != NULL)
        gw_event_loop_set(loop, &gateway->tick, gw_clock_monotonic_ms());
    return status;
}

static void unwatch(struct gw_gateway *gateway)
{
    gw_gateway_unwatch_orders(gateway);
    gw_event_loop_unwatch(gateway->plan.loop, &gateway->signals);
    gw_event_loop_unwatch(gateway->plan.loop, &gateway->endings);
    gw_event_loop_cancel(gateway->plan.loop, &gateway->tick);
    gw_event_loop_cancel(gateway->plan.loop, &gateway->deadline);
    gw_event_loop_cancel(gateway->plan.loop, &gateway->sweep_deadline);
}

static void begin_to_finish(struct gw_gateway *gateway)
{
    gateway->is_finishing = true;
    for (size_t index = 0; index < gateway->output_count; index++)
        gw_relay_finish(gateway->outputs[index]->relay);
}

/* ---- what a pause keeps */

static bool is_paused(const struct gw_gateway_input *input)
{
    return input->component->settings.entrypoint.paused != 0 && !input->is_leaving;
}

/* Whether nothing is read any more but for paused inputs, of which there is one. */
static bool waits_for_paused_inputs(const struct gw_gateway *gateway)
{
    bool has_paused = false;

    for (size_t index = 0; index < gateway->input_count; index++) {
        const struct gw_gateway_input *input = gateway->inputs[index];
        bool is_finished;

        if (is_paused(input))
            has_paused = true;
        else if (!gw_gateway_input_has_ended(input, &is_finished))
            return false;
    }
    return has_paused;
}

/* A paused input may be resumed, so it has no end. */
static void report_paused_inputs(struct gw_gateway *gateway)
{
    bool waits = waits_for_paused_inputs(gateway);

    for (size_t index = 0; index < gateway->input_count && waits && !gateway->has_reported_pause; index++)
        if (is_paused(gateway->inputs[index]))
            gw_log_event(
                gateway->plan.log, GW_CODE_INPUT_PAUSED, gateway->inputs[index]->component->id,
                "no other input is left, and this one is paused: the run continues and reads nothing; resume it "
                "with `gangway apply`, or stop the gateway");
    gateway->has_reported_pause = waits;
}

static void report_kept_events(const struct gw_gateway *gateway)
{
    for (size_t index = 0; index < gateway->output_count; index++)
        if (gw_relay_keeps_rows(gateway->outputs[index]->relay))
            gw_log_event(
                gateway->plan.log, GW_CODE_EVENTS_KEPT, gw_relay_id(gateway->outputs[index]->relay),
                "the run ends and keeps its events in the outbox, because it is paused; a run without `paused` "
                "delivers them");
}

static enum gw_gateway_end run_to_the_end(struct gw_gateway *gateway)
{
    bool are_finished = false;

    report_paused_inputs(gateway);
    for (;;) {
        if (!gateway->is_finishing && gw_gateway_have_inputs_ended(gateway, &are_finished))
            begin_to_finish(gateway);
        if (gateway->is_finishing && (is_delivered(gateway) || (gateway->plan.ends_at_fault && !are_finished)))
            gw_gateway_stop_outputs(gateway);
        if (gateway->is_finishing && gw_gateway_have_outputs_ended(gateway)) {
            gw_gateway_end_threads(gateway);
            report_kept_events(gateway);
            return are_finished ? GW_GATEWAY_FINISHED : GW_GATEWAY_FAILED;
        }
        gw_event_loop_step(gateway->plan.loop);
        if (gateway->is_asked_to_stop) {
            enter(gateway, GW_GATEWAY_DRAINING);
            return gw_gateway_drain(gateway);
        }
        gw_gateway_sweep(gateway);
        gw_gateway_advance_orders(gateway);
        report_paused_inputs(gateway);
    }
}

static size_t worker_count(const struct gw_gateway *gateway)
{
    size_t count = 0;

    for (size_t index = 0; index < gateway->input_count; index++)
        count += gateway->inputs[index]->worker_count;
    return count;
}

static void log_start(const struct gw_gateway *gateway)
{
    size_t workers = worker_count(gateway);

    gw_log_event(gateway->plan.log, GW_CODE_GATEWAY_STARTED, NULL, "%s is running: %zu worker%s, %zu destination%s",
                 gateway->site.service, workers, workers == 1 ? "" : "s", gateway->output_count,
                 gateway->output_count == 1 ? "" : "s");
}

enum gw_status gw_gateway_run(struct gw_gateway *gateway, enum gw_gateway_end *ret_end, struct gw_error *reterr)
{
    enum gw_status status = watch(gateway, reterr);

    if (status == GW_OK)
        status = start(gateway, reterr);
    if (status != GW_OK) {
        gw_gateway_abort(gateway);
        gw_gateway_end_threads(gateway);
        unwatch(gateway);
        return status;
    }
    gateway->started_unix_ms = gw_clock_unix_ms();
    log_start(gateway);
    enter(gateway, GW_GATEWAY_RUNNING);
    *ret_end = run_to_the_end(gateway);
    unwatch(gateway);
    return GW_OK;
}

static void add_worker_figures(const struct gw_worker_figures *figures, struct gw_gateway_figures *total)
{
    total->received += atomic_load_explicit(&figures->received, memory_order_relaxed);
    total->conflicts += atomic_load_explicit(&figures->conflicts, memory_order_relaxed);
    total->progress_done += atomic_load_explicit(&figures->progress_done, memory_order_relaxed);
    total->progress_total += atomic_load_explicit(&figures->progress_total, memory_order_relaxed);
    total->stopped_sources += atomic_load_explicit(&figures->stopped_sources, memory_order_relaxed);
    for (size_t outcome = 0; outcome <= GW_OUTCOME_RETURNED; outcome++)
        total->settled[outcome] += atomic_load_explicit(&figures->settled[outcome], memory_order_relaxed);
}

static void add_lag(void *context, struct gw_text source, int64_t lag)
{
    struct gw_gateway_figures *total = context;

    (void)source;
    total->lag += (uint64_t)lag;
    total->lag_sources++;
}

void gw_gateway_add_input_figures(const struct gw_gateway_input *input, struct gw_gateway_figures *total)
{
    for (size_t index = 0; index < input->worker_count; index++) {
        add_worker_figures(gw_worker_figures(input->workers[index]), total);
        gw_metrics_visit(gw_worker_metrics(input->workers[index]), GW_METRIC_LAG, add_lag, total);
    }
}

void gw_gateway_add_output_figures(const struct gw_gateway_output *output, struct gw_gateway_figures *total)
{
    const struct gw_relay_figures *figures = gw_relay_figures(output->relay);

    total->sent += atomic_load_explicit(&figures->sent, memory_order_relaxed);
    total->retried += atomic_load_explicit(&figures->retried, memory_order_relaxed);
    total->dead_rows += atomic_load_explicit(&figures->dead, memory_order_relaxed);
}

void gw_gateway_figures(const struct gw_gateway *gateway, struct gw_gateway_figures *ret_figures)
{
    *ret_figures = gateway->past;
    for (size_t index = 0; index < gateway->input_count; index++)
        gw_gateway_add_input_figures(gateway->inputs[index], ret_figures);
    for (size_t index = 0; index < gateway->output_count; index++)
        gw_gateway_add_output_figures(gateway->outputs[index], ret_figures);
    if (gateway->plan.log->output != NULL)
        ret_figures->log_records_dropped = gw_output_lost(gateway->plan.log->output);
}

/* ---- the configuration ------------------------------------------------------------------------------------------ */

enum gw_status gw_gateway_append_config(struct gw_gateway *gateway, struct gw_arena *arena, struct gw_buffer *buffer)
{
    struct gw_generation_hold hold = {.generations = &gateway->generations};
    struct gw_config_origin origin = {.restart_file = gateway->plan.request->file};
    const struct gw_generation *generation;
    const struct gw_bootstrap *bootstrap;
    enum gw_status status;

    if (!gateway->is_open)
        return gw_config_append_json(arena, gw_configuration_bootstrap(gateway->plan.configuration), &origin, buffer);
    generation = gw_generation_enter(&hold);
    origin.generation = gw_generation_number(generation);
    bootstrap = gw_configuration_bootstrap(gw_generation_configuration(generation));
    status = gw_config_append_json(arena, bootstrap, &origin, buffer);

    gw_generation_leave(&hold);
    return status;
}
