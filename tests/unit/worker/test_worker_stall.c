/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A source in which messages wait and whose position does not move: when and how often it is logged. The clock of this
 * program only moves when the test moves it.
 */
#include "base/clock.h"
#include "check_main.h"
#include "log_file.h"
#include "worker/worker_internal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- the clock -------------------------------------------------------------------------------------------------- */

static int64_t clock_ms;

int64_t __wrap_gw_clock_monotonic_ms(void);

int64_t __wrap_gw_clock_monotonic_ms(void)
{
    return clock_ms;
}

/* ---- one worker with two sources, looked at every second -------------------------------------------------------- */

static struct gw_worker worker;
static struct gw_worker_source *a;
static struct gw_worker_source *b;

static struct gw_worker_source *started(const char *name, int64_t position)
{
    struct gw_worker_source *source;

    ck_assert_int_eq(gw_worker_source_opened(&worker, gw_text_of(name)), GW_OK);
    source = gw_worker_source_find(&worker, gw_text_of(name));
    source->turn.position = position;
    source->is_started = true;
    return source;
}

static const struct gw_metric table[] = {
    {.name = GW_METRIC_LAG, .help = "How many.", .label = GW_METRIC_LABEL_SOURCE, .type = GW_METRIC_GAUGE}};
static const struct gw_plugin plugin = {GW_PLUGIN_METRICS(table)};

static void set_up(void)
{
    log_file_open();
    memset(&worker, 0, sizeof worker);
    worker.plan = (struct gw_worker_plan){.id = "orders", .file = "shop.yaml", .log = &log_file};
    gw_metrics_init(&worker.metrics, &plugin, false);
    clock_ms = 1000000;
    a = started("a", 7);
    b = started("b", 0);
}

static void tear_down(void)
{
    gw_worker_sources_free(&worker);
    gw_metrics_done(&worker.metrics);
}

static void set_lag(const char *name, int64_t lag)
{
    gw_metrics_set(&worker.metrics, 0, gw_text_of(name), lag);
}

/* So many seconds, in each of which the worker polls once. */
static void pass_seconds(int seconds, bool is_drained)
{
    for (int second = 0; second < seconds; second++) {
        gw_worker_sources_watch(&worker, is_drained);
        clock_ms += 1000;
    }
}

enum { STALLED_S = 10, STALLED_BUSY_S = 60 };

START_TEST(a_stalled_source_is_logged_with_its_offset_and_the_command_that_skips_it)
{
    set_lag("a", 3);
    pass_seconds(2, true); /* the first check records the position, the second that it has not moved */
    pass_seconds(STALLED_S - 1, true);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STALLED, "offset 7 "), 0);
    pass_seconds(2, true);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STALLED, "offset 7 "), 1);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STALLED, "3 messages"), 1);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STALLED, "gangway positions shop.yaml --set a 8"), 1);
    ck_assert_uint_eq(logged(NULL, "source b"), 0);
}
END_TEST

START_TEST(a_stalled_source_is_logged_again_at_growing_intervals)
{
    set_lag("a", 3);
    pass_seconds(STALLED_S + 3, true);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STALLED, "offset 7 "), 1);
    pass_seconds(61, true);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STALLED, "offset 7 "), 2);
    pass_seconds(61, true);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STALLED, "offset 7 "), 2);
    pass_seconds(60, true);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STALLED, "offset 7 "), 3);
    pass_seconds(3600, true);
    ck_assert_uint_lt(logged(GW_CODE_SOURCE_STALLED, "offset 7 "), 9);
}
END_TEST

START_TEST(a_busy_worker_has_a_longer_limit_for_stalled_sources)
{
    set_lag("a", 3);
    pass_seconds(STALLED_BUSY_S, false);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STALLED, "offset 7 "), 0);
    pass_seconds(3, false);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STALLED, "offset 7 "), 1);
}
END_TEST

START_TEST(the_end_of_a_stall_is_logged_once)
{
    set_lag("a", 3);
    pass_seconds(STALLED_S + 3, true);
    a->turn.position = 9;
    pass_seconds(3, true);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_UNSTALLED, "from offset 7 to 9"), 1);
    a->turn.position = 10;
    pass_seconds(3, true);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_UNSTALLED, NULL), 1);
}
END_TEST

START_TEST(a_source_without_waiting_messages_is_not_stalled)
{
    set_lag("a", 0);
    pass_seconds(2 * STALLED_BUSY_S, true);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STALLED, NULL), 0);
}
END_TEST

START_TEST(a_source_with_unknown_lag_is_not_stalled)
{
    pass_seconds(2 * STALLED_BUSY_S, true);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STALLED, NULL), 0);
}
END_TEST

START_TEST(a_slow_source_is_not_stalled)
{
    set_lag("a", 300);
    for (int step = 0; step < 30; step++) {
        pass_seconds(STALLED_S - 2, true);
        a->turn.position++;
    }
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STALLED, NULL), 0);
}
END_TEST

START_TEST(a_source_that_is_not_started_is_not_stalled)
{
    set_lag("a", 3);
    a->is_started = false;
    pass_seconds(2 * STALLED_BUSY_S, true);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STALLED, NULL), 0);
    a->is_started = true;
    pass_seconds(STALLED_S - 1, true); /* its time begins now */
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STALLED, NULL), 0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("worker_stall");
    TCase *tests = tcase_create("stall");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_stalled_source_is_logged_with_its_offset_and_the_command_that_skips_it);
    tcase_add_test(tests, a_stalled_source_is_logged_again_at_growing_intervals);
    tcase_add_test(tests, a_busy_worker_has_a_longer_limit_for_stalled_sources);
    tcase_add_test(tests, the_end_of_a_stall_is_logged_once);
    tcase_add_test(tests, a_source_without_waiting_messages_is_not_stalled);
    tcase_add_test(tests, a_source_with_unknown_lag_is_not_stalled);
    tcase_add_test(tests, a_slow_source_is_not_stalled);
    tcase_add_test(tests, a_source_that_is_not_started_is_not_stalled);
    suite_add_tcase(suite, tests);
    return suite;
}
