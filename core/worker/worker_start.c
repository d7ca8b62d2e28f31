/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts each ordered source at its stored position, and stores the position of a new source before its first message.
 * A source that cannot start is retried with a backoff of its own, and the other sources do not wait for it.
 *
 * While the repository is unreachable the worker waits here, as it does for a turn, because nothing could be applied.
 */
#include "base/clock.h"
#include "service/stamp.h"
#include "worker/worker_internal.h"

#include <stdlib.h>
#include <string.h>

/* The pause between two records about a source whose position keeps changing; the pause between two comparisons of
 * positions. */
enum { MOVES_LOG_MS = 60000, LOOK_MS = 5000 };

/* Sources that are started together, with the answers of repository and entrypoint. */
struct starting {
    struct gw_worker_source **sources;
    struct gw_text *names;
    struct gw_start *starts;
    struct gw_position_change *changes;
    uint32_t count;
};

static void starting_done(struct starting *starting)
{
    free(starting->sources);
    free(starting->names);
    free(starting->starts);
    free(starting->changes);
}

static bool starting_init(struct starting *starting, size_t capacity)
{
    *starting = (struct starting){.sources = calloc(capacity, sizeof(struct gw_worker_source *)),
                                  .names = calloc(capacity, sizeof *starting->names),
                                  .starts = calloc(capacity, sizeof *starting->starts),
                                  .changes = calloc(capacity, sizeof *starting->changes)};
    if (starting->sources != NULL && starting->names != NULL && starting->starts != NULL && starting->changes != NULL)
        return true;
    starting_done(starting);
    return false;
}

static void starting_add(struct starting *starting, struct gw_worker_source *source)
{
    source->start = starting->count;
    starting->sources[starting->count] = source;
    starting->names[starting->count++] = source->turn.name;
}

/* ---- the repository ------------------------------------------------------------------------------------------- */

struct positions {
    struct gw_worker *worker;
    struct starting *starting;
};

static enum gw_status on_position(void *context, const struct gw_position *position)
{
    const struct positions *positions = context;
    const struct gw_worker_source *source = gw_worker_source_find(positions->worker, position->source);
    struct gw_start *start;

    if (source == NULL || source->start >= positions->starting->count ||
        positions->starting->sources[source->start] != source)
        return GW_OK;
    start = &positions->starting->starts[source->start];
    start->offset = position->next;
    start->mark = position->mark;
    start->has_mark = position->has_mark;
    return GW_OK;
}

/* Fills the starts with the stored positions. */
static enum gw_status read_positions(struct gw_worker *worker, struct starting *starting, struct gw_error *reterr)
{
    struct positions positions = {worker, starting};
    struct gw_position_visitor visitor = {.size = sizeof visitor, .context = &positions, .position = on_position};
    struct gw_array names = {starting->names, starting->count, sizeof *starting->names};

    for (uint32_t index = 0; index < starting->count; index++)
        starting->starts[index] = (struct gw_start){.source = starting->names[index], .offset = GW_OFFSET_NONE};
    return worker->thread.repository->positions(worker->thread.session, &names, &visitor, reterr);
}

/* Stores where new sources begin, so that they have a position before their first message. */
static enum gw_status store_beginnings(struct gw_worker *worker, struct starting *starting, struct gw_error *reterr)
{
    struct gw_changeset changeset = {.size = sizeof changeset, .stamp = gw_stamp_draw()};
    struct gw_apply_result result = {.size = sizeof result};
    uint32_t count = 0;
    enum gw_status status;

    for (uint32_t index = 0; index < starting->count; index++)
        if (starting->sources[index]->turn.position == GW_OFFSET_NONE && starting->starts[index].status == GW_OK)
            starting->changes[count++] = (struct gw_position_change){
                .source = starting->names[index], .expected = GW_OFFSET_NONE, .next = starting->starts[index].offset};
    if (count == 0)
        return GW_OK;
    changeset.positions = (struct gw_array){starting->changes, count, sizeof *starting->changes};
    status = worker->thread.repository->apply(worker->thread.session, &changeset, &result, reterr);
    return status == GW_ALREADY ? GW_OK : status;
}

/* Repeats a request until the repository answers. OK, MOVED, CANCELLED; CONFIG with ends_at_fault. */
static enum gw_status repeat_until_answered(struct gw_worker *worker, struct starting *starting,
                                            enum gw_status (*ask)(struct gw_worker *worker, struct starting *starting,
                                                                  struct gw_error *reterr),
                                            struct gw_error *reterr)
{
    for (;;) {
        enum gw_status status = ask(worker, starting, reterr);

        if (status == GW_OK || status == GW_MOVED)
            gw_component_thread_recovered(&worker->thread, &worker->apply_backoff);
        if (status == GW_OK || status == GW_MOVED || status == GW_CANCELLED)
            return status;
        status =
            gw_component_thread_wait_after(&worker->thread, &worker->thread.idle_host, &worker->apply_backoff, reterr);
        if (status != GW_OK)
            return status;
    }
}

/* ---- the result of a start ------------------------------------------------------------------------------------ */

/* The stored position differs from the one that this worker committed. */
static void log_move(struct gw_worker *worker, struct gw_worker_source *source, int64_t offset)
{
    int64_t now = gw_clock_monotonic_ms();

    if (source->moves_logged_ms != 0 && now - source->moves_logged_ms < MOVES_LOG_MS)
        return;
    source->moves_logged_ms = now;
    gw_log_event(
        worker->plan.log, GW_CODE_SOURCE_MOVED, worker->plan.id,
        "source %.*s resumes at offset %lld instead of %lld: another gateway took it over, or its position was set "
        "or restored; messages that were read from the old position are dropped; nothing is applied twice",
        (int)source->turn.name.len, source->turn.name.ptr, (long long)offset, (long long)source->believed_position);
}

static void begin(struct gw_worker *worker, struct gw_worker_source *source, int64_t offset)
{
    bool is_moved = source->has_run && source->believed_position != offset;

    if (source->reason[0] != '\0' || !source->has_run)
        gw_log_event(worker->plan.log, source->reason[0] != '\0' ? GW_CODE_SOURCE_RESUMED : GW_CODE_SOURCE_STARTED,
                     worker->plan.id, "source %.*s %s at offset %lld", (int)source->turn.name.len,
                     source->turn.name.ptr, source->reason[0] != '\0' ? "resumes" : "starts", (long long)offset);
    else if (is_moved)
        log_move(worker, source, offset);
    source->turn.position = offset;
    source->is_started = true;
    source->has_run = true;
    source->reason[0] = '\0';
    gw_worker_source_stopped(worker, source, false);
    gw_backoff_reset(&source->backoff);
    worker->sources.waiting--;
}

static void log_stop(const struct gw_worker *worker, const struct gw_worker_source *source, bool is_stopped)
{
    int len = (int)source->turn.name.len;
    const char *name = source->turn.name.ptr;

    if (is_stopped)
        gw_log_event(worker->plan.log, GW_CODE_SOURCE_STOPPED, worker->plan.id,
                     "source %.*s is stopped: %s; it resumes when the cause is removed, or where you set it: `gangway "
                     "positions %s --set %.*s OFFSET|earliest|latest`",
                     len, name, source->reason, worker->plan.file, len, name);
    else
        gw_log_event(worker->plan.log, GW_CODE_SOURCE_NOT_STARTED, worker->plan.id,
                     "source %.*s cannot start: %s; retrying", len, name, source->reason);
}

/* The source waits while others run. Logs again when the reason changes. */
static void stop(struct gw_worker *worker, struct gw_worker_source *source, struct gw_start *start)
{
    bool is_stopped = start->status != GW_TRANSIENT && start->status != GW_NOMEM;
    bool is_logged = source->reason[0] != '\0' && source->is_stopped == is_stopped;

    start->reason[sizeof start->reason - 1] = '\0';
    if (start->reason[0] == '\0')
        (void)snprintf(start->reason, sizeof start->reason, "%s", gw_status_word(start->status));
    is_logged = is_logged && strcmp(source->reason, start->reason) == 0;
    memcpy(source->reason, start->reason, sizeof source->reason);
    gw_worker_source_stopped(worker, source, is_stopped);
    source->due_ms = gw_clock_monotonic_ms() + gw_backoff_next_ms(&source->backoff);
    if (!is_logged)
        log_stop(worker, source, is_stopped);
}

static void settle_starts(struct gw_worker *worker, struct starting *starting)
{
    for (uint32_t index = 0; index < starting->count; index++) {
        starting->sources[index]->is_once = starting->starts[index].is_once != 0;
        if (starting->starts[index].status == GW_OK)
            begin(worker, starting->sources[index], starting->starts[index].offset);
        else
            stop(worker, starting->sources[index], &starting->starts[index]);
    }
}

/* ---- starting ------------------------------------------------------------------------------------------------- */

/* Gives each source its position to the entrypoint, and stores the positions of new sources. MOVED: another gateway
 * stored one of them first. */
static enum gw_status try_starting(struct gw_worker *worker, struct starting *starting, struct gw_error *reterr)
{
    enum gw_status status = repeat_until_answered(worker, starting, read_positions, reterr);

    if (status != GW_OK)
        return status;
    for (uint32_t index = 0; index < starting->count; index++)
        starting->sources[index]->turn.position = starting->starts[index].offset;
    status = worker->ops->start(worker->self, starting->starts, starting->count, reterr);
    if (status != GW_OK)
        return status;
    for (uint32_t index = 0; index < starting->count; index++) {
        struct gw_start *start = &starting->starts[index];

        if (start->status == GW_OK && start->offset < 0) {
            start->status = GW_INTERNAL;
            (void)snprintf(start->reason, sizeof start->reason, "the plugin returned the offset %lld",
                           (long long)start->offset);
        }
    }
    return repeat_until_answered(worker, starting, store_beginnings, reterr);
}

/* Collects all due sources, because an entrypoint may need everything that a rebalance assigned in one call. */
static bool collect(struct gw_worker *worker, struct starting *starting)
{
    int64_t now = gw_clock_monotonic_ms();

    if (!starting_init(starting, worker->sources.waiting))
        return false;
    for (struct gw_worker_source *source = worker->sources.first; source != NULL; source = source->next)
        if (!source->is_started && !source->is_closed && source->due_ms <= now)
            starting_add(starting, source);
    return true;
}

/* start failed as a whole: all of these sources are tried again later. */
static void put_off(struct gw_worker *worker, struct starting *starting, const struct gw_error *error)
{
    int64_t due_ms =
        gw_clock_monotonic_ms() + gw_component_thread_failed_ms(&worker->thread, &worker->start_backoff, error);

    for (uint32_t index = 0; index < starting->count; index++)
        starting->sources[index]->due_ms = due_ms;
}

static void find_next_start(struct gw_worker_sources *sources)
{
    sources->next_start_ms = INT64_MAX;
    for (const struct gw_worker_source *source = sources->first; source != NULL; source = source->next)
        if (!source->is_started && !source->is_closed && source->due_ms < sources->next_start_ms)
            sources->next_start_ms = source->due_ms;
}

enum gw_status gw_worker_sources_start(struct gw_worker *worker, struct gw_error *reterr)
{
    struct starting starting;
    enum gw_status status;

    if (worker->sources.waiting == 0 || gw_clock_monotonic_ms() < worker->sources.next_start_ms)
        return GW_OK;
    if (!collect(worker, &starting))
        return GW_OK; /* retried after the next turn */
    do                /* each round finds more positions stored */
        status = starting.count > 0 ? try_starting(worker, &starting, reterr) : GW_OK;
    while (status == GW_MOVED);
    if (status == GW_OK && starting.count > 0) {
        gw_component_thread_recovered(&worker->thread, &worker->start_backoff);
        settle_starts(worker, &starting);
    } else if (status != GW_OK && status != GW_CANCELLED && !(status == GW_CONFIG && worker->plan.ends_at_fault)) {
        status = GW_OK;
        put_off(worker, &starting, reterr);
    }
    starting_done(&starting);
    find_next_start(&worker->sources);
    return status;
}

/* ---- positions that were changed ------------------------------------------------------------------------------ */

/* Collects the sources of the messages from `first` on, each once. */
static void collect_of_messages(struct gw_worker *worker, uint32_t first, struct starting *starting)
{
    for (uint32_t index = first; index < worker->message_count; index++) {
        struct gw_worker_source *source = worker->messages[index].source;

        if (source != NULL && source->is_started && !source->is_closed &&
            (source->start >= starting->count || starting->sources[source->start] != source))
            starting_add(starting, source);
    }
}

static uint32_t restart_moved(struct gw_worker *worker, const struct starting *starting, bool is_each)
{
    uint32_t moved = 0;

    for (uint32_t index = 0; index < starting->count; index++) {
        struct gw_worker_source *source = starting->sources[index];

        if (!is_each && starting->starts[index].offset == source->turn.position)
            continue;
        source->believed_position = source->turn.position;
        gw_worker_source_restart(worker, source);
        moved++;
    }
    return moved;
}

void gw_worker_source_look_again(struct gw_worker *worker, struct gw_worker_source *source)
{
    struct starting starting;
    struct gw_error error = {0};

    if (!starting_init(&starting, 1))
        return;
    starting_add(&starting, source);
    if (read_positions(worker, &starting, &error) == GW_OK)
        (void)restart_moved(worker, &starting, false);
    starting_done(&starting);
}

/* Without memory or an answer it restarts all of them, which is always correct. */
void gw_worker_sources_moved(struct gw_worker *worker, uint32_t first)
{
    struct starting starting;
    struct gw_error error = {0};
    bool is_known;

    if (!starting_init(&starting, worker->message_count - first + 1)) {
        for (uint32_t index = first; index < worker->message_count; index++) {
            struct gw_worker_source *source = worker->messages[index].source;

            if (source == NULL || !source->is_started)
                continue;
            source->believed_position = source->turn.position;
            gw_worker_source_restart(worker, source);
        }
        return;
    }
    collect_of_messages(worker, first, &starting);
    is_known = starting.count > 0 && read_positions(worker, &starting, &error) == GW_OK;
    if (!is_known || restart_moved(worker, &starting, false) == 0)
        (void)restart_moved(worker, &starting, true);
    starting_done(&starting);
}

/* ---- the regular comparison ----------------------------------------------------------------------------------- */

static bool collect_started(struct gw_worker *worker, struct starting *starting)
{
    size_t count = 0;

    for (const struct gw_worker_source *source = worker->sources.first; source != NULL; source = source->next)
        count++;
    if (count == 0 || !starting_init(starting, count))
        return false;
    for (struct gw_worker_source *source = worker->sources.first; source != NULL; source = source->next)
        if (source->is_started && !source->is_closed)
            starting_add(starting, source);
    return true;
}

/* Without an answer nothing is compared. At the end of the input there is no later comparison, so it waits for an
 * answer. */
static enum gw_status compare_positions(struct gw_worker *worker, struct starting *starting, bool is_last,
                                        struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    while (status == GW_OK && read_positions(worker, starting, reterr) != GW_OK) {
        if (!is_last)
            return GW_OK;
        status =
            gw_component_thread_wait_after(&worker->thread, &worker->thread.idle_host, &worker->apply_backoff, reterr);
    }
    if (status != GW_OK)
        return status;
    gw_component_thread_recovered(&worker->thread, &worker->apply_backoff);
    (void)restart_moved(worker, starting, false);
    worker->sources.next_look_ms = gw_clock_monotonic_ms() + LOOK_MS;
    return GW_OK;
}

enum gw_status gw_worker_sources_look(struct gw_worker *worker, bool is_last, struct gw_error *reterr)
{
    struct starting starting;
    enum gw_status status = GW_OK;

    if (!is_last && gw_clock_monotonic_ms() < worker->sources.next_look_ms)
        return GW_OK;
    if (!collect_started(worker, &starting))
        return GW_OK;
    if (starting.count > 0)
        status = compare_positions(worker, &starting, is_last, reterr);
    starting_done(&starting);
    return status;
}
