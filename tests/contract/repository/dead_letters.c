/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters: how they are stored, found and removed. */
#include "answers.h"
#include "fixture.h"
#include "settling.h"

#include <inttypes.h>
#include <stdio.h>

static struct changes changes;

static void given_dead(const char *identity, const char *entrypoint, const char *source, const char *reason)
{
    struct gw_dead_letter letter = {.entrypoint = T(entrypoint),
                                    .source = T(source),
                                    .identity = T(identity),
                                    .offset = GW_OFFSET_NONE,
                                    .reason = T(reason)};

    changes_init(&changes);
    change_dead(&changes, &letter);
    ck_assert_ok(apply(&changes));
}

/* A row to mail; its number. */
static int64_t given_delivery(void)
{
    struct gw_effect *effect;

    changes_init(&changes);
    change_new_batch(&changes, change_product(&changes, "LAMP", 0, 1), "b1", 10, 0, 0, 1);
    change_effect(&changes, 0, "mail", "key-1");
    effect = change_last_effect(&changes);
    effect->recipient = T("stock@made.com");
    effect->headers = T("h");
    ck_assert_ok(apply(&changes));
    return first_effect;
}

static void refuse_event(const char *destination, const char *id)
{
    struct settling item = {.id = id, .way = REFUSED, .answer = "550 no such user"};

    settle_rows(destination, &item, 1);
}

static void refuse(const char *destination, int64_t number, const struct gw_outbox_target *targets, uint32_t count)
{
    struct settling item = {
        .number = number, .way = REFUSED, .answer = "550 no such user", .targets = targets, .target_count = count};

    settle_rows(destination, &item, 1);
}

/* A row that its destination refused, as a dead letter; its id. */
static int64_t given_dead_delivery(void)
{
    refuse("mail", given_delivery(), NULL, 0);
    return dead_id("key-1");
}

START_TEST(a_dead_letter_is_reported_unchanged)
{
    struct gw_dead_letter letter = {
        .entrypoint = T("orders"),
        .source = T("kafka:orders:0"),
        .offset = 41,
        .line = 7,
        .identity = T("kafka:orders:0/41"),
        .type = T("Allocate"),
        .key = gw_text_span("k\0\xff", 3),
        .headers = T("a=b"),
        .payload = gw_text_span("\0{\n\xfe", 4),
        .reason = T("qty: expected a whole number"),
        .full_len = UINT64_C(1) << 40,
        .flags = GW_DEAD_NOT_REPLAYABLE,
    };
    char expected[512];

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS))
        return;
    memset(letter.digest, 0xab, sizeof letter.digest);
    changes_init(&changes);
    change_dead(&changes, &letter);
    ck_assert_ok(apply(&changes));
    (void)snprintf(expected, sizeof expected,
                   "%" PRId64 " kind 1 replays 0 sequence 0 offset 41 line 7 of 1099511627776 flags 1 digest "
                   "abababababababababababababababab[orders][kafka:orders:0][kafka:orders:0/41][Allocate]"
                   "[k\\00\xff][a=b][\\00{\\0a\xfe][qty: expected a whole number][]\n",
                   dead_id("kafka:orders:0/41"));
    ck_assert_answer(dead_letters(), expected);
}
END_TEST

START_TEST(dead_letters_are_listed_by_id_and_ids_are_never_reused)
{
    struct gw_dead_filter all = {.size = sizeof all};
    int64_t second;
    uint32_t count = 0;

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS))
        return;
    given_dead("d1", "orders", "", "r");
    given_dead("d2", "orders", "", "r");
    second = dead_id("d2");
    ck_assert_int_gt(second, dead_id("d1"));
    ck_assert_ok(
        repo.ops->dead_discard(repo.session, &(struct gw_array){&second, 1, sizeof second}, &count, &last_error));
    ck_assert_uint_eq(count, 1);
    given_dead("d3", "orders", "", "r");
    ck_assert_int_gt(dead_id("d3"), second);
    ck_assert_answer(dead_identities(&all), "d1 d3");
}
END_TEST

START_TEST(a_filter_selects_by_everything_that_it_gives)
{
    struct gw_dead_filter filter = {.size = sizeof filter};
    int64_t ids[2];

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS))
        return;
    given_dead("d1", "orders", "kafka:0", "Invalid sku X");
    given_dead("d2", "orders", "kafka:1", "Unknown batch Y");
    given_dead("d3", "warehouse", "orders", "Invalid sku 100%_");
    ck_assert_answer(dead_identities(&filter), "d1 d2 d3");
    filter.limit = 2;
    ck_assert_answer(dead_identities(&filter), "d1 d2");
    filter.after = dead_id("d1");
    ck_assert_answer(dead_identities(&filter), "d2 d3");
    filter = (struct gw_dead_filter){.size = sizeof filter, .source = T("orders")};
    ck_assert_answer(dead_identities(&filter), "d1 d2 d3");
    filter.source = T("kafka:1");
    ck_assert_answer(dead_identities(&filter), "d2");
    filter = (struct gw_dead_filter){.size = sizeof filter, .reason = T("Invalid sku")};
    ck_assert_answer(dead_identities(&filter), "d1 d3");
    filter.reason = T("invalid");
    ck_assert_answer(dead_identities(&filter), "");
    filter.reason = T("0%_");
    ck_assert_answer(dead_identities(&filter), "d3");
    ids[0] = dead_id("d3");
    ids[1] = dead_id("d2");
    filter = (struct gw_dead_filter){.size = sizeof filter, .ids = {ids, 2, sizeof ids[0]}};
    ck_assert_answer(dead_identities(&filter), "d2 d3");
    filter.source = T("warehouse");
    ck_assert_answer(dead_identities(&filter), "d3");
    filter.limit = 1;
    filter.source = T("");
    ck_assert_answer(dead_identities(&filter), "d2");
}
END_TEST

START_TEST(discard_deletes_and_counts_existing_dead_letters)
{
    struct gw_dead_filter all = {.size = sizeof all};
    int64_t ids[3];
    uint32_t count = 0;

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS))
        return;
    given_dead("d1", "orders", "", "r");
    given_dead("d2", "orders", "", "r");
    given_dead("d3", "orders", "", "r");
    ids[0] = dead_id("d3");
    ids[1] = 123456;
    ids[2] = dead_id("d1");
    ck_assert_ok(repo.ops->dead_discard(repo.session, &(struct gw_array){ids, 3, sizeof ids[0]}, &count, &last_error));
    ck_assert_uint_eq(count, 2);
    ck_assert_answer(dead_identities(&all), "d2");
}
END_TEST

START_TEST(a_replay_that_succeeded_removes_its_dead_letter)
{
    struct gw_dead_filter all = {.size = sizeof all};

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS))
        return;
    given_dead("d1", "orders", "", "r");
    given_dead("d2", "orders", "", "r");
    changes_init(&changes);
    change_new_batch(&changes, change_product(&changes, "LAMP", 0, 1), "b1", 10, 0, 0, 1);
    change_replay(&changes, dead_id("d1"), "");
    ck_assert_ok(apply_keeping(&changes));
    ck_assert_answer(dead_identities(&all), "d2");
    ck_assert_status(apply(&changes), GW_CONFLICT);
}
END_TEST

START_TEST(a_failed_replay_is_counted_and_stores_the_new_reason)
{
    char *text;

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS))
        return;
    given_dead("d1", "orders", "", "first reason");
    for (int i = 0; i < 2; i++) {
        changes_init(&changes);
        change_replay(&changes, dead_id("d1"), i == 0 ? "second reason" : "a third and longer reason than both before");
        ck_assert_ok(apply(&changes));
    }
    text = dead_letters();
    ck_assert_ptr_nonnull(strstr(text, " replays 2 "));
    ck_assert_ptr_nonnull(strstr(text, "[a third and longer reason than both before]"));
    free(text);
}
END_TEST

/* The repository's clock is that of this machine. */
static void assert_is_recent(int64_t unix_ms, int64_t since_unix_ms)
{
    ck_assert_int_ge(unix_ms, since_unix_ms - 1);
    ck_assert_int_le(unix_ms, repo.host.host.unix_ms(&repo.host.host) + 1);
}

START_TEST(a_delivery_that_was_refused_becomes_a_dead_letter)
{
    int64_t before;
    char expected[512];
    int64_t id;

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS) || !repository_has(GW_REPOSITORY_OUTBOX))
        return;
    before = repo.host.host.unix_ms(&repo.host.host);
    id = given_dead_delivery();
    (void)snprintf(expected, sizeof expected,
                   "%" PRId64 " kind 2 replays 0 sequence 1 offset -1 line 0 of 16 flags 0 digest "
                   "00000000000000000000000000000000[mail][][key-1][Allocated][LAMP][h][{\"orderid\":\"o1\"}]"
                   "[550 no such user][stock@made.com]\n",
                   id);
    ck_assert_answer(dead_letters(), expected);
    assert_is_recent(dead_entry("key-1").unix_ms, before);
    ck_assert_int_eq(dead_entry("key-1").event_unix_ms, applied_unix_ms);
    ck_assert_answer(outbox_rows("mail"), "");
}
END_TEST

static void requeue_for(const int64_t *ids, uint32_t count, const struct gw_array *targets, int64_t stamp,
                        uint32_t expected)
{
    uint32_t found = 99;
    struct gw_array array = {ids, count, sizeof *ids};

    ck_assert_ok(repo.ops->dead_requeue(repo.session, &array, targets, stamp, &found, &last_error));
    ck_assert_uint_eq(found, expected);
}

static void requeue(const int64_t *ids, uint32_t count, int64_t stamp, uint32_t expected)
{
    requeue_for(ids, count, &(struct gw_array){0}, stamp, expected);
}

/* The repository stores the dead letter of the settlement, and not one made of its own row. */
START_TEST(a_refused_delivery_is_stored_as_the_settlement_brings_it)
{
    struct settling item = {.way = REFUSED, .answer = "no", .payload = "{\"qty\":1}"};
    char *letters;

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS) || !repository_has(GW_REPOSITORY_OUTBOX))
        return;
    item.number = given_delivery();
    settle_rows("mail", &item, 1);
    letters = dead_letters();
    ck_assert_ptr_nonnull(strstr(letters, "{\"qty\":1}"));
    free(letters);
}
END_TEST

static uint64_t dead_count(void)
{
    uint64_t count = 77;

    ck_assert_ok(repo.ops->dead_count(repo.session, &count, &last_error));
    return count;
}

START_TEST(count_counts_entries_of_both_kinds)
{
    int64_t ids[2];
    uint32_t count = 0;

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS))
        return;
    ck_assert_uint_eq(dead_count(), 0);
    given_dead("d1", "orders", "", "r");
    given_dead("d2", "orders", "", "r");
    given_dead("d3", "orders", "", "r");
    ck_assert_uint_eq(dead_count(), 3);
    ids[0] = dead_id("d1");
    ids[1] = dead_id("d3");
    ck_assert_ok(repo.ops->dead_discard(repo.session, &(struct gw_array){ids, 2, sizeof ids[0]}, &count, &last_error));
    ck_assert_uint_eq(dead_count(), 1);
    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    ids[0] = given_dead_delivery();
    ck_assert_uint_eq(dead_count(), 2);
    requeue(ids, 1, 4000, 1);
    ck_assert_uint_eq(dead_count(), 1);
}
END_TEST

START_TEST(requeue_puts_a_delivery_back_with_its_old_key)
{
    struct gw_dead_filter all = {.size = sizeof all};
    int64_t ids[3];
    int64_t old_number;
    char *rows;

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS) || !repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_dead("command", "orders", "", "r");
    ids[0] = given_dead_delivery();
    old_number = first_effect;
    ids[1] = dead_id("command");
    ids[2] = 123456;
    requeue(ids, 3, 4000, 1);
    ck_assert_answer(dead_identities(&all), "command");
    rows = outbox_rows("mail");
    ck_assert_ptr_nonnull(strstr(rows,
                                 " stamp 4000 sequence 1 attempts 0 [mail][stock@made.com][key-1][Allocated][LAMP]"
                                 "[{\"orderid\":\"o1\"}][h]\n"));
    ck_assert_int_gt(strtoll(rows, NULL, 10), old_number);
    free(rows);
}
END_TEST

START_TEST(requeue_keeps_sequence_and_time_of_the_event_and_begins_a_new_time_in_the_queue)
{
    int64_t ids[2];
    int64_t event_unix_ms;
    int64_t before;

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS) || !repository_has(GW_REPOSITORY_OUTBOX))
        return;
    changes_init(&changes);
    change_new_batch(&changes, change_product(&changes, "LAMP", 0, 1), "b1", 10, 0, 0, 1);
    change_effect(&changes, 0, "events", "sent");
    change_effect(&changes, 0, "mail", "key-1");
    change_effect(&changes, 0, "mail", "key-2");
    ck_assert_ok(apply(&changes));
    event_unix_ms = applied_unix_ms;
    refuse_event("mail", "key-1");
    refuse_event("mail", "key-2");
    while (repo.host.host.unix_ms(&repo.host.host) <= event_unix_ms + 2)
        continue;
    before = repo.host.host.unix_ms(&repo.host.host);
    ids[0] = dead_id("key-1");
    ids[1] = dead_id("key-2");
    requeue(ids, 2, 4000, 2);
    ck_assert_int_eq(outbox_row("mail", "key-1").sequence, 2);
    ck_assert_int_eq(outbox_row("mail", "key-2").sequence, 3);
    ck_assert_int_eq(outbox_row("mail", "key-1").event_unix_ms, event_unix_ms);
    assert_is_recent(outbox_row("mail", "key-1").queued_unix_ms, before);
    ck_assert_int_eq(outbox_row("mail", "key-1").stamp, 4000);
    ck_assert_int_eq(outbox_row("mail", "key-2").stamp, 4001);
}
END_TEST

START_TEST(requeue_for_targets_makes_a_row_for_each_in_the_order_of_ids_then_targets)
{
    struct gw_outbox_target targets[] = {{T("slack"), T("#stock")}, {T("events"), T("")}, {T("slack"), T("#ops")}};
    struct gw_array array = {targets, 3, sizeof *targets};
    struct gw_dead_filter all = {.size = sizeof all};
    int64_t ids[2];
    const char *at[4];
    char *rows;

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS) || !repository_has(GW_REPOSITORY_OUTBOX))
        return;
    changes_init(&changes);
    change_new_batch(&changes, change_product(&changes, "LAMP", 0, 1), "b1", 10, 0, 0, 1);
    change_effect(&changes, 0, "mail", "key-1");
    change_effect(&changes, 0, "mail", "key-2");
    ck_assert_ok(apply(&changes));
    refuse_event("mail", "key-1");
    refuse_event("mail", "key-2");
    ids[0] = dead_id("key-2");
    ids[1] = dead_id("key-1");
    requeue_for(ids, 2, &array, 4000, 2);
    ck_assert_answer(dead_identities(&all), "");
    ck_assert_answer(outbox_rows("mail"), "");
    rows = outbox_rows("slack");
    at[0] = strstr(rows, " stamp 4000 sequence 2 attempts 0 [slack][#stock][key-2]");
    at[1] = strstr(rows, " stamp 4002 sequence 2 attempts 0 [slack][#ops][key-2]");
    at[2] = strstr(rows, " stamp 4003 sequence 1 attempts 0 [slack][#stock][key-1]");
    at[3] = strstr(rows, " stamp 4005 sequence 1 attempts 0 [slack][#ops][key-1]");
    ck_assert(at[0] != NULL && at[0] < at[1] && at[1] < at[2] && at[2] < at[3]);
    free(rows);
    rows = outbox_rows("events");
    ck_assert_ptr_nonnull(strstr(rows, " stamp 4001 sequence 2 attempts 0 [events][][key-2]"));
    ck_assert_ptr_nonnull(strstr(rows, " stamp 4004 sequence 1 attempts 0 [events][][key-1]"));
    free(rows);
    ck_assert_int_eq(outbox_row("events", "key-1").event_unix_ms, applied_unix_ms);
}
END_TEST

START_TEST(requeue_for_targets_takes_each_delivery_once_and_leaves_commands_and_unknown_ids_alone)
{
    struct gw_outbox_target target = {T("slack"), T("#stock")};
    struct gw_array array = {&target, 1, sizeof target};
    struct gw_dead_filter all = {.size = sizeof all};
    int64_t due_in_ms;
    int64_t ids[4];

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS) || !repository_has(GW_REPOSITORY_OUTBOX))
        return;
    given_dead("command", "orders", "", "r");
    ids[0] = dead_id("command");
    ids[1] = 123456;
    ids[2] = ids[3] = given_dead_delivery();
    requeue_for(ids, 4, &array, 4000, 1);
    ck_assert_answer(dead_identities(&all), "command");
    ck_assert_answer(outbox_ids("slack", 0, 100, &due_in_ms), "key-1");
}
END_TEST

/* Two targets: one at another destination, and another recipient at the same one. */
static void refuse_for_others(const char *destination, int64_t number)
{
    struct gw_outbox_target targets[] = {{T("slack"), T("#stock")}, {T("mail"), T("boss@made.com")}};

    refuse(destination, number, targets, 2);
}

/* The number of the destination's one row, which is that of the delivery, new and for this recipient. */
static int64_t told_instead(const char *destination, const char *recipient, int64_t stamp)
{
    char expected[256];
    char *rows = outbox_rows(destination);
    int64_t number = strtoll(rows, NULL, 10);

    (void)snprintf(expected, sizeof expected,
                   "%" PRId64 " stamp %" PRId64 " sequence 1 attempts 0 [%s][%s][key-1][Allocated][LAMP]"
                   "[{\"orderid\":\"o1\"}][h]\n",
                   number, stamp, destination, recipient);
    ck_assert_str_eq(rows, expected);
    ck_assert_int_ge(outbox_row(destination, "key-1").queued_unix_ms, outbox_row(destination, "key-1").event_unix_ms);
    free(rows);
    return number;
}

START_TEST(a_dead_row_with_two_targets_makes_two_rows_and_stays_a_dead_letter)
{
    struct gw_dead_filter all = {.size = sizeof all};
    int64_t old_number;
    int64_t numbers[2];

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS) || !repository_has(GW_REPOSITORY_OUTBOX))
        return;
    old_number = given_delivery();
    refuse_for_others("mail", old_number);
    numbers[0] = told_instead("slack", "#stock", SETTLE_STAMP);
    numbers[1] = told_instead("mail", "boss@made.com", SETTLE_STAMP + 1);
    ck_assert_int_gt(numbers[0], old_number);
    ck_assert_int_gt(numbers[1], old_number);
    ck_assert_int_ne(numbers[0], numbers[1]);
    ck_assert_answer(dead_identities(&all), "key-1");
}
END_TEST

START_TEST(a_rerouted_row_makes_rows_for_its_targets_and_no_dead_letter)
{
    struct gw_outbox_target targets[] = {{T("slack"), T("#stock")}, {T("mail"), T("boss@made.com")}};
    struct settling item = {.way = REFUSED, .is_rerouted = 1, .targets = targets, .target_count = 2};

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS) || !repository_has(GW_REPOSITORY_OUTBOX))
        return;
    item.number = given_delivery();
    settle_rows("mail", &item, 1);
    (void)told_instead("slack", "#stock", SETTLE_STAMP);
    (void)told_instead("mail", "boss@made.com", SETTLE_STAMP + 1);
    ck_assert_answer(dead_letters(), "");
}
END_TEST

START_TEST(a_row_that_is_already_deleted_creates_no_rows_for_its_targets)
{
    struct gw_dead_filter all = {.size = sizeof all};
    int64_t number;

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS) || !repository_has(GW_REPOSITORY_OUTBOX))
        return;
    number = given_delivery();
    refuse_for_others("events", number);
    ck_assert_answer(outbox_rows("slack"), "");
    refuse_for_others("mail", number);
    refuse_for_others("mail", number);
    (void)told_instead("slack", "#stock", SETTLE_STAMP);
    (void)told_instead("mail", "boss@made.com", SETTLE_STAMP + 1);
    ck_assert_answer(dead_identities(&all), "key-1");
}
END_TEST

START_TEST(rows_for_targets_have_the_order_of_the_settlements)
{
    struct gw_outbox_target targets[] = {{T("slack"), T("#stock")}, {T("slack"), T("#ops")}};
    struct settling items[2];
    const char *at[4];
    int64_t due_in_ms;
    char *rows;

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS) || !repository_has(GW_REPOSITORY_OUTBOX))
        return;
    changes_init(&changes);
    change_new_batch(&changes, change_product(&changes, "LAMP", 0, 1), "b1", 10, 0, 0, 1);
    change_effect(&changes, 0, "mail", "key-1");
    change_effect(&changes, 0, "mail", "key-2");
    ck_assert_ok(apply(&changes));
    for (int i = 0; i < 2; i++)
        items[i] = (struct settling){.id = i == 0 ? "key-1" : "key-2",
                                     .way = REFUSED,
                                     .answer = "closed",
                                     .targets = targets,
                                     .target_count = 2};
    settle_rows("mail", items, 2);
    ck_assert_answer(outbox_ids("slack", 0, 100, &due_in_ms), "key-1 key-1 key-2 key-2");
    rows = outbox_rows("slack");
    at[0] = strstr(rows, "[#stock][key-1]");
    at[1] = strstr(rows, "[#ops][key-1]");
    at[2] = strstr(rows, "[#stock][key-2]");
    at[3] = strstr(rows, "[#ops][key-2]");
    ck_assert(at[0] != NULL && at[0] < at[1] && at[1] < at[2] && at[2] < at[3]);
    free(rows);
}
END_TEST

START_TEST(rows_for_targets_keep_their_numbers_after_a_reopen)
{
    int64_t number;

    if (!repository_has(GW_REPOSITORY_DEAD_LETTERS) || !repository_has(GW_REPOSITORY_OUTBOX) || !is_persistent)
        return;
    refuse_for_others("mail", given_delivery());
    repository_reopen();
    (void)told_instead("slack", "#stock", SETTLE_STAMP);
    number = told_instead("mail", "boss@made.com", SETTLE_STAMP + 1);
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 1, 1);
    change_effect(&changes, 0, "events", "key-2");
    ck_assert_ok(apply(&changes));
    ck_assert_int_gt(first_effect, number);
}
END_TEST

TCase *dead_letters_case(void)
{
    TCase *tests = repository_case("dead letters");

    tcase_add_test(tests, a_dead_letter_is_reported_unchanged);
    tcase_add_test(tests, dead_letters_are_listed_by_id_and_ids_are_never_reused);
    tcase_add_test(tests, a_filter_selects_by_everything_that_it_gives);
    tcase_add_test(tests, discard_deletes_and_counts_existing_dead_letters);
    tcase_add_test(tests, count_counts_entries_of_both_kinds);
    tcase_add_test(tests, a_replay_that_succeeded_removes_its_dead_letter);
    tcase_add_test(tests, a_failed_replay_is_counted_and_stores_the_new_reason);
    tcase_add_test(tests, a_delivery_that_was_refused_becomes_a_dead_letter);
    tcase_add_test(tests, a_refused_delivery_is_stored_as_the_settlement_brings_it);
    tcase_add_test(tests, requeue_puts_a_delivery_back_with_its_old_key);
    tcase_add_test(tests, requeue_keeps_sequence_and_time_of_the_event_and_begins_a_new_time_in_the_queue);
    tcase_add_test(tests, requeue_for_targets_makes_a_row_for_each_in_the_order_of_ids_then_targets);
    tcase_add_test(tests, requeue_for_targets_takes_each_delivery_once_and_leaves_commands_and_unknown_ids_alone);
    tcase_add_test(tests, a_dead_row_with_two_targets_makes_two_rows_and_stays_a_dead_letter);
    tcase_add_test(tests, a_rerouted_row_makes_rows_for_its_targets_and_no_dead_letter);
    tcase_add_test(tests, a_row_that_is_already_deleted_creates_no_rows_for_its_targets);
    tcase_add_test(tests, rows_for_targets_have_the_order_of_the_settlements);
    tcase_add_test(tests, rows_for_targets_keep_their_numbers_after_a_reopen);
    return tests;
}
