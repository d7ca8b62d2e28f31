/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_exchange: what publishing to RabbitMQ costs, by rabbitmq-c alone and by amqp_publisher alone.
 *
 *     bare HOST PORT EXCHANGE COUNT WINDOW         persistent messages with a confirm each, so many ahead of them
 *     plugin HOST PORT EXCHANGE COUNT GROUP SKUS   the plugin through its port, as a relay runs it, in groups of so
 * many events of so many products
 *
 * Both send the same messages: the body, properties and headers of an event. Both print seconds of the clock, of the
 * user and of the system, from the first message to the last confirm.
 */
#include "amqp/library.h"
#include "test_host.h"
#include "test_plugin.h"

#include <gangway/port/publisher.h>

#if __has_include(<rabbitmq-c/tcp_socket.h>)
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp_tcp_socket.h>
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum {
    ATTRIBUTES = 8,
    GROUP_MAX = 10000,
    TEXT_MAX = 160,
    PAYLOAD_MAX = 512,
    PATIENCE_MS = 60000,
    SKUS_OF_BARE = 1000,
    PERSISTENT = 2
};

static void must(bool is_true, const char *what)
{
    if (is_true)
        return;
    (void)fprintf(stderr, "bench_exchange: %s\n", what);
    exit(EXIT_FAILURE);
}

/* ---- time ---- */

struct moment {
    struct timespec clock;
    struct rusage usage;
};

static struct moment now(void)
{
    struct moment moment;

    (void)clock_gettime(CLOCK_MONOTONIC, &moment.clock);
    (void)getrusage(RUSAGE_SELF, &moment.usage);
    return moment;
}

static double between(struct timeval begin, struct timeval end)
{
    return (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_usec - begin.tv_usec) / 1e6;
}

static void print_since(const struct moment *began)
{
    const struct moment ended = now();

    (void)printf(
        "%.6f %.6f %.6f\n",
        (double)(ended.clock.tv_sec - began->clock.tv_sec) + (double)(ended.clock.tv_nsec - began->clock.tv_nsec) / 1e9,
        between(began->usage.ru_utime, ended.usage.ru_utime), between(began->usage.ru_stime, ended.usage.ru_stime));
}

/* ---- events ---- */

struct event {
    char id[TEXT_MAX];
    char sku[TEXT_MAX];
    char payload[PAYLOAD_MAX];
    char sequence[TEXT_MAX];
    struct gw_header attributes[ATTRIBUTES];
    struct gw_rendered key;
};

static void make_event(struct event *event, uint64_t number, uint64_t skus)
{
    (void)snprintf(event->id, sizeof event->id, "6dfd50398acbe595-29e5fbb0e97a49b7-%llu-1", (unsigned long long)number);
    (void)snprintf(event->sku, sizeof event->sku, "FUR-BO-%08llu", (unsigned long long)(number % skus));
    (void)snprintf(event->payload, sizeof event->payload,
                   "{\"orderid\": \"CA-2014-%llu\", \"sku\": \"%s\", \"qty\": 3, \"batchref\": \"%s/1\"}",
                   (unsigned long long)number, event->sku, event->sku);
    (void)snprintf(event->sequence, sizeof event->sequence, "%020llu", (unsigned long long)number);

    const struct gw_header attributes[ATTRIBUTES] = {
        {gw_text_of("specversion"), gw_text_of("1.0")},
        {gw_text_of("id"), gw_text_of(event->id)},
        {gw_text_of("source"), gw_text_of("/gangway/bench")},
        {gw_text_of("type"), gw_text_of("gangway.allocation.Allocated.v1")},
        {gw_text_of("time"), gw_text_of("2026-01-01T00:00:00.000Z")},
        {gw_text_of("subject"), gw_text_of(event->sku)},
        {gw_text_of("sequence"), gw_text_of(event->sequence)},
        {gw_text_of("datacontenttype"), gw_text_of("application/json")},
    };

    memcpy(event->attributes, attributes, sizeof attributes);
    event->key = (struct gw_rendered){gw_text_of("routing_key"), gw_text_of(event->sku)};
}

static struct gw_publication publication_of(struct event *event)
{
    return (struct gw_publication){.id = gw_text_of(event->id),
                                   .type = gw_text_of("Allocated"),
                                   .sku = gw_text_of(event->sku),
                                   .payload = gw_text_of(event->payload),
                                   .attributes = {event->attributes, ATTRIBUTES, sizeof event->attributes[0]},
                                   .rendered = {&event->key, 1, sizeof event->key},
                                   .unix_ms = 1767225600000};
}

/* ---- rabbitmq-c alone ---- */

static void must_reply(amqp_rpc_reply_t reply, const char *what)
{
    must(reply.reply_type == AMQP_RESPONSE_NORMAL, what);
}

static amqp_connection_state_t connect_bare(const char *host, const char *port)
{
    amqp_connection_state_t connection = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(connection);

    must(socket != NULL && amqp_socket_open(socket, host, atoi(port)) == 0, "no connection");
    must_reply(amqp_login(connection, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest"), "no login");
    amqp_channel_open(connection, 1);
    must_reply(amqp_get_rpc_reply(connection), "no channel");
    amqp_confirm_select(connection, 1);
    must_reply(amqp_get_rpc_reply(connection), "no confirms");
    return connection;
}

static void publish_bare(amqp_connection_state_t connection, const char *exchange, const struct event *event)
{
    amqp_table_entry_t entries[ATTRIBUTES];
    static const char *const names[ATTRIBUTES] = {
        "cloudEvents:specversion", "cloudEvents:id",      "cloudEvents:source",   "cloudEvents:type",
        "cloudEvents:time",        "cloudEvents:subject", "cloudEvents:sequence", ""};
    amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
                  AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG,
        .delivery_mode = PERSISTENT,
        .message_id = amqp_cstring_bytes(event->id),
        .type = amqp_cstring_bytes("Allocated"),
        .content_type = amqp_cstring_bytes("application/json"),
        .timestamp = 1767225600,
        .headers = {ATTRIBUTES - 1, entries},
    };

    for (int index = 0; index < ATTRIBUTES - 1; index++)
        entries[index] =
            (amqp_table_entry_t){.key = amqp_cstring_bytes(names[index]),
                                 .value = {.kind = AMQP_FIELD_KIND_UTF8,
                                           .value.bytes = {(size_t)event->attributes[index].value.len,
                                                           (void *)(uintptr_t)event->attributes[index].value.ptr}}};
    must(amqp_basic_publish(connection, 1, amqp_cstring_bytes(exchange), amqp_cstring_bytes(event->sku), 1, 0,
                            &properties, amqp_cstring_bytes(event->payload)) == 0,
         "a message could not be sent");
}

/* Returns up to which message everything is confirmed. */
static uint64_t await_confirm(amqp_connection_state_t connection, uint64_t confirmed)
{
    amqp_frame_t frame;
    const amqp_basic_ack_t *ack;

    amqp_maybe_release_buffers(connection);
    must(amqp_simple_wait_frame(connection, &frame) == 0, "no confirm came");
    must(frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_BASIC_ACK_METHOD, "no confirm");
    ack = frame.payload.method.decoded;
    return ack->multiple ? ack->delivery_tag : confirmed + 1;
}

static void run_bare(char **words)
{
    amqp_connection_state_t connection = connect_bare(words[0], words[1]);
    const uint64_t count = strtoull(words[3], NULL, 10);
    const uint64_t window = strtoull(words[4], NULL, 10);
    const struct moment began = now();
    uint64_t confirmed = 0;
    struct event event;

    for (uint64_t number = 0; number < count; number++) {
        make_event(&event, number, SKUS_OF_BARE);
        publish_bare(connection, words[2], &event);
        while (number + 1 - confirmed >= window)
            confirmed = await_confirm(connection, confirmed);
    }
    while (confirmed < count)
        confirmed = await_confirm(connection, confirmed);
    print_since(&began);
    (void)amqp_destroy_connection(connection);
}

/* ---- the plugin alone ---- */

static struct test_host host;
static struct test_plugin plugin;
static struct event events[GROUP_MAX];
static struct gw_publication publications[GROUP_MAX];
static struct gw_verdict verdicts[GROUP_MAX];

static void *open_plugin(char **words)
{
    char url[TEXT_MAX];
    char exchange[TEXT_MAX];
    const char *settings[] = {url, exchange};
    struct gw_error error = {0};
    void *self = NULL;

    (void)snprintf(url, sizeof url, "url=amqp://guest:guest@%s:%s", words[0], words[1]);
    (void)snprintf(exchange, sizeof exchange, "exchange=%s", words[2]);
    test_host_init(&host, "bench");
    test_plugin_load(&plugin, "amqp_publisher", GW_PORT_PUBLISHER);
    test_plugin_configure(&plugin, settings, 2);
    must(plugin.descriptor->open(&host.host, plugin.config, &self, &error) == GW_OK, error.text);
    return self;
}

static void publish_group(void *self, uint64_t first, uint32_t count, uint64_t skus)
{
    const struct gw_publisher_ops *ops = plugin.descriptor->ops;
    const struct gw_array group = {publications, count, sizeof publications[0]};
    struct gw_error error = {0};

    for (uint32_t index = 0; index < count; index++) {
        make_event(&events[index], first + index, skus);
        publications[index] = publication_of(&events[index]);
    }
    must(ops->publish(self, &group, verdicts, host.host.monotonic_ms(&host.host) + PATIENCE_MS, &error) == GW_OK,
         error.text);
    for (uint32_t index = 0; index < count; index++)
        must(verdicts[index].status == GW_OK, verdicts[index].answer);
}

static void run_plugin(char **words)
{
    void *self = open_plugin(words);
    const uint64_t count = strtoull(words[3], NULL, 10);
    const uint64_t group = strtoull(words[4], NULL, 10);
    const uint64_t skus = strtoull(words[5], NULL, 10);
    struct moment began;

    must(group > 0 && group <= GROUP_MAX && skus > 0, "a group of 1 to 10000, of some products");
    publish_group(self, count, 1, skus); /* connects */
    began = now();
    for (uint64_t first = 0; first < count; first += group)
        publish_group(self, first, (uint32_t)(count - first < group ? count - first : group), skus);
    print_since(&began);
    plugin.descriptor->close(self);
    test_plugin_done(&plugin);
}

int main(int argc, char **argv)
{
    if (argc == 7 && strcmp(argv[1], "bare") == 0)
        run_bare(argv + 2);
    else if (argc == 8 && strcmp(argv[1], "plugin") == 0)
        run_plugin(argv + 2);
    else
        must(false, "expected: bare HOST PORT EXCHANGE COUNT WINDOW, or plugin HOST PORT EXCHANGE COUNT GROUP SKUS");
    return EXIT_SUCCESS;
}
