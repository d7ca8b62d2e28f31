/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs what a worker was applying when its thread crashed: for each source of the attempt the first and last offset,
 * otherwise the position of each source. Runs in a signal handler, possibly on another thread while the worker's thread
 * still runs.
 */
#include "worker/worker_internal.h"

enum { SOURCES_MAX = 64 };

static void log_source(const struct gw_worker *worker, const struct gw_log *log, const struct gw_worker_source *source,
                       int64_t first, int64_t last, uint32_t count)
{
    char digits[3][GW_LOG_DIGITS];
    const struct gw_log_field fields[] = {
        {"source", source->turn.name.ptr, (size_t)source->turn.name.len},
        gw_log_number("offset", first, digits[0]),
        gw_log_number("last", last, digits[1]),
        gw_log_number("messages", count, digits[2]),
    };

    gw_log_text(
        log, GW_CODE_CRASH_MESSAGES, worker->plan.id, fields, sizeof fields / sizeof fields[0],
        "crash: these messages of the source, from offset to last, were being processed; if every start ends here, "
        "set `turn: 1` to find the message at fault, and skip it with `gangway positions FILE --set SOURCE OFFSET`");
}

/* Logs the messages of the attempt that have the same source as message `first`, unless they are applied or the source
 * was logged before. */
static bool log_source_of(const struct gw_worker *worker, const struct gw_log *log, uint32_t begin, uint32_t first,
                          uint32_t end)
{
    const struct gw_worker_source *source = worker->messages[first].source;
    int64_t last = worker->messages[first].offset;
    uint32_t count = 0;

    if (source == NULL || worker->messages[first].is_done)
        return false;
    for (uint32_t index = begin; index < first; index++)
        if (worker->messages[index].source == source && !worker->messages[index].is_done)
            return false;
    for (uint32_t index = first; index < end; index++) {
        if (worker->messages[index].source != source || worker->messages[index].is_done)
            continue;
        last = worker->messages[index].offset;
        count++;
    }
    log_source(worker, log, source, worker->messages[first].offset, last, count);
    return true;
}

static void log_positions(const struct gw_worker *worker, const struct gw_log *log)
{
    uint32_t logged = 0;

    for (const struct gw_worker_source *source = worker->sources.first; source != NULL && logged < SOURCES_MAX;
         source = source->next) {
        char digits[GW_LOG_DIGITS];
        struct gw_log_field fields[] = {{"source", source->turn.name.ptr, (size_t)source->turn.name.len},
                                        gw_log_number("offset", source->turn.position, digits)};

        if (!source->is_started)
            continue;
        gw_log_text(log, GW_CODE_CRASH_POSITION, worker->plan.id, fields, 2,
                    "crash: no message of this source was being processed; the source was read from this offset");
        logged++;
    }
}

/* Logs how many messages without a source the attempt has. */
static uint32_t log_messages_without_source(const struct gw_worker *worker, const struct gw_log *log, uint32_t begin,
                                            uint32_t end)
{
    char digits[GW_LOG_DIGITS];
    struct gw_log_field field;
    uint32_t count = 0;

    for (uint32_t index = begin; index < end; index++)
        count += worker->messages[index].source == NULL && !worker->messages[index].is_done;
    field = gw_log_number("messages", count, digits);
    if (count > 0)
        gw_log_text(log, GW_CODE_CRASH_UNPOSITIONED, worker->plan.id, &field, 1,
                    "crash: these messages without a position were being processed; their broker delivers them again");
    return count;
}

void gw_worker_describe_crash(const void *context, const struct gw_log *log)
{
    const struct gw_worker *worker = context;
    uint32_t begin = worker->attempt_count > 0 ? worker->attempt_first : 0;
    uint32_t end = worker->attempt_count > 0 ? begin + worker->attempt_count : worker->message_count;
    uint32_t logged = 0;

    for (uint32_t index = begin; index < end && logged < SOURCES_MAX; index++)
        logged += log_source_of(worker, log, begin, index, end);
    logged += log_messages_without_source(worker, log, begin, end);
    if (logged == 0)
        log_positions(worker, log);
}
