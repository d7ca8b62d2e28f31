/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flip: a running gateway goes over to another configuration. What can fail comes first: memory and the threads of
 * new outputs. Then outputs take their exchanges, the generation is published, and inputs are started and stopped.
 */
#include "base/clock.h"
#include "base/fault_point.h"
#include "gateway/gateway_internal.h"
#include "gateway/input_order.h"
#include "process/wakeup.h"

#include <stdlib.h>
#include <string.h>

/* LEAVE_MS: an input that leaves has so long to end its turn. START_AGAIN_MS: when one that got no thread is tried
 * again.
 */
enum { LEAVE_MS = 10000, START_AGAIN_MS = 1000 };

/* The one that has not left. */
static struct gw_gateway_output *find_output(const struct gw_gateway *gateway, const char *id)
{
    for (size_t index = 0; index < gateway->output_count; index++)
        if (!gw_relay_has_left(gateway->outputs[index]->relay) &&
            strcmp(gw_relay_id(gateway->outputs[index]->relay), id) == 0)
            return gateway->outputs[index];
    return NULL;
}

static struct gw_input_list inputs_of(const struct gw_gateway *gateway)
{
    return (struct gw_input_list){gateway->inputs, gateway->input_count};
}

static bool is_output(const struct gw_change_item *item)
{
    return item->planned->section == GW_SECTION_PUBLISHERS || item->planned->section == GW_SECTION_NOTIFIERS;
}

/* ---- what can fail */

static bool reserve(struct gw_gateway *gateway, size_t more)
{
    void *inputs = realloc(gateway->inputs, (gateway->input_count + more + 1) * sizeof(struct gw_gateway_input *));
    void *outputs;

    if (inputs == NULL)
        return false;
    gateway->inputs = inputs;
    outputs = realloc(gateway->outputs, (gateway->output_count + more + 1) * sizeof(struct gw_gateway_output *));
    if (outputs == NULL)
        return false;
    gateway->outputs = outputs;
    return true;
}

/* The next generation: its outputs in the order of the file. */
static struct gw_generation *make_generation(const struct gw_gateway *gateway, const struct gw_change *change)
{
    struct gw_gateway_output **outputs = calloc(change->item_count + 1, sizeof(struct gw_gateway_output *));
    struct gw_generation *generation = NULL;
    size_t count = 0;

    if (outputs == NULL)
        return NULL;
    for (size_t index = 0; index < change->item_count; index++) {
        const struct gw_change_item *item = &change->items[index];

        if (is_output(item) && item->planned->verb != GW_PLAN_REMOVED)
            outputs[count++] = item->made.output != NULL ? item->made.output : find_output(gateway, item->planned->id);
    }
    generation = gw_generation_new(change->after, outputs, count);
    free(outputs);
    return generation;
}

static void end_output(struct gw_gateway_output *output)
{
    gw_gateway_output_abort(output);
    gw_relay_join(output->relay);
}

static enum gw_status start_outputs(const struct gw_change *change, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;
    size_t started = 0;

    for (; started < change->item_count && status == GW_OK; started++)
        if (change->items[started].made.output != NULL)
            status = gw_relay_start(change->items[started].made.output->relay, reterr);
    for (size_t index = 0; status != GW_OK && index < started; index++)
        if (change->items[index].made.output != NULL)
            end_output(change->items[index].made.output);
    return status;
}

/* ---- outputs */

static void flip_output(struct gw_gateway *gateway, struct gw_change_item *item)
{
    struct gw_gateway_output *output = find_output(gateway, item->planned->id);

    if (item->made.output != NULL) {
        gateway->outputs[gateway->output_count++] = item->made.output;
        item->made.output = NULL;
        return;
    }
    output->exchanges = gw_relay_exchanges(output->relay) + 1; /* before: the relay may take it at once */
    gw_disposal_start((struct gw_made){.channel = gw_relay_exchange(output->relay, item->made.channel, item->routes)});
    item->made.channel = NULL;
    item->routes = NULL;
    output->is_removed = item->planned->verb == GW_PLAN_REMOVED;
    if (output->is_finishing && !output->is_removed) {
        output->is_finishing = false;
        gw_relay_resume(output->relay);
    }
}

/* ---- inputs */

static void leave(struct gw_gateway *gateway, struct gw_gateway_input *input)
{
    if (input == NULL || input->is_leaving)
        return;
    input->is_leaving = true;
    input->abort_ms = gw_clock_monotonic_ms() + LEAVE_MS;
    gw_gateway_input_stop(input);
    gw_event_loop_set(gateway->plan.loop, &gateway->sweep_deadline, input->abort_ms);
}

static void add_input(struct gw_gateway *gateway, struct gw_change_item *item, struct gw_gateway_input *old)
{
    struct gw_gateway_input *input = item->made.input;

    item->made.input = NULL;
    input->replaces = old;
    input->stops_first = item->planned->stops_first;
    gateway->inputs[gateway->input_count++] = input;
}

static void flip_input(struct gw_gateway *gateway, struct gw_change_item *item)
{
    struct gw_gateway_input *old = gw_input_order_newest(inputs_of(gateway), item->planned->id);

    if (item->made.input != NULL)
        add_input(gateway, item, old);
    else if (item->planned->verb == GW_PLAN_REMOVED)
        leave(gateway, old);
}

static void flip_inputs(struct gw_gateway *gateway, struct gw_change *change)
{
    for (size_t index = 0; index < change->item_count; index++)
        if (change->items[index].planned->section == GW_SECTION_ENTRYPOINTS)
            flip_input(gateway, &change->items[index]);
}

/* ---- both */

enum gw_status gw_gateway_flip(struct gw_gateway *gateway, struct gw_change *change, struct gw_error *reterr)
{
    struct gw_generation *generation;
    enum gw_status status;

    if (!reserve(gateway, change->item_count))
        return gw_error_set(reterr, GW_NOMEM, "no memory to change the gateway");
    generation = make_generation(gateway, change);
    if (generation == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the wiring");
    status = start_outputs(change, reterr);
    if (status != GW_OK) {
        gw_generation_free(generation);
        return status;
    }
    gw_fault_point("flip");
    for (size_t index = 0; index < change->item_count; index++)
        if (is_output(&change->items[index]))
            flip_output(gateway, &change->items[index]);
    gw_fault_point("flip-outputs");
    gw_generations_publish(&gateway->generations, generation);
    gw_fault_point("flip-published");
    flip_inputs(gateway, change);
    gw_gateway_sweep(gateway);
    gw_fault_point("flip-inputs");
    return GW_OK;
}

/* ---- what comes and goes afterwards */

static void start_due_inputs(struct gw_gateway *gateway)
{
    for (size_t index = 0; index < gateway->input_count; index++) {
        struct gw_gateway_input *input = gateway->inputs[index];
        struct gw_error error = {0};

        if (input->is_started || input->is_leaving || gw_input_order_waits(inputs_of(gateway), input))
            continue;
        if (gw_gateway_input_start(input, &error) == GW_OK)
            continue;
        if (!input->is_start_reported)
            gw_log_event(gateway->plan.log, GW_CODE_INPUT_NOT_STARTED, input->component->id,
                         "an entrypoint was not started: %s; retrying every %d s", error.text, START_AGAIN_MS / 1000);
        input->is_start_reported = true;
        gw_event_loop_set(gateway->plan.loop, &gateway->sweep_deadline, gw_clock_monotonic_ms() + START_AGAIN_MS);
    }
}

static void stop_replaced_inputs(struct gw_gateway *gateway)
{
    struct gw_gateway_input *old;

    while ((old = gw_input_order_take_replaced(inputs_of(gateway))) != NULL)
        leave(gateway, old);
}

static void abort_slow_input(struct gw_gateway *gateway, struct gw_gateway_input *input)
{
    if (gw_clock_monotonic_ms() < input->abort_ms) {
        if (input->abort_ms != INT64_MAX && !gateway->sweep_deadline.is_set)
            gw_event_loop_set(gateway->plan.loop, &gateway->sweep_deadline, input->abort_ms);
        return;
    }
    input->abort_ms = INT64_MAX;
    gw_gateway_input_abort(input);
}

static bool has_left(const struct gw_gateway_input *input)
{
    bool is_finished;

    return input->is_leaving && gw_gateway_input_has_ended(input, &is_finished);
}

/* Takes one that has left out of the list; NULL: none has. */
static struct gw_gateway_input *take_left_input(struct gw_gateway *gateway)
{
    for (size_t index = 0; index < gateway->input_count; index++) {
        struct gw_gateway_input *input = gateway->inputs[index];

        if (!has_left(input))
            continue;
        gateway->input_count--;
        memmove(&gateway->inputs[index], &gateway->inputs[index + 1],
                (gateway->input_count - index) * sizeof(struct gw_gateway_input *));
        return input;
    }
    return NULL;
}

static void free_left_inputs(struct gw_gateway *gateway)
{
    struct gw_gateway_input *input;

    while ((input = take_left_input(gateway)) != NULL) {
        gw_gateway_input_join(input);
        gw_gateway_keep_input_figures(gateway, input);
        gw_disposal_start((struct gw_made){.input = input});
        gw_housekeeper_return_memory(&gateway->housekeeper);
    }
    for (size_t index = 0; index < gateway->input_count; index++)
        if (gateway->inputs[index]->is_leaving)
            abort_slow_input(gateway, gateway->inputs[index]);
}

/* A removed output goes in three steps: no generation names it any more, so no rows come; it has none left; it ends. */
static bool advance_removed(struct gw_gateway *gateway, struct gw_gateway_output *output)
{
    if (!output->is_finishing) {
        if (gw_generations_alive(&gateway->generations) > 1)
            return false;
        output->is_finishing = true;
        gw_relay_finish(output->relay);
        return false;
    }
    if (!output->is_ending && gw_relay_is_empty(output->relay, atomic_load(&gateway->handovers))) {
        output->is_ending = true;
        gw_gateway_output_stop(output);
    }
    return gw_relay_has_ended(output->relay);
}

/* None begins to end while a file is applied, which may name the id again: an id that comes back finds its output. */
static bool has_output_left(struct gw_gateway *gateway, struct gw_gateway_output *output)
{
    if (gateway->apply != NULL)
        return output->is_ending && gw_relay_has_ended(output->relay);
    return output->is_removed && advance_removed(gateway, output);
}

/* Takes one that has left out of the list; NULL: none has. */
static struct gw_gateway_output *take_left_output(struct gw_gateway *gateway)
{
    for (size_t index = 0; index < gateway->output_count; index++) {
        struct gw_gateway_output *output = gateway->outputs[index];

        if (!has_output_left(gateway, output))
            continue;
        gateway->output_count--;
        memmove(&gateway->outputs[index], &gateway->outputs[index + 1],
                (gateway->output_count - index) * sizeof(struct gw_gateway_output *));
        return output;
    }
    return NULL;
}

static void free_left_outputs(struct gw_gateway *gateway)
{
    struct gw_gateway_output *output;

    if (gateway->is_finishing)
        return;
    while ((output = take_left_output(gateway)) != NULL) {
        gw_relay_join(output->relay);
        gw_gateway_keep_output_figures(gateway, output);
        gw_gateway_output_release(output);
        gw_housekeeper_return_memory(&gateway->housekeeper);
    }
}

void gw_gateway_sweep(struct gw_gateway *gateway)
{
    stop_replaced_inputs(gateway);
    free_left_inputs(gateway);
    start_due_inputs(gateway);
    free_left_outputs(gateway);
}

const char *gw_gateway_not_up(const struct gw_gateway *gateway)
{
    for (size_t index = 0; index < gateway->input_count; index++) {
        const struct gw_gateway_input *input = gateway->inputs[index];
        bool is_finished;

        if (!input->is_leaving && !gw_gateway_input_is_up(input) && !gw_gateway_input_has_ended(input, &is_finished))
            return input->component->id;
    }
    for (size_t index = 0; index < gateway->output_count; index++)
        if (!gateway->outputs[index]->is_removed && !gw_gateway_output_is_up(gateway->outputs[index]))
            return gw_relay_id(gateway->outputs[index]->relay);
    return NULL;
}
