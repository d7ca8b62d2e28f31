/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a component's metrics, after it and the threads of its library reported them. */
#include "check_main.h"
#include "failing_core.h"
#include "process/metrics.h"
#include "process/thread_host.h"

#include <stdio.h>
#include <string.h>

static const struct gw_log quiet = {.format = GW_LOG_JSON, .level = GW_LOG_ERROR};

enum { CONNECTION_UP, LAG, SENT };

static const struct gw_metric table[] = {
    [CONNECTION_UP] = {.name = GW_METRIC_CONNECTION_UP, .help = "Whether.", .type = GW_METRIC_GAUGE},
    [LAG] = {.name = GW_METRIC_LAG, .help = "How many.", .label = GW_METRIC_LABEL_SOURCE, .type = GW_METRIC_GAUGE},
    [SENT] = {.name = "sent", .help = "How many.", .label = "topic", .type = GW_METRIC_GAUGE},
};
static const struct gw_plugin plugin = {GW_PLUGIN_METRICS(table)};

/* The known lags, in the order of the names. */
struct seen {
    int64_t sum;
    unsigned count;
    char last[32];
};

static void on_lag(void *context, struct gw_text source, int64_t lag)
{
    struct seen *seen = context;

    seen->sum += lag;
    seen->count++;
    (void)snprintf(seen->last, sizeof seen->last, "%.*s", (int)source.len, source.ptr);
}

static struct seen look(struct gw_metrics *metrics)
{
    struct seen seen = {0};

    gw_metrics_visit(metrics, GW_METRIC_LAG, on_lag, &seen);
    return seen;
}

static void set_lag(struct gw_metrics *metrics, const char *source, int64_t lag)
{
    gw_metrics_set(metrics, LAG, gw_text_of(source), lag);
}

START_TEST(a_host_stores_the_metrics_of_its_component)
{
    struct gw_thread_host host;
    struct gw_metrics metrics;

    gw_metrics_init(&metrics, &plugin, false);
    gw_thread_host_init(&host, "shop", "orders", &quiet, -1);
    ck_assert_str_eq(host.table.service, "shop");
    ck_assert_uint_eq(host.table.instance, 0);
    host.table.metric(&host.table, LAG, gw_text_of("a"), 3); /* not stored */
    host.metrics = &metrics;
    ck_assert_int_eq(gw_metrics_value(&metrics, GW_METRIC_CONNECTION_UP), GW_METRIC_UNKNOWN);
    host.table.metric(&host.table, CONNECTION_UP, gw_text_of(NULL), 1);
    ck_assert_int_eq(gw_metrics_value(&metrics, GW_METRIC_CONNECTION_UP), 1);
    host.table.metric(&host.table, CONNECTION_UP, gw_text_of(NULL), 0);
    ck_assert_int_eq(gw_metrics_value(&metrics, GW_METRIC_CONNECTION_UP), 0);
    host.table.metric(&host.table, LAG, gw_text_of("a"), 4);
    ck_assert_int_eq(look(&metrics).sum, 4);
    host.table.metric(&host.table, 77, gw_text_of("a"), 9); /* the table has no such metric */
    ck_assert_int_eq(look(&metrics).sum, 4);
    gw_metrics_done(&metrics);
}
END_TEST

START_TEST(a_lag_that_is_not_known_is_not_zero)
{
    struct gw_metrics metrics;

    gw_metrics_init(&metrics, &plugin, false);
    set_lag(&metrics, "a", 0);
    set_lag(&metrics, "b", 7);
    ck_assert_uint_eq(look(&metrics).count, 2);
    set_lag(&metrics, "b", GW_METRIC_UNKNOWN);
    ck_assert_uint_eq(look(&metrics).count, 1);
    ck_assert_str_eq(look(&metrics).last, "a");
    gw_metrics_done(&metrics);
}
END_TEST

START_TEST(a_late_lag_of_a_closed_source_is_ignored)
{
    struct gw_metrics metrics;

    gw_metrics_init(&metrics, &plugin, true);
    set_lag(&metrics, "a", 5);
    ck_assert_uint_eq(look(&metrics).count, 0);
    ck_assert(gw_metrics_open(&metrics, gw_text_of("a")) == GW_OK);
    ck_assert(gw_metrics_open(&metrics, gw_text_of("a")) == GW_OK);
    ck_assert_uint_eq(look(&metrics).count, 0);
    set_lag(&metrics, "a", 5);
    ck_assert_int_eq(look(&metrics).sum, 5);
    gw_metrics_close(&metrics, gw_text_of("a"));
    set_lag(&metrics, "a", 6);
    ck_assert_uint_eq(look(&metrics).count, 0);
    ck_assert(gw_metrics_open(&metrics, gw_text_of("a")) == GW_OK);
    ck_assert_uint_eq(look(&metrics).count, 0);
    gw_metrics_close(&metrics, gw_text_of("a"));
    gw_metrics_close(&metrics, gw_text_of("a"));
    gw_metrics_done(&metrics);
}
END_TEST

START_TEST(as_many_sources_are_kept_as_there_is_room_for)
{
    struct gw_metrics metrics;
    char name[32];

    gw_metrics_init(&metrics, &plugin, false);
    for (int round = 0; round < 2; round++) {
        for (int index = 0; index < GW_METRICS_MAX_LABELS; index++) {
            (void)snprintf(name, sizeof name, "cluster:topic:%d", index);
            set_lag(&metrics, name, 1 + round);
        }
    }
    set_lag(&metrics, "one more", 1);
    ck_assert_uint_eq(look(&metrics).count, GW_METRICS_MAX_LABELS);
    ck_assert_int_eq(look(&metrics).sum, 2 * GW_METRICS_MAX_LABELS);
    set_lag(&metrics, "cluster:topic:0", GW_METRIC_UNKNOWN);
    set_lag(&metrics, "one more", 1);
    ck_assert_str_eq(look(&metrics).last, "one more");
    gw_metrics_done(&metrics);
}
END_TEST

/* Whoever reads a topic and writes it uses its name as a label of both. */
START_TEST(a_label_that_names_no_source_needs_none_to_be_open_and_outlives_its_end)
{
    struct gw_metrics metrics;

    gw_metrics_init(&metrics, &plugin, true);
    gw_metrics_set(&metrics, SENT, gw_text_of("a"), 3);
    set_lag(&metrics, "a", 5);
    ck_assert_int_eq(gw_metrics_value(&metrics, "sent"), 3);
    ck_assert_uint_eq(look(&metrics).count, 0);
    ck_assert(gw_metrics_open(&metrics, gw_text_of("a")) == GW_OK);
    set_lag(&metrics, "a", 5);
    set_lag(&metrics, "a", GW_METRIC_UNKNOWN);
    set_lag(&metrics, "a", 6);
    ck_assert_int_eq(look(&metrics).sum, 6);
    gw_metrics_close(&metrics, gw_text_of("a"));
    ck_assert_int_eq(gw_metrics_value(&metrics, "sent"), 3);
    ck_assert_uint_eq(look(&metrics).count, 0);
    gw_metrics_done(&metrics);
}
END_TEST

START_TEST(an_open_source_stays_open_when_none_of_its_values_is_known_any_more)
{
    struct gw_metrics metrics;

    gw_metrics_init(&metrics, &plugin, true);
    ck_assert(gw_metrics_open(&metrics, gw_text_of("a")) == GW_OK);
    set_lag(&metrics, "a", 5);
    set_lag(&metrics, "a", GW_METRIC_UNKNOWN);
    ck_assert_uint_eq(look(&metrics).count, 0);
    set_lag(&metrics, "a", 7);
    ck_assert_int_eq(look(&metrics).sum, 7);
    gw_metrics_done(&metrics);
}
END_TEST

START_TEST(a_value_that_finds_no_memory_is_kept_when_it_is_reported_again)
{
    struct gw_metrics metrics;

    for (long number = 1; number <= 3; number++) {
        gw_metrics_init(&metrics, &plugin, false);
        failing_core_begin(number);
        set_lag(&metrics, "a", 5);
        ck_assert_int_ge(failing_core_end(), number);
        ck_assert_uint_eq(look(&metrics).count, 0);
        set_lag(&metrics, "a", 6);
        ck_assert_int_eq(look(&metrics).sum, 6);
        failing_core_begin(number == 1 ? 1 : number - 1); /* the array has room by now */
        ck_assert_int_eq(gw_metrics_open(&metrics, gw_text_of("b")), GW_NOMEM);
        (void)failing_core_end();
        ck_assert_int_eq(gw_metrics_open(&metrics, gw_text_of("b")), GW_OK);
        gw_metrics_done(&metrics);
    }
}
END_TEST

enum { THREADS = 4, ROUNDS = 2000 };

static void *tell(void *context)
{
    for (int round = 0; round < ROUNDS; round++) {
        char name[16];

        (void)snprintf(name, sizeof name, "p%d", round % 50);
        set_lag(context, name, 1);
        gw_metrics_set(context, CONNECTION_UP, gw_text_of(NULL), round % 2);
    }
    return NULL;
}

START_TEST(several_threads_report_at_the_same_time)
{
    struct gw_metrics metrics;
    pthread_t threads[THREADS];

    gw_metrics_init(&metrics, &plugin, true);
    for (int index = 0; index < 50; index++) {
        char name[16];

        (void)snprintf(name, sizeof name, "p%d", index);
        ck_assert(gw_metrics_open(&metrics, gw_text_of(name)) == GW_OK);
    }
    for (int index = 0; index < THREADS; index++)
        ck_assert_int_eq(pthread_create(&threads[index], NULL, tell, &metrics), 0);
    for (int round = 0; round < 100; round++)
        ck_assert_int_le(look(&metrics).sum, 50);
    for (int index = 0; index < THREADS; index++)
        ck_assert_int_eq(pthread_join(threads[index], NULL), 0);
    ck_assert_int_eq(look(&metrics).sum, 50);
    gw_metrics_done(&metrics);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("metrics");
    TCase *metrics = tcase_create("metrics");

    tcase_set_timeout(metrics, 60); /* 10,000 labels take seconds in a build that counts, beside others */
    tcase_add_test(metrics, a_host_stores_the_metrics_of_its_component);
    tcase_add_test(metrics, a_lag_that_is_not_known_is_not_zero);
    tcase_add_test(metrics, a_late_lag_of_a_closed_source_is_ignored);
    tcase_add_test(metrics, as_many_sources_are_kept_as_there_is_room_for);
    tcase_add_test(metrics, a_label_that_names_no_source_needs_none_to_be_open_and_outlives_its_end);
    tcase_add_test(metrics, an_open_source_stays_open_when_none_of_its_values_is_known_any_more);
    tcase_add_test(metrics, a_value_that_finds_no_memory_is_kept_when_it_is_reported_again);
    tcase_add_test(metrics, several_threads_report_at_the_same_time);
    suite_add_tcase(suite, metrics);
    return suite;
}
