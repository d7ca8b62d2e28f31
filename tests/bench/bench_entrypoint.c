/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_entrypoint PLUGIN COUNT TURN KEY=VALUE...: how fast messages come in, without anything that becomes of them.
 * An entrypoint plugin through its port, as a worker runs it: poll, decode to commands, settle as applied; positions
 * are kept here and in no database. Ends after COUNT messages, or at the end of a finite input.
 *
 * Prints seconds of the clock, of the user and of the system from the first start of a source (the group has been
 * joined by then), or the first poll where messages have no positions, to the last settle, and the number of messages.
 */
#include "test_host.h"
#include "test_plugin.h"
#include "worker/identity.h"
#include "worker/intake.h"

#include <gangway/port/entrypoint.h>
#include <gangway/port/repository.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { SOURCES = 64, POLL_MS = 1000, PATIENCE_MS = 60000, TURN_MAX_BYTES = 512 * 1024 * 1024 };

struct source {
    struct gw_turn_source turn;
    char name[512];
    char tag[GW_SOURCE_TAG_BYTES];
    bool is_started;
};

struct bench {
    struct test_host host;
    struct test_plugin plugin;
    const struct gw_entrypoint_ops *ops;
    void *self;
    struct gw_intake intake;
    struct gw_turn *turn;
    struct source sources[SOURCES];
    struct source queue; /* of the messages without a position */
    uint32_t source_count;
    uint32_t last;
    struct gw_settlement *settlements;
    struct gw_turn_source **places; /* of each message */
    int64_t *nexts;
    uint32_t message_count;
    uint64_t total;
    int64_t began_ms;
    struct rusage began;
};

static void must(bool is_true, const char *what)
{
    if (is_true)
        return;
    (void)fprintf(stderr, "bench_entrypoint: %s\n", what);
    exit(EXIT_FAILURE);
}

/* ---- the sink ---------------------------------------------------------------------------------------------------- */

static struct source *source_of(struct bench *bench, struct gw_text name)
{
    if (bench->last < bench->source_count && gw_text_equal(bench->sources[bench->last].turn.name, name))
        return &bench->sources[bench->last];
    for (bench->last = 0; bench->last < bench->source_count; bench->last++)
        if (gw_text_equal(bench->sources[bench->last].turn.name, name))
            return &bench->sources[bench->last];
    return NULL;
}

static enum gw_status on_message(struct gw_entrypoint_sink *sink, const struct gw_message *message)
{
    struct bench *bench = sink->context;
    const bool has_position = message->source.len > 0;
    struct source *source = has_position ? source_of(bench, message->source) : &bench->queue;

    must(source != NULL && source->is_started, "a message of a source that was not started");
    bench->settlements[bench->message_count] =
        (struct gw_settlement){.handle = message->handle, .outcome = GW_OUTCOME_APPLIED};
    bench->places[bench->message_count] = &source->turn;
    bench->nexts[bench->message_count++] = message->next;
    return gw_intake_add(&bench->intake, bench->turn, message, has_position ? &source->turn : NULL,
                         has_position ? source->tag : NULL);
}

static enum gw_status on_opened(struct gw_entrypoint_sink *sink, struct gw_text name)
{
    struct bench *bench = sink->context;
    struct source *source = source_of(bench, name);

    if (source != NULL)
        return GW_OK;
    must(bench->source_count < SOURCES, "more sources than this program knows");
    source = &bench->sources[bench->source_count++];
    (void)snprintf(source->name, sizeof source->name, "%.*s", (int)name.len, name.ptr);
    source->turn = (struct gw_turn_source){.name = gw_text_of(source->name), .position = GW_OFFSET_NONE};
    gw_source_tag(source->turn.name, source->tag);
    return GW_OK;
}

static enum gw_status on_closed(struct gw_entrypoint_sink *sink, struct gw_text name)
{
    struct source *source = source_of(sink->context, name);

    if (source != NULL)
        source->is_started = false;
    return GW_OK;
}

/* ---- turns ------------------------------------------------------------------------------------------------------- */

static void begin(struct bench *bench)
{
    if (bench->began_ms != 0)
        return;
    bench->began_ms = bench->host.host.monotonic_ms(&bench->host.host);
    (void)getrusage(RUSAGE_SELF, &bench->began);
}

/* A source that cannot start yet is asked again with the next turn. */
static void note_started(struct bench *bench, const struct gw_start *start)
{
    struct source *source = source_of(bench, start->source);

    must(start->status == GW_OK || start->status == GW_TRANSIENT, start->reason);
    if (start->status != GW_OK)
        return;
    source->turn.position = start->offset;
    source->is_started = true;
    begin(bench);
}

static void start_sources(struct bench *bench)
{
    struct gw_start starts[SOURCES];
    uint32_t count = 0;
    struct gw_error error = {0};
    enum gw_status status;

    for (uint32_t i = 0; i < bench->source_count; i++)
        if (!bench->sources[i].is_started)
            starts[count++] =
                (struct gw_start){.source = bench->sources[i].turn.name, .offset = bench->sources[i].turn.position};
    if (count == 0)
        return;
    status = bench->ops->start(bench->self, starts, count, &error);
    must(status == GW_OK || status == GW_TRANSIENT, error.text);
    for (uint32_t i = 0; i < count && status == GW_OK; i++)
        note_started(bench, &starts[i]);
}

static void settle(struct bench *bench)
{
    struct gw_error error = {0};

    for (uint32_t i = 0; i < bench->message_count; i++)
        bench->places[i]->position = bench->nexts[i];
    if (bench->message_count > 0)
        must(bench->ops->settle(bench->self, bench->settlements, bench->message_count, &error) == GW_OK, error.text);
    bench->total += bench->message_count;
}

/* False at the end of the input. */
static bool run_turn(struct bench *bench, uint32_t max)
{
    struct gw_entrypoint_sink sink = {
        .size = sizeof sink, .context = bench, .message = on_message, .opened = on_opened, .closed = on_closed};
    struct gw_error error = {0};
    enum gw_status status;

    bench->message_count = 0;
    status = bench->ops->poll(bench->self, max, POLL_MS, &sink, &error);
    must(status == GW_OK || status == GW_END || status == GW_TRANSIENT, error.text);
    settle(bench);
    gw_turn_reset(bench->turn);
    start_sources(bench);
    return status != GW_END;
}

static void run(struct bench *bench, uint64_t count, uint32_t turn)
{
    const struct gw_host *host = &bench->host.host;
    int64_t deadline = host->monotonic_ms(host) + PATIENCE_MS;
    bool goes_on = true;

    if ((bench->plugin.descriptor->features & GW_ENTRYPOINT_ORDERED) == 0)
        begin(bench);
    while (goes_on && bench->total < count) {
        uint64_t left = count - bench->total;

        goes_on = run_turn(bench, left < turn ? (uint32_t)left : turn);
        must(bench->total > 0 || host->monotonic_ms(host) < deadline, "nothing came");
    }
}

/* ---- the program ------------------------------------------------------------------------------------------------- */

static double seconds_between(struct timeval before, struct timeval after)
{
    return (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_usec - before.tv_usec) / 1e6;
}

static void print(const struct bench *bench)
{
    const struct gw_host *host = &bench->host.host;
    struct rusage ended;

    (void)getrusage(RUSAGE_SELF, &ended);
    (void)printf("%.3f %.6f %.6f %llu\n", (double)(host->monotonic_ms(host) - bench->began_ms) / 1e3,
                 seconds_between(bench->began.ru_utime, ended.ru_utime),
                 seconds_between(bench->began.ru_stime, ended.ru_stime), (unsigned long long)bench->total);
}

static void bench_open(struct bench *bench, const char *plugin, uint32_t turn, const char *const *settings,
                       size_t count)
{
    static const struct gw_repository_ops no_repository = {.size = sizeof no_repository};
    struct gw_error error = {0};

    must(gw_identity_init(), "the system has no randomness");
    test_host_init(&bench->host, "commands");
    test_plugin_load(&bench->plugin, plugin, GW_PORT_ENTRYPOINT);
    test_plugin_configure(&bench->plugin, settings, count);
    bench->ops = bench->plugin.descriptor->ops;
    must(bench->plugin.descriptor->open(&bench->host.host, bench->plugin.config, &bench->self, &error) == GW_OK,
         error.text);
    must(gw_intake_open(&bench->intake, gw_text_of("commands"), false, false) == GW_OK, "no memory");
    bench->queue.is_started = true;
    bench->turn = gw_turn_new(NULL, &no_repository, NULL, TURN_MAX_BYTES, 0);
    bench->settlements = calloc(turn, sizeof *bench->settlements);
    bench->places = calloc(turn, sizeof(struct gw_turn_source *));
    bench->nexts = calloc(turn, sizeof *bench->nexts);
    must(bench->turn != NULL && bench->settlements != NULL && bench->places != NULL && bench->nexts != NULL,
         "no memory");
}

static void bench_close(struct bench *bench)
{
    bench->plugin.descriptor->close(bench->self);
    gw_turn_free(bench->turn);
    gw_intake_close(&bench->intake);
    test_plugin_done(&bench->plugin);
    free(bench->settlements);
    free(bench->places);
    free(bench->nexts);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    uint32_t turn = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;

    must(count > 0 && turn > 0, "usage: bench_entrypoint PLUGIN COUNT TURN KEY=VALUE...");
    bench_open(&bench, argv[1], turn, (const char *const *)argv + 4, (size_t)argc - 4);
    run(&bench, count, turn);
    print(&bench);
    bench_close(&bench);
    return EXIT_SUCCESS;
}
