/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_turns URL [seconds [plugin]]: what load and apply of postgres_repository cost, without a core around them,
 * in turns of 1, 10, 100 and 1,000 commands. A command is an allocation: its product's version, its batch, a line and
 * an outbox row; a turn moves a position too. Beside what the clock says stands the CPU time of the server's process,
 * which other load changes less; it is read from /proc, so the server has to be on this machine.
 *
 * The database must be empty: its tables go into schema `bench`.
 */
#include "test_host.h"
#include "test_plugin.h"

#include <gangway/port/repository.h>

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PRODUCTS = 1000, BATCHES = 4, TURN_MAX = 1000, KEY = 40, PURCHASED = 1 << 30, STAMP = 1 };

struct bench {
    struct test_host host;
    struct test_plugin plugin;
    const struct gw_repository_ops *ops;
    struct gw_session *session;
    long server; /* the process that serves the session */
    struct gw_error error;
    struct gw_text skus[PRODUCTS];
    struct gw_text refs[PRODUCTS][BATCHES];
    int64_t versions[PRODUCTS];
    int64_t allocated[PRODUCTS];
    int64_t position;
    int64_t orders; /* so far: names the next one, and the product that it is for */
    uint64_t told;
};

static void require(bool is_true, const char *what)
{
    if (is_true)
        return;
    (void)fprintf(stderr, "bench_turns: %s\n", what);
    exit(EXIT_FAILURE);
}

static double now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Seconds that the scheduler has given to the server's process, to the nanosecond. */
static double server_seconds(const struct bench *bench)
{
    unsigned long long nanoseconds = 0;
    char path[64];
    FILE *file;

    (void)snprintf(path, sizeof path, "/proc/%ld/schedstat", bench->server);
    file = fopen(path, "r");
    require(file != NULL && fscanf(file, "%llu", &nanoseconds) == 1, "the server is not on this machine");
    (void)fclose(file);
    return (double)nanoseconds / 1e9;
}

static long find_server(const char *url)
{
    PGconn *pg = PQconnectdb(url);
    PGresult *result = PQexec(pg, "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND"
                                  " application_name LIKE 'gangway%' ORDER BY backend_start DESC LIMIT 1");
    long pid;

    require(PQntuples(result) == 1, "the session's process was not found");
    pid = strtol(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    PQfinish(pg);
    return pid;
}

/* "PREFIX-0007", or "PREFIX-0007-2" when `more` is not 0. Kept for ever. */
static struct gw_text name(const char *prefix, int number, int more)
{
    char *text = malloc(KEY);

    require(text != NULL, "no memory");
    if (more == 0)
        (void)snprintf(text, KEY, "%s-%04d", prefix, number);
    else
        (void)snprintf(text, KEY, "%s-%04d-%d", prefix, number, more);
    return gw_text_of(text);
}

/* ---- the stock ------------------------------------------------------------------------------------------------- */

static void make_stock(struct bench *bench)
{
    static struct gw_product_change products[PRODUCTS];
    static struct gw_batch_insert batches[PRODUCTS * BATCHES];
    struct gw_changeset set = {
        .size = sizeof set,
        .stamp = STAMP,
        .products = {products, PRODUCTS, sizeof products[0]},
        .batch_inserts = {batches, PRODUCTS * BATCHES, sizeof batches[0]},
    };
    struct gw_apply_result result = {.size = sizeof result};

    for (int i = 0; i < PRODUCTS; i++) {
        bench->skus[i] = name("COMFY-CHAISE-LONGUE", i, 0);
        bench->versions[i] = BATCHES;
        products[i] = (struct gw_product_change){.sku = bench->skus[i], .version = BATCHES};
        for (int b = 0; b < BATCHES; b++) {
            bench->refs[i][b] = name("batch", i, b);
            batches[i * BATCHES + b] =
                (struct gw_batch_insert){(uint32_t)i, b > 0 ? 20270100 + b : 0, bench->refs[i][b], PURCHASED, 0, b + 1};
        }
    }
    require(bench->ops->apply(bench->session, &set, &result, &bench->error) == GW_OK, bench->error.text);
}

/* ---- apply ----------------------------------------------------------------------------------------------------- */

static struct gw_text payload;

static void apply_turn(struct bench *bench, uint32_t count)
{
    static struct gw_product_change products[TURN_MAX];
    static struct gw_batch_update updates[TURN_MAX];
    static struct gw_line_insert lines[TURN_MAX];
    static struct gw_effect effects[TURN_MAX];
    static char orders[TURN_MAX][KEY], keys[TURN_MAX][KEY];
    struct gw_position_change position = {.source = gw_text_of("kafka:cluster:group:orders:0"),
                                          .expected = bench->position == 0 ? GW_OFFSET_NONE : bench->position,
                                          .next = bench->position + count};
    struct gw_changeset set = {
        .size = sizeof set,
        .stamp = STAMP,
        .positions = {&position, 1, sizeof position},
        .products = {products, count, sizeof products[0]},
        .batch_updates = {updates, count, sizeof updates[0]},
        .line_inserts = {lines, count, sizeof lines[0]},
        .effects = {effects, count, sizeof effects[0]},
    };
    struct gw_apply_result result = {.size = sizeof result};
    uint32_t first = (uint32_t)(bench->orders % PRODUCTS); /* count divides PRODUCTS: they are sorted */

    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = first + i;

        (void)snprintf(orders[i], KEY, "order-%08x-%lld", (unsigned)bench->orders * 2654435761U,
                       (long long)bench->orders);
        (void)snprintf(keys[i], KEY, "kafka-orders-0-%lld-1", (long long)bench->orders++);
        products[i] = (struct gw_product_change){.sku = bench->skus[at],
                                                 .expected = bench->versions[at],
                                                 .version = bench->versions[at] + 1,
                                                 .stamp = STAMP,
                                                 .events = 1};
        updates[i] = (struct gw_batch_update){.product = i,
                                              .ref = bench->refs[at][0],
                                              .old_purchased = PURCHASED,
                                              .old_allocated = bench->allocated[at],
                                              .purchased = PURCHASED,
                                              .allocated = bench->allocated[at] + 1};
        bench->allocated[at]++;
        lines[i] = (struct gw_line_insert){i, 0, gw_text_of(orders[i]), 1, bench->refs[at][0], ++bench->versions[at]};
        effects[i] = (struct gw_effect){.product = i,
                                        .event = 1,
                                        .destination = gw_text_of("events"),
                                        .id = gw_text_of(keys[i]),
                                        .type = gw_text_of("Allocated"),
                                        .payload = payload,
                                        .headers = gw_text_of("traceparent=00-0af7651916cd43dd-01")};
    }
    require(bench->ops->apply(bench->session, &set, &result, &bench->error) == GW_OK, bench->error.text);
    bench->position += count;
}

/* ---- load ------------------------------------------------------------------------------------------------------ */

static enum gw_status count_product(void *context, const struct gw_product_snapshot *product)
{
    (void)product;
    ((struct bench *)context)->told++;
    return GW_OK;
}

static enum gw_status count_batch(void *context, const struct gw_batch_snapshot *batch)
{
    (void)batch;
    ((struct bench *)context)->told++;
    return GW_OK;
}

static enum gw_status count_line(void *context, const struct gw_line_snapshot *line)
{
    (void)line;
    ((struct bench *)context)->told++;
    return GW_OK;
}

/* What as many allocations ask for: a product with room, and whether the line is held. */
static void load_turn(struct bench *bench, uint32_t count)
{
    static struct gw_product_request products[TURN_MAX];
    static struct gw_line_request lines[TURN_MAX];
    static char orders[TURN_MAX][KEY];
    struct gw_load_request request = {.size = sizeof request,
                                      .products = {products, count, sizeof products[0]},
                                      .lines = {lines, count, sizeof lines[0]}};
    struct gw_load_visitor visitor = {sizeof visitor, 0, bench, count_product, count_batch, count_line, NULL};
    uint32_t first = (uint32_t)(bench->orders % PRODUCTS);

    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(orders[i], KEY, "order-%lld", (long long)bench->orders++);
        products[i] = (struct gw_product_request){bench->skus[first + i], 1, 16, 0};
        lines[i] = (struct gw_line_request){bench->skus[first + i], gw_text_of(orders[i]), 1};
    }
    require(bench->ops->load(bench->session, &request, &visitor, &bench->error) == GW_OK, bench->error.text);
}

/* ---- measuring ------------------------------------------------------------------------------------------------- */

static void measure(struct bench *bench, const char *what, void (*turn)(struct bench *, uint32_t), double seconds)
{
    for (uint32_t count = 1; count <= TURN_MAX; count *= 10) {
        double start, server;
        double commands = 0;

        bench->orders += PRODUCTS - bench->orders % PRODUCTS;
        turn(bench, count); /* the first prepares */
        server = server_seconds(bench);
        start = now();
        while (now() < start + seconds) {
            turn(bench, count);
            commands += count;
        }
        start = now() - start;
        server = server_seconds(bench) - server;
        (void)printf("%-6s %5u %10.0f %12.1f %12.1f\n", what, count, commands / start, 1e6 * server / commands,
                     1e6 * start / commands * count);
        (void)fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    static struct bench bench;
    static char url[4096];
    const char *settings[] = {url, "schema=bench"};
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 2;
    int64_t from = 0, to = 0;
    void *self = NULL;

    require(argc >= 2, "URL [seconds [plugin]]");
    payload = gw_text_of("{\"orderid\":\"order-00000000-0000000\",\"sku\":\"COMFY-CHAISE-LONGUE-0000\",\"qty\":1,"
                         "\"batchref\":\"batch-0000-0\"}");
    (void)snprintf(url, sizeof url, "url=%s", argv[1]);
    test_host_init(&bench.host, "bench");
    test_plugin_load(&bench.plugin, argc > 3 ? argv[3] : "postgres_repository", GW_PORT_REPOSITORY);
    test_plugin_configure(&bench.plugin, settings, 2);
    bench.ops = bench.plugin.descriptor->ops;
    require(bench.plugin.descriptor->open(&bench.host.host, bench.plugin.config, &self, &bench.error) == GW_OK &&
                bench.ops->migrate(self, &bench.host.host, &from, &to, &bench.error) == GW_OK &&
                bench.ops->open_session(self, &bench.host.host, &bench.session, &bench.error) == GW_OK,
            bench.error.text);
    require(from == 0, "the database is not empty");
    bench.server = find_server(argv[1]);
    make_stock(&bench);
    (void)printf("       turn commands/s  server us/command   us/turn\n");
    measure(&bench, "apply", apply_turn, seconds);
    measure(&bench, "load", load_turn, seconds);
    bench.ops->close_session(bench.session);
    bench.plugin.descriptor->close(self);
    return EXIT_SUCCESS;
}
