/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A peer that speaks AMQP as a test wants it, for what no real broker does: it stalls, lies about sizes, sends frames
 * that belong nowhere, and does not read. It listens on a port of 127.0.0.1 and runs a script of the test's on a thread
 * of its own, once for each connection.
 */
#ifndef AMQP_PEER_H
#define AMQP_PEER_H

#include "amqp_bytes.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct amqp_peer {
    int listener;
    char port[8];
    pthread_t thread;
    void (*script)(struct amqp_peer *peer);

    /* Of the present connection, for the script. */
    int fd;
    atomic_bool is_released; /* the script may end */
    atomic_bool has_heard;   /* the script has read what it waited for */
    SSL_CTX *tls;            /* NULL: it does not speak TLS */
    SSL *session;
    size_t piece;            /* how many bytes are sent at once; 0: all */
    size_t sent;             /* bytes, on all connections */
    size_t stall_at;         /* it sends so many bytes and none behind them; 0: all */
    atomic_bool has_stalled; /* it has sent them */
    uint32_t frame_max;
    unsigned heartbeat; /* what it proposes, in seconds */
    struct gw_buffer read;
    size_t read_at;
};

/* Starts the thread. */
void amqp_peer_start(struct amqp_peer *peer, void (*script)(struct amqp_peer *peer));

/* Ends it; connections end as well. */
void amqp_peer_stop(struct amqp_peer *peer);

/* ---- for scripts; a connection that ends makes them do nothing ---- */

/* The next frame of the client, valid until the next call; false: the connection ended. */
bool amqp_peer_read(struct amqp_peer *peer, struct rabbit_frame *ret_frame);

/* Reads frames until a method of this number, class << 16 | method; false: the connection ended. */
bool amqp_peer_await(struct amqp_peer *peer, uint32_t number);

/* Sends a method on a channel: its number and its arguments, encoded. */
void amqp_peer_method(struct amqp_peer *peer, unsigned channel, uint32_t number, const void *arguments, size_t len);

/* Sends bytes as they are. */
void amqp_peer_raw(struct amqp_peer *peer, const void *bytes, size_t len);

/* Sends connection.close or channel.close. class_id: of the method that was the cause; 0: none. */
void amqp_peer_close(struct amqp_peer *peer, unsigned channel, unsigned code, const char *words, unsigned class_id);

/* The steps of a login: reads the header of the protocol and sends connection.start; reads start-ok and sends tune;
 * reads open and channel.open, and answers both. False: the connection ended. */
bool amqp_peer_start_login(struct amqp_peer *peer);
bool amqp_peer_tune(struct amqp_peer *peer);
bool amqp_peer_open(struct amqp_peer *peer);

/* All of them. */
bool amqp_peer_login(struct amqp_peer *peer);

/* Sends a delivery on a channel. */
void amqp_peer_deliver(struct amqp_peer *peer, unsigned channel, uint64_t tag, struct gw_text body);

/* Sends one on channel 1 with a header of the test's own. */
void amqp_peer_deliver_with(struct amqp_peer *peer, uint64_t tag, struct gw_text header, struct gw_text body);

/* Reads until the connection ends. */
void amqp_peer_drain(struct amqp_peer *peer);

#endif
