/* SPDX-License-Identifier: Apache-2.0 */
/* Positions: moving them, and setting them by an operator. */
#include "answers.h"
#include "fixture.h"

static struct changes changes;

static void given_positions(void)
{
    changes_init(&changes);
    change_position(&changes, "kafka:orders:0", GW_OFFSET_NONE, 100);
    change_mark(&changes, UINT64_MAX);
    change_position(&changes, "kafka:orders:1", GW_OFFSET_NONE, 0);
    ck_assert_ok(apply(&changes));
}

START_TEST(positions_reports_only_the_named_sources)
{
    const char *one[] = {"kafka:orders:1"};
    const char *some[] = {"nowhere", "kafka:orders:0"};

    given_positions();
    ck_assert_answer(positions_of(one, 1), "kafka:orders:1 0 -\n");
    ck_assert_answer(positions_of(some, 2), "kafka:orders:0 100 18446744073709551615\n");
}
END_TEST

START_TEST(positions_reports_all_sources_if_none_is_named)
{
    char *all;

    ck_assert_answer(positions_of(NULL, 0), "");
    given_positions();
    all = positions_of(NULL, 0);
    ck_assert_ptr_nonnull(strstr(all, "kafka:orders:0 100 18446744073709551615\n"));
    ck_assert_ptr_nonnull(strstr(all, "kafka:orders:1 0 -\n"));
    free(all);
}
END_TEST

START_TEST(a_position_moves_together_with_its_mark)
{
    const char *one[] = {"kafka:orders:0"};

    given_positions();
    changes_init(&changes);
    change_position(&changes, "kafka:orders:0", 100, 101);
    change_mark(&changes, 42);
    ck_assert_ok(apply(&changes));
    ck_assert_answer(positions_of(one, 1), "kafka:orders:0 101 42\n");
    changes_init(&changes);
    change_position(&changes, "kafka:orders:0", 101, INT64_MAX);
    ck_assert_ok(apply(&changes));
    ck_assert_answer(positions_of(one, 1), "kafka:orders:0 9223372036854775807 -\n");
}
END_TEST

START_TEST(set_position_is_unconditional_and_deletes_the_mark)
{
    const char *one[] = {"kafka:orders:0"};
    const char *other[] = {"new"};

    given_positions();
    ck_assert_ok(repo.ops->set_position(repo.session, T("kafka:orders:0"), 7, &last_error));
    ck_assert_ok(repo.ops->set_position(repo.session, T("new"), 8, &last_error));
    ck_assert_answer(positions_of(one, 1), "kafka:orders:0 7 -\n");
    ck_assert_answer(positions_of(other, 1), "new 8 -\n");
    changes_init(&changes);
    change_position(&changes, "kafka:orders:0", 100, 101);
    ck_assert_status(apply(&changes), GW_MOVED);
    changes_init(&changes);
    change_position(&changes, "new", 8, 9);
    ck_assert_ok(apply(&changes));
}
END_TEST

START_TEST(a_forgotten_position_does_not_exist)
{
    const char *one[] = {"kafka:orders:0"};

    given_positions();
    ck_assert_ok(repo.ops->forget_position(repo.session, T("kafka:orders:0"), &last_error));
    ck_assert_answer(positions_of(one, 1), "");
    ck_assert_status(repo.ops->forget_position(repo.session, T("kafka:orders:0"), &last_error), GW_NOT_FOUND);
    changes_init(&changes);
    change_position(&changes, "kafka:orders:0", GW_OFFSET_NONE, 3);
    ck_assert_ok(apply(&changes));
    ck_assert_answer(positions_of(one, 1), "kafka:orders:0 3 -\n");
}
END_TEST

START_TEST(set_position_refuses_an_invalid_offset)
{
    char *before;

    given_positions();
    before = positions_of(NULL, 0);
    ck_assert_status(repo.ops->set_position(repo.session, T("kafka:orders:0"), -1, &last_error), GW_INVALID);
    ck_assert_answer(positions_of(NULL, 0), before);
    free(before);
}
END_TEST

TCase *positions_case(void)
{
    TCase *tests = repository_case("positions");

    tcase_add_test(tests, positions_reports_only_the_named_sources);
    tcase_add_test(tests, positions_reports_all_sources_if_none_is_named);
    tcase_add_test(tests, a_position_moves_together_with_its_mark);
    tcase_add_test(tests, set_position_is_unconditional_and_deletes_the_mark);
    tcase_add_test(tests, set_position_refuses_an_invalid_offset);
    tcase_add_test(tests, a_forgotten_position_does_not_exist);
    return tests;
}
