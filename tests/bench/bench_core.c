/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast the core is by itself: JSONL commands through decoding, bus, domain, unit of work and the memory repository,
 * on one thread, without a broker, a disk or a database. Processor time is taken for each step separately:
 *
 *     decode   the JSON reader, and from its members to a command
 *     handle   load, every handler, the changeset, apply
 *     relay    what a relay does to the repository: reads each outbox row and settles it
 *     figures  what the metrics cost: a worker and a relay count each message and event, and note the length of the
 *              turn, the time of its commit, and both rates
 *
 * Heap allocations are counted over the second half of the commands, when the worker's memory has its size; the
 * repository goes on growing, since the orders do. `bench_core COMMANDS.jsonl [messages per turn [KiB of product
 * cache]]`.
 */
#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "relay/relay.h"
#include "service/routing.h"
#include "service/turn.h"
#include "test_host.h"
#include "test_plugin.h"
#include "worker/worker.h"
#include "json/json.h"

#include <gangway/port/repository.h>
#include <gangway/scope.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    TURN_MESSAGES = 1000,
    CACHE_KIB = 8 * 1024,
    TURN_MAX_BYTES = 512 * 1024 * 1024,
    PAYLOAD_MAX_BYTES = 1024 * 1024,
    ROWS_MAX = 65536
};

/* ---- counting allocations --------------------------------------------------------------------------------------- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *ptr, size_t size);

static uint64_t allocations;

#pragma GCC visibility push(default) /* the plugin and the libraries are to call these, too */
void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *ptr, size_t size)
{
    allocations++;
    return __libc_realloc(ptr, size);
}
#pragma GCC visibility pop

/* ---- the parts -------------------------------------------------------------------------------------------------- */

enum step { DECODE, HANDLE, RELAY, FIGURES, STEPS };

struct bench {
    struct test_plugin plugin;
    struct test_host host;
    const struct gw_repository_ops *ops;
    struct gw_repository_ops counting_ops; /* the same, but for load, which counts what it is asked for */
    void *self;
    struct gw_session *session;
    struct gw_message_bus *bus;
    struct gw_turn *turn;
    struct gw_json_reader *reader;
    struct gw_turn_source source;
    int64_t cache_bytes;
    struct gw_outbox_settlement *settlements; /* of the rows that the relay was told */
    uint32_t row_count;
    double seconds[STEPS];
    uint64_t allocations[STEPS]; /* of the second half */
    uint64_t outcomes[GW_OUTCOME_RETURNED + 1];
    uint64_t rows;
    struct gw_worker_figures worker_figures;
    struct gw_relay_figures relay_figures;
};

struct json_values {
    struct gw_values values;
    struct gw_json_object object;
};

/* What the repository was asked for; the slot that loads has no context of ours. */
static uint64_t loads;
static uint64_t products_asked;
static enum gw_status (*plugin_load)(struct gw_session *session, const struct gw_load_request *request,
                                     const struct gw_load_visitor *visitor, struct gw_error *reterr);

static void must(enum gw_status status, const struct gw_error *error)
{
    if (status == GW_OK)
        return;
    (void)fprintf(stderr, "bench_core: %s: %s\n", gw_status_word((int)status), error->text);
    exit(1);
}

static struct gw_value find_value(const struct gw_values *self, const char *name)
{
    const struct json_values *json = gw_container_of(self, struct json_values, values);
    const struct gw_json_member *member = gw_json_find(&json->object, name);
    enum gw_value_kind kind = GW_VALUE_OTHER;

    if (member == NULL)
        return (struct gw_value){.kind = GW_VALUE_ABSENT};
    if (member->kind == GW_JSON_STRING)
        kind = GW_VALUE_STRING;
    else if (member->kind == GW_JSON_INTEGER)
        kind = GW_VALUE_INTEGER;
    else if (member->kind == GW_JSON_NULL)
        kind = GW_VALUE_NULL;
    return (struct gw_value){kind, member->text, member->integer};
}

static void route(struct bench *bench, const char *event, const struct gw_destination *destination)
{
    if (!gw_message_bus_route(bench->bus, gw_event_spec_find(gw_text_of(event)), destination))
        exit(1);
}

static enum gw_status load_counting(struct gw_session *session, const struct gw_load_request *request,
                                    const struct gw_load_visitor *visitor, struct gw_error *reterr)
{
    products_asked += request->products.count;
    loads++;
    return plugin_load(session, request, visitor, reterr);
}

static void bench_open(struct bench *bench)
{
    static const struct gw_text nobody = {NULL, 0};
    static const struct gw_destination events = {{"events", 6}, &nobody, 1};
    struct gw_error error;

    test_host_init(&bench->host, "repository");
    test_plugin_load(&bench->plugin, "memory_repository", GW_PORT_REPOSITORY);
    test_plugin_configure(&bench->plugin, NULL, 0);
    bench->ops = bench->plugin.descriptor->ops;
    bench->counting_ops = *bench->ops;
    bench->counting_ops.load = load_counting;
    plugin_load = bench->ops->load;
    must(bench->plugin.descriptor->open(&bench->host.host, bench->plugin.config, &bench->self, &error), &error);
    must(bench->ops->open_session(bench->self, &bench->host.host, &bench->session, &error), &error);
    bench->bus = gw_message_bus_new();
    bench->reader = gw_json_reader_new(PAYLOAD_MAX_BYTES);
    bench->settlements = calloc(ROWS_MAX, sizeof *bench->settlements);
    bench->turn = gw_turn_new(bench->bus, &bench->counting_ops, bench->session, TURN_MAX_BYTES, bench->cache_bytes);
    if (bench->bus == NULL || bench->reader == NULL || bench->settlements == NULL || bench->turn == NULL)
        exit(1);
    route(bench, "Allocated", &events);
    route(bench, "Deallocated", &events);
    route(bench, "OutOfStock", &events);
    bench->source = (struct gw_turn_source){.name = gw_text_of("bench"), .position = GW_OFFSET_NONE};
}

static void bench_close(struct bench *bench)
{
    gw_turn_free(bench->turn);
    gw_message_bus_free(bench->bus);
    gw_json_reader_free(bench->reader);
    free(bench->settlements);
    bench->ops->close_session(bench->session);
    bench->plugin.descriptor->close(bench->self);
    test_plugin_done(&bench->plugin);
}

/* ---- the steps: functions of their own, so that a profiler can be told to look at one ------------------------------
 */

struct line {
    struct gw_text payload;
    char identity[32];
};

static void decode_one(struct bench *bench, const struct line *line, int64_t next)
{
    struct gw_message origin = {.size = sizeof origin, .payload = line->payload};
    struct json_values json = {.values = {find_value}};
    const struct gw_json_member *type;
    struct gw_turn_message message = {.values = &json.values,
                                      .identity = gw_text_of(line->identity),
                                      .source = &bench->source,
                                      .next = next,
                                      .entrypoint = gw_text_of("bench"),
                                      .origin = &origin};
    struct gw_error error;

    must(gw_json_read_object(bench->reader, gw_turn_arena(bench->turn), line->payload, &json.object, &error), &error);
    type = gw_json_find(&json.object, "type");
    if (type != NULL)
        message.command = gw_command_spec_find(type->text);
    if (message.command == NULL || gw_turn_add(bench->turn, &message) != GW_OK) {
        (void)fprintf(stderr, "bench_core: line %lld is no command\n", (long long)next);
        exit(1);
    }
}

__attribute__((noinline)) static void bench_decode(struct bench *bench, const struct line *lines, size_t first,
                                                   size_t count)
{
    gw_turn_reset(bench->turn);
    for (size_t index = first; index < first + count; index++)
        decode_one(bench, &lines[index], (int64_t)index + 1);
}

__attribute__((noinline)) static void bench_handle(struct bench *bench)
{
    struct gw_error error;

    must(gw_turn_attempt(bench->turn, 0, gw_turn_count(bench->turn), &error), &error);
    must(gw_turn_commit(bench->turn, &error), &error);
}

static enum gw_status on_row(void *context, const struct gw_outbox_row *row)
{
    struct bench *bench = context;

    bench->settlements[bench->row_count++] =
        (struct gw_outbox_settlement){.number = row->number, .stamp = row->stamp, .to = 1};
    return GW_OK;
}

__attribute__((noinline)) static void bench_relay(struct bench *bench)
{
    struct gw_outbox_visitor visitor = {.size = sizeof visitor, .context = bench, .row = on_row};
    struct gw_text destination = gw_text_of("events");
    struct gw_array settlements = {bench->settlements, 0, sizeof *bench->settlements};
    struct gw_error error;
    int64_t due_in_ms;

    do {
        bench->row_count = 0;
        must(bench->ops->outbox_next(bench->session, destination, 0, ROWS_MAX, 0, &visitor, &due_in_ms, &error),
             &error);
        settlements.count = bench->row_count;
        must(bench->ops->outbox_settle(bench->session, destination, &settlements, 1, &error), &error);
        bench->rows += bench->row_count;
    } while (bench->row_count > 0);
}

static void count_one(atomic_uint_fast64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static void note_rate(struct gw_rate *rate, atomic_uint_fast64_t *counter)
{
    gw_rate_note(rate, atomic_load_explicit(counter, memory_order_relaxed), gw_clock_monotonic_ms());
}

/* The turn has made so many events. */
__attribute__((noinline)) static void bench_figures(struct bench *bench, uint64_t events)
{
    struct gw_worker_figures *worker = &bench->worker_figures;
    struct gw_relay_figures *relay = &bench->relay_figures;
    int64_t begun_us = gw_clock_monotonic_us();

    for (uint32_t index = 0; index < gw_turn_count(bench->turn); index++) {
        count_one(&worker->received);
        count_one(&worker->settled[GW_OUTCOME_APPLIED]);
    }
    for (uint64_t event = 0; event < events; event++)
        count_one(&relay->sent);
    gw_histogram_observe(&worker->turn_messages, &gw_histogram_of_messages, gw_turn_count(bench->turn));
    gw_histogram_observe(&worker->apply_durations, &gw_histogram_of_durations, gw_clock_monotonic_us() - begun_us);
    note_rate(&worker->receiving, &worker->received);
    note_rate(&relay->sending, &relay->sent);
}

static double now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What a step took, from the last call on. */
static void take(struct bench *bench, enum step step, bool is_counted)
{
    static double began;
    static uint64_t before;
    double ended = now();

    if (step < STEPS) {
        bench->seconds[step] += ended - began;
        bench->allocations[step] += is_counted ? allocations - before : 0;
    }
    before = allocations;
    began = now();
}

static void bench_run(struct bench *bench, const struct line *lines, size_t count, size_t turn_messages)
{
    for (size_t first = 0; first < count; first += turn_messages) {
        size_t messages = count - first < turn_messages ? count - first : turn_messages;
        bool is_counted = first >= count / 2;
        uint64_t rows = bench->rows;

        take(bench, STEPS, false);
        bench_decode(bench, lines, first, messages);
        take(bench, DECODE, is_counted);
        bench_handle(bench);
        take(bench, HANDLE, is_counted);
        bench_relay(bench);
        take(bench, RELAY, is_counted);
        bench_figures(bench, bench->rows - rows);
        take(bench, FIGURES, is_counted);
        for (uint32_t index = 0; index < gw_turn_count(bench->turn); index++)
            bench->outcomes[gw_turn_result(bench->turn, index).outcome]++;
    }
}

/* ---- input and output ------------------------------------------------------------------------------------------- */

static char *read_whole(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    long len = -1;

    if (file != NULL && fseek(file, 0, SEEK_END) == 0)
        len = ftell(file);
    if (len > 0)
        bytes = malloc((size_t)len);
    if (bytes == NULL || fseek(file, 0, SEEK_SET) != 0 || fread(bytes, 1, (size_t)len, file) != (size_t)len) {
        perror(path);
        exit(1);
    }
    (void)fclose(file);
    *ret_len = (size_t)len;
    return bytes;
}

static struct line *split(const char *bytes, size_t len, size_t *ret_count)
{
    size_t count = 0;
    struct line *lines;

    for (size_t at = 0; at < len; at++)
        count += bytes[at] == '\n';
    lines = calloc(count + 1, sizeof *lines);
    if (lines == NULL)
        exit(1);
    count = 0;
    for (const char *at = bytes, *end; (end = memchr(at, '\n', len - (size_t)(at - bytes))) != NULL; at = end + 1) {
        lines[count].payload = gw_text_span(at, (uint64_t)(end - at));
        (void)snprintf(lines[count].identity, sizeof lines[count].identity, "bench:%zu", count);
        count++;
    }
    *ret_count = count;
    return lines;
}

static void print_step(const struct bench *bench, enum step step, const char *name, size_t count)
{
    (void)printf("%-16s %9.0f commands/s  %6.1f ns  %.4f allocations per command\n", name,
                 (double)count / bench->seconds[step], bench->seconds[step] / (double)count * 1e9,
                 (double)bench->allocations[step] / (double)(count - count / 2));
}

static void print(const struct bench *bench, size_t count, size_t turn_messages)
{
    double both = bench->seconds[DECODE] + bench->seconds[HANDLE];

    (void)printf("%zu commands in turns of %zu:", count, turn_messages);
    for (uint32_t outcome = 1; outcome < GW_OUTCOME_RETURNED; outcome++)
        (void)printf(" %llu %s", (unsigned long long)bench->outcomes[outcome], gw_outcome_word(outcome));
    (void)printf("; %llu events\n", (unsigned long long)bench->rows);
    (void)printf("%llu loads, in which %.3f lists of batches per command were asked for\n", (unsigned long long)loads,
                 (double)products_asked / (double)count);
    print_step(bench, DECODE, "decode", count);
    print_step(bench, HANDLE, "handle", count);
    (void)printf("%-16s %9.0f commands/s\n", "both", (double)count / both);
    print_step(bench, RELAY, "(relay)", count);
    print_step(bench, FIGURES, "(figures)", count);
    (void)printf("(figures) are %.2f %% of both\n", bench->seconds[FIGURES] / both * 100);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    size_t turn_messages = argc > 2 ? strtoul(argv[2], NULL, 10) : TURN_MESSAGES;
    size_t len, count;
    char *bytes;
    struct line *lines;

    bench.cache_bytes = (argc > 3 ? strtoll(argv[3], NULL, 10) : CACHE_KIB) * 1024;
    if (argc < 2 || argc > 4 || turn_messages == 0) {
        (void)fprintf(stderr, "usage: bench_core COMMANDS.jsonl [MESSAGES PER TURN [KiB OF PRODUCT CACHE]]\n");
        return 2;
    }
    bytes = read_whole(argv[1], &len);
    lines = split(bytes, len, &count);
    bench_open(&bench);
    bench_run(&bench, lines, count, turn_messages);
    print(&bench, count, turn_messages);
    bench_close(&bench);
    free(lines);
    free(bytes);
    return 0;
}
