/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notifier_outlet PLUGIN KEY=VALUE...: a notifier with these options, driven by lines on standard input, for the tests
 * in Python, which have servers that they can do things to. The fields of a line are separated by tabs; {H} is bytes in
 * hexadecimal digits. Each answer is some lines of fields with tabs between, and an empty line; the first answer, to
 * nothing, is what lint or open said.
 *
 *   - send WITHIN_MS ID{H} RECIPIENT{H} [TEMPLATE TEXT{H}]... : status, ms, text, the longest time without a sign of
 *     life; when the status is ok also the verdict: status, pause, answer
 *   - check : what was found: status, subject, finding; then the status
 *   - events COUNT : nothing; the next notices are about so many events, and list at most two
 *   - trace VALUE{H} : nothing; the trace context of the next notices has this value twice
 *   - answered ANSWER{H} : nothing; the channel answered so to the last notice of the group of the next ones
 *   - keepalive : nothing
 *   - connection_up : the metric of this name
 *   - log : what was logged since
 *
 * From SIGUSR1 on the host is stopping.
 *
 * A notice is about one event: OutOfStock of the SKU L-AMP, with a trace context.
 */
#include "test_host.h"
#include "test_plugin.h"

#include <gangway/port/notifier.h>

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 32, TEXTS_MAX = 8 };

struct outlet {
    struct test_host host;
    struct test_plugin plugin;
    const struct gw_notifier_ops *ops;
    void *self;
    uint32_t events; /* of a notice */
    char last_answer[512];
    char trace[512];
};

static struct gw_header trace[] = {
    {{"traceparent", 11}, {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", 55}},
    {{"tracestate", 10}, {"vendor=1", 8}},
};

static const struct gw_noticed_event events[] = {
    {.id = {"event-1", 7},
     .type = {"OutOfStock", 10},
     .sku = {"L-AMP", 5},
     .payload = {"{\"sku\": \"L-AMP\", \"orderid\": \"o1\", \"qty\": 2}", 43},
     .headers = {trace, 2, sizeof trace[0]},
     .sequence = 1,
     .unix_ms = 1767225600123}, /* 2026-01-01T00:00:00.123Z */
    {.id = {"event-2", 7},
     .type = {"OutOfStock", 10},
     .sku = {"L-AMP", 5},
     .payload = {"{\"sku\": \"L-AMP\", \"orderid\": \"o2\", \"qty\": 3}", 43},
     .headers = {NULL, 0, sizeof trace[0]},
     .sequence = 2,
     .unix_ms = 1767225601000}};

enum { LISTED_MAX = sizeof events / sizeof events[0] };

/* ---- lines ----------------------------------------------------------------------------------------------------- */

static size_t split(char *line, char *fields[FIELDS_MAX])
{
    size_t count = 0;

    line[strcspn(line, "\n")] = '\0';
    for (char *at = line; at != NULL && count < FIELDS_MAX;)
        fields[count++] = strsep(&at, "\t");
    return count;
}

static unsigned digit(char byte)
{
    return (unsigned)(byte <= '9' ? byte - '0' : byte - 'a' + 10);
}

/* In place of the digits, which take twice the room. */
static struct gw_text decode(char *digits)
{
    size_t len = strlen(digits) / 2;

    for (size_t i = 0; i < len; i++)
        digits[i] = (char)(digit(digits[2 * i]) * 16 + digit(digits[2 * i + 1]));
    return gw_text_span(digits, len);
}

/* ---- commands -------------------------------------------------------------------------------------------------- */

static void send_notice(struct outlet *outlet, char *const *fields, size_t count)
{
    const struct gw_host *host = &outlet->host.host;
    struct gw_rendered texts[TEXTS_MAX];
    struct gw_notice notice = {
        .size = sizeof notice,
        .attempt = 1,
        .id = decode(fields[2]),
        .recipient = decode(fields[3]),
        .events = {events, outlet->events < LISTED_MAX ? outlet->events : LISTED_MAX, sizeof events[0]},
        .count = outlet->events,
        .last_answer = gw_text_of(outlet->last_answer)};
    struct gw_verdict verdict = {0};
    struct gw_error error = {0};
    int64_t begun = host->monotonic_ms(host);
    enum gw_status status;

    for (size_t at = 4; at + 1 < count && notice.rendered.count < TEXTS_MAX; at += 2)
        texts[notice.rendered.count++] = (struct gw_rendered){gw_text_of(fields[at]), decode(fields[at + 1])};
    notice.rendered.items = texts;
    notice.rendered.stride = sizeof texts[0];
    test_host_begin(&outlet->host);
    status = outlet->ops->send(outlet->self, &notice, &verdict, begun + strtoll(fields[1], NULL, 10), &error);
    printf("%s\t%" PRId64 "\t%s\t%" PRId64 "\n", gw_status_word((int)status), host->monotonic_ms(host) - begun,
           error.text, test_host_silence_ms(&outlet->host));
    if (status == GW_OK)
        printf("%s\t%" PRId32 "\t%s\n", gw_status_word(verdict.status), verdict.retry_after_ms, verdict.answer);
}

static void report_line(const struct gw_report *report, int32_t status, struct gw_text subject, struct gw_text finding)
{
    (void)report;
    printf("%s\t%.*s\t%.*s\n", gw_status_word(status), (int)subject.len, subject.ptr, (int)finding.len, finding.ptr);
}

static sigset_t cancelling(void)
{
    sigset_t signals;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGUSR1);
    return signals;
}

static void *await_cancel(void *host)
{
    const sigset_t signals = cancelling();
    int number;

    if (sigwait(&signals, &number) == 0)
        test_host_cancel(host);
    return NULL;
}

/* Call it before there is another thread, because each one inherits the mask. */
static void cancel_at_signal(struct test_host *host)
{
    const sigset_t signals = cancelling();
    pthread_t thread;

    if (pthread_sigmask(SIG_BLOCK, &signals, NULL) != 0 || pthread_create(&thread, NULL, await_cancel, host) != 0)
        abort();
    (void)pthread_detach(thread);
}

static void set_trace(struct outlet *outlet, struct gw_text value)
{
    if (value.len > sizeof outlet->trace)
        abort();
    memcpy(outlet->trace, value.ptr, (size_t)value.len);
    for (size_t i = 0; i < sizeof trace / sizeof trace[0]; i++)
        trace[i].value = gw_text_span(outlet->trace, value.len);
}

static void obey(struct outlet *outlet, char *line)
{
    const struct gw_report report = {.size = sizeof report, .line = report_line};
    char *fields[FIELDS_MAX];
    size_t count = split(line, fields);

    if (strcmp(fields[0], "send") == 0 && count >= 4)
        send_notice(outlet, fields, count);
    else if (strcmp(fields[0], "check") == 0)
        printf("%s\n", gw_status_word((int)outlet->plugin.descriptor->check(outlet->self, &report)));
    else if (strcmp(fields[0], "events") == 0 && count == 2)
        outlet->events = (uint32_t)strtoul(fields[1], NULL, 10);
    else if (strcmp(fields[0], "answered") == 0 && count == 2) {
        struct gw_text answer = decode(fields[1]);

        (void)snprintf(outlet->last_answer, sizeof outlet->last_answer, "%.*s", (int)answer.len, answer.ptr);
    } else if (strcmp(fields[0], "trace") == 0 && count == 2) {
        set_trace(outlet, decode(fields[1]));
    } else if (strcmp(fields[0], "keepalive") == 0)
        outlet->ops->keepalive(outlet->self);
    else if (strcmp(fields[0], "connection_up") == 0)
        printf("%" PRId64 "\n", (int64_t)atomic_load(&outlet->host.connection_up));
    else if (strcmp(fields[0], "log") == 0) {
        printf("%s", outlet->host.log);
        outlet->host.log[0] = '\0';
    } else {
        abort();
    }
}

int main(int argc, char **argv)
{
    static struct outlet outlet = {.events = 1};
    struct gw_error error = {0};
    enum gw_status status;
    char *line = NULL;
    size_t room = 0;

    if (argc < 2)
        return 2;
    test_host_init(&outlet.host, "people");
    cancel_at_signal(&outlet.host);
    test_plugin_load(&outlet.plugin, argv[1], GW_PORT_NOTIFIER);
    test_plugin_configure(&outlet.plugin, (const char *const *)argv + 2, (size_t)argc - 2);
    outlet.ops = outlet.plugin.descriptor->ops;
    status = test_plugin_lint(&outlet.plugin, &error);
    if (status == GW_OK)
        status = outlet.plugin.descriptor->open(&outlet.host.host, outlet.plugin.config, &outlet.self, &error);
    printf("%s\t%s\n\n", gw_status_word((int)status), error.text);
    while (fflush(stdout) == 0 && getline(&line, &room, stdin) > 0) {
        obey(&outlet, line);
        printf("\n");
    }
    free(line);
    outlet.plugin.descriptor->close(outlet.self);
    test_plugin_done(&outlet.plugin);
    return 0;
}
