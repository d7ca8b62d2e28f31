/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker logs in the handler of a deadly signal: which messages it was applying, or where its sources are. */
#include "check_main.h"
#include "log_file.h"
#include "worker/worker_internal.h"

#include <stdio.h>
#include <string.h>

enum { SOURCES = 70, LOGGED_MAX = 64, MESSAGES = 8 };

static struct gw_worker worker;
static struct gw_worker_source sources[SOURCES];
static struct gw_worker_message messages[SOURCES];
static char names[SOURCES][16];

static void set_up(void)
{
    log_file_open();
    memset(&worker, 0, sizeof worker);
    worker.plan = (struct gw_worker_plan){.id = "orders", .log = &log_file};
    worker.messages = messages;
    for (int index = 0; index < SOURCES; index++) {
        (void)snprintf(names[index], sizeof names[index], "s%d", index);
        sources[index] = (struct gw_worker_source){.turn = {.name = gw_text_of(names[index]), .position = 100 + index},
                                                   .is_started = true,
                                                   .next = index + 1 < SOURCES ? &sources[index + 1] : NULL};
        messages[index] = (struct gw_worker_message){.source = &sources[index], .offset = 1000 + index};
    }
    worker.sources.first = sources;
}

/* Messages of s0 and s1 in turns, with the offsets 10, 11, 12 and so on. */
static void add_messages(void)
{
    worker.message_count = MESSAGES;
    for (int index = 0; index < MESSAGES; index++)
        messages[index] = (struct gw_worker_message){.source = &sources[index % 2], .offset = 10 + index};
}

START_TEST(a_crash_names_the_first_and_the_last_message_of_each_source_of_the_attempt)
{
    add_messages();
    worker.attempt_first = 1;
    worker.attempt_count = 5;
    gw_worker_describe_crash(&worker, &log_file);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_MESSAGES, NULL), 2);
    ck_assert_uint_eq(
        logged(GW_CODE_CRASH_MESSAGES, "\"source\":\"s1\",\"offset\":\"11\",\"last\":\"15\",\"messages\":\"3\""), 1);
    ck_assert_uint_eq(
        logged(GW_CODE_CRASH_MESSAGES, "\"source\":\"s0\",\"offset\":\"12\",\"last\":\"14\",\"messages\":\"2\""), 1);
    ck_assert_uint_eq(logged(NULL, NULL), 2);
}
END_TEST

START_TEST(a_crash_between_two_attempts_names_what_the_turn_has_not_applied)
{
    add_messages();
    for (int index = 0; index < 5; index++)
        messages[index].is_done = true;
    messages[6].is_done = true;
    gw_worker_describe_crash(&worker, &log_file);
    ck_assert_uint_eq(
        logged(GW_CODE_CRASH_MESSAGES, "\"source\":\"s1\",\"offset\":\"15\",\"last\":\"17\",\"messages\":\"2\""), 1);
    ck_assert_uint_eq(logged(NULL, NULL), 1);
}
END_TEST

START_TEST(a_crash_counts_messages_that_have_no_position)
{
    add_messages();
    for (int index = 2; index < MESSAGES; index++)
        messages[index].source = NULL;
    messages[3].is_done = true;
    worker.attempt_count = MESSAGES;
    gw_worker_describe_crash(&worker, &log_file);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_UNPOSITIONED, "\"messages\":\"5\""), 1);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_MESSAGES, NULL), 2);
    ck_assert_uint_eq(logged(NULL, NULL), 3);
}
END_TEST

START_TEST(a_crash_while_no_message_is_applied_names_where_each_started_source_is)
{
    sources[1].is_started = false;
    sources[3].next = NULL;
    gw_worker_describe_crash(&worker, &log_file);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_POSITION, "\"source\":\"s0\",\"offset\":\"100\""), 1);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_POSITION, "\"source\":\"s3\",\"offset\":\"103\""), 1);
    ck_assert_uint_eq(logged(NULL, NULL), 3);
}
END_TEST

/* The handler must not fill the disk. */
START_TEST(a_crash_names_at_most_64_sources)
{
    worker.message_count = SOURCES;
    gw_worker_describe_crash(&worker, &log_file);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_MESSAGES, NULL), LOGGED_MAX);
    worker.message_count = 0;
    gw_worker_describe_crash(&worker, &log_file);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_POSITION, NULL), LOGGED_MAX);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("worker_crash");
    TCase *tests = tcase_create("crash");

    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, a_crash_names_the_first_and_the_last_message_of_each_source_of_the_attempt);
    tcase_add_test(tests, a_crash_between_two_attempts_names_what_the_turn_has_not_applied);
    tcase_add_test(tests, a_crash_counts_messages_that_have_no_position);
    tcase_add_test(tests, a_crash_while_no_message_is_applied_names_where_each_started_source_is);
    tcase_add_test(tests, a_crash_names_at_most_64_sources);
    suite_add_tcase(suite, tests);
    return suite;
}
