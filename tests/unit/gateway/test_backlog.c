/* SPDX-License-Identifier: Apache-2.0 */
/* When the figures of outbox and dead letters are read, by whom, and when they are unknown. */
#include "check_main.h"
#include "gateway/backlog.h"

#include <gangway/scope.h>

#include <string.h>

/* A repository that answers as a test says. */
static struct {
    enum gw_status figures;
    enum gw_status counts;
    enum gw_status leases;
    uint32_t destinations; /* with rows: d0, d1 and so on; the n-th has n + 1 rows since 1000 + n */
    unsigned figure_calls;
    unsigned count_calls;
    unsigned lease_calls;
} server;

static struct gw_plugin plugin;
static struct gw_backlog backlog;
static struct gw_arena *arena;
static struct gw_backlog_figures known;

static enum gw_status answer(enum gw_status status, struct gw_error *reterr)
{
    return status == GW_OK ? GW_OK : gw_error_set(reterr, status, "away");
}

static enum gw_status outbox_figures(struct gw_session *session, const struct gw_outbox_figure_visitor *visitor,
                                     struct gw_error *reterr)
{
    (void)session;
    server.figure_calls++;
    for (uint32_t index = 0; index < server.destinations; index++) {
        char id[16];
        struct gw_outbox_figure figure = {.pending = index + 1, .oldest_age_ms = 1000 + index};

        if (visitor->wants_holders != 0)
            figure.holder = gw_text_of("another");
        figure.destination = gw_text_span(id, (uint64_t)snprintf(id, sizeof id, "d%u", index));
        if (visitor->figure(visitor->context, &figure) != GW_OK)
            return answer(GW_NOMEM, reterr);
    }
    return answer(server.figures, reterr);
}

static enum gw_status dead_count(struct gw_session *session, uint64_t *ret_count, struct gw_error *reterr)
{
    (void)session;
    server.count_calls++;
    *ret_count = 7;
    return answer(server.counts, reterr);
}

static enum gw_status lease(struct gw_session *session, struct gw_text destination, struct gw_error *reterr)
{
    (void)session;
    ck_assert(gw_text_is(destination, GW_BACKLOG_LEASE));
    server.lease_calls++;
    return answer(server.leases, reterr);
}

static const struct gw_repository_ops ops = {
    .size = sizeof ops, .outbox_figures = outbox_figures, .dead_count = dead_count, .lease = lease};

static void set_up(void)
{
    memset(&server, 0, sizeof server);
    server.destinations = 2;
    plugin = (struct gw_plugin){.ops = &ops, .features = GW_REPOSITORY_OUTBOX | GW_REPOSITORY_DEAD_LETTERS};
    gw_backlog_init(&backlog, &plugin);
    arena = gw_arena_new(1024 * 1024);
    ck_assert_ptr_nonnull(arena);
}

static void tear_down(void)
{
    gw_backlog_done(&backlog);
    gw_arena_free(arena);
}

/* Runs the backlog at a time, looks at what it knows, and returns when it wants to run again. */
static int64_t run(int64_t now_ms, enum gw_status expected)
{
    struct gw_error error = {0};
    int64_t next_ms = 0;

    ck_assert_int_eq(gw_backlog_run(&backlog, NULL, now_ms, &next_ms, &error), expected);
    ck_assert(gw_backlog_copy(&backlog, arena, now_ms, &known));
    return next_ms;
}

START_TEST(nothing_is_known_before_the_first_reading)
{
    ck_assert(gw_backlog_copy(&backlog, arena, 0, &known));
    ck_assert(!known.has_outbox);
    ck_assert(!known.has_dead);
}
END_TEST

START_TEST(figures_are_read_every_fifteen_seconds)
{
    ck_assert_int_eq(run(500, GW_OK), 500 + GW_BACKLOG_READ_MS);
    ck_assert(known.has_outbox);
    ck_assert_uint_eq(known.count, 2);
    ck_assert_str_eq(known.items[1].destination, "d1");
    ck_assert_uint_eq(known.items[1].pending, 2);
    ck_assert_int_eq(known.items[1].oldest_age_ms, 1001);
    ck_assert_ptr_null(known.items[1].holder);
    ck_assert(known.has_dead);
    ck_assert_uint_eq(known.dead, 7);
    (void)run(500 + GW_BACKLOG_READ_MS - 1, GW_OK);
    ck_assert_uint_eq(server.figure_calls, 1);
    ck_assert_int_eq(known.items[1].oldest_age_ms, 1001 + GW_BACKLOG_READ_MS - 1);
    server.destinations = 100;
    (void)run(500 + GW_BACKLOG_READ_MS, GW_OK);
    ck_assert_uint_eq(server.figure_calls, 2);
    ck_assert_uint_eq(known.count, 100);
    ck_assert_str_eq(known.items[99].destination, "d99");
    ck_assert_uint_eq(server.lease_calls, 0);
}
END_TEST

START_TEST(figures_are_unknown_after_a_failure)
{
    (void)run(0, GW_OK);
    server.figures = GW_TRANSIENT;
    ck_assert_int_eq(run(GW_BACKLOG_READ_MS, GW_TRANSIENT), 2 * GW_BACKLOG_READ_MS);
    ck_assert(!known.has_outbox);
    ck_assert(!known.has_dead);
    server.figures = GW_OK;
    server.counts = GW_CONFIG;
    (void)run(2 * GW_BACKLOG_READ_MS, GW_CONFIG);
    ck_assert(!known.has_outbox);
    server.counts = GW_OK;
    (void)run(3 * GW_BACKLOG_READ_MS, GW_OK);
    ck_assert(known.has_outbox);
}
END_TEST

START_TEST(of_several_gateways_the_holder_of_the_lease_counts_dead_letters)
{
    plugin.features |= GW_REPOSITORY_SHARED;
    gw_backlog_init(&backlog, &plugin);
    server.leases = GW_CONFLICT;
    ck_assert_int_eq(run(0, GW_OK), GW_BACKLOG_READ_MS);
    ck_assert(known.has_outbox);
    ck_assert(!known.is_reporter);
    ck_assert(!known.has_dead);
    ck_assert_str_eq(known.items[0].holder, "another");
    ck_assert_uint_eq(server.count_calls, 0);
    server.leases = GW_OK;
    ck_assert_int_eq(run(GW_BACKLOG_READ_MS, GW_OK), GW_BACKLOG_READ_MS + GW_BACKLOG_RENEW_MS);
    ck_assert(known.is_reporter);
    ck_assert_uint_eq(known.dead, 7);
}
END_TEST

START_TEST(the_lease_is_renewed_between_two_readings_and_its_loss_ends_the_report)
{
    plugin.features |= GW_REPOSITORY_SHARED;
    gw_backlog_init(&backlog, &plugin);
    (void)run(0, GW_OK);
    (void)run(GW_BACKLOG_RENEW_MS - 1, GW_OK);
    ck_assert_uint_eq(server.lease_calls, 1);
    ck_assert_int_eq(run(GW_BACKLOG_RENEW_MS, GW_OK), 2 * GW_BACKLOG_RENEW_MS);
    ck_assert_uint_eq(server.lease_calls, 2);
    ck_assert_uint_eq(server.figure_calls, 1);
    server.leases = GW_CONFLICT;
    ck_assert_int_eq(run(2 * GW_BACKLOG_RENEW_MS, GW_OK), GW_BACKLOG_READ_MS);
    ck_assert(!known.is_reporter);
    ck_assert(!known.has_dead);
    ck_assert(known.has_outbox);
}
END_TEST

START_TEST(a_repository_without_an_outbox_has_no_figures)
{
    plugin.features = GW_REPOSITORY_INBOX;
    gw_backlog_init(&backlog, &plugin);
    ck_assert(!gw_backlog_is_wanted(&backlog));
    (void)run(0, GW_OK);
    ck_assert(!known.has_outbox);
    ck_assert(!known.has_dead);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("backlog");
    TCase *tests = tcase_create("figures");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, nothing_is_known_before_the_first_reading);
    tcase_add_test(tests, figures_are_read_every_fifteen_seconds);
    tcase_add_test(tests, figures_are_unknown_after_a_failure);
    tcase_add_test(tests, of_several_gateways_the_holder_of_the_lease_counts_dead_letters);
    tcase_add_test(tests, the_lease_is_renewed_between_two_readings_and_its_loss_ends_the_report);
    tcase_add_test(tests, a_repository_without_an_outbox_has_no_figures);
    suite_add_tcase(suite, tests);
    return suite;
}
