/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka_consumer: where a source continues, and what stops it: recreated, truncated and deleted topics; on a real
 * broker.
 */
#include "check_main.h"
#include "kafka_member.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 45000, STAYS_MS = 2000, LONG_AGO = 1000000 };

/* A client stays, and the leak checker is off in this process. */
static bool client_stays;

int __lsan_is_turned_off(void);

/* Replaces that of the leak checker, which calls it at the exit. */
__attribute__((visibility("default"))) int __lsan_is_turned_off(void)
{
    return client_stays;
}

static struct member member;
static char topic[64];

static void set_up(void)
{
    memset(&member, 0, sizeof member);
    (void)snprintf(topic, sizeof topic, "start-%d", (int)getpid());
}

static void tear_down(void)
{
    member_close(&member);
}

static int64_t now_ms(void)
{
    return member.reading.host.host.monotonic_ms(&member.reading.host.host);
}

static void read_and_close(int32_t partition, int count)
{
    kafka_topic_create(topic, 1);
    kafka_produce(topic, partition, 0, count, 0);
    member_open(&member, topic, NULL);
    ck_assert_int_eq(member_until(&member, (size_t)count), GW_OK);
    member_close(&member);
}

static void create_again(int count)
{
    kafka_topic_delete(topic);
    kafka_topic_create(topic, 1);
    kafka_produce(topic, 0, 1000, count, LONG_AGO);
}

/* It stops with a reason, and has delivered nothing new. */
static void expect_stopped(const char *reason, size_t total)
{
    int64_t deadline = now_ms() + PATIENCE_MS;
    enum gw_status status = GW_OK;

    while (status != GW_CONFIG && now_ms() < deadline)
        status = member_turn(&member, 100);
    ck_assert_msg(status == GW_CONFIG, "%s: %s", gw_status_word((int)status), member.reading.host.log);
    ck_assert_msg(strstr(member.reading.error.text, reason) != NULL, "%s", member.reading.error.text);
    ck_assert_uint_eq(member.reading.total, total);
}

/* Turns, whatever their status. */
static void until_total(size_t total)
{
    int64_t deadline = now_ms() + PATIENCE_MS;

    while (member.reading.total < total) {
        (void)member_turn(&member, 100);
        ck_assert_msg(now_ms() < deadline, "%zu messages: %s: %.900s", member.reading.total, member.reading.error.text,
                      member.reading.host.log);
    }
}

/* What `gangway positions --set` does. */
static void set_position(int32_t partition, int64_t next)
{
    struct position *position = member_position(&member, partition);

    ck_assert_ptr_nonnull(position);
    position->next = next;
    position->has_mark = 0;
}

START_TEST(a_new_source_begins_at_the_end_with_start_latest)
{
    kafka_topic_create(topic, 1);
    kafka_produce(topic, 0, 0, 3, 0);
    member_open(&member, topic, "start=latest");
    while (member_open_sources(&member) == 0)
        ck_assert_int_eq(member_turn(&member, 100), GW_OK);
    ck_assert_int_eq(member_position(&member, 0)->begun, 3);
    kafka_produce(topic, 0, 3, 2, 0);
    ck_assert_int_eq(member_until(&member, 2), GW_OK);
    ck_assert_int_eq(member.found[2], 0);
    ck_assert_int_eq(member.found[3], 1);
}
END_TEST

START_TEST(a_new_source_waits_for_an_operator_with_start_error)
{
    kafka_topic_create(topic, 1);
    kafka_produce(topic, 0, 0, 3, 0);
    member_open(&member, topic, "start=error");
    expect_stopped("no position is stored", 0);
    set_position(0, 1);
    ck_assert_int_eq(member_until(&member, 2), GW_OK);
    ck_assert_int_eq(member.found[0], 0);
    ck_assert_int_eq(member.found[1], 1);
}
END_TEST

START_TEST(a_recreated_topic_stops_its_source)
{
    read_and_close(0, 5);
    create_again(8);
    member_open(&member, topic, NULL);
    expect_stopped("was the topic created again?", 0);
    member_expect_nothing(&member);
    set_position(0, 0);
    ck_assert_int_eq(member_until(&member, 8), GW_OK);
}
END_TEST

START_TEST(a_recreated_shorter_topic_stops_its_source)
{
    read_and_close(0, 5);
    create_again(2);
    member_open(&member, topic, NULL);
    expect_stopped("ends at offset 2, before the position 5", 0);
}
END_TEST

START_TEST(a_topic_that_ends_just_before_the_last_record_stops_its_source)
{
    read_and_close(0, 5);
    create_again(4);
    member_open(&member, topic, NULL);
    expect_stopped("ends at offset 4, before the position 5", 0);
}
END_TEST

/* librdkafka 2.0 loses a partition of the old topic, and its client waits for that for ever. */
START_TEST(recreating_the_topic_of_a_running_source_stops_it)
{
    kafka_topic_create(topic, 1);
    kafka_produce(topic, 0, 0, 5, 0);
    member_open(&member, topic, NULL);
    ck_assert_int_eq(member_until(&member, 5), GW_OK);
    create_again(8);
    expect_stopped("created again?", 5);
    set_position(0, 0);
    until_total(13);
    ck_assert_int_eq(member.found[1000], 1);
    ck_assert_int_eq(member.found[1007], 1);
    member_close(&member);
    client_stays = rd_kafka_wait_destroyed(STAYS_MS) != 0;
}
END_TEST

START_TEST(records_that_were_deleted_unread_stop_their_source_and_are_counted)
{
    read_and_close(0, 4);
    kafka_produce(topic, 0, 4, 6, 0);
    kafka_cut(topic, 0, 6);
    member_open(&member, topic, NULL);
    expect_stopped("2 records were deleted before they were read", 0);
    set_position(0, 6);
    ck_assert_int_eq(member_until(&member, 4), GW_OK);
}
END_TEST

START_TEST(records_that_are_deleted_ahead_of_a_running_source_stop_it)
{
    kafka_topic_create(topic, 1);
    kafka_produce(topic, 0, 0, 4, 0);
    member_open(&member, topic, NULL);
    ck_assert_int_eq(member_until(&member, 4), GW_OK);
    ck_assert_int_eq(reading_seek(&member.reading, member_position(&member, 0), 2, 0, 0), GW_OK);
    kafka_cut(topic, 0, 4);
    member_position(&member, 0)->next = 2;
    (void)reading_seek(&member.reading, member_position(&member, 0), 2, 0, 0);
    expect_stopped("2 records were deleted before they were read", 4);
}
END_TEST

START_TEST(records_that_were_deleted_when_they_had_been_read_stop_nothing)
{
    read_and_close(0, 4);
    kafka_cut(topic, 0, 4);
    kafka_produce(topic, 0, 4, 2, 0);
    member_open(&member, topic, NULL);
    ck_assert_int_eq(member_until(&member, 2), GW_OK);
    ck_assert_int_eq(member.found[4], 1);
}
END_TEST

START_TEST(a_stopped_source_does_not_block_others)
{
    kafka_topic_create(topic, 2);
    kafka_produce(topic, 0, 0, 4, 0);
    kafka_produce(topic, 1, 100, 4, 0);
    member_open(&member, topic, NULL);
    ck_assert_int_eq(member_until(&member, 8), GW_OK);
    member_close(&member);
    kafka_produce(topic, 0, 4, 2, 0);
    kafka_produce(topic, 1, 104, 2, 0);
    member_position(&member, 0)->mark ^= 1;
    member_open(&member, topic, NULL);
    until_total(2);
    member_expect_nothing(&member);
    ck_assert_int_eq(member.found[4], 0);
    ck_assert_int_eq(member.found[105], 1);
}
END_TEST

START_TEST(the_consumer_waits_for_a_missing_topic)
{
    member_open(&member, topic, NULL);
    expect_stopped(topic, 0);
    kafka_topic_create(topic, 1);
    kafka_produce(topic, 0, 0, 3, 0);
    until_total(3);
    ck_assert_int_eq(member.found[0], 1);
}
END_TEST

START_TEST(a_record_without_a_value_is_an_empty_message_with_its_key)
{
    kafka_topic_create(topic, 1);
    kafka_produce_tombstone(topic, 0, "LAMP");
    member_open(&member, topic, NULL);
    while (member.reading.total < 1) {
        ck_assert_int_eq(reading_poll(&member.reading, 10, 100), GW_OK);
        ck_assert_int_eq(reading_start(&member.reading), GW_OK);
    }
    ck_assert_uint_eq(member.reading.seen[0].message.payload.len, 0);
    ck_assert(gw_text_is(member.reading.seen[0].message.key, "LAMP"));
    reading_settle(&member.reading);
    ck_assert_int_eq(member_position(&member, 0)->next, 1);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("kafka_start");
    TCase *group = tcase_create("start");

    tcase_add_checked_fixture(group, set_up, tear_down);
    tcase_set_timeout(group, 120);
    tcase_add_test(group, a_new_source_begins_at_the_end_with_start_latest);
    tcase_add_test(group, a_new_source_waits_for_an_operator_with_start_error);
    tcase_add_test(group, a_recreated_topic_stops_its_source);
    tcase_add_test(group, a_recreated_shorter_topic_stops_its_source);
    tcase_add_test(group, a_topic_that_ends_just_before_the_last_record_stops_its_source);
    tcase_add_test(group, recreating_the_topic_of_a_running_source_stops_it);
    tcase_add_test(group, records_that_were_deleted_unread_stop_their_source_and_are_counted);
    tcase_add_test(group, records_that_are_deleted_ahead_of_a_running_source_stop_it);
    tcase_add_test(group, records_that_were_deleted_when_they_had_been_read_stop_nothing);
    tcase_add_test(group, a_stopped_source_does_not_block_others);
    tcase_add_test(group, the_consumer_waits_for_a_missing_topic);
    tcase_add_test(group, a_record_without_a_value_is_an_empty_message_with_its_key);
    suite_add_tcase(suite, group);
    return suite;
}
