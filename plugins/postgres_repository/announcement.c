/* SPDX-License-Identifier: Apache-2.0 */
/* Sends and receives with NOTIFY and LISTEN; lease.c listens. */
#include "announcement.h"

#include "lease.h"

/* A transaction that notifies gets a number and so writes a commit record. Nobody waits until that is on the disk: a
 * lost announcement costs the holder one interval. */
static const struct statement announce_statement = {
    .name = "announce",
    .sql = "SELECT set_config('synchronous_commit', 'off', true),"
           " pg_notify(" LEASE_CHANNEL("$1::text", "$2::text") ", '')",
};

enum gw_status announcement_send(struct gw_session *session, struct gw_text destination, struct gw_error *reterr)
{
    struct query *query;

    session_begin(session);
    query = session_query(session, &announce_statement);
    parameter_text(&query->parameters, gw_text_of(session->repository->options->schema));
    parameter_text(&query->parameters, destination);
    return session_run(session, reterr);
}

void announcement_note(struct gw_session *session)
{
    PGnotify *notification;

    while ((notification = PQnotifies(session->connection.pg)) != NULL) {
        session->is_announced = true;
        PQfreemem(notification);
    }
}

void announcement_forget(struct gw_session *session)
{
    if (session->connection.pg != NULL && PQconsumeInput(session->connection.pg) == 1)
        announcement_note(session);
    session->is_announced = false;
}

enum gw_status announcement_await(struct gw_session *session, int32_t *ret_fd)
{
    *ret_fd = session->connection.pg != NULL ? PQsocket(session->connection.pg) : -1;
    return session->is_announced ? GW_ALREADY : GW_OK;
}
