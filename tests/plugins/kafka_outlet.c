/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka_outlet KEY=VALUE...: a kafka_publisher with these options, driven by lines on standard input, for the tests in
 * Python, which have a broker that they can do things to. Each answer is some lines of fields with tabs between, and an
 * empty line; the first answer, to nothing, is what lint or open said.
 *
 *     publish FIRST COUNT WITHIN_MS [BIG BYTES]   status, ms, text; then each verdict: status, answer
 *     check                                       what was found: status, subject, finding; then the status
 *     keepalive | connection_up | log             nothing | the metric of this name | what was logged since
 *
 * Event N has the id event-N, the SKU SKU-(N mod 7) and the payload {"number": N, "sku": ..., "pad": "x..."}, where the
 * pad of the event BIG, or of all where that is 0, has so many bytes.
 */
#include "test_host.h"
#include "test_plugin.h"

#include <gangway/port/publisher.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SKUS = 7, TEXTS = 160 };

#define ALL 0 /* in the place of BIG */

static const int64_t FIRST_MS = 1767225600123; /* 2026-01-01T00:00:00.123Z */

struct outlet {
    struct test_host host;
    struct test_plugin plugin;
    const struct gw_publisher_ops *ops;
    void *self;
};

enum { ATTRIBUTES = 8 };

struct event {
    char id[32];
    char sku[32];
    char *payload;
    char time[32];
    char sequence[24];
    struct gw_header attributes[ATTRIBUTES];
};

static const struct gw_header trace = {{"traceparent", 11},
                                       {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", 55}};

/* As the core makes them for the service `stock allocation`. */
static void make_attributes(struct event *event, uint32_t number)
{
    (void)snprintf(event->time, sizeof event->time, "2026-01-01T00:00:00.%03uZ", (123 + number) % 1000);
    (void)snprintf(event->sequence, sizeof event->sequence, "%020u", number + 1);

    const struct gw_header attributes[ATTRIBUTES] = {
        {gw_text_of("specversion"), gw_text_of("1.0")},
        {gw_text_of("id"), gw_text_of(event->id)},
        {gw_text_of("source"), gw_text_of("/gangway/stock%20allocation")},
        {gw_text_of("type"), gw_text_of("gangway.allocation.Allocated.v1")},
        {gw_text_of("time"), gw_text_of(event->time)},
        {gw_text_of("subject"), gw_text_of(event->sku)},
        {gw_text_of("sequence"), gw_text_of(event->sequence)},
        {gw_text_of("datacontenttype"), gw_text_of("application/json")},
    };

    memcpy(event->attributes, attributes, sizeof attributes);
}

static struct gw_publication make_event(struct event *event, uint32_t number, uint32_t pad)
{
    size_t room = pad + TEXTS;
    size_t len;

    (void)snprintf(event->id, sizeof event->id, "event-%u", number);
    (void)snprintf(event->sku, sizeof event->sku, "SKU-%u", number % SKUS);
    event->payload = malloc(room);
    if (event->payload == NULL)
        abort();
    len = (size_t)snprintf(event->payload, room, "{\"number\": %u, \"sku\": \"%s\", \"pad\": \"", number, event->sku);
    memset(event->payload + len, 'x', pad);
    (void)snprintf(event->payload + len + pad, room - len - pad, "\"}");
    make_attributes(event, number);
    return (struct gw_publication){.id = gw_text_of(event->id),
                                   .type = gw_text_of("Allocated"),
                                   .sku = gw_text_of(event->sku),
                                   .payload = gw_text_of(event->payload),
                                   .attributes = {event->attributes, ATTRIBUTES, sizeof event->attributes[0]},
                                   .headers = {&trace, 1, sizeof trace},
                                   .sequence = number + 1,
                                   .unix_ms = FIRST_MS + number};
}

/* ---- commands -------------------------------------------------------------------------------------------------- */

static void publish(struct outlet *outlet, const struct gw_array *group, int64_t within_ms)
{
    const struct gw_host *host = &outlet->host.host;
    struct gw_verdict *verdicts = calloc(group->count + 1, sizeof *verdicts);
    struct gw_error error = {0};
    int64_t begun = host->monotonic_ms(host);
    enum gw_status status;

    if (verdicts == NULL)
        abort();
    status = outlet->ops->publish(outlet->self, group, verdicts, begun + within_ms, &error);
    printf("%s\t%" PRId64 "\t%s\n", gw_status_word((int)status), host->monotonic_ms(host) - begun, error.text);
    for (uint32_t index = 0; index < group->count && status == GW_OK; index++)
        printf("%s\t%s\n", gw_status_word(verdicts[index].status), verdicts[index].answer);
    free(verdicts);
}

static void publish_numbers(struct outlet *outlet, const char *arguments)
{
    uint32_t first = 0;
    uint32_t count = 0;
    uint32_t big = UINT32_MAX;
    uint32_t bytes = 0;
    int64_t within_ms = 0;
    struct event *events;
    struct gw_publication *items;

    if (sscanf(arguments, "%" SCNu32 " %" SCNu32 " %" SCNd64 " %" SCNu32 " %" SCNu32, &first, &count, &within_ms, &big,
               &bytes) < 3)
        abort();
    events = calloc(count + 1, sizeof *events);
    items = calloc(count + 1, sizeof *items);
    if (events == NULL || items == NULL)
        abort();
    for (uint32_t index = 0; index < count; index++)
        items[index] = make_event(&events[index], first + index, first + index == big || big == ALL ? bytes : 0);
    publish(outlet, &(struct gw_array){items, count, sizeof *items}, within_ms);
    for (uint32_t index = 0; index < count; index++)
        free(events[index].payload);
    free(events);
    free(items);
}

static void report_line(const struct gw_report *report, int32_t status, struct gw_text subject, struct gw_text finding)
{
    (void)report;
    printf("%s\t%.*s\t%.*s\n", gw_status_word(status), (int)subject.len, subject.ptr, (int)finding.len, finding.ptr);
}

static void obey(struct outlet *outlet, const char *command)
{
    const struct gw_report report = {.size = sizeof report, .line = report_line};

    if (strncmp(command, "publish ", 8) == 0) {
        publish_numbers(outlet, command + 8);
    } else if (strcmp(command, "check") == 0) {
        printf("%s\n", gw_status_word((int)outlet->plugin.descriptor->check(outlet->self, &report)));
    } else if (strcmp(command, "keepalive") == 0) {
        outlet->ops->keepalive(outlet->self);
    } else if (strcmp(command, "connection_up") == 0) {
        printf("%" PRId64 "\n", (int64_t)atomic_load(&outlet->host.connection_up));
    } else if (strcmp(command, "log") == 0) {
        printf("%s", outlet->host.log);
        outlet->host.log[0] = '\0';
    } else {
        abort();
    }
}

int main(int argc, char **argv)
{
    static struct outlet outlet;
    struct gw_error error = {0};
    char command[256];
    enum gw_status status;

    test_host_init(&outlet.host, "events");
    test_plugin_load(&outlet.plugin, "kafka_publisher", GW_PORT_PUBLISHER);
    test_plugin_configure(&outlet.plugin, (const char *const *)argv + 1, (size_t)argc - 1);
    outlet.ops = outlet.plugin.descriptor->ops;
    status = test_plugin_lint(&outlet.plugin, &error);
    if (status == GW_OK)
        status = outlet.plugin.descriptor->open(&outlet.host.host, outlet.plugin.config, &outlet.self, &error);
    printf("%s\t%s\n\n", gw_status_word((int)status), error.text);
    while (fflush(stdout) == 0 && fgets(command, sizeof command, stdin) != NULL) {
        command[strcspn(command, "\n")] = '\0';
        obey(&outlet, command);
        printf("\n");
    }
    outlet.plugin.descriptor->close(outlet.self);
    test_plugin_done(&outlet.plugin);
    return 0;
}
