/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The leases of a session: an advisory lock for each destination, on the session's own connection. The server frees it
 * when that connection ends, so a lease that is held when a statement is sent on the same connection holds for it.
 */
#ifndef POSTGRES_LEASE_H
#define POSTGRES_LEASE_H

#include "floor.h"
#include "session.h"

/* Of one destination. The session's, until it is closed. */
struct lease {
    struct lease *next;
    bool is_held;        /* and not found lost */
    uint64_t generation; /* of the connection that took it */
    struct floor floor;
    size_t destination_len;
    char destination[];
};

/* The destination's lease, when this session has it: the next round trip goes to the connection that holds it, or
 * nowhere. NULL: it never had it, or the connection is gone. */
struct lease *lease_find(struct gw_session *session, struct gw_text destination);

#endif
