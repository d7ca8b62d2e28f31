/* SPDX-License-Identifier: Apache-2.0 */
/* Apply, when it succeeds, and when it finds that the work is done already. */
#include "answers.h"
#include "everything.h"
#include "fixture.h"

#include <stdio.h>

static struct changes changes;

START_TEST(apply_creates_a_product_with_its_first_batch)
{
    struct question question = {0};
    struct answer answer;

    changes_init(&changes);
    change_new_batch(&changes, change_product(&changes, "LAMP", 0, 1), "b1", 20, 0, 20261224, 1);
    ck_assert_ok(apply(&changes));
    ck_assert_int_eq(first_effect, 0);
    ask_product(&question, "LAMP", 1, 16);
    load(&question, &answer);
    ck_assert_int_eq(told_version(&answer, "LAMP"), 1);
    ck_assert_str_eq(found(&answer, "LAMP", 1), "b1");
    answer_done(&answer);
}
END_TEST

START_TEST(apply_accepts_an_empty_changeset)
{
    changes_init(&changes);
    ck_assert_ok(apply(&changes));
    ck_assert_int_eq(first_effect, 0);
}
END_TEST

START_TEST(apply_changes_several_products_at_once)
{
    given_batch("LAMP", "l1", 10, 0, 0);
    given_batch("VASE", "v1", 10, 0, 0);
    changes_init(&changes);
    (void)change_product(&changes, "CHAIR", 0, 1);
    (void)change_product(&changes, "LAMP", 1, 2);
    (void)change_product(&changes, "VASE", 1, 3);
    change_new_batch(&changes, 0, "c1", 5, 0, 0, 1);
    change_batch(&changes, 1, "l1", 10, 2);
    change_take(&changes, 1, "o1", 2, "l1", 2);
    change_new_batch(&changes, 2, "v2", 5, 4, 0, 2);
    change_take(&changes, 2, "o1", 4, "v2", 3);
    ck_assert_ok(apply(&changes));
    ck_assert_answer(view_of(GW_VIEW_ALLOCATIONS, "o1", "", 0), "LAMP l1 2 0\nVASE v2 4 0\n");
    ck_assert_answer(view_of(GW_VIEW_AVAILABILITY, "", "CHAIR", 0), "CHAIR c1 5 0\n");
    ck_assert_answer(view_of(GW_VIEW_AVAILABILITY, "", "LAMP", 0), "LAMP l1 8 0\n");
    ck_assert_answer(view_of(GW_VIEW_AVAILABILITY, "", "VASE", 0), "VASE v1 10 0\nVASE v2 1 0\n");
}
END_TEST

START_TEST(a_product_has_the_stamp_of_the_last_changeset_that_raised_its_version)
{
    int64_t first;

    given_batch("LAMP", "b1", 10, 0, 0);
    given_batch("VASE", "v1", 10, 0, 0);
    ck_assert_int_eq(stamp_of("VASE"), applied_stamp);
    first = stamp_of("LAMP");
    ck_assert_int_ne(first, applied_stamp);
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 1, 1);
    change_batch(&changes, change_product(&changes, "VASE", 1, 2), "v1", 12, 0);
    ck_assert_ok(apply(&changes));
    ck_assert_int_eq(stamp_of("LAMP"), first);
    ck_assert_int_eq(stamp_of("VASE"), applied_stamp);
    ck_assert_int_eq(stamp_of("ZYGOTE"), 0);
}
END_TEST

START_TEST(a_product_that_is_only_read_keeps_its_version)
{
    struct question question = {0};
    struct answer answer;

    given_batch("LAMP", "b1", 10, 10, 0);
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 1, 1);
    (void)change_product(&changes, "ZYGOTE", 0, 0);
    change_position(&changes, "orders", GW_OFFSET_NONE, 7);
    ck_assert_ok(apply(&changes));
    ask_product(&question, "LAMP", 1, 1);
    ask_product(&question, "ZYGOTE", 1, 1);
    load(&question, &answer);
    ck_assert_int_eq(told_version(&answer, "LAMP"), 1);
    ck_assert_int_eq(told_version(&answer, "ZYGOTE"), 0);
    answer_done(&answer);
}
END_TEST

START_TEST(a_line_moves_to_another_batch_in_one_changeset)
{
    struct question question = {0};
    struct answer answer;

    given_batch("LAMP", "b1", 10, 0, 0);
    given_more("LAMP", 1, "b2", 10, 0, 0);
    given_line("LAMP", 2, "o1", 10, "b1", 10, 10);
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 3, 5);
    change_drop(&changes, 0, "o1", 10);
    change_batch(&changes, 0, "b1", 9, 0);
    change_batch(&changes, 0, "b2", 10, 10);
    change_take(&changes, 0, "o1", 10, "b2", 5);
    ck_assert_ok(apply(&changes));
    ask_line(&question, "LAMP", "o1", 10);
    load(&question, &answer);
    ck_assert_str_eq(holder(&answer, "LAMP", "o1", 10), "b2");
    answer_done(&answer);
    ck_assert_answer(view_of(GW_VIEW_ALLOCATIONS, "o1", "", 0), "LAMP b2 10 0\n");
}
END_TEST

START_TEST(each_line_goes_to_its_batch_be_that_changed_new_or_as_before)
{
    given_batch("LAMP", "l1", 10, 0, 0);
    given_more("LAMP", 1, "l2", 10, 0, 0);
    given_batch("VASE", "v1", 10, 4, 0);
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 2, 6);
    (void)change_product(&changes, "VASE", 1, 2);
    change_new_batch(&changes, 0, "l3", 5, 3, 0, 3);
    change_batch(&changes, 0, "l2", 10, 2);
    change_batch(&changes, 0, "l1", 10, 1);
    change_take(&changes, 0, "o1", 1, "l1", 4);
    change_take(&changes, 1, "o1", 4, "v1", 2);
    change_take(&changes, 0, "o1", 2, "l2", 5);
    change_take(&changes, 0, "o1", 3, "l3", 6);
    ck_assert_ok(apply(&changes));
    ck_assert_answer(view_of(GW_VIEW_ALLOCATIONS, "o1", "", 0), "LAMP l1 1 0\nVASE v1 4 0\nLAMP l2 2 0\nLAMP l3 3 0\n");
}
END_TEST

START_TEST(the_same_order_may_hold_lines_that_differ_in_sku_or_quantity)
{
    given_batch("LAMP", "l1", 10, 0, 0);
    given_batch("VASE", "v1", 10, 0, 0);
    given_line("LAMP", 1, "o1", 2, "l1", 10, 2);
    given_line("VASE", 1, "o1", 2, "v1", 10, 2);
    given_line("LAMP", 2, "o1", 3, "l1", 10, 5);
    ck_assert_answer(view_of(GW_VIEW_ALLOCATIONS, "o1", "", 0), "LAMP l1 2 0\nVASE v1 2 0\nLAMP l1 3 0\n");
}
END_TEST

START_TEST(the_same_positions_again_are_already_applied)
{
    char *before;

    changes_init(&changes);
    change_position(&changes, "s1", GW_OFFSET_NONE, 5);
    change_position(&changes, "s2", GW_OFFSET_NONE, 9);
    change_new_batch(&changes, change_product(&changes, "LAMP", 0, 1), "b1", 10, 0, 0, 1);
    change_effect(&changes, 0, "events", "k1");
    ck_assert_ok(apply_keeping(&changes));
    before = everything();
    ck_assert_status(apply_keeping(&changes), GW_ALREADY);
    ck_assert_status(apply(&changes), GW_ALREADY);
    ck_assert_answer(everything(), before);
    free(before);
}
END_TEST

START_TEST(known_message_ids_are_already_applied_even_if_the_version_has_risen)
{
    char *before;

    if (!repository_has(GW_REPOSITORY_INBOX))
        return;
    changes_init(&changes);
    change_id(&changes, "id1", "body1", GW_OUTCOME_APPLIED, "");
    change_id(&changes, "id2", "body2", GW_OUTCOME_SKIPPED, "");
    change_new_batch(&changes, change_product(&changes, "LAMP", 0, 1), "b1", 10, 0, 0, 1);
    ck_assert_ok(apply_keeping(&changes));
    given_line("LAMP", 1, "o1", 2, "b1", 10, 2);
    before = everything();
    ck_assert_status(apply(&changes), GW_ALREADY);
    ck_assert_answer(everything(), before);
    free(before);
}
END_TEST

START_TEST(unmoved_positions_are_not_already_applied)
{
    changes_init(&changes);
    change_position(&changes, "s1", GW_OFFSET_NONE, 5);
    ck_assert_ok(apply(&changes));
    changes_init(&changes);
    change_position(&changes, "s1", 5, 5);
    change_new_batch(&changes, change_product(&changes, "LAMP", 0, 1), "b1", 10, 0, 0, 1);
    ck_assert_ok(apply(&changes));
    ck_assert_answer(view_of(GW_VIEW_AVAILABILITY, "", "LAMP", 0), "LAMP b1 10 0\n");
}
END_TEST

static enum gw_status note_number(void *context, const struct gw_outbox_row *row)
{
    *(int64_t *)context = row->number;
    return GW_OK;
}

/* The lowest number of a destination's rows. */
static int64_t first_number(const char *destination)
{
    int64_t number = 0;
    int64_t next_due_ms;
    struct gw_outbox_visitor visitor = {.size = sizeof visitor, .context = &number, .row = note_number};

    ck_assert_ok(repo.ops->outbox_next(repo.session, T(destination), 0, 1, 5000, &visitor, &next_due_ms, &last_error));
    return number;
}

struct figure {
    const char *destination;
    uint64_t pending;
};

static enum gw_status note_figure(void *context, const struct gw_outbox_figure *figure)
{
    struct figure *wanted = context;

    if (gw_text_is(figure->destination, wanted->destination))
        wanted->pending = figure->pending;
    return GW_OK;
}

static uint64_t pending(const char *destination)
{
    struct figure wanted = {destination, 0};
    struct gw_outbox_figure_visitor visitor = {.size = sizeof visitor, .context = &wanted, .figure = note_figure};

    ck_assert_ok(repo.ops->outbox_figures(repo.session, &visitor, &last_error));
    return wanted.pending;
}

START_TEST(a_turn_may_hold_thousands_of_everything)
{
    enum { PRODUCTS = 500, LINES = 4 };
    char text[64];

    changes_init(&changes);
    for (uint32_t i = 0; i < PRODUCTS; i++) {
        (void)snprintf(text, sizeof text, "SKU-%04u", i);
        (void)change_product(&changes, text, 0, 1 + LINES);
        (void)snprintf(text, sizeof text, "batch-%04u", i);
        change_new_batch(&changes, i, text, 100, LINES, 0, 1);
        for (uint32_t line = 0; line < LINES; line++) {
            char orderid[64];

            (void)snprintf(orderid, sizeof orderid, "order-%u", line);
            change_take(&changes, i, orderid, 1, text, 2 + line);
            change_effect(&changes, i, line % 2 == 0 ? "even" : "odd", "key");
        }
        (void)snprintf(text, sizeof text, "id-%u", i);
        change_id(&changes, text, "body", GW_OUTCOME_APPLIED, "");
    }
    ck_assert_ok(apply(&changes));
    ck_assert_int_gt(first_effect, 0);
    ck_assert_answer(view_of(GW_VIEW_AVAILABILITY, "", "SKU-0499", 0), "SKU-0499 batch-0499 96 0\n");
}
END_TEST

/* A command may have any number of effects: a batch that shrinks by many lines has three for each with the usual
 * routes. */
START_TEST(a_turn_may_have_seventy_thousand_effects_numbered_in_their_order)
{
    enum { EFFECTS = 70000 };
    int64_t first;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_batch("LAMP", "l1", 10, 0, 0);
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 1, 2);
    for (uint32_t i = 0; i < EFFECTS; i++)
        change_effect(&changes, 0, i == EFFECTS - 2 ? "last but one" : i == EFFECTS - 1 ? "last" : "events", "key");
    ck_assert_ok(apply(&changes));
    first = first_effect;
    ck_assert_int_gt(first, 0);
    ck_assert_int_eq(first_number("events"), first);
    ck_assert_int_eq(first_number("last but one"), first + EFFECTS - 2);
    ck_assert_int_eq(first_number("last"), first + EFFECTS - 1);
    ck_assert_uint_eq(pending("events"), EFFECTS - 2);
    (void)change_product(&changes, "LAMP", 2, 3);
    change_effect(&changes, 0, "last", "key");
    ck_assert_ok(apply(&changes));
    ck_assert_int_ge(first_effect, first + EFFECTS);
}
END_TEST

TCase *apply_case(void)
{
    TCase *tests = repository_case("apply");

    tcase_add_test(tests, apply_creates_a_product_with_its_first_batch);
    tcase_add_test(tests, apply_accepts_an_empty_changeset);
    tcase_add_test(tests, apply_changes_several_products_at_once);
    tcase_add_test(tests, a_product_has_the_stamp_of_the_last_changeset_that_raised_its_version);
    tcase_add_test(tests, a_product_that_is_only_read_keeps_its_version);
    tcase_add_test(tests, a_line_moves_to_another_batch_in_one_changeset);
    tcase_add_test(tests, each_line_goes_to_its_batch_be_that_changed_new_or_as_before);
    tcase_add_test(tests, the_same_order_may_hold_lines_that_differ_in_sku_or_quantity);
    tcase_add_test(tests, the_same_positions_again_are_already_applied);
    tcase_add_test(tests, known_message_ids_are_already_applied_even_if_the_version_has_risen);
    tcase_add_test(tests, unmoved_positions_are_not_already_applied);
    tcase_add_test(tests, a_turn_may_hold_thousands_of_everything);
    tcase_add_test(tests, a_turn_may_have_seventy_thousand_effects_numbered_in_their_order);
    return tests;
}
