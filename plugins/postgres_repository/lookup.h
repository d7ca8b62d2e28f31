/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lookup: the addresses of the hosts in a connection string. libpq would use getaddrinfo, which blocks as long as name
 * servers do not answer, and which cannot be cancelled. Here a separate thread resolves the name, and the caller waits
 * with the host.
 */
#ifndef POSTGRES_LOOKUP_H
#define POSTGRES_LOOKUP_H

#include <gangway/error.h>
#include <gangway/host.h>

enum { LOOKUP_BYTES = 2048 };

/* The lists that replace those of the string: separated by commas, with an item for each address that was found. */
struct lookup {
    char hosts[LOOKUP_BYTES];     /* names, which certificates and password files refer to */
    char addresses[LOOKUP_BYTES]; /* an item is empty if there was nothing to resolve */
    char ports[LOOKUP_BYTES];     /* empty: those of the string */
    uint32_t count;               /* number of items; 0: the hosts of the string are used */
};

/* hosts, ports: as in struct login. OK; TRANSIENT: no host has an address now, or none was found within timeout_ms;
 * CANCELLED; NOMEM. */
enum gw_status lookup_hosts(const char *hosts, const char *ports, const struct gw_host *host, int64_t timeout_ms,
                            struct lookup *ret_lookup, struct gw_error *reterr);

#endif
