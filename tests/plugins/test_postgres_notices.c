/* SPDX-License-Identifier: Apache-2.0 */
/* Notices of postgres_repository that wait: what a look reads of them, and in which order they are reported. */
#include "check_main.h"
#include "postgres_instance.h"

#include <stdio.h>

enum { TIMEOUT_MS = 60000, LONG_MS = 3600 * 1000, WAITING = 3000, DUE = 5, READS_MAX = 100, TEST_SECONDS = 120 };

/* COUNT notices with these due times and waits; i: from 1. */
#define INSERT_NOTICES(count, due_at, wait_ms)                                                                        \
    "INSERT INTO notices (stamp, destination, recipient, event_id, type, sku, payload, headers, sequence, event_at,"  \
    " queued_at, group_key, is_open, due_at, wait_ms) SELECT i, 'mail', 'ann', 'e' || i, 'T', 'L', '', '', 1, now()," \
    " now(), '', false, " due_at ", " wait_ms " FROM generate_series(1, " #count ") i"

static struct instance instance;
static PGconn *pg;

static void set_up(void)
{
    instance_open(&instance, TIMEOUT_MS);
    pg = sql_open(&instance);
    (void)sql_value(pg, "ALTER TABLE notices SET (autovacuum_enabled = off)");
}

static void tear_down(void)
{
    PQfinish(pg);
    instance_close(&instance);
}

struct told {
    int64_t numbers[DUE];
    uint32_t count;
};

static enum gw_status keep_number(void *context, const struct gw_notice_row *notice)
{
    struct told *told = context;

    ck_assert_uint_lt(told->count, DUE);
    told->numbers[told->count++] = notice->event.number;
    return GW_OK;
}

static struct told look(int64_t *ret_due_in_ms)
{
    struct told told = {.count = 0};
    struct gw_notice_visitor visitor = {.size = sizeof visitor, .context = &told, .notice = keep_number};
    struct gw_notice_look look = {.size = sizeof look, .limit = DUE, .longest_wait_ms = LONG_MS};

    ck_assert_status(&instance,
                     instance.ops->notices_next(instance.session, gw_text_of("mail"), &look, &visitor, ret_due_in_ms,
                                                &instance.error),
                     GW_OK);
    return told;
}

static void assert_look(int64_t first, int64_t step)
{
    int64_t due_in_ms;
    struct told told = look(&due_in_ms);

    ck_assert_uint_eq(told.count, DUE);
    for (uint32_t i = 0; i < DUE; i++)
        ck_assert_int_eq(told.numbers[i], first + i * step);
}

/* The session keeps the plans that were made while the table was empty. In the second run the planner gets statistics,
 * and makes new plans. */
START_TEST(a_look_reads_the_notices_that_are_due_and_few_others)
{
    int64_t due_in_ms;
    int64_t before;

    ck_assert_uint_eq(look(&due_in_ms).count, 0);
    ck_assert_int_eq(due_in_ms, GW_DUE_NEVER);
    (void)sql_value(pg, INSERT_NOTICES(3000, "now() + interval '600 s'", "900000"));
    (void)sql_value(pg, INSERT_NOTICES(5, "NULL", "0"));
    if (_i > 0)
        (void)sql_value(pg, "ANALYZE notices");
    before = sql_rows_read(pg);
    assert_look(WAITING + 1, 1);
    sql_end_others(pg);
    ck_assert_int_ge(sql_rows_read(pg) - before, DUE);
    ck_assert_int_lt(sql_rows_read(pg) - before, READS_MAX);
}
END_TEST

/* Those that waited longest have the highest numbers. */
START_TEST(however_many_are_due_after_a_wait_they_are_reported_by_their_numbers)
{
    (void)sql_value(pg, INSERT_NOTICES(500, "now() - i * interval '1 s'", "1000"));
    assert_look(1, 1);
    (void)sql_value(pg, INSERT_NOTICES(2000, "now() - i * interval '1 s'", "1000"));
    assert_look(1, 1);
    (void)sql_value(pg, "DELETE FROM notices WHERE number <= 500");
    (void)sql_value(pg, "UPDATE notices SET due_at = now() + interval '600 s', wait_ms = 900000 WHERE number % 2 = 1");
    (void)sql_value(pg, "UPDATE notices SET due_at = NULL WHERE number % 4 = 0");
    assert_look(502, 2);
}
END_TEST

/* Each way in which a clock that was set back shows: the time is further away than its own wait, than any wait. */
START_TEST(notices_that_wait_too_long_are_due)
{
    int64_t due_in_ms;

    (void)sql_value(pg, INSERT_NOTICES(2, "now() + interval '600 s'", "1000"));
    (void)sql_value(pg, INSERT_NOTICES(3, "now() + interval '7200 s'", "3153600000000"));
    assert_look(1, 1);
    (void)look(&due_in_ms);
    ck_assert_int_eq(due_in_ms, GW_DUE_NEVER);
}
END_TEST

/* What later versions bring is taken away again. */
static const char version_13[] = INBOX_14
    "DROP TRIGGER notices_first ON notices; DROP INDEX notices_ready, notices_waiting, notices_later, notices_begun;"
    " ALTER TABLE notices DROP COLUMN is_behind; CREATE INDEX notices_destination ON notices (destination, number);"
    " CREATE INDEX notices_later ON notices (destination, due_at) WHERE due_at IS NOT NULL;"
    " UPDATE schema_state SET version = 13";

/* A gateway of an earlier version deletes what it has sent too. */
START_TEST(notices_that_were_stored_before_wait_for_those_before_them_whoever_deletes_these)
{
    int64_t due_in_ms, from, to;

    (void)sql_value(pg, version_13);
    (void)sql_value(pg, INSERT_NOTICES(3, "NULL", "0"));
    (void)sql_value(pg, "UPDATE notices SET repeat_ms = 1000, group_key = 'k' WHERE number < 3");
    ck_assert_status(&instance, instance_migrate(&instance, &from, &to), GW_OK);
    ck_assert_int_eq(from, 13);
    ck_assert_uint_eq(look(&due_in_ms).count, 2);
    ck_assert_int_eq(look(&due_in_ms).numbers[1], 3);
    (void)sql_value(pg, "DELETE FROM notices WHERE number = 1");
    ck_assert_int_eq(look(&due_in_ms).numbers[0], 2);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("postgres_notices");
    TCase *tests = tcase_create("notices");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, TEST_SECONDS);
    tcase_add_loop_test(tests, a_look_reads_the_notices_that_are_due_and_few_others, 0, 2);
    tcase_add_test(tests, however_many_are_due_after_a_wait_they_are_reported_by_their_numbers);
    tcase_add_test(tests, notices_that_wait_too_long_are_due);
    tcase_add_test(tests, notices_that_were_stored_before_wait_for_those_before_them_whoever_deletes_these);
    suite_add_tcase(suite, tests);
    return suite;
}
