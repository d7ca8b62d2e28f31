/* SPDX-License-Identifier: Apache-2.0 */
/* How many notices a crash can repeat: those that were sent and are not recorded. And how many are read for those that
 * are sent. The time of a send and of a record is that of the test's own clock. */
#include "base/clock.h"
#include "check_main.h"
#include "process/wakeup.h"
#include "relay/relay.h"
#include "scripted.h"
#include "scripted_destination.h"
#include "scripted_plan.h"
#include "worker/identity.h"

#include <poll.h>
#include <stdatomic.h>

static _Atomic int64_t now_us = 1;
static int64_t send_us;
static int64_t record_us;
static int64_t recording_us; /* in all */
static uint32_t unrecorded_max;

int64_t __wrap_gw_clock_monotonic_us(void);

int64_t __wrap_gw_clock_monotonic_us(void)
{
    return atomic_load(&now_us);
}

static void take_time_to_send(void)
{
    /* The notices are settled twice: as events when they are opened, and when they were sent. */
    uint32_t recorded = atomic_load(&scripted_repository.settled) - SCRIPT_MAX;
    uint32_t unrecorded = atomic_load(&scripted_destination.calls) - 1 - recorded;

    if (unrecorded > unrecorded_max)
        unrecorded_max = unrecorded;
    atomic_fetch_add(&now_us, send_us);
}

static void take_time_to_record(void)
{
    recording_us += record_us;
    atomic_fetch_add(&now_us, record_us);
}

static struct gw_session *session;
static struct gw_bootstrap bootstrap; /* no routes */
static atomic_uint_fast64_t handovers;

static void run_relay(struct gw_component *component)
{
    struct gw_relay_plan plan = scripted_relay_plan(component, &bootstrap);
    struct gw_error error = {0};
    struct gw_relay *relay;

    plan.handovers = &handovers;
    ck_assert_msg(gw_relay_new(&plan, &relay, &error) == GW_OK, "%s", error.text);
    gw_relay_finish(relay);
    ck_assert_msg(gw_relay_start(relay, &error) == GW_OK, "%s", error.text);
    while (!gw_relay_is_empty(relay, 0)) {
        struct pollfd waiting = {.fd = plan.ended, .events = POLLIN};

        if (poll(&waiting, 1, -1) > 0)
            gw_wakeup_lower(plan.ended);
    }
    gw_wakeup_raise(plan.stop);
    gw_relay_join(relay);
    gw_relay_free(relay);
}

/* Sends as many notices as the script holds. */
static void send_all(int64_t send_ms, int64_t record_ms)
{
    struct gw_component component = notifier_component(60000);

    ck_assert(gw_identity_init());
    session = scripted_repository_open();
    ck_assert_ptr_nonnull(session);
    send_us = send_ms * 1000;
    record_us = record_ms * 1000;
    scripted_destination.in_call = take_time_to_send;
    scripted_repository.in_settle = take_time_to_record;
    add_rows(session, "console", SCRIPT_MAX);
    run_relay(&component);
    ck_assert_uint_eq(atomic_load(&scripted_destination.calls), SCRIPT_MAX);
    ck_assert_uint_eq(atomic_load(&scripted_repository.settled), 2 * SCRIPT_MAX);
}

START_TEST(a_notice_is_recorded_before_the_next_one_is_sent_where_recording_is_quick)
{
    send_all(20, 1);
    ck_assert_uint_eq(unrecorded_max, 0);
}
END_TEST

START_TEST(recording_takes_a_twentieth_of_the_time_where_it_takes_longer_than_a_send)
{
    int64_t begun_us = now_us;

    send_all(1, 1);
    ck_assert_int_le(recording_us, (now_us - begun_us) * 10 / 100);
    ck_assert_uint_gt(unrecorded_max, 0);
    ck_assert_uint_lt(unrecorded_max, 20);
}
END_TEST

START_TEST(however_long_recording_takes_a_crash_repeats_the_notices_of_fifty_milliseconds)
{
    send_all(2, 500);
    ck_assert_uint_gt(unrecorded_max, 0);
    ck_assert_uint_lt(unrecorded_max, 25);
}
END_TEST

/* A round sends three of them. */
START_TEST(a_look_reads_few_more_notices_than_a_round_has_time_to_send)
{
    send_all(20, 1);
    ck_assert_uint_lt(atomic_load(&scripted_repository.notices_told), 5 * SCRIPT_MAX);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("relay_record");
    TCase *tests = tcase_create("records");

    tcase_add_test(tests, a_notice_is_recorded_before_the_next_one_is_sent_where_recording_is_quick);
    tcase_add_test(tests, recording_takes_a_twentieth_of_the_time_where_it_takes_longer_than_a_send);
    tcase_add_test(tests, however_long_recording_takes_a_crash_repeats_the_notices_of_fifty_milliseconds);
    tcase_add_test(tests, a_look_reads_few_more_notices_than_a_round_has_time_to_send);
    suite_add_tcase(suite, tests);
    return suite;
}
