/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a worker: it is made, its thread runs one turn after the other, and it ends. */
#include "worker/worker.h"

#include "base/clock.h"
#include "worker/worker_internal.h"

#include <gangway/scope.h>

#include <stdlib.h>

enum { BACKOFF_FIRST_MS = 100, BACKOFF_MAX_MS = 10000, TURN_MAX_BYTES = 512 * 1024 * 1024 };

static enum gw_status open_turn(struct gw_worker *worker, struct gw_error *reterr)
{
    worker->turn =
        gw_turn_new(NULL, worker->thread.repository, worker->thread.session, TURN_MAX_BYTES, worker->plan.cache_bytes);
    return worker->turn != NULL ? GW_OK : gw_error_set(reterr, GW_NOMEM, "no memory for a turn");
}

/* Runs after the last settle, on the same thread. */
static void close_entrypoint(struct gw_worker *worker)
{
    worker->entrypoint_host.cancel = worker->plan.abort;
    worker->plan.plugin->close(worker->self);
    worker->self = NULL;
    gw_metrics_forget(&worker->metrics, GW_METRIC_CONNECTION_UP);
}

static void keep_entrypoint_alive(void *context)
{
    struct gw_worker *worker = context;

    worker->ops->keepalive(worker->self);
}

/* Applies from the first poll on. */
static void keep_alive_in_waits(struct gw_worker *worker)
{
    struct gw_thread_host *hosts[] = {&worker->thread.session_host, &worker->thread.idle_host};

    for (size_t i = 0; worker->ops->keepalive != NULL && i < gw_array_length(hosts); i++) {
        hosts[i]->keepalive = keep_entrypoint_alive;
        hosts[i]->keepalive_context = worker;
    }
}

static void report_stop(struct gw_worker *worker, enum gw_status status, struct gw_error *error)
{
    const char *code = GW_CODE_WORKER_STOPPED;

    if (status == GW_CANCELLED)
        (void)gw_error_wrap(error, error, "a call was cancelled although no stop was requested");
    gw_log_event(worker->plan.log, code, worker->plan.id, "worker stopped: %s", error->text);
    gw_last_failure_set(&worker->thread.last_failure, worker, code, error);
}

static void end(struct gw_worker *worker, enum gw_status status, struct gw_error *error)
{
    struct gw_error at_the_end = {0};

    if (status != GW_OK && status != GW_END && !gw_worker_is_stopped(worker, status))
        report_stop(worker, status, error);
    if (status == GW_OK || status == GW_END || status == GW_CANCELLED)
        (void)gw_worker_sources_store_passed(worker, true, &at_the_end);
    gw_turn_free(worker->turn);
    worker->turn = NULL;
    gw_worker_sources_forget_once(worker);
    gw_component_thread_close_session(&worker->thread);
    close_entrypoint(worker);
    atomic_store(&worker->is_finished, status == GW_END);
}

static void run(void *context)
{
    struct gw_worker *worker = context;
    struct gw_error error = {0};
    enum gw_status status;

    gw_rate_begin(&worker->figures.receiving, gw_clock_monotonic_ms());
    status = gw_component_thread_open_session(&worker->thread, &worker->apply_backoff, &error);
    if (status == GW_OK)
        status = open_turn(worker, &error);
    keep_alive_in_waits(worker);
    while (status == GW_OK && !gw_component_thread_is_stopping(&worker->thread)) {
        gw_component_thread_beat(&worker->thread);
        status = gw_worker_run_turn(worker, &error);
    }
    end(worker, status, &error);
}

static void open_thread(struct gw_worker *worker)
{
    const struct gw_worker_plan *plan = &worker->plan;
    struct gw_component_thread_plan thread = {.service = plan->service,
                                              .id = plan->id,
                                              .log = plan->log,
                                              .repository_plugin = plan->repository_plugin,
                                              .repository_self = plan->repository_self,
                                              .stop = plan->stop,
                                              .abort = plan->abort,
                                              .ended = plan->ended,
                                              .ends_at_fault = plan->ends_at_fault};

    gw_component_thread_init(&worker->thread, &thread);
    worker->thread.witness.describe = gw_worker_describe_crash;
    worker->thread.witness.context = worker;
}

static enum gw_status worker_open(struct gw_worker *worker, struct gw_error *reterr)
{
    const struct gw_worker_plan *plan = &worker->plan;
    bool is_answered = (plan->plugin->features & GW_ENTRYPOINT_ANSWERS) != 0;

    worker->ops = plan->plugin->ops;
    worker->poll_backoff =
        (struct gw_backoff){.events = &gw_backoff_of_input, .first_ms = BACKOFF_FIRST_MS, .max_ms = BACKOFF_MAX_MS};
    worker->start_backoff = worker->apply_backoff = worker->poll_backoff;
    worker->apply_backoff.events = &gw_backoff_of_repository;
    worker->attempt_size = (uint32_t)plan->turn_messages;
    worker->messages = calloc((size_t)plan->turn_messages, sizeof *worker->messages);
    worker->settlements = calloc((size_t)plan->turn_messages, sizeof *worker->settlements);
    if (worker->messages == NULL || worker->settlements == NULL ||
        gw_intake_open(&worker->intake, gw_text_of(plan->id), is_answered, plan->uses_ids) != GW_OK)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a worker");
    worker->intake.uses_content = plan->uses_content;
    gw_thread_host_init(&worker->entrypoint_host, plan->service, plan->id, plan->log, plan->stop);
    worker->entrypoint_host.table.instance = plan->instance;
    worker->entrypoint_host.metrics = &worker->metrics;
    worker->entrypoint_host.beat = &worker->thread.beat;
    return plan->plugin->open(&worker->entrypoint_host.table, plan->config, &worker->self, reterr);
}

enum gw_status gw_worker_new(const struct gw_worker_plan *plan, struct gw_worker **ret_worker, struct gw_error *reterr)
{
    struct gw_worker *worker = calloc(1, sizeof *worker);
    enum gw_status status;

    if (worker == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a worker");
    worker->plan = *plan;
    open_thread(worker);
    gw_metrics_init(&worker->metrics, plan->plugin, (plan->plugin->features & GW_ENTRYPOINT_ORDERED) != 0);
    status = worker_open(worker, reterr);
    if (status != GW_OK) {
        gw_worker_free(worker);
        return status;
    }
    *ret_worker = worker;
    return GW_OK;
}

void gw_worker_free(struct gw_worker *worker)
{
    if (worker == NULL)
        return;
    if (worker->self != NULL) /* its thread was never started */
        worker->plan.plugin->close(worker->self);
    gw_metrics_done(&worker->metrics);
    gw_component_thread_done(&worker->thread);
    gw_worker_sources_free(worker);
    gw_intake_close(&worker->intake);
    free(worker->messages);
    free(worker->settlements);
    free(worker);
}

enum gw_status gw_worker_start(struct gw_worker *worker, struct gw_error *reterr)
{
    return gw_component_thread_start(&worker->thread, run, worker, reterr);
}

void gw_worker_join(struct gw_worker *worker)
{
    gw_component_thread_join(&worker->thread);
}

bool gw_worker_has_ended(const struct gw_worker *worker, bool *ret_is_finished)
{
    *ret_is_finished = atomic_load(&worker->is_finished);
    return gw_component_thread_has_ended(&worker->thread);
}

bool gw_worker_is_up(const struct gw_worker *worker)
{
    return atomic_load(&worker->is_up);
}

void *gw_worker_self(const struct gw_worker *worker)
{
    return worker->self;
}

const char *gw_worker_input_code(const struct gw_worker *worker)
{
    return gw_backoff_code(&worker->poll_backoff);
}

const char *gw_worker_repository_code(const struct gw_worker *worker)
{
    return gw_backoff_code(&worker->apply_backoff);
}

const struct gw_worker_figures *gw_worker_figures(const struct gw_worker *worker)
{
    return &worker->figures;
}

struct gw_component_thread *gw_worker_thread(struct gw_worker *worker)
{
    return &worker->thread;
}

struct gw_metrics *gw_worker_metrics(struct gw_worker *worker)
{
    return &worker->metrics;
}
