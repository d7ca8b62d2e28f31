/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lookup: the addresses of the hosts that a connection string names. libpq would ask for them with getaddrinfo, which
 * holds its caller up for as long as the name servers are silent, and which nothing can end. Here a thread of its own
 * asks, and the caller waits with the host.
 */
#ifndef POSTGRES_LOOKUP_H
#define POSTGRES_LOOKUP_H

#include <gangway/error.h>
#include <gangway/host.h>

enum { LOOKUP_BYTES = 2048 };

/* What to tell libpq in the place of the string's own: lists with commas, an item for each address that was found. */
struct lookup {
    char hosts[LOOKUP_BYTES];     /* names, by which certificates and password files know the server */
    char addresses[LOOKUP_BYTES]; /* an item is empty where there was nothing to look up */
    char ports[LOOKUP_BYTES];     /* empty: the string's own */
    uint32_t count;               /* of items; 0: the string's own hosts apply */
};

/* hosts, ports: as struct login has them. TRANSIENT: no host has an address now, or none was found within timeout_ms.
 * CANCELLED, NOMEM. */
enum gw_status lookup_hosts(const char *hosts, const char *ports, const struct gw_host *host, int64_t timeout_ms,
                            struct lookup *ret_lookup, struct gw_error *reterr);

#endif
