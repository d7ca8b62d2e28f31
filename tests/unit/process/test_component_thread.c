/* SPDX-License-Identifier: Apache-2.0 */
/* The thread of a component: how it opens its session, waits after failures, and ends. */
#include "process/component_thread.h"

#include "base/clock.h"
#include "check_main.h"
#include "process/wakeup.h"

#include <errno.h>
#include <sched.h>

/* While it is not 0, no thread can be started for this reason. */
static int thread_error;

int __real_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context);
int __wrap_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context);

int __wrap_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context)
{
    return thread_error != 0 ? thread_error : __real_pthread_create(ret_thread, attributes, run, context);
}

static const struct gw_log quiet = {.format = GW_LOG_JSON, .level = GW_LOG_ERROR};

/* A repository that opens a session at the last of so many tries. */
static struct {
    int tries;
    int needed;
    int closed;
    enum gw_status failure;
} server;

static enum gw_status open_session(void *self, const struct gw_host *host, struct gw_session **ret_session,
                                   struct gw_error *reterr)
{
    (void)self;
    host->metric(host, 0, gw_text_of(NULL), server.tries + 1 >= server.needed);
    if (++server.tries < server.needed)
        return gw_error_set(reterr, server.failure, "away");
    *ret_session = (struct gw_session *)(void *)&server;
    return GW_OK;
}

static void close_session(struct gw_session *session)
{
    (void)session;
    server.closed++;
}

static const struct gw_repository_ops ops = {
    .size = sizeof ops, .open_session = open_session, .close_session = close_session};

static const struct gw_metric metrics[] = {
    {.name = GW_METRIC_CONNECTION_UP, .help = "Whether it is connected.", .type = GW_METRIC_GAUGE}};

static const struct gw_plugin repository = {.ops = &ops, GW_PLUGIN_METRICS(metrics)};

static struct gw_component_thread thread;
static struct gw_backoff backoff;
static enum gw_status opened;

static void set_up(void)
{
    struct gw_component_thread_plan plan = {.service = "shop",
                                            .id = "orders",
                                            .log = &quiet,
                                            .repository_plugin = &repository,
                                            .stop = gw_wakeup_open(),
                                            .abort = gw_wakeup_open(),
                                            .ended = gw_wakeup_open()};

    memset(&server, 0, sizeof server);
    server.needed = 1;
    server.failure = GW_TRANSIENT;
    backoff = (struct gw_backoff){.events = &gw_backoff_of_repository, .first_ms = 1, .max_ms = 2};
    gw_component_thread_init(&thread, &plan);
}

static void tear_down(void)
{
    gw_component_thread_done(&thread);
    gw_wakeup_close(thread.plan.stop);
    gw_wakeup_close(thread.plan.abort);
    gw_wakeup_close(thread.plan.ended);
}

static void open_and_close(void *context)
{
    struct gw_error error = {0};

    (void)context;
    opened = gw_component_thread_open_session(&thread, &backoff, &error);
    gw_component_thread_close_session(&thread);
}

static void run_to_its_end(void)
{
    struct gw_error error = {0};

    ck_assert_int_eq(gw_component_thread_start(&thread, open_and_close, NULL, &error), GW_OK);
    gw_component_thread_join(&thread);
    ck_assert(gw_component_thread_has_ended(&thread));
    ck_assert(gw_wakeup_is_raised(thread.plan.ended));
    ck_assert_ptr_null(thread.session);
}

START_TEST(a_session_is_opened_again_until_the_repository_answers)
{
    server.needed = 4;
    run_to_its_end();
    ck_assert_int_eq(opened, GW_OK);
    ck_assert_int_eq(server.tries, 4);
    ck_assert_int_eq(server.closed, 1);
    ck_assert_uint_eq(backoff.failures, 0);
}
END_TEST

START_TEST(an_open_session_is_not_opened_again)
{
    struct gw_error error = {0};

    ck_assert_int_eq(gw_component_thread_try_session(&thread, &error), GW_OK);
    ck_assert_int_eq(gw_component_thread_try_session(&thread, &error), GW_OK);
    ck_assert_int_eq(server.tries, 1);
    gw_component_thread_close_session(&thread);
    gw_component_thread_close_session(&thread);
    ck_assert_int_eq(server.closed, 1);
}
END_TEST

static int64_t connection_up(void)
{
    return gw_metrics_value(&thread.session_metrics, GW_METRIC_CONNECTION_UP);
}

START_TEST(a_session_says_whether_it_is_connected_until_it_is_closed)
{
    struct gw_error error = {0};

    server.needed = 2;
    ck_assert_int_eq(connection_up(), GW_METRIC_UNKNOWN);
    ck_assert_int_eq(gw_component_thread_try_session(&thread, &error), GW_TRANSIENT);
    ck_assert_int_eq(connection_up(), 0);
    ck_assert_int_eq(gw_component_thread_try_session(&thread, &error), GW_OK);
    ck_assert_int_eq(connection_up(), 1);
    gw_component_thread_close_session(&thread);
    ck_assert_int_eq(connection_up(), GW_METRIC_UNKNOWN);
}
END_TEST

START_TEST(a_configuration_error_is_retried_unless_it_ends_the_component)
{
    server.failure = GW_CONFIG;
    server.needed = 3;
    run_to_its_end();
    ck_assert_int_eq(opened, GW_OK);
    server.tries = 0;
    thread.plan.ends_at_fault = true;
    run_to_its_end();
    ck_assert_int_eq(opened, GW_CONFIG);
    ck_assert_int_eq(server.tries, 1);
}
END_TEST

START_TEST(the_last_failure_is_kept_until_what_failed_has_recovered)
{
    struct gw_backoff other = backoff;
    struct gw_error error = {.status = GW_TRANSIENT, .text = "away"};
    struct gw_failure failure = {0};

    other.events = &gw_backoff_of_input;
    ck_assert(!gw_last_failure_read(&thread.last_failure, &failure));
    (void)gw_component_thread_failed_ms(&thread, &backoff, &error);
    (void)gw_component_thread_failed_ms(&thread, &backoff, &error);
    gw_component_thread_recovered(&thread, &other);
    ck_assert(gw_last_failure_read(&thread.last_failure, &failure));
    ck_assert_str_eq(failure.text, "away");
    ck_assert_str_eq(failure.code, GW_CODE_REPOSITORY_FAILED);
    ck_assert_uint_eq(failure.count, 2);
    ck_assert_int_gt(failure.first_unix_ms, 0);
    ck_assert_int_ge(failure.last_unix_ms, failure.first_unix_ms);
    error.status = GW_CONFIG;
    (void)gw_component_thread_failed_ms(&thread, &other, &error);
    gw_component_thread_recovered(&thread, &backoff);
    ck_assert(gw_last_failure_read(&thread.last_failure, &failure));
    ck_assert_str_eq(failure.code, GW_CODE_INPUT_REFUSED);
    ck_assert_uint_eq(failure.count, 1);
    gw_component_thread_recovered(&thread, &other);
    ck_assert(!gw_last_failure_read(&thread.last_failure, &failure));
}
END_TEST

START_TEST(a_thread_knows_when_it_was_started_and_has_ended)
{
    ck_assert_int_eq(atomic_load(&thread.started_unix_ms), 0);
    run_to_its_end();
    ck_assert_int_gt(atomic_load(&thread.started_unix_ms), 0);
    ck_assert_int_ge(atomic_load(&thread.ended_unix_ms), atomic_load(&thread.started_unix_ms));
}
END_TEST

START_TEST(stop_ends_the_wait_for_the_repository)
{
    struct gw_error error = {0};

    server.needed = INT32_MAX;
    backoff = (struct gw_backoff){.events = &gw_backoff_of_repository, .first_ms = 3600 * 1000, .max_ms = 3600 * 1000};
    ck_assert_int_eq(gw_component_thread_start(&thread, open_and_close, NULL, &error), GW_OK);
    ck_assert(!gw_component_thread_is_stopping(&thread));
    gw_wakeup_raise(thread.plan.stop);
    gw_component_thread_join(&thread);
    ck_assert_int_eq(opened, GW_CANCELLED);
    ck_assert_int_eq(server.closed, 0);
    ck_assert(gw_component_thread_is_stopping(&thread));
}
END_TEST

START_TEST(a_thread_that_was_not_started_is_joined_at_once)
{
    gw_component_thread_join(&thread);
    ck_assert(!gw_component_thread_has_ended(&thread));
}
END_TEST

START_TEST(a_thread_that_cannot_be_started_is_an_error_with_its_cause)
{
    struct gw_error error = {0};

    thread_error = EAGAIN;
    ck_assert_int_eq(gw_component_thread_start(&thread, open_and_close, NULL, &error), GW_NOMEM);
    ck_assert_int_eq(error.os_error, EAGAIN);
    ck_assert_ptr_nonnull(strstr(error.text, "orders"));
    gw_component_thread_join(&thread);
    ck_assert(!gw_component_thread_has_ended(&thread));
    ck_assert_int_eq(server.tries, 0);
}
END_TEST

START_TEST(a_session_that_is_cancelled_without_a_stop_is_opened_again)
{
    server.failure = GW_CANCELLED;
    server.needed = 3;
    run_to_its_end();
    ck_assert_int_eq(opened, GW_OK);
    ck_assert_int_eq(server.tries, 3);
    ck_assert_int_eq(server.closed, 1);
}
END_TEST

START_TEST(a_session_that_a_stop_cancels_while_it_opens_is_not_opened_again)
{
    server.failure = GW_CANCELLED;
    server.needed = 3;
    gw_wakeup_raise(thread.plan.stop);
    run_to_its_end();
    ck_assert_int_eq(opened, GW_CANCELLED);
    ck_assert_int_eq(server.tries, 1);
    ck_assert_int_eq(server.closed, 0);
}
END_TEST

/* ---- whether it hangs */

static atomic_bool may_end;

static void hang(void *context)
{
    (void)context;
    while (!atomic_load(&may_end))
        (void)sched_yield();
}

static void wait_for_stop(void *context)
{
    (void)context;
    (void)gw_thread_pause(&thread.idle_host, 3600 * 1000);
}

static void wait_until_it_waits(void)
{
    while (atomic_load(&thread.beat) != GW_BEAT_WAITING)
        (void)sched_yield();
}

START_TEST(a_thread_that_neither_waits_nor_begins_a_round_is_silent)
{
    struct gw_error error = {0};

    ck_assert_int_eq(gw_component_thread_silent_ms(&thread), 0);
    ck_assert_int_eq(gw_component_thread_start(&thread, hang, NULL, &error), GW_OK);
    ck_assert_int_lt(gw_component_thread_silent_ms(&thread), 60000);
    atomic_store(&thread.beat, gw_clock_monotonic_ms() - 60001);
    ck_assert_int_gt(gw_component_thread_silent_ms(&thread), 60000);
    gw_component_thread_beat(&thread);
    ck_assert_int_lt(gw_component_thread_silent_ms(&thread), 60000);
    atomic_store(&thread.beat, gw_clock_monotonic_ms() - 60001);
    ck_assert_int_eq(thread.session_host.table.is_stopping(&thread.session_host.table), 0);
    ck_assert_int_lt(gw_component_thread_silent_ms(&thread), 60000);
    atomic_store(&may_end, true);
    gw_component_thread_join(&thread);
    atomic_store(&thread.beat, 0);
    ck_assert_int_eq(gw_component_thread_silent_ms(&thread), 0);
}
END_TEST

START_TEST(a_thread_that_waits_is_not_silent_however_long)
{
    struct gw_error error = {0};

    ck_assert_int_eq(gw_component_thread_start(&thread, wait_for_stop, NULL, &error), GW_OK);
    wait_until_it_waits();
    ck_assert_int_eq(gw_component_thread_silent_ms(&thread), 0);
    gw_wakeup_raise(thread.plan.stop);
    gw_component_thread_join(&thread);
    ck_assert_int_lt(atomic_load(&thread.beat), GW_BEAT_WAITING);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("component_thread");
    TCase *tests = tcase_create("thread");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_session_is_opened_again_until_the_repository_answers);
    tcase_add_test(tests, an_open_session_is_not_opened_again);
    tcase_add_test(tests, a_session_says_whether_it_is_connected_until_it_is_closed);
    tcase_add_test(tests, a_configuration_error_is_retried_unless_it_ends_the_component);
    tcase_add_test(tests, the_last_failure_is_kept_until_what_failed_has_recovered);
    tcase_add_test(tests, a_thread_knows_when_it_was_started_and_has_ended);
    tcase_add_test(tests, stop_ends_the_wait_for_the_repository);
    tcase_add_test(tests, a_thread_that_was_not_started_is_joined_at_once);
    tcase_add_test(tests, a_thread_that_cannot_be_started_is_an_error_with_its_cause);
    tcase_add_test(tests, a_session_that_is_cancelled_without_a_stop_is_opened_again);
    tcase_add_test(tests, a_session_that_a_stop_cancels_while_it_opens_is_not_opened_again);
    tcase_add_test(tests, a_thread_that_neither_waits_nor_begins_a_round_is_silent);
    tcase_add_test(tests, a_thread_that_waits_is_not_silent_however_long);
    suite_add_tcase(suite, tests);
    return suite;
}
