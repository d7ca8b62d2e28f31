/* SPDX-License-Identifier: Apache-2.0 */
/* A database of schema version 1 with rows in every table: what migrating makes of them. */
#include "scratch.h"
#include "sqlite_cases.h"
#include "sqlite_instance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The schema as released, word for word except comments. */
static const char version_1[] =
    "PRAGMA journal_mode = WAL; PRAGMA application_id = 1196900697; PRAGMA user_version = 1;"
    "CREATE TABLE products ("
    "  sku TEXT NOT NULL PRIMARY KEY,"
    "  version INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE batches ("
    "  ref TEXT NOT NULL PRIMARY KEY,"
    "  sku TEXT NOT NULL,"
    "  purchased INTEGER NOT NULL CHECK (purchased <= 2147483647),"
    "  allocated INTEGER NOT NULL,"
    "  open INTEGER NOT NULL,"
    "  eta TEXT CHECK (eta IS date(eta, '+0 days')),"
    "  created INTEGER NOT NULL,"
    "  newest INTEGER NOT NULL DEFAULT 0,"
    "  CONSTRAINT batches_sold CHECK (allocated BETWEEN 0 AND purchased),"
    "  CONSTRAINT batches_open CHECK (open = (allocated < purchased))"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX batches_in_order ON batches (sku, open, eta, created);"

    "CREATE TABLE allocations ("
    "  number INTEGER NOT NULL PRIMARY KEY,"
    "  orderid TEXT NOT NULL,"
    "  sku TEXT NOT NULL,"
    "  qty INTEGER NOT NULL,"
    "  ref TEXT NOT NULL,"
    "  seq INTEGER NOT NULL,"
    "  older INTEGER NOT NULL,"
    "  UNIQUE (orderid, sku, qty)"
    ") STRICT;"
    "CREATE UNIQUE INDEX allocations_older ON allocations (older) WHERE older > 0;"

    "CREATE TABLE positions ("
    "  source TEXT NOT NULL PRIMARY KEY,"
    "  next INTEGER NOT NULL,"
    "  mark INTEGER"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE inbox ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  fingerprint BLOB NOT NULL,"
    "  outcome INTEGER NOT NULL,"
    "  reason TEXT NOT NULL,"
    "  received_unix_ms INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX inbox_received ON inbox (received_unix_ms);"

    "CREATE TABLE outbox ("
    "  number INTEGER NOT NULL PRIMARY KEY,"
    "  destination TEXT NOT NULL,"
    "  recipient TEXT NOT NULL,"
    "  id TEXT NOT NULL,"
    "  type TEXT NOT NULL,"
    "  sku TEXT NOT NULL,"
    "  payload TEXT NOT NULL,"
    "  headers TEXT NOT NULL,"
    "  created_unix_ms INTEGER NOT NULL,"
    "  due_unix_ms INTEGER NOT NULL DEFAULT 0,"
    "  attempts INTEGER NOT NULL DEFAULT 0,"
    "  last_error TEXT"
    ") STRICT;"
    "CREATE INDEX outbox_destination ON outbox (destination);"
    "CREATE INDEX outbox_later ON outbox (destination, due_unix_ms) WHERE due_unix_ms > 0;"

    "CREATE TABLE dead_letters ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  kind INTEGER NOT NULL,"
    "  replays INTEGER NOT NULL DEFAULT 0,"
    "  unix_ms INTEGER NOT NULL,"
    "  entrypoint TEXT NOT NULL,"
    "  source TEXT NOT NULL,"
    "  \"offset\" INTEGER NOT NULL,"
    "  line INTEGER NOT NULL,"
    "  identity TEXT NOT NULL,"
    "  type TEXT NOT NULL,"
    "  key BLOB NOT NULL,"
    "  headers BLOB NOT NULL,"
    "  payload BLOB NOT NULL,"
    "  reason TEXT NOT NULL,"
    "  full_len INTEGER NOT NULL,"
    "  digest BLOB NOT NULL,"
    "  flags INTEGER NOT NULL,"
    "  recipient TEXT NOT NULL"
    ") STRICT;"

    "CREATE TABLE counters ("
    "  name TEXT NOT NULL PRIMARY KEY,"
    "  next INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "INSERT INTO counters VALUES ('outbox', 1), ('allocations', 1);";

/* LAMP after one step; a row that was retried, a command and a delivery that died, a message id. */
static const char rows[] =
    "INSERT INTO products VALUES ('LAMP', 1);"
    "INSERT INTO batches VALUES ('b1', 'LAMP', 2147483647, 1, 1, NULL, 1, 1);"
    "INSERT INTO allocations VALUES (1, 'o0', 'LAMP', 1, 'b1', 1, 0);"
    "INSERT INTO positions VALUES ('steps', 1, NULL);"
    "INSERT INTO inbox VALUES (x'000102030405060708090a0b0c0d0e0f', zeroblob(16), 1, '', 1700000000000);"
    "INSERT INTO outbox VALUES (7, 'mail', 'buyer', 'k7', 'OutOfStock', 'LAMP', '{}', '', 1700000000001, 5, 2, 'away');"
    "INSERT INTO dead_letters VALUES (3, 1, 0, 1700000000002, 'in', 'f', 4, 5, 'm', '', x'', x'', x'7b7d', 'no', 2,"
    " zeroblob(16), 0, '');"
    "INSERT INTO dead_letters VALUES (4, 2, 0, 1700000000003, 'mail', '', -1, 0, 'k6', 'OutOfStock', x'4c414d50', x'',"
    " x'7b7d', '550', 2, zeroblob(16), 0, 'buyer');"
    "UPDATE counters SET next = 8 WHERE name = 'outbox';"
    "UPDATE counters SET next = 2 WHERE name = 'allocations';";

enum { LONG_MS = 3600000 };

static struct instance instance;
static struct gw_session *session;

static const char *path;

static void begin(void)
{
    int64_t from = -1;
    int64_t to = -1;

    scratch_begin();
    path = scratch_path("gangway.db");
    ck_assert_int_eq(sql_run(path, version_1), SQLITE_OK);
    ck_assert_int_eq(sql_run(path, rows), SQLITE_OK);
    instance_open(&instance, path, NULL);
    ck_assert_status(&instance, instance_session(&instance, &session), GW_CONFIG);
    ck_assert_status(&instance, instance.ops->migrate(instance.self, &instance.host.host, &from, &to, &instance.error),
                     GW_OK);
    ck_assert_int_eq(from, 1);
    ck_assert_int_eq(to, 7);
    ck_assert_status(&instance, instance_session(&instance, &session), GW_OK);
}

static void end(void)
{
    instance.ops->close_session(session);
    instance_close(&instance);
    scratch_end();
}

START_TEST(stock_is_kept_and_has_the_stamp_0_until_it_changes)
{
    struct gw_product_snapshot product = instance_product(&instance, session);

    ck_assert_int_eq(instance_steps(&instance, session), 1);
    ck_assert_int_eq(product.version, 1);
    ck_assert_int_eq(product.stamp, 0);
    ck_assert_status(&instance, instance_step_on(&instance, session, 1, 17, 0), GW_CONFLICT);
    ck_assert_status(&instance, instance_step_on(&instance, session, 1, 0, 0), GW_OK);
    ck_assert_int_eq(instance_steps(&instance, session), 2);
    ck_assert_int_eq(instance_product(&instance, session).stamp, instance_stamp(2));
}
END_TEST

static enum gw_status keep_row(void *context, const struct gw_outbox_row *row)
{
    char *text = context;

    (void)snprintf(text + strlen(text), 256 - strlen(text),
                   "[%" PRId64 " stamp %" PRId64 " %.*s %.*s sequence %" PRId64 " event %" PRId64 " attempts %u]",
                   row->number, row->stamp, (int)row->recipient.len, row->recipient.ptr, (int)row->id.len, row->id.ptr,
                   row->sequence, row->event_unix_ms, row->attempts);
    return GW_OK;
}

static void assert_outbox(const char *expected)
{
    char text[256] = "";
    struct gw_outbox_visitor visitor = {sizeof visitor, 0, text, keep_row};
    int64_t due_in_ms = 0;

    ck_assert_status(
        &instance,
        instance.ops->outbox_next(session, gw_text_of("mail"), 0, 10, LONG_MS, &visitor, &due_in_ms, &instance.error),
        GW_OK);
    ck_assert_str_eq(text, expected);
    ck_assert_int_eq(due_in_ms, GW_DUE_NEVER);
}

static void settle(int64_t number, int64_t stamp)
{
    struct gw_outbox_settlement done = {.number = number, .stamp = stamp, .to = 1};
    struct gw_array settlements = {&done, 1, sizeof done};

    ck_assert_status(
        &instance, instance.ops->outbox_settle(session, gw_text_of("mail"), &settlements, 99, &instance.error), GW_OK);
}

START_TEST(rows_of_the_outbox_are_delivered_with_the_stamp_0)
{
    static const char row[] = "[7 stamp 0 buyer k7 sequence 7 event 1700000000001 attempts 2]";

    assert_outbox(row);
    settle(7, 99);
    assert_outbox(row);
    settle(7, 0);
    assert_outbox("");
}
END_TEST

static enum gw_status ignore_row(void *context, const struct gw_outbox_row *row)
{
    (void)context, (void)row;
    return GW_OK;
}

/* As somebody edited it. */
START_TEST(a_block_that_cannot_be_read_stops_its_destination_and_is_named)
{
    static const char *const damages[] = {"events = 'x'", "events = ''", "first_pending = '0001', count = 2"};
    struct gw_outbox_visitor visitor = {.size = sizeof visitor, .row = ignore_row};
    int64_t due_in_ms;

    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        char sql[128];

        (void)snprintf(sql, sizeof sql, "UPDATE outbox_blocks SET %s", damages[i]);
        ck_assert_int_eq(sql_run(path, sql), SQLITE_OK);
        ck_assert_status(&instance,
                         instance.ops->outbox_next(session, gw_text_of("mail"), 0, 10, LONG_MS, &visitor, &due_in_ms,
                                                   &instance.error),
                         GW_CONFIG);
        ck_assert_says(&instance, "block 7 of mail");
    }
}
END_TEST

START_TEST(the_view_has_a_row_for_each_event_that_waits)
{
    ck_assert_int_eq(sql_run(path,
                             "UPDATE outbox_blocks SET count = 3, first_pending = '0001', events = events || events"
                             " || events"),
                     SQLITE_OK);
    ck_assert_int_eq(sql_number(path, "SELECT count(*) FROM outbox_events WHERE destination = 'mail' AND number = 7 AND"
                                      " id = 'k7' AND sku = 'LAMP' AND recipient = 'buyer' AND sequence = 7 AND"
                                      " payload = '{}' AND attempts = iif(\"index\" = 1, 2, 0)"),
                     2);
}
END_TEST

START_TEST(a_dead_delivery_is_requeued_with_the_time_at_which_it_was_stored)
{
    int64_t id = 4;
    struct gw_array ids = {&id, 1, sizeof id};
    struct gw_array targets = {0};
    uint32_t count = 0;

    settle(7, 0);
    ck_assert_status(&instance, instance.ops->dead_requeue(session, &ids, &targets, 50, &count, &instance.error),
                     GW_OK);
    ck_assert_uint_eq(count, 1);
    assert_outbox("[8 stamp 50 buyer k6 sequence 0 event 1700000000003 attempts 0]");
}
END_TEST

static enum gw_status keep_entry(void *context, const struct gw_dead_entry *entry)
{
    char *text = context;

    (void)snprintf(text + strlen(text), 256 - strlen(text), "[%" PRId64 " kind %u at %" PRId64 " event %" PRId64 "]",
                   entry->id, entry->kind, entry->unix_ms, entry->event_unix_ms);
    return GW_OK;
}

START_TEST(dead_letters_are_kept)
{
    char text[256] = "";
    struct gw_dead_visitor visitor = {sizeof visitor, 0, text, keep_entry};
    struct gw_dead_filter filter = {.size = sizeof filter};

    ck_assert_status(&instance, instance.ops->dead_list(session, &filter, &visitor, &instance.error), GW_OK);
    ck_assert_str_eq(text, "[3 kind 1 at 1700000000002 event 0][4 kind 2 at 1700000000003 event 1700000000003]");
}
END_TEST

static uint32_t expired_before(int64_t running_ms)
{
    uint32_t count = 99;

    ck_assert_status(&instance, instance.ops->expire(session, running_ms, 10, &count, &instance.error), GW_OK);
    return count;
}

START_TEST(a_message_id_counts_as_stored_when_it_was_migrated)
{
    int64_t running_ms = -1;

    ck_assert_status(&instance, instance.ops->advance(session, 0, 0, &running_ms, &instance.error), GW_OK);
    ck_assert_int_eq(running_ms, 0);
    ck_assert_uint_eq(expired_before(running_ms), 0);
    ck_assert_uint_eq(expired_before(running_ms + 1), 1);
}
END_TEST

TCase *sqlite_migration_case(void)
{
    TCase *tests = tcase_create("migration");

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, stock_is_kept_and_has_the_stamp_0_until_it_changes);
    tcase_add_test(tests, rows_of_the_outbox_are_delivered_with_the_stamp_0);
    tcase_add_test(tests, a_block_that_cannot_be_read_stops_its_destination_and_is_named);
    tcase_add_test(tests, the_view_has_a_row_for_each_event_that_waits);
    tcase_add_test(tests, a_dead_delivery_is_requeued_with_the_time_at_which_it_was_stored);
    tcase_add_test(tests, dead_letters_are_kept);
    tcase_add_test(tests, a_message_id_counts_as_stored_when_it_was_migrated);
    return tests;
}
