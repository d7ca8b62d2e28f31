/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox: numbers, order, being due, and what settling does. */
#include "answers.h"
#include "fixture.h"

#include <inttypes.h>
#include <stdio.h>

enum { NOW = 5000 };

static struct changes changes;
static int64_t next_due;

/* Rows k1 (events), m1 (mail), k2, k3 (events), numbers from the return value. */
static int64_t given_rows(void)
{
    given_batch("LAMP", "b1", 10, 0, 0);
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 1, 1);
    change_effect(&changes, 0, "events", "k1");
    change_effect(&changes, 0, "mail", "m1");
    change_effect(&changes, 0, "events", "k2");
    change_effect(&changes, 0, "events", "k3");
    ck_assert_ok(apply(&changes));
    ck_assert_int_gt(first_effect, 0);
    return first_effect;
}

static void assert_pending(const char *destination, const char *expected)
{
    ck_assert_answer(outbox_ids(destination, 0, 100, NOW, &next_due), expected);
}

static void settle(const char *destination, int64_t number, enum gw_delivery delivery, int64_t due, const char *reason)
{
    struct gw_outbox_settlement item = {
        .number = number, .delivery = delivery, .due_unix_ms = due, .reason = T(reason)};
    struct gw_array array = {&item, 1, sizeof item};

    repository_settle(destination, &array);
}

START_TEST(each_destination_has_its_rows_in_the_order_of_the_effects)
{
    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    (void)given_rows();
    assert_pending("events", "k1 k2 k3");
    assert_pending("mail", "m1");
    assert_pending("nowhere", "");
    ck_assert_int_eq(next_due, 0);
}
END_TEST

START_TEST(a_row_is_told_as_it_was_given)
{
    struct gw_effect *effect;
    char expected[256];

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    changes_init(&changes);
    changes.unix_ms = 1234;
    change_new_batch(&changes, change_product(&changes, "LAMP", 0, 1), "b1", 10, 0, 0, 1);
    change_effect(&changes, 0, "mail", "key-1");
    effect = change_last_effect(&changes);
    effect->recipient = T("stock@made.com");
    effect->type = T("OutOfStock");
    effect->payload = gw_text_span("{\"a\":\"\0b\"}", 10);
    effect->headers = T("traceparent=1");
    ck_assert_ok(apply(&changes));
    (void)snprintf(expected, sizeof expected,
                   "%" PRId64 " created 1234 due 0 attempts 0 [mail][stock@made.com][key-1][OutOfStock][LAMP]"
                   "[{\"a\":\"\\00b\"}][traceparent=1]\n",
                   first_effect);
    ck_assert_answer(outbox_rows("mail", NOW), expected);
}
END_TEST

START_TEST(numbers_follow_each_other_and_rise_from_apply_to_apply)
{
    int64_t first;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    first = given_rows();
    ck_assert_answer(outbox_ids("events", first, 100, NOW, &next_due), "k2 k3");
    ck_assert_answer(outbox_ids("events", first + 1, 100, NOW, &next_due), "k2 k3");
    ck_assert_answer(outbox_ids("events", first + 2, 100, NOW, &next_due), "k3");
    ck_assert_answer(outbox_ids("events", first + 3, 100, NOW, &next_due), "");
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 1, 1);
    change_effect(&changes, 0, "events", "k4");
    ck_assert_ok(apply(&changes));
    ck_assert_int_gt(first_effect, first + 3);
    ck_assert_answer(outbox_ids("events", first + 3, 100, NOW, &next_due), "k4");
}
END_TEST

START_TEST(numbers_never_come_again)
{
    int64_t first;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    first = given_rows();
    for (int64_t number = first; number < first + 4; number++) {
        settle("events", number, GW_DELIVERY_DONE, 0, "");
        settle("mail", number, GW_DELIVERY_DONE, 0, "");
    }
    assert_pending("events", "");
    if (is_persistent)
        repository_reopen();
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 1, 1);
    change_effect(&changes, 0, "events", "k9");
    ck_assert_ok(apply(&changes));
    ck_assert_int_gt(first_effect, first + 3);
}
END_TEST

START_TEST(outbox_next_tells_at_most_the_limit)
{
    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    (void)given_rows();
    ck_assert_answer(outbox_ids("events", 0, 2, NOW, &next_due), "k1 k2");
    ck_assert_answer(outbox_ids("events", 0, 3, NOW, &next_due), "k1 k2 k3");
}
END_TEST

START_TEST(a_row_that_is_done_goes)
{
    int64_t first;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    first = given_rows();
    settle("events", first + 2, GW_DELIVERY_DONE, 0, "");
    assert_pending("events", "k1 k3");
    assert_pending("mail", "m1");
}
END_TEST

START_TEST(a_row_that_is_gone_already_is_no_error)
{
    int64_t first;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    first = given_rows();
    settle("events", first, GW_DELIVERY_DONE, 0, "");
    settle("events", first, GW_DELIVERY_DONE, 0, "");
    settle("events", first, GW_DELIVERY_RETRY, 9000, "away");
    settle("events", first, GW_DELIVERY_DEAD, 0, "no such topic");
    settle("events", first + 1000, GW_DELIVERY_DONE, 0, "");
    settle("nowhere", first + 2, GW_DELIVERY_DONE, 0, "");
    assert_pending("events", "k2 k3");
    if (repository_has(GW_REPOSITORY_DEAD_LETTERS))
        ck_assert_answer(dead_letters(), "");
}
END_TEST

START_TEST(a_destination_settles_only_its_own_rows)
{
    int64_t first;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    first = given_rows();
    settle("mail", first, GW_DELIVERY_DONE, 0, "");
    assert_pending("events", "k1 k2 k3");
}
END_TEST

START_TEST(a_row_to_be_tried_again_waits_until_it_is_due)
{
    int64_t first;
    char *rows;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    first = given_rows();
    settle("events", first, GW_DELIVERY_RETRY, 9000, "450 try later");
    settle("events", first + 3, GW_DELIVERY_RETRY, 8000, "450 try later");
    ck_assert_answer(outbox_ids("events", 0, 100, 7999, &next_due), "k2");
    ck_assert_int_eq(next_due, 8000);
    ck_assert_answer(outbox_ids("events", first, 100, 7999, &next_due), "k2");
    ck_assert_int_eq(next_due, 8000);
    ck_assert_answer(outbox_ids("events", 0, 1, 7999, &next_due), "k2");
    ck_assert_int_eq(next_due, 8000);
    ck_assert_answer(outbox_ids("events", 0, 100, 8000, &next_due), "k2 k3");
    ck_assert_int_eq(next_due, 9000);
    ck_assert_answer(outbox_ids("events", first + 2, 100, 8000, &next_due), "k3");
    ck_assert_int_eq(next_due, 0);
    ck_assert_answer(outbox_ids("events", 0, 100, 9000, &next_due), "k1 k2 k3");
    ck_assert_int_eq(next_due, 0);
    rows = outbox_rows("events", 9000);
    ck_assert_ptr_nonnull(strstr(rows, "due 9000 attempts 1 [events][][k1]"));
    ck_assert_ptr_nonnull(strstr(rows, "due 0 attempts 0 [events][][k2]"));
    free(rows);
}
END_TEST

START_TEST(attempts_are_counted)
{
    int64_t first;
    char *rows;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    first = given_rows();
    settle("events", first, GW_DELIVERY_RETRY, 6000, "away");
    settle("events", first, GW_DELIVERY_RETRY, 0, "away");
    settle("events", first, GW_DELIVERY_RETRY, 7000, "away");
    ck_assert_answer(outbox_ids("events", 0, 100, NOW, &next_due), "k2 k3");
    rows = outbox_rows("events", 7000);
    ck_assert_ptr_nonnull(strstr(rows, "due 7000 attempts 3 [events][][k1]"));
    free(rows);
}
END_TEST

START_TEST(many_rows_are_settled_at_once_each_in_its_way)
{
    int64_t first;

    if (!repository_has(GW_REPOSITORY_OUTBOX) || !repository_has(GW_REPOSITORY_DEAD_LETTERS))
        return;
    first = given_rows();
    {
        struct gw_outbox_settlement items[] = {
            {.number = first, .delivery = GW_DELIVERY_DONE},
            {.number = first + 2, .delivery = GW_DELIVERY_RETRY, .due_unix_ms = NOW + 1, .reason = T("away")},
            {.number = first + 3, .delivery = GW_DELIVERY_DEAD, .reason = T("no such topic")}};
        struct gw_array array = {items, 3, sizeof items[0]};

        repository_settle("events", &array);
    }
    assert_pending("events", "");
    ck_assert_int_eq(next_due, NOW + 1);
    ck_assert_int_ne(dead_id("k3"), 0);
}
END_TEST

START_TEST(figures_count_each_destination_that_has_rows)
{
    int64_t first;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    ck_assert_answer(figures(), "");
    first = given_rows();
    changes_init(&changes);
    changes.unix_ms = 3000;
    (void)change_product(&changes, "LAMP", 1, 1);
    change_effect(&changes, 0, "events", "k4");
    change_effect(&changes, 0, "slack", "s1");
    ck_assert_ok(apply(&changes));
    ck_assert_answer(figures(), "events 4 1000\nmail 1 1000\nslack 1 3000\n");
    settle("mail", first + 1, GW_DELIVERY_DONE, 0, "");
    settle("events", first, GW_DELIVERY_DONE, 0, "");
    settle("events", first + 2, GW_DELIVERY_DONE, 0, "");
    settle("events", first + 3, GW_DELIVERY_DONE, 0, "");
    ck_assert_answer(figures(), "events 1 3000\nslack 1 3000\n");
}
END_TEST

START_TEST(a_long_queue_keeps_its_order_while_it_is_settled_here_and_there)
{
    enum { TURNS = 100, ROWS = 50 };
    int64_t first = 0;
    char *text;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_batch("LAMP", "b1", 10, 0, 0);
    repository_lease("events"); /* once: there are thousands of rows to settle */
    for (int turn = 0; turn < TURNS; turn++) {
        changes_init(&changes);
        (void)change_product(&changes, "LAMP", 1, 1);
        for (int row = 0; row < ROWS; row++)
            change_effect(&changes, 0, "events", row == 7 ? "kept" : "gone");
        ck_assert_ok(apply(&changes));
        ck_assert_int_gt(first_effect, first);
        first = first_effect;
        for (int row = 0; row < ROWS; row++) {
            struct gw_outbox_settlement item = {.number = first + row, .delivery = GW_DELIVERY_DONE};
            struct gw_array array = {&item, 1, sizeof item};

            if (row != 7)
                ck_assert_ok(repo.ops->outbox_settle(repo.session, T("events"), &array, &last_error));
        }
    }
    text = outbox_ids("events", 0, UINT32_MAX, NOW, &next_due);
    ck_assert_uint_eq(strlen(text), TURNS * strlen("kept ") - 1);
    ck_assert_ptr_null(strstr(text, "gone"));
    free(text);
    ck_assert_answer(outbox_ids("events", first, 100, NOW, &next_due), "kept");
}
END_TEST

TCase *outbox_case(void)
{
    TCase *tests = repository_case("outbox");

    tcase_add_test(tests, each_destination_has_its_rows_in_the_order_of_the_effects);
    tcase_add_test(tests, a_row_is_told_as_it_was_given);
    tcase_add_test(tests, numbers_follow_each_other_and_rise_from_apply_to_apply);
    tcase_add_test(tests, numbers_never_come_again);
    tcase_add_test(tests, outbox_next_tells_at_most_the_limit);
    tcase_add_test(tests, a_row_that_is_done_goes);
    tcase_add_test(tests, a_row_that_is_gone_already_is_no_error);
    tcase_add_test(tests, a_destination_settles_only_its_own_rows);
    tcase_add_test(tests, a_row_to_be_tried_again_waits_until_it_is_due);
    tcase_add_test(tests, attempts_are_counted);
    tcase_add_test(tests, many_rows_are_settled_at_once_each_in_its_way);
    tcase_add_test(tests, figures_count_each_destination_that_has_rows);
    tcase_add_test(tests, a_long_queue_keeps_its_order_while_it_is_settled_here_and_there);
    return tests;
}
