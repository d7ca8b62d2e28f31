/* SPDX-License-Identifier: Apache-2.0 */
/* The list of batches with room: its limit, the mark on the last one, and statuses that end it. */
#include "check_main.h"

#include <gangway/sdk/load_answer.h>

enum { TOLD_MAX = 8 };

static struct told {
    char ref[8];
    uint32_t flags;
    int64_t room;
} told[TOLD_MAX];
static uint32_t told_count;
static enum gw_status visitor_says;

static enum gw_status note_batch(void *context, const struct gw_batch_snapshot *batch)
{
    (void)context;
    ck_assert_uint_lt(told_count, TOLD_MAX);
    memcpy(told[told_count].ref, batch->ref.ptr, batch->ref.len);
    told[told_count].ref[batch->ref.len] = '\0';
    told[told_count].flags = batch->flags;
    told[told_count].room = batch->room;
    told_count++;
    return visitor_says;
}

static const struct gw_load_visitor visitor = {.size = sizeof visitor, .batch = note_batch};
static struct gw_room_answer answer;
static struct gw_error error;

static void set_up(void)
{
    told_count = 0;
    visitor_says = GW_OK;
    error = (struct gw_error){0};
}

/* Adds so many batches, whose reference is overwritten after each, until the list is complete. */
static enum gw_status answer_with(uint32_t count, uint32_t limit)
{
    enum gw_status status = GW_OK;
    char ref[] = "b0";

    gw_room_answer_begin(&answer, &visitor, 3, limit);
    for (uint32_t i = 0; i < count && status == GW_OK; i++) {
        struct gw_batch_snapshot batch = {.ref = gw_text_span(ref, 2), .flags = 99, .room = 99};

        ref[1] = (char)('0' + i);
        status = gw_room_answer_add(&answer, &batch, &error);
        memset(ref, 'x', 2);
        ref[0] = 'b';
    }
    return status;
}

START_TEST(a_list_below_its_limit_is_complete_and_unmarked)
{
    ck_assert_int_eq(answer_with(2, 3), GW_OK);
    ck_assert_uint_eq(told_count, 2);
    ck_assert_int_eq(gw_room_answer_end(&answer, &error), GW_OK);
    ck_assert_uint_eq(told_count, 2);
    ck_assert_str_eq(told[1].ref, "b1");
    ck_assert_uint_eq(told[1].flags, GW_BATCH_FOUND);
    ck_assert_int_eq(told[1].room, 3);
}
END_TEST

START_TEST(a_batch_without_a_reference_is_told_as_it_is)
{
    struct gw_batch_snapshot batch = {.ref = {NULL, 0}};

    gw_room_answer_begin(&answer, &visitor, 3, 1);
    ck_assert_int_eq(gw_room_answer_add(&answer, &batch, &error), GW_OK);
    ck_assert_int_eq(gw_room_answer_end(&answer, &error), GW_OK);
    ck_assert_uint_eq(told_count, 1);
    ck_assert_str_eq(told[0].ref, "");
}
END_TEST

START_TEST(a_list_of_exactly_its_limit_is_unmarked)
{
    ck_assert_int_eq(answer_with(3, 3), GW_OK);
    ck_assert_uint_eq(told_count, 2); /* the last one is kept back */
    ck_assert_int_eq(gw_room_answer_end(&answer, &error), GW_OK);
    ck_assert_uint_eq(told_count, 3);
    ck_assert_str_eq(told[2].ref, "b2");
    ck_assert_uint_eq(told[2].flags, GW_BATCH_FOUND);
    ck_assert_int_eq(told[2].room, 3);
}
END_TEST

START_TEST(the_last_of_a_list_that_is_cut_is_marked_and_the_search_ends)
{
    ck_assert_int_eq(answer_with(9, 3), GW_END);
    ck_assert_int_eq(gw_room_answer_end(&answer, &error), GW_OK);
    ck_assert_uint_eq(told_count, 3);
    ck_assert_str_eq(told[2].ref, "b2");
    ck_assert_uint_eq(told[2].flags, GW_BATCH_FOUND | GW_BATCH_LAST);
    ck_assert_uint_eq(told[1].flags, GW_BATCH_FOUND);
}
END_TEST

START_TEST(a_limit_of_one_and_an_empty_list_are_lists_too)
{
    ck_assert_int_eq(answer_with(2, 1), GW_END);
    ck_assert_int_eq(gw_room_answer_end(&answer, &error), GW_OK);
    ck_assert_uint_eq(told_count, 1);
    ck_assert_str_eq(told[0].ref, "b0");
    ck_assert_uint_eq(told[0].flags, GW_BATCH_FOUND | GW_BATCH_LAST);
    ck_assert_int_eq(answer_with(0, 1), GW_OK);
    ck_assert_int_eq(gw_room_answer_end(&answer, &error), GW_OK);
    ck_assert_uint_eq(told_count, 1);
}
END_TEST

START_TEST(the_status_of_the_visitor_is_returned)
{
    visitor_says = GW_CANCELLED;
    ck_assert_int_eq(answer_with(2, 3), GW_CANCELLED);
    ck_assert_uint_eq(told_count, 1);
    ck_assert_int_eq(answer_with(1, 1), GW_OK);
    ck_assert_int_eq(gw_room_answer_end(&answer, &error), GW_CANCELLED);
    ck_assert_int_eq(error.status, GW_CANCELLED);
}
END_TEST

START_TEST(a_reference_that_is_too_long_is_for_an_operator)
{
    static char ref[GW_REFERENCE_MAX + 1];
    struct gw_batch_snapshot batch = {.ref = gw_text_span(ref, sizeof ref), .sku = gw_text_of("TABLE")};

    gw_room_answer_begin(&answer, &visitor, 1, 1);
    ck_assert_int_eq(gw_room_answer_add(&answer, &batch, &error), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.text, "TABLE"));
    batch.ref.len = GW_REFERENCE_MAX;
    gw_room_answer_begin(&answer, &visitor, 1, 1);
    ck_assert_int_eq(gw_room_answer_add(&answer, &batch, &error), GW_OK);
    ck_assert_uint_eq(answer.last.ref.len, GW_REFERENCE_MAX);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("sdk_load_answer");
    TCase *tests = tcase_create("load_answer");

    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, a_list_below_its_limit_is_complete_and_unmarked);
    tcase_add_test(tests, a_batch_without_a_reference_is_told_as_it_is);
    tcase_add_test(tests, a_list_of_exactly_its_limit_is_unmarked);
    tcase_add_test(tests, the_last_of_a_list_that_is_cut_is_marked_and_the_search_ends);
    tcase_add_test(tests, a_limit_of_one_and_an_empty_list_are_lists_too);
    tcase_add_test(tests, the_status_of_the_visitor_is_returned);
    tcase_add_test(tests, a_reference_that_is_too_long_is_for_an_operator);
    suite_add_tcase(suite, tests);
    return suite;
}
