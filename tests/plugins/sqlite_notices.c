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

TCase *sqlite_notices_case(void)
{
    TCase *tests = tcase_create("notices");

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, events_of_a_block_that_are_opened_together_write_it_once);
    tcase_add_test(tests, events_of_a_block_that_were_opened_before_are_skipped_and_the_others_are_opened);
    return tests;
}
