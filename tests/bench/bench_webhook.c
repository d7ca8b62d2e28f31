/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_webhook [NOTICES] [ROUNDS]: webhook_notifier against a bare loop of libcurl. Both post the same bytes to the
 * same server on one connection, in turn; the medians are compared. The server is a child that answers 204 and reads
 * nothing but the length. Without TLS, so that nothing covers up what the plugin costs.
 */
#include "test_host.h"
#include "test_plugin.h"

#include <gangway/port/notifier.h>

#include <curl/curl.h>

#include <stddef.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 50, REQUEST_MAX = 64 * 1024 };

static const char body[] = "{\"text\": \"Out of stock: L-AMP. Order o-1 waits for 2.\", \"sku\": \"L-AMP\"}";
static const char trace[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/* A time on the wall, and of the CPU. */
struct spent {
    double wall;
    double cpu;
};

static double seconds(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct spent now(void)
{
    return (struct spent){seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

static struct spent since(struct spent begun)
{
    struct spent end = now();

    return (struct spent){end.wall - begun.wall, end.cpu - begun.cpu};
}

/* ---- the server ------------------------------------------------------------------------------------------------ */

/* The bytes of the first request in the buffer, which ends with NUL; 0: it is not complete. */
static size_t request_len(const char *buffer, size_t len)
{
    const char *end = strstr(buffer, "\r\n\r\n");
    const char *length = strcasestr(buffer, "\r\nContent-Length:");
    size_t whole;

    if (end == NULL || length == NULL)
        return 0;
    whole = (size_t)(end - buffer) + 4 + strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
    return whole <= len ? whole : 0;
}

static void answer_all(int connection)
{
    static const char answer[] = "HTTP/1.1 204 No Content\r\n\r\n";
    static char buffer[REQUEST_MAX];
    size_t used = 0;

    for (;;) {
        ssize_t got = read(connection, buffer + used, sizeof buffer - 1 - used);
        size_t len;

        if (got <= 0)
            return;
        used += (size_t)got;
        buffer[used] = '\0';
        while ((len = request_len(buffer, used)) > 0) {
            if (write(connection, answer, sizeof answer - 1) < 0)
                return;
            memmove(buffer, buffer + len, used - len + 1);
            used -= len;
        }
    }
}

static pid_t start_server(unsigned *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pid_t child;

    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        abort();
    *ret_port = ntohs(address.sin_port);
    child = fork();
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (int connection; (connection = accept(listener, NULL, NULL)) >= 0; close(connection)) {
            (void)setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
            answer_all(connection);
        }
        _exit(1);
    }
    (void)close(listener);
    return child;
}

/* ---- the two --------------------------------------------------------------------------------------------------- */

static size_t ignore(char *bytes, size_t size, size_t number, void *context)
{
    (void)bytes;
    (void)context;
    return size * number;
}

/* What a program does that knows nothing but libcurl: one handle, one list of headers, the key changes. */
static struct spent post_bare(const char *url, long count)
{
    CURL *easy = curl_easy_init();
    struct spent begun = now();

    for (long number = 0; number < count; number++) {
        struct curl_slist *headers = NULL;
        char line[128];

        headers = curl_slist_append(headers, "Content-Type: application/json");
        headers = curl_slist_append(headers, "Expect:");
        (void)snprintf(line, sizeof line, "Idempotency-Key: notice-%ld", number);
        headers = curl_slist_append(headers, line);
        (void)snprintf(line, sizeof line, "traceparent: %s", trace);
        headers = curl_slist_append(headers, line);
        curl_easy_setopt(easy, CURLOPT_URL, url);
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 10000L);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
        curl_easy_setopt(easy, CURLOPT_USERAGENT, "gangway");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)sizeof body - 1);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
        if (curl_easy_perform(easy) != CURLE_OK)
            abort();
        curl_slist_free_all(headers);
    }
    begun = since(begun);
    curl_easy_cleanup(easy);
    return begun;
}

static void send_one(const struct test_plugin *plugin, void *self, const struct gw_host *host, long number)
{
    const struct gw_notifier_ops *ops = plugin->descriptor->ops;
    const struct gw_header header = {gw_text_of("traceparent"), gw_text_of(trace)};
    const struct gw_noticed_event event = {.id = gw_text_of("event"),
                                           .type = gw_text_of("OutOfStock"),
                                           .sku = gw_text_of("L-AMP"),
                                           .payload = gw_text_of("{}"),
                                           .headers = {&header, 1, sizeof header}};
    const struct gw_rendered rendered = {gw_text_of("body"), gw_text_span(body, sizeof body - 1)};
    struct gw_verdict verdict = {0};
    struct gw_error error = {0};
    char id[32];
    struct gw_notice notice = {.size = sizeof notice,
                               .attempt = 1,
                               .rendered = {&rendered, 1, sizeof rendered},
                               .events = {&event, 1, sizeof event},
                               .count = 1};

    (void)snprintf(id, sizeof id, "notice-%ld", number);
    notice.id = gw_text_of(id);
    if (ops->send(self, &notice, &verdict, host->monotonic_ms(host) + 10000, &error) != GW_OK ||
        verdict.status != GW_OK) {
        fprintf(stderr, "%s %s\n", error.text, verdict.answer);
        abort();
    }
}

static struct spent post_by_plugin(const char *url, long count)
{
    char setting[160];
    const char *settings[] = {setting, "tls=off", "body={{}}"};
    struct test_plugin plugin;
    struct test_host host;
    struct gw_error error = {0};
    struct spent begun;
    void *self;

    (void)snprintf(setting, sizeof setting, "url=%s", url);
    test_host_init(&host, "people");
    test_plugin_load(&plugin, "webhook_notifier", GW_PORT_NOTIFIER);
    test_plugin_configure(&plugin, settings, 3);
    if (plugin.descriptor->open(&host.host, plugin.config, &self, &error) != GW_OK)
        abort();
    begun = now();
    for (long number = 0; number < count; number++)
        send_one(&plugin, self, &host.host, number);
    begun = since(begun);
    plugin.descriptor->close(self);
    test_plugin_done(&plugin);
    return begun;
}

/* ---- results --------------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;

    return (difference > 0) - (difference < 0);
}

static double median(const struct spent *times, int count, size_t member)
{
    double sorted[ROUNDS_MAX];

    for (int i = 0; i < count; i++)
        memcpy(&sorted[i], (const char *)&times[i] + member, sizeof sorted[i]);
    qsort(sorted, (size_t)count, sizeof *sorted, compare);
    return sorted[count / 2];
}

/* Prints a line, and returns the time on the wall for all notices. */
static double print_times(const char *name, const struct spent *times, int rounds, long count)
{
    double wall = median(times, rounds, offsetof(struct spent, wall));

    printf("%-7s %8.0f notices/s  %6.1f us of CPU per notice\n", name, (double)count / wall,
           median(times, rounds, offsetof(struct spent, cpu)) / (double)count * 1e6);
    return wall;
}

int main(int argc, char **argv)
{
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : 20000;
    int rounds = argc > 2 ? atoi(argv[2]) : 9;
    struct spent bare[ROUNDS_MAX];
    struct spent plugin[ROUNDS_MAX];
    double bare_seconds;
    char url[64];
    unsigned port;
    pid_t server = start_server(&port);

    if (count < 1 || rounds < 1 || rounds > ROUNDS_MAX || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return 2;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/hook", port);
    for (int round = 0; round < rounds; round++) {
        bare[round] = post_bare(url, count);
        plugin[round] = post_by_plugin(url, count);
    }
    bare_seconds = print_times("bare", bare, rounds, count);
    printf("the plugin reaches %.0f%% of the bare loop\n",
           100 * bare_seconds / print_times("plugin", plugin, rounds, count));
    (void)kill(server, SIGKILL);
    (void)waitpid(server, NULL, 0);
    return 0;
}
