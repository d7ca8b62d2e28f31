/* SPDX-License-Identifier: Apache-2.0 */
/* Apply, when it refuses: each cause, the order of the checks, and that nothing was changed. */
#include "answers.h"
#include "everything.h"
#include "fixture.h"

#include <stdio.h>
#include <string.h>

static struct changes changes;

/* A stock that every test finds: LAMP at version 4 with l1 (2 of 10, one line) and l2 (full), VASE at 1, positions,
 * ids, an outbox row and a dead letter. */
static void given_stock(void)
{
    struct gw_dead_letter letter = {.entrypoint = T("orders"),
                                    .identity = T("dead1"),
                                    .payload = T("{"),
                                    .reason = T("malformed"),
                                    .full_len = 1,
                                    .offset = GW_OFFSET_NONE};

    given_batch("LAMP", "l1", 10, 0, 0);
    given_more("LAMP", 1, "l2", 5, 5, 20261224);
    given_line("LAMP", 2, "o1", 2, "l1", 10, 2);
    given_batch("VASE", "v1", 10, 0, 0);
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 3, 4);
    change_position(&changes, "s1", GW_OFFSET_NONE, 5);
    change_position(&changes, "s2", GW_OFFSET_NONE, 50);
    if (repository_has(GW_REPOSITORY_INBOX))
        change_id(&changes, "known", "body", GW_OUTCOME_APPLIED, "");
    if (repository_has(GW_REPOSITORY_DEAD_LETTERS))
        change_dead(&changes, &letter);
    if (repository_has(GW_REPOSITORY_OUTBOX))
        change_effect(&changes, 0, "events", "k1");
    ck_assert_ok(apply(&changes));
    changes_init(&changes);
}

/* Puts something of everything into the changeset, so that a refusal has much to leave undone; product 0 is a new
 * one. */
static void add_good_changes(void)
{
    struct gw_dead_letter letter = {.entrypoint = T("orders"), .identity = T("dead2"), .reason = T("unknown SKU")};

    (void)change_product(&changes, "CHAIR", 0, 2);
    change_new_batch(&changes, 0, "c1", 10, 1, 0, 1);
    change_take(&changes, 0, "o7", 1, "c1", 2);
    if (repository_has(GW_REPOSITORY_DEAD_LETTERS))
        change_dead(&changes, &letter);
    if (repository_has(GW_REPOSITORY_OUTBOX))
        change_effect(&changes, 0, "events", "k2");
}

static char refusal_text[GW_ERROR_TEXT_MAX]; /* of the last refusal */

static void assert_refused_whole(enum gw_status expected)
{
    char *before = everything();

    ck_assert_status(apply_keeping(&changes), expected);
    ck_assert_int_eq(first_effect, 0);
    ck_assert_str_ne(last_error.text, "");
    memcpy(refusal_text, last_error.text, sizeof refusal_text);
    ck_assert_answer(everything(), before);
    free(before);
    changes_done(&changes);
}

static void assert_refused(enum gw_status expected)
{
    assert_refused_whole(expected);
    /* ... and the repository continues */
    given_batch("AFTERWARDS", "after", 1, 0, 0);
}

/* A CONFLICT names its cause, because an operator, or the dead letter that it becomes, has nothing else. */
static void assert_conflict(const char *name, const char *product)
{
    assert_refused(GW_CONFLICT);
    ck_assert_msg(strstr(refusal_text, name) != NULL && strstr(refusal_text, product) != NULL,
                  "\"%s\" should name %s and %s", refusal_text, name, product);
}

START_TEST(another_position_is_moved)
{
    given_stock();
    add_good_changes();
    change_position(&changes, "s1", 4, 6);
    assert_refused(GW_MOVED);
}
END_TEST

START_TEST(an_unexpected_position_is_moved)
{
    given_stock();
    add_good_changes();
    change_position(&changes, "s1", GW_OFFSET_NONE, 6);
    assert_refused(GW_MOVED);
}
END_TEST

START_TEST(a_missing_position_is_moved)
{
    given_stock();
    add_good_changes();
    change_position(&changes, "s9", 4, 6);
    assert_refused(GW_MOVED);
}
END_TEST

START_TEST(one_different_position_among_matching_ones_is_moved)
{
    given_stock();
    add_good_changes();
    change_position(&changes, "s1", 5, 6);
    change_position(&changes, "s2", 51, 52);
    assert_refused(GW_MOVED);
}
END_TEST

START_TEST(positions_that_are_only_partly_at_next_are_moved)
{
    given_stock();
    add_good_changes();
    change_position(&changes, "s1", 4, 5);
    change_position(&changes, "s2", 50, 51);
    assert_refused(GW_MOVED);
}
END_TEST

START_TEST(a_changed_version_is_a_conflict)
{
    given_stock();
    add_good_changes();
    change_batch(&changes, change_product(&changes, "LAMP", 3, 4), "l1", 10, 3);
    assert_conflict("LAMP", "LAMP");
}
END_TEST

START_TEST(a_changed_version_of_a_product_that_was_only_read_is_a_conflict)
{
    given_stock();
    add_good_changes();
    (void)change_product(&changes, "LAMP", 3, 3);
    assert_conflict("LAMP", "LAMP");
}
END_TEST

/* The version is right, but it is one of another history. */
START_TEST(another_stamp_is_a_conflict)
{
    given_stock();
    add_good_changes();
    change_batch(&changes, change_product(&changes, "LAMP", 4, 5), "l1", 10, 3);
    change_stamp(&changes, stamp_of("LAMP") + 1);
    assert_refused(GW_CONFLICT);
}
END_TEST

START_TEST(another_stamp_of_a_product_that_was_only_read_is_a_conflict)
{
    given_stock();
    add_good_changes();
    (void)change_product(&changes, "LAMP", 4, 4);
    change_stamp(&changes, stamp_of("VASE"));
    assert_refused(GW_CONFLICT);
}
END_TEST

START_TEST(a_stamp_of_a_product_that_does_not_exist_is_a_conflict)
{
    given_stock();
    add_good_changes();
    (void)change_product(&changes, "ZYGOTE", 0, 0);
    change_stamp(&changes, 1);
    assert_refused(GW_CONFLICT);
}
END_TEST

START_TEST(another_old_quantity_is_a_conflict)
{
    given_stock();
    add_good_changes();
    change_batch(&changes, change_product(&changes, "LAMP", 4, 5), "l1", 10, 3);
    change_old(&changes, _i == 0 ? 9 : 10, _i == 0 ? 2 : 1);
    assert_refused(GW_CONFLICT);
}
END_TEST

/* A repository may handle one element of a kind in another way than several. Each of these turns has one element of
 * each kind that it has. */
static void move_from_elsewhere(void)
{
    change_position(&changes, "s1", 4, 6);
}

static void move_what_is_not_there(void)
{
    change_position(&changes, "s9", 4, 6);
}

static void move_what_is_new_by_now(void)
{
    change_position(&changes, "s1", GW_OFFSET_NONE, 6);
}

static void move_again(void)
{
    change_position(&changes, "s1", 4, 5);
}

static void use_another_version(void)
{
    change_batch(&changes, change_product(&changes, "LAMP", 3, 4), "l1", 10, 3);
}

static void use_another_stamp(void)
{
    change_batch(&changes, change_product(&changes, "LAMP", 4, 5), "l1", 10, 3);
    change_stamp(&changes, stamp_of("LAMP") + 1);
}

static void read_another_stamp(void)
{
    (void)change_product(&changes, "LAMP", 4, 4);
    change_stamp(&changes, stamp_of("LAMP") + 1);
}

static void create_what_is_there(void)
{
    change_new_batch(&changes, change_product(&changes, "LAMP", 0, 1), "l9", 10, 0, 0, 1);
}

static void read_what_is_there_by_now(void)
{
    (void)change_product(&changes, "LAMP", 0, 0);
}

static void change_what_is_not_there(void)
{
    (void)change_product(&changes, "ZYGOTE", 4, 5);
}

static void expect_more_purchased(void)
{
    change_batch(&changes, change_product(&changes, "LAMP", 4, 5), "l1", 10, 3);
    change_old(&changes, 9, 2);
}

static void expect_more_allocated(void)
{
    change_batch(&changes, change_product(&changes, "LAMP", 4, 5), "l1", 10, 3);
    change_old(&changes, 10, 3);
}

static void change_the_batch_of_another_product(void)
{
    change_batch(&changes, change_product(&changes, "LAMP", 4, 5), "v1", 10, 1);
}

static void take_a_line_again(void)
{
    change_batch(&changes, change_product(&changes, "LAMP", 4, 5), "l1", 10, 4);
    change_take(&changes, 0, "o1", 2, "l1", 5);
}

static const struct {
    void (*make)(void);
    enum gw_status refusal;
} small_turns[] = {
    {move_from_elsewhere, GW_MOVED},
    {move_what_is_not_there, GW_MOVED},
    {move_what_is_new_by_now, GW_MOVED},
    {move_again, GW_ALREADY},
    {use_another_version, GW_CONFLICT},
    {use_another_stamp, GW_CONFLICT},
    {read_another_stamp, GW_CONFLICT},
    {create_what_is_there, GW_CONFLICT},
    {read_what_is_there_by_now, GW_CONFLICT},
    {change_what_is_not_there, GW_CONFLICT},
    {expect_more_purchased, GW_CONFLICT},
    {expect_more_allocated, GW_CONFLICT},
    {change_the_batch_of_another_product, GW_CONFLICT},
    {take_a_line_again, GW_CONFLICT},
};

START_TEST(one_element_of_a_kind_is_compared_like_several)
{
    given_stock();
    for (size_t i = 0; i < sizeof small_turns / sizeof small_turns[0]; i++) {
        changes_init(&changes);
        small_turns[i].make();
        assert_refused_whole(small_turns[i].refusal);
    }
}
END_TEST

START_TEST(a_conflict_names_its_cause)
{
    given_stock();
    change_batch(&changes, change_product(&changes, "LAMP", 3, 4), "l1", 10, 3);
    ck_assert_status(apply(&changes), GW_CONFLICT);
    ck_assert_ptr_nonnull(strstr(last_error.text, "LAMP"));
    change_batch(&changes, change_product(&changes, "LAMP", 4, 5), "l1", 10, 3);
    change_old(&changes, 10, 1);
    ck_assert_status(apply(&changes), GW_CONFLICT);
    ck_assert_ptr_nonnull(strstr(last_error.text, "l1"));
    change_new_batch(&changes, change_product(&changes, "LAMP", 4, 5), "v1", 1, 0, 0, 5);
    ck_assert_status(apply(&changes), GW_CONFLICT);
    ck_assert_ptr_nonnull(strstr(last_error.text, "v1"));
    change_drop(&changes, change_product(&changes, "LAMP", 4, 5), "order-9", 2);
    ck_assert_status(apply(&changes), GW_CONFLICT);
    ck_assert_ptr_nonnull(strstr(last_error.text, "order-9"));
}
END_TEST

START_TEST(a_product_that_was_created_meanwhile_is_a_conflict)
{
    given_stock();
    add_good_changes();
    (void)change_product(&changes, "LAMP", 0, 0);
    assert_conflict("LAMP", "LAMP");
}
END_TEST

START_TEST(a_product_that_exists_instead_of_being_new_is_a_conflict)
{
    given_stock();
    add_good_changes();
    change_new_batch(&changes, change_product(&changes, "LAMP", 0, 1), "l9", 1, 0, 0, 1);
    assert_conflict("LAMP", "LAMP");
}
END_TEST

START_TEST(a_product_that_should_exist_and_does_not_is_a_conflict)
{
    given_stock();
    add_good_changes();
    change_new_batch(&changes, change_product(&changes, "ZYGOTE", 1, 2), "z1", 1, 0, 0, 1);
    assert_conflict("ZYGOTE", "ZYGOTE");
}
END_TEST

START_TEST(a_reference_that_was_taken_meanwhile_is_a_conflict)
{
    given_stock();
    add_good_changes();
    change_absent(&changes, "nowhere");
    change_absent(&changes, "l2");
    assert_conflict("l2", "l2");
}
END_TEST

START_TEST(some_of_the_ids_being_known_is_a_conflict)
{
    given_stock();
    if (!repository_has(GW_REPOSITORY_INBOX))
        return;
    add_good_changes();
    change_id(&changes, "new", "body", GW_OUTCOME_APPLIED, "");
    change_id(&changes, "known", "body", GW_OUTCOME_APPLIED, "");
    assert_refused(GW_CONFLICT);
}
END_TEST

START_TEST(known_ids_with_a_position_to_move_are_a_conflict)
{
    given_stock();
    if (!repository_has(GW_REPOSITORY_INBOX))
        return;
    add_good_changes();
    change_position(&changes, "s1", 5, 6);
    change_id(&changes, "known", "body", GW_OUTCOME_APPLIED, "");
    assert_refused(GW_CONFLICT);
}
END_TEST

START_TEST(a_new_batch_with_a_reference_that_the_product_has_is_a_conflict)
{
    given_stock();
    add_good_changes();
    change_new_batch(&changes, change_product(&changes, "LAMP", 4, 5), "l2", 1, 0, 0, 5);
    assert_conflict("l2", "l2");
}
END_TEST

START_TEST(a_new_batch_with_a_reference_that_another_product_has_is_a_conflict)
{
    given_stock();
    add_good_changes();
    change_new_batch(&changes, change_product(&changes, "LAMP", 4, 5), "v1", 1, 0, 0, 5);
    assert_conflict("v1", "v1");
}
END_TEST

START_TEST(a_missing_batch_is_a_conflict)
{
    given_stock();
    add_good_changes();
    change_batch(&changes, change_product(&changes, "LAMP", 4, 5), "l9", 10, 3);
    assert_conflict("l9", "LAMP");
}
END_TEST

START_TEST(a_batch_of_another_product_is_a_conflict)
{
    given_stock();
    add_good_changes();
    change_batch(&changes, change_product(&changes, "LAMP", 4, 5), "v1", 10, 3);
    assert_conflict("v1", "LAMP");
}
END_TEST

START_TEST(deallocating_a_line_that_is_not_held_is_a_conflict)
{
    given_stock();
    add_good_changes();
    change_drop(&changes, change_product(&changes, "LAMP", 4, 5), "o1", 3);
    assert_conflict("o1", "LAMP");
}
END_TEST

START_TEST(deallocating_a_line_twice_is_a_conflict)
{
    given_stock();
    add_good_changes();
    (void)change_product(&changes, "LAMP", 4, 5);
    change_drop(&changes, 1, "o1", 2);
    change_drop(&changes, 1, "o1", 2);
    assert_conflict("o1", "LAMP");
}
END_TEST

START_TEST(a_line_that_is_held_already_is_a_conflict)
{
    given_stock();
    add_good_changes();
    change_take(&changes, change_product(&changes, "LAMP", 4, 5), "o1", 2, "l1", 5);
    assert_conflict("o1", "LAMP");
}
END_TEST

START_TEST(a_line_that_is_held_by_another_batch_is_a_conflict)
{
    given_stock();
    add_good_changes();
    change_take(&changes, change_product(&changes, "LAMP", 4, 5), "o1", 2, "l2", 5);
    assert_conflict("o1", "LAMP");
}
END_TEST

START_TEST(allocating_a_line_twice_is_a_conflict)
{
    given_stock();
    add_good_changes();
    (void)change_product(&changes, "LAMP", 4, 6);
    change_take(&changes, 1, "o2", 2, "l1", 5);
    change_take(&changes, 1, "o2", 2, "l2", 6);
    assert_refused(GW_CONFLICT);
}
END_TEST

START_TEST(allocating_to_a_missing_batch_is_a_conflict)
{
    given_stock();
    add_good_changes();
    change_take(&changes, change_product(&changes, "LAMP", 4, 5), "o2", 2, "l9", 5);
    assert_conflict("l9", "LAMP");
}
END_TEST

START_TEST(allocating_to_a_batch_of_another_product_is_a_conflict)
{
    given_stock();
    add_good_changes();
    change_take(&changes, change_product(&changes, "LAMP", 4, 5), "o2", 2, "v1", 5);
    assert_conflict("v1", "LAMP");
}
END_TEST

START_TEST(a_missing_dead_letter_is_a_conflict)
{
    char number[32];

    given_stock();
    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS))
        return;
    add_good_changes();
    (void)snprintf(number, sizeof number, "%lld", (long long)dead_id("dead1") + 1000);
    change_replay(&changes, dead_id("dead1"), "refused again");
    change_replay(&changes, dead_id("dead1") + 1000, "");
    assert_conflict(number, number);
}
END_TEST

START_TEST(a_batch_never_holds_more_than_was_purchased)
{
    given_stock();
    add_good_changes();
    change_batch(&changes, change_product(&changes, "LAMP", 4, 5), "l1", 10, 11);
    assert_refused(GW_PERMANENT);
    ck_assert_ptr_nonnull(strstr(refusal_text, "l1"));
}
END_TEST

START_TEST(a_batch_never_shrinks_below_what_it_holds)
{
    given_stock();
    add_good_changes();
    change_batch(&changes, change_product(&changes, "LAMP", 4, 5), "l1", 1, 2);
    assert_refused(GW_PERMANENT);
    ck_assert_ptr_nonnull(strstr(refusal_text, "l1"));
}
END_TEST

START_TEST(a_batch_never_holds_less_than_nothing)
{
    given_stock();
    add_good_changes();
    change_batch(&changes, change_product(&changes, "LAMP", 4, 5), "l1", 10, -1);
    assert_refused(GW_PERMANENT);
    ck_assert_ptr_nonnull(strstr(refusal_text, "l1"));
}
END_TEST

START_TEST(a_new_batch_never_holds_more_than_was_purchased)
{
    given_stock();
    add_good_changes();
    change_new_batch(&changes, change_product(&changes, "LAMP", 4, 5), "l3", 1, 2, 0, 5);
    assert_refused(GW_PERMANENT);
    ck_assert_ptr_nonnull(strstr(refusal_text, "l3"));
}
END_TEST

START_TEST(another_position_is_reported_before_a_changed_version)
{
    given_stock();
    add_good_changes();
    change_position(&changes, "s1", 4, 6);
    (void)change_product(&changes, "LAMP", 3, 4);
    assert_refused(GW_MOVED);
}
END_TEST

START_TEST(already_is_reported_before_a_changed_version)
{
    given_stock();
    add_good_changes();
    change_position(&changes, "s1", 4, 5);
    (void)change_product(&changes, "LAMP", 3, 4);
    assert_refused(GW_ALREADY);
}
END_TEST

START_TEST(a_changed_version_is_reported_before_an_oversold_batch)
{
    given_stock();
    add_good_changes();
    (void)change_product(&changes, "LAMP", 3, 4);
    change_batch(&changes, 1, "l1", 10, 11);
    assert_conflict("LAMP", "LAMP");
}
END_TEST

START_TEST(a_changed_version_of_the_last_product_is_reported_before_the_stock_of_the_first)
{
    given_stock();
    (void)change_product(&changes, "LAMP", 4, 5);
    (void)change_product(&changes, "VASE", 9, 10);
    change_batch(&changes, 0, "l1", 10, 11);
    assert_conflict("VASE", "VASE");
}
END_TEST

TCase *conflicts_case(void)
{
    TCase *tests = repository_case("conflicts");

    tcase_add_test(tests, another_position_is_moved);
    tcase_add_test(tests, an_unexpected_position_is_moved);
    tcase_add_test(tests, a_missing_position_is_moved);
    tcase_add_test(tests, one_different_position_among_matching_ones_is_moved);
    tcase_add_test(tests, positions_that_are_only_partly_at_next_are_moved);
    tcase_add_test(tests, a_changed_version_is_a_conflict);
    tcase_add_test(tests, a_changed_version_of_a_product_that_was_only_read_is_a_conflict);
    tcase_add_test(tests, another_stamp_is_a_conflict);
    tcase_add_test(tests, another_stamp_of_a_product_that_was_only_read_is_a_conflict);
    tcase_add_test(tests, a_stamp_of_a_product_that_does_not_exist_is_a_conflict);
    tcase_add_loop_test(tests, another_old_quantity_is_a_conflict, 0, 2);
    tcase_add_test(tests, one_element_of_a_kind_is_compared_like_several);
    tcase_add_test(tests, a_conflict_names_its_cause);
    tcase_add_test(tests, a_product_that_was_created_meanwhile_is_a_conflict);
    tcase_add_test(tests, a_product_that_exists_instead_of_being_new_is_a_conflict);
    tcase_add_test(tests, a_product_that_should_exist_and_does_not_is_a_conflict);
    tcase_add_test(tests, a_reference_that_was_taken_meanwhile_is_a_conflict);
    tcase_add_test(tests, some_of_the_ids_being_known_is_a_conflict);
    tcase_add_test(tests, known_ids_with_a_position_to_move_are_a_conflict);
    tcase_add_test(tests, a_new_batch_with_a_reference_that_the_product_has_is_a_conflict);
    tcase_add_test(tests, a_new_batch_with_a_reference_that_another_product_has_is_a_conflict);
    tcase_add_test(tests, a_missing_batch_is_a_conflict);
    tcase_add_test(tests, a_batch_of_another_product_is_a_conflict);
    tcase_add_test(tests, deallocating_a_line_that_is_not_held_is_a_conflict);
    tcase_add_test(tests, deallocating_a_line_twice_is_a_conflict);
    tcase_add_test(tests, a_line_that_is_held_already_is_a_conflict);
    tcase_add_test(tests, a_line_that_is_held_by_another_batch_is_a_conflict);
    tcase_add_test(tests, allocating_a_line_twice_is_a_conflict);
    tcase_add_test(tests, allocating_to_a_missing_batch_is_a_conflict);
    tcase_add_test(tests, allocating_to_a_batch_of_another_product_is_a_conflict);
    tcase_add_test(tests, a_missing_dead_letter_is_a_conflict);
    tcase_add_test(tests, a_batch_never_holds_more_than_was_purchased);
    tcase_add_test(tests, a_batch_never_shrinks_below_what_it_holds);
    tcase_add_test(tests, a_batch_never_holds_less_than_nothing);
    tcase_add_test(tests, a_new_batch_never_holds_more_than_was_purchased);
    tcase_add_test(tests, another_position_is_reported_before_a_changed_version);
    tcase_add_test(tests, already_is_reported_before_a_changed_version);
    tcase_add_test(tests, a_changed_version_is_reported_before_an_oversold_batch);
    tcase_add_test(tests, a_changed_version_of_the_last_product_is_reported_before_the_stock_of_the_first);
    return tests;
}
