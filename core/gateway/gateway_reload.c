/* SPDX-License-Identifier: Apache-2.0 */
/* Reloads: a signal asks to apply the file again. Reading and checking is done on a thread of its own (apply.h), the
 * flip on the main thread; then the main thread watches until all that is new has come up. */
#include "base/clock.h"
#include "gateway/gateway_internal.h"
#include "process/wakeup.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* What is new has so long to come up before the verdict says that it has not. */
enum { UP_MS = 10000 };

/* ---- beginning */

static const char **output_ids(const struct gw_gateway *gateway)
{
    const char **ids = calloc(gateway->output_count + 1, sizeof *ids);

    for (size_t index = 0; ids != NULL && index < gateway->output_count; index++)
        ids[index] = gw_relay_id(gateway->outputs[index]->relay);
    return ids;
}

static void refuse(const struct gw_gateway *gateway, const struct gw_error *error)
{
    gw_log_event(gateway->plan.log, GW_CODE_CONFIGURATION_REFUSED, NULL,
                 "the file was not applied: %s; the old configuration runs on", error->text);
}

static void begin(struct gw_gateway *gateway)
{
    struct gw_generation *current = gw_generation_enter(&gateway->generations);
    const char **ids = output_ids(gateway);
    struct gw_apply_plan plan = {.request = *gateway->plan.request,
                                 .site = &gateway->site,
                                 .before = gw_generation_configuration(current),
                                 .key = gateway->plan_key,
                                 .outputs = ids,
                                 .output_count = gateway->output_count,
                                 .ended = gateway->ended};
    struct gw_error error = {0};
    enum gw_status status = ids != NULL ? gw_apply_start(&plan, &gateway->apply, &error)
                                        : gw_error_set(&error, GW_NOMEM, "no memory to apply a file");

    if (status != GW_OK)
        refuse(gateway, &error);
    free(ids);
    gw_generation_leave(&gateway->generations, current);
}

/* Several signals that come together are one. */
static void on_reload(void *context, uint32_t ready)
{
    struct gw_gateway *gateway = context;
    struct signalfd_siginfo signals[8];

    (void)ready;
    while (read(gateway->plan.reloads, signals, sizeof signals) > 0)
        continue;
    gateway->is_reload_wanted = true;
    gw_gateway_advance_reload(gateway);
}

static void on_rollout_deadline(void *context)
{
    gw_gateway_advance_reload(context);
}

enum gw_status gw_gateway_watch_reloads(struct gw_gateway *gateway, struct gw_error *reterr)
{
    randombytes_buf(gateway->plan_key, sizeof gateway->plan_key);
    gateway->rollout_deadline = (struct gw_event_timer){.fired = on_rollout_deadline, .context = gateway};
    gateway->reloads = (struct gw_event_watch){
        .fd = gateway->plan.reloads, .wanted = GW_WAIT_READ, .ready = on_reload, .context = gateway};
    return gateway->plan.reloads < 0 ? GW_OK : gw_event_loop_watch(gateway->plan.loop, &gateway->reloads, reterr);
}

void gw_gateway_unwatch_reloads(struct gw_gateway *gateway)
{
    if (gateway->plan.reloads >= 0)
        gw_event_loop_unwatch(gateway->plan.loop, &gateway->reloads);
    gw_event_loop_cancel(gateway->plan.loop, &gateway->rollout_deadline);
    if (gateway->apply != NULL)
        gw_apply_cancel(gateway->apply);
    gw_apply_free(gateway->apply);
    gateway->apply = NULL;
}

/* ---- the verdict */

static void append(char *text, size_t size, const char *more)
{
    size_t len = strlen(text);

    (void)snprintf(text + len, size - len, "%s%s", len > 0 ? ", " : "", more);
}

static void summarize(const struct gw_change *change, char *text, size_t size)
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

static void watch_rollout(struct gw_gateway *gateway)
{
    const char *not_up = gw_gateway_not_up(gateway);

    if (not_up == NULL)
        gw_log_event(gateway->plan.log, GW_CODE_CONFIGURATION_APPLIED, NULL, "applied: %s", gateway->rollout.summary);
    else if (gw_clock_monotonic_ms() >= gateway->rollout.deadline_ms)
        gw_log_event(gateway->plan.log, GW_CODE_CONFIGURATION_NOT_UP, not_up,
                     "applied, but this component is not up yet: %s", gateway->rollout.summary);
    else
        return;
    gateway->rollout.is_running = false;
    gw_event_loop_cancel(gateway->plan.loop, &gateway->rollout_deadline);
}

/* ---- the flip */

static void go_over(struct gw_gateway *gateway, struct gw_change *change)
{
    struct gw_error error = {0};

    if (change->plan.is_empty) {
        gw_log_event(gateway->plan.log, GW_CODE_CONFIGURATION_UNCHANGED, NULL, "the file changes nothing");
        return;
    }
    summarize(change, gateway->rollout.summary, sizeof gateway->rollout.summary);
    if (gw_gateway_flip(gateway, change, &error) != GW_OK) {
        refuse(gateway, &error);
        return;
    }
    gateway->rollout.is_running = true;
    gateway->rollout.deadline_ms = gw_clock_monotonic_ms() + UP_MS;
    gw_event_loop_set(gateway->plan.loop, &gateway->rollout_deadline, gateway->rollout.deadline_ms);
}

static void finish_apply(struct gw_gateway *gateway)
{
    struct gw_change *change = NULL;
    struct gw_error error = {0};
    size_t findings;
    enum gw_status status = gw_apply_result(gateway->apply, &change, &findings, &error);

    gw_apply_free(gateway->apply);
    gateway->apply = NULL;
    if (status == GW_OK && gateway->is_finishing)
        status = gw_error_set(&error, GW_CANCELLED, "every input has come to its end, and the gateway ends");
    if (status != GW_OK)
        refuse(gateway, &error);
    else
        go_over(gateway, change);
    gw_change_free(change);
}

/* An output that ends cannot come back; the next apply waits for it. */
static bool is_output_ending(const struct gw_gateway *gateway)
{
    for (size_t index = 0; index < gateway->output_count; index++)
        if (gateway->outputs[index]->is_ending)
            return true;
    return false;
}

void gw_gateway_advance_reload(struct gw_gateway *gateway)
{
    if (gateway->apply != NULL && gw_apply_has_ended(gateway->apply))
        finish_apply(gateway);
    if (gateway->rollout.is_running)
        watch_rollout(gateway);
    if (gateway->is_reload_wanted && gateway->apply == NULL && !gateway->rollout.is_running &&
        !is_output_ending(gateway)) {
        gateway->is_reload_wanted = false;
        begin(gateway);
    }
}
