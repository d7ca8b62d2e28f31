/* SPDX-License-Identifier: Apache-2.0 */
/* What became of each component that an apply has changed. */
#include "gateway/gateway_internal.h"
#include "gateway/status.h"

#include <string.h>

/* BLOCKED_MS: a thread that has not passed a wait for so long is in a call that does not return. */
enum { ARENA_MAX_BYTES = 4 * 1024 * 1024, BLOCKED_MS = 1000 };

static const char blocked[] = "a call of its plugin, or of the repository, has not returned";

static const char *const changes[] = {
    [GW_PLAN_ADDED] = "added", [GW_PLAN_REMOVED] = "removed", [GW_PLAN_REPLACED] = "replaced"};

/* ---- which were changed */

/* Without memory there are no components to show; the text of the verdict stays. */
void gw_gateway_note_components(struct gw_order_verdict *verdict, const struct gw_plan *plan)
{
    struct gw_component_verdict *items;

    verdict->arena = gw_arena_new(ARENA_MAX_BYTES);
    if (verdict->arena == NULL)
        return;
    items = gw_arena_alloc_zero(verdict->arena, (plan->component_count + 1) * sizeof *items);
    for (size_t index = 0; items != NULL && index < plan->component_count; index++) {
        const struct gw_plan_component *component = &plan->components[index];
        const char *id = gw_arena_copy(verdict->arena, component->id, strlen(component->id));

        if (id != NULL && component->verb != GW_PLAN_UNCHANGED)
            items[verdict->component_count++] =
                (struct gw_component_verdict){.id = id, .change = changes[component->verb]};
    }
    verdict->components = items;
}

/* ---- why one is not up, when nothing has failed */

static bool is_blocked(const struct gw_component_thread *thread)
{
    return gw_component_thread_silent_ms(thread) >= BLOCKED_MS;
}

static const char *why_input(const struct gw_gateway_input *input)
{
    if (!input->is_started)
        return "it starts when the entrypoint before it has ended";
    for (size_t index = 0; index < input->worker_count; index++)
        if (is_blocked(gw_worker_thread(input->workers[index])))
            return blocked;
    return "it has not polled its input yet";
}

static const char *why_output(const struct gw_gateway_output *output)
{
    return is_blocked(gw_relay_thread(output->relay)) ? blocked : "it has not read its rows yet";
}

/* NULL: it is up, or gone. */
static const char *why_not_up(const struct gw_gateway *gateway, const char *id)
{
    for (size_t index = 0; index < gateway->input_count; index++) {
        const struct gw_gateway_input *input = gateway->inputs[index];
        bool is_finished;

        if (!input->is_leaving && strcmp(input->component->id, id) == 0)
            return gw_gateway_input_is_up(input) || gw_gateway_input_has_ended(input, &is_finished) ? NULL
                                                                                                    : why_input(input);
    }
    for (size_t index = 0; index < gateway->output_count; index++) {
        const struct gw_gateway_output *output = gateway->outputs[index];

        if (!output->is_removed && strcmp(gw_relay_id(output->relay), id) == 0)
            return gw_gateway_output_is_up(output) ? NULL : why_output(output);
    }
    return NULL;
}

/* ---- what became of each */

static void judge(const struct gw_gateway *gateway, struct gw_component_verdict *component,
                  const struct gw_gateway_status *status)
{
    for (uint32_t index = 0; index < status->component_count; index++) {
        const struct gw_component_status *found = &status->components[index];

        if (strcmp(found->id, component->id) != 0)
            continue;
        component->state = gw_component_state_word(found->state);
        component->reason = found->has_failure ? found->failure.text : why_not_up(gateway, component->id);
    }
}

void gw_gateway_judge_components(struct gw_gateway *gateway, struct gw_order_verdict *verdict)
{
    struct gw_gateway_status status;

    if (verdict->component_count == 0 || gw_gateway_status_take(gateway, verdict->arena, &status, NULL) != GW_OK)
        return;
    for (uint32_t index = 0; index < verdict->component_count; index++)
        judge(gateway, &verdict->components[index], &status);
}
