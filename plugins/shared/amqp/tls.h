/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS on a connection: the broker's certificate and name are always verified, and TLS 1.2 is the least. One context per
 * instance of a plugin; it reads the files once. OpenSSL reads and writes through wire.h, so it never blocks and never
 * raises SIGPIPE.
 */
#ifndef RABBIT_TLS_H
#define RABBIT_TLS_H

#include "wire.h"

#include <gangway/error.h>
#include <gangway/host.h>

#include <stdint.h>

struct rabbit_tls; /* a context */

/* The files are PEM; NULL where there is none: the authorities are those of the system then. */
struct rabbit_tls_files {
    const char *ca;
    const char *cert; /* with key: the client's own */
    const char *key;
    const char *key_password;
};

/* Reads the files. OK: *ret_tls is the caller's: rabbit_tls_free. CONFIG: a file cannot be read, is no such file, or
 * the key does not belong to the certificate; NOMEM. */
enum gw_status rabbit_tls_new(const struct rabbit_tls_files *files, struct rabbit_tls **ret_tls,
                              struct gw_error *reterr);

/* Frees a context that no connection uses any more, or NULL. */
void rabbit_tls_free(struct rabbit_tls *tls);

/* Secures a connection that has sent nothing yet. name: the host's, which the certificate must have; an IP address is
 * one too. OK; CONFIG: the certificate is not acceptable, or none of ours is; TRANSIENT: no answer until the deadline,
 * or the handshake broke off; NOMEM; CANCELLED. */
enum gw_status rabbit_tls_secure(const struct rabbit_tls *tls, const struct gw_host *host, struct rabbit_wire *wire,
                                 const char *name, int64_t deadline_ms, struct gw_error *reterr);

#endif
