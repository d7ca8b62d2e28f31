/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres_repository: stores the state in a schema of a PostgreSQL database, for any number of gateways. Each session
 * has a connection of its own, and instances share nothing. This file has the options, the instance, and the table of
 * the port; the slots are in files named for their nouns.
 */
#include "announcement.h"
#include "check.h"
#include "login.h"
#include "operations.h"
#include "schema.h"
#include "sequences.h"

#include <gangway/plugin.h>

#include <stddef.h>
#include <stdlib.h>

static const struct gw_option repository_options[] = {
    {.name = "url",
     .help = "The address of the database: postgresql://USER@HOST:PORT/DATABASE?sslmode=verify-full, or the host=... "
             "form, with any parameter of libpq.",
     .type = GW_OPTION_SECRET,
     .min = 1,
     .max = 8000,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY,
     .offset = offsetof(struct options, url)},
    {.name = "password",
     .help = "The user's password, instead of one in url, in ~/.pgpass or in PGPASSWORD.",
     .type = GW_OPTION_SECRET,
     .min = 1,
     .max = 1000,
     .offset = offsetof(struct options, password)},
    {.name = "schema",
     .help = "The schema that holds the tables; gateways on the same schema share their stock.",
     .fallback = "gangway",
     .type = GW_OPTION_TEXT,
     .min = 1,
     .max = 63,
     .flags = GW_OPTION_IDENTITY,
     .offset = offsetof(struct options, schema)},
    {.name = "connect_timeout",
     .help = "How long each host of url may take to accept a connection.",
     .fallback = "10s",
     .type = GW_OPTION_DURATION,
     .min = 100,
     .max = 600000,
     .offset = offsetof(struct options, connect_timeout_ms)},
    {.name = "statement_timeout",
     .help = "After this time the server cancels a statement; if it does not answer for 5s more, the connection counts "
             "as lost.",
     .fallback = "30s",
     .type = GW_OPTION_DURATION,
     .min = 100,
     .max = 3600000,
     .offset = offsetof(struct options, statement_timeout_ms)},
    {.name = "lock_timeout",
     .help = "How long a turn waits for rows that another gateway is changing, before it is retried.",
     .fallback = "5s",
     .type = GW_OPTION_DURATION,
     .min = 10,
     .max = 600000,
     .offset = offsetof(struct options, lock_timeout_ms)},
    {.name = "lease_timeout",
     .help = "After this time without a renewal another gateway may take over a gateway's destinations.",
     .fallback = "10s",
     .type = GW_OPTION_DURATION,
     .min = 2 * GW_LEASE_RENEW_MS,
     .max = 3600000,
     .offset = offsetof(struct options, lease_timeout_ms)},
};

static const struct gw_metric repository_metrics[] = {
    [POSTGRES_METRIC_CONNECTION_UP] = {.name = GW_METRIC_CONNECTION_UP,
                                       .help = "1 while every session is connected to the server, otherwise 0.",
                                       .type = GW_METRIC_GAUGE},
};

static enum gw_status repository_check(void *self, const struct gw_report *report)
{
    return check_server(self, report);
}

static enum gw_status repository_migrate(void *self, const struct gw_host *host, int64_t *ret_from, int64_t *ret_to,
                                         struct gw_error *reterr)
{
    const struct repository *repository = self;
    struct connection connection = {0};
    enum gw_status status = connection_open(&connection, repository->options, host, reterr);

    if (status == GW_OK)
        status = schema_migrate(&connection, repository->options, host, ret_from, ret_to, reterr);
    if (status == GW_OK)
        status = sequences_require(&connection, repository->options, host, reterr);
    connection_close(&connection);
    return status;
}

/* Any number of gateways may share the database, so nothing is claimed. */
static enum gw_status repository_claim(void *self, struct gw_error *reterr)
{
    (void)self, (void)reterr;
    return GW_OK;
}

static enum gw_status repository_open_session(void *self, const struct gw_host *host, struct gw_session **ret_session,
                                              struct gw_error *reterr)
{
    return session_open(self, host, ret_session, reterr);
}

static void repository_close(void *self)
{
    free(self); /* NULL is allowed */
}

static enum gw_status repository_lint(const void *config, const struct gw_lint *lint)
{
    return login_lint(config, lint);
}

/* Only sessions connect. */
static enum gw_status repository_open(const struct gw_host *host, const void *config, void **ret_self,
                                      struct gw_error *reterr)
{
    struct repository *repository = calloc(1, sizeof *repository);

    if (repository == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a repository");
    repository->host = host;
    repository->options = config;
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
    .query = views_query,
    .forget_position = positions_forget,
    .advance = inbox_advance,
    .expire = inbox_expire,
    .outbox_next = outbox_tell,
    .outbox_settle = outbox_settle,
    .outbox_figures = outbox_tell_figures,
    .lease = lease_take,
    .outbox_announce = announcement_send,
    .outbox_await = announcement_await,
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
    .features = GW_REPOSITORY_OUTBOX | GW_REPOSITORY_DEAD_LETTERS | GW_REPOSITORY_INBOX | GW_REPOSITORY_SHARED |
                GW_REPOSITORY_NOTICES,
    .name = "postgres_repository",
    .version = "0.1.0",
    .summary = "Keeps the state in a PostgreSQL database, for any number of gateways",
    .ops = &repository_ops,
    GW_PLUGIN_OPTIONS(repository_options, struct options),
    GW_PLUGIN_METRICS(repository_metrics),
    .open = repository_open,
    .close = repository_close,
    .check = repository_check,
    .lint = repository_lint,
};
