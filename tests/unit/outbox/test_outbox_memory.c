/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox cache: rows of one destination, by number, within bounds, and never across a close. */
#include "check_main.h"
#include "outbox/outbox_memory.h"

#include <pthread.h>
#include <stdio.h>

enum { ROWS_MAX = 8, PLENTY = 1024 * 1024 };

static atomic_uint_fast64_t epoch;
static struct gw_outbox_memory *memory;

static void set_up(void)
{
    memory = gw_outbox_memory_new(gw_text_of("events"), &epoch, PLENTY);
    ck_assert_ptr_nonnull(memory);
    gw_outbox_memory_open(memory);
}

static void tear_down(void)
{
    gw_outbox_memory_free(memory);
}

/* As if each number had been given once. */
static int64_t stamp_of_row(int64_t number)
{
    return 5000 + number;
}

/* A commit whose rows begin at `first`: a letter each, `e` for one of events, anything else for mail. */
static bool offer_in(struct gw_outbox_memory *to, uint_fast64_t began, int64_t first, const char *destinations)
{
    struct gw_product_change products[] = {{.sku = gw_text_of("LAMP"), .expected = 1, .version = 2},
                                           {.sku = gw_text_of("RUG"), .expected = 1, .version = 2}};
    struct gw_effect effects[ROWS_MAX];
    struct gw_changeset set = {.size = sizeof set, .stamp = stamp_of_row(first)};
    int64_t counters[] = {40, 70};
    struct gw_apply_result result = {
        .size = sizeof result, .first_effect = first, .unix_ms = 1234, .event_counters = counters};
    struct gw_outbox_commit commit = {&set, &result, began};
    char ids[ROWS_MAX][32];
    uint32_t count = 0;

    for (; destinations[count] != '\0'; count++) {
        (void)snprintf(ids[count], sizeof ids[count], "id-%lld", (long long)(first + count));
        effects[count] = (struct gw_effect){.product = count % 2,
                                            .event = count / 2 + 1,
                                            .destination = gw_text_of(destinations[count] == 'e' ? "events" : "mail"),
                                            .recipient = gw_text_of("stock@made.com"),
                                            .id = gw_text_of(ids[count]),
                                            .type = gw_text_of("Allocated"),
                                            .payload = gw_text_span("{\0}", 3),
                                            .headers = gw_text_of("")};
    }
    set.products = (struct gw_array){products, 2, sizeof *products};
    set.effects = (struct gw_array){effects, count, sizeof *effects};
    return gw_outbox_memory_offer(to, &commit);
}

static bool offer(int64_t first, const char *destinations)
{
    return offer_in(memory, atomic_load(&epoch), first, destinations);
}

static struct gw_outbox_row recalled; /* the last row that was known */

/* The event at this index of the block that begins with the row of this number. */
static bool is_known(int64_t number, uint32_t index)
{
    struct gw_outbox_row bare = {.number = number, .stamp = stamp_of_row(number), .index = index, .is_bare = 1};

    return gw_outbox_memory_recall(memory, &bare, &recalled);
}

/* expected: of whose effect the id is. */
static void assert_event(int64_t number, uint32_t index, int64_t expected)
{
    char id[32];

    (void)snprintf(id, sizeof id, "id-%lld", (long long)expected);
    ck_assert_msg(is_known(number, index), "%lld[%u] is not known", (long long)number, index);
    ck_assert_int_eq(recalled.number, number);
    ck_assert_int_eq(recalled.stamp, stamp_of_row(number));
    ck_assert_uint_eq(recalled.index, index);
    ck_assert(gw_text_is(recalled.id, id));
}

static void assert_known(int64_t number)
{
    assert_event(number, 0, number);
}

static void assert_unknown(int64_t number)
{
    ck_assert(!is_known(number, 0));
}

static void forget(int64_t number, uint32_t index)
{
    gw_outbox_memory_forget(memory, &(struct gw_outbox_row){.number = number, .index = index});
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

START_TEST(a_row_is_recalled_as_it_was_committed)
{
    const struct gw_outbox_row *row = &recalled;

    ck_assert(offer(100, "ee"));
    ck_assert(gw_outbox_memory_collect(memory));
    assert_known(100);
    assert_known(101);
    ck_assert(gw_text_is(row->destination, "events"));
    ck_assert(gw_text_is(row->recipient, "stock@made.com"));
    ck_assert(gw_text_is(row->type, "Allocated"));
    ck_assert(gw_text_is(row->sku, "RUG"));
    ck_assert(gw_text_equal(row->payload, gw_text_span("{\0}", 3)));
    ck_assert_uint_eq(row->headers.len, 0);
    ck_assert_int_eq(row->stamp, stamp_of_row(101));
    ck_assert_int_eq(row->sequence, 71);
    ck_assert_int_eq(row->event_unix_ms, 1234);
    ck_assert_int_eq(row->queued_unix_ms, 1234);
    ck_assert_int_eq(row->age_ms, 0);
    ck_assert_uint_eq(row->attempts, 0);
    ck_assert_uint_eq(row->is_bare, 0);
}
END_TEST

START_TEST(a_number_with_another_stamp_is_another_row)
{
    ck_assert(offer(100, "ee"));
    ck_assert(gw_outbox_memory_collect(memory));
    ck_assert(!gw_outbox_memory_recall(memory, &(struct gw_outbox_row){.number = 100, .stamp = stamp_of_row(100) + 1},
                                       &recalled));
    assert_known(101);
}
END_TEST

START_TEST(an_event_of_a_block_is_found_by_its_place_among_those_of_the_destination)
{
    ck_assert(offer(100, "emeem"));
    ck_assert(offer(200, "ee"));
    ck_assert(gw_outbox_memory_collect(memory));
    assert_event(100, 0, 100);
    assert_event(100, 1, 102);
    assert_event(100, 2, 103);
    ck_assert(!is_known(100, 3));
    assert_event(103, 0, 103); /* a block may begin anywhere */
    ck_assert(!is_known(103, 1));
    assert_event(200, 1, 201);
}
END_TEST

START_TEST(a_block_that_was_delivered_in_part_is_kept)
{
    ck_assert(offer(100, "eme"));
    ck_assert(offer(200, "ee"));
    (void)gw_outbox_memory_collect(memory);
    forget(100, 0);
    ck_assert(gw_outbox_memory_collect(memory));
    assert_event(100, 1, 102);
    forget(100, 1);
    (void)gw_outbox_memory_collect(memory);
    assert_unknown(100);
    assert_event(200, 1, 201);
    forget(200, 1);
    forget(100, 5); /* an earlier one takes nothing back */
    ck_assert(!gw_outbox_memory_collect(memory));
}
END_TEST

START_TEST(rows_of_another_destination_are_not_kept)
{
    ck_assert(offer(100, "eme"));
    ck_assert(!offer(200, "mm"));
    ck_assert(gw_outbox_memory_collect(memory));
    assert_known(100);
    assert_unknown(101);
    assert_known(102);
    assert_unknown(103);
    assert_unknown(200);
}
END_TEST

START_TEST(commits_are_found_by_number_in_whatever_order_they_are_offered)
{
    (void)offer(300, "ee");
    (void)offer(100, "ee");
    (void)gw_outbox_memory_collect(memory);
    (void)offer(200, "ee");
    (void)gw_outbox_memory_collect(memory);
    for (int64_t first = 100; first <= 300; first += 100)
        for (int64_t number = first; number < first + 2; number++)
            assert_known(number);
}
END_TEST

START_TEST(unknown_numbers_are_skipped)
{
    (void)offer(100, "ee");
    (void)offer(300, "ee");
    (void)gw_outbox_memory_collect(memory);
    assert_unknown(50);
    assert_known(101);
    assert_unknown(200);
    assert_known(300);
    assert_unknown(400);
}
END_TEST

START_TEST(rows_that_were_not_delivered_are_recalled_again)
{
    (void)offer(100, "eee");
    (void)gw_outbox_memory_collect(memory);
    assert_known(102);
    forget(100, 0);
    ck_assert(gw_outbox_memory_collect(memory));
    assert_known(101);
    assert_known(102);
}
END_TEST

START_TEST(delivered_rows_are_dropped_and_later_ones_are_kept)
{
    (void)offer(100, "ee");
    (void)offer(200, "ee");
    (void)gw_outbox_memory_collect(memory);
    (void)offer(150, "ee");
    forget(201, 0);
    ck_assert(gw_outbox_memory_collect(memory));
    assert_unknown(100);
    assert_known(150);
    assert_unknown(200);
    gw_outbox_memory_forget_all(memory);
    ck_assert(!gw_outbox_memory_collect(memory));
}
END_TEST

/* ---- bounds ----------------------------------------------------------------------------------------------------- */

START_TEST(rows_without_room_are_left_out_until_there_is_room)
{
    int64_t first = 100;

    gw_outbox_memory_free(memory);
    memory = gw_outbox_memory_new(gw_text_of("events"), &epoch, 2000);
    gw_outbox_memory_open(memory);
    for (int turn = 0; turn < 10; turn++) {
        int64_t known = first;

        for (int commit = 0; commit < 20; commit++)
            ck_assert(offer(first++, "e")); /* it has rows, kept or not */
        (void)gw_outbox_memory_collect(memory);
        assert_known(known);
        assert_known(known + 1);
        assert_unknown(first - 1);
        forget(first, 0);
        (void)gw_outbox_memory_collect(memory);
    }
}
END_TEST

/* ---- doubts ----------------------------------------------------------------------------------------------------- */

START_TEST(nothing_is_kept_before_it_is_opened)
{
    gw_outbox_memory_close(memory);
    (void)offer(100, "e");
    gw_outbox_memory_open(memory);
    ck_assert(!gw_outbox_memory_collect(memory));
    (void)offer(200, "e");
    ck_assert(gw_outbox_memory_collect(memory));
    assert_unknown(100);
    assert_known(200);
}
END_TEST

START_TEST(close_drops_offered_and_collected_rows)
{
    (void)offer(100, "e");
    (void)gw_outbox_memory_collect(memory);
    (void)offer(200, "e");
    gw_outbox_memory_close(memory);
    gw_outbox_memory_open(memory);
    ck_assert(!gw_outbox_memory_collect(memory));
}
END_TEST

START_TEST(a_recalled_row_stays_valid_through_a_close_until_the_next_collect)
{
    (void)offer(100, "e");
    (void)gw_outbox_memory_collect(memory);
    assert_known(100);
    gw_outbox_memory_close(memory);
    ck_assert(gw_text_is(recalled.id, "id-100"));
}
END_TEST

START_TEST(a_commit_that_began_before_a_close_is_left_out)
{
    uint_fast64_t before = atomic_load(&epoch);

    gw_outbox_memory_close(memory);
    gw_outbox_memory_open(memory);
    ck_assert(offer_in(memory, before, 100, "e"));
    ck_assert(!gw_outbox_memory_collect(memory));
    (void)offer(200, "e");
    ck_assert(gw_outbox_memory_collect(memory));
}
END_TEST

START_TEST(the_close_of_one_cache_does_not_close_the_others)
{
    struct gw_outbox_memory *other = gw_outbox_memory_new(gw_text_of("mail"), &epoch, PLENTY);
    uint_fast64_t before = atomic_load(&epoch);

    gw_outbox_memory_open(other);
    gw_outbox_memory_close(other);
    gw_outbox_memory_open(other);
    (void)offer_in(memory, before, 100, "em");
    (void)offer_in(other, before, 100, "em");
    ck_assert(gw_outbox_memory_collect(memory));
    ck_assert(!gw_outbox_memory_collect(other));
    gw_outbox_memory_free(other);
}
END_TEST

START_TEST(a_commit_without_numbers_is_not_kept)
{
    ck_assert(offer(0, "e"));
    ck_assert(!gw_outbox_memory_collect(memory));
}
END_TEST

/* ---- threads ---------------------------------------------------------------------------------------------------- */

enum { OFFERS = 2000 };

static void *offer_many(void *argument)
{
    int64_t first = *(const int64_t *)argument;

    for (int index = 0; index < OFFERS; index++)
        (void)offer(first + 20LL * index, "eme");
    return NULL;
}

START_TEST(several_workers_offer_while_the_relay_collects_and_closes)
{
    static const int64_t firsts[] = {100, 110};
    pthread_t threads[2];

    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, offer_many, (void *)(uintptr_t)&firsts[i]), 0);
    for (int look = 0; look < OFFERS; look++) {
        (void)gw_outbox_memory_collect(memory);
        if (is_known(100 + 20LL * look, 1))
            forget(100 + 20LL * look, 1);
        if (look % 100 == 0) {
            gw_outbox_memory_close(memory);
            gw_outbox_memory_open(memory);
        }
    }
    for (size_t i = 0; i < 2; i++)
        (void)pthread_join(threads[i], NULL);
    gw_outbox_memory_forget_all(memory);
    (void)gw_outbox_memory_collect(memory);
    gw_outbox_memory_forget_all(memory);
    ck_assert(!gw_outbox_memory_collect(memory));
    for (int commit = 0; commit < 1000; commit++) /* all room is there again */
        (void)offer(1000000 + commit, "e");
    (void)gw_outbox_memory_collect(memory);
    assert_known(1000999);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("outbox_memory");
    TCase *tests = tcase_create("rows");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_row_is_recalled_as_it_was_committed);
    tcase_add_test(tests, a_number_with_another_stamp_is_another_row);
    tcase_add_test(tests, an_event_of_a_block_is_found_by_its_place_among_those_of_the_destination);
    tcase_add_test(tests, a_block_that_was_delivered_in_part_is_kept);
    tcase_add_test(tests, rows_of_another_destination_are_not_kept);
    tcase_add_test(tests, commits_are_found_by_number_in_whatever_order_they_are_offered);
    tcase_add_test(tests, unknown_numbers_are_skipped);
    tcase_add_test(tests, rows_that_were_not_delivered_are_recalled_again);
    tcase_add_test(tests, delivered_rows_are_dropped_and_later_ones_are_kept);
    tcase_add_test(tests, rows_without_room_are_left_out_until_there_is_room);
    tcase_add_test(tests, nothing_is_kept_before_it_is_opened);
    tcase_add_test(tests, close_drops_offered_and_collected_rows);
    tcase_add_test(tests, a_recalled_row_stays_valid_through_a_close_until_the_next_collect);
    tcase_add_test(tests, a_commit_that_began_before_a_close_is_left_out);
    tcase_add_test(tests, the_close_of_one_cache_does_not_close_the_others);
    tcase_add_test(tests, a_commit_without_numbers_is_not_kept);
    tcase_add_test(tests, several_workers_offer_while_the_relay_collects_and_closes);
    suite_add_tcase(suite, tests);
    return suite;
}
