/* SPDX-License-Identifier: Apache-2.0 */
/* A cached product answers like the repository that it came from, or not at all; it never denies stock wrongly. */
#include "check_main.h"
#include "stock/entry.h"

#include <gangway/scope.h>

#include <stdio.h>

enum { MANY = 160 };

static struct gw_arena *arena;
static struct gw_entry entry;
static struct gw_load_plan plan;

static struct gw_identifier id(const char *string)
{
    return gw_identifier_make(string, strlen(string));
}

static void set_up(void)
{
    arena = gw_arena_new(1024 * 1024);
    gw_entry_init(&entry, id("LAMP"));
}

static void tear_down(void)
{
    gw_arena_free(arena);
}

static const struct gw_batch *stock(struct gw_product *product, const char *ref, int64_t created, int64_t room)
{
    return gw_product_load_batch(product, id(ref), 100, 100 - room, 0, created);
}

/* Version 7 with b1, b2 and b3, which have room for 2, 9 and 5. */
static struct gw_product *three_batches(void)
{
    struct gw_product *product = gw_product_new(arena, id("LAMP"), 7);

    ck_assert_ptr_nonnull(stock(product, "b1", 1, 2));
    ck_assert_ptr_nonnull(stock(product, "b2", 2, 9));
    ck_assert_ptr_nonnull(stock(product, "b3", 3, 5));
    return product;
}

/* What is wanted for `lines` lines of qty. */
static struct gw_plan_room *want(uint32_t lines, int64_t qty)
{
    struct gw_command command = {.type = GW_COMMAND_ALLOCATE, .orderid = id("o1"), .sku = id("LAMP"), .qty = qty};

    gw_load_plan_init(&plan, arena);
    for (uint32_t line = 0; line < lines; line++)
        ck_assert(gw_load_plan_add_command(&plan, &command));
    return plan.rooms[0]->first;
}

static bool answers(uint32_t lines, int64_t qty)
{
    return gw_entry_answers(&entry, want(lines, qty));
}

static bool on_event(struct gw_event_sink *self, const struct gw_event *event)
{
    (void)self, (void)event;
    return true;
}

static const struct gw_held_line *allocate(struct gw_product *product, const char *orderid, int64_t qty)
{
    struct gw_event_sink events = {on_event};
    const struct gw_held_line *line = NULL;

    ck_assert(gw_product_load_line(product, id(orderid), qty, NULL, 0));
    ck_assert_int_eq(gw_product_allocate(product, id(orderid), qty, &events, &line), GW_RESULT_APPLIED);
    return line;
}

/* A new product, loaded from the cache with what one line of qty needs. */
static struct gw_product *recall(int64_t qty)
{
    struct gw_product *product = gw_product_new(arena, id("LAMP"), entry.version);
    struct gw_plan_room *first = want(1, qty);

    ck_assert(gw_entry_answers(&entry, first));
    ck_assert(gw_entry_load(&entry, first, arena, product));
    return product;
}

/* Where a line of qty would go now, from memory alone: `b2`, or `nowhere`. */
static const char *place_of(int64_t qty)
{
    static char place[256];
    const struct gw_held_line *line = allocate(recall(qty), "o1", qty);

    if (line->batch == NULL)
        return "nowhere";
    (void)snprintf(place, sizeof place, "%.*s", (int)line->batch->ref.len, line->batch->ref.ptr);
    return place;
}

START_TEST(nothing_is_answered_before_anything_was_learned)
{
    ck_assert(gw_entry_has_sku(&entry, id("LAMP")));
    ck_assert(!gw_entry_has_sku(&entry, id("LAMB")));
    ck_assert(!answers(0 + 1, 1));
}
END_TEST

START_TEST(a_complete_list_proves_stock_and_its_absence)
{
    struct gw_product *product = three_batches();

    ck_assert(gw_product_load_room(product, 2, NULL));
    gw_entry_learn(&entry, product, 0, 0, true);
    ck_assert_int_eq(entry.version, 7);
    ck_assert_str_eq(place_of(2), "b1");
    ck_assert_str_eq(place_of(3), "b2");
    ck_assert_str_eq(place_of(10), "nowhere");
    ck_assert(answers(40, 2));
    ck_assert(!answers(1, 1)); /* others may have room for one */
}
END_TEST

START_TEST(a_truncated_list_proves_that_stock_exists_never_that_it_does_not)
{
    struct gw_product *product = three_batches();

    ck_assert(gw_product_load_room(product, 2, gw_product_batch(product, id("b2"))));
    gw_entry_learn(&entry, product, 0, 0, true);
    ck_assert_str_eq(place_of(2), "b1");
    ck_assert(answers(2, 2));  /* b1, and b2 if the first line of the turn takes b1 */
    ck_assert(!answers(3, 2)); /* and then? b3 is known, but not that nothing goes before it */
    ck_assert_str_eq(place_of(3), "b2");
    ck_assert(!answers(2, 3));
}
END_TEST

START_TEST(the_result_of_a_turn_is_cached)
{
    struct gw_product *product = three_batches();

    ck_assert(gw_product_load_room(product, 1, NULL));
    gw_entry_learn(&entry, product, 0, 0, true);
    product = recall(9);
    (void)allocate(product, "o1", 9);
    ck_assert(gw_product_load_absent_batch(product, id("b4")));
    gw_entry_learn(&entry, product, 0, 0, false);
    ck_assert_int_eq(entry.version, 8);
    ck_assert_str_eq(place_of(3), "b3");
    product = recall(3);
    ck_assert(gw_product_load_absent_batch(product, id("b4")));
    ck_assert_int_eq(gw_product_create_batch(product, id("b4"), 20, 0, NULL), GW_RESULT_APPLIED);
    gw_entry_learn(&entry, product, 0, 0, false);
    ck_assert_int_eq(entry.version, 9);
    ck_assert_str_eq(place_of(6), "b4");
    ck_assert_str_eq(place_of(2), "b1");
    ck_assert_str_eq(place_of(21), "nowhere");
}
END_TEST

/* b4 lies behind the reported batches, is loaded because it holds a line, and gets room: the batches before it are
 * unknown. */
START_TEST(a_batch_behind_a_cut_list_is_no_answer_when_it_gets_room)
{
    struct gw_event_sink events = {on_event};
    struct gw_product *product = three_batches();
    const struct gw_batch *held;

    ck_assert(gw_product_load_room(product, 2, gw_product_batch(product, id("b3"))));
    gw_entry_learn(&entry, product, 0, 0, true);
    product = recall(5);
    held = gw_product_load_batch(product, id("b4"), 100, 100, 0, 4);
    ck_assert(gw_product_load_line(product, id("o2"), 50, held, 5));
    ck_assert_int_eq(gw_product_deallocate(product, id("o2"), 50, &events), GW_RESULT_APPLIED);
    gw_entry_learn(&entry, product, 0, 0, false);
    ck_assert(answers(1, 5));
    ck_assert(!answers(1, 50));
    ck_assert(!answers(3, 5));
}
END_TEST

START_TEST(answers_at_the_same_version_are_combined)
{
    struct gw_product *product = gw_product_new(arena, id("LAMP"), 7);

    ck_assert(gw_product_load_room(product, 9, stock(product, "b2", 2, 9)));
    gw_entry_learn(&entry, product, 0, 0, true);
    ck_assert(!answers(1, 5));
    product = gw_product_new(arena, id("LAMP"), 7);
    ck_assert_ptr_nonnull(stock(product, "b2", 2, 9));
    ck_assert(gw_product_load_room(product, 5, stock(product, "b3", 3, 5)));
    gw_entry_learn(&entry, product, 0, 0, true);
    ck_assert(answers(1, 5));
    ck_assert_str_eq(place_of(5), "b2");
    product = gw_product_new(arena, id("LAMP"), 7);
    ck_assert_ptr_nonnull(stock(product, "b1", 1, 2));
    ck_assert(gw_product_load_room(product, 1, gw_product_batch(product, id("b1"))));
    gw_entry_learn(&entry, product, 0, 0, true);
    ck_assert(answers(1, 2));
    ck_assert(!answers(2, 2));
    ck_assert(answers(2, 5));
    ck_assert(!answers(3, 5));
}
END_TEST

START_TEST(nothing_of_another_version_is_kept)
{
    struct gw_product *product = three_batches();

    ck_assert(gw_product_load_room(product, 1, NULL));
    gw_entry_learn(&entry, product, 0, 0, true);
    product = gw_product_new(arena, id("LAMP"), 9);
    ck_assert(gw_product_load_room(product, 5, stock(product, "b3", 3, 5)));
    while (!gw_confidence_holds(&entry.confidence) || entry.version == 7)
        gw_entry_learn(&entry, product, 0, 0, true);
    ck_assert(!answers(1, 9));
    ck_assert(!answers(1, 1));
    ck_assert_uint_eq(entry.batch_count, 1);
}
END_TEST

START_TEST(the_confidence_in_a_product_that_others_change_falls)
{
    int64_t version = 7;
    int patience = 0;

    for (int time = 0; time < 3; time++) {
        int seen = 0;

        do {
            struct gw_product *product = gw_product_new(arena, id("LAMP"), version);

            ck_assert(gw_product_load_room(product, 1, NULL));
            gw_entry_learn(&entry, product, 0, 0, true);
            seen++;
        } while (!answers(1, 1));
        ck_assert_int_gt(seen, patience);
        patience = seen;
        version++;
    }
}
END_TEST

START_TEST(an_invalidated_entry_answers_nothing_until_the_next_learn)
{
    struct gw_product *product = three_batches();

    ck_assert(gw_product_load_room(product, 1, NULL));
    gw_entry_learn(&entry, product, 0, 0, true);
    gw_entry_invalidate(&entry);
    ck_assert(!answers(1, 1));
    product = gw_product_new(arena, id("LAMP"), 7);
    ck_assert(gw_product_load_room(product, 5, stock(product, "b2", 2, 9)));
    gw_entry_learn(&entry, product, 0, 0, true);
    ck_assert_uint_eq(entry.batch_count, 1);
    ck_assert(answers(1, 5));
    ck_assert(!answers(2, 5));
}
END_TEST

START_TEST(a_product_that_does_not_exist_has_no_batches)
{
    gw_entry_learn(&entry, gw_product_new(arena, id("LAMP"), 0), 0, 0, true);
    ck_assert(answers(40, 1));
    ck_assert_int_eq(gw_product_version(recall(1)), 0);
}
END_TEST

START_TEST(a_product_that_no_line_needs_is_answered_without_batches)
{
    struct gw_command command = {.type = GW_COMMAND_CREATE_BATCH, .sku = id("LAMP"), .ref = id("b9"), .qty = 1};
    struct gw_product *product = three_batches();

    gw_entry_learn(&entry, product, 0, 0, true);
    ck_assert(!answers(1, 1));
    gw_load_plan_init(&plan, arena);
    ck_assert(gw_load_plan_add_command(&plan, &command));
    ck_assert(gw_entry_answers(&entry, plan.rooms[0]));
    product = gw_product_new(arena, id("LAMP"), 7);
    ck_assert(gw_entry_load(&entry, plan.rooms[0], arena, product));
    ck_assert_ptr_null(gw_product_batch(product, id("b1")));
}
END_TEST

/* ---- more than fits ---------------------------------------------------------------------------------------------- */

static char refs[MANY][256];

/* This number of batches, all with the same room except one, whose references have this length. */
static struct gw_product *many_batches(int count, int ref_len, int64_t room, int which, int64_t other_room)
{
    struct gw_product *product = gw_product_new(arena, id("LAMP"), 100);

    for (int index = 0; index < count; index++) {
        (void)snprintf(refs[index], sizeof refs[index], "%0*d", ref_len, index);
        ck_assert_ptr_nonnull(stock(product, refs[index], index + 1, index == which ? other_room : room));
    }
    ck_assert(gw_product_load_room(product, 1, NULL));
    return product;
}

START_TEST(of_more_batches_than_fit_the_first_are_kept)
{
    static const int counts[] = {MANY, MANY, 50, 8};
    static const int ref_lens[] = {2, 255, 20, 255};
    static const uint32_t at_least[] = {56, 6, 36, 6};

    gw_entry_learn(&entry, many_batches(counts[_i], ref_lens[_i], 50, -1, 0), 0, 0, true);
    ck_assert_uint_ge(entry.batch_count, at_least[_i]);
    ck_assert_uint_lt(entry.batch_count, (uint32_t)counts[_i]);
    ck_assert(gw_entry_has_sku(&entry, id("LAMP")));
    ck_assert_str_eq(place_of(50), refs[0]);
    ck_assert(answers(at_least[_i] < 15 ? at_least[_i] - 1 : 15, 50));
    if (counts[_i] < 128)
        ck_assert_str_eq(place_of(51), "nowhere"); /* batches that were left out have no more room than that */
    else
        ck_assert(!answers(1, 51)); /* nothing is known of those that were not even compared */
}
END_TEST

START_TEST(a_remainder_is_evicted_before_a_usable_batch)
{
    gw_entry_learn(&entry, many_batches(50, 20, 50, 0, 5), 0, 0, true);
    ck_assert(!answers(1, 5)); /* for which there may be a rest somewhere */
    ck_assert(answers(1, 6));
    ck_assert_str_eq(place_of(6), refs[1]);
    gw_entry_invalidate(&entry);
    gw_entry_learn(&entry, many_batches(50, 20, 50, 0, 20), 0, 0, true);
    ck_assert(answers(1, 5)); /* that was none */
}
END_TEST

/* As many batches as can be weighed go before the ones that are kept already, and perhaps one behind them. */
START_TEST(of_more_batches_than_can_be_weighed_the_first_are_kept)
{
    enum { WEIGHED = 128 };
    struct gw_product *product = gw_product_new(arena, id("LAMP"), 100);

    ck_assert_ptr_nonnull(stock(product, "kept", 200, 60));
    ck_assert(gw_product_load_room(product, 1, NULL));
    gw_entry_learn(&entry, product, 0, 0, true);
    product = many_batches(WEIGHED, 2, 50, -1, 0);
    if (_i != 0)
        ck_assert_ptr_nonnull(stock(product, "behind", 300, 70));
    gw_entry_learn(&entry, product, 0, 0, true);
    ck_assert_str_eq(place_of(50), refs[0]);
    ck_assert(!answers(1, 60)); /* what was not weighed may have room for it */
}
END_TEST

START_TEST(a_batch_of_another_reference_is_not_taken_for_the_one_that_is_kept)
{
    struct gw_product *product = three_batches();

    ck_assert(gw_product_load_room(product, 1, NULL));
    gw_entry_learn(&entry, product, 0, 0, true);
    product = gw_product_new(arena, id("LAMP"), 7);
    ck_assert_ptr_nonnull(stock(product, "other", 1, 2)); /* created as b1 was, in another history */
    ck_assert(gw_product_load_room(product, 1, NULL));
    (void)allocate(product, "o1", 2);
    ck_assert(!gw_entry_refresh(&entry, product, 0, 0));
}
END_TEST

START_TEST(a_full_batch_takes_no_place)
{
    gw_entry_learn(&entry, many_batches(MANY, 20, 0, 70, 7), 0, 0, true);
    ck_assert_uint_eq(entry.batch_count, 1);
    ck_assert_str_eq(place_of(7), refs[70]);
    ck_assert_str_eq(place_of(8), "nowhere");
}
END_TEST

START_TEST(a_product_of_the_same_hash_is_another_one)
{
    struct gw_identifier sofa = id("SOFA");
    struct gw_identifier lamps = id("LAMPS");

    sofa.hash = lamps.hash = id("LAMP").hash;
    ck_assert(gw_entry_has_sku(&entry, id("LAMP")));
    ck_assert(!gw_entry_has_sku(&entry, sofa));
    ck_assert(!gw_entry_has_sku(&entry, lamps));
}
END_TEST

START_TEST(where_memory_runs_out_nothing_is_loaded)
{
    struct gw_product *product = three_batches();
    struct gw_arena *small = gw_arena_new(16);

    ck_assert(gw_product_load_room(product, 1, NULL));
    gw_entry_learn(&entry, product, 0, 0, true);
    product = gw_product_new(arena, id("LAMP"), 7);
    ck_assert(!gw_entry_load(&entry, want(40, 1), small, product));
    gw_arena_free(small);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("entry");
    TCase *tests = tcase_create("answers");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, nothing_is_answered_before_anything_was_learned);
    tcase_add_test(tests, a_complete_list_proves_stock_and_its_absence);
    tcase_add_test(tests, a_truncated_list_proves_that_stock_exists_never_that_it_does_not);
    tcase_add_test(tests, the_result_of_a_turn_is_cached);
    tcase_add_test(tests, a_batch_behind_a_cut_list_is_no_answer_when_it_gets_room);
    tcase_add_test(tests, answers_at_the_same_version_are_combined);
    tcase_add_test(tests, nothing_of_another_version_is_kept);
    tcase_add_test(tests, the_confidence_in_a_product_that_others_change_falls);
    tcase_add_test(tests, an_invalidated_entry_answers_nothing_until_the_next_learn);
    tcase_add_test(tests, a_product_that_does_not_exist_has_no_batches);
    tcase_add_test(tests, a_product_that_no_line_needs_is_answered_without_batches);
    tcase_add_loop_test(tests, of_more_batches_than_fit_the_first_are_kept, 0, 4);
    tcase_add_test(tests, a_remainder_is_evicted_before_a_usable_batch);
    tcase_add_test(tests, a_full_batch_takes_no_place);
    tcase_add_test(tests, where_memory_runs_out_nothing_is_loaded);
    tcase_add_test(tests, a_product_of_the_same_hash_is_another_one);
    tcase_add_loop_test(tests, of_more_batches_than_can_be_weighed_the_first_are_kept, 0, 2);
    tcase_add_test(tests, a_batch_of_another_reference_is_not_taken_for_the_one_that_is_kept);
    suite_add_tcase(suite, tests);
    return suite;
}
