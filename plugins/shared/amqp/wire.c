/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that never block. See wire.h. */
#include "wire.h"

#include <gangway/scope.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

GW_DEFINE_AUTO(struct addrinfo, freeaddrinfo);

/* Keepalives find a peer that disappeared while nothing is sent, the user timeout one that takes nothing. */
static void tune(int fd, int64_t silence_ms)
{
    const int on = 1;
    const unsigned limit_ms = (unsigned)silence_ms;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit_ms, sizeof limit_ms);
}

/* Waits for the end of a connect. OK; TRANSIENT with the cause; CANCELLED. */
static enum gw_status finish_connect(const struct gw_host *host, int fd, int64_t deadline_ms, struct gw_error *reterr)
{
    uint32_t ready = 0;
    int cause = 0;
    socklen_t len = sizeof cause;
    enum gw_status status = host->wait(host, fd, GW_WAIT_WRITE, deadline_ms, &ready);

    if (status != GW_OK)
        return gw_error_set(reterr, status, "connecting");
    if (ready == 0)
        return gw_error_set(reterr, GW_TRANSIENT, "no answer to the attempt to connect");
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &len) != 0)
        cause = errno;
    return cause == 0 ? GW_OK : gw_error_set_errno(reterr, GW_TRANSIENT, cause, "connecting");
}

static enum gw_status connect_to(const struct gw_host *host, const struct addrinfo *address, int64_t silence_ms,
                                 int64_t deadline_ms, int *ret_fd, struct gw_error *reterr)
{
    int fd = socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address->ai_protocol);
    enum gw_status status = GW_OK;

    if (fd < 0)
        return gw_error_set_errno(reterr, GW_TRANSIENT, errno, "opening a socket");
    tune(fd, silence_ms);
    if (connect(fd, address->ai_addr, address->ai_addrlen) != 0)
        status = errno == EINPROGRESS ? finish_connect(host, fd, deadline_ms, reterr)
                                      : gw_error_set_errno(reterr, GW_TRANSIENT, errno, "connecting");
    if (status == GW_OK)
        *ret_fd = fd;
    else
        (void)close(fd);
    return status;
}

enum gw_status rabbit_wire_connect(const struct gw_host *host, const char *name, const char *port, int64_t silence_ms,
                                   int64_t deadline_ms, int *ret_fd, struct gw_error *reterr)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    gw_auto(freeaddrinfo) struct addrinfo *addresses = NULL;
    struct gw_error error = {0};
    enum gw_status status = GW_TRANSIENT;
    int code = getaddrinfo(name, port, &hints, &addresses);

    if (code != 0)
        return gw_error_set(reterr, code == EAI_MEMORY ? GW_NOMEM : GW_TRANSIENT, "%s: %s", name, gai_strerror(code));
    for (const struct addrinfo *address = addresses; address != NULL; address = address->ai_next) {
        status = connect_to(host, address, silence_ms, deadline_ms, ret_fd, &error);
        if (status == GW_OK || status == GW_CANCELLED)
            break;
    }
    return status == GW_OK ? GW_OK : gw_error_wrap(reterr, &error, "%s port %s", name, port);
}

static bool is_passing(int cause)
{
    return cause == EAGAIN || cause == EWOULDBLOCK || cause == EINTR;
}

enum gw_status rabbit_socket_read(int fd, char *bytes, size_t room, size_t *ret_len, struct gw_error *reterr)
{
    ssize_t len = recv(fd, bytes, room, 0);

    *ret_len = len > 0 ? (size_t)len : 0;
    if (len == 0)
        return gw_error_set(reterr, GW_TRANSIENT, "the broker closed the connection");
    return len > 0 || is_passing(errno) ? GW_OK : gw_error_set_errno(reterr, GW_TRANSIENT, errno, "reading");
}

enum gw_status rabbit_socket_write(int fd, const char *bytes, size_t len, size_t *ret_len, struct gw_error *reterr)
{
    ssize_t written = send(fd, bytes, len, MSG_NOSIGNAL);

    *ret_len = written > 0 ? (size_t)written : 0;
    return written >= 0 || is_passing(errno) ? GW_OK : gw_error_set_errno(reterr, GW_TRANSIENT, errno, "writing");
}

enum gw_status rabbit_wire_read(struct rabbit_wire *wire, char *bytes, size_t room, size_t *ret_len,
                                struct gw_error *reterr)
{
    wire->wants_write = false;
    return wire->layer != NULL ? wire->layer->read(wire, bytes, room, ret_len, reterr)
                               : rabbit_socket_read(wire->fd, bytes, room, ret_len, reterr);
}

enum gw_status rabbit_wire_write(struct rabbit_wire *wire, const char *bytes, size_t len, size_t *ret_len,
                                 struct gw_error *reterr)
{
    return wire->layer != NULL ? wire->layer->write(wire, bytes, len, ret_len, reterr)
                               : rabbit_socket_write(wire->fd, bytes, len, ret_len, reterr);
}

void rabbit_wire_close(struct rabbit_wire *wire)
{
    if (wire->layer != NULL)
        wire->layer->end(wire);
    if (wire->fd >= 0)
        (void)close(wire->fd);
    *wire = (struct rabbit_wire){.fd = -1};
}
