/* SPDX-License-Identifier: Apache-2.0 */
/* The address of a TCP listener, written HOST:PORT. Looks up no names. Any thread. */
#ifndef GW_BASE_ADDRESS_H
#define GW_BASE_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

struct gw_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } socket;
    socklen_t length;
};

/* Reads `127.0.0.1:9477`, `[::1]:9477` or `localhost:9477`, which is 127.0.0.1. The port is from 0 to 65535; 0 lets the
 * system choose. False: the text is none of these. */
bool gw_address_read(const char *text, struct gw_address *ret_address);

/* Whether only this machine can connect to it. */
bool gw_address_is_loopback(const struct gw_address *address);

#endif
