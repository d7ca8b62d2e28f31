/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of a relay: hold the lease, take the next rows, deliver, record. The pending rows are all the rows that are
 * still there, so the loop never asks for rows above a number that it remembers.
 */
#include "runtime/relay.h"

#include "base/clock.h"
#include "base/fault_point.h"
#include "runtime/relay_parts.h"
#include "runtime/wakeup.h"

#include <gangway/scope.h>

#include <stdlib.h>

enum {
    /* How often an idle relay looks although nobody woke it: rows of another process, and of a replay. */
    IDLE_MS = 2000,
    LEASE_MS = 1000,
    /* Notices that are asked for together; they are sent one after another, and recorded in between. */
    NOTICES = 500,
    REPOSITORY_FIRST_MS = 100,
    REPOSITORY_MAX_MS = 10000,
    GROUP_MAX_BYTES = 256 * 1024 * 1024,
    TEXT_MAX_BYTES = 1024 * 1024
};

static void complain(struct gw_relay *relay, const struct gw_error *error, const struct gw_backoff *backoff)
{
    if (backoff->failures == 1 || backoff->failures % 10 == 0)
        gw_log_line(relay->plan.log, error->status == GW_CONFIG ? GW_LOG_ERROR : GW_LOG_WARNING,
                    relay->plan.component->id, "%s; trying again (%u)", error->text, backoff->failures);
}

static bool keep_text(struct gw_relay *relay, struct gw_text *text)
{
    const char *copy = gw_arena_copy(relay->arena, text->ptr, (size_t)text->len);

    text->ptr = copy;
    return copy != NULL;
}

static enum gw_status on_row(void *context, const struct gw_outbox_row *row)
{
    struct gw_relay *relay = context;
    struct gw_outbox_row *kept = &relay->rows[relay->row_count];

    *kept = *row;
    if (!keep_text(relay, &kept->destination) || !keep_text(relay, &kept->recipient) || !keep_text(relay, &kept->id) ||
        !keep_text(relay, &kept->type) || !keep_text(relay, &kept->sku) || !keep_text(relay, &kept->payload) ||
        !keep_text(relay, &kept->headers))
        return GW_NOMEM;
    relay->row_count++;
    return GW_OK;
}

static enum gw_status next_rows(struct gw_relay *relay, struct gw_error *reterr)
{
    struct gw_outbox_visitor visitor = {.size = sizeof visitor, .context = relay, .row = on_row};

    gw_arena_reset(relay->arena, TEXT_MAX_BYTES);
    relay->row_count = 0;
    relay->settled_count = 0;
    return relay->repository->outbox_next(relay->session, gw_text_of(relay->plan.component->id), 0, relay->group_size,
                                          gw_clock_unix_ms(), &visitor, &relay->next_due_unix_ms, reterr);
}

void gw_relay_settle_row(struct gw_relay *relay, uint32_t delivery, int64_t due_unix_ms, struct gw_text reason)
{
    struct gw_outbox_settlement *settlement = &relay->settlements[relay->settled_count];
    const struct gw_outbox_row *row = &relay->rows[relay->settled_count];
    atomic_uint_fast64_t *figures[] = {[GW_DELIVERY_DONE] = &relay->figures.sent,
                                       [GW_DELIVERY_RETRY] = &relay->figures.retried,
                                       [GW_DELIVERY_DEAD] = &relay->figures.dead};

    *settlement = (struct gw_outbox_settlement){
        .number = row->number, .delivery = delivery, .due_unix_ms = due_unix_ms, .reason = reason};
    if (delivery == GW_DELIVERY_DEAD)
        settlement->targets = gw_relay_targets(relay, row->type);
    relay->settled_count++;
    atomic_fetch_add_explicit(figures[delivery], 1, memory_order_relaxed);
}

/* Wakes those for whom there may be rows now. */
static void hand_over(const struct gw_relay *relay)
{
    for (uint32_t index = 0; index < relay->settled_count; index++) {
        if (relay->settlements[index].targets.count > 0) {
            relay->plan.handed_over(relay->plan.handed_over_context);
            return;
        }
    }
}

enum gw_status gw_relay_record(struct gw_relay *relay)
{
    struct gw_backoff backoff = {.first_ms = REPOSITORY_FIRST_MS, .max_ms = REPOSITORY_MAX_MS};
    struct gw_array settlements = {relay->settlements, relay->settled_count, sizeof *relay->settlements};

    if (relay->settled_count == 0)
        return GW_OK;
    gw_fault_point("after-deliver");
    for (;;) {
        struct gw_error error = {0};
        enum gw_status status = relay->repository->outbox_settle(relay->session, gw_text_of(relay->plan.component->id),
                                                                 &settlements, &error);

        if (status == GW_OK)
            gw_fault_point("record");
        if (status == GW_OK || status == GW_CONFLICT || status == GW_CANCELLED) {
            hand_over(relay); /* without OK too: an earlier try, whose answer was lost, may have been the one */
            return status;
        }
        status = gw_thread_pause(&relay->session_host, gw_backoff_next_ms(&backoff));
        complain(relay, &error, &backoff);
        if (status != GW_OK)
            return status;
    }
}

/* Sleeps until somebody wakes the relay, a row is due or a while has passed. CANCELLED: stop. */
static enum gw_status idle(struct gw_relay *relay, int64_t ms)
{
    int64_t deadline = gw_clock_monotonic_ms() + ms;
    uint32_t ready;
    enum gw_status status = gw_thread_wait(&relay->idle_host, relay->wakeup, GW_WAIT_READ, deadline, &ready);

    if (status == GW_OK && ready != 0)
        gw_wakeup_lower(relay->wakeup);
    return status;
}

static int64_t idle_ms(const struct gw_relay *relay)
{
    int64_t until_due;

    if (relay->next_due_unix_ms == 0)
        return IDLE_MS;
    until_due = relay->next_due_unix_ms - gw_clock_unix_ms();
    if (until_due < 1)
        return 1;
    return until_due < IDLE_MS ? until_due : IDLE_MS;
}

/* What a failure of the repository or of the destination asks for. OK: go on after a wait. */
static enum gw_status wait_after(struct gw_relay *relay, const struct gw_error *error)
{
    int64_t ms = gw_backoff_next_ms(&relay->backoff);

    complain(relay, error, &relay->backoff);
    return gw_thread_pause(&relay->idle_host, ms);
}

static enum gw_status deliver(struct gw_relay *relay)
{
    bool is_publisher = relay->plan.component->section == GW_SECTION_PUBLISHERS;
    struct gw_error error = {0};
    enum gw_status status;
    enum gw_status recorded;

    gw_fault_point("before-deliver");
    status = is_publisher ? gw_relay_publish(relay, &error) : gw_relay_notify(relay, &error);
    recorded = gw_relay_record(relay);
    if (recorded == GW_CONFLICT)
        relay->has_lease = false;
    if (recorded == GW_CANCELLED || status == GW_CANCELLED)
        return GW_CANCELLED;
    if (status != GW_OK)
        return wait_after(relay, &error);
    if (relay->backoff.failures > 0)
        gw_log_line(relay->plan.log, GW_LOG_INFO, relay->plan.component->id, "it works again, after %u failures",
                    relay->backoff.failures);
    gw_backoff_reset(&relay->backoff);
    return GW_OK;
}

/* Only the holder of the destination's lease delivers, where several processes may share a repository. */
static enum gw_status hold_lease(struct gw_relay *relay, bool *ret_is_held)
{
    struct gw_error error = {0};
    enum gw_status status;

    *ret_is_held = true;
    if (relay->has_lease || (relay->plan.repository_plugin->features & GW_REPOSITORY_SHARED) == 0)
        return GW_OK;
    status = relay->repository->lease(relay->session, gw_text_of(relay->plan.component->id), &error);
    relay->has_lease = status == GW_OK;
    *ret_is_held = relay->has_lease;
    if (status == GW_OK || status == GW_CANCELLED)
        return status;
    return status == GW_CONFLICT ? gw_thread_pause(&relay->idle_host, LEASE_MS) : wait_after(relay, &error);
}

/* Keeps what gw_relay_is_empty answers. What is not empty is so before anything is delivered, which can make rows for
 * others; and nothing is empty before workers have ended, or after handovers that the look may have missed. */
static void note_emptiness(struct gw_relay *relay, bool is_finishing, uint_fast64_t handovers)
{
    bool is_empty = is_finishing && relay->row_count == 0 && relay->next_due_unix_ms == 0;
    uint_fast64_t empty_after = is_empty ? handovers + 1 : 0;

    if (atomic_exchange(&relay->empty_after, empty_after) != empty_after && is_empty)
        gw_wakeup_raise(relay->plan.ended);
}

/* One round. OK: go on; CANCELLED: stop. */
static enum gw_status run_round(struct gw_relay *relay)
{
    bool is_finishing = atomic_load(&relay->is_finishing);
    uint_fast64_t handovers = atomic_load(relay->plan.handovers);
    struct gw_error error = {0};
    bool is_held;
    enum gw_status status = hold_lease(relay, &is_held);

    if (status != GW_OK || !is_held)
        return status;
    status = next_rows(relay, &error);
    if (status == GW_CANCELLED)
        return status;
    if (status != GW_OK)
        return wait_after(relay, &error);
    note_emptiness(relay, is_finishing, handovers);
    if (relay->row_count > 0)
        return deliver(relay);
    return idle(relay, idle_ms(relay));
}

static enum gw_status open_session(struct gw_relay *relay)
{
    for (;;) {
        struct gw_error error = {0};
        enum gw_status status = relay->repository->open_session(relay->plan.repository_self, &relay->session_host.table,
                                                                &relay->session, &error);

        if (status == GW_OK || status == GW_CANCELLED)
            return status;
        status = wait_after(relay, &error);
        if (status != GW_OK)
            return status;
    }
}

static void *run(void *argument)
{
    struct gw_relay *relay = argument;
    enum gw_status status = open_session(relay);

    gw_backoff_reset(&relay->backoff);
    while (status == GW_OK && !gw_wakeup_is_raised(relay->plan.stop))
        status = run_round(relay);
    relay->repository->close_session(relay->session);
    relay->session = NULL;
    atomic_store(&relay->has_ended, true);
    gw_wakeup_raise(relay->plan.ended);
    return NULL;
}

static void keep_publisher_alive(void *context)
{
    struct gw_relay *relay = context;
    const struct gw_publisher_ops *ops = relay->plan.component->plugin->ops;

    ops->keepalive(relay->self);
}

static void open_hosts(struct gw_relay *relay)
{
    const struct gw_relay_plan *plan = &relay->plan;
    const struct gw_publisher_ops *publisher = plan->component->plugin->ops;

    gw_thread_host_init(&relay->plugin_host, plan->component->id, plan->log, plan->abort);
    relay->plugin_host.table.console = plan->console;
    gw_thread_host_init(&relay->session_host, plan->component->id, plan->log, plan->abort);
    gw_thread_host_init(&relay->idle_host, plan->component->id, plan->log, plan->stop);
    if (plan->component->section == GW_SECTION_PUBLISHERS && publisher->keepalive != NULL) {
        relay->idle_host.keepalive = keep_publisher_alive;
        relay->idle_host.keepalive_context = relay;
        relay->session_host.keepalive = keep_publisher_alive;
        relay->session_host.keepalive_context = relay;
    }
}

static enum gw_status relay_open(struct gw_relay *relay, struct gw_error *reterr)
{
    const struct gw_delivery_settings *settings = &relay->plan.component->settings.delivery;
    const struct gw_plugin *plugin = relay->plan.component->plugin;

    relay->repository = relay->plan.repository_plugin->ops;
    relay->backoff = (struct gw_backoff){.first_ms = settings->backoff_ms, .max_ms = settings->backoff_max_ms};
    relay->group_size =
        relay->plan.component->section == GW_SECTION_PUBLISHERS ? (uint32_t)settings->batch : (uint32_t)NOTICES;
    relay->rows = calloc(relay->group_size, sizeof *relay->rows);
    relay->verdicts = calloc(relay->group_size, sizeof *relay->verdicts);
    relay->settlements = calloc(relay->group_size, sizeof *relay->settlements);
    relay->arena = gw_arena_new(GROUP_MAX_BYTES);
    relay->json = gw_json_reader_new(TEXT_MAX_BYTES);
    gw_buffer_init(&relay->buffer, TEXT_MAX_BYTES);
    if (relay->rows == NULL || relay->verdicts == NULL || relay->settlements == NULL || relay->arena == NULL ||
        relay->json == NULL || gw_relay_routes_open(relay) != GW_OK)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a relay");
    relay->wakeup = gw_wakeup_open();
    if (relay->wakeup < 0)
        return gw_error_set(reterr, GW_NOMEM, "no descriptor for a relay's wake-up");
    open_hosts(relay);
    return plugin->open(&relay->plugin_host.table, relay->plan.component->config, &relay->self, reterr);
}

enum gw_status gw_relay_new(const struct gw_relay_plan *plan, struct gw_relay **ret_relay, struct gw_error *reterr)
{
    struct gw_relay *relay = calloc(1, sizeof *relay);
    enum gw_status status;

    if (relay == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a relay");
    relay->plan = *plan;
    relay->wakeup = -1;
    status = relay_open(relay, reterr);
    if (status != GW_OK) {
        gw_relay_free(relay);
        return status;
    }
    *ret_relay = relay;
    return GW_OK;
}

void gw_relay_free(struct gw_relay *relay)
{
    if (relay == NULL)
        return;
    if (relay->self != NULL)
        relay->plan.component->plugin->close(relay->self);
    gw_wakeup_close(relay->wakeup);
    gw_json_reader_free(relay->json);
    gw_arena_free(relay->arena);
    gw_buffer_done(&relay->buffer);
    free(relay->rows);
    free(relay->verdicts);
    free(relay->settlements);
    free(relay->routes);
    free(relay->targets);
    free(relay);
}

enum gw_status gw_relay_start(struct gw_relay *relay, struct gw_error *reterr)
{
    int failed = pthread_create(&relay->thread, NULL, run, relay);

    if (failed != 0)
        return gw_error_set_errno(reterr, GW_NOMEM, failed, "starting the relay of %s", relay->plan.component->id);
    relay->is_running = true;
    return GW_OK;
}

void gw_relay_join(struct gw_relay *relay)
{
    if (!relay->is_running)
        return;
    (void)pthread_join(relay->thread, NULL);
    relay->is_running = false;
}

void gw_relay_wake(struct gw_relay *relay)
{
    gw_wakeup_raise(relay->wakeup);
}

void gw_relay_finish(struct gw_relay *relay)
{
    atomic_store(&relay->is_finishing, true);
    gw_wakeup_raise(relay->wakeup);
}

bool gw_relay_is_empty(const struct gw_relay *relay, uint_fast64_t handovers)
{
    return atomic_load(&relay->empty_after) == handovers + 1;
}

bool gw_relay_has_ended(const struct gw_relay *relay)
{
    return atomic_load(&relay->has_ended);
}

const struct gw_component *gw_relay_component(const struct gw_relay *relay)
{
    return relay->plan.component;
}

const struct gw_relay_figures *gw_relay_figures(const struct gw_relay *relay)
{
    return &relay->figures;
}
