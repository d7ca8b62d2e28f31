/* SPDX-License-Identifier: Apache-2.0 */
/* The inbox: message ids that are known, and how they are forgotten. */
#include "answers.h"
#include "fixture.h"

static struct changes changes;
static struct question question;
static struct answer answer;

static int64_t advance(int64_t seen_ms, int64_t add_ms)
{
    int64_t running_ms = -1;

    ck_assert_ok(repo.ops->advance(repo.session, seen_ms, add_ms, &running_ms, &last_error));
    return running_ms;
}

/* An id that is stored at this running time, which is not below that of the one before. */
static void given_id(const char *id, int64_t running_ms)
{
    int64_t now_ms = advance(0, 0);

    ck_assert_int_eq(advance(now_ms, running_ms - now_ms), running_ms);
    changes_init(&changes);
    change_id(&changes, id, "body", GW_OUTCOME_APPLIED, "");
    ck_assert_ok(apply(&changes));
}

START_TEST(load_reports_only_known_ids)
{
    uint8_t fingerprint[GW_DIGEST_BYTES];

    if (!repository_has(GW_REPOSITORY_INBOX))
        return;
    changes_init(&changes);
    change_id(&changes, "id1", "body1", GW_OUTCOME_APPLIED, "");
    change_id(&changes, "id2", "body2", GW_OUTCOME_DEAD, "Invalid sku X");
    ck_assert_ok(apply(&changes));
    ask_id(&question, "id3");
    ask_id(&question, "id2");
    ask_id(&question, "id1");
    load(&question, &answer);
    ck_assert_uint_eq(answer.ids.count, 2);
    ck_assert_ptr_null(told_id(&answer, 0));
    ck_assert_uint_eq(told_id(&answer, 1)->snapshot.outcome, GW_OUTCOME_DEAD);
    ck_assert_str_eq(told_id(&answer, 1)->reason, "Invalid sku X");
    bytes_of(fingerprint, "body2");
    ck_assert_mem_eq(told_id(&answer, 1)->snapshot.fingerprint, fingerprint, sizeof fingerprint);
    ck_assert_uint_eq(told_id(&answer, 2)->snapshot.outcome, GW_OUTCOME_APPLIED);
    ck_assert_str_eq(told_id(&answer, 2)->reason, "");
    answer_done(&answer);
}
END_TEST

static bool is_known(const char *id)
{
    bool known;

    ask_id(&question, id);
    load(&question, &answer);
    known = answer.ids.count == 1;
    answer_done(&answer);
    return known;
}

static void assert_expires(int64_t before, uint32_t limit, uint32_t expected)
{
    uint32_t count = 99;

    ck_assert_ok(repo.ops->expire(repo.session, before, limit, &count, &last_error));
    ck_assert_uint_eq(count, expected);
}

START_TEST(expire_deletes_only_older_ids)
{
    if (!repository_has(GW_REPOSITORY_INBOX))
        return;
    given_id("a", 1000);
    given_id("c", 2000);
    given_id("b", 3000);
    assert_expires(1000, 100, 0);
    assert_expires(2001, 100, 2);
    ck_assert(!is_known("a") && !is_known("c") && is_known("b"));
    assert_expires(2001, 100, 0);
    given_id("a", 4000);
    assert_expires(INT64_MAX, 100, 2);
    assert_expires(INT64_MAX, 100, 0);
}
END_TEST

START_TEST(advance_is_a_compare_and_set)
{
    int64_t seen_ms;

    if (!repository_has(GW_REPOSITORY_INBOX))
        return;
    seen_ms = advance(0, 0);
    ck_assert_int_eq(seen_ms, 0);
    ck_assert_int_eq(advance(seen_ms, 600000), 600000);
    ck_assert_int_eq(advance(seen_ms, 600000), 600000); /* another gateway was first */
    ck_assert_int_eq(advance(600000, 5), 600005);
    ck_assert_int_eq(advance(600005, 0), 600005);
    if (is_persistent)
        repository_reopen();
    ck_assert_int_eq(advance(0, 0), 600005);
}
END_TEST

START_TEST(a_wall_clock_does_not_expire_ids)
{
    if (!repository_has(GW_REPOSITORY_INBOX))
        return;
    given_id("a", 1000);
    repo.host.unix_offset_ms = INT64_C(400) * 24 * 3600 * 1000;
    assert_expires(1000, 100, 0);
    given_id("b", 1000);
    repo.host.unix_offset_ms = -repo.host.unix_offset_ms;
    assert_expires(1000, 100, 0);
    ck_assert(is_known("a") && is_known("b"));
}
END_TEST

START_TEST(expire_deletes_at_most_the_limit)
{
    if (!repository_has(GW_REPOSITORY_INBOX))
        return;
    given_id("a", 1);
    given_id("b", 2);
    given_id("c", 3);
    assert_expires(100, 2, 2);
    assert_expires(100, 2, 1);
    assert_expires(100, 2, 0);
}
END_TEST

/* The ids of one turn have one age, and need not fit into one call. */
START_TEST(expire_takes_a_part_of_a_turn)
{
    if (!repository_has(GW_REPOSITORY_INBOX))
        return;
    ck_assert_int_eq(advance(0, 1000), 1000);
    changes_init(&changes);
    change_id(&changes, "a", "body", GW_OUTCOME_APPLIED, "");
    change_id(&changes, "b", "body", GW_OUTCOME_APPLIED, "");
    change_id(&changes, "c", "body", GW_OUTCOME_APPLIED, "");
    ck_assert_ok(apply(&changes));
    given_id("d", 2000);
    assert_expires(3000, 2, 2);
    ck_assert_int_eq(is_known("a") + is_known("b") + is_known("c"), 1);
    ck_assert(is_known("d"));
    assert_expires(3000, 2, 2);
    ck_assert(!is_known("a") && !is_known("b") && !is_known("c") && !is_known("d"));
    assert_expires(3000, 2, 0);
}
END_TEST

TCase *inbox_case(void)
{
    TCase *tests = repository_case("inbox");

    tcase_add_test(tests, load_reports_only_known_ids);
    tcase_add_test(tests, expire_deletes_only_older_ids);
    tcase_add_test(tests, expire_deletes_at_most_the_limit);
    tcase_add_test(tests, expire_takes_a_part_of_a_turn);
    tcase_add_test(tests, advance_is_a_compare_and_set);
    tcase_add_test(tests, a_wall_clock_does_not_expire_ids);
    return tests;
}
