/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_rabbit consume HOST PORT QUEUE PREFETCH BATCH COUNT: what a queue costs by rabbitmq-c alone. Takes so many
 * messages, copies each body as a program that works with it has to, and acknowledges every BATCH of them with one
 * basic.ack.
 *
 * Prints seconds of the clock, of the user and of the system, from basic.consume to the last acknowledgement.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#endif

enum { CHANNEL = 1, FRAME_MAX = 128 * 1024, PATIENCE_S = 60, ARGUMENTS = 8 };

static void must(bool is_true, const char *what)
{
    if (is_true)
        return;
    (void)fprintf(stderr, "bench_rabbit: %s\n", what);
    exit(EXIT_FAILURE);
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void must_reply(amqp_rpc_reply_t reply, const char *what)
{
    must(reply.reply_type == AMQP_RESPONSE_NORMAL, what);
}

static amqp_connection_state_t open_connection(const char *host, int port)
{
    amqp_connection_state_t connection = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(connection);

    must(socket != NULL && amqp_socket_open(socket, host, port) == AMQP_STATUS_OK, "no broker answers");
    must_reply(amqp_login(connection, "/", 0, FRAME_MAX, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest"), "login");
    (void)amqp_channel_open(connection, CHANNEL);
    must_reply(amqp_get_rpc_reply(connection), "channel.open");
    return connection;
}

static void take(amqp_connection_state_t connection, uint64_t count, uint64_t batch)
{
    char *copy = NULL;

    for (uint64_t taken = 1; taken <= count; taken++) {
        struct timeval patience = {.tv_sec = PATIENCE_S};
        amqp_envelope_t envelope;

        amqp_maybe_release_buffers(connection);
        must_reply(amqp_consume_message(connection, &envelope, &patience, 0), "no more messages came");
        copy = realloc(copy, envelope.message.body.len + 1);
        must(copy != NULL, "no memory");
        memcpy(copy, envelope.message.body.bytes, envelope.message.body.len);
        if (taken % batch == 0 || taken == count)
            must(amqp_basic_ack(connection, CHANNEL, envelope.delivery_tag, 1) == AMQP_STATUS_OK, "basic.ack");
        amqp_destroy_envelope(&envelope);
    }
    free(copy);
}

static void consume(char **arguments)
{
    amqp_connection_state_t connection = open_connection(arguments[0], atoi(arguments[1]));
    struct rusage before;
    struct rusage after;
    double began;

    (void)amqp_basic_qos(connection, CHANNEL, 0, (uint16_t)atoi(arguments[3]), 0);
    must_reply(amqp_get_rpc_reply(connection), "basic.qos");
    began = now();
    (void)getrusage(RUSAGE_SELF, &before);
    (void)amqp_basic_consume(connection, CHANNEL, amqp_cstring_bytes(arguments[2]), amqp_empty_bytes, 0, 0, 0,
                             amqp_empty_table);
    must_reply(amqp_get_rpc_reply(connection), "basic.consume");
    take(connection, strtoull(arguments[5], NULL, 10), strtoull(arguments[4], NULL, 10));
    (void)getrusage(RUSAGE_SELF, &after);
    (void)printf("%.6f %.6f %.6f\n", now() - began, seconds(after.ru_utime) - seconds(before.ru_utime),
                 seconds(after.ru_stime) - seconds(before.ru_stime));
    must_reply(amqp_connection_close(connection, AMQP_REPLY_SUCCESS), "close");
    (void)amqp_destroy_connection(connection);
}

int main(int argc, char **argv)
{
    must(argc == ARGUMENTS && strcmp(argv[1], "consume") == 0,
         "usage: bench_rabbit consume HOST PORT QUEUE PREFETCH BATCH COUNT");
    consume(argv + 2);
    return EXIT_SUCCESS;
}
