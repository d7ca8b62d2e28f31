/* SPDX-License-Identifier: Apache-2.0 */
/* Published events arrive: before the verdict says so, complete, in order. */
#include "fixture.h"

#include <pthread.h>

enum { GROUPS = 40, GROUP = 25 };

START_TEST(a_group_of_nothing_is_delivered_at_once)
{
    outlet_open(&outlet);
    outlet_deliver(&outlet, 0, 0);
    expect_nothing(&outlet);
}
END_TEST

START_TEST(an_event_with_the_verdict_ok_has_arrived)
{
    outlet_open(&outlet);
    for (uint32_t i = 0; i < 6; i++) {
        outlet_deliver(&outlet, i, 1);
        expect_arrived(&outlet, 0, i + 1, ONCE);
    }
    outlet_close(&outlet);
    expect_arrived(&outlet, 0, 6, ONCE);
}
END_TEST

START_TEST(groups_keep_the_order_of_each_sku)
{
    uint32_t next = 0;

    outlet_open(&outlet);
    for (uint32_t count = 1; count <= 512; count *= 2) {
        outlet_deliver(&outlet, next, count);
        next += count;
    }
    outlet_deliver(&outlet, next, GROUP_MAX);
    expect_arrived(&outlet, 0, next + GROUP_MAX, ONCE);
}
END_TEST

START_TEST(large_payloads_arrive_whole)
{
    outlet_open(&outlet);
    outlet_deliver(&outlet, LARGE, 1);
    outlet_deliver(&outlet, LARGE + 1, 30);
    expect_arrived(&outlet, LARGE, 31, ONCE);
}
END_TEST

/* The core repeats events that were not confirmed, and confirmed ones if it dies before it has recorded that. */
START_TEST(an_event_may_be_published_again)
{
    outlet_open(&outlet);
    outlet_deliver(&outlet, 0, 5);
    outlet_deliver(&outlet, 0, 5);
    outlet_deliver(&outlet, 3, 4);
    expect_arrived(&outlet, 0, 7, REPEATED);
}
END_TEST

START_TEST(another_instance_continues_behind_the_first)
{
    outlet_open(&outlet);
    outlet_deliver(&outlet, 0, 5);
    outlet_close(&outlet);
    outlet_open(&outlet);
    outlet_deliver(&outlet, 5, 5);
    expect_arrived(&outlet, 0, 10, ONCE);
}
END_TEST

static void *deliver_groups(void *argument)
{
    struct outlet *used = argument;
    uint32_t block = used == &other ? BLOCK : 0;

    for (uint32_t i = 0; i < GROUPS; i++)
        outlet_deliver(used, block + i * GROUP, GROUP);
    return NULL;
}

START_TEST(two_instances_in_two_threads_publish_to_one_destination)
{
    pthread_t thread;

    other.place = outlet.place;
    outlet_open(&outlet);
    outlet_open(&other);
    ck_assert_int_eq(pthread_create(&thread, NULL, deliver_groups, &other), 0);
    (void)deliver_groups(&outlet);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    expect_arrived(&outlet, 0, GROUPS * GROUP, ONCE);
    expect_arrived(&outlet, BLOCK, GROUPS * GROUP, ONCE);
}
END_TEST

START_TEST(two_instances_publish_to_two_destinations)
{
    outlet_make(&other);
    outlet_open(&outlet);
    outlet_open(&other);
    for (uint32_t i = 0; i < 10; i++) {
        outlet_deliver(&outlet, 3 * i, 3);
        outlet_deliver(&other, BLOCK + 2 * i, 2);
    }
    expect_arrived(&outlet, 0, 30, ONCE);
    ck_assert_uint_eq(count_arrived(&outlet, BLOCK, BLOCK), 0);
    expect_arrived(&other, BLOCK, 20, ONCE);
    ck_assert_uint_eq(count_arrived(&other, 0, BLOCK), 0);
}
END_TEST

START_TEST(keepalive_publishes_nothing_and_may_be_called_at_any_time)
{
    outlet_open(&outlet);
    if (outlet.ops->keepalive == NULL)
        return;
    outlet.ops->keepalive(outlet.self);
    outlet.ops->keepalive(outlet.self);
    expect_nothing(&outlet);
    outlet_deliver(&outlet, 0, 2);
    outlet.ops->keepalive(outlet.self);
    outlet_deliver(&outlet, 2, 2);
    outlet.ops->keepalive(outlet.self);
    expect_arrived(&outlet, 0, 4, ONCE);
}
END_TEST

TCase *publishing_case(void)
{
    TCase *tests = publisher_case("publishing");

    tcase_add_test(tests, a_group_of_nothing_is_delivered_at_once);
    tcase_add_test(tests, an_event_with_the_verdict_ok_has_arrived);
    tcase_add_test(tests, groups_keep_the_order_of_each_sku);
    tcase_add_test(tests, large_payloads_arrive_whole);
    tcase_add_test(tests, an_event_may_be_published_again);
    tcase_add_test(tests, another_instance_continues_behind_the_first);
    tcase_add_test(tests, two_instances_in_two_threads_publish_to_one_destination);
    tcase_add_test(tests, two_instances_publish_to_two_destinations);
    tcase_add_test(tests, keepalive_publishes_nothing_and_may_be_called_at_any_time);
    return tests;
}
