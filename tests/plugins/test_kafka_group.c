/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka_consumer as a member of a group: members that join and leave, and the offsets that are committed; on a real
 * broker.
 */
#include "check_main.h"
#include "kafka_member.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PARTITIONS = 4, EACH = 20, MANY = 48, PATIENCE_MS = 45000, TICK_MS = 1500 };

static struct member first;
static struct member second;
static char topic[64];

static void set_up(void)
{
    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    (void)snprintf(topic, sizeof topic, "group-%d", (int)getpid());
}

static void tear_down(void)
{
    member_close(&first);
    member_close(&second);
}

static int64_t now_ms(void)
{
    return first.reading.host.host.monotonic_ms(&first.reading.host.host);
}

static void produce_each(int from, int count)
{
    for (int32_t partition = 0; partition < PARTITIONS; partition++)
        kafka_produce(topic, partition, partition * 1000 + from, count, 0);
}

/* Turns of both, or of who is there, on one repository. */
static void both(int64_t timeout_ms)
{
    (void)member_turn(&first, timeout_ms);
    member_share(&first, &second);
    if (second.reading.self == NULL)
        return;
    (void)member_turn(&second, timeout_ms);
    member_share(&second, &first);
}

static void until_both_have(int of_first, int of_second)
{
    int64_t deadline = now_ms() + PATIENCE_MS;

    while (member_open_sources(&first) != of_first || member_open_sources(&second) != of_second) {
        ck_assert_msg(now_ms() < deadline, "%d and %d sources", member_open_sources(&first),
                      member_open_sources(&second));
        both(20);
    }
}

static void until_first_has(int count)
{
    int64_t deadline = now_ms() + PATIENCE_MS;

    while (member_open_sources(&first) != count) {
        ck_assert_int_lt(now_ms(), deadline);
        both(20);
    }
}

static void until_total(size_t count)
{
    int64_t deadline = now_ms() + PATIENCE_MS;

    while (first.reading.total + second.reading.total < count) {
        ck_assert_int_lt(now_ms(), deadline);
        both(20);
    }
}

static void expect_each_once(int from, int count)
{
    for (int partition = 0; partition < PARTITIONS; partition++)
        for (int number = from; number < from + count; number++)
            ck_assert_msg(first.found[partition * 1000 + number] + second.found[partition * 1000 + number] == 1,
                          "%d was applied %d times", partition * 1000 + number,
                          first.found[partition * 1000 + number] + second.found[partition * 1000 + number]);
}

START_TEST(members_share_the_partitions_and_continue_where_the_other_stopped)
{
    kafka_topic_create(topic, PARTITIONS);
    produce_each(0, EACH);
    member_open(&first, topic, NULL);
    ck_assert_int_eq(member_until(&first, (size_t)PARTITIONS * EACH), GW_OK);
    member_share(&first, &second);
    member_open(&second, topic, NULL);
    until_both_have(PARTITIONS / 2, PARTITIONS / 2);
    produce_each(EACH, EACH);
    until_total((size_t)2 * PARTITIONS * EACH);
    expect_each_once(0, 2 * EACH);
    ck_assert_uint_gt(second.reading.total, 0);
    member_close(&second);
    until_first_has(PARTITIONS);
    produce_each(2 * EACH, EACH);
    until_total((size_t)3 * PARTITIONS * EACH);
}
END_TEST

/* Nothing else comes from a partition whose end was reached. */
static void until_idle(void)
{
    for (int quiet = 0; quiet < 5;) {
        size_t before = first.reading.total;

        both(100);
        quiet = first.reading.total == before ? quiet + 1 : 0;
    }
}

START_TEST(the_next_record_after_the_end_of_a_partition_comes_whoever_joins_in_between)
{
    kafka_topic_create(topic, PARTITIONS);
    produce_each(0, EACH);
    member_open(&first, topic, NULL);
    ck_assert_int_eq(member_until(&first, (size_t)PARTITIONS * EACH), GW_OK);
    until_idle();
    member_share(&first, &second);
    member_open(&second, topic, NULL);
    until_both_have(PARTITIONS / 2, PARTITIONS / 2);
    produce_each(EACH, 1);
    until_total((size_t)PARTITIONS * (EACH + 1));
    until_idle();
    member_close(&second);
    until_first_has(PARTITIONS);
    produce_each(EACH + 1, 1);
    until_total((size_t)PARTITIONS * (EACH + 2));
    expect_each_once(0, EACH + 2);
}
END_TEST

START_TEST(messages_revoked_in_a_turn_are_left_to_the_other_member)
{
    int64_t deadline;

    kafka_topic_create(topic, PARTITIONS);
    produce_each(0, EACH);
    member_open(&first, topic, NULL);
    first.reading.loses_sources = 1;
    while (first.reading.total < (size_t)PARTITIONS * EACH) {
        (void)reading_poll(&first.reading, 500, 100);
        ck_assert_int_eq(reading_start(&first.reading), GW_OK);
    }
    member_share(&first, &second);
    member_open(&second, topic, NULL);
    deadline = now_ms() + PATIENCE_MS;
    while (first.reading.closed_count < PARTITIONS / 2 && now_ms() < deadline) {
        (void)reading_poll(&first.reading, 500, 20); /* settles nothing: the turn is under way */
        (void)member_turn(&second, 20);
    }
    reading_settle(&first.reading); /* revoked messages as returned, the rest as applied */
    until_both_have(PARTITIONS / 2, PARTITIONS / 2);
    until_total((size_t)PARTITIONS * EACH + PARTITIONS / 2 * EACH);
    for (int turn = 0; turn < 10; turn++)
        both(20);
    ck_assert_uint_eq(first.reading.total + second.reading.total, (size_t)PARTITIONS * EACH + PARTITIONS / 2 * EACH);
    ck_assert_uint_ge(second.reading.total, EACH);
}
END_TEST

START_TEST(only_settled_offsets_are_committed_to_the_broker)
{
    int64_t deadline;

    kafka_topic_create(topic, 1);
    kafka_produce(topic, 0, 0, 10, 0);
    member_open(&first, topic, NULL);
    while (first.reading.total < 10) {
        (void)reading_poll(&first.reading, 10, 100);
        ck_assert_int_eq(reading_start(&first.reading), GW_OK);
    }
    reading_settle_some(&first.reading, 4, GW_OUTCOME_APPLIED);
    deadline = now_ms() + PATIENCE_MS;
    while (kafka_committed(topic, topic, 0) != 4 && now_ms() < deadline)
        first.reading.ops->keepalive(first.reading.self);
    ck_assert_int_eq(kafka_committed(topic, topic, 0), 4);
    reading_settle_some(&first.reading, 3, GW_OUTCOME_DEAD);
    reading_settle_some(&first.reading, 3, GW_OUTCOME_RETURNED);
    member_close(&first);
    ck_assert_int_eq(kafka_committed(topic, topic, 0), 7);
}
END_TEST

START_TEST(resetting_the_offsets_of_the_group_moves_nothing)
{
    kafka_topic_create(topic, 1);
    kafka_produce(topic, 0, 0, 5, 0);
    member_open(&first, topic, NULL);
    ck_assert_int_eq(member_until(&first, 5), GW_OK);
    member_close(&first);
    ck_assert_int_eq(kafka_committed(topic, topic, 0), 5);
    kafka_commit(topic, topic, 0, 1);
    kafka_produce(topic, 0, 5, 1, 0);
    member_open(&first, topic, NULL);
    ck_assert_int_eq(member_until(&first, 1), GW_OK);
    member_expect_nothing(&first);
    ck_assert_int_eq(first.found[1], 1);
    ck_assert_int_eq(first.found[5], 1);
    member_close(&first);
    ck_assert_int_eq(kafka_committed(topic, topic, 0), 6);
}
END_TEST

START_TEST(the_older_of_two_members_with_one_static_id_is_fenced_and_joins_again)
{
    int64_t deadline;
    enum gw_status status = GW_OK;

    kafka_topic_create(topic, 1);
    member_open(&first, topic, "instance_id=shelf");
    while (member_open_sources(&first) == 0)
        ck_assert_int_eq(member_turn(&first, 100), GW_OK);
    member_open(&second, topic, "instance_id=shelf");
    deadline = now_ms() + PATIENCE_MS;
    while (status == GW_OK && now_ms() < deadline) {
        (void)member_turn(&second, 50);
        status = member_turn(&first, 50);
    }
    ck_assert_msg(status == GW_CONFIG, "%s: %.900s", gw_status_word((int)status), first.reading.host.log);
    ck_assert_int_eq(member_open_sources(&first), 0);
    member_close(&second);
    kafka_produce(topic, 0, 0, 1, 0);
    while (first.reading.total < 1 && now_ms() < deadline)
        (void)member_turn(&first, 50);
    ck_assert_int_eq(first.found[0], 1);
}
END_TEST

START_TEST(many_partitions_are_read_each_from_its_beginning)
{
    kafka_topic_create(topic, MANY);
    for (int32_t partition = 0; partition < MANY; partition++)
        kafka_produce(topic, partition, partition * 10, 10, 0);
    member_open(&first, topic, NULL);
    ck_assert_int_eq(member_until(&first, (size_t)MANY * 10), GW_OK);
    member_expect_nothing(&first);
    for (int number = 0; number < MANY * 10; number++)
        ck_assert_int_eq(first.found[number], 1);
    ck_assert_int_eq(member_open_sources(&first), MANY);
}
END_TEST

/* Time flies for a thread that the machine does not run. */
static int64_t hurried_ms(const struct gw_host *host)
{
    static int64_t now;

    (void)host;
    (void)usleep(100 * 1000); /* librdkafka's threads do run */
    return now += 10000;
}

/* librdkafka 2.0 never ends a client that was asked to close if nobody takes the last revocation from it. */
START_TEST(a_member_that_has_no_time_to_close_leaves_nothing_behind)
{
    kafka_topic_create(topic, PARTITIONS);
    produce_each(0, EACH);
    member_open(&first, topic, NULL);
    ck_assert_int_eq(member_until(&first, (size_t)PARTITIONS * EACH), GW_OK);
    first.reading.host.host.monotonic_ms = hurried_ms;
    member_close(&first);
    ck_assert_int_eq(rd_kafka_wait_destroyed(PATIENCE_MS), 0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("kafka_group");
    TCase *group = tcase_create("group");

    tcase_add_checked_fixture(group, set_up, tear_down);
    tcase_set_timeout(group, 120);
    tcase_add_test(group, members_share_the_partitions_and_continue_where_the_other_stopped);
    tcase_add_test(group, the_next_record_after_the_end_of_a_partition_comes_whoever_joins_in_between);
    tcase_add_test(group, messages_revoked_in_a_turn_are_left_to_the_other_member);
    tcase_add_test(group, only_settled_offsets_are_committed_to_the_broker);
    tcase_add_test(group, resetting_the_offsets_of_the_group_moves_nothing);
    tcase_add_test(group, the_older_of_two_members_with_one_static_id_is_fenced_and_joins_again);
    tcase_add_test(group, a_member_that_has_no_time_to_close_leaves_nothing_behind);
    tcase_add_test(group, many_partitions_are_read_each_from_its_beginning);
    suite_add_tcase(suite, group);
    return suite;
}
