/* SPDX-License-Identifier: Apache-2.0 */
/* Question: one name that is looked up while its caller waits with the host. */
#ifndef POSTGRES_QUESTION_H
#define POSTGRES_QUESTION_H

#include <gangway/error.h>
#include <gangway/host.h>

#include <netdb.h>

/* The addresses of a name, for freeaddrinfo. TRANSIENT: it has none now, or nobody answered until the deadline;
 * CANCELLED, NOMEM. What nobody waits for any more ends by itself, when the resolver's own patience ends. */
enum gw_status question_ask(const char *name, const struct gw_host *host, int64_t deadline_ms,
                            struct addrinfo **ret_found, struct gw_error *reterr);

#endif
