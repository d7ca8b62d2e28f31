/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores the positions of sources with passed offsets, all of them in one changeset. If a message is applied first, it
 * moves the position of its source anyway, and nothing is left to store.
 */
#include "base/clock.h"
#include "service/stamp.h"
#include "worker/worker_internal.h"

#include <stdlib.h>

enum { STORE_MS = 1000 };

/* The positions that are stored together. */
struct storing {
    struct gw_worker_source **sources; /* in the order of the changes */
    struct gw_position_change *changes;
    uint32_t count;
};

void gw_worker_source_passed(struct gw_worker *worker, const struct gw_passed *passed)
{
    struct gw_worker_source *source = gw_worker_source_find(worker, passed->source);

    if (source == NULL)
        return;
    source->passed = *passed;
    source->has_passed = true;
    worker->sources.has_passed = true;
}

/* Whether the source has passed offsets to store. Messages before them that are not applied yet must not be skipped. */
static bool is_behind(const struct gw_worker_source *source)
{
    return source->has_passed && source->is_started && !source->is_closed &&
           source->turn.position >= source->passed.from && source->turn.position < source->passed.next;
}

static int by_name(const void *a, const void *b)
{
    const struct gw_worker_source *const *one = a;
    const struct gw_worker_source *const *other = b;

    return gw_text_compare((*one)->turn.name, (*other)->turn.name);
}

/* False: no memory; the caller tries again later. */
static bool collect(struct gw_worker *worker, struct storing *storing)
{
    uint32_t count = 0;

    for (const struct gw_worker_source *source = worker->sources.first; source != NULL; source = source->next)
        count += is_behind(source);
    storing->count = 0;
    storing->sources = calloc((size_t)count + 1, sizeof(struct gw_worker_source *));
    storing->changes = calloc((size_t)count + 1, sizeof *storing->changes);
    if (storing->sources == NULL || storing->changes == NULL)
        return false;
    for (struct gw_worker_source *source = worker->sources.first; source != NULL; source = source->next) {
        if (is_behind(source))
            storing->sources[storing->count++] = source;
        source->has_passed = false;
    }
    qsort(storing->sources, storing->count, sizeof(struct gw_worker_source *), by_name);
    for (uint32_t index = 0; index < storing->count; index++) {
        const struct gw_worker_source *source = storing->sources[index];

        storing->changes[index] = (struct gw_position_change){.source = source->turn.name,
                                                              .expected = source->turn.position,
                                                              .next = source->passed.next,
                                                              .mark = source->passed.mark,
                                                              .has_mark = source->passed.has_mark};
    }
    return true;
}

/* OK, MOVED, CANCELLED; CONFIG with ends_at_fault. While the repository is unreachable the worker waits here, as it
 * does for a turn. */
static enum gw_status store(struct gw_worker *worker, const struct storing *storing, struct gw_error *reterr)
{
    struct gw_changeset changeset = {.size = sizeof changeset, .stamp = gw_stamp_draw()};

    changeset.positions = (struct gw_array){storing->changes, storing->count, sizeof *storing->changes};
    for (;;) {
        struct gw_apply_result result = {.size = sizeof result};
        enum gw_status status = worker->thread.repository->apply(worker->thread.session, &changeset, &result, reterr);

        if (status == GW_OK || status == GW_ALREADY || status == GW_MOVED) {
            gw_component_thread_recovered(&worker->thread, &worker->apply_backoff);
            return status == GW_MOVED ? status : GW_OK;
        }
        if (status == GW_CANCELLED)
            return status;
        status =
            gw_component_thread_wait_after(&worker->thread, &worker->thread.idle_host, &worker->apply_backoff, reterr);
        if (status != GW_OK)
            return status;
    }
}

/* After MOVED it is not known which of the sources another gateway moved. */
static void settle(struct gw_worker *worker, const struct storing *storing, enum gw_status status)
{
    for (uint32_t index = 0; index < storing->count; index++) {
        struct gw_worker_source *source = storing->sources[index];

        if (status == GW_OK)
            source->turn.position = source->passed.next;
        else if (status == GW_MOVED)
            gw_worker_source_look_again(worker, source);
    }
}

enum gw_status gw_worker_sources_store_passed(struct gw_worker *worker, bool is_last, struct gw_error *reterr)
{
    struct storing storing = {0};
    enum gw_status status = GW_OK;

    if (!worker->sources.has_passed || (!is_last && gw_clock_monotonic_ms() < worker->sources.next_store_ms))
        return GW_OK;
    if (collect(worker, &storing)) {
        worker->sources.has_passed = false;
        if (storing.count > 0) {
            status = store(worker, &storing, reterr);
            settle(worker, &storing, status);
            worker->sources.next_store_ms = gw_clock_monotonic_ms() + STORE_MS;
        }
    }
    free(storing.sources);
    free(storing.changes);
    return status == GW_MOVED ? GW_OK : status;
}
