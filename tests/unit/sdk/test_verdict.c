/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a changeset may be applied to what is stored: each status, and the names in its text. */
#include "check_main.h"

#include <gangway/sdk/verdict.h>

static struct gw_position_change positions[2];
static struct gw_id_change ids[2];
static struct gw_changeset set;
static struct gw_error error;

static void set_up(void)
{
    positions[0] = (struct gw_position_change){.source = gw_text_of("a"), .expected = GW_OFFSET_NONE, .next = 5};
    positions[1] = (struct gw_position_change){.source = gw_text_of("b"), .expected = 10, .next = 12};
    ids[0] = (struct gw_id_change){.id = {0xab, 0x01}};
    ids[1] = (struct gw_id_change){.id = {0xcd, 0x02}};
    set = (struct gw_changeset){.ids = {ids, 2, sizeof ids[0]}};
    error = (struct gw_error){0};
}

/* The verdict when the two sources are here. */
static enum gw_status verdict_at(int64_t a, int64_t b)
{
    struct gw_position_verdict verdict = {0};

    gw_position_verdict_add(&verdict, &positions[0], a);
    gw_position_verdict_add(&verdict, &positions[1], b);
    return gw_position_verdict_end(&verdict, &error);
}

START_TEST(positions_that_are_as_expected_are_ok_and_so_are_none)
{
    struct gw_position_verdict nothing = {0};

    ck_assert_int_eq(verdict_at(GW_OFFSET_NONE, 10), GW_OK);
    ck_assert_int_eq(gw_position_verdict_end(&nothing, &error), GW_OK);
    ck_assert_int_eq(error.status, GW_OK);
}
END_TEST

START_TEST(positions_that_are_all_at_their_next_are_already)
{
    ck_assert_int_eq(verdict_at(5, 12), GW_ALREADY);
    ck_assert_int_eq(error.status, GW_ALREADY);
}
END_TEST

START_TEST(any_other_positions_have_moved_and_the_first_is_named)
{
    ck_assert_int_eq(verdict_at(5, 10), GW_MOVED); /* one done, one not */
    ck_assert_ptr_nonnull(strstr(error.text, "source a is at 5, not at -1"));
    ck_assert_int_eq(verdict_at(GW_OFFSET_NONE, 11), GW_MOVED);
    ck_assert_ptr_nonnull(strstr(error.text, "source b is at 11, not at 10"));
    ck_assert_int_eq(verdict_at(7, 8), GW_MOVED);
    ck_assert_ptr_nonnull(strstr(error.text, "source a"));
}
END_TEST

START_TEST(a_position_that_stays_is_ok_before_it_is_already)
{
    positions[0] = (struct gw_position_change){.source = gw_text_of("a"), .expected = 5, .next = 5};
    ck_assert_int_eq(verdict_at(5, 10), GW_OK);
    ck_assert_int_eq(verdict_at(5, 12), GW_ALREADY);
}
END_TEST

START_TEST(an_operators_position_is_checked)
{
    ck_assert_int_eq(gw_position_check(0, &error), GW_OK);
    ck_assert_int_eq(gw_position_check(INT64_MAX, &error), GW_OK);
    ck_assert_int_eq(gw_position_check(-1, &error), GW_INVALID);
    ck_assert_int_eq(gw_position_missing(gw_text_of("orders"), &error), GW_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(error.text, "orders"));
}
END_TEST

START_TEST(ids_prove_a_changeset_done_only_when_all_are_known_and_it_has_no_position)
{
    ck_assert(!gw_ids_are_done(&set, 0));
    ck_assert(!gw_ids_are_done(&set, 1));
    ck_assert(gw_ids_are_done(&set, 2));
    set.positions = (struct gw_array){positions, 1, sizeof positions[0]};
    ck_assert(!gw_ids_are_done(&set, 2));
    set = (struct gw_changeset){0};
    ck_assert(!gw_ids_are_done(&set, 0)); /* nothing to know */
}
END_TEST

START_TEST(known_ids_are_already_or_a_conflict_that_names_the_first)
{
    struct gw_id_verdict verdict = {0};

    ck_assert_int_eq(gw_id_verdict_done(&verdict, &set, &error), GW_OK);
    ck_assert_int_eq(gw_id_verdict_end(&verdict, &set, &error), GW_OK);
    gw_id_verdict_add(&verdict, &ids[1]);
    ck_assert_int_eq(gw_id_verdict_done(&verdict, &set, &error), GW_OK);
    ck_assert_int_eq(error.status, GW_OK);
    ck_assert_int_eq(gw_id_verdict_end(&verdict, &set, &error), GW_CONFLICT);
    ck_assert_ptr_nonnull(strstr(error.text, "1 of 2"));
    ck_assert_ptr_nonnull(strstr(error.text, "cd020000000000000000000000000000"));
    gw_id_verdict_add(&verdict, &ids[0]);
    ck_assert_ptr_eq(verdict.first, &ids[1]);
    ck_assert_int_eq(gw_id_verdict_done(&verdict, &set, &error), GW_ALREADY);
}
END_TEST

START_TEST(a_product_is_compared_by_version_and_stamp)
{
    struct gw_product_change change = {.sku = gw_text_of("TABLE"), .expected = 3, .version = 4, .stamp = 99};

    ck_assert_int_eq(gw_product_verdict(&change, 3, 99, &error), GW_OK);
    ck_assert_int_eq(error.status, GW_OK);
    ck_assert_int_eq(gw_product_verdict(&change, 4, 99, &error), GW_CONFLICT);
    ck_assert_ptr_nonnull(strstr(error.text, "TABLE has version 4, not 3"));
    ck_assert_int_eq(gw_product_verdict(&change, 3, 98, &error), GW_CONFLICT);
    ck_assert_ptr_nonnull(strstr(error.text, "stamp 98, not 99"));
    ck_assert_int_eq(gw_product_verdict(&change, 0, 0, NULL), GW_CONFLICT);
}
END_TEST

START_TEST(each_conflict_names_its_row)
{
    struct gw_text ref = gw_text_of("B1"), sku = gw_text_of("TABLE"), order = gw_text_of("O7");
    struct gw_batch_update update = {.ref = ref, .old_purchased = 10, .old_allocated = 2};

    ck_assert_int_eq(gw_conflict_product(sku, &error), GW_CONFLICT);
    ck_assert_ptr_nonnull(strstr(error.text, "TABLE"));
    ck_assert_int_eq(gw_conflict_reference(ref, &error), GW_CONFLICT);
    ck_assert_ptr_nonnull(strstr(error.text, "B1"));
    ck_assert_int_eq(gw_conflict_batch_exists(ref, sku, &error), GW_CONFLICT);
    ck_assert_ptr_nonnull(strstr(error.text, "B1 of product TABLE"));
    ck_assert_int_eq(gw_conflict_batch_missing(ref, sku, &error), GW_CONFLICT);
    ck_assert_ptr_nonnull(strstr(error.text, "B1 of product TABLE"));
    ck_assert_int_eq(gw_conflict_quantities(&update, 10, 3, &error), GW_CONFLICT);
    ck_assert_ptr_nonnull(strstr(error.text, "B1 has 3 of 10 allocated, not 2 of 10"));
    ck_assert_int_eq(gw_conflict_line_held(order, 4, sku, &error), GW_CONFLICT);
    ck_assert_ptr_nonnull(strstr(error.text, "O7 for 4 units of product TABLE"));
    ck_assert_int_eq(gw_conflict_line_missing(order, 4, sku, &error), GW_CONFLICT);
    ck_assert_ptr_nonnull(strstr(error.text, "O7 for 4 units of product TABLE"));
    ck_assert_int_eq(gw_conflict_dead_letter(31, &error), GW_CONFLICT);
    ck_assert_ptr_nonnull(strstr(error.text, "31"));
}
END_TEST

START_TEST(a_long_name_leaves_room_for_the_words_of_the_error)
{
    static char name[4096];

    memset(name, 'x', sizeof name);
    ck_assert_int_eq(gw_conflict_batch_missing(gw_text_of("B1"), gw_text_span(name, sizeof name), &error), GW_CONFLICT);
    ck_assert_ptr_nonnull(strstr(error.text, "is not there"));
    ck_assert_int_eq(gw_conflict_product(gw_text_span(NULL, 0), &error), GW_CONFLICT);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("sdk_verdict");
    TCase *tests = tcase_create("verdict");

    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, positions_that_are_as_expected_are_ok_and_so_are_none);
    tcase_add_test(tests, positions_that_are_all_at_their_next_are_already);
    tcase_add_test(tests, any_other_positions_have_moved_and_the_first_is_named);
    tcase_add_test(tests, a_position_that_stays_is_ok_before_it_is_already);
    tcase_add_test(tests, an_operators_position_is_checked);
    tcase_add_test(tests, ids_prove_a_changeset_done_only_when_all_are_known_and_it_has_no_position);
    tcase_add_test(tests, known_ids_are_already_or_a_conflict_that_names_the_first);
    tcase_add_test(tests, a_product_is_compared_by_version_and_stamp);
    tcase_add_test(tests, each_conflict_names_its_row);
    tcase_add_test(tests, a_long_name_leaves_room_for_the_words_of_the_error);
    suite_add_tcase(suite, tests);
    return suite;
}
