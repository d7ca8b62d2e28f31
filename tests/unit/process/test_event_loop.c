/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors and times of one thread. */
#include "base/clock.h"
#include "check_main.h"
#include "process/event_loop.h"
#include "process/wakeup.h"

#include <gangway/host.h>

#include <string.h>
#include <unistd.h>

static struct gw_event_loop *loop;
static char calls[64];

static void set_up(void)
{
    loop = gw_event_loop_new();
    ck_assert_ptr_nonnull(loop);
    calls[0] = '\0';
}

static void tear_down(void)
{
    gw_event_loop_free(loop);
}

/* ---- descriptors */

struct raised {
    struct gw_event_watch watch;
    const char *name;
    struct raised *unwatches; /* when it is called */
};

static void on_raised(void *context, uint32_t ready)
{
    struct raised *raised = context;

    ck_assert_uint_eq(ready, GW_WAIT_READ);
    (void)strcat(calls, raised->name);
    gw_wakeup_lower(raised->watch.fd);
    if (raised->unwatches != NULL)
        gw_event_loop_unwatch(loop, &raised->unwatches->watch);
}

static void watch(struct raised *raised, const char *name)
{
    struct gw_error error = {0};

    *raised = (struct raised){
        .watch = {.fd = gw_wakeup_open(), .wanted = GW_WAIT_READ, .ready = on_raised, .context = raised}, .name = name};
    ck_assert_int_eq(gw_event_loop_watch(loop, &raised->watch, &error), GW_OK);
}

static void end(struct raised *raised)
{
    gw_event_loop_unwatch(loop, &raised->watch);
    gw_wakeup_close(raised->watch.fd);
}

START_TEST(each_descriptor_that_is_ready_is_called_once_in_a_step)
{
    struct raised a;
    struct raised b;
    struct raised c;

    watch(&a, "a");
    watch(&b, "b");
    watch(&c, "c");
    gw_wakeup_raise(a.watch.fd);
    gw_wakeup_raise(c.watch.fd);
    gw_event_loop_step(loop);
    ck_assert_uint_eq(strlen(calls), 2);
    ck_assert(strchr(calls, 'a') != NULL && strchr(calls, 'c') != NULL);
    end(&a);
    end(&b);
    end(&c);
}
END_TEST

/* Both are ready, and the one that is called first unwatches the other, whose memory may then be freed. */
START_TEST(a_descriptor_that_was_unwatched_is_not_called_in_the_same_step)
{
    struct raised a;
    struct raised b;

    watch(&a, "a");
    watch(&b, "b");
    a.unwatches = &b;
    b.unwatches = &a;
    gw_wakeup_raise(a.watch.fd);
    gw_wakeup_raise(b.watch.fd);
    gw_event_loop_step(loop);
    ck_assert_uint_eq(strlen(calls), 1);
    end(&a);
    end(&b);
}
END_TEST

static void on_end(void *context, uint32_t ready)
{
    struct gw_event_watch *end = context;

    ck_assert_uint_eq(ready, GW_WAIT_READ);
    (void)strcat(calls, "end");
    gw_event_loop_unwatch(loop, end);
}

START_TEST(the_other_end_of_a_pipe_that_goes_is_ready)
{
    int ends[2];
    struct gw_event_watch reading = {.wanted = GW_WAIT_READ, .ready = on_end, .context = &reading};
    struct gw_error error = {0};

    ck_assert_int_eq(pipe(ends), 0);
    reading.fd = ends[0];
    ck_assert_int_eq(gw_event_loop_watch(loop, &reading, &error), GW_OK);
    (void)close(ends[1]);
    gw_event_loop_step(loop);
    ck_assert_str_eq(calls, "end");
    (void)close(ends[0]);
}
END_TEST

START_TEST(a_descriptor_that_cannot_be_watched_is_an_error)
{
    struct gw_event_watch closed = {.fd = -1, .wanted = GW_WAIT_READ, .ready = on_end};
    struct gw_error error = {0};

    ck_assert_int_eq(gw_event_loop_watch(loop, &closed, &error), GW_NOMEM);
    ck_assert_int_ne(error.os_error, 0);
    gw_event_loop_unwatch(loop, &closed);
}
END_TEST

/* ---- timers */

static void on_time(void *context)
{
    (void)strcat(calls, context);
}

START_TEST(timers_fire_once_in_the_order_of_their_times)
{
    int64_t now_ms = gw_clock_monotonic_ms();
    struct gw_event_timer a = {.fired = on_time, .context = "a"};
    struct gw_event_timer b = {.fired = on_time, .context = "b"};
    struct gw_event_timer c = {.fired = on_time, .context = "c"};

    gw_event_loop_set(loop, &c, now_ms + 2);
    gw_event_loop_set(loop, &a, now_ms - 5);
    gw_event_loop_set(loop, &b, now_ms + 1);
    while (c.is_set)
        gw_event_loop_step(loop);
    ck_assert_str_eq(calls, "abc");
    ck_assert_int_ge(gw_clock_monotonic_ms(), now_ms + 2);
}
END_TEST

START_TEST(a_timer_that_is_set_again_fires_at_the_new_time_only)
{
    int64_t now_ms = gw_clock_monotonic_ms();
    struct gw_event_timer a = {.fired = on_time, .context = "a"};
    struct gw_event_timer b = {.fired = on_time, .context = "b"};

    gw_event_loop_set(loop, &a, now_ms);
    gw_event_loop_set(loop, &b, now_ms + 1);
    gw_event_loop_set(loop, &a, now_ms + 2);
    while (a.is_set)
        gw_event_loop_step(loop);
    ck_assert_str_eq(calls, "ba");
}
END_TEST

static struct gw_event_timer again;

static void set_again(void *context)
{
    (void)strcat(calls, context);
    gw_event_loop_set(loop, &again, gw_clock_monotonic_ms() - 1000);
}

START_TEST(a_timer_that_sets_itself_to_the_past_fires_once_a_step)
{
    again = (struct gw_event_timer){.fired = set_again, .context = "x"};
    gw_event_loop_set(loop, &again, gw_clock_monotonic_ms());
    gw_event_loop_step(loop);
    gw_event_loop_step(loop);
    ck_assert_str_eq(calls, "xx");
    gw_event_loop_cancel(loop, &again);
    gw_event_loop_cancel(loop, &again);
    ck_assert(!again.is_set);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("event_loop");
    TCase *tests = tcase_create("event_loop");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, each_descriptor_that_is_ready_is_called_once_in_a_step);
    tcase_add_test(tests, a_descriptor_that_was_unwatched_is_not_called_in_the_same_step);
    tcase_add_test(tests, the_other_end_of_a_pipe_that_goes_is_ready);
    tcase_add_test(tests, a_descriptor_that_cannot_be_watched_is_an_error);
    tcase_add_test(tests, timers_fire_once_in_the_order_of_their_times);
    tcase_add_test(tests, a_timer_that_is_set_again_fires_at_the_new_time_only);
    tcase_add_test(tests, a_timer_that_sets_itself_to_the_past_fires_once_a_step);
    suite_add_tcase(suite, tests);
    return suite;
}
