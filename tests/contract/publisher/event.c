/* SPDX-License-Identifier: Apache-2.0 */
/* Events by number. See event.h. */
#include "event.h"

#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADERS = 3, ATTRIBUTES = 8, LARGE_BYTES = 100 * 1024 };

struct event {
    char id[96];
    char sku[64];
    char *payload;
    char trace[64];
    const char *type;
    struct gw_header headers[HEADERS];
    uint32_t header_count;
    struct gw_header attributes[ATTRIBUTES];
    char cloud_type[64];
    char time[32];
    char sequence[24];
    uint32_t number;
    struct gw_rendered rendered[TEST_TEMPLATES_MAX];
};

uint32_t event_sku(uint32_t number)
{
    return number / BLOCK * SKUS + number % SKUS;
}

static char *payload_of(uint32_t number, const char *sku)
{
    size_t pad = number >= LARGE ? LARGE_BYTES : number % 7;
    size_t room = pad + 512;
    char *payload = malloc(room);
    int len;

    ck_assert_ptr_nonnull(payload);
    len = snprintf(payload, room,
                   "{\"orderid\": \"o\\\"%u\\\"\\\\ \\n\\u0001\", \"sku\": \"%s\", \"qty\": %u, \"batchref\": "
                   "\"b\xc3\xa4tch \xe2\x82\xac \xf0\x9f\xa6\x91\", \"pad\": \"",
                   number, sku, number);
    memset(payload + len, 'x', pad);
    (void)snprintf(payload + len + pad, room - (size_t)len - pad, "\"}");
    return payload;
}

static void make_attributes(struct event *event)
{
    (void)snprintf(event->cloud_type, sizeof event->cloud_type, "gangway.allocation.%s.v1", event->type);
    (void)snprintf(event->time, sizeof event->time, "2026-01-01T00:00:00.%03uZ", event->number % 1000);
    (void)snprintf(event->sequence, sizeof event->sequence, "%020u", event->number + 1);

    const struct gw_header attributes[ATTRIBUTES] = {
        {gw_text_of("specversion"), gw_text_of("1.0")},
        {gw_text_of("id"), gw_text_of(event->id)},
        {gw_text_of("source"), gw_text_of("/gangway/shop")},
        {gw_text_of("type"), gw_text_of(event->cloud_type)},
        {gw_text_of("time"), gw_text_of(event->time)},
        {gw_text_of("subject"), gw_text_of(event->sku)},
        {gw_text_of("sequence"), gw_text_of(event->sequence)},
        {gw_text_of("datacontenttype"), gw_text_of("application/json")},
    };

    memcpy(event->attributes, attributes, sizeof attributes);
}

/* Every fifth event has no headers and no fields. */
struct event *event_new(uint32_t number)
{
    static const char *const types[] = {"Allocated", "Deallocated", "OutOfStock"};
    struct event *event = calloc(1, sizeof *event);

    ck_assert_ptr_nonnull(event);
    event->number = number;
    event->type = types[number % 3];
    (void)snprintf(event->id, sizeof event->id, "%u \"id\" \\ \xc3\xa9 \xf0\x9f\xa6\x91", number);
    (void)snprintf(event->sku, sizeof event->sku, "L\xc3\x84MP-%u", event_sku(number));
    (void)snprintf(event->trace, sizeof event->trace, "00-%032x-%016x-01", number, number);
    event->payload = number % 5 == 4 ? strdup("{}") : payload_of(number, event->sku);
    ck_assert_ptr_nonnull(event->payload);
    event->headers[0] = (struct gw_header){gw_text_of("traceparent"), gw_text_of(event->trace)};
    event->headers[1] = (struct gw_header){gw_text_of("tracestate"), gw_text_of("a=\"1\",b=\xf0\x9f\xa6\x91")};
    event->headers[2] = (struct gw_header){gw_text_of("empty"), gw_text_of("")};
    event->header_count = number % 5 == 4 ? 0 : HEADERS;
    make_attributes(event);
    return event;
}

void event_free(struct event *event)
{
    if (event == NULL)
        return;
    free(event->payload);
    free(event);
}

struct gw_publication event_publication(struct event *event, const struct test_plugin *plugin)
{
    const uint32_t count = test_plugin_render(plugin, event->sku, event->rendered);

    return (struct gw_publication){
        .id = gw_text_of(event->id),
        .type = gw_text_of(event->type),
        .sku = gw_text_of(event->sku),
        .payload = gw_text_of(event->payload),
        .headers = {event->headers, event->header_count, sizeof event->headers[0]},
        .attributes = {event->attributes, ATTRIBUTES, sizeof event->attributes[0]},
        .rendered = {event->rendered, count, sizeof event->rendered[0]},
        .sequence = event->number + 1,
        .unix_ms = 1767225600000 + event->number,
    };
}

static bool carries(const char *word)
{
    return publisher.carries != NULL && strstr(publisher.carries, word) != NULL;
}

static const struct gw_text *find_header(const struct arrival *arrival, struct gw_text name)
{
    for (size_t at = 0; at < arrival->header_count; at++)
        if (gw_text_equal(arrival->headers[2 * at], name))
            return &arrival->headers[2 * at + 1];
    return NULL;
}

/* A plugin adds headers of its own; those that were given are there. A broker may keep them as a table, which has no
 * order: RabbitMQ 4 sorts them. */
static void expect_headers(const struct arrival *arrival, const struct event *event)
{
    for (uint32_t i = 0; i < event->header_count; i++) {
        const struct gw_text *value = find_header(arrival, event->headers[i].name);

        ck_assert_msg(value != NULL, "event %u arrived without the header %s", event->number,
                      event->headers[i].name.ptr);
        ck_assert(gw_text_equal(*value, event->headers[i].value));
    }
}

uint32_t event_expect(const struct arrival *arrival)
{
    uint32_t number = (uint32_t)strtoul(arrival->id.ptr, NULL, 10);
    struct event *event = event_new(number);

    ck_assert_str_eq(arrival->id.ptr, event->id);
    ck_assert_str_eq(arrival->type.ptr, event->type);
    ck_assert_str_eq(arrival->payload.ptr, event->payload);
    ck_assert_uint_eq(arrival->payload.len, strlen(event->payload));
    if (carries("sku"))
        ck_assert(gw_text_is(arrival->sku, event->sku));
    if (carries("headers"))
        expect_headers(arrival, event);
    event_free(event);
    return number;
}
