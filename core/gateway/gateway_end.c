/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a gateway: asks the threads to stop, waits for what they have in progress, cancels what takes too long,
 * and joins them. A plugin may block in a call that no cancellation reaches: the process then ends without its thread.
 */
#include "base/clock.h"
#include "gateway/gateway_internal.h"
#include "process/wakeup.h"

/* CANCEL_MS: how long a thread has to end once what it has in progress is cancelled. */
enum { DRAIN_MS = 10000, HOUSEKEEPER_MS = 1000, CANCEL_MS = 3000 };

/* ---- who has ended */

bool gw_gateway_have_inputs_ended(const struct gw_gateway *gateway, bool *ret_are_finished)
{
    *ret_are_finished = true;
    for (size_t index = 0; index < gateway->input_count; index++) {
        bool is_finished;

        if (!gw_gateway_input_has_ended(gateway->inputs[index], &is_finished))
            return false;
        if (gateway->inputs[index]->is_leaving)
            continue;
        *ret_are_finished = *ret_are_finished && is_finished;
    }
    return true;
}

bool gw_gateway_have_outputs_ended(const struct gw_gateway *gateway)
{
    for (size_t index = 0; index < gateway->output_count; index++)
        if (!gw_relay_has_ended(gateway->outputs[index]->relay))
            return false;
    return true;
}

static bool is_input_running(const struct gw_gateway_input *input)
{
    for (size_t index = 0; index < input->worker_count; index++)
        if (gw_component_thread_is_running(gw_worker_thread(input->workers[index])))
            return true;
    return false;
}

/* Calls visit with the id of each input and output that has a running thread. */
typedef void visit_fn(const struct gw_gateway *gateway, const char *id);

static bool visit_running(const struct gw_gateway *gateway, visit_fn *visit)
{
    bool is_one_running = false;

    for (size_t index = 0; index < gateway->input_count; index++) {
        if (!is_input_running(gateway->inputs[index]))
            continue;
        visit(gateway, gateway->inputs[index]->component->id);
        is_one_running = true;
    }
    for (size_t index = 0; index < gateway->output_count; index++) {
        if (!gw_component_thread_is_running(gw_relay_thread(gateway->outputs[index]->relay)))
            continue;
        visit(gateway, gw_relay_id(gateway->outputs[index]->relay));
        is_one_running = true;
    }
    return is_one_running;
}

static void ignore(const struct gw_gateway *gateway, const char *id)
{
    (void)gateway;
    (void)id;
}

static bool are_components_running(const struct gw_gateway *gateway)
{
    return visit_running(gateway, ignore);
}

static bool is_housekeeper_running(const struct gw_gateway *gateway)
{
    return !gw_housekeeper_has_ended(&gateway->housekeeper);
}

static void log_straggler(const struct gw_gateway *gateway, const char *id)
{
    gw_log_event(gateway->plan.log, GW_CODE_THREAD_ABANDONED, id,
                 "a call of its plugin did not return within %d s after it was cancelled; the process ends without it, "
                 "and what it had not recorded is repeated at the next start",
                 CANCEL_MS / 1000);
}

static bool have_stragglers(const struct gw_gateway *gateway)
{
    bool have = visit_running(gateway, log_straggler);

    if (is_housekeeper_running(gateway))
        log_straggler(gateway, gateway->site.repository_id);
    return have || is_housekeeper_running(gateway);
}

/* Waits for so long until is_running is false. */
static void await(struct gw_gateway *gateway, bool (*is_running)(const struct gw_gateway *gateway), int64_t ms)
{
    int64_t deadline = gw_clock_monotonic_ms() + ms;

    gw_event_loop_set(gateway->plan.loop, &gateway->deadline, deadline);
    while (is_running(gateway) && gw_clock_monotonic_ms() < deadline)
        gw_event_loop_step(gateway->plan.loop);
}

/* ---- the end of the threads */

static void join_if_ended(struct gw_component_thread *thread)
{
    if (!gw_component_thread_is_running(thread))
        gw_component_thread_join(thread);
}

static void join(struct gw_gateway *gateway)
{
    for (size_t index = 0; index < gateway->input_count; index++)
        for (size_t worker = 0; worker < gateway->inputs[index]->worker_count; worker++)
            join_if_ended(gw_worker_thread(gateway->inputs[index]->workers[worker]));
    for (size_t index = 0; index < gateway->output_count; index++)
        join_if_ended(gw_relay_thread(gateway->outputs[index]->relay));
    join_if_ended(&gateway->housekeeper.thread);
}

/* The housekeeper stores the running time as it ends, unless the repository does not answer. */
void gw_gateway_end_threads(struct gw_gateway *gateway)
{
    await(gateway, are_components_running, CANCEL_MS);
    gw_wakeup_raise(gateway->stop);
    await(gateway, is_housekeeper_running, HOUSEKEEPER_MS);
    gw_wakeup_raise(gateway->abort);
    await(gateway, is_housekeeper_running, CANCEL_MS);
    gateway->is_abandoned = have_stragglers(gateway);
    join(gateway);
}

void gw_gateway_stop_outputs(struct gw_gateway *gateway)
{
    for (size_t index = 0; index < gateway->output_count; index++)
        gw_gateway_output_stop(gateway->outputs[index]);
}

static void stop_all(struct gw_gateway *gateway)
{
    for (size_t index = 0; index < gateway->input_count; index++)
        gw_gateway_input_stop(gateway->inputs[index]);
    gw_gateway_stop_outputs(gateway);
    gw_wakeup_raise(gateway->stop);
}

void gw_gateway_abort(struct gw_gateway *gateway)
{
    for (size_t index = 0; index < gateway->input_count; index++)
        gw_gateway_input_abort(gateway->inputs[index]);
    for (size_t index = 0; index < gateway->output_count; index++)
        gw_gateway_output_abort(gateway->outputs[index]);
    gw_wakeup_raise(gateway->stop);
    gw_wakeup_raise(gateway->abort);
}

/* Drains: takes no more messages, lets turns and deliveries in progress end, and cancels what does not end in time. */
enum gw_gateway_end gw_gateway_drain(struct gw_gateway *gateway)
{
    int64_t deadline = gw_clock_monotonic_ms() + DRAIN_MS;
    bool are_finished;

    gw_log_event(gateway->plan.log, GW_CODE_GATEWAY_DRAINING, NULL, "stopping: draining, up to %d s", DRAIN_MS / 1000);
    gw_gateway_cancel_orders(gateway);
    stop_all(gateway);
    gw_event_loop_set(gateway->plan.loop, &gateway->deadline, deadline);
    while (gateway->apply != NULL || !gw_gateway_have_inputs_ended(gateway, &are_finished) ||
           !gw_gateway_have_outputs_ended(gateway)) {
        if (gw_clock_monotonic_ms() >= deadline) {
            gw_gateway_abort(gateway);
            gw_gateway_end_threads(gateway);
            return GW_GATEWAY_CUT_OFF;
        }
        gw_event_loop_step(gateway->plan.loop);
        gw_gateway_advance_orders(gateway);
    }
    gw_gateway_end_threads(gateway);
    return gateway->is_abandoned ? GW_GATEWAY_CUT_OFF : GW_GATEWAY_STOPPED;
}
