/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_repository: stores the state in one SQLite file beside the gateway, for one process at a time. Sessions read
 * at the same time, each on a connection of its own, and decide and write one after the other, on a connection that
 * they share. This file has the options, the instance, and the table of the port; the slots are in files named for
 * their nouns.
 */
#include "check.h"
#include "claim.h"
#include "counters.h"
#include "operations.h"
#include "schema.h"

#include <gangway/plugin.h>

#include <stddef.h>
#include <stdlib.h>

static const struct gw_option repository_options[] = {
    {.name = "path",
     .help = "The database file; it is created if it does not exist. Files beside it have the same name with -wal, "
             "-shm and .lock.",
     .type = GW_OPTION_PATH,
     .min = 1,
     .max = 4000,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY | GW_OPTION_EXCLUSIVE,
     .offset = offsetof(struct options, path)},
    {.name = "busy_timeout",
     .help = "How long to wait for other writers, in this process and in others, before a retry.",
     .fallback = "5s",
     .type = GW_OPTION_DURATION,
     .min = 1,
     .max = 600000,
     .offset = offsetof(struct options, busy_timeout_ms)},
    {.name = "cache",
     .help = "How much of the database each connection may cache; the system caches more of it.",
     .fallback = "4MiB",
     .type = GW_OPTION_SIZE,
     .min = 1 << 20,
     .max = INT64_C(1) << 36,
     .offset = offsetof(struct options, cache_bytes)},
};

static enum gw_status repository_check(void *self, const struct gw_report *report)
{
    const struct repository *repository = self;

    return check_database(repository->options->path, repository->host, repository->options->busy_timeout_ms, report);
}

/* Runs before the first connection is opened, whatever its purpose. */
static enum gw_status join(struct repository *repository, bool is_making, const struct gw_host *host,
                           struct gw_error *reterr)
{
    enum gw_status status;

    pthread_mutex_lock(&repository->counting);
    status = claim_join(&repository->claim, repository->options->path, is_making, host, reterr);
    pthread_mutex_unlock(&repository->counting);
    return status;
}

static enum gw_status repository_migrate(void *self, const struct gw_host *host, int64_t *ret_from, int64_t *ret_to,
                                         struct gw_error *reterr)
{
    struct repository *repository = self;
    const struct options *options = repository->options;
    struct database database = {0};
    enum gw_status status = join(repository, true, host, reterr);

    if (status == GW_OK)
        status = database_open(&database, options->path, DATABASE_CREATE, host, options->busy_timeout_ms, reterr);
    if (status == GW_OK)
        status = schema_migrate(&database, ret_from, ret_to, reterr);
    if (status == GW_OK)
        status = counters_require(&database, reterr);
    database_close(&database);
    return status;
}

static enum gw_status repository_claim(void *self, struct gw_error *reterr)
{
    struct repository *repository = self;

    return claim_take(&repository->claim, repository->options->path, repository->host, reterr);
}

static enum gw_status repository_open_session(void *self, const struct gw_host *host, struct gw_session **ret_session,
                                              struct gw_error *reterr)
{
    enum gw_status status = join(self, false, host, reterr);

    return status == GW_OK ? session_open(self, host, ret_session, reterr) : status;
}

static void repository_close(void *self)
{
    struct repository *repository = self;

    if (repository == NULL)
        return;
    claim_done(&repository->claim);
    pthread_mutex_destroy(&repository->counting);
    write_queue_done(&repository->writers);
    free(repository);
}

static enum gw_status repository_open(const struct gw_host *host, const void *config, void **ret_self,
                                      struct gw_error *reterr)
{
    struct repository *repository = calloc(1, sizeof *repository);

    if (repository == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a repository");
    /* SQLite counts its memory under a lock that worker and relays contend for, and the count is not used. If the
     * library is in use already, the call is refused, which does no harm. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    repository->host = host;
    repository->options = config;
    claim_init(&repository->claim);
    write_queue_init(&repository->writers);
    pthread_mutex_init(&repository->counting, NULL);
    *ret_self = repository;
    return GW_OK;
}

static const struct gw_repository_ops repository_ops = {
    .size = sizeof repository_ops,
    .migrate = repository_migrate,
    .claim = repository_claim,
    .open_session = repository_open_session,
    .close_session = session_close,
    .load = load_all,
    .apply = apply_changeset,
    .positions = positions_tell,
    .set_position = positions_set,
    .forget_position = positions_forget,
    .query = views_query,
    .advance = inbox_advance,
    .expire = inbox_expire,
    .outbox_next = outbox_tell,
    .outbox_settle = outbox_settle,
    .outbox_figures = outbox_tell_figures,
    .dead_list = dead_tell,
    .dead_discard = dead_discard,
    .dead_requeue = dead_requeue,
    .dead_count = dead_count,
    .notices_next = notices_tell,
    .notices_settle = notices_settle,
    .notices_recipients = recipients_tell,
    .notices_last_answer = last_answer_tell,
    .notices_history = sent_tell,
    .notices_expire = sent_expire,
    .notices_forget = sent_forget,
};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(REPOSITORY),
    .features = GW_REPOSITORY_OUTBOX | GW_REPOSITORY_DEAD_LETTERS | GW_REPOSITORY_INBOX | GW_REPOSITORY_NOTICES,
    .name = "sqlite_repository",
    .version = "0.1.0",
    .summary = "Keeps the state in one SQLite file, for one gateway at a time",
    .ops = &repository_ops,
    GW_PLUGIN_OPTIONS(repository_options, struct options),
    .open = repository_open,
    .close = repository_close,
    .check = repository_check,
};
