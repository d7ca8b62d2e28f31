/* SPDX-License-Identifier: Apache-2.0 */
/* The read side. */
#include "answers.h"
#include "fixture.h"

static struct changes changes;

static void given_lamps(void)
{
    given_batch("LAMP", "ship", 10, 0, 20270301);
    given_more("LAMP", 1, "stock", 10, 4, 0);
    given_more("LAMP", 2, "full", 3, 3, 0);
    given_more("LAMP", 3, "soon", 5, 0, 20261201);
    given_batch("VASE", "v1", 10, 0, 0);
}

START_TEST(availability_lists_every_batch_in_the_order_of_rule_2)
{
    given_lamps();
    ck_assert_answer(view_of(GW_VIEW_AVAILABILITY, "", "LAMP", 0),
                     "LAMP stock 6 0\nLAMP full 0 0\nLAMP soon 5 20261201\nLAMP ship 10 20270301\n");
    ck_assert_answer(view_of(GW_VIEW_AVAILABILITY, "", "ZYGOTE", 0), "");
}
END_TEST

START_TEST(first_fit_is_the_first_batch_with_room_for_the_quantity)
{
    given_lamps();
    ck_assert_answer(view_of(GW_VIEW_FIRST_FIT, "", "LAMP", 1), "LAMP stock 6 0\n");
    ck_assert_answer(view_of(GW_VIEW_FIRST_FIT, "", "LAMP", 6), "LAMP stock 6 0\n");
    ck_assert_answer(view_of(GW_VIEW_FIRST_FIT, "", "LAMP", 7), "LAMP ship 10 20270301\n");
    ck_assert_answer(view_of(GW_VIEW_FIRST_FIT, "", "LAMP", 11), "");
    ck_assert_answer(view_of(GW_VIEW_FIRST_FIT, "", "ZYGOTE", 1), "");
}
END_TEST

START_TEST(allocations_come_in_the_order_of_allocation)
{
    given_lamps();
    given_line("VASE", 1, "o1", 3, "v1", 10, 3);
    given_line("LAMP", 4, "o1", 2, "soon", 5, 2);
    given_line("LAMP", 5, "o2", 1, "soon", 5, 3);
    given_line("VASE", 2, "o1", 1, "v1", 10, 4);
    ck_assert_answer(view_of(GW_VIEW_ALLOCATIONS, "o1", "", 0), "VASE v1 3 0\nLAMP soon 2 20261201\nVASE v1 1 0\n");
    ck_assert_answer(view_of(GW_VIEW_ALLOCATIONS, "o9", "", 0), "");
}
END_TEST

START_TEST(allocations_of_one_turn_keep_their_order_across_products)
{
    given_lamps();
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 4, 6);
    (void)change_product(&changes, "VASE", 1, 2);
    change_take(&changes, 0, "o1", 1, "ship", 5);
    change_take(&changes, 1, "o1", 2, "v1", 2);
    change_take(&changes, 0, "o1", 3, "soon", 6);
    ck_assert_ok(apply(&changes));
    ck_assert_answer(view_of(GW_VIEW_ALLOCATIONS, "o1", "", 0),
                     "LAMP ship 1 20270301\nVASE v1 2 0\nLAMP soon 3 20261201\n");
}
END_TEST

START_TEST(a_line_that_came_back_goes_to_the_end_of_its_order)
{
    given_lamps();
    given_line("LAMP", 4, "o1", 1, "soon", 5, 1);
    given_line("LAMP", 5, "o1", 2, "soon", 5, 3);
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 6, 8);
    change_drop(&changes, 0, "o1", 1);
    change_take(&changes, 0, "o1", 1, "soon", 8);
    ck_assert_ok(apply(&changes));
    ck_assert_answer(view_of(GW_VIEW_ALLOCATIONS, "o1", "", 0), "LAMP soon 2 20261201\nLAMP soon 1 20261201\n");
}
END_TEST

static enum gw_status refuse_row(void *context, const struct gw_view_row *row)
{
    (void)context, (void)row;
    return GW_CANCELLED;
}

START_TEST(an_unknown_view_is_unsupported)
{
    struct gw_view_visitor visitor = {.size = sizeof visitor, .row = refuse_row};
    struct gw_view_arguments arguments = {.size = sizeof arguments};

    ck_assert_status(repo.ops->query(repo.session, 4711, &arguments, &visitor, &last_error), GW_UNSUPPORTED);
}
END_TEST

START_TEST(a_visitor_that_fails_ends_the_view_with_its_status)
{
    struct gw_view_visitor visitor = {.size = sizeof visitor, .row = refuse_row};
    struct gw_view_arguments arguments = {.size = sizeof arguments, .sku = T("LAMP")};

    given_lamps();
    ck_assert_status(repo.ops->query(repo.session, GW_VIEW_AVAILABILITY, &arguments, &visitor, &last_error),
                     GW_CANCELLED);
    given_line("LAMP", 4, "o1", 1, "soon", 5, 1);
}
END_TEST

TCase *views_case(void)
{
    TCase *tests = repository_case("views");

    tcase_add_test(tests, availability_lists_every_batch_in_the_order_of_rule_2);
    tcase_add_test(tests, first_fit_is_the_first_batch_with_room_for_the_quantity);
    tcase_add_test(tests, allocations_come_in_the_order_of_allocation);
    tcase_add_test(tests, allocations_of_one_turn_keep_their_order_across_products);
    tcase_add_test(tests, a_line_that_came_back_goes_to_the_end_of_its_order);
    tcase_add_test(tests, an_unknown_view_is_unsupported);
    tcase_add_test(tests, a_visitor_that_fails_ends_the_view_with_its_status);
    return tests;
}
