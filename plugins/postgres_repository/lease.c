/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leases: acquires them, and detects that they are lost. The server ends the session of a holder that is silent too
 * long, because the lock of a suspended process would otherwise last for ever.
 */
#include "lease.h"

#include "operations.h"
#include "row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct statement take_statement = {
    .name = "lease_take",
    .sql = "WITH lease AS MATERIALIZED (SELECT pg_try_advisory_lock(" LEASE_KEY(
        "$1::text", "$2::text") ") AS is_held)"
                                " SELECT is_held, " LEASE_CHANNEL(
                                    "$1::text",
                                    "$2::text") ","
                                                " CASE WHEN is_held THEN set_config('idle_session_timeout', $3, false) "
                                                "END FROM lease",
};

static const struct statement hold_statement = {.name = "lease_hold", .sql = "SELECT 1"};

/* ---- the leases of a session */

static struct lease *find(const struct gw_session *session, struct gw_text destination)
{
    for (struct lease *lease = session->lease; lease != NULL; lease = lease->next) {
        if (gw_text_equal(gw_text_span(lease->destination, lease->destination_len), destination))
            return lease;
    }
    return NULL;
}

static void lose(struct lease *lease)
{
    lease->is_held = false;
    floor_done(&lease->floor);
    lease->unflushed = (struct unflushed){0};
}

/* Whether it was held on a connection that is lost. */
static bool is_lost(const struct gw_session *session, const struct lease *lease)
{
    return lease->is_held && lease->generation != session->generation;
}

enum gw_status lease_find(struct gw_session *session, struct gw_text destination, struct lease **ret_lease,
                          struct gw_error *reterr)
{
    struct lease *lease = find(session, destination);

    *ret_lease = NULL;
    if (lease != NULL && is_lost(session, lease)) {
        lose(lease);
        return gw_error_set(reterr, GW_CONFLICT, "the lease of %s was lost with the connection", lease->destination);
    }
    if (lease != NULL && lease->is_held)
        *ret_lease = lease;
    return GW_OK;
}

static struct lease *add(struct gw_session *session, struct gw_text destination)
{
    struct lease *lease = calloc(1, sizeof *lease + (size_t)destination.len + 1);

    if (lease == NULL)
        return NULL;
    lease->destination_len = (size_t)destination.len;
    if (destination.len > 0)
        memcpy(lease->destination, destination.ptr, (size_t)destination.len);
    lease->next = session->lease;
    session->lease = lease;
    return lease;
}

void lease_free(struct lease *lease)
{
    while (lease != NULL) {
        struct lease *next = lease->next;

        floor_done(&lease->floor);
        free(lease);
        lease = next;
    }
}

/* ---- the server */

/* The holder alone listens, and on the connection of its lease: so a new connection listens when it has the lease. */
static enum gw_status listen_for_commits(struct gw_session *session, struct lease *lease, struct gw_text channel,
                                         struct gw_error *reterr)
{
    (void)snprintf(lease->channel, sizeof lease->channel, "%.*s", (int)channel.len, channel.ptr);
    (void)snprintf(lease->listen_sql, sizeof lease->listen_sql, "LISTEN %s", lease->channel);
    lease->listen = (struct statement){.name = lease->channel, .sql = lease->listen_sql};
    session_begin(session);
    (void)session_query(session, &lease->listen);
    return session_run_bound(session, reterr);
}

static enum gw_status take(struct gw_session *session, struct lease *lease, struct gw_error *reterr)
{
    struct gw_text destination = gw_text_span(lease->destination, lease->destination_len);
    const struct options *options = session->repository->options;
    char timeout[24];
    struct query *query;
    enum gw_status status;

    (void)snprintf(timeout, sizeof timeout, "%lld", (long long)options->lease_timeout_ms);
    session_begin(session);
    query = session_query(session, &take_statement);
    parameter_text(&query->parameters, gw_text_of(options->schema));
    parameter_text(&query->parameters, destination);
    parameter_text(&query->parameters, gw_text_of(timeout));
    status = session_run_bound(session, reterr);
    if (status != GW_OK)
        return status;
    if (!row_bool(query->result, 0, 0))
        return gw_error_set(reterr, GW_CONFLICT, "another process delivers to %s", lease->destination);
    lease->is_held = true;
    lease->generation = session->generation;
    status = listen_for_commits(session, lease, row_text(query->result, 0, 1), reterr);
    if (status != GW_OK)
        lose(lease);
    return status;
}

/* On the connection that holds the lease, only the life of the connection must be checked. */
static enum gw_status hold(struct gw_session *session, struct lease *lease, struct gw_error *reterr)
{
    enum gw_status status;

    session_begin(session);
    (void)session_query(session, &hold_statement);
    status = session_run_bound(session, reterr);
    if (status != GW_OK)
        lose(lease);
    return status;
}

enum gw_status lease_take(struct gw_session *session, struct gw_text destination, struct gw_error *reterr)
{
    struct lease *lease;
    enum gw_status status = lease_find(session, destination, &lease, reterr);

    if (status != GW_OK)
        return status;
    if (lease != NULL)
        return hold(session, lease, reterr);
    lease = find(session, destination);
    if (lease == NULL)
        lease = add(session, destination);
    return lease != NULL ? take(session, lease, reterr) : gw_error_set(reterr, GW_NOMEM, "no memory for a lease");
}

enum gw_status lease_refuse(struct gw_text destination, struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_CONFLICT, "the session does not hold the lease of %.*s", (int)destination.len,
                        destination.ptr);
}
