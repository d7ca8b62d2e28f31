/* SPDX-License-Identifier: Apache-2.0 */
/* A turn itself: identities, positions, dead letters, conflicts, and attempts at parts. */
#include "shop.h"

#include <gangway/message.h>

static struct shop shop;

static void set_up(void)
{
    shop_open(&shop);
    shop_create(&shop, "b1", "LAMP", 100, NULL);
    shop_run(&shop);
    shop_next_turn(&shop);
}

static void tear_down(void)
{
    shop_close(&shop);
}

/* The id and the fingerprint of the messages that follow. */
static void with_id(const char *id, const char *body)
{
    static uint8_t ids[8][GW_ID_BYTES];
    static uint8_t bodies[8][GW_DIGEST_BYTES];
    static unsigned next;

    next = (next + 1) % 8;
    memset(ids[next], 0, sizeof ids[next]);
    memset(bodies[next], 0, sizeof bodies[next]);
    memcpy(ids[next], id, strlen(id));
    memcpy(bodies[next], body, strlen(body));
    shop.next.id = ids[next];
    shop.next.fingerprint = bodies[next];
}

/* ---- ids -------------------------------------------------------------------------------------------------------- */

START_TEST(an_id_that_was_applied_before_is_a_duplicate)
{
    with_id("1", "body");
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop_run(&shop);
    shop_next_turn(&shop);
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "duplicate of applied");
    ck_assert_str_eq(shop_events(&shop), "Allocated o1 LAMP 2 b1");
}
END_TEST

START_TEST(a_duplicate_has_the_outcome_of_the_first_message)
{
    shop.next.is_answered = true;
    with_id("1", "body");
    shop_allocate(&shop, "o1", "RUG", 2);
    shop_run(&shop);
    shop_next_turn(&shop);
    shop_create(&shop, "b2", "RUG", 10, NULL); /* has the same id, so it is not handled */
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "duplicate of rejected: Invalid sku RUG");
    ck_assert_int_eq(shop_version(&shop, "RUG"), 0);
}
END_TEST

START_TEST(the_same_id_with_another_body_is_refused_and_not_dropped)
{
    with_id("1", "body");
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop_run(&shop);
    shop_next_turn(&shop);
    with_id("1", "another body");
    shop_allocate(&shop, "o2", "LAMP", 2);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "dead: this message id was used before with another body");
    ck_assert_str_eq(shop_letters(&shop), "this message id was used before with another body\n");
    ck_assert_str_eq(shop_order(&shop, "o2"), "");
}
END_TEST

START_TEST(an_id_twice_in_one_turn_is_found_before_it_is_handled)
{
    with_id("1", "body");
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop_allocate(&shop, "o1", "LAMP", 2);
    with_id("1", "another body");
    shop_allocate(&shop, "o2", "LAMP", 2);
    with_id("2", "body");
    shop_allocate(&shop, "o3", "LAMP", 2);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "applied");
    ck_assert_str_eq(shop_result(&shop, 1), "duplicate of applied");
    ck_assert_str_eq(shop_result(&shop, 2), "dead: this message id was used before with another body");
    ck_assert_str_eq(shop_result(&shop, 3), "applied");
    ck_assert_str_eq(shop_events(&shop), "Allocated o1 LAMP 2 b1; Allocated o3 LAMP 2 b1");
}
END_TEST

START_TEST(a_duplicate_of_a_refused_message_makes_no_second_dead_letter)
{
    with_id("1", "body");
    shop_refused(&shop, "no JSON");
    shop_refused(&shop, "no JSON");
    shop_run(&shop);
    shop_next_turn(&shop);
    shop_refused(&shop, "no JSON");
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "duplicate of dead: no JSON");
    ck_assert_str_eq(shop_letters(&shop), "no JSON\n");
}
END_TEST

START_TEST(a_turn_whose_ids_are_all_known_is_already_applied)
{
    struct shop other;

    shop_new_cache(&shop, 0); /* the ids are loaded, not presumed new */
    with_id("1", "body");
    shop_allocate(&shop, "o1", "LAMP", 2);
    ck_assert_int_eq(shop_attempt(&shop), GW_OK);
    shop_open_beside(&other, &shop);
    other.next = shop.next;
    shop_allocate(&other, "o1", "LAMP", 2);
    shop_run(&other);
    ck_assert_int_eq(gw_turn_commit(shop.turn, &shop.error), GW_ALREADY);
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 98");
    shop_close(&other);
}
END_TEST

/* ---- positions -------------------------------------------------------------------------------------------------- */

START_TEST(a_commit_moves_each_source_behind_the_last_of_its_messages)
{
    struct gw_turn_source zero = {.name = T("orders/0"), .position = GW_OFFSET_NONE};
    struct gw_turn_source one = {.name = T("orders/1"), .position = GW_OFFSET_NONE};

    shop.next.source = &one;
    shop.next.next = 8;
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop.next.source = &zero;
    shop.next.next = 3;
    shop_refused(&shop, "no JSON");
    shop.next.source = &one;
    shop.next.next = 9;
    shop_allocate(&shop, "o1", "LAMP", 2); /* skipped: it counts as well */
    ck_assert_int_eq(shop_attempt(&shop), GW_OK);
    ck_assert_int_eq(shop_position(&shop, "orders/1"), GW_OFFSET_NONE);
    ck_assert_int_eq(one.position, GW_OFFSET_NONE);
    ck_assert_int_eq(gw_turn_commit(shop.turn, &shop.error), GW_OK);
    ck_assert_int_eq(one.position, 9);
    ck_assert_int_eq(zero.position, 3);
    ck_assert_int_eq(shop_position(&shop, "orders/1"), 9);
    ck_assert_int_eq(shop_position(&shop, "orders/0"), 3);
}
END_TEST

START_TEST(a_turn_of_nothing_but_duplicates_still_moves_its_source)
{
    struct gw_turn_source source = {.name = T("orders/0"), .position = GW_OFFSET_NONE};

    with_id("1", "body");
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop_run(&shop);
    shop_next_turn(&shop);
    shop.next.source = &source;
    shop.next.next = 1;
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop_run(&shop);
    ck_assert_int_eq(shop_position(&shop, "orders/0"), 1);
}
END_TEST

START_TEST(a_source_with_another_position_moves_nothing)
{
    struct gw_turn_source source = {.name = T("orders/0"), .position = 5};

    shop.next.source = &source;
    shop.next.next = 6;
    shop_allocate(&shop, "o1", "LAMP", 2);
    ck_assert_int_eq(shop_attempt(&shop), GW_OK);
    ck_assert_int_eq(gw_turn_commit(shop.turn, &shop.error), GW_MOVED);
    ck_assert_int_eq(source.position, 5);
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 100");
}
END_TEST

START_TEST(a_turn_that_another_gateway_applied_changes_nothing_and_moves_the_source)
{
    struct gw_turn_source ours = {.name = T("orders/0"), .position = GW_OFFSET_NONE};
    struct gw_turn_source theirs = ours;
    struct shop other;

    shop_open_beside(&other, &shop);
    shop.next.source = &ours;
    shop.next.next = 1;
    other.next = shop.next;
    other.next.source = &theirs;
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop_allocate(&other, "o1", "LAMP", 2);
    ck_assert_int_eq(shop_attempt(&shop), GW_OK);
    shop_run(&other);
    ck_assert_int_eq(gw_turn_commit(shop.turn, &shop.error), GW_ALREADY);
    ck_assert_int_eq(ours.position, 1);
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 98");
    shop_close(&other);
}
END_TEST

START_TEST(a_commit_that_is_sent_again_is_applied_once)
{
    struct gw_turn_source source = {.name = T("orders/0"), .position = GW_OFFSET_NONE};

    shop.next.source = &source;
    shop.next.next = 1;
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop_run(&shop);
    ck_assert_int_eq(gw_turn_commit(shop.turn, &shop.error), GW_ALREADY);
    ck_assert_int_eq(source.position, 1);
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 98");
}
END_TEST

/* ---- refusals --------------------------------------------------------------------------------------------------- */

START_TEST(a_sender_who_waits_gets_the_reason_and_no_dead_letter_is_kept)
{
    shop.next.is_answered = true;
    shop_allocate(&shop, "o1", "RUG", 2);
    shop_refused(&shop, "no JSON");
    shop_allocate(&shop, "o1", "LAMP", 0);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "rejected: Invalid sku RUG");
    ck_assert_str_eq(shop_result(&shop, 1), "rejected: no JSON");
    ck_assert_str_eq(shop_result(&shop, 2), "rejected: qty: expected an integer from 1 to 2147483647, found 0");
    ck_assert_str_eq(shop_letters(&shop), "");
}
END_TEST

START_TEST(syntax_comes_before_semantics)
{
    shop_allocate(&shop, "superman", "zygote", -1);
    shop_allocate(&shop, "superman", "zygote", 1);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "dead: qty: expected an integer from 1 to 2147483647, found -1");
    ck_assert_str_eq(shop_result(&shop, 1), "dead: Invalid sku zygote");
}
END_TEST

START_TEST(a_message_with_permanently_refused_data_is_refused)
{
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop_allocate(&shop, "o2", "LAMP", 2);
    ck_assert_int_eq(gw_turn_refuse(shop.turn, 0, T("value too large")), GW_OK);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "dead: value too large");
    ck_assert_str_eq(shop_events(&shop), "Allocated o2 LAMP 2 b1");
}
END_TEST

START_TEST(a_message_that_is_left_out_has_no_effect_and_moves_no_source)
{
    struct gw_turn_source source = {.name = T("orders/0"), .position = GW_OFFSET_NONE};

    shop.next.source = &source;
    shop.next.next = 1;
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop.next.source = NULL;
    shop_allocate(&shop, "o2", "LAMP", 2);
    gw_turn_leave_out(shop.turn, 0);
    shop_run(&shop);
    ck_assert_str_eq(shop_events(&shop), "Allocated o2 LAMP 2 b1");
    ck_assert_int_eq(source.position, GW_OFFSET_NONE);
    ck_assert_int_eq(shop_position(&shop, "orders/0"), GW_OFFSET_NONE);
}
END_TEST

/* ---- replay ----------------------------------------------------------------------------------------------------- */

static int64_t letter_id;
static uint32_t letter_replays;

static enum gw_status on_letter(void *context, const struct gw_dead_entry *entry)
{
    (void)context;
    letter_id = entry->id;
    letter_replays = entry->replays;
    return GW_OK;
}

/* The number of the only dead letter. */
static void find_letter(void)
{
    struct gw_dead_filter filter = {.size = sizeof filter};
    struct gw_dead_visitor visitor = {.size = sizeof visitor, .entry = on_letter};

    letter_id = 0;
    ck_assert_int_eq(shop.ops.dead_list(shop.session, &filter, &visitor, &shop.error), GW_OK);
}

START_TEST(a_dead_letter_that_is_replayed_successfully_is_deleted)
{
    shop.next.identity = T("orders/0:17");
    shop_allocate(&shop, "o1", "RUG", 2);
    shop_run(&shop);
    find_letter();
    shop_next_turn(&shop);
    shop_create(&shop, "b2", "RUG", 5, NULL);
    shop.next.replays = letter_id;
    shop_allocate(&shop, "o1", "RUG", 2);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 1), "applied");
    ck_assert_str_eq(shop_letters(&shop), "");
    ck_assert_str_eq(shop_rows(&shop, "events"),
                     "1 Allocated orders/0:17-1 RUG {\"orderid\": \"o1\", \"sku\": \"RUG\", \"qty\": 2, "
                     "\"batchref\": \"b2\"}\n");
}
END_TEST

START_TEST(a_dead_letter_that_is_refused_again_stays_with_its_new_reason)
{
    shop_refused(&shop, "no JSON");
    shop_run(&shop);
    find_letter();
    shop_next_turn(&shop);
    shop.next.replays = letter_id;
    shop_allocate(&shop, "o1", "RUG", 2);
    shop_run(&shop);
    find_letter();
    ck_assert_str_eq(shop_letters(&shop), "Invalid sku RUG\n");
    ck_assert_uint_eq(letter_replays, 1);
}
END_TEST

START_TEST(a_dead_letter_that_two_replay_at_once_is_applied_once)
{
    struct shop other;

    shop_allocate(&shop, "o1", "RUG", 2);
    shop_run(&shop);
    find_letter();
    shop_next_turn(&shop);
    shop_create(&shop, "b2", "RUG", 5, NULL);
    shop_run(&shop);
    shop_next_turn(&shop);
    shop.next.replays = letter_id;
    shop_allocate(&shop, "o1", "RUG", 2);
    ck_assert_int_eq(shop_attempt(&shop), GW_OK);
    shop_open_beside(&other, &shop);
    other.next = shop.next;
    shop_allocate(&other, "o1", "RUG", 2);
    shop_run(&other);
    ck_assert_int_eq(gw_turn_commit(shop.turn, &shop.error), GW_CONFLICT);
    ck_assert_str_eq(shop_stock(&shop, "RUG"), "b2 3");
    shop_close(&other);
}
END_TEST

/* ---- conflicts -------------------------------------------------------------------------------------------------- */

START_TEST(the_second_of_two_turns_on_one_product_repeats_on_the_result_of_the_first)
{
    struct shop other;

    shop_open_beside(&other, &shop);
    shop_allocate(&shop, "o1", "LAMP", 60);
    shop_allocate(&other, "o2", "LAMP", 60);
    ck_assert_int_eq(shop_attempt(&shop), GW_OK);
    shop_run(&other);
    ck_assert_int_eq(gw_turn_commit(shop.turn, &shop.error), GW_CONFLICT);
    ck_assert_str_eq(shop_order(&shop, "o1"), "");
    shop_run(&shop);
    ck_assert_str_eq(shop_events(&shop), "Allocated o2 LAMP 60 b1; OutOfStock LAMP o1 60");
    ck_assert_int_eq(shop_version(&shop, "LAMP"), 2);
    shop_close(&other);
}
END_TEST

START_TEST(a_product_that_a_turn_only_read_is_checked_too)
{
    struct shop other;

    shop_open_beside(&other, &shop);
    shop_allocate(&shop, "o1", "LAMP", 101); /* out of stock, while there are 100 */
    ck_assert_int_eq(shop_attempt(&shop), GW_OK);
    shop_create(&other, "b2", "LAMP", 200, NULL);
    shop_run(&other);
    ck_assert_int_eq(gw_turn_commit(shop.turn, &shop.error), GW_CONFLICT);
    shop_run(&shop);
    ck_assert_str_eq(shop_events(&shop), "Allocated o1 LAMP 101 b2");
    shop_close(&other);
}
END_TEST

START_TEST(a_batch_that_was_absent_and_created_meanwhile_is_a_conflict)
{
    struct shop other;

    shop_open_beside(&other, &shop);
    shop_change(&shop, "b2", 5);
    ck_assert_int_eq(shop_attempt(&shop), GW_OK);
    shop_create(&other, "b2", "RUG", 10, NULL);
    shop_run(&other);
    ck_assert_int_eq(gw_turn_commit(shop.turn, &shop.error), GW_CONFLICT);
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "applied");
    ck_assert_str_eq(shop_stock(&shop, "RUG"), "b2 5");
    ck_assert_str_eq(shop_letters(&shop), "");
    shop_close(&other);
}
END_TEST

START_TEST(a_turn_on_other_products_is_no_conflict)
{
    struct shop other;

    shop_create(&shop, "b2", "RUG", 10, NULL);
    shop_run(&shop);
    shop_next_turn(&shop);
    shop_open_beside(&other, &shop);
    shop_allocate(&shop, "o1", "LAMP", 60);
    shop_allocate(&other, "o2", "RUG", 5);
    ck_assert_int_eq(shop_attempt(&shop), GW_OK);
    shop_run(&other);
    ck_assert_int_eq(gw_turn_commit(shop.turn, &shop.error), GW_OK);
    shop_close(&other);
}
END_TEST

/* ---- parts ------------------------------------------------------------------------------------------------------ */

START_TEST(a_turn_in_two_halves_ends_as_the_whole)
{
    struct gw_turn_source source = {.name = T("orders/0"), .position = GW_OFFSET_NONE};

    shop.next.source = &source;
    for (int index = 0; index < 4; index++) {
        shop.next.next = index + 1;
        shop_allocate(&shop, "o1", "LAMP", index + 1);
    }
    ck_assert_int_eq(gw_turn_attempt(shop.turn, 0, 4, &shop.error), GW_OK);
    ck_assert_int_eq(gw_turn_attempt(shop.turn, 0, 2, &shop.error), GW_OK);
    ck_assert_int_eq(gw_turn_commit(shop.turn, &shop.error), GW_OK);
    ck_assert_int_eq(source.position, 2);
    ck_assert_uint_eq(gw_turn_changeset(shop.turn)->effects.count, 2);
    ck_assert_int_eq(gw_turn_apply_result(shop.turn)->first_effect, 1);
    ck_assert_int_eq(gw_turn_attempt(shop.turn, 2, 2, &shop.error), GW_OK);
    ck_assert_int_eq(gw_turn_commit(shop.turn, &shop.error), GW_OK);
    ck_assert_int_eq(source.position, 4);
    ck_assert_uint_eq(gw_turn_changeset(shop.turn)->effects.count, 2);
    ck_assert_int_eq(gw_turn_apply_result(shop.turn)->first_effect, 3);
    ck_assert_str_eq(shop_order(&shop, "o1"), "LAMP b1 1, LAMP b1 2, LAMP b1 3, LAMP b1 4");
    for (uint32_t index = 0; index < 4; index++)
        ck_assert_str_eq(shop_result(&shop, index), "applied");
}
END_TEST

START_TEST(a_turn_that_changes_nothing_commits_nothing)
{
    shop.ops.apply = NULL;
    shop.next.is_answered = true;
    shop_refused(&shop, "no JSON");
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "rejected: no JSON");
}
END_TEST

static enum gw_status load_from_nowhere(struct gw_session *session, const struct gw_load_request *request,
                                        const struct gw_load_visitor *visitor, struct gw_error *reterr)
{
    (void)session, (void)request, (void)visitor;
    return gw_error_set(reterr, GW_TRANSIENT, "the server is away");
}

START_TEST(a_status_of_the_repository_is_passed_on)
{
    shop.ops.load = load_from_nowhere;
    shop_deallocate(&shop, "o1", "LAMP", 2);
    ck_assert_int_eq(shop_attempt(&shop), GW_TRANSIENT);
    ck_assert_str_eq(shop.error.text, "the server is away");
}
END_TEST

/* What a turn expects that looks for this batch in vain. */
static uint64_t expectation_of(const char *ref)
{
    shop_next_turn(&shop);
    shop_change(&shop, ref, 1);
    ck_assert_int_eq(shop_attempt(&shop), GW_OK);
    return gw_turn_expectation(shop.turn);
}

START_TEST(what_a_turn_expects_is_the_same_for_the_same_references_and_no_others)
{
    uint64_t expectation;

    shop_new_cache(&shop, 0);
    expectation = expectation_of("b8");
    ck_assert_uint_ne(expectation, 0);
    ck_assert_uint_ne(expectation_of("b9"), expectation);
    ck_assert_uint_eq(expectation_of("b8"), expectation);
}
END_TEST

START_TEST(one_message_that_needs_more_than_a_turn_may_use_is_refused_for_good)
{
    enum gw_status status = GW_NOMEM;

    for (size_t max_bytes = 1024; status == GW_NOMEM; max_bytes += 16) {
        status = shop_new_turn(&shop, max_bytes);
        if (status != GW_OK)
            continue;
        shop.added = GW_OK;
        shop_allocate(&shop, "o1", "LAMP", 2);
        status = shop_attempt(&shop);
    }
    ck_assert_int_eq(status, GW_PERMANENT);
    ck_assert_int_eq(strncmp(shop.error.text, "1 message needs more than", 25), 0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("turn");
    TCase *tests = tcase_create("turn");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_id_that_was_applied_before_is_a_duplicate);
    tcase_add_test(tests, a_duplicate_has_the_outcome_of_the_first_message);
    tcase_add_test(tests, the_same_id_with_another_body_is_refused_and_not_dropped);
    tcase_add_test(tests, an_id_twice_in_one_turn_is_found_before_it_is_handled);
    tcase_add_test(tests, a_duplicate_of_a_refused_message_makes_no_second_dead_letter);
    tcase_add_test(tests, a_turn_whose_ids_are_all_known_is_already_applied);
    tcase_add_test(tests, a_commit_moves_each_source_behind_the_last_of_its_messages);
    tcase_add_test(tests, a_turn_of_nothing_but_duplicates_still_moves_its_source);
    tcase_add_test(tests, a_source_with_another_position_moves_nothing);
    tcase_add_test(tests, a_turn_that_another_gateway_applied_changes_nothing_and_moves_the_source);
    tcase_add_test(tests, a_commit_that_is_sent_again_is_applied_once);
    tcase_add_test(tests, a_sender_who_waits_gets_the_reason_and_no_dead_letter_is_kept);
    tcase_add_test(tests, syntax_comes_before_semantics);
    tcase_add_test(tests, a_message_with_permanently_refused_data_is_refused);
    tcase_add_test(tests, a_message_that_is_left_out_has_no_effect_and_moves_no_source);
    tcase_add_test(tests, a_dead_letter_that_is_replayed_successfully_is_deleted);
    tcase_add_test(tests, a_dead_letter_that_is_refused_again_stays_with_its_new_reason);
    tcase_add_test(tests, a_dead_letter_that_two_replay_at_once_is_applied_once);
    tcase_add_test(tests, the_second_of_two_turns_on_one_product_repeats_on_the_result_of_the_first);
    tcase_add_test(tests, a_product_that_a_turn_only_read_is_checked_too);
    tcase_add_test(tests, a_batch_that_was_absent_and_created_meanwhile_is_a_conflict);
    tcase_add_test(tests, a_turn_on_other_products_is_no_conflict);
    tcase_add_test(tests, a_turn_in_two_halves_ends_as_the_whole);
    tcase_add_test(tests, a_turn_that_changes_nothing_commits_nothing);
    tcase_add_test(tests, a_status_of_the_repository_is_passed_on);
    tcase_add_test(tests, one_message_that_needs_more_than_a_turn_may_use_is_refused_for_good);
    tcase_add_test(tests, what_a_turn_expects_is_the_same_for_the_same_references_and_no_others);
    suite_add_tcase(suite, tests);
    return suite;
}
