/* SPDX-License-Identifier: Apache-2.0 */
/* Messages without a position: their handles, their ids, and repeated deliveries. */
#include "fixture.h"

START_TEST(every_message_that_is_not_settled_has_a_handle_of_its_own)
{
    feed_numbers(&entry.place, 0, 20);
    entry_open(&entry);
    entry_take(&entry, 20);
    for (size_t i = 0; i < 20; i++) {
        for (size_t j = 0; j < i; j++)
            ck_assert_uint_ne(entry.reading.seen[i].message.handle, entry.reading.seen[j].message.handle);
    }
    reading_settle(&entry.reading);
}
END_TEST

START_TEST(messages_may_be_settled_while_later_ones_are_read)
{
    feed_numbers(&entry.place, 0, 60);
    entry_open(&entry);
    for (size_t count = 20; count <= 60; count += 10) {
        entry_take(&entry, count);
        reading_settle_some(&entry.reading, 10, GW_OUTCOME_APPLIED);
    }
    entry_close(&entry);
    entry_open(&entry);
    entry_read(&entry, 10);
    entry_expect(&entry, 0, 50, 10);
}
END_TEST

START_TEST(a_returned_message_is_delivered_to_another_instance)
{
    uint64_t deliveries;

    feed_numbers(&entry.place, 0, 2);
    entry_open(&entry);
    entry_take(&entry, 2);
    deliveries = entry.reading.seen[0].message.deliveries;
    reading_settle_some(&entry.reading, 2, GW_OUTCOME_RETURNED);
    entry_close(&entry);
    other.place = entry.place;
    entry_open(&other);
    entry_read(&other, 2);
    entry_expect(&other, 0, 0, 2);
    ck_assert_msg(deliveries == 0 || other.reading.seen[0].message.deliveries > deliveries,
                  "delivered again, and the count of deliveries did not grow");
}
END_TEST

TCase *ids_case(void)
{
    TCase *tests = entrypoint_case("ids");

    tcase_add_test(tests, every_message_that_is_not_settled_has_a_handle_of_its_own);
    tcase_add_test(tests, messages_may_be_settled_while_later_ones_are_read);
    tcase_add_test(tests, a_returned_message_is_delivered_to_another_instance);
    return tests;
}
