/* SPDX-License-Identifier: Apache-2.0 */
/* Orders: see orders.h. Reading and checking is done on a thread of its own (apply.h), the flip on the main thread;
 * then rollout.c watches until all that is new has come up, and order_verdicts.c keeps what came of it. A signal is the
 * order to apply the file again. */
#include "base/clock.h"
#include "gateway/gateway_internal.h"
#include "process/wakeup.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* What is new has so long to come up before the verdict says that it has not. */
enum { UP_MS = 10000, FIGURES_MAX_BYTES = 4 * 1024 * 1024 };

/* ---- beginning */

/* Of those that can take an exchange. One that ends cannot: an id that comes back gets another output. */
static const char **output_ids(const struct gw_gateway *gateway, size_t *ret_count)
{
    const char **ids = calloc(gateway->output_count + 1, sizeof *ids);

    *ret_count = 0;
    for (size_t index = 0; ids != NULL && index < gateway->output_count; index++)
        if (!gateway->outputs[index]->is_ending)
            ids[(*ret_count)++] = gw_relay_id(gateway->outputs[index]->relay);
    return ids;
}

static void log_refusal(const struct gw_gateway *gateway, const char *cause)
{
    gw_log_event(gateway->plan.log, GW_CODE_CONFIGURATION_REFUSED, NULL,
                 "the file was not applied: %s; nothing has changed", cause);
}

static void refuse(struct gw_gateway *gateway, enum gw_verdict_word word, const struct gw_error *error)
{
    gw_order_verdict_end(gw_gateway_current_verdict(gateway), word, error->text);
    if (gw_gateway_current_verdict(gateway)->kind == GW_ORDER_APPLY)
        log_refusal(gateway, error->text);
}

static enum gw_status begin_apply(struct gw_gateway *gateway, const struct gw_order *order, struct gw_error *reterr)
{
    struct gw_generation_hold hold = {.generations = &gateway->generations};
    struct gw_generation *current = gw_generation_enter(&hold);
    size_t id_count;
    const char **ids = output_ids(gateway, &id_count);
    struct gw_apply_plan plan = {.request = *gateway->plan.request,
                                 .site = &gateway->site,
                                 .before = gw_generation_configuration(current),
                                 .key = gateway->plan_key,
                                 .outputs = ids,
                                 .output_count = id_count,
                                 .hash = order->hash,
                                 .arena = gw_arena_new(FIGURES_MAX_BYTES),
                                 .only_plans = order->kind == GW_ORDER_PLAN,
                                 .ended = gateway->ended,
                                 .beat = &gateway->apply_beat};
    enum gw_status status = GW_NOMEM;

    if (order->file != NULL)
        plan.request.file = order->file;
    if (ids != NULL && plan.arena != NULL && gw_gateway_take_plan_figures(gateway, plan.arena, &plan.figures)) {
        status = gw_apply_start(&plan, &gateway->apply, reterr);
    } else {
        (void)gw_error_set(reterr, GW_NOMEM, "no memory to apply a file");
        gw_arena_free(plan.arena);
    }
    free(ids);
    gw_generation_leave(&hold);
    return status;
}

/* An order whose file is in force, but not up yet, prevents no other, as long as its verdict has a place. */
static bool is_busy(const struct gw_gateway *gateway)
{
    return gateway->apply != NULL ||
           (gateway->rollout.is_running && gateway->last_order + 1 - gateway->rollout.order >= GW_VERDICTS_KEPT);
}

/* The hold on the oldest generation. */
struct oldest_hold {
    char component[GW_COMPONENT_ID_MAX_BYTES + 1];
    uint64_t number; /* 0: there is none */
    int64_t held_ms;
};

static void take_oldest(void *context, const struct gw_generation_holder *holder)
{
    struct oldest_hold *oldest = context;

    if (oldest->number != 0 && oldest->number <= holder->number)
        return;
    oldest->number = holder->number;
    oldest->held_ms = holder->held_ms;
    (void)snprintf(oldest->component, sizeof oldest->component, "%s", holder->component);
}

static enum gw_status refuse_for_holders(struct gw_gateway *gateway, struct gw_error *reterr)
{
    struct oldest_hold oldest = {.number = 0};

    gw_generations_visit_old(&gateway->generations, take_oldest, &oldest);
    return gw_error_set(reterr, GW_ALREADY,
                        "turns still run by %d older generations; the oldest, %llu, is held by %s for %lld s; "
                        "`gangway status` shows all; try again when they end",
                        GW_GENERATIONS_MAX, (unsigned long long)oldest.number,
                        oldest.number != 0 ? oldest.component : "nobody any more", (long long)oldest.held_ms / 1000);
}

/* Nothing runs yet that a plan could be compared with. */
static enum gw_status refuse_at_the_start(const struct gw_gateway *gateway, struct gw_error *reterr)
{
    struct gw_failure failure = {.text = "it is being opened"};

    (void)gw_gateway_is_waiting(gateway, &failure);
    return gw_error_set(reterr, GW_TRANSIENT,
                        "the gateway still waits for its repository (%.300s); try again when it runs, or restart it",
                        failure.text);
}

enum gw_status gw_gateway_order(struct gw_gateway *gateway, const struct gw_order *order, uint64_t *ret_number,
                                struct gw_error *reterr)
{
    struct gw_error error = {0};

    if (!gateway->is_open)
        return refuse_at_the_start(gateway, reterr);
    if (is_busy(gateway))
        return gw_error_set(reterr, GW_ALREADY, "another file is being planned or applied");
    if (gateway->is_finishing || gateway->is_asked_to_stop)
        return gw_error_set(reterr, GW_CANCELLED, "the gateway ends");
    if (order->kind == GW_ORDER_APPLY && gw_generations_alive(&gateway->generations) > GW_GENERATIONS_MAX)
        return refuse_for_holders(gateway, reterr);
    *ret_number = gw_gateway_begin_verdict(gateway, order->kind)->number;
    if (begin_apply(gateway, order, &error) != GW_OK)
        refuse(gateway, GW_VERDICT_REFUSED, &error);
    return GW_OK;
}

/* ---- the signal */

/* Several signals that come together are one. */
static void on_reload(void *context, uint32_t ready)
{
    struct gw_gateway *gateway = context;
    struct signalfd_siginfo signals[8];

    (void)ready;
    while (read(gateway->plan.reloads, signals, sizeof signals) > 0)
        continue;
    gateway->is_reload_wanted = true;
    gw_gateway_advance_orders(gateway);
}

/* It waits for an order that is being carried out. */
static void take_reload(struct gw_gateway *gateway)
{
    const struct gw_order order = {.kind = GW_ORDER_APPLY};
    struct gw_error error = {0};
    uint64_t number;

    if (!gateway->is_reload_wanted || is_busy(gateway))
        return;
    gateway->is_reload_wanted = false;
    if (gw_gateway_order(gateway, &order, &number, &error) != GW_OK)
        log_refusal(gateway, error.text);
}

static void on_rollout_deadline(void *context)
{
    gw_gateway_advance_orders(context);
}

enum gw_status gw_gateway_watch_orders(struct gw_gateway *gateway, struct gw_error *reterr)
{
    randombytes_buf(gateway->plan_key, sizeof gateway->plan_key);
    gateway->rollout_deadline = (struct gw_event_timer){.fired = on_rollout_deadline, .context = gateway};
    gateway->reloads = (struct gw_event_watch){
        .fd = gateway->plan.reloads, .wanted = GW_WAIT_READ, .ready = on_reload, .context = gateway};
    return gateway->plan.reloads < 0 ? GW_OK : gw_event_loop_watch(gateway->plan.loop, &gateway->reloads, reterr);
}

void gw_gateway_unwatch_orders(struct gw_gateway *gateway)
{
    if (gateway->plan.reloads >= 0)
        gw_event_loop_unwatch(gateway->plan.loop, &gateway->reloads);
    gw_event_loop_cancel(gateway->plan.loop, &gateway->rollout_deadline);
    if (gateway->apply != NULL)
        gw_apply_cancel(gateway->apply);
    gw_apply_free(gateway->apply);
    gateway->apply = NULL;
    for (size_t index = 0; index < GW_VERDICTS_KEPT; index++)
        gw_order_verdict_done(&gateway->verdicts[index]);
}

/* ---- the flip */

static void go_over(struct gw_gateway *gateway, struct gw_change *change)
{
    struct gw_error error = {0};

    if (change->plan.is_empty) {
        gw_order_verdict_end(gw_gateway_current_verdict(gateway), GW_VERDICT_UNCHANGED, "the file changes nothing");
        gw_log_event(gateway->plan.log, GW_CODE_CONFIGURATION_UNCHANGED, NULL, "the file changes nothing");
        return;
    }
    gw_gateway_conclude_rollout(gateway, "the next file was applied");
    gw_gateway_note_components(gw_gateway_current_verdict(gateway), &change->plan);
    gw_change_summarize(change, gateway->rollout.summary, sizeof gateway->rollout.summary);
    if (gw_gateway_flip(gateway, change, &error) != GW_OK) {
        refuse(gateway, GW_VERDICT_REFUSED, &error);
        return;
    }
    gateway->rollout.is_running = true;
    gateway->rollout.order = gateway->last_order;
    gateway->rollout.deadline_ms = gw_clock_monotonic_ms() + UP_MS;
    gw_gateway_set_order_deadline(gateway);
}

static void take_texts(struct gw_gateway *gateway)
{
    struct gw_order_verdict *verdict = gw_gateway_current_verdict(gateway);
    struct gw_apply_texts texts = gw_apply_take_texts(gateway->apply);

    verdict->findings = texts.findings;
    verdict->plan_text = texts.plan_text;
    verdict->plan_json = texts.plan_json;
}

static bool is_ending(const struct gw_gateway *gateway, const char *id)
{
    for (size_t index = 0; index < gateway->output_count; index++)
        if (gateway->outputs[index]->is_ending && !gw_relay_has_left(gateway->outputs[index]->relay) &&
            strcmp(gw_relay_id(gateway->outputs[index]->relay), id) == 0)
            return true;
    return false;
}

/* The id of a new output whose predecessor is still ending; NULL: none. Two relays of one id would deliver twice. */
static const char *awaited_output(const struct gw_gateway *gateway)
{
    const struct gw_change *change = gw_apply_change(gateway->apply);

    for (size_t index = 0; change != NULL && index < change->item_count; index++)
        if (change->items[index].made.output != NULL && is_ending(gateway, change->items[index].planned->id))
            return change->items[index].planned->id;
    return NULL;
}

static bool may_finish(struct gw_gateway *gateway)
{
    if (awaited_output(gateway) == NULL)
        return true;
    if (gateway->comeback_ms == 0) {
        gateway->comeback_ms = gw_clock_monotonic_ms() + UP_MS;
        gw_gateway_set_order_deadline(gateway);
    }
    return gw_clock_monotonic_ms() >= gateway->comeback_ms;
}

static enum gw_status take_result(struct gw_gateway *gateway, struct gw_change **ret_change, size_t *ret_findings,
                                  struct gw_error *reterr)
{
    const char *awaited = awaited_output(gateway);
    enum gw_status status = gw_apply_result(gateway->apply, ret_change, ret_findings, reterr);

    gateway->comeback_ms = 0;
    gw_gateway_set_order_deadline(gateway);
    if (awaited == NULL)
        return status;
    return gw_error_set(reterr, GW_TRANSIENT, "%s was removed before and has not ended yet; apply the file again later",
                        awaited);
}

static void finish_apply(struct gw_gateway *gateway)
{
    struct gw_change *change = NULL;
    struct gw_error error = {0};
    size_t findings;
    enum gw_status status = take_result(gateway, &change, &findings, &error);

    take_texts(gateway);
    gw_apply_free(gateway->apply);
    gateway->apply = NULL;
    if (status == GW_OK && gateway->is_finishing)
        status = gw_error_set(&error, GW_CANCELLED, "all inputs have ended, and the gateway ends");
    if (status == GW_OK && gateway->is_asked_to_stop)
        status = gw_error_set(&error, GW_CANCELLED, "the gateway stops");
    if (status != GW_OK)
        refuse(gateway, findings > 0 ? GW_VERDICT_INVALID : GW_VERDICT_REFUSED, &error);
    else if (change == NULL)
        gw_order_verdict_end(gw_gateway_current_verdict(gateway), GW_VERDICT_PLANNED, "");
    else
        go_over(gateway, change);
    gw_change_free(change);
    gw_housekeeper_return_memory(&gateway->housekeeper);
}

void gw_gateway_advance_orders(struct gw_gateway *gateway)
{
    if (gateway->apply != NULL && gw_apply_has_ended(gateway->apply) && may_finish(gateway))
        finish_apply(gateway);
    if (gateway->rollout.is_running)
        gw_gateway_watch_rollout(gateway);
    take_reload(gateway);
}

void gw_gateway_cancel_orders(struct gw_gateway *gateway)
{
    if (gateway->apply != NULL)
        gw_apply_cancel(gateway->apply);
    gw_gateway_conclude_rollout(gateway, "the gateway stops");
}
