/* SPDX-License-Identifier: Apache-2.0 */
/* Opens, starts, waits, drains and closes, in this order; what the threads do is theirs. */
#include "runtime/gateway.h"

#include "base/arena.h"
#include "base/clock.h"
#include "runtime/backoff.h"
#include "runtime/expiry.h"
#include "runtime/relay.h"
#include "runtime/thread_host.h"
#include "runtime/wakeup.h"
#include "runtime/wiring.h"
#include "runtime/worker.h"
#include "service/routing.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    DRAIN_MS = 10000,
    TICK_MS = 200,
    WIRING_MAX_BYTES = 16 * 1024 * 1024,
    REPOSITORY_FIRST_MS = 200,
    REPOSITORY_MAX_MS = 5000
};

struct gw_gateway {
    struct gw_gateway_plan plan;
    struct gw_arena *arena;
    struct gw_message_bus *bus;
    struct gw_thread_host main_host; /* its waits end with a signal */
    void *repository_self;
    struct gw_expiry expiry;
    struct gw_worker **workers;
    size_t worker_count;
    struct gw_relay **relays;
    size_t relay_count;
    atomic_uint_fast64_t handovers; /* commits of relays that may have made rows for other relays */
    int stop;
    int abort;
    int ended;
};

static const struct gw_component *repository_of(const struct gw_gateway *gateway)
{
    return gateway->plan.bootstrap->repository;
}

static const struct gw_repository_ops *repository_ops(const struct gw_gateway *gateway)
{
    return repository_of(gateway)->plugin->ops;
}

/* On a worker's thread. */
static void wake_relays(void *context)
{
    const struct gw_gateway *gateway = context;

    for (size_t index = 0; index < gateway->relay_count; index++)
        gw_relay_wake(gateway->relays[index]);
}

/* On a relay's thread. Counted before anybody wakes: who looks after that sees the rows. */
static void hand_over(void *context)
{
    struct gw_gateway *gateway = context;

    atomic_fetch_add(&gateway->handovers, 1);
    wake_relays(gateway);
}

static enum gw_status migrate(struct gw_gateway *gateway, struct gw_error *reterr)
{
    struct gw_backoff backoff = {.first_ms = REPOSITORY_FIRST_MS, .max_ms = REPOSITORY_MAX_MS};
    const struct gw_component *repository = repository_of(gateway);

    for (;;) {
        int64_t from = 0;
        int64_t to = 0;
        enum gw_status status =
            repository_ops(gateway)->migrate(gateway->repository_self, &gateway->main_host.table, &from, &to, reterr);

        if (status == GW_OK && from != to)
            gw_log_line(gateway->plan.log, GW_LOG_INFO, repository->id, "schema brought from version %lld to %lld",
                        (long long)from, (long long)to);
        if (status != GW_TRANSIENT && status != GW_UNKNOWN)
            return status;
        gw_log_line(gateway->plan.log, GW_LOG_WARNING, repository->id, "%s; waiting for it", reterr->text);
        status = gw_thread_pause(&gateway->main_host, gw_backoff_next_ms(&backoff));
        if (status != GW_OK)
            return status;
    }
}

static enum gw_status open_repository(struct gw_gateway *gateway, struct gw_error *reterr)
{
    const struct gw_component *repository = repository_of(gateway);
    enum gw_status status =
        repository->plugin->open(&gateway->main_host.table, repository->config, &gateway->repository_self, reterr);

    if (status == GW_OK)
        status = repository_ops(gateway)->claim(gateway->repository_self, reterr);
    if (status == GW_OK && repository->settings.repository.migrate != 0)
        status = migrate(gateway, reterr);
    if (status != GW_OK)
        return gw_error_wrap(reterr, reterr, "%s", repository->id);
    return GW_OK;
}

static enum gw_status open_relay(struct gw_gateway *gateway, const struct gw_component *component,
                                 struct gw_error *reterr)
{
    struct gw_relay_plan plan = {.component = component,
                                 .bootstrap = gateway->plan.bootstrap,
                                 .repository_plugin = repository_of(gateway)->plugin,
                                 .repository_self = gateway->repository_self,
                                 .log = gateway->plan.log,
                                 .console =
                                     gw_wiring_uses_stdout(gateway->plan.bootstrap) ? STDERR_FILENO : STDOUT_FILENO,
                                 .stop = gateway->stop,
                                 .abort = gateway->abort,
                                 .ended = gateway->ended,
                                 .handed_over = hand_over,
                                 .handed_over_context = gateway,
                                 .handovers = &gateway->handovers};
    enum gw_status status = gw_relay_new(&plan, &gateway->relays[gateway->relay_count], reterr);

    if (status != GW_OK)
        return gw_error_wrap(reterr, reterr, "%s", component->id);
    gateway->relay_count++;
    return GW_OK;
}

static enum gw_status open_relays(struct gw_gateway *gateway, struct gw_error *reterr)
{
    const struct gw_component_list *lists[] = {&gateway->plan.bootstrap->publishers,
                                               &gateway->plan.bootstrap->notifiers};

    gateway->relays = calloc(lists[0]->count + lists[1]->count + 1, sizeof(struct gw_relay *));
    if (gateway->relays == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the relays");
    for (size_t list = 0; list < 2; list++) {
        for (size_t index = 0; index < lists[list]->count; index++) {
            enum gw_status status = open_relay(gateway, lists[list]->items[index], reterr);

            if (status != GW_OK)
                return status;
        }
    }
    return GW_OK;
}

static enum gw_status open_worker(struct gw_gateway *gateway, const struct gw_component *component,
                                  struct gw_error *reterr)
{
    const struct gw_entrypoint_settings *settings = &component->settings.entrypoint;
    struct gw_worker_plan plan = {.id = component->id,
                                  .plugin = component->plugin,
                                  .config = component->config,
                                  .repository = repository_ops(gateway),
                                  .repository_self = gateway->repository_self,
                                  .bus = gateway->bus,
                                  .log = gateway->plan.log,
                                  .stop = gateway->stop,
                                  .abort = gateway->abort,
                                  .ended = gateway->ended,
                                  .turn_messages = settings->turn,
                                  .max_dead = settings->max_dead,
                                  .uses_ids = settings->dedupe == GW_DEDUPE_ID,
                                  .committed = wake_relays,
                                  .committed_context = gateway};
    enum gw_status status = gw_worker_new(&plan, &gateway->workers[gateway->worker_count], reterr);

    if (status != GW_OK)
        return gw_error_wrap(reterr, reterr, "%s", component->id);
    gateway->worker_count++;
    return GW_OK;
}

static enum gw_status open_workers(struct gw_gateway *gateway, struct gw_error *reterr)
{
    const struct gw_component_list *entrypoints = &gateway->plan.bootstrap->entrypoints;

    gateway->workers = calloc(gw_bootstrap_worker_count(gateway->plan.bootstrap) + 1, sizeof(struct gw_worker *));
    if (gateway->workers == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the workers");
    for (size_t index = 0; index < entrypoints->count; index++) {
        for (int64_t copy = 0; copy < entrypoints->items[index]->settings.entrypoint.workers; copy++) {
            enum gw_status status = open_worker(gateway, entrypoints->items[index], reterr);

            if (status != GW_OK)
                return status;
        }
    }
    return GW_OK;
}

static enum gw_status gateway_open(struct gw_gateway *gateway, struct gw_error *reterr)
{
    enum gw_status status;

    gateway->arena = gw_arena_new(WIRING_MAX_BYTES);
    gateway->bus = gateway->arena != NULL ? gw_wiring_bus(gateway->arena, gateway->plan.bootstrap) : NULL;
    if (gateway->bus == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the wiring");
    if (gateway->stop < 0 || gateway->abort < 0 || gateway->ended < 0)
        return gw_error_set(reterr, GW_NOMEM, "no descriptors for the gateway's wake-ups");
    gw_thread_host_init(&gateway->main_host, repository_of(gateway)->id, gateway->plan.log, gateway->plan.signals);
    status = open_repository(gateway, reterr);
    if (status == GW_OK)
        status = open_relays(gateway, reterr);
    if (status == GW_OK)
        status = open_workers(gateway, reterr);
    gw_expiry_init(&gateway->expiry, repository_of(gateway)->plugin, gateway->repository_self, &gateway->main_host,
                   gateway->plan.bootstrap->settings.inbox_keep_ms);
    return status;
}

enum gw_status gw_gateway_new(const struct gw_gateway_plan *plan, struct gw_gateway **ret_gateway,
                              struct gw_error *reterr)
{
    struct gw_gateway *gateway = calloc(1, sizeof *gateway);
    enum gw_status status;

    if (gateway == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the gateway");
    gateway->plan = *plan;
    gateway->stop = gw_wakeup_open();
    gateway->abort = gw_wakeup_open();
    gateway->ended = gw_wakeup_open();
    status = gateway_open(gateway, reterr);
    if (status != GW_OK) {
        gw_gateway_free(gateway);
        return status;
    }
    *ret_gateway = gateway;
    return GW_OK;
}

void gw_gateway_free(struct gw_gateway *gateway)
{
    if (gateway == NULL)
        return;
    for (size_t index = 0; index < gateway->worker_count; index++)
        gw_worker_free(gateway->workers[index]);
    for (size_t index = 0; index < gateway->relay_count; index++)
        gw_relay_free(gateway->relays[index]);
    gw_expiry_done(&gateway->expiry);
    if (gateway->repository_self != NULL)
        repository_of(gateway)->plugin->close(gateway->repository_self);
    gw_message_bus_free(gateway->bus);
    gw_arena_free(gateway->arena);
    gw_wakeup_close(gateway->stop);
    gw_wakeup_close(gateway->abort);
    gw_wakeup_close(gateway->ended);
    free(gateway->workers);
    free(gateway->relays);
    free(gateway);
}

static bool have_workers_ended(const struct gw_gateway *gateway, bool *ret_are_finished)
{
    *ret_are_finished = true;
    for (size_t index = 0; index < gateway->worker_count; index++) {
        bool is_finished;

        if (!gw_worker_has_ended(gateway->workers[index], &is_finished))
            return false;
        *ret_are_finished = *ret_are_finished && is_finished;
    }
    return true;
}

/*
 * Whether nothing is left for any relay, once the workers have ended. That a relay was empty when it looked says little
 * by itself: another one may have given up a notice since, and made rows for it. Hence each relay says up to which
 * handover it was empty, and all must say the latest.
 *
 * That suffices. Were there a row, it was made after the look of its relay, so by a relay that was read here as empty
 * before it found what it then gave up: had it looked again after that, it would have said a later handover. But then
 * what it gave up was made after its own look in the same way, by one more relay, earlier still; and so on without end,
 * while the rows that the workers left were there before all looks.
 */
static bool are_relays_empty(const struct gw_gateway *gateway)
{
    uint_fast64_t handovers = atomic_load(&gateway->handovers);

    for (size_t index = 0; index < gateway->relay_count; index++)
        if (!gw_relay_has_ended(gateway->relays[index]) && !gw_relay_is_empty(gateway->relays[index], handovers))
            return false;
    return true;
}

static bool have_relays_ended(const struct gw_gateway *gateway)
{
    for (size_t index = 0; index < gateway->relay_count; index++)
        if (!gw_relay_has_ended(gateway->relays[index]))
            return false;
    return true;
}

static enum gw_status start(struct gw_gateway *gateway, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (size_t index = 0; index < gateway->relay_count && status == GW_OK; index++)
        status = gw_relay_start(gateway->relays[index], reterr);
    for (size_t index = 0; index < gateway->worker_count && status == GW_OK; index++)
        status = gw_worker_start(gateway->workers[index], reterr);
    return status;
}

static void join(struct gw_gateway *gateway)
{
    for (size_t index = 0; index < gateway->worker_count; index++)
        gw_worker_join(gateway->workers[index]);
    for (size_t index = 0; index < gateway->relay_count; index++)
        gw_relay_join(gateway->relays[index]);
}

/* Waits for a thread's end, a tick or, where wanted, a signal. True: a signal has come. */
static bool wait_for_change(struct gw_gateway *gateway, bool heeds_signals)
{
    struct pollfd waiting[2] = {{.fd = gateway->ended, .events = POLLIN},
                                {.fd = heeds_signals ? gateway->plan.signals : -1, .events = POLLIN}};

    if (poll(waiting, 2, TICK_MS) > 0 && waiting[0].revents != 0)
        gw_wakeup_lower(gateway->ended);
    if (gateway->plan.tick != NULL)
        gateway->plan.tick(gateway->plan.tick_context, gateway);
    return waiting[1].revents != 0;
}

/* Takes no more, lets what is under way come to its end, and cuts off what does not. */
static enum gw_gateway_end drain(struct gw_gateway *gateway)
{
    int64_t deadline = gw_clock_monotonic_ms() + DRAIN_MS;
    bool are_finished;

    gw_log_line(gateway->plan.log, GW_LOG_INFO, NULL, "stopping: what is under way comes to its end");
    gw_wakeup_raise(gateway->stop);
    while (!have_workers_ended(gateway, &are_finished) || !have_relays_ended(gateway)) {
        if (gw_clock_monotonic_ms() >= deadline) {
            gw_wakeup_raise(gateway->abort);
            join(gateway);
            return GW_GATEWAY_CUT_OFF;
        }
        (void)wait_for_change(gateway, false);
    }
    join(gateway);
    return GW_GATEWAY_STOPPED;
}

static enum gw_gateway_end run_to_the_end(struct gw_gateway *gateway)
{
    bool are_finishing = false;
    bool are_finished = false;

    for (;;) {
        if (!are_finishing && have_workers_ended(gateway, &are_finished)) {
            are_finishing = true;
            for (size_t index = 0; index < gateway->relay_count; index++)
                gw_relay_finish(gateway->relays[index]);
        }
        if (are_finishing && are_relays_empty(gateway))
            gw_wakeup_raise(gateway->stop);
        if (are_finishing && have_relays_ended(gateway)) {
            join(gateway);
            return are_finished ? GW_GATEWAY_FINISHED : GW_GATEWAY_FAILED;
        }
        if (wait_for_change(gateway, true))
            return drain(gateway);
        if (!are_finishing)
            gw_expiry_run(&gateway->expiry);
    }
}

enum gw_status gw_gateway_run(struct gw_gateway *gateway, enum gw_gateway_end *ret_end, struct gw_error *reterr)
{
    enum gw_status status = start(gateway, reterr);

    if (status != GW_OK) {
        gw_wakeup_raise(gateway->stop);
        gw_wakeup_raise(gateway->abort);
        join(gateway);
        return status;
    }
    gw_log_line(gateway->plan.log, GW_LOG_INFO, NULL, "%s runs: %zu worker%s, %zu destination%s",
                gateway->plan.bootstrap->settings.service, gateway->worker_count, gateway->worker_count == 1 ? "" : "s",
                gateway->relay_count, gateway->relay_count == 1 ? "" : "s");
    *ret_end = run_to_the_end(gateway);
    return GW_OK;
}

static void add_worker_figures(const struct gw_worker_figures *figures, struct gw_gateway_figures *total)
{
    total->received += atomic_load_explicit(&figures->received, memory_order_relaxed);
    total->conflicts += atomic_load_explicit(&figures->conflicts, memory_order_relaxed);
    total->progress_done += atomic_load_explicit(&figures->progress_done, memory_order_relaxed);
    total->progress_total += atomic_load_explicit(&figures->progress_total, memory_order_relaxed);
    for (size_t outcome = 0; outcome <= GW_OUTCOME_RETURNED; outcome++)
        total->settled[outcome] += atomic_load_explicit(&figures->settled[outcome], memory_order_relaxed);
}

void gw_gateway_figures(const struct gw_gateway *gateway, struct gw_gateway_figures *ret_figures)
{
    *ret_figures = (struct gw_gateway_figures){0};
    for (size_t index = 0; index < gateway->worker_count; index++)
        add_worker_figures(gw_worker_figures(gateway->workers[index]), ret_figures);
    for (size_t index = 0; index < gateway->relay_count; index++) {
        const struct gw_relay_figures *figures = gw_relay_figures(gateway->relays[index]);

        ret_figures->sent += atomic_load_explicit(&figures->sent, memory_order_relaxed);
        ret_figures->retried += atomic_load_explicit(&figures->retried, memory_order_relaxed);
        ret_figures->dead_rows += atomic_load_explicit(&figures->dead, memory_order_relaxed);
    }
}
