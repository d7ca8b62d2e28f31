/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs share that talk to RabbitMQ by rabbitmq-c alone, as user guest, on one channel. */
#ifndef BENCH_AMQP_H
#define BENCH_AMQP_H

#include "amqp/library.h"
#include "bench.h"

#include <stdint.h>

enum { BENCH_CHANNEL = 1, BENCH_WINDOW_MAX = 10000 };

amqp_connection_state_t bench_amqp_connect(const char *host, const char *port);

void bench_amqp_close(amqp_connection_state_t connection);

/* Ends the program unless the last method was answered as expected. */
void bench_amqp_require_reply(amqp_connection_state_t connection, const char *what);

/* prefetch: 0 takes as many as the broker sends, without acknowledgements. */
void bench_amqp_consume(amqp_connection_state_t connection, const char *queue, uint16_t prefetch);

/* Waits for a message, whose envelope the caller destroys. false: none came in time. */
bool bench_amqp_take(amqp_connection_state_t connection, int timeout_ms, amqp_envelope_t *ret_envelope);

/* Publishes ahead of the broker's confirms, up to a window. */
struct bench_publisher {
    amqp_connection_state_t connection;
    uint64_t window;
    uint64_t sent;                       /* the tag of the last message */
    uint64_t confirmed;                  /* every message up to this tag is confirmed */
    bool is_confirmed[BENCH_WINDOW_MAX]; /* of the messages behind it, by tag modulo the window */
};

/* window: 1 to BENCH_WINDOW_MAX. */
void bench_publisher_open(struct bench_publisher *publisher, const char *host, const char *port, uint64_t window);

/* Waits while the window is full, and publishes a message. */
void bench_publisher_send(struct bench_publisher *publisher, const char *exchange, const char *key, bool is_mandatory,
                          const amqp_basic_properties_t *properties, amqp_bytes_t body);

/* The same for a command: into a queue, persistent, with an id made of the queue's name and a number. */
void bench_publisher_enqueue(struct bench_publisher *publisher, const char *queue, const char *payload, size_t len);

/* Waits until everything is confirmed. */
void bench_publisher_finish(struct bench_publisher *publisher);

#endif
