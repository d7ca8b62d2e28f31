/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The leases of a session: an advisory lock for each destination, on the session's own connection. The server releases
 * it when that connection ends. So if the lease is held when a statement is sent on the same connection, the statement
 * runs under the lease.
 */
#ifndef POSTGRES_LEASE_H
#define POSTGRES_LEASE_H

#include "floor.h"
#include "session.h"
#include "unflushed.h"

enum { CHANNEL_BYTES = 32 };

/* The lease of one destination. It belongs to the session until that is closed. */
struct lease {
    struct lease *next;
    bool is_held;                /* and not known to be lost */
    char channel[CHANNEL_BYTES]; /* of the server, on which announcements for the holder arrive */
    char listen_sql[CHANNEL_BYTES + 8];
    struct statement listen;
    uint64_t generation; /* of the connection that acquired it */
    struct floor floor;
    struct unflushed unflushed;
    size_t destination_len;
    char destination[];
};

/* The key of the advisory lock, from two SQL expressions of type text. */
#define LEASE_KEY(schema, destination) "hashtextextended('gangway lease ' || " schema " || ' ' || " destination ", 0)"

/* The name of the channel on which commits of rows for a destination are announced. */
#define LEASE_CHANNEL(schema, destination) "'gangway_' || to_hex(" LEASE_KEY(schema, destination) ")"

/* *ret_lease is the lease of the destination if this session holds it; the next round trip then uses the connection
 * that holds the lease, or fails. NULL: the session does not hold it. OK; CONFLICT: the session has lost it with a
 * connection, and its caller was not informed yet. */
enum gw_status lease_find(struct gw_session *session, struct gw_text destination, struct lease **ret_lease,
                          struct gw_error *reterr);

/* CONFLICT: the session does not hold the lease of the destination. */
enum gw_status lease_refuse(struct gw_text destination, struct gw_error *reterr);

#endif
