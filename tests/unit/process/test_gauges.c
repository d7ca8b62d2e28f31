/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a component's figures after it, and its library's threads, told them. */
#include "check_main.h"
#include "process/gauges.h"
#include "process/thread_host.h"

#include <stdio.h>
#include <string.h>

static const struct gw_log quiet = {.format = GW_LOG_JSON, .level = GW_LOG_ERROR};

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

static struct seen look(struct gw_gauges *gauges)
{
    struct seen seen = {0};

    gw_gauges_lags(gauges, on_lag, &seen);
    return seen;
}

static void set_lag(struct gw_gauges *gauges, const char *source, int64_t lag)
{
    gw_gauges_set(gauges, GW_GAUGE_LAG, gw_text_of(source), lag);
}

START_TEST(a_host_keeps_what_its_component_tells)
{
    struct gw_thread_host host;
    struct gw_gauges gauges;

    gw_gauges_init(&gauges, false);
    gw_thread_host_init(&host, "shop", "orders", &quiet, -1);
    ck_assert_str_eq(host.table.service, "shop");
    ck_assert_uint_eq(host.table.instance, 0);
    host.table.gauge(&host.table, GW_GAUGE_LAG, gw_text_of("a"), 3); /* nobody asks for it */
    host.gauges = &gauges;
    ck_assert_int_eq(gw_gauges_connection(&gauges), GW_GAUGE_UNKNOWN);
    host.table.gauge(&host.table, GW_GAUGE_CONNECTION_UP, gw_text_of(NULL), 1);
    ck_assert_int_eq(gw_gauges_connection(&gauges), 1);
    host.table.gauge(&host.table, GW_GAUGE_CONNECTION_UP, gw_text_of(NULL), 0);
    ck_assert_int_eq(gw_gauges_connection(&gauges), 0);
    host.table.gauge(&host.table, GW_GAUGE_LAG, gw_text_of("a"), 4);
    ck_assert_int_eq(look(&gauges).sum, 4);
    host.table.gauge(&host.table, 77, gw_text_of("a"), 9); /* of a plugin with newer headers */
    ck_assert_int_eq(look(&gauges).sum, 4);
    gw_gauges_done(&gauges);
}
END_TEST

START_TEST(a_lag_that_is_not_known_is_not_zero)
{
    struct gw_gauges gauges;

    gw_gauges_init(&gauges, false);
    set_lag(&gauges, "a", 0);
    set_lag(&gauges, "b", 7);
    ck_assert_uint_eq(look(&gauges).count, 2);
    set_lag(&gauges, "b", GW_GAUGE_UNKNOWN);
    ck_assert_uint_eq(look(&gauges).count, 1);
    ck_assert_str_eq(look(&gauges).last, "a");
    gw_gauges_done(&gauges);
}
END_TEST

START_TEST(a_source_that_was_closed_loses_its_lag_also_when_it_is_told_late)
{
    struct gw_gauges gauges;

    gw_gauges_init(&gauges, true);
    set_lag(&gauges, "a", 5);
    ck_assert_uint_eq(look(&gauges).count, 0);
    ck_assert(gw_gauges_open(&gauges, gw_text_of("a")) == GW_OK);
    ck_assert(gw_gauges_open(&gauges, gw_text_of("a")) == GW_OK);
    ck_assert_uint_eq(look(&gauges).count, 0);
    set_lag(&gauges, "a", 5);
    ck_assert_int_eq(look(&gauges).sum, 5);
    gw_gauges_close(&gauges, gw_text_of("a"));
    set_lag(&gauges, "a", 6);
    ck_assert_uint_eq(look(&gauges).count, 0);
    ck_assert(gw_gauges_open(&gauges, gw_text_of("a")) == GW_OK);
    ck_assert_uint_eq(look(&gauges).count, 0);
    gw_gauges_close(&gauges, gw_text_of("a"));
    gw_gauges_close(&gauges, gw_text_of("a"));
    gw_gauges_done(&gauges);
}
END_TEST

START_TEST(as_many_sources_are_kept_as_there_is_room_for)
{
    struct gw_gauges gauges;
    char name[32];

    gw_gauges_init(&gauges, false);
    for (int round = 0; round < 2; round++) {
        for (int index = 0; index < GW_GAUGES_MAX_SOURCES; index++) {
            (void)snprintf(name, sizeof name, "cluster:topic:%d", index);
            set_lag(&gauges, name, 1 + round);
        }
    }
    set_lag(&gauges, "one more", 1);
    ck_assert_uint_eq(look(&gauges).count, GW_GAUGES_MAX_SOURCES);
    ck_assert_int_eq(look(&gauges).sum, 2 * GW_GAUGES_MAX_SOURCES);
    set_lag(&gauges, "cluster:topic:0", GW_GAUGE_UNKNOWN);
    set_lag(&gauges, "one more", 1);
    ck_assert_str_eq(look(&gauges).last, "one more");
    gw_gauges_done(&gauges);
}
END_TEST

enum { THREADS = 4, ROUNDS = 2000 };

static void *tell(void *context)
{
    for (int round = 0; round < ROUNDS; round++) {
        char name[16];

        (void)snprintf(name, sizeof name, "p%d", round % 50);
        set_lag(context, name, 1);
        gw_gauges_set(context, GW_GAUGE_CONNECTION_UP, gw_text_of(NULL), round % 2);
    }
    return NULL;
}

START_TEST(several_threads_tell_at_the_same_time)
{
    struct gw_gauges gauges;
    pthread_t threads[THREADS];

    gw_gauges_init(&gauges, true);
    for (int index = 0; index < 50; index++) {
        char name[16];

        (void)snprintf(name, sizeof name, "p%d", index);
        ck_assert(gw_gauges_open(&gauges, gw_text_of(name)) == GW_OK);
    }
    for (int index = 0; index < THREADS; index++)
        ck_assert_int_eq(pthread_create(&threads[index], NULL, tell, &gauges), 0);
    for (int round = 0; round < 100; round++)
        ck_assert_int_le(look(&gauges).sum, 50);
    for (int index = 0; index < THREADS; index++)
        ck_assert_int_eq(pthread_join(threads[index], NULL), 0);
    ck_assert_int_eq(look(&gauges).sum, 50);
    gw_gauges_done(&gauges);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("gauges");
    TCase *gauges = tcase_create("gauges");

    tcase_add_test(gauges, a_host_keeps_what_its_component_tells);
    tcase_add_test(gauges, a_lag_that_is_not_known_is_not_zero);
    tcase_add_test(gauges, a_source_that_was_closed_loses_its_lag_also_when_it_is_told_late);
    tcase_add_test(gauges, as_many_sources_are_kept_as_there_is_room_for);
    tcase_add_test(gauges, several_threads_tell_at_the_same_time);
    suite_add_tcase(suite, gauges);
    return suite;
}
