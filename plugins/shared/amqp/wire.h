/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TCP connection to a broker: connects within a deadline, reads and writes without blocking. It never waits other
 * than through the host, except for the name server.
 */
#ifndef RABBIT_WIRE_H
#define RABBIT_WIRE_H

#include <gangway/error.h>
#include <gangway/host.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rabbit_wire;

/* What is between a wire and its socket: TLS (tls.h). The functions are as those of a wire below. */
struct rabbit_wire_layer {
    enum gw_status (*read)(struct rabbit_wire *wire, char *bytes, size_t room, size_t *ret_len,
                           struct gw_error *reterr);
    enum gw_status (*write)(struct rabbit_wire *wire, const char *bytes, size_t len, size_t *ret_len,
                            struct gw_error *reterr);
    void (*end)(struct rabbit_wire *wire); /* frees the session */
};

/* A connection. It must not move while it has a layer. */
struct rabbit_wire {
    int fd;                                /* -1: none */
    const struct rabbit_wire_layer *layer; /* NULL: the bytes go through the socket as they are */
    void *session;                         /* the layer's */
    bool wants_write;                      /* the layer waits for room in the socket, though nothing is to be written */
};

/*
 * Connects to the first address of a host that answers. silence_ms: after which time without an acknowledgement the
 * kernel gives the connection up (TCP_USER_TIMEOUT), also when the other side no longer reads. OK: *ret_fd is the
 * socket, and the caller's. TRANSIENT: no name, no answer, refused. CANCELLED: host->wait returned it.
 */
enum gw_status rabbit_wire_connect(const struct gw_host *host, const char *name, const char *port, int64_t silence_ms,
                                   int64_t deadline_ms, int *ret_fd, struct gw_error *reterr);

/* Reads what is there. OK: *ret_len bytes, 0 when there are none now. TRANSIENT: the connection is lost or was closed.
 */
enum gw_status rabbit_wire_read(struct rabbit_wire *wire, char *bytes, size_t room, size_t *ret_len,
                                struct gw_error *reterr);

/* Writes what the socket takes. OK: *ret_len bytes, 0 when it takes none now. TRANSIENT: the connection is lost. */
enum gw_status rabbit_wire_write(struct rabbit_wire *wire, const char *bytes, size_t len, size_t *ret_len,
                                 struct gw_error *reterr);

/* Ends the connection, if there is one. */
void rabbit_wire_close(struct rabbit_wire *wire);

/* The same on a socket, for a layer. */
enum gw_status rabbit_socket_read(int fd, char *bytes, size_t room, size_t *ret_len, struct gw_error *reterr);
enum gw_status rabbit_socket_write(int fd, const char *bytes, size_t len, size_t *ret_len, struct gw_error *reterr);

#endif
