/* SPDX-License-Identifier: Apache-2.0 */
/* Load: every kind of request, and what the answer leaves out. */
#include "answers.h"
#include "fixture.h"

#include <stdio.h>

static struct question question;
static struct answer answer;

START_TEST(load_reports_version_0_for_an_unknown_sku)
{
    ask_product(&question, "LAMP", 1, 16);
    load(&question, &answer);
    ck_assert_int_eq(told_version(&answer, "LAMP"), 0);
    ck_assert_str_eq(found(&answer, "LAMP", 1), "");
    answer_done(&answer);
}
END_TEST

START_TEST(an_empty_load_reports_nothing)
{
    given_batch("LAMP", "b1", 10, 0, 0);
    load(&question, &answer);
    ck_assert_uint_eq(answer.products.count + answer.batches.count + answer.lines.count + answer.ids.count, 0);
    answer_done(&answer);
}
END_TEST

static void given_five_batches(void)
{
    given_batch("LAMP", "late", 10, 0, 20270301);
    given_more("LAMP", 1, "second", 10, 0, 0);
    given_more("LAMP", 2, "early", 10, 6, 20261201);
    given_more("LAMP", 3, "third", 10, 8, 0);
    given_more("LAMP", 4, "full", 10, 10, 0);
}

START_TEST(load_reports_batches_with_room_warehouse_first_then_by_eta_then_by_creation)
{
    given_five_batches();
    ask_product(&question, "LAMP", 1, 16);
    load(&question, &answer);
    ck_assert_int_eq(told_version(&answer, "LAMP"), 5);
    ck_assert_str_eq(found(&answer, "LAMP", 1), "second third early late");
    answer_done(&answer);
}
END_TEST

START_TEST(load_reports_every_member_of_a_batch)
{
    const struct gw_batch_snapshot *batch;

    given_five_batches();
    ask_product(&question, "LAMP", 1, 16);
    load(&question, &answer);
    batch = told(&answer, "early");
    ck_assert_ptr_nonnull(batch);
    ck_assert_int_eq(batch->purchased, 10);
    ck_assert_int_eq(batch->allocated, 6);
    ck_assert_int_eq(batch->eta, 20261201);
    ck_assert_int_eq(batch->created, 3);
    ck_assert_int_eq(told(&answer, "second")->eta, 0);
    answer_done(&answer);
}
END_TEST

START_TEST(load_leaves_out_batches_with_less_room_than_requested)
{
    given_five_batches();
    ask_product(&question, "LAMP", 4, 16);
    ask_product(&question, "LAMP", 5, 16);
    ask_product(&question, "LAMP", 11, 16);
    load(&question, &answer);
    ck_assert_str_eq(found(&answer, "LAMP", 4), "second early late");
    ck_assert_str_eq(found(&answer, "LAMP", 5), "second late");
    ck_assert_str_eq(found(&answer, "LAMP", 11), "");
    answer_done(&answer);
}
END_TEST

START_TEST(load_marks_the_last_batch_only_when_there_are_more)
{
    given_five_batches();
    ask_product(&question, "LAMP", 1, 3);
    ask_product(&question, "LAMP", 4, 3);
    ask_product(&question, "LAMP", 5, 1);
    load(&question, &answer);
    ck_assert_str_eq(found(&answer, "LAMP", 1), "second third early+");
    ck_assert_str_eq(found(&answer, "LAMP", 4), "second early late");
    ck_assert_str_eq(found(&answer, "LAMP", 5), "second+");
    answer_done(&answer);
}
END_TEST

START_TEST(load_reports_a_batch_that_got_room_again_and_not_one_that_became_full)
{
    struct changes changes;
    uint32_t product;

    given_five_batches();
    changes_init(&changes);
    product = change_product(&changes, "LAMP", 5, 7);
    change_batch(&changes, product, "full", 10, 9);
    change_batch(&changes, product, "second", 10, 10);
    ck_assert_ok(apply(&changes));
    ask_product(&question, "LAMP", 1, 16);
    load(&question, &answer);
    ck_assert_str_eq(found(&answer, "LAMP", 1), "third full early late");
    answer_done(&answer);
}
END_TEST

START_TEST(load_reports_a_named_full_batch_and_its_product)
{
    given_five_batches();
    ask_batch(&question, "full", GW_LOWEST_NONE);
    load(&question, &answer);
    ck_assert_int_eq(told_version(&answer, "LAMP"), 5);
    ck_assert_ptr_nonnull(told(&answer, "full"));
    ck_assert_uint_eq(told(&answer, "full")->flags, 0);
    ck_assert(gw_text_equal(T("LAMP"), gw_text_of(((struct told_batch *)answer.batches.items)->sku)));
    ck_assert_str_eq(found(&answer, "LAMP", 1), "second third early late");
    ck_assert_uint_eq(answer.lines.count, 0);
    answer_done(&answer);
}
END_TEST

START_TEST(load_reports_at_most_16_batches_of_the_product_of_a_named_one)
{
    char ref[16];

    for (int i = 0; i < 17; i++) {
        (void)snprintf(ref, sizeof ref, "b%02d", i);
        given_more("LAMP", i, ref, 10, 0, 0);
    }
    ask_batch(&question, "b16", GW_LOWEST_NONE);
    load(&question, &answer);
    ck_assert_str_eq(found(&answer, "LAMP", 1), "b00 b01 b02 b03 b04 b05 b06 b07 b08 b09 b10 b11 b12 b13 b14 b15+");
    ck_assert_ptr_nonnull(told(&answer, "b16"));
    answer_done(&answer);
}
END_TEST

START_TEST(load_does_not_report_a_batch_that_does_not_exist)
{
    given_batch("LAMP", "b1", 10, 0, 0);
    ask_batch(&question, "b2", 0);
    load(&question, &answer);
    ck_assert_uint_eq(answer.products.count + answer.batches.count, 0);
    answer_done(&answer);
}
END_TEST

static void given_three_lines(void)
{
    given_batch("LAMP", "b1", 100, 0, 0);
    given_line("LAMP", 1, "o1", 10, "b1", 100, 10);
    given_line("LAMP", 2, "o2", 20, "b1", 100, 30);
    given_line("LAMP", 3, "o3", 5, "b1", 100, 35);
}

static void assert_newest(int64_t lowest, const char *expected)
{
    ask_batch(&question, "b1", lowest);
    load(&question, &answer);
    ck_assert_str_eq(newest(&answer, "b1"), expected);
    answer_done(&answer);
}

START_TEST(load_reports_the_newest_lines_that_no_longer_fit)
{
    given_three_lines();
    assert_newest(GW_LOWEST_NONE, "");
    assert_newest(1000, "");
    assert_newest(35, "");
    assert_newest(34, "o3:5@4");
    assert_newest(30, "o3:5@4");
    assert_newest(29, "o3:5@4 o2:20@3");
    assert_newest(10, "o3:5@4 o2:20@3");
    assert_newest(9, "o3:5@4 o2:20@3 o1:10@2");
    assert_newest(0, "o3:5@4 o2:20@3 o1:10@2");
}
END_TEST

START_TEST(a_line_that_came_back_counts_from_its_return)
{
    struct changes changes;
    uint32_t product;

    given_three_lines();
    changes_init(&changes);
    product = change_product(&changes, "LAMP", 4, 6);
    change_drop(&changes, product, "o1", 10);
    change_take(&changes, product, "o1", 10, "b1", 6);
    ck_assert_ok(apply(&changes));
    assert_newest(0, "o1:10@6 o3:5@4 o2:20@3");
}
END_TEST

START_TEST(load_reports_the_batch_that_holds_a_line_full_or_not)
{
    given_batch("LAMP", "b1", 10, 0, 0);
    given_line("LAMP", 1, "o1", 10, "b1", 10, 10);
    given_batch("VASE", "v1", 10, 0, 0);
    given_line("VASE", 1, "o1", 10, "v1", 10, 10);
    ask_line(&question, "LAMP", "o1", 10);
    ask_line(&question, "LAMP", "o1", 9);
    ask_line(&question, "LAMP", "o2", 10);
    ask_line(&question, "CHAIR", "o1", 10);
    ask_line(&question, "VASE", "o1", 10);
    load(&question, &answer);
    ck_assert_uint_eq(answer.lines.count, 2);
    ck_assert_str_eq(holder(&answer, "LAMP", "o1", 10), "b1");
    ck_assert_str_eq(holder(&answer, "VASE", "o1", 10), "v1");
    ck_assert_int_eq(told(&answer, "b1")->allocated, 10);
    ck_assert_uint_eq(told(&answer, "b1")->flags, 0);
    ck_assert_int_eq(((struct told_line *)answer.lines.items)->snapshot.seq, 2);
    answer_done(&answer);
}
END_TEST

START_TEST(load_does_not_report_a_deallocated_line)
{
    struct changes changes;

    given_three_lines();
    changes_init(&changes);
    change_drop(&changes, change_product(&changes, "LAMP", 4, 5), "o2", 20);
    change_batch(&changes, 0, "b1", 100, 15);
    ck_assert_ok(apply(&changes));
    ask_line(&question, "LAMP", "o2", 20);
    load(&question, &answer);
    ck_assert_uint_eq(answer.lines.count, 0);
    answer_done(&answer);
    assert_newest(0, "o3:5@4 o1:10@2");
}
END_TEST

static void drop_line(int64_t version, const char *orderid, int64_t qty)
{
    struct changes changes;

    changes_init(&changes);
    change_drop(&changes, change_product(&changes, "LAMP", version, version + 1), orderid, qty);
    ck_assert_ok(apply(&changes));
}

START_TEST(the_newest_lines_are_right_whichever_line_has_left)
{
    given_three_lines();
    given_line("LAMP", 4, "o4", 1, "b1", 100, 36);
    given_line("LAMP", 5, "o5", 1, "b1", 100, 36);
    drop_line(6, "o3", 5);
    assert_newest(0, "o5:1@6 o4:1@5 o2:20@3 o1:10@2");
    drop_line(7, "o5", 1);
    assert_newest(0, "o4:1@5 o2:20@3 o1:10@2");
    drop_line(8, "o1", 10);
    assert_newest(0, "o4:1@5 o2:20@3");
    given_line("LAMP", 9, "o6", 3, "b1", 100, 24);
    assert_newest(0, "o6:3@10 o4:1@5 o2:20@3");
    drop_line(10, "o6", 3);
    drop_line(11, "o4", 1);
    drop_line(12, "o2", 20);
    assert_newest(0, "");
    given_line("LAMP", 13, "o7", 1, "b1", 100, 1);
    assert_newest(0, "o7:1@14");
}
END_TEST

static enum gw_status refuse_product(void *context, const struct gw_product_snapshot *product)
{
    (void)context, (void)product;
    return GW_NOMEM;
}

START_TEST(a_visitor_that_fails_ends_the_load_with_its_status)
{
    struct gw_product_request item = {T("LAMP"), 1, 16, 0};
    struct gw_load_request request = {.size = sizeof request, .products = {&item, 1, sizeof item}};
    struct gw_load_visitor visitor = {.size = sizeof visitor, .product = refuse_product};

    given_batch("LAMP", "b1", 10, 0, 0);
    ck_assert_status(repo.ops->load(repo.session, &request, &visitor, &last_error), GW_NOMEM);
    given_more("LAMP", 1, "b2", 10, 0, 0);
}
END_TEST

START_TEST(a_product_may_have_100000_open_batches)
{
    enum { BATCHES = 100000, TURN = 10000 };
    struct changes changes;
    char ref[16];

    for (int done = 0; done < BATCHES; done += TURN) {
        changes_init(&changes);
        (void)change_product(&changes, "LAMP", done, done + TURN);
        for (int i = done; i < done + TURN; i++) {
            (void)snprintf(ref, sizeof ref, "b%06d", BATCHES - i);
            change_new_batch(&changes, 0, ref, 1 + i % 10, 0, 20270101, i + 1);
        }
        ck_assert_ok(apply(&changes));
    }
    for (int i = 0; i < 200; i++) {
        ask_product(&question, "LAMP", 10, 2);
        ask_product(&question, "LAMP", 1, 3);
        load(&question, &answer);
        ck_assert_str_eq(found(&answer, "LAMP", 10), "b099991 b099981+");
        ck_assert_str_eq(found(&answer, "LAMP", 1), "b100000 b099999 b099998+");
        answer_done(&answer);
    }
}
END_TEST

TCase *load_case(void)
{
    TCase *tests = repository_case("load");

    tcase_add_test(tests, load_reports_version_0_for_an_unknown_sku);
    tcase_add_test(tests, an_empty_load_reports_nothing);
    tcase_add_test(tests, load_reports_batches_with_room_warehouse_first_then_by_eta_then_by_creation);
    tcase_add_test(tests, load_reports_every_member_of_a_batch);
    tcase_add_test(tests, load_leaves_out_batches_with_less_room_than_requested);
    tcase_add_test(tests, load_marks_the_last_batch_only_when_there_are_more);
    tcase_add_test(tests, load_reports_a_batch_that_got_room_again_and_not_one_that_became_full);
    tcase_add_test(tests, load_reports_a_named_full_batch_and_its_product);
    tcase_add_test(tests, load_reports_at_most_16_batches_of_the_product_of_a_named_one);
    tcase_add_test(tests, load_does_not_report_a_batch_that_does_not_exist);
    tcase_add_test(tests, load_reports_the_newest_lines_that_no_longer_fit);
    tcase_add_test(tests, a_line_that_came_back_counts_from_its_return);
    tcase_add_test(tests, load_reports_the_batch_that_holds_a_line_full_or_not);
    tcase_add_test(tests, load_does_not_report_a_deallocated_line);
    tcase_add_test(tests, the_newest_lines_are_right_whichever_line_has_left);
    tcase_add_test(tests, a_visitor_that_fails_ends_the_load_with_its_status);
    tcase_add_test(tests, a_product_may_have_100000_open_batches);
    return tests;
}
