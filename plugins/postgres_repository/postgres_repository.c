/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres_repository: the state in a schema of a PostgreSQL database, for any number of gateways. Each session has a
 * connection of its own, and instances share nothing.
 * Here: the options, the instance, and the table of the port; what the slots do is in the files named for the nouns.
 */
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
     .help = "Where the database is: postgresql://USER@HOST:PORT/DATABASE?sslmode=verify-full, or the host=... form; "
             "all that libpq knows may stand in it.",
     .type = GW_OPTION_SECRET,
     .min = 1,
     .max = 8000,
     .flags = GW_OPTION_REQUIRED,
     .offset = offsetof(struct options, url)},
    {.name = "password",
     .help = "The user's password, in place of one in url, in ~/.pgpass or in PGPASSWORD.",
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
     .offset = offsetof(struct options, schema)},
    {.name = "connect_timeout",
     .help = "How long each host of url has to accept a connection.",
     .fallback = "10s",
     .type = GW_OPTION_DURATION,
     .min = 100,
     .max = 600000,
     .offset = offsetof(struct options, connect_timeout_ms)},
    {.name = "statement_timeout",
     .help = "After which the server gives a statement up; a server that says nothing for 5s more is taken for dead.",
     .fallback = "30s",
     .type = GW_OPTION_DURATION,
     .min = 100,
     .max = 3600000,
     .offset = offsetof(struct options, statement_timeout_ms)},
    {.name = "lock_timeout",
     .help = "How long a turn waits for rows that another gateway is changing, before it is tried again.",
     .fallback = "5s",
     .type = GW_OPTION_DURATION,
     .min = 10,
     .max = 600000,
     .offset = offsetof(struct options, lock_timeout_ms)},
    {.name = "lease_timeout",
     .help = "After which a gateway that gives no sign of life has lost its destinations to another one.",
     .fallback = "10s",
     .type = GW_OPTION_DURATION,
     .min = 2 * GW_LEASE_RENEW_MS,
     .max = 3600000,
     .offset = offsetof(struct options, lease_timeout_ms)},
};

static enum gw_status repository_check(void *self, uint32_t sessions, const struct gw_report *report)
{
    return check_server(self, sessions, report);
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

/* Any number of gateways may run on it. */
static enum gw_status repository_claim(void *self, struct gw_error *reterr)
{
    (void)self, (void)reterr;
    return GW_OK;
}

static enum gw_status repository_open_session(void *self, const struct gw_host *host, void **ret_session,
                                              struct gw_error *reterr)
{
    struct session *session = NULL;
    enum gw_status status = session_open(self, host, &session, reterr);

    if (status == GW_OK)
        *ret_session = session;
    return status;
}

static void repository_close_session(void *session)
{
    session_close(session);
}

static enum gw_status repository_load(void *session, const struct gw_load_request *request,
                                      const struct gw_load_visitor *visitor, struct gw_error *reterr)
{
    return load_all(session, request, visitor, reterr);
}

static enum gw_status repository_apply(void *session, const struct gw_changeset *changeset,
                                       struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    return apply_changeset(session, changeset, ret_result, reterr);
}

static enum gw_status repository_positions(void *session, const struct gw_array *sources,
                                           const struct gw_position_visitor *visitor, struct gw_error *reterr)
{
    return positions_tell(session, sources, visitor, reterr);
}

static enum gw_status repository_set_position(void *session, struct gw_text source, int64_t next,
                                              struct gw_error *reterr)
{
    return positions_set(session, source, next, reterr);
}

static enum gw_status repository_query(void *session, uint32_t view, const struct gw_view_arguments *arguments,
                                       const struct gw_view_visitor *visitor, struct gw_error *reterr)
{
    return views_query(session, view, arguments, visitor, reterr);
}

static enum gw_status repository_forget_position(void *session, struct gw_text source, struct gw_error *reterr)
{
    return positions_forget(session, source, reterr);
}

static enum gw_status repository_advance(void *session, int64_t seen_ms, int64_t add_ms, int64_t *ret_running_ms,
                                         struct gw_error *reterr)
{
    return inbox_advance(session, seen_ms, add_ms, ret_running_ms, reterr);
}

static enum gw_status repository_expire(void *session, int64_t before_running_ms, uint32_t limit, uint32_t *ret_count,
                                        struct gw_error *reterr)
{
    return inbox_expire(session, before_running_ms, limit, ret_count, reterr);
}

static enum gw_status repository_outbox_next(void *session, struct gw_text destination, int64_t after, uint32_t limit,
                                             int64_t longest_wait_ms, const struct gw_outbox_visitor *visitor,
                                             int64_t *ret_due_in_ms, struct gw_error *reterr)
{
    return outbox_tell(session, destination, after, limit, longest_wait_ms, visitor, ret_due_in_ms, reterr);
}

static enum gw_status repository_outbox_settle(void *session, struct gw_text destination,
                                               const struct gw_array *settlements, int64_t stamp,
                                               struct gw_error *reterr)
{
    return outbox_settle(session, destination, settlements, stamp, reterr);
}

static enum gw_status repository_outbox_figures(void *session, const struct gw_outbox_figure_visitor *visitor,
                                                struct gw_error *reterr)
{
    return outbox_tell_figures(session, visitor, reterr);
}

static enum gw_status repository_lease(void *session, struct gw_text destination, struct gw_error *reterr)
{
    return lease_take(session, destination, reterr);
}

static enum gw_status repository_dead_list(void *session, const struct gw_dead_filter *filter,
                                           const struct gw_dead_visitor *visitor, struct gw_error *reterr)
{
    return dead_tell(session, filter, visitor, reterr);
}

static enum gw_status repository_dead_discard(void *session, const struct gw_array *ids, uint32_t *ret_count,
                                              struct gw_error *reterr)
{
    return dead_discard(session, ids, ret_count, reterr);
}

static enum gw_status repository_dead_requeue(void *session, const struct gw_array *ids, int64_t stamp,
                                              uint32_t *ret_count, struct gw_error *reterr)
{
    return dead_requeue(session, ids, stamp, ret_count, reterr);
}

static void repository_close(void *self)
{
    free(self); /* NULL is fine */
}

static enum gw_status repository_lint(const void *config, const struct gw_lint *lint)
{
    return login_lint(config, lint);
}

/* Connecting is for the sessions. */
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
    .check = repository_check,
    .migrate = repository_migrate,
    .claim = repository_claim,
    .open_session = repository_open_session,
    .close_session = repository_close_session,
    .load = repository_load,
    .apply = repository_apply,
    .positions = repository_positions,
    .set_position = repository_set_position,
    .query = repository_query,
    .forget_position = repository_forget_position,
    .advance = repository_advance,
    .expire = repository_expire,
    .outbox_next = repository_outbox_next,
    .outbox_settle = repository_outbox_settle,
    .outbox_figures = repository_outbox_figures,
    .lease = repository_lease,
    .dead_list = repository_dead_list,
    .dead_discard = repository_dead_discard,
    .dead_requeue = repository_dead_requeue,
};

const struct gw_plugin gw_plugin_descriptor = {
    .magic = GW_PLUGIN_MAGIC,
    .struct_size = sizeof(struct gw_plugin),
    .abi_major = GW_ABI_MAJOR,
    .abi_minor = GW_ABI_MINOR,
    .port_major = GW_REPOSITORY_MAJOR,
    .port_minor = GW_REPOSITORY_MINOR,
    .port = GW_PORT_REPOSITORY,
    .features = GW_REPOSITORY_OUTBOX | GW_REPOSITORY_DEAD_LETTERS | GW_REPOSITORY_INBOX | GW_REPOSITORY_SHARED,
    .name = "postgres_repository",
    .version = "0.1.0",
    .summary = "Keeps the state in a PostgreSQL database, for any number of gateways",
    .ops = &repository_ops,
    .options = repository_options,
    .option_count = sizeof repository_options / sizeof repository_options[0],
    .option_size = sizeof(struct gw_option),
    .config_size = sizeof(struct options),
    .open = repository_open,
    .close = repository_close,
    .lint = repository_lint,
};
