/* SPDX-License-Identifier: Apache-2.0 */
/* One connection at a time, on a thread. See amqp_peer.h. */
#include "amqp_peer.h"

#include <check.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    START = 10 << 16 | 10,
    START_OK = 10 << 16 | 11,
    TUNE = 10 << 16 | 30,
    OPEN = 10 << 16 | 40,
    OPEN_OK = 10 << 16 | 41,
    CONNECTION_CLOSE = 10 << 16 | 50,
    CHANNEL_OPEN = 20 << 16 | 10,
    CHANNEL_OPEN_OK = 20 << 16 | 11,
    CHANNEL_CLOSE = 20 << 16 | 40,
    HEADER_LEN = 8,
    CHUNK = 64 * 1024
};

/* ---- bytes ---- */

/* How many of these bytes are sent before the peer stalls. */
static size_t until_stall(struct amqp_peer *peer, size_t len)
{
    const size_t left = peer->stall_at > peer->sent ? peer->stall_at - peer->sent : 0;

    return peer->stall_at == 0 || len < left ? len : left;
}

void amqp_peer_raw(struct amqp_peer *peer, const void *bytes, size_t len)
{
    const char *at = bytes;

    len = until_stall(peer, len);
    peer->sent += len;
    while (len > 0) {
        size_t piece = peer->piece > 0 && peer->piece < len ? peer->piece : len;
        ssize_t sent =
            peer->session != NULL ? SSL_write(peer->session, at, (int)piece) : send(peer->fd, at, piece, MSG_NOSIGNAL);

        if (sent <= 0)
            return;
        at += sent;
        len -= (size_t)sent;
    }
    if (peer->stall_at > 0 && peer->sent >= peer->stall_at)
        atomic_store(&peer->has_stalled, true);
}

/* More bytes of the client, behind those that are there. */
static bool read_more(struct amqp_peer *peer)
{
    char *at = gw_buffer_reserve(&peer->read, CHUNK);
    ssize_t len;

    if (at == NULL)
        return false;
    len = peer->session != NULL ? SSL_read(peer->session, at, CHUNK) : recv(peer->fd, at, CHUNK, 0);
    if (len <= 0)
        return false;
    gw_buffer_advance(&peer->read, (size_t)len);
    return true;
}

bool amqp_peer_read(struct amqp_peer *peer, struct rabbit_frame *ret_frame)
{
    for (;;) {
        struct gw_text rest = gw_text_span(peer->read.ptr + peer->read_at, peer->read.len - peer->read_at);

        if (peer->read.ptr != NULL) {
            if (rabbit_frame_take(&rest, 1024 * 1024, ret_frame, NULL) != GW_OK)
                return false;
            peer->read_at = peer->read.len - (size_t)rest.len;
            if (ret_frame->type != RABBIT_NO_FRAME)
                return true;
        }
        if (!read_more(peer))
            return false;
    }
}

bool amqp_peer_await(struct amqp_peer *peer, uint32_t number)
{
    struct rabbit_frame frame;

    while (amqp_peer_read(peer, &frame))
        if (frame.type == RABBIT_METHOD && rabbit_u32(frame.payload.ptr) == number)
            return true;
    return false;
}

void amqp_peer_drain(struct amqp_peer *peer)
{
    struct rabbit_frame frame;

    while (amqp_peer_read(peer, &frame))
        continue;
}

/* ---- frames ---- */

static void send_frame(struct amqp_peer *peer, unsigned type, unsigned channel, struct gw_text payload)
{
    struct gw_buffer frame;

    gw_buffer_init(&frame, AMQP_BYTES_MAX);
    put_frame(&frame, type, channel, payload);
    amqp_peer_raw(peer, frame.ptr, frame.len);
    gw_buffer_done(&frame);
}

void amqp_peer_method(struct amqp_peer *peer, unsigned channel, uint32_t number, const void *arguments, size_t len)
{
    struct gw_buffer payload;

    gw_buffer_init(&payload, AMQP_BYTES_MAX);
    put_u32(&payload, number);
    gw_buffer_append(&payload, arguments, len);
    send_frame(peer, RABBIT_METHOD, channel, text_of(&payload));
    gw_buffer_done(&payload);
}

void amqp_peer_close(struct amqp_peer *peer, unsigned channel, unsigned code, const char *words, unsigned class_id)
{
    struct gw_buffer arguments;

    gw_buffer_init(&arguments, AMQP_BYTES_MAX);
    put_u16(&arguments, code);
    put_short(&arguments, words);
    put_u16(&arguments, class_id);
    put_u16(&arguments, class_id > 0 ? 10 : 0);
    amqp_peer_method(peer, channel, channel == 0 ? CONNECTION_CLOSE : CHANNEL_CLOSE, arguments.ptr, arguments.len);
    gw_buffer_done(&arguments);
}

static void send_content(struct amqp_peer *peer, unsigned channel, uint64_t tag, struct gw_text header,
                         struct gw_text body)
{
    struct gw_buffer method;

    gw_buffer_init(&method, AMQP_BYTES_MAX);
    put_deliver(&method, tag, "", "queue");
    send_frame(peer, RABBIT_METHOD, channel, text_of(&method));
    send_frame(peer, RABBIT_HEADER, channel, header);
    send_frame(peer, RABBIT_BODY, channel, body);
    gw_buffer_done(&method);
}

void amqp_peer_deliver(struct amqp_peer *peer, unsigned channel, uint64_t tag, struct gw_text body)
{
    struct gw_buffer header;

    gw_buffer_init(&header, AMQP_BYTES_MAX);
    put_header(&header, body.len, 0);
    send_content(peer, channel, tag, text_of(&header), body);
    gw_buffer_done(&header);
}

void amqp_peer_deliver_with(struct amqp_peer *peer, uint64_t tag, struct gw_text header, struct gw_text body)
{
    send_content(peer, 1, tag, header, body);
}

/* ---- login ---- */

bool amqp_peer_start_login(struct amqp_peer *peer)
{
    struct gw_buffer arguments;

    while (peer->read.len < HEADER_LEN)
        if (!read_more(peer))
            return false;
    peer->read_at = HEADER_LEN;
    gw_buffer_init(&arguments, AMQP_BYTES_MAX);
    put_u16(&arguments, 9); /* version 0.9 */
    put_u32(&arguments, 0); /* properties */
    put_u32(&arguments, 14);
    gw_buffer_append_string(&arguments, "AMQPLAIN PLAIN");
    put_u32(&arguments, 5);
    gw_buffer_append_string(&arguments, "en_US");
    amqp_peer_method(peer, 0, START, arguments.ptr, arguments.len);
    gw_buffer_done(&arguments);
    return true;
}

bool amqp_peer_tune(struct amqp_peer *peer)
{
    struct gw_buffer arguments;

    if (!amqp_peer_await(peer, START_OK))
        return false;
    gw_buffer_init(&arguments, AMQP_BYTES_MAX);
    put_u16(&arguments, 2047);
    put_u32(&arguments, peer->frame_max);
    put_u16(&arguments, peer->heartbeat);
    amqp_peer_method(peer, 0, TUNE, arguments.ptr, arguments.len);
    gw_buffer_done(&arguments);
    return true;
}

bool amqp_peer_open(struct amqp_peer *peer)
{
    if (!amqp_peer_await(peer, OPEN))
        return false;
    amqp_peer_method(peer, 0, OPEN_OK, "", 1);
    if (!amqp_peer_await(peer, CHANNEL_OPEN))
        return false;
    amqp_peer_method(peer, 1, CHANNEL_OPEN_OK, "\0\0\0\0", 4);
    return true;
}

bool amqp_peer_login(struct amqp_peer *peer)
{
    return amqp_peer_start_login(peer) && amqp_peer_tune(peer) && amqp_peer_open(peer);
}

/* ---- thread ---- */

/* True: the script may speak. */
static bool secure(struct amqp_peer *peer)
{
    if (peer->tls == NULL)
        return true;
    peer->session = SSL_new(peer->tls);
    ck_assert(peer->session != NULL && SSL_set_fd(peer->session, peer->fd) == 1);
    return SSL_accept(peer->session) == 1;
}

/* OpenSSL writes with write(), which raises SIGPIPE; in this thread only it may. */
static void *run(void *context)
{
    struct amqp_peer *peer = context;
    const int on = 1;
    sigset_t pipes;

    (void)sigemptyset(&pipes);
    (void)sigaddset(&pipes, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipes, NULL);
    while ((peer->fd = accept(peer->listener, NULL, NULL)) >= 0) {
        (void)setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        gw_buffer_init(&peer->read, AMQP_BYTES_MAX);
        peer->read_at = 0;
        if (secure(peer))
            peer->script(peer);
        gw_buffer_done(&peer->read);
        SSL_free(peer->session);
        peer->session = NULL;
        (void)close(peer->fd);
    }
    return NULL;
}

void amqp_peer_start(struct amqp_peer *peer, void (*script)(struct amqp_peer *peer))
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;

    peer->script = script;
    peer->frame_max = peer->frame_max > 0 ? peer->frame_max : 128 * 1024;
    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(peer->listener, 0);
    ck_assert_int_eq(bind(peer->listener, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(listen(peer->listener, 4), 0);
    ck_assert_int_eq(getsockname(peer->listener, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(peer->port, sizeof peer->port, "%u", (unsigned)ntohs(address.sin_port));
    ck_assert_int_eq(pthread_create(&peer->thread, NULL, run, peer), 0);
}

/* The client has closed its connections before, so the script has ended or is about to. */
void amqp_peer_stop(struct amqp_peer *peer)
{
    (void)shutdown(peer->listener, SHUT_RDWR);
    ck_assert_int_eq(pthread_join(peer->thread, NULL), 0);
    (void)close(peer->listener);
}
