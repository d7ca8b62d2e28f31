/* SPDX-License-Identifier: Apache-2.0 */
/* See bench_amqp.h. */
#include "bench_amqp.h"

#if __has_include(<rabbitmq-c/tcp_socket.h>)
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp_tcp_socket.h>
#endif

#include <stdio.h>
#include <stdlib.h>

enum { FRAME_MAX = 128 * 1024, ID_MAX = 300, PERSISTENT = 2 };

void bench_amqp_require_reply(amqp_connection_state_t connection, const char *what)
{
    bench_require(amqp_get_rpc_reply(connection).reply_type == AMQP_RESPONSE_NORMAL, what);
}

amqp_connection_state_t bench_amqp_connect(const char *host, const char *port)
{
    amqp_connection_state_t connection = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(connection);
    amqp_rpc_reply_t reply;

    bench_require(socket != NULL && amqp_socket_open(socket, host, atoi(port)) == AMQP_STATUS_OK, "no broker answers");
    reply = amqp_login(connection, "/", 0, FRAME_MAX, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
    bench_require(reply.reply_type == AMQP_RESPONSE_NORMAL, "login");
    (void)amqp_channel_open(connection, BENCH_CHANNEL);
    bench_amqp_require_reply(connection, "channel.open");
    return connection;
}

void bench_amqp_close(amqp_connection_state_t connection)
{
    bench_require(amqp_connection_close(connection, AMQP_REPLY_SUCCESS).reply_type == AMQP_RESPONSE_NORMAL, "close");
    (void)amqp_destroy_connection(connection);
}

/* ---- consuming --------------------------------------------------------------------------------------------------- */

void bench_amqp_consume(amqp_connection_state_t connection, const char *queue, uint16_t prefetch)
{
    if (prefetch > 0) {
        (void)amqp_basic_qos(connection, BENCH_CHANNEL, 0, prefetch, 0);
        bench_amqp_require_reply(connection, "basic.qos");
    }
    (void)amqp_basic_consume(connection, BENCH_CHANNEL, amqp_cstring_bytes(queue), amqp_empty_bytes, 0, prefetch == 0,
                             0, amqp_empty_table);
    bench_amqp_require_reply(connection, "basic.consume");
}

bool bench_amqp_take(amqp_connection_state_t connection, int timeout_ms, amqp_envelope_t *ret_envelope)
{
    struct timeval timeout = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    amqp_rpc_reply_t reply;

    amqp_maybe_release_buffers(connection);
    reply = amqp_consume_message(connection, ret_envelope, &timeout, 0);
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && reply.library_error == AMQP_STATUS_TIMEOUT)
        return false;
    bench_require(reply.reply_type == AMQP_RESPONSE_NORMAL, "a message");
    return true;
}

/* ---- publishing -------------------------------------------------------------------------------------------------- */

void bench_publisher_open(struct bench_publisher *publisher, const char *host, const char *port, uint64_t window)
{
    bench_require(window > 0 && window <= BENCH_WINDOW_MAX, "a window of 1 to 10000");
    *publisher = (struct bench_publisher){.connection = bench_amqp_connect(host, port), .window = window};
    (void)amqp_confirm_select(publisher->connection, BENCH_CHANNEL);
    bench_amqp_require_reply(publisher->connection, "confirm.select");
}

static void note_confirm(struct bench_publisher *publisher, const amqp_basic_ack_t *ack)
{
    bench_require(ack->delivery_tag <= publisher->sent, "a confirm of a message that was not sent");
    if (ack->delivery_tag > publisher->confirmed)
        publisher->is_confirmed[ack->delivery_tag % publisher->window] = true;
    for (uint64_t tag = publisher->confirmed + 1; tag <= publisher->sent; tag++) {
        bool *is_confirmed = &publisher->is_confirmed[tag % publisher->window];

        if (!*is_confirmed && !(ack->multiple && tag <= ack->delivery_tag))
            break;
        *is_confirmed = false;
        publisher->confirmed = tag;
    }
}

static void await_confirm(struct bench_publisher *publisher)
{
    amqp_frame_t frame;

    amqp_maybe_release_buffers(publisher->connection);
    bench_require(amqp_simple_wait_frame(publisher->connection, &frame) == AMQP_STATUS_OK, "no confirm came");
    bench_require(frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_BASIC_ACK_METHOD,
                  "the broker answered something else than a confirm");
    note_confirm(publisher, frame.payload.method.decoded);
}

void bench_publisher_send(struct bench_publisher *publisher, const char *exchange, const char *key, bool is_mandatory,
                          const amqp_basic_properties_t *properties, amqp_bytes_t body)
{
    while (publisher->sent - publisher->confirmed >= publisher->window)
        await_confirm(publisher);
    publisher->sent++;
    bench_require(amqp_basic_publish(publisher->connection, BENCH_CHANNEL, amqp_cstring_bytes(exchange),
                                     amqp_cstring_bytes(key), is_mandatory, 0, properties, body) == AMQP_STATUS_OK,
                  "a message could not be sent");
}

void bench_publisher_enqueue(struct bench_publisher *publisher, const char *queue, const char *payload, size_t len)
{
    char id[ID_MAX];
    amqp_basic_properties_t properties = {._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG,
                                          .delivery_mode = PERSISTENT};

    (void)snprintf(id, sizeof id, "%s-%llu", queue, (unsigned long long)publisher->sent);
    properties.message_id = amqp_cstring_bytes(id);
    bench_publisher_send(publisher, "", queue, false, &properties,
                         (amqp_bytes_t){.len = len, .bytes = (void *)(uintptr_t)payload});
}

void bench_publisher_finish(struct bench_publisher *publisher)
{
    while (publisher->confirmed < publisher->sent)
        await_confirm(publisher);
}
