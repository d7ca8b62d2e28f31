/* SPDX-License-Identifier: Apache-2.0 */
/* What opening events and looking for notices reads and writes. */
#include "scratch.h"
#include "sqlite_cases.h"
#include "sqlite_instance.h"

enum { EVENTS = 4, STAMP = 7, NOTICE_STAMP = 100 };

/* A block of 4 events, and how often a block is written. */
static const char block_sql[] =
    "INSERT INTO outbox_blocks (number, destination, stamp, created_unix_ms, count, events) VALUES (1, 'mail', 7, 1, "
    "4, '');"
    "UPDATE counters SET next = 2 WHERE name = 'outbox_blocks';"
    "CREATE TABLE writes (number INTEGER);"
    "CREATE TRIGGER written AFTER UPDATE ON outbox_blocks BEGIN INSERT INTO writes VALUES (new.number); END;";

static struct instance instance;
static struct gw_session *session;
static const char *path;

static void begin(void)
{
    scratch_begin();
    path = scratch_path("gangway.db");
    instance_open(&instance, path, NULL);
    session = instance_begin(&instance);
}

static void end(void)
{
    instance.ops->close_session(session);
    instance_close(&instance);
    scratch_end();
}

static struct gw_notice_draft draft_of(const char *id)
{
    return (struct gw_notice_draft){.event = {.destination = gw_text_of("mail"),
                                              .recipient = gw_text_of("ann"),
                                              .id = gw_text_of(id),
                                              .type = gw_text_of("OutOfStock"),
                                              .sku = gw_text_of("LAMP"),
                                              .payload = gw_text_of("{}"),
                                              .queued_unix_ms = 1,
                                              .event_unix_ms = 1}};
}

/* Opens the events from the first of these on, before the last, as one call. */
static void open_events(uint32_t first, uint32_t end)
{
    static const char *const ids[EVENTS] = {"m0", "m1", "m2", "m3"};
    struct gw_notice_draft drafts[EVENTS];
    struct gw_outbox_settlement settlements[EVENTS];

    for (uint32_t i = first; i < end; i++) {
        drafts[i] = draft_of(ids[i]);
        settlements[i] = (struct gw_outbox_settlement){
            .number = 1, .stamp = STAMP, .from = i, .to = i + 1, .drafts = {&drafts[i], 1, sizeof drafts[i]}};
    }
    ck_assert_status(
        &instance,
        instance.ops->outbox_settle(session, gw_text_of("mail"),
                                    &(struct gw_array){&settlements[first], end - first, sizeof settlements[0]},
                                    NOTICE_STAMP, &instance.error),
        GW_OK);
}

START_TEST(events_of_a_block_that_are_opened_together_write_it_once)
{
    ck_assert_int_eq(sql_run(path, block_sql), SQLITE_OK);
    open_events(0, 3);
    ck_assert_int_eq(sql_number(path, "SELECT count(*) FROM writes"), 1);
    ck_assert_int_eq(sql_number(path, "SELECT first_pending FROM outbox_blocks"), 3);
    ck_assert_int_eq(
        sql_number(path, "SELECT count(DISTINCT number) FROM notices WHERE event_id IN ('m0', 'm1', 'm2')"), 3);
}
END_TEST

START_TEST(events_of_a_block_that_were_opened_before_are_skipped_and_the_others_are_opened)
{
    ck_assert_int_eq(sql_run(path, block_sql), SQLITE_OK);
    open_events(0, 2);
    open_events(0, EVENTS);
    open_events(0, EVENTS);
    ck_assert_int_eq(sql_number(path, "SELECT count(*) FROM outbox_blocks"), 0);
    ck_assert_int_eq(sql_number(path, "SELECT count(*) FROM notices"), EVENTS);
    ck_assert_int_eq(sql_number(path, "SELECT count(DISTINCT event_id) FROM notices"), EVENTS);
}
END_TEST

/* ---- looking */

enum { LONG_MS = 3600 * 1000, TOLD_MAX = 5, WAITING = 3000 };

/* COUNT notices with numbers from FIRST on, with these due times and waits. i: from 0, now: in milliseconds. */
#define INSERT_NOTICES(first, count, due, wait)                                                                     \
    "UPDATE counters SET next = " #first " + " #count " WHERE name = 'notices';"                                    \
    "WITH RECURSIVE n (i, now) AS (SELECT 0, (julianday('now') - 2440587.5) * 86400000 UNION ALL SELECT i + 1, now" \
    " FROM n WHERE i + 1 < " #count                                                                                 \
    ") INSERT INTO notices (number, stamp, destination, recipient, event_id, type, sku,"                            \
    " payload, headers, sequence, event_unix_ms, queued_unix_ms, group_key, is_open, due_unix_ms, wait_ms) SELECT"  \
    " i + " #first ", 1, 'mail', 'ann', 'e', 'T', 'L', '', '', 1, 1, 1, '', 0, CAST(" due " AS INTEGER), " wait     \
    " FROM n;"

static sqlite3 *opened[4];
static uint32_t opened_count;

/* Every connection that the plugin opens. */
static int keep_connection(sqlite3 *db, char **error, const void *api)
{
    (void)error;
    (void)api;
    if (opened_count < sizeof opened / sizeof opened[0])
        opened[opened_count++] = db;
    return SQLITE_OK;
}

/* Steps of SQLite's machine since the last call, of the statements of this connection. A row that is read takes ten or
 * so. */
static int64_t steps_of(sqlite3 *db)
{
    int64_t steps = 0;

    for (sqlite3_stmt *statement = sqlite3_next_stmt(db, NULL); statement != NULL;
         statement = sqlite3_next_stmt(db, statement))
        steps += sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1);
    return steps;
}

struct told {
    int64_t numbers[TOLD_MAX];
    uint32_t count;
};

static enum gw_status keep_number(void *context, const struct gw_notice_row *notice)
{
    struct told *told = context;

    ck_assert_uint_lt(told->count, TOLD_MAX);
    told->numbers[told->count++] = notice->event.number;
    return GW_OK;
}

static struct told look_through(struct gw_session *through)
{
    int64_t due_in_ms;
    struct told told = {.count = 0};
    struct gw_notice_visitor visitor = {.size = sizeof visitor, .context = &told, .notice = keep_number};
    struct gw_notice_look look = {.size = sizeof look, .limit = TOLD_MAX, .longest_wait_ms = LONG_MS};

    ck_assert_status(
        &instance,
        instance.ops->notices_next(through, gw_text_of("mail"), &look, &visitor, &due_in_ms, &instance.error), GW_OK);
    return told;
}

static void assert_look(int64_t first, int64_t step)
{
    struct told told = look_through(session);

    ck_assert_uint_eq(told.count, TOLD_MAX);
    for (uint32_t i = 0; i < TOLD_MAX; i++)
        ck_assert_int_eq(told.numbers[i], first + i * step);
}

START_TEST(a_look_reads_the_notices_that_are_due_and_few_others)
{
    struct gw_session *other;
    int64_t few;

    ck_assert_int_eq(sqlite3_auto_extension((void (*)(void))keep_connection), SQLITE_OK);
    ck_assert_status(&instance, instance_session(&instance, &other), GW_OK);
    ck_assert_int_eq(sqlite3_cancel_auto_extension((void (*)(void))keep_connection), 1);
    ck_assert_uint_eq(opened_count, 1);
    ck_assert_int_eq(sql_run(path, INSERT_NOTICES(5000, 5, "0", "0") INSERT_NOTICES(6000, 1, "now + 600000", "900000")),
                     SQLITE_OK);
    (void)steps_of(opened[0]);
    ck_assert_uint_eq(look_through(other).count, TOLD_MAX);
    few = steps_of(opened[0]);
    ck_assert_int_gt(few, TOLD_MAX);
    ck_assert_int_eq(sql_run(path, INSERT_NOTICES(1, 3000, "now + 600000",
                                                  "900000") "UPDATE counters SET next = 7000 WHERE name = 'notices'"),
                     SQLITE_OK);
    ck_assert_int_eq(look_through(other).numbers[0], 5000);
    ck_assert_int_lt(steps_of(opened[0]), few + WAITING / 10);
    instance.ops->close_session(other);
}
END_TEST

/* Those that waited longest have the highest numbers. */
START_TEST(however_many_are_due_after_a_wait_they_are_reported_by_their_numbers)
{
    ck_assert_int_eq(sql_run(path, INSERT_NOTICES(1, 500, "now - 1000 * (i + 1)", "1000")), SQLITE_OK);
    assert_look(1, 1);
    ck_assert_int_eq(sql_run(path, INSERT_NOTICES(501, 2000, "now - 1000 * (i + 1)", "1000")), SQLITE_OK);
    assert_look(1, 1);
    ck_assert_int_eq(sql_run(path, "DELETE FROM notices WHERE number <= 500;"
                                   "UPDATE notices SET due_unix_ms = due_unix_ms + 3000000, wait_ms = 9000000"
                                   " WHERE number % 2 = 1; UPDATE notices SET due_unix_ms = 0 WHERE number % 4 = 0;"),
                     SQLITE_OK);
    assert_look(502, 2);
}
END_TEST

/* Each way in which a clock that was set back shows: the time is further away than its own wait, than any wait. */
START_TEST(notices_that_wait_too_long_are_due)
{
    ck_assert_int_eq(sql_run(path, INSERT_NOTICES(1, 2, "now + 600000", "1000")
                                       INSERT_NOTICES(3, 3, "now + 7200000", "9223372036854775807")),
                     SQLITE_OK);
    assert_look(1, 1);
}
END_TEST

/* What version 7 brings is taken away again. */
static const char version_6[] =
    "DROP TRIGGER notices_first; DROP INDEX notices_destination; DROP INDEX notices_later; DROP INDEX notices_begun;"
    "ALTER TABLE notices DROP COLUMN waiting; ALTER TABLE notices DROP COLUMN is_behind;"
    "CREATE INDEX notices_destination ON notices (destination);"
    "CREATE INDEX notices_later ON notices (destination, due_unix_ms) WHERE due_unix_ms > 0;"
    "PRAGMA user_version = 6;";

START_TEST(notices_that_were_stored_before_wait_for_those_before_them)
{
    ck_assert_int_eq(sql_run(path, version_6), SQLITE_OK);
    ck_assert_int_eq(sql_run(path, INSERT_NOTICES(1, 6, "0", "0")), SQLITE_OK);
    ck_assert_int_eq(sql_run(path, "UPDATE notices SET repeat_ms = 1000, group_key = 'k' WHERE number IN (3, 4)"),
                     SQLITE_OK);
    instance.ops->close_session(session);
    ck_assert_status(&instance, instance_migrate(&instance), GW_OK);
    ck_assert_status(&instance, instance_session(&instance, &session), GW_OK);
    ck_assert_int_eq(look_through(session).numbers[3], 5);
    ck_assert_int_eq(sql_run(path, "DELETE FROM notices WHERE number = 3"), SQLITE_OK);
    ck_assert_int_eq(look_through(session).numbers[2], 4);
}
END_TEST

TCase *sqlite_notices_case(void)
{
    TCase *tests = tcase_create("notices");

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, events_of_a_block_that_are_opened_together_write_it_once);
    tcase_add_test(tests, events_of_a_block_that_were_opened_before_are_skipped_and_the_others_are_opened);
    tcase_add_test(tests, a_look_reads_the_notices_that_are_due_and_few_others);
    tcase_add_test(tests, however_many_are_due_after_a_wait_they_are_reported_by_their_numbers);
    tcase_add_test(tests, notices_that_wait_too_long_are_due);
    tcase_add_test(tests, notices_that_were_stored_before_wait_for_those_before_them);
    return tests;
}
