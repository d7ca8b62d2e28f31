/* SPDX-License-Identifier: Apache-2.0 */
/* Where each ordered source stands: read from the repository when it opens, stored before its first message. */
#include "base/clock.h"
#include "runtime/worker_parts.h"

#include <stdlib.h>
#include <string.h>

enum { START_TOGETHER = 64 };

struct gw_worker_source *gw_worker_source_find(struct gw_worker *worker, struct gw_text name)
{
    struct gw_worker_source *source = worker->last_source;

    if (source != NULL && !source->is_closed && gw_text_equal(source->turn.name, name))
        return source;
    for (source = worker->sources; source != NULL; source = source->next) {
        if (!source->is_closed && gw_text_equal(source->turn.name, name)) {
            worker->last_source = source;
            return source;
        }
    }
    return NULL;
}

enum gw_status gw_worker_source_opened(struct gw_worker *worker, struct gw_text name)
{
    struct gw_worker_source *source;
    char *copy;

    if (gw_worker_source_find(worker, name) != NULL)
        return GW_OK;
    source = calloc(1, sizeof *source);
    copy = malloc((size_t)name.len + 1);
    if (source == NULL || copy == NULL) {
        free(source);
        free(copy);
        return GW_NOMEM;
    }
    memcpy(copy, name.ptr, (size_t)name.len);
    source->turn.name = gw_text_span(copy, name.len);
    gw_source_tag(name, source->tag);
    source->next = worker->sources;
    worker->sources = source;
    (void)gw_gauges_open(&worker->gauges, name); /* a figure less is no reason to stop */
    return GW_OK;
}

void gw_worker_source_closed(struct gw_worker *worker, struct gw_text name)
{
    struct gw_worker_source *source = gw_worker_source_find(worker, name);

    if (source == NULL)
        return;
    source->is_closed = true;
    gw_gauges_close(&worker->gauges, name);
}

static void source_free(struct gw_worker_source *source)
{
    free((void *)source->turn.name.ptr);
    free(source);
}

void gw_worker_sources_sweep(struct gw_worker *worker)
{
    struct gw_worker_source **link = &worker->sources;

    worker->last_source = NULL;
    while (*link != NULL) {
        struct gw_worker_source *source = *link;

        if (!source->is_closed) {
            link = &source->next;
            continue;
        }
        *link = source->next;
        source_free(source);
    }
}

void gw_worker_sources_free(struct gw_worker *worker)
{
    for (struct gw_worker_source *source = worker->sources; source != NULL; source = source->next)
        source->is_closed = true;
    gw_worker_sources_sweep(worker);
}

/* The starts of one group, while the repository tells their positions. */
struct starting {
    struct gw_start starts[START_TOGETHER];
    struct gw_text names[START_TOGETHER];
    struct gw_worker_source *sources[START_TOGETHER];
    uint32_t count;
};

static enum gw_status on_position(void *context, const struct gw_position *position)
{
    struct starting *starting = context;

    for (uint32_t index = 0; index < starting->count; index++) {
        if (!gw_text_equal(starting->names[index], position->source))
            continue;
        starting->starts[index].offset = position->next;
        starting->starts[index].mark = position->mark;
        starting->starts[index].has_mark = position->has_mark;
    }
    return GW_OK;
}

static enum gw_status read_positions(struct gw_worker *worker, struct starting *starting, struct gw_error *reterr)
{
    struct gw_position_visitor visitor = {.size = sizeof visitor, .context = starting, .position = on_position};
    struct gw_array names = {starting->names, starting->count, sizeof *starting->names};

    return worker->plan.repository->positions(worker->session, &names, &visitor, reterr);
}

/* Stores where sources begin that the repository did not know, so that a number is there before the first message. */
static enum gw_status store_beginnings(struct gw_worker *worker, const struct starting *starting,
                                       struct gw_error *reterr)
{
    struct gw_position_change changes[START_TOGETHER];
    struct gw_changeset changeset = {.size = sizeof changeset, .unix_ms = gw_clock_unix_ms()};
    struct gw_apply_result result = {.size = sizeof result};
    uint32_t count = 0;
    enum gw_status status;

    for (uint32_t index = 0; index < starting->count; index++)
        if (starting->sources[index]->turn.position == GW_OFFSET_NONE)
            changes[count++] = (struct gw_position_change){
                .source = starting->names[index], .expected = GW_OFFSET_NONE, .next = starting->starts[index].offset};
    if (count == 0)
        return GW_OK;
    changeset.positions = (struct gw_array){changes, count, sizeof *changes};
    status = worker->plan.repository->apply(worker->session, &changeset, &result, reterr);
    return status == GW_ALREADY ? GW_OK : status;
}

/* Tells the entrypoint where each source goes on, and the repository where those begin that it did not know. MOVED:
 * somebody else began one of them meanwhile. */
static enum gw_status begin_group(struct gw_worker *worker, struct starting *starting, struct gw_error *reterr)
{
    enum gw_status status;

    for (uint32_t index = 0; index < starting->count; index++)
        starting->starts[index] = (struct gw_start){.source = starting->names[index], .offset = GW_OFFSET_NONE};
    status = read_positions(worker, starting, reterr);
    if (status != GW_OK)
        return status;
    for (uint32_t index = 0; index < starting->count; index++)
        starting->sources[index]->turn.position = starting->starts[index].offset;
    status = worker->ops->start(worker->self, starting->starts, starting->count, reterr);
    return status == GW_OK ? store_beginnings(worker, starting, reterr) : status;
}

static enum gw_status start_group(struct gw_worker *worker, struct starting *starting, struct gw_error *reterr)
{
    enum gw_status status;

    do /* each time more of them are known */
        status = begin_group(worker, starting, reterr);
    while (status == GW_MOVED);
    if (status != GW_OK)
        return status;
    for (uint32_t index = 0; index < starting->count; index++) {
        starting->sources[index]->turn.position = starting->starts[index].offset;
        starting->sources[index]->is_started = true;
        gw_log_line(worker->plan.log, GW_LOG_INFO, worker->plan.id, "source %.*s starts at %lld",
                    (int)starting->names[index].len, starting->names[index].ptr,
                    (long long)starting->starts[index].offset);
    }
    return GW_OK;
}

enum gw_status gw_worker_sources_start(struct gw_worker *worker, struct gw_error *reterr)
{
    struct starting starting = {.count = 0};
    enum gw_status status = GW_OK;

    for (struct gw_worker_source *source = worker->sources; source != NULL && status == GW_OK; source = source->next) {
        if (source->is_started || source->is_closed)
            continue;
        starting.sources[starting.count] = source;
        starting.names[starting.count++] = source->turn.name;
        if (starting.count == START_TOGETHER) {
            status = start_group(worker, &starting, reterr);
            starting.count = 0;
        }
    }
    if (status == GW_OK && starting.count > 0)
        status = start_group(worker, &starting, reterr);
    return status;
}
