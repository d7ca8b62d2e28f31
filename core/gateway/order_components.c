/* SPDX-License-Identifier: Apache-2.0 */
/* What became of each component that an apply has changed. */
#include "gateway/gateway_internal.h"
#include "gateway/status.h"

#include <string.h>

enum { ARENA_MAX_BYTES = 4 * 1024 * 1024 };

static const char *const changes[] = {
    [GW_PLAN_ADDED] = "added", [GW_PLAN_REMOVED] = "removed", [GW_PLAN_REPLACED] = "replaced"};

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

static void judge(struct gw_component_verdict *component, const struct gw_gateway_status *status)
{
    for (uint32_t index = 0; index < status->component_count; index++) {
        const struct gw_component_status *found = &status->components[index];

        if (strcmp(found->id, component->id) != 0)
            continue;
        component->state = gw_component_state_word(found->state);
        component->reason = found->has_failure ? found->failure.text : NULL;
    }
}

void gw_gateway_judge_components(struct gw_gateway *gateway, struct gw_order_verdict *verdict)
{
    struct gw_gateway_status status;

    if (verdict->component_count == 0 || gw_gateway_status_take(gateway, verdict->arena, &status, NULL) != GW_OK)
        return;
    for (uint32_t index = 0; index < verdict->component_count; index++)
        judge(&verdict->components[index], &status);
}
