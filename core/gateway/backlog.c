/* SPDX-License-Identifier: Apache-2.0 */
/* Reads into an arena of its own, and exchanges it under the lock for the one that was read before. */
#include "gateway/backlog.h"

#include <string.h>

enum { ARENA_MAX_BYTES = 4 * 1024 * 1024 };

void gw_backlog_init(struct gw_backlog *backlog, const struct gw_plugin *repository)
{
    *backlog = (struct gw_backlog){
        .repository = repository->ops, .features = repository->features, .lock = PTHREAD_MUTEX_INITIALIZER};
}

void gw_backlog_done(struct gw_backlog *backlog)
{
    gw_arena_free(backlog->arena);
    backlog->arena = NULL;
}

bool gw_backlog_is_wanted(const struct gw_backlog *backlog)
{
    return (backlog->features & (GW_REPOSITORY_OUTBOX | GW_REPOSITORY_DEAD_LETTERS)) != 0;
}

static void publish(struct gw_backlog *backlog, const struct gw_backlog_figures *figures, struct gw_arena *arena)
{
    struct gw_arena *old = backlog->arena;

    (void)pthread_mutex_lock(&backlog->lock);
    backlog->figures = *figures;
    backlog->arena = arena;
    (void)pthread_mutex_unlock(&backlog->lock);
    gw_arena_free(old);
}

void gw_backlog_forget(struct gw_backlog *backlog)
{
    publish(backlog, &(struct gw_backlog_figures){0}, NULL);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

struct reading {
    struct gw_arena *arena;
    struct gw_backlog_figure *items;
    uint32_t count;
    uint32_t capacity;
};

static bool grow(struct reading *reading)
{
    uint32_t capacity = reading->capacity * 2 + 16;
    struct gw_backlog_figure *items = gw_arena_alloc(reading->arena, capacity * sizeof *items);

    if (items == NULL)
        return false;
    if (reading->count > 0)
        memcpy(items, reading->items, reading->count * sizeof *items);
    reading->items = items;
    reading->capacity = capacity;
    return true;
}

/* NULL: there is no text, or *has_failed is set. */
static const char *copy_text(struct reading *reading, struct gw_text text, bool *has_failed)
{
    const char *copy = text.len > 0 ? gw_arena_copy(reading->arena, text.ptr, (size_t)text.len) : NULL;

    *has_failed = *has_failed || (text.len > 0 && copy == NULL);
    return copy;
}

static enum gw_status take_figure(void *context, const struct gw_outbox_figure *figure)
{
    struct reading *reading = context;
    bool has_failed = reading->count == reading->capacity && !grow(reading);
    struct gw_backlog_figure taken = {.destination = copy_text(reading, figure->destination, &has_failed),
                                      .pending = figure->pending,
                                      .oldest_age_ms = figure->oldest_age_ms,
                                      .holder = copy_text(reading, figure->holder, &has_failed)};

    if (has_failed)
        return GW_NOMEM;
    if (taken.destination != NULL)
        reading->items[reading->count++] = taken;
    return GW_OK;
}

static enum gw_status read_figures(struct gw_backlog *backlog, struct gw_session *session, struct reading *reading,
                                   struct gw_backlog_figures *ret_figures, struct gw_error *reterr)
{
    struct gw_outbox_figure_visitor visitor = {.size = sizeof visitor,
                                               .wants_holders = (backlog->features & GW_REPOSITORY_SHARED) != 0,
                                               .context = reading,
                                               .figure = take_figure};
    enum gw_status status = GW_OK;

    if ((backlog->features & GW_REPOSITORY_OUTBOX) != 0) {
        status = backlog->repository->outbox_figures(session, &visitor, reterr);
        ret_figures->has_outbox = status == GW_OK;
        ret_figures->items = reading->items;
        ret_figures->count = reading->count;
    }
    if (status == GW_OK && ret_figures->is_reporter && (backlog->features & GW_REPOSITORY_DEAD_LETTERS) != 0) {
        status = backlog->repository->dead_count(session, &ret_figures->dead, reterr);
        ret_figures->has_dead = status == GW_OK;
    }
    return status;
}

static enum gw_status read_all(struct gw_backlog *backlog, struct gw_session *session, int64_t now_ms, bool is_reporter,
                               struct gw_error *reterr)
{
    struct reading reading = {.arena = gw_arena_new(ARENA_MAX_BYTES)};
    struct gw_backlog_figures figures = {.is_reporter = is_reporter, .read_ms = now_ms};
    enum gw_status status;

    if (reading.arena == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the figures of the outbox");
    status = read_figures(backlog, session, &reading, &figures, reterr);
    if (status == GW_OK)
        publish(backlog, &figures, reading.arena);
    else
        gw_arena_free(reading.arena);
    return status;
}

/* ---- the lease -------------------------------------------------------------------------------------------------- */

/* Whether this process reports what belongs to no gateway. */
static enum gw_status ask_for_lease(struct gw_backlog *backlog, struct gw_session *session, int64_t now_ms,
                                    bool *ret_is_reporter, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    if ((backlog->features & GW_REPOSITORY_SHARED) != 0) {
        backlog->next_renewal_ms = now_ms + GW_BACKLOG_RENEW_MS;
        status = backlog->repository->lease(session, gw_text_of(GW_BACKLOG_LEASE), reterr);
    }
    *ret_is_reporter = status == GW_OK;
    return status == GW_CONFLICT ? GW_OK : status;
}

static void stop_reporting(struct gw_backlog *backlog)
{
    (void)pthread_mutex_lock(&backlog->lock);
    backlog->figures.is_reporter = backlog->figures.has_dead = false;
    (void)pthread_mutex_unlock(&backlog->lock);
}

static bool holds_lease(const struct gw_backlog *backlog)
{
    return (backlog->features & GW_REPOSITORY_SHARED) != 0 && backlog->figures.is_reporter;
}

/* Between two readings. */
static enum gw_status renew(struct gw_backlog *backlog, struct gw_session *session, int64_t now_ms,
                            struct gw_error *reterr)
{
    bool is_reporter;
    enum gw_status status;

    if (!holds_lease(backlog) || now_ms < backlog->next_renewal_ms)
        return GW_OK;
    status = ask_for_lease(backlog, session, now_ms, &is_reporter, reterr);
    if (!is_reporter)
        stop_reporting(backlog);
    return status;
}

enum gw_status gw_backlog_run(struct gw_backlog *backlog, struct gw_session *session, int64_t now_ms,
                              int64_t *ret_next_ms, struct gw_error *reterr)
{
    bool is_reporter = false;
    enum gw_status status;

    if (now_ms < backlog->next_read_ms) {
        status = renew(backlog, session, now_ms, reterr);
    } else {
        backlog->next_read_ms = now_ms + GW_BACKLOG_READ_MS;
        status = ask_for_lease(backlog, session, now_ms, &is_reporter, reterr);
        if (status == GW_OK)
            status = read_all(backlog, session, now_ms, is_reporter, reterr);
    }
    if (status != GW_OK)
        gw_backlog_forget(backlog);
    *ret_next_ms = backlog->next_read_ms;
    if (holds_lease(backlog) && backlog->next_renewal_ms < *ret_next_ms)
        *ret_next_ms = backlog->next_renewal_ms;
    return status;
}

/* ---- any thread ------------------------------------------------------------------------------------------------- */

static bool copy_item(const struct gw_backlog_figure *from, struct gw_arena *arena, struct gw_backlog_figure *to)
{
    *to = *from;
    to->destination = gw_arena_copy(arena, from->destination, strlen(from->destination));
    if (from->holder != NULL)
        to->holder = gw_arena_copy(arena, from->holder, strlen(from->holder));
    return to->destination != NULL && (from->holder == NULL || to->holder != NULL);
}

static bool copy_items(const struct gw_backlog_figures *from, struct gw_arena *arena, int64_t now_ms,
                       struct gw_backlog_figures *to)
{
    struct gw_backlog_figure *items = gw_arena_alloc(arena, (from->count + 1) * sizeof *items);

    if (items == NULL)
        return false;
    for (uint32_t index = 0; index < from->count; index++) {
        if (!copy_item(&from->items[index], arena, &items[index]))
            return false;
        items[index].oldest_age_ms += now_ms - from->read_ms;
    }
    to->items = items;
    return true;
}

bool gw_backlog_copy(struct gw_backlog *backlog, struct gw_arena *arena, int64_t now_ms,
                     struct gw_backlog_figures *ret_figures)
{
    bool is_copied;

    (void)pthread_mutex_lock(&backlog->lock);
    *ret_figures = backlog->figures;
    is_copied = copy_items(&backlog->figures, arena, now_ms, ret_figures);
    (void)pthread_mutex_unlock(&backlog->lock);
    return is_copied;
}
