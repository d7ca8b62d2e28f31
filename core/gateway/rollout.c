/* SPDX-License-Identifier: Apache-2.0 */
/* What follows a flip: the main thread watches until all that is new has come up, or its time is over. */
#include "base/clock.h"
#include "config/route_changes.h"
#include "gateway/gateway_internal.h"

#include <string.h>

enum { PLACE_MAX = 300 };

/* Of what is not up yet, and of an apply that waits for an output of before to end. */
void gw_gateway_set_order_deadline(struct gw_gateway *gateway)
{
    int64_t due_ms = gateway->rollout.is_running ? gateway->rollout.deadline_ms : INT64_MAX;

    if (gateway->comeback_ms > 0 && gateway->comeback_ms < due_ms)
        due_ms = gateway->comeback_ms;
    if (due_ms == INT64_MAX)
        gw_event_loop_cancel(gateway->plan.loop, &gateway->rollout_deadline);
    else
        gw_event_loop_set(gateway->plan.loop, &gateway->rollout_deadline, due_ms);
}

static void append(char *text, size_t size, const char *more)
{
    size_t len = strlen(text);

    (void)snprintf(text + len, size - len, "%s%s", len > 0 ? ", " : "", more);
}

void gw_change_summarize(const struct gw_change *change, char *text, size_t size)
{
    static const char *const words[] = {
        [GW_PLAN_ADDED] = "added", [GW_PLAN_REMOVED] = "removed", [GW_PLAN_REPLACED] = "replaced"};

    text[0] = '\0';
    for (size_t index = 0; index < change->plan.component_count; index++) {
        const struct gw_plan_component *component = &change->plan.components[index];
        char item[128];

        if (component->verb == GW_PLAN_UNCHANGED)
            continue;
        (void)snprintf(item, sizeof item, "%s %s", component->id, words[component->verb]);
        append(text, size, item);
    }
    if (change->plan.route_count > 0)
        append(text, size, change->plan.route_count == 1 ? "one route changed" : "routes changed");
}

/* What does not work of a component that was changed; NULL: nothing, or it is not known. */
static const char *reason_of(const struct gw_order_verdict *verdict, const char *id)
{
    for (uint32_t index = 0; index < verdict->component_count; index++)
        if (strcmp(verdict->components[index].id, id) == 0)
            return verdict->components[index].reason;
    return NULL;
}

static const struct gw_component *find_component(const struct gw_bootstrap *bootstrap, const char *id)
{
    const struct gw_component *found = gw_component_list_find(&bootstrap->entrypoints, id);

    return found != NULL ? found : gw_bootstrap_destination(bootstrap, gw_text_of(id));
}

/* Where the file in force has the component: ` (FILE:LINE:COLUMN)`. */
static void write_place(struct gw_gateway *gateway, const char *id, char *text, size_t size)
{
    struct gw_generation_hold hold = {.generations = &gateway->generations};
    struct gw_generation *generation = gw_generation_enter(&hold);
    const struct gw_bootstrap *bootstrap = gw_configuration_bootstrap(gw_generation_configuration(generation));
    const struct gw_component *component = find_component(bootstrap, id);

    text[0] = '\0';
    if (component != NULL)
        (void)snprintf(text, size, " (%s:%u:%u)", bootstrap->file, component->line, component->column);
    gw_generation_leave(&hold);
}

static void write_not_up(struct gw_gateway *gateway, const struct gw_order_verdict *verdict, const char *not_up,
                         const char *more, char *text, size_t size)
{
    const char *reason = reason_of(verdict, not_up);
    char place[PLACE_MAX];

    write_place(gateway, not_up, place, sizeof place);
    (void)snprintf(text, size, "applied, but %s%s is not up yet%s%s%s%s (%.300s)", not_up, place,
                   reason != NULL ? ": " : "", reason != NULL ? reason : "", more != NULL ? "; " : "",
                   more != NULL ? more : "", gateway->rollout.summary);
}

/* not_up: the id of a component that is not; NULL: all are. more: why it is not waited for any longer; NULL: time is
 * up. */
static void end_rollout(struct gw_gateway *gateway, const char *not_up, const char *more)
{
    struct gw_order_verdict *verdict = &gateway->verdicts[gateway->rollout.order % GW_VERDICTS_KEPT];
    const char *code = not_up == NULL ? GW_CODE_CONFIGURATION_APPLIED : GW_CODE_CONFIGURATION_NOT_UP;
    char text[sizeof verdict->text];

    gw_gateway_judge_components(gateway, verdict);
    if (not_up == NULL)
        (void)snprintf(text, sizeof text, "applied: %s", gateway->rollout.summary);
    else
        write_not_up(gateway, verdict, not_up, more, text, sizeof text);
    gw_order_verdict_end(verdict, not_up == NULL ? GW_VERDICT_APPLIED : GW_VERDICT_NOT_UP, text);
    gateway->rollout.is_running = false;
    gw_housekeeper_return_memory(&gateway->housekeeper); /* of instances that were exchanged */
    gw_gateway_set_order_deadline(gateway);
    gw_log_event(gateway->plan.log, code, not_up, "%s", text);
}

void gw_gateway_watch_rollout(struct gw_gateway *gateway)
{
    const char *not_up = gw_gateway_not_up(gateway);

    if (not_up == NULL || gw_clock_monotonic_ms() >= gateway->rollout.deadline_ms)
        end_rollout(gateway, not_up, NULL);
}

void gw_gateway_conclude_rollout(struct gw_gateway *gateway, const char *cause)
{
    if (gateway->rollout.is_running)
        end_rollout(gateway, gw_gateway_not_up(gateway), cause);
}
