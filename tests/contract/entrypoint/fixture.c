/* SPDX-License-Identifier: Apache-2.0 */
/* A place and the plugin under test, in the process of each test. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

enum { TEST_SECONDS = 120, TURN_MESSAGES = 1000, QUIET_MS = 300 };

struct entrypoint_arguments entrypoint;
struct entry entry;
struct entry other;

bool is_ordered(void)
{
    return (entrypoint.features & GW_ENTRYPOINT_ORDERED) != 0;
}

void entry_make(struct entry *made)
{
    memset(made, 0, sizeof *made);
    suite_place_make(&made->place);
    feed_numbers(&made->place, 0, 0);
}

void entry_open_with(struct entry *opened, const char *instead)
{
    reading_load(&opened->reading, suite.plugin);
    suite_configure(&opened->reading.plugin, &opened->place, instead);
    reading_open(&opened->reading);
}

void entry_open(struct entry *opened)
{
    entry_open_with(opened, NULL);
}

void entry_close(struct entry *closed)
{
    if (closed->reading.self != NULL)
        reading_end(&closed->reading);
    closed->reading.self = NULL;
}

void entry_take(struct entry *taken, size_t count)
{
    struct reading *reading = &taken->reading;
    int64_t deadline = now_ms() + PATIENCE_MS;

    while (reading->total < count) {
        enum gw_status status = reading_poll(reading, (uint32_t)(count - reading->total), 100);

        ck_assert_msg(status == GW_OK || (status == GW_END && reading->total == count), "%s after %zu messages: %s",
                      gw_status_word((int)status), reading->total, reading->error.text);
        ck_assert_status(reading_start(reading), GW_OK, reading);
        ck_assert_msg(now_ms() < deadline, "%zu messages came, and %zu were expected", reading->total, count);
    }
}

void entry_read(struct entry *read, size_t count)
{
    entry_take(read, count);
    reading_settle(&read->reading);
}

void entry_expect_no_more(struct entry *read)
{
    struct reading *reading = &read->reading;
    int64_t deadline = now_ms() + PATIENCE_MS;
    enum gw_status status;

    do {
        status = reading_turn(reading, TURN_MESSAGES, entrypoint.is_finite ? 100 : QUIET_MS);
        ck_assert_msg(now_ms() < deadline, "a finite input does not end");
    } while (status == GW_OK && entrypoint.is_finite);
    ck_assert_status(status, entrypoint.is_finite ? GW_END : GW_OK, reading);
}

void entry_expect(const struct entry *read, size_t index, uint32_t first, uint32_t count)
{
    ck_assert_msg(read->reading.count == index + count, "%zu messages instead of %zu", read->reading.count,
                  index + count);
    for (uint32_t i = 0; i < count; i++)
        ck_assert_str_eq(read->reading.seen[index + i].payload, feed_payload(first + i));
}

static void set_up(void)
{
    entry_make(&entry);
}

static void tear_down(void)
{
    entry_close(&entry);
    entry_close(&other);
}

TCase *entrypoint_case(const char *name)
{
    TCase *tests = tcase_create(name);

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, TEST_SECONDS);
    return tests;
}
