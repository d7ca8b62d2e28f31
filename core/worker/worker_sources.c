/* SPDX-License-Identifier: Apache-2.0 */
/* The list of a worker's ordered sources: open, find by name, close. worker_start.c starts them. */
#include "base/hash.h"
#include "worker/worker_internal.h"

#include <stdlib.h>
#include <string.h>

enum { RETRY_FIRST_MS = 1000, RETRY_MAX_MS = 10000, TABLE_MAX_BYTES = 16 * 1024 * 1024 };

/* A closed source does not match, because another one may have been opened under its name. */
static bool is_named(const void *entry, const void *key)
{
    const struct gw_worker_source *source = entry;

    return !source->is_closed && gw_text_equal(source->turn.name, *(const struct gw_text *)key);
}

/* Creates the table of names if there is none. If there is no memory for it, look-ups search the list. */
static bool make_table(struct gw_worker_sources *sources)
{
    if (sources->has_table)
        return true;
    if (sources->arena == NULL)
        sources->arena = gw_arena_new(TABLE_MAX_BYTES);
    if (sources->arena == NULL)
        return false;
    gw_arena_reset(sources->arena, TABLE_MAX_BYTES);
    gw_table_init(&sources->table, sources->arena);
    for (struct gw_worker_source *source = sources->first; source != NULL; source = source->next)
        if (!gw_table_add(&sources->table, source->hash, source))
            return false;
    sources->has_table = true;
    return true;
}

struct gw_worker_source *gw_worker_source_find(struct gw_worker *worker, struct gw_text name)
{
    struct gw_worker_sources *sources = &worker->sources;
    struct gw_worker_source *source = sources->last;

    if (source != NULL && is_named(source, &name))
        return source;
    if (make_table(sources))
        source = gw_table_find(&sources->table, gw_hash_bytes(name.ptr, (size_t)name.len), is_named, &name);
    else
        for (source = sources->first; source != NULL; source = source->next)
            if (is_named(source, &name))
                break;
    sources->last = source;
    return source;
}

enum gw_status gw_worker_source_opened(struct gw_worker *worker, struct gw_text name)
{
    struct gw_worker_sources *sources = &worker->sources;
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
    source->hash = gw_hash_bytes(copy, (size_t)name.len);
    source->backoff = (struct gw_backoff){.first_ms = RETRY_FIRST_MS, .max_ms = RETRY_MAX_MS};
    gw_source_tag(name, source->tag);
    source->next = sources->first;
    sources->first = source;
    sources->waiting++;
    sources->next_start_ms = 0;
    sources->has_table = sources->has_table && gw_table_add(&sources->table, source->hash, source);
    (void)gw_metrics_open(&worker->metrics, name); /* a missing figure is no reason to fail */
    return GW_OK;
}

void gw_worker_source_stopped(struct gw_worker *worker, struct gw_worker_source *source, bool is_stopped)
{
    if (is_stopped && !source->is_stopped)
        atomic_fetch_add_explicit(&worker->figures.stopped_sources, 1, memory_order_relaxed);
    if (!is_stopped && source->is_stopped)
        atomic_fetch_sub_explicit(&worker->figures.stopped_sources, 1, memory_order_relaxed);
    source->is_stopped = is_stopped;
}

void gw_worker_source_closed(struct gw_worker *worker, struct gw_text name)
{
    struct gw_worker_source *source = gw_worker_source_find(worker, name);

    if (source == NULL)
        return;
    source->is_closed = true;
    worker->sources.has_closed = true;
    if (!source->is_started)
        worker->sources.waiting--;
    gw_worker_source_stopped(worker, source, false);
    gw_metrics_close(&worker->metrics, name);
}

void gw_worker_source_restart(struct gw_worker *worker, struct gw_worker_source *source)
{
    if (!source->is_started)
        return;
    source->is_started = false;
    source->due_ms = 0;
    if (source->is_closed)
        return;
    worker->sources.waiting++;
    worker->sources.next_start_ms = 0;
}

/* Deletes the position of a source that cannot be opened again. If the repository does not answer, the position stays,
 * and `gangway positions --forget` removes it. */
static void forget_position(struct gw_worker *worker, const struct gw_worker_source *source)
{
    struct gw_error error = {0};

    if (source->is_once && source->has_run && worker->thread.session != NULL)
        (void)worker->thread.repository->forget_position(worker->thread.session, source->turn.name, &error);
}

void gw_worker_sources_forget_once(struct gw_worker *worker)
{
    for (const struct gw_worker_source *source = worker->sources.first; source != NULL; source = source->next)
        forget_position(worker, source);
}

static void source_free(struct gw_worker_source *source)
{
    free((void *)source->turn.name.ptr);
    free(source);
}

void gw_worker_sources_sweep(struct gw_worker *worker)
{
    struct gw_worker_source **link = &worker->sources.first;

    if (!worker->sources.has_closed)
        return;
    worker->sources.has_closed = worker->sources.has_table = false;
    worker->sources.last = NULL;
    while (*link != NULL) {
        struct gw_worker_source *source = *link;

        if (!source->is_closed) {
            link = &source->next;
            continue;
        }
        *link = source->next;
        forget_position(worker, source);
        source_free(source);
    }
}

void gw_worker_sources_free(struct gw_worker *worker)
{
    for (struct gw_worker_source *source = worker->sources.first, *next; source != NULL; source = next) {
        next = source->next;
        source_free(source);
    }
    gw_arena_free(worker->sources.arena);
    worker->sources = (struct gw_worker_sources){0};
}
