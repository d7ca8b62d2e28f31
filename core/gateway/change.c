/* SPDX-License-Identifier: Apache-2.0 */
/* Changes: see change.h. All trials run at the same time, so an apply takes as long as the slowest check. */
#include "gateway/change.h"

#include "base/clock.h"
#include "base/fault_point.h"
#include "gateway/stray_calls.h"

#include <stdlib.h>
#include <string.h>

enum {
    PLAN_MAX_BYTES = 64 * 1024 * 1024,
    CHECK_MS = 15000, /* a check has so long */
    CLOSE_MS = 2000,  /* what was made and is not used has so long to close before the file is refused */
    STRAY_MAX = 4,    /* so many calls of plugins that have not returned are enough */
};

void gw_change_free(struct gw_change *change)
{
    if (change == NULL)
        return;
    for (size_t index = 0; index < change->item_count; index++) {
        struct gw_change_item *item = &change->items[index];

        gw_disposal_start(item->made);
        gw_relay_routes_free(item->routes);
    }
    free(change->items);
    gw_arena_free(change->arena);
    gw_configuration_release(change->before);
    gw_configuration_release(change->after);
    free(change);
}

/* ---- may it be applied? */

static enum gw_status refuse_unseen(const struct gw_plan *plan, struct gw_error *reterr)
{
    const struct gw_plan_component *component = plan->needs_hash;
    static const char advice[] = "look at `gangway plan`, and apply with its hash";

    if (component->after == NULL)
        return gw_error_set(reterr, GW_CONFIG, "%s: %s: the file leaves it out, which abandons its positions; %s",
                            plan->wanted->file, component->id, advice);
    return gw_error_set(reterr, GW_CONFIG, "%s:%u:%u: %s: it would read another source; %s", plan->wanted->file,
                        component->after->line, component->after->column, component->id, advice);
}

static enum gw_status judge(const struct gw_change_request *request, const struct gw_plan *plan,
                            struct gw_error *reterr)
{
    const struct gw_plan_refusal *refusal = plan->refusals;

    if (plan->refusal_count > 0)
        return gw_error_set(reterr, GW_CONFIG, "%s:%u:%u: %s cannot be changed while the gateway runs: %s",
                            plan->wanted->file, refusal->line, refusal->column, refusal->name, refusal->reason);
    if (request->hash != NULL && strcmp(request->hash, plan->hash) != 0)
        return gw_error_set(reterr, GW_CONFIG, "the plan %s is out of date: the file or the gateway has changed since",
                            request->hash);
    if (plan->needs_hash != NULL && request->hash == NULL)
        return refuse_unseen(plan, reterr);
    return GW_OK;
}

/* ---- trials */

static bool has_output(const struct gw_change_request *request, const char *id)
{
    for (size_t index = 0; index < request->output_count; index++)
        if (strcmp(request->outputs[index], id) == 0)
            return true;
    return false;
}

static bool is_new(const struct gw_change_item *item)
{
    return item->planned->verb == GW_PLAN_ADDED || item->planned->verb == GW_PLAN_REPLACED;
}

static enum gw_trial_kind kind_of(const struct gw_change_request *request, const struct gw_component *component)
{
    if (component->section == GW_SECTION_ENTRYPOINTS)
        return GW_TRIAL_INPUT;
    return has_output(request, component->id) ? GW_TRIAL_CHANNEL : GW_TRIAL_OUTPUT;
}

/* Where the file has the component whose trial failed. */
static enum gw_status add_place(const struct gw_change *change, const struct gw_component *component,
                                enum gw_status status, struct gw_error *reterr)
{
    if (status == GW_OK || status == GW_CANCELLED)
        return status;
    return gw_error_wrap(reterr, reterr, "%s:%u:%u", change->plan.wanted->file, component->line, component->column);
}

static enum gw_status start_trials(const struct gw_change_request *request, const struct gw_change *change,
                                   struct gw_trial **trials, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (size_t index = 0; index < change->item_count && status == GW_OK; index++) {
        const struct gw_component *component = change->items[index].planned->after;
        struct gw_trial_plan plan = {.site = request->site,
                                     .configuration = request->after,
                                     .component = component,
                                     .sessions = gw_bootstrap_session_count(change->plan.running) +
                                                 gw_bootstrap_session_count(change->plan.wanted)};

        if (!is_new(&change->items[index]))
            continue;
        plan.kind = kind_of(request, component);
        status = add_place(change, component, gw_trial_start(&plan, &trials[index], reterr), reterr);
    }
    return status;
}

static enum gw_status await_trials(const struct gw_change_request *request, struct gw_change *change,
                                   struct gw_trial **trials, struct gw_error *reterr)
{
    int64_t deadline_ms = gw_clock_monotonic_ms() + CHECK_MS;
    enum gw_status status = GW_OK;

    for (size_t index = 0; index < change->item_count && status == GW_OK; index++) {
        if (trials[index] == NULL)
            continue;
        status = gw_trial_wait(trials[index], deadline_ms, request->cancel, request->beat, reterr);
        status = add_place(change, change->items[index].planned->after, status, reterr);
        if (status == GW_OK)
            change->items[index].made = gw_trial_take(trials[index]);
    }
    return status;
}

static enum gw_status try_all(const struct gw_change_request *request, struct gw_change *change,
                              struct gw_error *reterr)
{
    struct gw_trial **trials = calloc(change->item_count + 1, sizeof *trials);
    enum gw_status status;

    if (trials == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the checks");
    status = start_trials(request, change, trials, reterr);
    if (status == GW_OK)
        status = await_trials(request, change, trials, reterr);
    for (size_t index = 0; index < change->item_count; index++)
        gw_trial_free(trials[index]);
    free(trials);
    return status;
}

/* ---- routes */

static enum gw_status make_routes(const struct gw_change_request *request, struct gw_change *change,
                                  struct gw_error *reterr)
{
    for (size_t index = 0; index < change->item_count; index++) {
        struct gw_change_item *item = &change->items[index];
        struct gw_relay_routes_plan plan = {.id = item->planned->id,
                                            .now = change->plan.wanted,
                                            .configuration = request->after,
                                            .before =
                                                item->planned->verb == GW_PLAN_REMOVED ? change->plan.running : NULL};

        if (item->planned->section != GW_SECTION_PUBLISHERS && item->planned->section != GW_SECTION_NOTIFIERS)
            continue;
        item->routes = gw_relay_routes_new(&plan);
        if (item->routes == NULL)
            return gw_error_set(reterr, GW_NOMEM, "%s: no memory for its routes", item->planned->id);
    }
    return GW_OK;
}

/* ---- all of it */

static enum gw_status change_fill(const struct gw_change_request *request, struct gw_change *change,
                                  struct gw_error *reterr)
{
    enum gw_status status;

    change->before = gw_configuration_hold(request->before);
    change->after = gw_configuration_hold(request->after);
    change->arena = gw_arena_new(PLAN_MAX_BYTES);
    if (change->arena == NULL ||
        gw_plan_make(change->arena, gw_configuration_bootstrap(request->before),
                     gw_configuration_bootstrap(request->after), request->key, &change->plan) != GW_OK)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the plan");
    request->planned(request->planned_context, &change->plan);
    if (request->only_plans)
        return GW_OK;
    status = judge(request, &change->plan, reterr);
    if (status != GW_OK)
        return status;
    change->items = calloc(change->plan.component_count + 1, sizeof *change->items);
    if (change->items == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the change");
    for (; change->item_count < change->plan.component_count; change->item_count++)
        change->items[change->item_count].planned = &change->plan.components[change->item_count];
    status = make_routes(request, change, reterr);
    gw_fault_point("apply-planned");
    if (status == GW_OK)
        status = try_all(request, change, reterr);
    gw_fault_point("apply-checked");
    return status;
}

/* Calls that are about to return get a moment. */
static bool has_room(void)
{
    gw_stray_calls_wait(STRAY_MAX - 1, gw_clock_monotonic_ms() + CLOSE_MS);
    return gw_stray_calls() < STRAY_MAX;
}

/* The file may be tried again at once: it must not find open what it made before. */
static void give_up(struct gw_change *change, unsigned stray_before, enum gw_status status)
{
    gw_change_free(change);
    if (status != GW_CANCELLED)
        gw_stray_calls_wait(stray_before, gw_clock_monotonic_ms() + CLOSE_MS);
}

enum gw_status gw_change_make(const struct gw_change_request *request, struct gw_change **ret_change,
                              struct gw_error *reterr)
{
    struct gw_change *change;
    unsigned stray_before = gw_stray_calls();
    enum gw_status status;

    if (!request->only_plans && !has_room())
        return gw_error_set(reterr, GW_CONFIG,
                            "%u calls of plugins have not returned from open, check or close; restart the gateway to "
                            "apply a file",
                            gw_stray_calls());
    change = calloc(1, sizeof *change);
    if (change == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the change");
    status = change_fill(request, change, reterr);
    if (status != GW_OK || request->only_plans) {
        give_up(change, stray_before, status);
        return status;
    }
    *ret_change = change;
    return GW_OK;
}
