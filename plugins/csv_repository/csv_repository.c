/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv_repository: stores the state as CSV files in a folder, for one process at a time. All of it is in memory; a
 * change writes the files that it affects. Sessions share one store under a lock, because a change takes only as long
 * as writing its files. This file has the options, the instance, the lock, and the table of the port.
 */
#include "check.h"
#include "operations.h"

#include <gangway/plugin.h>
#include <gangway/sdk/show.h>

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

struct options {
    const char *path;
};

struct repository {
    pthread_mutex_t lock;
    struct store store;
};

struct gw_session {
    struct repository *repository;
    const struct gw_host *host;
};

static const struct gw_option repository_options[] = {
    {.name = "path",
     .help = "The folder with batches.csv and allocations.csv; the folder must exist, its files are created if they do "
             "not.",
     .type = GW_OPTION_PATH,
     .min = 1,
     .max = 3900,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY | GW_OPTION_EXCLUSIVE,
     .offset = offsetof(struct options, path)},
};

/* ---- the instance ---------------------------------------------------------------------------------------------- */

static enum gw_status repository_check(void *self, const struct gw_report *report)
{
    struct repository *repository = self;

    return check_folder(repository->store.folder.path, repository->store.folder.lock_fd >= 0, report);
}

/* In format 1 the sequence of an event was the number of its row: waiting rows keep it, and the event counters begin
 * above all of them. Every file is written with the columns of the current format. */
static void bring_from_format_1(struct store *store)
{
    struct counter like = {.name = gw_text_of("outbox")};
    const struct counter *outbox = table_find(&store->tables[TABLE_COUNTERS], &like);

    for (struct row *row = store->tables[TABLE_PRODUCTS].first; row != NULL; row = row->next)
        ((struct product *)row)->events = outbox != NULL ? outbox->next : 0;
    for (struct row *row = store->tables[TABLE_EFFECTS].first; row != NULL; row = row->next)
        ((struct effect *)row)->event.sequence = ((struct effect *)row)->event.number;
    for (uint32_t file = FILES_FOR_PEOPLE; file < FILE_COUNT; file++)
        store_touch(store, file);
}

static enum gw_status make_files(struct store *store, int64_t *ret_from, struct gw_error *reterr)
{
    enum gw_status status = store_ready(store, reterr);
    struct counter *format;

    if (status == GW_CONFIG) /* possibly only because there are no files yet */
        status = store_load(store, reterr);
    if (status != GW_OK)
        return status;
    *ret_from = store_version(store);
    if (*ret_from == STORE_VERSION)
        return GW_OK;
    format = store_counter(store, "format", STORE_VERSION);
    if (format == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the files of %s", store->folder.path);
    format->next = STORE_VERSION;
    store_touch(store, FILE_COUNTERS);
    if (*ret_from > 0)
        bring_from_format_1(store);
    return store_commit(store, reterr);
}

static enum gw_status repository_migrate(void *self, const struct gw_host *host, int64_t *ret_from, int64_t *ret_to,
                                         struct gw_error *reterr)
{
    struct repository *repository = self;
    enum gw_status status;

    (void)host;
    *ret_to = STORE_VERSION;
    pthread_mutex_lock(&repository->lock);
    status = folder_lock(&repository->store.folder, reterr);
    if (status == GW_OK)
        status = make_files(&repository->store, ret_from, reterr);
    pthread_mutex_unlock(&repository->lock);
    return status;
}

static enum gw_status repository_claim(void *self, struct gw_error *reterr)
{
    struct repository *repository = self;
    enum gw_status status;

    pthread_mutex_lock(&repository->lock);
    status = folder_lock(&repository->store.folder, reterr);
    pthread_mutex_unlock(&repository->lock);
    return status;
}

static void repository_close(void *self)
{
    struct repository *repository = self;

    if (repository == NULL)
        return;
    store_done(&repository->store);
    pthread_mutex_destroy(&repository->lock);
    free(repository);
}

static enum gw_status repository_open(const struct gw_host *host, const void *config, void **ret_self,
                                      struct gw_error *reterr)
{
    const struct options *options = config;
    struct repository *repository;

    (void)host;
    if (sodium_init() < 0)
        return gw_error_set(reterr, GW_CONFIG, "libsodium finds no random numbers");
    repository = calloc(1, sizeof *repository);
    if (repository == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a repository");
    pthread_mutex_init(&repository->lock, NULL);
    store_init(&repository->store, options->path);
    *ret_self = repository;
    return GW_OK;
}

/* ---- sessions -------------------------------------------------------------------------------------------------- */

/* Locks the store and makes it ready. leave unlocks it in every case. */
static enum gw_status enter(struct gw_session *session, struct store **ret_store, struct gw_error *reterr)
{
    *ret_store = &session->repository->store;
    pthread_mutex_lock(&session->repository->lock);
    return store_ready(*ret_store, reterr);
}

static enum gw_status leave(struct gw_session *session, enum gw_status status)
{
    pthread_mutex_unlock(&session->repository->lock);
    return status;
}

/* A visitor that fails ends the operation: its status, with a text, which it could not write itself. */
static enum gw_status visited(enum gw_status status, struct gw_error *reterr)
{
    return gw_visited(status, "rows", reterr);
}

static enum gw_status repository_open_session(void *self, const struct gw_host *host, struct gw_session **ret_session,
                                              struct gw_error *reterr)
{
    struct repository *repository = self;
    struct gw_session *session = calloc(1, sizeof *session);
    struct store *store;
    enum gw_status status;

    if (session == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a session");
    *session = (struct gw_session){repository, host};
    /* A reader takes the lock too, because the files of a commit are replaced one after the other. */
    status = repository_claim(repository, reterr);
    if (status == GW_OK)
        status = leave(session, enter(session, &store, reterr));
    if (status != GW_OK) {
        free(session);
        return status;
    }
    *ret_session = session;
    return GW_OK;
}

static void repository_close_session(struct gw_session *session)
{
    free(session);
}

static int64_t now_ms(const struct gw_session *session)
{
    return session->host->unix_ms(session->host);
}

/* ---- the slots of a session ------------------------------------------------------------------------------------ */

static enum gw_status repository_load(struct gw_session *session, const struct gw_load_request *request,
                                      const struct gw_load_visitor *visitor, struct gw_error *reterr)
{
    struct store *store;
    enum gw_status status = enter(session, &store, reterr);

    return leave(session, status == GW_OK ? visited(load_tell(store, request, visitor), reterr) : status);
}

static enum gw_status repository_apply(struct gw_session *session, const struct gw_changeset *changeset,
                                       struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    struct store *store;
    enum gw_status status = enter(session, &store, reterr);

    if (status == GW_OK)
        status = apply_changeset(store, changeset, now_ms(session), ret_result, reterr);
    return leave(session, status);
}

static enum gw_status repository_positions(struct gw_session *session, const struct gw_array *sources,
                                           const struct gw_position_visitor *visitor, struct gw_error *reterr)
{
    struct store *store;
    enum gw_status status = enter(session, &store, reterr);

    return leave(session, status == GW_OK ? visited(positions_tell(store, sources, visitor), reterr) : status);
}

static enum gw_status repository_set_position(struct gw_session *session, struct gw_text source, int64_t next,
                                              struct gw_error *reterr)
{
    struct store *store;
    enum gw_status status = enter(session, &store, reterr);

    return leave(session, status == GW_OK ? positions_set(store, source, next, reterr) : status);
}

static enum gw_status repository_forget_position(struct gw_session *session, struct gw_text source,
                                                 struct gw_error *reterr)
{
    struct store *store;
    enum gw_status status = enter(session, &store, reterr);

    return leave(session, status == GW_OK ? positions_forget(store, source, reterr) : status);
}

static enum gw_status repository_query(struct gw_session *session, uint32_t view,
                                       const struct gw_view_arguments *arguments, const struct gw_view_visitor *visitor,
                                       struct gw_error *reterr)
{
    struct store *store;
    enum gw_status status = enter(session, &store, reterr);

    if (status == GW_OK)
        status = views_query(store, view, arguments, visitor, reterr);
    return leave(session, status);
}

static enum gw_status repository_advance(struct gw_session *session, int64_t seen_ms, int64_t add_ms,
                                         int64_t *ret_running_ms, struct gw_error *reterr)
{
    struct store *store;
    enum gw_status status = enter(session, &store, reterr);

    return leave(session, status == GW_OK ? inbox_advance(store, seen_ms, add_ms, ret_running_ms, reterr) : status);
}

static enum gw_status repository_expire(struct gw_session *session, int64_t before_running_ms, uint32_t limit,
                                        uint32_t *ret_count, struct gw_error *reterr)
{
    struct store *store;
    enum gw_status status = enter(session, &store, reterr);

    return leave(session, status == GW_OK ? inbox_expire(store, before_running_ms, limit, ret_count, reterr) : status);
}

static enum gw_status repository_outbox_next(struct gw_session *session, struct gw_text destination, int64_t after,
                                             uint32_t limit, int64_t longest_wait_ms,
                                             const struct gw_outbox_visitor *visitor, int64_t *ret_due_in_ms,
                                             struct gw_error *reterr)
{
    struct store *store;
    enum gw_status status = enter(session, &store, reterr);

    if (status == GW_OK)
        status = visited(
            outbox_tell(store, destination, after, limit, longest_wait_ms, now_ms(session), visitor, ret_due_in_ms),
            reterr);
    return leave(session, status);
}

static enum gw_status repository_outbox_settle(struct gw_session *session, struct gw_text destination,
                                               const struct gw_array *settlements, int64_t stamp,
                                               struct gw_error *reterr)
{
    struct store *store;
    enum gw_status status = enter(session, &store, reterr);

    if (status == GW_OK)
        status = outbox_settle(store, destination, settlements, stamp, now_ms(session), reterr);
    return leave(session, status);
}

static enum gw_status repository_outbox_figures(struct gw_session *session,
                                                const struct gw_outbox_figure_visitor *visitor, struct gw_error *reterr)
{
    struct store *store;
    enum gw_status status = enter(session, &store, reterr);

    return leave(session, status == GW_OK ? outbox_tell_figures(store, now_ms(session), visitor, reterr) : status);
}

static enum gw_status repository_dead_list(struct gw_session *session, const struct gw_dead_filter *filter,
                                           const struct gw_dead_visitor *visitor, struct gw_error *reterr)
{
    struct store *store;
    enum gw_status status = enter(session, &store, reterr);

    return leave(session, status == GW_OK ? visited(dead_tell(store, filter, visitor), reterr) : status);
}

static enum gw_status repository_dead_discard(struct gw_session *session, const struct gw_array *ids,
                                              uint32_t *ret_count, struct gw_error *reterr)
{
    struct store *store;
    enum gw_status status = enter(session, &store, reterr);

    return leave(session, status == GW_OK ? dead_discard(store, ids, ret_count, reterr) : status);
}

static enum gw_status repository_dead_requeue(struct gw_session *session, const struct gw_array *ids,
                                              const struct gw_array *targets, int64_t stamp, uint32_t *ret_count,
                                              struct gw_error *reterr)
{
    struct store *store;
    enum gw_status status = enter(session, &store, reterr);

    if (status == GW_OK)
        status = dead_requeue(store, ids, targets, stamp, now_ms(session), ret_count, reterr);
    return leave(session, status);
}

static enum gw_status repository_dead_count(struct gw_session *session, uint64_t *ret_count, struct gw_error *reterr)
{
    struct store *store;
    enum gw_status status = enter(session, &store, reterr);

    if (status == GW_OK)
        *ret_count = store->tables[TABLE_DEAD_LETTERS].count;
    return leave(session, status);
}

/* ---- descriptor ------------------------------------------------------------------------------------------------ */

static const struct gw_repository_ops repository_ops = {
    .size = sizeof repository_ops,
    .migrate = repository_migrate,
    .claim = repository_claim,
    .open_session = repository_open_session,
    .close_session = repository_close_session,
    .load = repository_load,
    .apply = repository_apply,
    .positions = repository_positions,
    .set_position = repository_set_position,
    .forget_position = repository_forget_position,
    .query = repository_query,
    .advance = repository_advance,
    .expire = repository_expire,
    .outbox_next = repository_outbox_next,
    .outbox_settle = repository_outbox_settle,
    .outbox_figures = repository_outbox_figures,
    .dead_list = repository_dead_list,
    .dead_discard = repository_dead_discard,
    .dead_requeue = repository_dead_requeue,
    .dead_count = repository_dead_count,
};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(REPOSITORY),
    .features = GW_REPOSITORY_OUTBOX | GW_REPOSITORY_DEAD_LETTERS | GW_REPOSITORY_INBOX,
    .name = "csv_repository",
    .version = "0.1.0",
    .summary = "Keeps the state as CSV files in a folder, for one gateway at a time",
    .ops = &repository_ops,
    GW_PLUGIN_OPTIONS(repository_options, struct options),
    .open = repository_open,
    .close = repository_close,
    .check = repository_check,
};
