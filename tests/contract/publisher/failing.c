/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event that cannot be delivered is reported in time, leaves nothing incomplete, and is delivered when it is sent
 * again.
 */
#include "fixture.h"

#include <string.h>

enum { COUNT = 12, WITHIN_MS = 1000, LATE_MS = 3000 };

static uint32_t count_confirmed(const struct outlet *used, enum gw_status status, uint32_t count)
{
    uint32_t confirmed = 0;

    for (uint32_t i = 0; i < count && status == GW_OK; i++)
        confirmed += used->verdicts[i].status == GW_OK;
    return confirmed;
}

/* The statuses of a publish while nothing can be delivered: it has a text, and confirms nothing. */
static void expect_failure(const struct outlet *used, enum gw_status status, uint32_t count)
{
    ck_assert_msg(status == GW_OK || status == GW_TRANSIENT || status == GW_CONFIG, "%s", gw_status_word((int)status));
    ck_assert_uint_eq(count_confirmed(used, status, count), 0);
    if (status != GW_OK) {
        ck_assert_int_eq(used->error.status, (int)status);
        ck_assert_uint_gt(strlen(used->error.text), 0);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        suite_assert_status(used->verdicts[i].status, GW_TRANSIENT, &used->error);
        ck_assert_uint_gt(strlen(used->verdicts[i].answer), 0);
    }
}

START_TEST(publish_reports_an_unreachable_other_side)
{
    if (publisher.away == NULL)
        return;
    outlet_open_with(&outlet, publisher.away);
    for (int i = 0; i < 2; i++) {
        int64_t begun = now_ms();

        expect_failure(&outlet, outlet_publish(&outlet, 0, COUNT, WITHIN_MS), COUNT);
        ck_assert_int_lt(now_ms() - begun, WITHIN_MS + LATE_MS);
    }
}
END_TEST

/* Of the second in which a sign of life is due, twice as much, for a machine that is busy. */
START_TEST(a_publish_that_takes_long_gives_signs_of_life)
{
    enum { LONG_MS = 4000, SILENCE_MS = 2000 };

    if (publisher.away == NULL)
        return;
    outlet_open_with(&outlet, publisher.away);
    test_host_begin(&outlet.host);
    expect_failure(&outlet, outlet_publish(&outlet, 0, COUNT, LONG_MS), COUNT);
    ck_assert_int_lt(test_host_silence_ms(&outlet.host), SILENCE_MS);
}
END_TEST

/* Obstructed before the first publish, and again behind one that went well. */
START_TEST(an_event_that_could_not_be_written_is_written_later)
{
    enum gw_status status;
    uint32_t next = 0;

    if (publisher.obstruct == NULL || publisher.clear == NULL)
        return;
    outlet_open(&outlet);
    for (int round = 0; round < 3; round++) {
        int64_t begun;

        outlet_run(&outlet, publisher.obstruct);
        begun = now_ms();
        status = outlet_publish(&outlet, next, COUNT, WITHIN_MS);
        ck_assert_int_lt(now_ms() - begun, WITHIN_MS + LATE_MS);
        expect_failure(&outlet, status, COUNT);
        outlet_run(&outlet, publisher.clear);
        if (status != GW_OK)
            ck_assert_uint_eq(count_arrived(&outlet, next, COUNT), 0);
        outlet_deliver(&outlet, next, COUNT);
        next += COUNT;
        expect_arrived(&outlet, 0, next, status == GW_OK ? REPEATED : ONCE);
    }
}
END_TEST

/* What was done within the deadline is complete, and confirmed events have arrived. */
START_TEST(a_deadline_that_has_passed_is_kept)
{
    int64_t begun;
    uint32_t confirmed;
    enum gw_status status;

    outlet_open(&outlet);
    outlet_deliver(&outlet, 0, 1);
    begun = now_ms();
    status = outlet_publish(&outlet, 1, COUNT, -1000);
    ck_assert_int_lt(now_ms() - begun, LATE_MS);
    ck_assert_msg(status == GW_OK || status == GW_TRANSIENT, "%s", gw_status_word((int)status));
    confirmed = count_confirmed(&outlet, status, COUNT);
    ck_assert_uint_ge(count_arrived(&outlet, 1, COUNT), confirmed);
    outlet_deliver(&outlet, 1, COUNT);
    expect_arrived(&outlet, 0, COUNT + 1, REPEATED);
}
END_TEST

START_TEST(a_deadline_that_has_passed_is_kept_by_the_first_publish_too)
{
    enum gw_status status;
    int64_t begun = now_ms();

    outlet_open(&outlet);
    status = outlet_publish(&outlet, 0, COUNT, -1000);
    ck_assert_int_lt(now_ms() - begun, LATE_MS);
    ck_assert_msg(status == GW_OK || status == GW_TRANSIENT, "%s", gw_status_word((int)status));
    ck_assert_uint_ge(count_arrived(&outlet, 0, COUNT), count_confirmed(&outlet, status, COUNT));
    outlet_deliver(&outlet, 0, COUNT);
    expect_arrived(&outlet, 0, COUNT, REPEATED);
}
END_TEST

static void cancel(void *host)
{
    test_host_cancel(host);
}

/* A shutdown in the middle: confirmed events have arrived, a publish that follows ends soon, and the next process sends
 * the rest. As the core does it, each publish begins with the first group that was not confirmed. */
START_TEST(a_shutdown_ends_a_publish_and_loses_nothing)
{
    enum gw_status status = GW_OK;
    uint32_t confirmed = 0;
    uint32_t groups = 0;
    int64_t begun;

    outlet_open(&outlet);
    suite_soon(cancel, &outlet.host);
    for (; status == GW_OK && groups < 100 && confirmed == groups * COUNT; groups++) {
        status = outlet_publish(&outlet, groups * COUNT, COUNT, DEADLINE_MS);
        confirmed += count_confirmed(&outlet, status, COUNT);
    }
    suite_join();
    begun = now_ms();
    status = outlet_publish(&outlet, confirmed / COUNT * COUNT, COUNT, DEADLINE_MS);
    ck_assert_int_lt(now_ms() - begun, LATE_MS);
    ck_assert_msg(status == GW_OK || status == GW_CANCELLED, "%s (%s)", gw_status_word((int)status), outlet.error.text);
    ck_assert_uint_ge(count_arrived(&outlet, 0, groups * COUNT), confirmed);
    outlet_close(&outlet);
    outlet_open(&outlet);
    for (uint32_t group = confirmed / COUNT; group <= groups; group++)
        outlet_deliver(&outlet, group * COUNT, COUNT);
    expect_arrived(&outlet, 0, (groups + 1) * COUNT, REPEATED);
}
END_TEST

TCase *failing_case(void)
{
    TCase *tests = publisher_case("failing");

    tcase_add_test(tests, publish_reports_an_unreachable_other_side);
    tcase_add_test(tests, a_publish_that_takes_long_gives_signs_of_life);
    tcase_add_test(tests, an_event_that_could_not_be_written_is_written_later);
    tcase_add_test(tests, a_deadline_that_has_passed_is_kept);
    tcase_add_test(tests, a_deadline_that_has_passed_is_kept_by_the_first_publish_too);
    tcase_add_test(tests, a_shutdown_ends_a_publish_and_loses_nothing);
    return tests;
}
