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
#include "bench_amqp.h"
#include "test_host.h"
#include "test_plugin.h"

#include <gangway/port/publisher.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ATTRIBUTES = 8,
    GROUP_MAX = 10000,
    TEXT_MAX = 160,
    PAYLOAD_MAX = 512,
    PATIENCE_MS = 60000,
    SKUS_OF_BARE = 1000,
    PERSISTENT = 2
};

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

static void publish_bare(struct bench_publisher *publisher, const char *exchange, const struct event *event)
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
    bench_publisher_send(publisher, exchange, event->sku, true, &properties, amqp_cstring_bytes(event->payload));
}

static void run_bare(char **words)
{
    static struct bench_publisher publisher;
    const uint64_t count = strtoull(words[3], NULL, 10);
    struct bench_moment began;
    struct event event;

    bench_publisher_open(&publisher, words[0], words[1], strtoull(words[4], NULL, 10));
    began = bench_moment();
    for (uint64_t number = 0; number < count; number++) {
        make_event(&event, number, SKUS_OF_BARE);
        publish_bare(&publisher, words[2], &event);
    }
    bench_publisher_finish(&publisher);
    bench_print_since(&began);
    bench_amqp_close(publisher.connection);
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
    bench_require(plugin.descriptor->open(&host.host, plugin.config, &self, &error) == GW_OK, error.text);
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
    bench_require(ops->publish(self, &group, verdicts, host.host.monotonic_ms(&host.host) + PATIENCE_MS, &error) ==
                      GW_OK,
                  error.text);
    for (uint32_t index = 0; index < count; index++)
        bench_require(verdicts[index].status == GW_OK, verdicts[index].answer);
}

static void run_plugin(char **words)
{
    void *self = open_plugin(words);
    const uint64_t count = strtoull(words[3], NULL, 10);
    const uint64_t group = strtoull(words[4], NULL, 10);
    const uint64_t skus = strtoull(words[5], NULL, 10);
    struct bench_moment began;

    bench_require(group > 0 && group <= GROUP_MAX && skus > 0, "a group of 1 to 10000, of some products");
    publish_group(self, count, 1, skus); /* connects */
    began = bench_moment();
    for (uint64_t first = 0; first < count; first += group)
        publish_group(self, first, (uint32_t)(count - first < group ? count - first : group), skus);
    bench_print_since(&began);
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
        bench_require(false,
                      "expected: bare HOST PORT EXCHANGE COUNT WINDOW, or plugin HOST PORT EXCHANGE COUNT GROUP SKUS");
    return EXIT_SUCCESS;
}
