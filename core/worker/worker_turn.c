/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps 3 to 5 with their retries: load and handle, apply. Only this file decides when a turn runs again, with how many
 * of its messages, and when a message becomes a dead letter; docs/architecture.md has the table. A turn is applied in
 * parts of at most attempt_size messages. A part that fails is halved; one that succeeds doubles the size for the next.
 * Within one attempt service/turn.c repeats load and handle until nothing is missing, which is no retry: each round
 * loads more than the one before. This file knows no message and no command, only counts of messages.
 */
#include "base/clock.h"
#include "base/fault_point.h"
#include "worker/worker_internal.h"

#include <sodium.h>
#include <stdlib.h>

/* How much each further conflict in a row adds to the longest pause, and the limit of that pause. It lets one of many
 * workers on the same product succeed, and stays short enough not to idle. */
enum { CONFLICT_STEP_MS = 10, CONFLICT_MAX_MS = 100 };

/* The number of conflicts in a row after which the reason is logged; and the number of conflicts of one part with the
 * same expectation that prove that a fresh load does not resolve it. */
enum { CONFLICTS_LOGGED = 10, CONFLICTS_LASTING = 3 };

/* The number of transient failures in a row after which a turn is halved: it may be too large for the time limit of the
 * repository. */
enum { FAILURES_HALVED = 2 };

/* The attempts at one part of the turn so far. */
struct part {
    uint32_t first;
    uint32_t count;
    uint32_t conflicts;
    uint64_t expectation; /* of the last conflict: a hash of what was expected of freshly loaded rows; 0: none */
    uint32_t alike;       /* conflicts in a row with this expectation */
    bool was_refused;     /* once, after a fresh load */
    bool was_unknown;     /* the last commit returned UNKNOWN; the same changeset is sent again */
    bool is_dead;         /* the part is one message, which becomes a dead letter */
};

static bool is_left_out(const struct gw_worker *worker, uint32_t index)
{
    const struct gw_worker_message *message = &worker->messages[index];

    return message->source != NULL && (message->source->is_closed || !message->source->is_started);
}

/* Excludes messages of sources that are closed or start again: this worker may not apply them. */
static void leave_out(struct gw_worker *worker, uint32_t first)
{
    for (uint32_t index = first; index < worker->message_count; index++)
        if (is_left_out(worker, index))
            gw_turn_leave_out(worker->turn, index);
}

static void done(struct gw_worker *worker, const struct part *part)
{
    for (uint32_t index = part->first; index < part->first + part->count; index++)
        worker->messages[index].is_done = !is_left_out(worker, index);
    if (worker->conflicts_in_row >= CONFLICTS_LOGGED)
        gw_log_event(worker->plan.log, GW_CODE_CONFLICTS_ENDED, worker->plan.id,
                     "recovered after %u conflicts in a row", worker->conflicts_in_row);
    worker->conflicts_in_row = 0;
    if (worker->attempt_size < (uint32_t)worker->plan.turn_messages)
        worker->attempt_size = worker->attempt_size * 2 < (uint32_t)worker->plan.turn_messages
                                   ? worker->attempt_size * 2
                                   : (uint32_t)worker->plan.turn_messages;
}

static void halve(struct gw_worker *worker, struct part *part)
{
    part->count = (part->count + 1) / 2;
    part->conflicts = part->alike = 0;
    part->was_refused = false;
    worker->attempt_size = part->count;
}

int64_t gw_worker_conflict_pause_ms(uint32_t conflicts)
{
    int64_t longest =
        conflicts < CONFLICT_MAX_MS / CONFLICT_STEP_MS ? (int64_t)conflicts * CONFLICT_STEP_MS : CONFLICT_MAX_MS;

    return (int64_t)randombytes_uniform((uint32_t)longest + 1);
}

/* MOVED: a source of this part has another position. It starts again there, and its messages of this turn are dropped.
 */
static void after_move(struct gw_worker *worker, struct part *part)
{
    part->was_unknown = false;
    gw_worker_sources_moved(worker, part->first);
    leave_out(worker, part->first);
}

/* PERMANENT: the part is repeated once after a fresh load, and then halved until one message is left. */
static enum gw_status after_refusal(struct gw_worker *worker, struct part *part, struct gw_error *error)
{
    struct gw_error cause = *error;

    if (!part->was_refused) {
        part->was_refused = true;
        return GW_OK;
    }
    if (part->count > 1) {
        halve(worker, part);
        part->was_refused = true;
        return GW_OK;
    }
    worker->dead_in_row++;
    if (worker->dead_in_row > worker->plan.max_dead)
        return gw_error_set(error, GW_CONFIG, "%u messages in a row were refused by the repository, the last with: %s",
                            worker->dead_in_row, cause.text);
    part->was_refused = false;
    part->is_dead = true;
    return gw_turn_refuse(worker->turn, part->first, gw_text_of(cause.text));
}

/* Logs the tenth conflict in a row, the twentieth, the fortieth and so on. */
static void log_conflict(const struct gw_worker *worker, const struct gw_error *error)
{
    uint32_t tens = worker->conflicts_in_row / CONFLICTS_LOGGED;

    if (worker->conflicts_in_row % CONFLICTS_LOGGED != 0 || (tens & (tens - 1)) != 0)
        return;
    gw_log_event(
        worker->plan.log, GW_CODE_CONFLICTS_REPEATED, worker->plan.id,
        "%u conflicts in a row, the last: %s; retrying with freshly loaded rows and fewer messages; if no other "
        "gateway uses these products, look for a program that changes their rows",
        worker->conflicts_in_row, error->text);
}

/* Whether the conflict is with rows that nobody changes: they were the same after each load. */
static bool is_lasting(const struct gw_worker *worker, struct part *part)
{
    uint64_t expectation = gw_turn_expectation(worker->turn);

    part->alike = expectation != 0 && expectation == part->expectation ? part->alike + 1 : expectation != 0;
    part->expectation = expectation;
    return part->count == 1 && part->alike >= CONFLICTS_LASTING;
}

/* CONFLICT: repeats the part; after the second conflict with half of the messages. A conflict that no load resolves
 * becomes a refusal. */
static enum gw_status after_conflict(struct gw_worker *worker, struct part *part, struct gw_error *error)
{
    struct gw_error cause = *error;

    atomic_fetch_add(&worker->figures.conflicts, 1);
    part->conflicts++;
    if (worker->conflicts_in_row < UINT32_MAX)
        worker->conflicts_in_row++;
    log_conflict(worker, &cause);
    if (is_lasting(worker, part)) {
        (void)gw_error_set(error, GW_PERMANENT, "the stored rows contradict each other: %s", cause.text);
        return after_refusal(worker, part, error);
    }
    if (part->conflicts >= 2 && part->count > 1)
        halve(worker, part);
    return gw_thread_pause(&worker->thread.session_host, gw_worker_conflict_pause_ms(worker->conflicts_in_row));
}

/* Acts on a failed attempt. OK: try again. */
static enum gw_status after_failure(struct gw_worker *worker, struct part *part, enum gw_status status,
                                    struct gw_error *error)
{
    if (status == GW_UNKNOWN)
        part->was_unknown = true;
    else if (status == GW_CONFLICT || status == GW_PERMANENT)
        part->was_unknown = false; /* The commit did not happen. Any other status leaves that open. */
    switch (status) {
    case GW_CONFLICT:
        return after_conflict(worker, part, error);
    case GW_PERMANENT:
        return after_refusal(worker, part, error);
    case GW_NOMEM:
        if (part->count > 1 && !part->was_unknown)
            halve(worker, part);
        return gw_component_thread_wait_after(&worker->thread, &worker->thread.session_host, &worker->apply_backoff,
                                              error);
    case GW_TRANSIENT:
        if (part->count > 1 && !part->was_unknown && worker->apply_backoff.failures >= FAILURES_HALVED)
            halve(worker, part);
        return gw_component_thread_wait_after(&worker->thread, &worker->thread.session_host, &worker->apply_backoff,
                                              error);
    case GW_UNKNOWN:
    case GW_CONFIG:
        return gw_component_thread_wait_after(&worker->thread, &worker->thread.session_host, &worker->apply_backoff,
                                              error);
    case GW_CANCELLED:
        return status;
    default:
        gw_log_event(worker->plan.log, GW_CODE_INVARIANT_BROKEN, worker->plan.id,
                     "broken invariant: %s; the process aborts; what is not committed is read again after a restart",
                     error->text);
        abort();
    }
}

static enum gw_status commit(struct gw_worker *worker, struct gw_error *error)
{
    int64_t begun_us = gw_clock_monotonic_us();
    enum gw_status status = gw_turn_commit(worker->turn, error);

    gw_histogram_observe(&worker->figures.apply_durations, &gw_histogram_of_durations,
                         gw_clock_monotonic_us() - begun_us);
    return status;
}

static enum gw_status try_part(struct gw_worker *worker, struct part *part, struct gw_error *error)
{
    enum gw_status status = GW_OK;

    if (!part->was_unknown)
        status = gw_turn_attempt(worker->turn, part->first, part->count, error);
    if (status != GW_OK)
        return status == GW_UNKNOWN ? GW_TRANSIENT : status; /* a load changes nothing */
    gw_fault_point("before-apply");
    worker->epoch = atomic_load(worker->plan.epoch);
    status = commit(worker, error);
    if (status == GW_OK || status == GW_ALREADY)
        gw_fault_point("after-apply");
    return status;
}

static void announce(struct gw_worker *worker)
{
    struct gw_outbox_commit commit = {.changeset = gw_turn_changeset(worker->turn),
                                      .result = gw_turn_apply_result(worker->turn),
                                      .epoch = worker->epoch};

    if (commit.changeset->effects.count > 0)
        worker->plan.scopes.committed(worker->plan.scopes.context, &worker->scope, &commit);
}

/* Whether another worker stored these ids between the load and the apply. Only a load shows whether their messages were
 * the same, and their outcomes. */
static bool must_look_again(const struct gw_worker *worker)
{
    return gw_turn_changeset(worker->turn)->positions.count == 0;
}

/* The part was already applied, by another gateway or an earlier attempt. */
static void mark_duplicates(struct gw_worker *worker, const struct part *part)
{
    for (uint32_t index = part->first; index < part->first + part->count; index++)
        worker->messages[index].is_duplicate = true;
}

/* Repeats one part until it is committed or given up. */
static enum gw_status apply_part(struct gw_worker *worker, struct part *part, struct gw_error *reterr)
{
    for (;;) {
        bool was_sent_before = part->was_unknown;
        enum gw_status status;

        worker->attempt_first = part->first;
        worker->attempt_count = part->count;
        status = try_part(worker, part, reterr);

        if (status == GW_ALREADY && !was_sent_before && must_look_again(worker))
            status = GW_CONFLICT;
        if (status == GW_ALREADY && !was_sent_before)
            mark_duplicates(worker, part);
        if (status == GW_OK || status == GW_ALREADY) {
            gw_component_thread_recovered(&worker->thread, &worker->apply_backoff);
            if (!part->is_dead)
                worker->dead_in_row = 0;
            announce(worker);
            done(worker, part);
            return GW_OK;
        }
        if (status == GW_MOVED) {
            after_move(worker, part);
            continue;
        }
        status = after_failure(worker, part, status, reterr);
        if (status != GW_OK)
            return status;
    }
}

enum gw_status gw_worker_apply(struct gw_worker *worker, struct gw_error *reterr)
{
    struct part part = {0};

    leave_out(worker, 0);
    while (part.first < worker->message_count) {
        uint32_t rest = worker->message_count - part.first;
        enum gw_status status;

        part = (struct part){.first = part.first, .count = rest < worker->attempt_size ? rest : worker->attempt_size};
        status = apply_part(worker, &part, reterr);
        if (status != GW_OK)
            return status;
        part.first += part.count;
        worker->attempt_count = 0;
    }
    return GW_OK;
}
