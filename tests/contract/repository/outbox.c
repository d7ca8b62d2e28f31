/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox: numbers, order, being due, and what settling does. */
#include "answers.h"
#include "fixture.h"
#include "settling.h"

#include <inttypes.h>
#include <stdio.h>

/* Longer than a test takes. */
enum { LONG_MS = 60 * 1000 };

static struct changes changes;
static int64_t due_in_ms;

/* Rows k1 (events), m1 (mail), k2, k3 (events), each of a changeset of its own and so alone in its block. */
static struct {
    int64_t number;
    int64_t stamp;
} k1, m1, k2, k3;

static void given_row(const char *destination, const char *id, int64_t *ret_number, int64_t *ret_stamp)
{
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 1, 1);
    change_effect(&changes, 0, destination, id);
    ck_assert_ok(apply(&changes));
    ck_assert_int_gt(first_effect, 0);
    *ret_number = first_effect;
    *ret_stamp = applied_stamp;
}

static void given_rows(void)
{
    given_batch("LAMP", "b1", 10, 0, 0);
    given_row("events", "k1", &k1.number, &k1.stamp);
    given_row("mail", "m1", &m1.number, &m1.stamp);
    given_row("events", "k2", &k2.number, &k2.stamp);
    given_row("events", "k3", &k3.number, &k3.stamp);
}

/* Rows k1 (events), m1 (mail), k2, k3 (events) of one changeset: effects 0 to 3. */
static int64_t given_turn(void)
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
    ck_assert_answer(outbox_ids(destination, 0, 100, &due_in_ms), expected);
}

START_TEST(each_destination_has_its_rows_in_the_order_of_the_effects)
{
    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    (void)given_turn();
    assert_pending("events", "k1 k2 k3");
    assert_pending("mail", "m1");
    assert_pending("nowhere", "");
    ck_assert_int_eq(due_in_ms, GW_DUE_NEVER);
}
END_TEST

START_TEST(a_row_is_reported_unchanged)
{
    struct gw_effect *effect;
    char expected[256];

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    changes_init(&changes);
    change_new_batch(&changes, change_product(&changes, "LAMP", 0, 1), "b1", 10, 0, 0, 1);
    change_effect(&changes, 0, "mail", "key-1");
    effect = change_last_effect(&changes);
    effect->recipient = T("stock@made.com");
    effect->type = T("OutOfStock");
    effect->payload = gw_text_span("{\"a\":\"\0b\"}", 10);
    effect->headers = T("traceparent=1");
    ck_assert_ok(apply(&changes));
    (void)snprintf(expected, sizeof expected,
                   "%" PRId64 " stamp %" PRId64 " sequence 1 attempts 0 [mail][stock@made.com][key-1][OutOfStock][LAMP]"
                   "[{\"a\":\"\\00b\"}][traceparent=1]\n",
                   first_effect, applied_stamp);
    ck_assert_answer(outbox_rows("mail"), expected);
    ck_assert_int_eq(outbox_row("mail", "key-1").event_unix_ms, applied_unix_ms);
    ck_assert_int_eq(outbox_row("mail", "key-1").queued_unix_ms, applied_unix_ms);
}
END_TEST

START_TEST(numbers_rise_from_apply_to_apply)
{
    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_rows();
    ck_assert_int_gt(m1.number, k1.number);
    ck_assert_int_gt(k2.number, m1.number);
    ck_assert_int_gt(k3.number, k2.number);
    ck_assert_answer(outbox_ids("events", k1.number, 100, &due_in_ms), "k2 k3");
    ck_assert_answer(outbox_ids("events", k2.number - 1, 100, &due_in_ms), "k2 k3");
    ck_assert_answer(outbox_ids("events", k2.number, 100, &due_in_ms), "k3");
    ck_assert_answer(outbox_ids("events", k3.number, 100, &due_in_ms), "");
}
END_TEST

START_TEST(numbers_are_never_reused)
{
    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_rows();
    settle_row("events", k1.number, DELIVERED, 0, "");
    settle_row("mail", m1.number, DELIVERED, 0, "");
    settle_row("events", k2.number, DELIVERED, 0, "");
    settle_row("events", k3.number, DELIVERED, 0, "");
    assert_pending("events", "");
    if (is_persistent)
        repository_reopen();
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 1, 1);
    change_effect(&changes, 0, "events", "k9");
    ck_assert_ok(apply(&changes));
    ck_assert_int_gt(first_effect, k3.number);
}
END_TEST

START_TEST(outbox_next_reports_at_most_the_limit)
{
    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    (void)given_turn();
    ck_assert_answer(outbox_ids("events", 0, 2, &due_in_ms), "k1 k2");
    ck_assert_answer(outbox_ids("events", 0, 3, &due_in_ms), "k1 k2 k3");
}
END_TEST

START_TEST(a_delivered_row_is_deleted)
{
    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_rows();
    settle_row("events", k2.number, DELIVERED, 0, "");
    assert_pending("events", "k1 k3");
    assert_pending("mail", "m1");
}
END_TEST

START_TEST(settling_a_deleted_row_is_not_an_error)
{
    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_rows();
    settle_row("events", k1.number, DELIVERED, 0, "");
    settle_row("events", k1.number, DELIVERED, 0, "");
    settle_row("events", k1.number, FAILED, 9000, "away");
    settle_row("events", k1.number, REFUSED, 0, "no such topic");
    settle_row("events", k3.number + 1000, DELIVERED, 0, "");
    settle_row("nowhere", k2.number, DELIVERED, 0, "");
    assert_pending("events", "k2 k3");
    if (repository_has(GW_REPOSITORY_DEAD_LETTERS))
        ck_assert_answer(dead_letters(), "");
}
END_TEST

START_TEST(a_destination_settles_only_its_own_rows)
{
    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_rows();
    settle_row("mail", k1.number, DELIVERED, 0, "");
    assert_pending("events", "k1 k2 k3");
}
END_TEST

START_TEST(a_row_with_a_delay_waits_until_it_is_due)
{
    char *rows;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_rows();
    settle_row("events", k1.number, FAILED, LONG_MS + 30000, "450 try later");
    settle_row("events", k3.number, FAILED, LONG_MS, "450 try later");
    assert_pending("events", "k2");
    ck_assert(due_in_ms > 0 && due_in_ms <= LONG_MS);
    ck_assert_answer(outbox_ids("events", k1.number, 100, &due_in_ms), "k2");
    ck_assert(due_in_ms > 0 && due_in_ms <= LONG_MS);
    ck_assert_answer(outbox_ids("events", 0, 1, &due_in_ms), "k2");
    ck_assert(due_in_ms > 0 && due_in_ms <= LONG_MS);
    ck_assert_answer(outbox_ids("events", k3.number, 100, &due_in_ms), "");
    ck_assert_int_eq(due_in_ms, GW_DUE_NEVER);
    rows = outbox_rows("events");
    ck_assert_ptr_nonnull(strstr(rows, "attempts 1 [events][][k1]"));
    ck_assert_ptr_nonnull(strstr(rows, "attempts 0 [events][][k2]"));
    free(rows);
}
END_TEST

START_TEST(a_row_is_due_when_its_delay_is_over)
{
    char *ids;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_rows();
    settle_row("events", k1.number, FAILED, 40, "450 try later");
    do {
        ids = outbox_ids_at_once("events", 0, 1, &due_in_ms);
        if (strcmp(ids, "k1") != 0)
            ck_assert_int_le(due_in_ms, 40);
    } while (strcmp(ids, "k1") != 0 && (free(ids), true));
    free(ids);
}
END_TEST

START_TEST(a_row_that_would_wait_longer_than_is_allowed_is_due)
{
    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_rows();
    settle_row("events", k1.number, FAILED, INT64_C(2) * LONGEST_WAIT_MS, "450 try later");
    assert_pending("events", "k1 k2 k3");
    ck_assert_int_eq(due_in_ms, GW_DUE_NEVER);
}
END_TEST

START_TEST(a_row_without_a_delay_is_due_although_the_clock_is_set_back)
{
    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_rows();
    settle_row("events", k1.number, FAILED, 0, "away");
    repo.host.unix_offset_ms = -LONG_MS;
    assert_pending("events", "k1 k2 k3");
}
END_TEST

START_TEST(attempts_are_counted)
{
    char *rows;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_rows();
    settle_row("events", k1.number, FAILED, LONG_MS, "away");
    settle_row("events", k1.number, FAILED, 0, "away");
    assert_pending("events", "k1 k2 k3");
    settle_row("events", k1.number, FAILED, LONG_MS, "away");
    assert_pending("events", "k2 k3");
    rows = outbox_rows("events");
    ck_assert_ptr_nonnull(strstr(rows, "attempts 3 [events][][k1]"));
    free(rows);
}
END_TEST

START_TEST(a_row_with_another_stamp_stays_as_it_is)
{
    int64_t numbers[3];
    struct settling items[3];
    struct gw_outbox_target target = {T("slack"), T("#stock")};
    char *before;

    if (!repository_has(GW_REPOSITORY_OUTBOX) || !repository_has(GW_REPOSITORY_DEAD_LETTERS))
        return;
    given_rows();
    numbers[0] = k1.number;
    numbers[1] = k2.number;
    numbers[2] = k3.number;
    before = outbox_rows("events");
    for (int i = 0; i < 3; i++)
        items[i] = (struct settling){.number = numbers[i],
                                     .stamp = applied_stamp + 1000,
                                     .way = (enum way)i,
                                     .delay_ms = LONG_MS,
                                     .targets = &target,
                                     .target_count = 1};
    settle_rows("events", items, 3);
    ck_assert_answer(outbox_rows("events"), before);
    ck_assert_answer(outbox_rows("slack"), "");
    ck_assert_answer(dead_letters(), "");
    free(before);
}
END_TEST

START_TEST(a_block_that_stands_elsewhere_stays_as_it_is)
{
    int64_t numbers[3];
    struct settling items[3];
    char *before;

    if (!repository_has(GW_REPOSITORY_OUTBOX) || !repository_has(GW_REPOSITORY_DEAD_LETTERS))
        return;
    given_rows();
    numbers[0] = k1.number;
    numbers[1] = k2.number;
    numbers[2] = k3.number;
    before = outbox_rows("events");
    for (int i = 0; i < 3; i++)
        items[i] = (struct settling){.number = numbers[i], .way = (enum way)i, .delay_ms = LONG_MS, .from = 1};
    settle_rows("events", items, 3);
    ck_assert_answer(outbox_rows("events"), before);
    ck_assert_answer(dead_letters(), "");
    free(before);
}
END_TEST

/* The relay did not get the answer, and settles again. */
START_TEST(a_settlement_that_is_sent_again_counts_no_second_attempt)
{
    struct gw_outbox_settlement failed = {.attempts = 4, .delay_ms = LONG_MS, .answer = T("away")};
    struct gw_array settlements = {&failed, 1, sizeof failed};

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_rows();
    failed.number = k1.number;
    failed.stamp = k1.stamp;
    repository_lease("events");
    for (int i = 0; i < 3; i++) {
        ck_assert_ok(repo.ops->outbox_settle(repo.session, T("events"), &settlements, SETTLE_STAMP, &last_error));
        ck_assert_uint_eq(outbox_row("events", "k1").attempts, 4);
    }
}
END_TEST

START_TEST(a_settlement_that_contradicts_itself_is_invalid_and_nothing_is_recorded)
{
    struct gw_outbox_refusal refusals[2] = {0};
    struct gw_outbox_settlement items[] = {{.to = 1}, {.from = 1}};
    struct gw_array settlements = {items, 2, sizeof items[0]};

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_rows();
    items[0].number = k1.number;
    items[0].stamp = k1.stamp;
    items[1].number = k2.number;
    items[1].stamp = k2.stamp;
    repository_lease("events");
    ck_assert_status(repo.ops->outbox_settle(repo.session, T("events"), &settlements, SETTLE_STAMP, &last_error),
                     GW_INVALID);
    items[1].from = 0;
    items[1].to = 1;
    items[1].refusals = (struct gw_array){refusals, 2, sizeof refusals[0]};
    ck_assert_status(repo.ops->outbox_settle(repo.session, T("events"), &settlements, SETTLE_STAMP, &last_error),
                     GW_INVALID);
    assert_pending("events", "k1 k2 k3");
}
END_TEST

/* The row is at this index of the block that begins with effect 0, or alone in that of its own effect. */
static void assert_place(const char *id, uint32_t index, int64_t effect)
{
    struct gw_outbox_row row = outbox_row("events", id);

    if (row.index == 0) {
        ck_assert_int_eq(row.number, first_effect + effect);
        ck_assert_int_eq(row.stamp, applied_stamp + effect);
        return;
    }
    ck_assert_uint_eq(row.index, index);
    ck_assert_int_eq(row.number, first_effect);
    ck_assert_int_eq(row.stamp, applied_stamp);
}

START_TEST(a_block_has_number_and_stamp_of_its_first_effect)
{
    int64_t first;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    first = given_turn();
    ck_assert_int_eq(outbox_row("events", "k1").number, first);
    ck_assert_int_eq(outbox_row("events", "k1").stamp, applied_stamp);
    ck_assert_uint_eq(outbox_row("events", "k1").index, 0);
    ck_assert_int_eq(outbox_row("mail", "m1").number, first + 1);
    ck_assert_int_eq(outbox_row("mail", "m1").stamp, applied_stamp + 1);
    assert_place("k2", 1, 2);
    assert_place("k3", 2, 3);
}
END_TEST

START_TEST(sequences_count_the_events_of_a_product)
{
    int64_t counters[2] = {99, 99};

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    (void)given_turn();
    given_batch("VASE", "v1", 10, 0, 0);
    changes_init(&changes);
    changes.event_counters = counters;
    (void)change_product(&changes, "LAMP", 1, 1);
    (void)change_product(&changes, "VASE", 1, 1);
    change_effect(&changes, 1, "events", "v-1");
    change_effect(&changes, 0, "events", "l-5");
    change_effect(&changes, 0, "mail", "l-5");
    change_last_effect(&changes)->event = 1;
    ck_assert_ok(apply(&changes));
    ck_assert_int_eq(counters[0], 4);
    ck_assert_int_eq(counters[1], 0);
    ck_assert_int_eq(outbox_row("events", "k1").sequence, 1);
    ck_assert_int_eq(outbox_row("mail", "m1").sequence, 2);
    ck_assert_int_eq(outbox_row("events", "l-5").sequence, 5);
    ck_assert_int_eq(outbox_row("mail", "l-5").sequence, 5);
    ck_assert_int_eq(outbox_row("events", "v-1").sequence, 1);
}
END_TEST

/* Two sessions read one version, and each runs out of stock: neither raises the version, so both are applied. */
START_TEST(events_that_raise_no_version_have_sequences_of_their_own)
{
    struct gw_session *other = repository_session();

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_batch("LAMP", "b1", 10, 10, 0);
    for (int i = 0; i < 2; i++) {
        changes_init(&changes);
        (void)change_product(&changes, "LAMP", 1, 1);
        change_effect(&changes, 0, "events", i == 0 ? "first" : "second");
        ck_assert_ok(apply_in(i == 0 ? other : repo.session, &changes));
    }
    ck_assert_int_eq(outbox_row("events", "first").sequence, 1);
    ck_assert_int_eq(outbox_row("events", "second").sequence, 2);
    repo.ops->close_session(other);
}
END_TEST

START_TEST(an_event_that_goes_nowhere_counts_too)
{
    int64_t counter = 99;

    given_batch("LAMP", "b1", 10, 10, 0);
    for (int i = 0; i < 2; i++) {
        changes_init(&changes);
        changes.event_counters = &counter;
        (void)change_product(&changes, "LAMP", 1, 1);
        ((struct gw_product_change *)changes.products.items)->events = 3;
        ck_assert_ok(apply(&changes));
        ck_assert_int_eq(counter, 3 * i);
    }
}
END_TEST

START_TEST(many_rows_are_settled_at_once_each_in_its_way)
{
    if (!repository_has(GW_REPOSITORY_OUTBOX) || !repository_has(GW_REPOSITORY_DEAD_LETTERS))
        return;
    given_rows();
    {
        struct settling items[] = {{.number = k1.number, .way = DELIVERED},
                                   {.number = k2.number, .way = FAILED, .delay_ms = LONG_MS, .answer = "away"},
                                   {.number = k3.number, .way = REFUSED, .answer = "no such topic"}};

        settle_rows("events", items, 3);
    }
    assert_pending("events", "");
    ck_assert(due_in_ms > 0 && due_in_ms <= LONG_MS);
    ck_assert_int_ne(dead_id("k3"), 0);
}
END_TEST

START_TEST(figures_count_each_destination_that_has_rows)
{
    int64_t first_unix_ms;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    ck_assert_answer(figures(), "");
    (void)given_turn();
    first_unix_ms = applied_unix_ms;
    while (repo.host.host.unix_ms(&repo.host.host) <= first_unix_ms + 1)
        continue;
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 1, 1);
    change_effect(&changes, 0, "events", "k4");
    change_effect(&changes, 0, "slack", "s1");
    ck_assert_ok(apply(&changes));
    ck_assert_answer(figures(), "events 4\nmail 1\nslack 1\n");
    ck_assert_int_eq(outbox_figure("events").oldest_unix_ms, first_unix_ms);
    ck_assert_int_eq(outbox_figure("slack").oldest_unix_ms, applied_unix_ms);
    settle_id("mail", "m1", DELIVERED);
    settle_id("events", "k1", DELIVERED);
    ck_assert_answer(figures(), "events 3\nslack 1\n");
    ck_assert_int_eq(outbox_figure("events").oldest_unix_ms, first_unix_ms);
    settle_id("events", "k2", DELIVERED);
    settle_id("events", "k3", DELIVERED);
    ck_assert_answer(figures(), "events 1\nslack 1\n");
    ck_assert_int_eq(outbox_figure("events").oldest_unix_ms, applied_unix_ms);
}
END_TEST

START_TEST(the_age_of_a_row_is_how_long_it_is_in_its_queue)
{
    int64_t age_ms;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_rows();
    age_ms = outbox_row("events", "k1").age_ms;
    ck_assert(age_ms >= 0 && age_ms < LONG_MS);
    while (outbox_row("events", "k1").age_ms < age_ms + 20)
        continue;
}
END_TEST

/* Machines that share a repository have clocks that differ; a repository of one process has that of its host. */
START_TEST(the_age_of_a_backlog_is_that_of_its_oldest_row_by_the_clock_of_the_repository)
{
    int64_t age_ms;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_rows();
    age_ms = outbox_figure("events").oldest_age_ms;
    ck_assert(age_ms >= 0 && age_ms < LONG_MS);
    while (outbox_figure("events").oldest_age_ms < age_ms + 20)
        continue;
    repo.host.unix_offset_ms = -LONG_MS;
    ck_assert_int_ge(outbox_figure("events").oldest_age_ms, 0);
    repo.host.unix_offset_ms = LONG_MS;
    age_ms = outbox_figure("events").oldest_age_ms;
    ck_assert_int_eq(age_ms >= LONG_MS, !repository_has(GW_REPOSITORY_SHARED));
}
END_TEST

/* Of the rows of the last turns, but not row 7. */
static void settle_every_third(const struct gw_outbox_settlement *rows, int count, int from)
{
    struct gw_outbox_settlement items[50];
    struct gw_array array = {items, 0, sizeof *items};

    for (int row = from; row < count; row += 3)
        if (row != 7)
            items[array.count++] = rows[row];
    ck_assert_ok(repo.ops->outbox_settle(repo.session, T("events"), &array, SETTLE_STAMP, &last_error));
}

START_TEST(a_long_queue_keeps_its_order_while_it_is_settled_here_and_there)
{
    enum { ROUNDS = 20, ROWS = 50 };
    struct gw_outbox_settlement rows[ROWS] = {0};
    char *text;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_batch("LAMP", "b1", 10, 0, 0);
    repository_lease("events"); /* once: there are many rows to settle */
    for (int round = 0; round < ROUNDS; round++) {
        for (int row = 0; row < ROWS; row++) {
            given_row("events", row == 7 ? "kept" : "gone", &rows[row].number, &rows[row].stamp);
            rows[row].to = 1;
        }
        settle_every_third(rows, ROWS, 1); /* of which row 7 stays */
        settle_every_third(rows, ROWS, 2);
        settle_every_third(rows, ROWS, 0);
    }
    text = outbox_ids("events", 0, UINT32_MAX, &due_in_ms);
    ck_assert_uint_eq(strlen(text), ROUNDS * strlen("kept ") - 1);
    ck_assert_ptr_null(strstr(text, "gone"));
    free(text);
    ck_assert_answer(outbox_ids("events", rows[0].number, 100, &due_in_ms), "kept");
}
END_TEST

TCase *outbox_case(void)
{
    TCase *tests = repository_case("outbox");

    tcase_add_test(tests, each_destination_has_its_rows_in_the_order_of_the_effects);
    tcase_add_test(tests, a_row_is_reported_unchanged);
    tcase_add_test(tests, numbers_rise_from_apply_to_apply);
    tcase_add_test(tests, numbers_are_never_reused);
    tcase_add_test(tests, outbox_next_reports_at_most_the_limit);
    tcase_add_test(tests, a_delivered_row_is_deleted);
    tcase_add_test(tests, settling_a_deleted_row_is_not_an_error);
    tcase_add_test(tests, a_destination_settles_only_its_own_rows);
    tcase_add_test(tests, a_row_with_a_delay_waits_until_it_is_due);
    tcase_add_test(tests, a_row_is_due_when_its_delay_is_over);
    tcase_add_test(tests, a_row_that_would_wait_longer_than_is_allowed_is_due);
    tcase_add_test(tests, a_row_without_a_delay_is_due_although_the_clock_is_set_back);
    tcase_add_test(tests, attempts_are_counted);
    tcase_add_test(tests, a_row_with_another_stamp_stays_as_it_is);
    tcase_add_test(tests, a_block_that_stands_elsewhere_stays_as_it_is);
    tcase_add_test(tests, a_settlement_that_is_sent_again_counts_no_second_attempt);
    tcase_add_test(tests, a_settlement_that_contradicts_itself_is_invalid_and_nothing_is_recorded);
    tcase_add_test(tests, a_block_has_number_and_stamp_of_its_first_effect);
    tcase_add_test(tests, sequences_count_the_events_of_a_product);
    tcase_add_test(tests, events_that_raise_no_version_have_sequences_of_their_own);
    tcase_add_test(tests, an_event_that_goes_nowhere_counts_too);
    tcase_add_test(tests, the_age_of_a_row_is_how_long_it_is_in_its_queue);
    tcase_add_test(tests, the_age_of_a_backlog_is_that_of_its_oldest_row_by_the_clock_of_the_repository);
    tcase_add_test(tests, many_rows_are_settled_at_once_each_in_its_way);
    tcase_add_test(tests, figures_count_each_destination_that_has_rows);
    tcase_add_test(tests, a_long_queue_keeps_its_order_while_it_is_settled_here_and_there);
    return tests;
}
