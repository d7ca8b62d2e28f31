/* SPDX-License-Identifier: Apache-2.0 */
/* Question: resolves one name while its caller waits with the host. */
#ifndef POSTGRES_QUESTION_H
#define POSTGRES_QUESTION_H

#include <gangway/error.h>
#include <gangway/host.h>

#include <netdb.h>

/* Returns the addresses of a name, for freeaddrinfo. OK; TRANSIENT: it has none now, or there was no answer before the
 * deadline; CANCELLED; NOMEM. A question without a caller ends when the resolver times out. */
enum gw_status question_ask(const char *name, const struct gw_host *host, int64_t deadline_ms,
                            struct addrinfo **ret_found, struct gw_error *reterr);

#endif
