/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns with several events for one destination, which a repository may store in blocks: they are settled from the
 * first to the last, and a settlement that is sent again changes nothing. Settlements are made as the relay makes them,
 * so the tests hold for repositories with and without blocks.
 */
#include "answers.h"
#include "fixture.h"
#include "settling.h"

#include <stdio.h>

enum { ROWS_MAX = 3000, BIG_BYTES = 700 * 1000, LONG_MS = 60 * 1000 };

static struct changes changes;
static int64_t due_in_ms;

/* The pending rows of the destination, without their texts, as one look reports them. */
static struct gw_outbox_row rows[ROWS_MAX];
static uint32_t row_count;

static enum gw_status keep_row(void *context, const struct gw_outbox_row *row)
{
    (void)context;
    ck_assert_uint_lt(row_count, ROWS_MAX);
    rows[row_count++] = *row;
    return GW_OK;
}

static void look(const char *destination, uint32_t limit)
{
    struct gw_outbox_visitor visitor = {sizeof visitor, 0, NULL, keep_row};

    row_count = 0;
    ck_assert_ok(repo.ops->outbox_next(repo.session, T(destination), 0, limit, LONGEST_WAIT_MS, &visitor, &due_in_ms,
                                       &last_error));
}

static struct gw_outbox_settlement settlements[ROWS_MAX];

/* One settlement for rows of one block that follow one another. */
static struct gw_array settlements_of(uint32_t first, uint32_t end)
{
    struct gw_array array = {settlements, 0, sizeof *settlements};

    for (uint32_t i = first; i < end; i++) {
        struct gw_outbox_settlement *last = &settlements[array.count];

        if (array.count > 0 && last[-1].number == rows[i].number && last[-1].stamp == rows[i].stamp)
            last[-1].to++;
        else
            settlements[array.count++] = (struct gw_outbox_settlement){
                .number = rows[i].number, .stamp = rows[i].stamp, .from = rows[i].index, .to = rows[i].index + 1};
    }
    return array;
}

/* Of the last look. */
static void deliver(const char *destination, uint32_t first, uint32_t end)
{
    struct gw_array array = settlements_of(first, end);

    repository_lease(destination);
    ck_assert_ok(repo.ops->outbox_settle(repo.session, T(destination), &array, SETTLE_STAMP, &last_error));
}

/* Events k0, k1 and so on of one turn, for events and, every third one, for mail before that. */
static void given_turn(uint32_t count)
{
    char id[16];

    given_batch("LAMP", "b1", 10, 0, 0);
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 1, 1);
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(id, sizeof id, "k%u", i);
        if (i % 3 == 0)
            change_effect(&changes, 0, "mail", id);
        change_effect(&changes, 0, "events", id);
    }
    ck_assert_ok(apply(&changes));
}

static void assert_pending(const char *expected)
{
    ck_assert_answer(outbox_ids("events", 0, 100, &due_in_ms), expected);
}

START_TEST(a_turn_is_settled_from_its_first_event_to_its_last)
{
    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_turn(6);
    look("events", 100);
    deliver("events", 0, 2);
    assert_pending("k2 k3 k4 k5");
    ck_assert_answer(figures(), "events 4\nmail 2\n");
    look("events", 100);
    deliver("events", 0, 3);
    assert_pending("k5");
    look("events", 100);
    deliver("events", 0, 1);
    assert_pending("");
    ck_assert_answer(figures(), "mail 2\n");
}
END_TEST

START_TEST(what_was_settled_is_not_settled_again)
{
    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_turn(6);
    look("events", 100);
    for (int i = 0; i < 3; i++) {
        deliver("events", 0, 2);
        assert_pending("k2 k3 k4 k5");
    }
    look("events", 100);
    deliver("events", 0, 4);
    deliver("events", 0, 4);
    assert_pending("");
}
END_TEST

START_TEST(a_look_cuts_a_turn_at_its_limit)
{
    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_turn(6);
    ck_assert_answer(outbox_ids("events", 0, 2, &due_in_ms), "k0 k1");
    look("events", 2);
    deliver("events", 0, 2);
    ck_assert_answer(outbox_ids("events", 0, 3, &due_in_ms), "k2 k3 k4");
    ck_assert_answer(outbox_ids("mail", 0, 1, &due_in_ms), "k0");
}
END_TEST

/* With the ids of events, and in the order of the turn. */
static void settle_three(void)
{
    struct settling items[] = {{.id = "k0", .way = DELIVERED},
                               {.id = "k1", .way = REFUSED, .answer = "no such topic"},
                               {.id = "k2", .way = DELIVERED},
                               {.id = "k3", .way = REFUSED, .answer = "no such topic"},
                               {.id = "k4", .way = FAILED, .answer = "away"}};

    settle_rows("events", items, 5);
}

START_TEST(a_turn_may_be_delivered_in_part_refused_in_part_and_fail)
{
    struct gw_dead_filter all = {.size = sizeof all};

    if (!repository_has(GW_REPOSITORY_OUTBOX) || !repository_has(GW_REPOSITORY_DEAD_LETTERS))
        return;
    given_turn(6);
    settle_three();
    assert_pending("k4 k5");
    ck_assert_uint_eq(outbox_row("events", "k4").attempts, 1);
    ck_assert_uint_eq(outbox_row("events", "k5").attempts, 0);
    ck_assert_answer(dead_identities(&all), "k1 k3");
    ck_assert_int_eq(dead_entry("k1").sequence, 3);
    ck_assert_answer(outbox_ids("mail", 0, 100, &due_in_ms), "k0 k3");
    settle_id("events", "k4", DELIVERED);
    ck_assert_uint_eq(outbox_row("events", "k5").attempts, 0);
}
END_TEST

START_TEST(a_refusal_that_is_sent_again_makes_no_second_dead_letter)
{
    struct gw_dead_filter all = {.size = sizeof all};
    struct gw_outbox_target target = {T("slack"), T("")};
    struct gw_outbox_refusal refusal = {.targets = {&target, 1, sizeof target}};
    struct gw_array array;

    if (!repository_has(GW_REPOSITORY_OUTBOX) || !repository_has(GW_REPOSITORY_DEAD_LETTERS))
        return;
    given_turn(6);
    look("events", 100);
    refusal.entry = (struct gw_dead_entry){
        .kind = GW_DEAD_DELIVERY,
        .letter = {.entrypoint = T("events"), .identity = T("k0"), .key = T("LAMP"), .payload = T("{}")}};
    array = settlements_of(0, 1);
    settlements[0].refusals = (struct gw_array){&refusal, 1, sizeof refusal};
    repository_lease("events");
    for (int i = 0; i < 3; i++)
        ck_assert_ok(repo.ops->outbox_settle(repo.session, T("events"), &array, SETTLE_STAMP, &last_error));
    ck_assert_answer(dead_identities(&all), "k0");
    ck_assert_answer(outbox_ids("slack", 0, 100, &due_in_ms), "k0");
    assert_pending("k1 k2 k3 k4 k5");
}
END_TEST

START_TEST(an_event_that_waits_keeps_its_place_before_those_behind_it)
{
    struct settling item = {.id = "k1", .way = FAILED, .delay_ms = LONG_MS, .answer = "away"};

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_turn(3);
    settle_id("events", "k0", DELIVERED);
    settle_rows("events", &item, 1);
    look("events", 100);
    ck_assert(due_in_ms > 0 && due_in_ms <= LONG_MS);
    ck_assert_uint_eq(outbox_row("events", "k1").attempts, 1);
    item.delay_ms = 0;
    settle_rows("events", &item, 1);
    assert_pending("k1 k2");
    ck_assert_uint_eq(outbox_row("events", "k1").attempts, 2);
}
END_TEST

START_TEST(a_turn_of_thousands_of_events_is_delivered_in_its_order)
{
    enum { EVENTS = 2500, LIMIT = 700 };
    uint32_t delivered = 0;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_turn(EVENTS);
    look("events", ROWS_MAX);
    ck_assert_uint_eq(row_count, EVENTS);
    while (look("events", LIMIT), row_count > 0) {
        ck_assert_uint_eq(row_count, EVENTS - delivered < LIMIT ? EVENTS - delivered : LIMIT);
        for (uint32_t i = 1; i < row_count; i++)
            ck_assert_int_gt(rows[i].sequence, rows[i - 1].sequence);
        deliver("events", 0, row_count);
        delivered += row_count;
    }
    ck_assert_uint_eq(delivered, EVENTS);
    ck_assert_answer(figures(), "mail 834\n");
}
END_TEST

/* Whole rows with number, stamp and index of their own, and no text that is shared between two. */
START_TEST(large_and_unusual_events_of_one_turn_are_reported_unchanged)
{
    static const struct gw_text payloads[] = {
        {"{\"a\":\"\0\"}", 9}, {"{}", 2}, {"{\"a\":\n1}", 8}, {"\xff\xfe", 2}, {"{\"\xc3\xa4\":\"\\n\"}", 11}};
    enum { PAYLOADS = sizeof payloads / sizeof payloads[0] };
    static char big[BIG_BYTES];
    char *text;

    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_batch("LAMP \"A\\B\"", "b1", 10, 0, 0);
    memset(big, 'x', sizeof big);
    big[0] = '{';
    big[BIG_BYTES - 1] = '}';
    changes_init(&changes);
    (void)change_product(&changes, "LAMP \"A\\B\"", 1, 1);
    for (uint32_t i = 0; i < 3; i++) {
        change_effect(&changes, 0, "events", "big");
        change_last_effect(&changes)->payload = gw_text_span(big, sizeof big);
    }
    for (uint32_t i = 0; i < PAYLOADS; i++) {
        change_effect(&changes, 0, "events", i == 0 ? "\"\\\t\xc3\xa4" : "k");
        change_last_effect(&changes)->payload = payloads[i];
        change_last_effect(&changes)->headers = T(i % 2 == 0 ? "h: \"1\"\n" : "");
    }
    ck_assert_ok(apply(&changes));
    look("events", 100);
    ck_assert_uint_eq(row_count, 3 + PAYLOADS);
    text = outbox_rows("events");
    ck_assert_uint_gt(strlen(text), 3 * BIG_BYTES);
    ck_assert_ptr_nonnull(
        strstr(text, "[\"\\\\09\xc3\xa4][Allocated][LAMP \"A\\B\"][{\"a\":\"\\00\"}][h: \"1\"\\0a]\n"));
    ck_assert_ptr_nonnull(strstr(text, "[k][Allocated][LAMP \"A\\B\"][{}][]\n"));
    ck_assert_ptr_nonnull(strstr(text, "[{\"a\":\\0a1}][h: \"1\"\\0a]\n"));
    ck_assert_ptr_nonnull(strstr(text, "[\xff\xfe][]\n"));
    ck_assert_ptr_nonnull(strstr(text, "[{\"\xc3\xa4\":\"\\n\"}][h: \"1\"\\0a]\n"));
    free(text);
    deliver("events", 0, row_count);
    assert_pending("");
}
END_TEST

TCase *blocks_case(void)
{
    TCase *tests = repository_case("blocks");

    tcase_add_test(tests, a_turn_is_settled_from_its_first_event_to_its_last);
    tcase_add_test(tests, what_was_settled_is_not_settled_again);
    tcase_add_test(tests, a_look_cuts_a_turn_at_its_limit);
    tcase_add_test(tests, a_turn_may_be_delivered_in_part_refused_in_part_and_fail);
    tcase_add_test(tests, a_refusal_that_is_sent_again_makes_no_second_dead_letter);
    tcase_add_test(tests, an_event_that_waits_keeps_its_place_before_those_behind_it);
    tcase_add_test(tests, a_turn_of_thousands_of_events_is_delivered_in_its_order);
    tcase_add_test(tests, large_and_unusual_events_of_one_turn_are_reported_unchanged);
    return tests;
}
