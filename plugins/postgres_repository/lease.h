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

/* The lease of one destination. It belongs to the session until that is closed. */
struct lease {
    struct lease *next;
    bool is_held;        /* and not known to be lost */
    uint64_t generation; /* of the connection that acquired it */
    struct floor floor;
    size_t destination_len;
    char destination[];
};

/* The key of the advisory lock, from two SQL expressions of type text. */
#define LEASE_KEY(schema, destination) "hashtextextended('gangway lease ' || " schema " || ' ' || " destination ", 0)"

/* The lease of the destination, if this session holds it. The next round trip then uses the connection that holds the
 * lease, or fails. NULL: the session never held it, or the connection is lost. */
struct lease *lease_find(struct gw_session *session, struct gw_text destination);

#endif
