/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_notices PLUGIN [SETTING...]: how long a repository takes to say which notices are due, while none, 10,000 and
 * 100,000 others wait for their time; the median of the looks, through the plugin and without a core. The repository
 * must be empty: a file that does not exist (path=FILE), or an empty database (url=URL).
 */
#include "bench.h"
#include "test_host.h"
#include "test_plugin.h"

#include <gangway/port/repository.h>

#include <stdio.h>
#include <stdlib.h>

enum { LOOKS = 101, LIMIT = 500, DUE = 10, STEP = 1000, WAIT_MS = 3600 * 1000, LONGEST_MS = 2 * WAIT_MS, STAMP = 7 };

struct bench {
    struct test_host host;
    struct test_plugin plugin;
    const struct gw_repository_ops *ops;
    struct gw_session *session;
    struct gw_error error;
    int64_t events; /* so far */
};

static struct gw_text mail;

static void call(struct bench *bench, enum gw_status status)
{
    bench_require(status == GW_OK, bench->error.text);
}

static void open_repository(struct bench *bench, const char *plugin, const char *const *settings, size_t count)
{
    int64_t from, to;
    void *self;

    test_host_init(&bench->host, "bench");
    test_plugin_load(&bench->plugin, plugin, GW_PORT_REPOSITORY);
    test_plugin_configure(&bench->plugin, settings, count);
    bench->ops = bench->plugin.descriptor->ops;
    call(bench, bench->plugin.descriptor->open(&bench->host.host, bench->plugin.config, &self, &bench->error));
    call(bench, bench->ops->migrate(self, &bench->host.host, &from, &to, &bench->error));
    call(bench, bench->ops->open_session(self, &bench->host.host, &bench->session, &bench->error));
    if (bench->ops->lease != NULL)
        call(bench, bench->ops->lease(bench->session, mail, &bench->error));
}

/* ---- notices that wait ------------------------------------------------------------------------------------------ */

/* An event for the notifier. */
static void add_event(struct bench *bench)
{
    struct gw_product_change product = {.sku = gw_text_of("LAMP"),
                                        .expected = bench->events,
                                        .version = bench->events + 1,
                                        .stamp = bench->events > 0 ? STAMP : 0,
                                        .events = 1};
    struct gw_effect effect = {.event = 1,
                               .destination = mail,
                               .id = gw_text_of("commands:1-1"),
                               .type = gw_text_of("OutOfStock"),
                               .payload = gw_text_of("{\"sku\":\"LAMP\",\"orderid\":\"order-1\",\"qty\":5}")};
    struct gw_changeset set = {.size = sizeof set,
                               .stamp = STAMP,
                               .products = {&product, 1, sizeof product},
                               .effects = {&effect, 1, sizeof effect}};
    struct gw_apply_result result = {.size = sizeof result};

    call(bench, bench->ops->apply(bench->session, &set, &result, &bench->error));
    bench->events++;
}

struct opening {
    struct bench *bench;
    uint32_t count;
    int64_t wait_ms;
};

static struct gw_outbox_settlement settlement;
static struct gw_notice_draft drafts[STEP];
static char recipients[STEP][32];

/* Drafts are borrowed until they are stored, the event only for this call: so its texts are constants. */
static enum gw_status open_event(void *context, const struct gw_outbox_row *row)
{
    const struct opening *opening = context;

    settlement = (struct gw_outbox_settlement){.number = row->number,
                                               .stamp = row->stamp,
                                               .from = row->index,
                                               .to = row->index + 1,
                                               .drafts = {drafts, opening->count, sizeof drafts[0]}};
    for (uint32_t i = 0; i < opening->count; i++) {
        (void)snprintf(recipients[i], sizeof recipients[i], "buyer-%u@example.com", i);
        drafts[i] = (struct gw_notice_draft){.event = *row, .wait_ms = opening->wait_ms};
        drafts[i].event.destination = mail;
        drafts[i].event.recipient = gw_text_of(recipients[i]);
        drafts[i].event.id = gw_text_of("commands:1-1");
        drafts[i].event.type = gw_text_of("OutOfStock");
        drafts[i].event.sku = gw_text_of("LAMP");
        drafts[i].event.payload = gw_text_of("{\"sku\":\"LAMP\",\"orderid\":\"order-1\",\"qty\":5}");
        drafts[i].event.headers = gw_text_of("");
    }
    return GW_OK;
}

static void add_notices(struct bench *bench, uint32_t count, int64_t wait_ms)
{
    struct opening opening = {bench, count, wait_ms};
    struct gw_outbox_visitor visitor = {.size = sizeof visitor, .context = &opening, .row = open_event};
    struct gw_array settlements = {&settlement, 1, sizeof settlement};
    int64_t due_in_ms;

    add_event(bench);
    call(bench, bench->ops->outbox_next(bench->session, mail, 0, 1, LONGEST_MS, &visitor, &due_in_ms, &bench->error));
    call(bench, bench->ops->outbox_settle(bench->session, mail, &settlements, STAMP, &bench->error));
}

/* ---- looking ---------------------------------------------------------------------------------------------------- */

static enum gw_status count_notice(void *context, const struct gw_notice_row *notice)
{
    (void)notice;
    ++*(uint32_t *)context;
    return GW_OK;
}

static double look(struct bench *bench)
{
    uint32_t count = 0;
    struct gw_notice_visitor visitor = {.size = sizeof visitor, .context = &count, .notice = count_notice};
    struct gw_notice_look look = {.size = sizeof look, .limit = LIMIT, .longest_wait_ms = LONGEST_MS};
    double begun = bench_now();
    int64_t due_in_ms;

    call(bench, bench->ops->notices_next(bench->session, mail, &look, &visitor, &due_in_ms, &bench->error));
    bench_require(count == DUE, "other notices are due than were stored");
    return bench_now() - begun;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

static void measure(struct bench *bench, uint32_t waiting)
{
    double seconds[LOOKS];

    for (int i = 0; i < LOOKS; i++)
        seconds[i] = look(bench);
    qsort(seconds, LOOKS, sizeof seconds[0], compare);
    printf("%7u waiting  %8.3f ms\n", waiting, seconds[LOOKS / 2] * 1e3);
}

int main(int argc, char **argv)
{
    static const uint32_t waiting[] = {0, 10000, 100000};
    static struct bench bench;
    uint32_t stored = 0;

    bench_require(argc > 1, "usage: bench_notices PLUGIN [SETTING...]");
    mail = gw_text_of("mail");
    open_repository(&bench, argv[1], (const char *const *)argv + 2, (size_t)argc - 2);
    add_notices(&bench, DUE, 0);
    for (size_t i = 0; i < sizeof waiting / sizeof waiting[0]; i++) {
        for (; stored < waiting[i]; stored += STEP)
            add_notices(&bench, STEP, WAIT_MS);
        measure(&bench, waiting[i]);
    }
    bench.ops->close_session(bench.session);
    return 0;
}
