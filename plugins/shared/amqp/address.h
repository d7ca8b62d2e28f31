/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes an AMQP URL apart: amqp://USER:PASSWORD@HOST:PORT/VHOST, or amqps:// for TLS. Everything but the scheme and the
 * host may be left out; parts are percent-decoded. Without a virtual host, or with an empty one, it is `/`, the one
 * that every RabbitMQ has. A URL contains a password, so no error shows a part of it. No state, any thread.
 */
#ifndef RABBIT_ADDRESS_H
#define RABBIT_ADDRESS_H

#include <gangway/error.h>

#include <stdbool.h>

enum { RABBIT_PORT_MAX = 6 };

/* All texts are NUL-terminated and in memory of the address. */
struct rabbit_address {
    char *memory;
    const char *host;     /* without brackets around an IPv6 address */
    const char *user;     /* NULL: the URL has no login */
    const char *password; /* NULL: the URL has none */
    const char *vhost;
    char port[RABBIT_PORT_MAX]; /* in decimal; without one in the URL that of the scheme */
    bool is_tls;
};

/* Takes a URL apart. INVALID: it is none; the error says which part is wrong. NOMEM. The result owns its memory:
 * rabbit_address_done. */
enum gw_status rabbit_address_read(const char *url, struct rabbit_address *ret_address, struct gw_error *reterr);

/* Reads one of several nodes: host or host:port, where an IPv6 address is in brackets. Without a port that of the
 * scheme, which is_tls names. Statuses and ownership as rabbit_address_read; login and virtual host are those of an
 * empty URL. */
enum gw_status rabbit_address_read_host(const char *text, bool is_tls, struct rabbit_address *ret_address,
                                        struct gw_error *reterr);

/* Frees the memory. */
void rabbit_address_done(struct rabbit_address *address);

#endif
