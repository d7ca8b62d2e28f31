/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One turn of a worker: poll, decode, apply, settle. worker_turn.c decides what to do about failures; worker_sources.c
 * knows the sources and their positions.
 */
#include "base/clock.h"
#include "base/fault_point.h"
#include "process/wakeup.h"
#include "worker/worker_internal.h"

#include <gangway/scope.h>

#include <stdio.h>

enum {
    POLL_MS = 2000,
    FIRST_POLL_MS = 1000 /* somebody waits until the component is up */
};

static enum gw_status on_message(struct gw_entrypoint_sink *sink, const struct gw_message *message)
{
    struct gw_worker *worker = sink->context;
    struct gw_worker_source *source = message->source.len > 0 ? gw_worker_source_find(worker, message->source) : NULL;
    enum gw_status status;

    if (worker->message_count == (uint32_t)worker->plan.turn_messages)
        return GW_INTERNAL;
    if (message->source.len > 0 && source == NULL)
        return GW_INTERNAL;
    status = gw_intake_add(&worker->intake, worker->turn, message, source != NULL ? &source->turn : NULL,
                           source != NULL ? source->tag : NULL);
    if (status != GW_OK)
        return status;
    worker->messages[worker->message_count++] = (struct gw_worker_message){
        .handle = message->handle, .source = source, .offset = message->offset, .line = message->line};
    atomic_fetch_add_explicit(&worker->figures.received, 1, memory_order_relaxed);
    return GW_OK;
}

static enum gw_status on_opened(struct gw_entrypoint_sink *sink, struct gw_text source)
{
    return gw_worker_source_opened(sink->context, source);
}

/* The source moved forward without a message. */
static enum gw_status on_passed(struct gw_entrypoint_sink *sink, const struct gw_passed *passed)
{
    gw_worker_source_passed(sink->context, passed);
    return GW_OK;
}

static enum gw_status on_closed(struct gw_entrypoint_sink *sink, struct gw_text source)
{
    gw_worker_source_closed(sink->context, source);
    return GW_OK;
}

/* Logs a refused message, or one that was skipped with a warning. */
static void log_result(struct gw_worker *worker, const struct gw_worker_message *message, struct gw_turn_result result)
{
    uint64_t left_out;
    char place[32];
    bool is_skipped = result.outcome == GW_OUTCOME_SKIPPED;
    struct gw_log_field fields[4] = {{"outcome", NULL, 0}, {NULL, NULL, 0}, {NULL, NULL, 0}, {NULL, NULL, 0}};

    if (result.reason.len == 0 || result.outcome == GW_OUTCOME_DUPLICATE)
        return;
    if (!gw_log_limit_allows(&worker->refusals, gw_clock_monotonic_ms(), &left_out))
        return;
    if (left_out > 0)
        gw_log_event(worker->plan.log, GW_CODE_MESSAGES_NOT_LOGGED, worker->plan.id,
                     "%llu more refused or skipped messages were not logged", (unsigned long long)left_out);
    fields[0] = gw_log_field_of("outcome", gw_outcome_word(result.outcome));
    if (message->source != NULL) {
        fields[1] =
            (struct gw_log_field){"source", message->source->turn.name.ptr, (size_t)message->source->turn.name.len};
        (void)snprintf(place, sizeof place, "%lld",
                       (long long)(message->line > 0 ? (int64_t)message->line : message->offset));
        fields[2] = gw_log_field_of(message->line > 0 ? "line" : "offset", place);
    }
    gw_log_write(worker->plan.log, is_skipped ? GW_CODE_MESSAGE_SKIPPED : GW_CODE_MESSAGE_REFUSED, worker->plan.id,
                 fields, gw_array_length(fields), "message %s: %.*s", is_skipped ? "skipped" : "refused",
                 (int)result.reason.len, result.reason.ptr);
}

static uint32_t outcome_of(const struct gw_worker *worker, uint32_t index)
{
    const struct gw_worker_message *message = &worker->messages[index];

    if (!message->is_done)
        return GW_OUTCOME_RETURNED;
    return message->is_duplicate ? GW_OUTCOME_DUPLICATE : gw_turn_result(worker->turn, index).outcome;
}

/* Step 6: reports the outcome of each message to the entrypoint. If it fails, the input delivers the messages again.
 * settle also runs while the gateway stops, so its waits end only when the gateway aborts. */
static void settle(struct gw_worker *worker)
{
    struct gw_error error = {0};
    enum gw_status status;

    for (uint32_t index = 0; index < worker->message_count; index++) {
        struct gw_turn_result result = gw_turn_result(worker->turn, index);
        uint32_t outcome = outcome_of(worker, index);

        worker->settlements[index] =
            (struct gw_settlement){.handle = worker->messages[index].handle, .outcome = outcome};
        if (worker->messages[index].is_done) {
            worker->settlements[index].recorded_outcome = result.recorded_outcome;
            worker->settlements[index].reason = result.reason;
            worker->settlements[index].reason_code = result.reason_code;
            log_result(worker, &worker->messages[index], result);
        }
        atomic_fetch_add_explicit(&worker->figures.settled[outcome], 1, memory_order_relaxed);
    }
    if (worker->message_count == 0)
        return;
    worker->entrypoint_host.cancel = worker->plan.abort;
    status = worker->ops->settle(worker->self, worker->settlements, worker->message_count, &error);
    worker->entrypoint_host.cancel = worker->plan.stop;
    if (status != GW_OK)
        gw_log_event(worker->plan.log, GW_CODE_SETTLE_FAILED, worker->plan.id,
                     "settling failed: %s; the input may deliver these messages again", error.text);
    gw_fault_point("settle");
}

static void note_progress(struct gw_worker *worker)
{
    uint64_t done = 0;
    uint64_t total = 0;

    if (worker->ops->progress == NULL)
        return;
    worker->ops->progress(worker->self, &done, &total);
    atomic_store_explicit(&worker->figures.progress_done, done, memory_order_relaxed);
    atomic_store_explicit(&worker->figures.progress_total, total, memory_order_relaxed);
}

/* A poll may wait until the next source is due to start, and no longer. */
static int64_t poll_ms(const struct gw_worker *worker)
{
    int64_t longest_ms = atomic_load_explicit(&worker->is_up, memory_order_relaxed) ? POLL_MS : FIRST_POLL_MS;
    int64_t ms = longest_ms;

    if (worker->sources.waiting > 0)
        ms = worker->sources.next_start_ms - gw_clock_monotonic_ms();
    return ms < 0 ? 0 : ms < longest_ms ? ms : longest_ms;
}

/* Steps 1 and 2. */
static enum gw_status take(struct gw_worker *worker, struct gw_error *reterr)
{
    struct gw_entrypoint_sink sink = {.size = sizeof sink,
                                      .context = worker,
                                      .message = on_message,
                                      .opened = on_opened,
                                      .closed = on_closed,
                                      .passed = on_passed};
    enum gw_status status;

    gw_turn_reset(worker->turn);
    worker->message_count = worker->attempt_count = 0;
    status = worker->ops->poll(worker->self, (uint32_t)worker->plan.turn_messages, poll_ms(worker), &sink, reterr);
    if (worker->message_count > 0) {
        gw_fault_point("poll");
        gw_fault_point("decode");
    }
    return status;
}

/* The first time, whoever waits for it looks again. */
static void note_up(struct gw_worker *worker)
{
    if (!atomic_load_explicit(&worker->is_up, memory_order_relaxed)) {
        atomic_store(&worker->is_up, true);
        gw_wakeup_raise(worker->plan.ended);
    }
}

bool gw_worker_is_stopped(const struct gw_worker *worker, enum gw_status status)
{
    return status == GW_CANCELLED && gw_component_thread_is_stopping(&worker->thread);
}

/* Decides what follows a poll that found neither a message nor a source. */
static enum gw_status after_poll(struct gw_worker *worker, enum gw_status polled, bool has_waited,
                                 const struct gw_error *error)
{
    if (gw_worker_is_stopped(worker, polled) || polled == GW_PERMANENT)
        return polled;
    if (polled != GW_OK && polled != GW_END)
        return gw_component_thread_wait_after(&worker->thread, &worker->thread.idle_host, &worker->poll_backoff, error);
    gw_component_thread_recovered(&worker->thread, &worker->poll_backoff);
    note_up(worker);
    if (polled == GW_OK || (!has_waited && worker->sources.waiting == 0))
        return polled;
    /* Sources that wait for their start, or that waited when this poll was made, keep the worker running. */
    return worker->sources.waiting > 0 ? gw_thread_pause(&worker->thread.idle_host, poll_ms(worker)) : GW_OK;
}

static void note_messages(struct gw_worker_figures *figures, uint32_t count)
{
    gw_histogram_observe(&figures->turn_messages, &gw_histogram_of_messages, count);
    gw_rate_note(&figures->receiving, atomic_load_explicit(&figures->received, memory_order_relaxed),
                 gw_clock_monotonic_ms());
}

/* Steps 3 to 6, by what is in force now. */
static enum gw_status run_messages(struct gw_worker *worker, struct gw_error *reterr)
{
    const struct gw_worker_scopes *scopes = &worker->plan.scopes;
    enum gw_status status;

    note_messages(&worker->figures, worker->message_count);
    scopes->enter(scopes->context, &worker->scope);
    gw_turn_use(worker->turn, worker->scope.bus);
    status = gw_worker_apply(worker, reterr);
    settle(worker);
    scopes->leave(scopes->context, &worker->scope);
    note_progress(worker);
    return status;
}

enum gw_status gw_worker_run_turn(struct gw_worker *worker, struct gw_error *reterr)
{
    enum gw_status polled = take(worker, reterr);
    struct gw_error error = *reterr;
    enum gw_status status = GW_OK;
    bool has_waited;

    if (worker->message_count > 0)
        status = run_messages(worker, reterr);
    if (status == GW_OK && (polled == GW_OK || polled == GW_END))
        status = gw_worker_sources_look(worker, polled == GW_END, reterr);
    gw_worker_sources_sweep(worker);
    if (status != GW_OK)
        return status;
    has_waited = worker->sources.waiting > 0;
    gw_worker_sources_watch(worker, polled == GW_OK && worker->message_count < (uint32_t)worker->plan.turn_messages);
    if (polled != GW_CANCELLED)
        status = gw_worker_sources_start(worker, reterr);
    if (status == GW_OK)
        status = gw_worker_sources_store_passed(worker, false, reterr);
    if (status != GW_OK)
        return status;
    *reterr = error;
    return after_poll(worker, polled, has_waited, reterr);
}
