/* SPDX-License-Identifier: Apache-2.0 */
/* Turn after turn: what a worker requests from the repository, and what it takes from its cache. */
#include "shop.h"

static struct shop owner;
static struct shop *const shop = &owner;
static struct shop beside;
static struct shop *const rival = &beside;

static const struct gw_repository_ops *plugin;
static bool fail_next_load;
static void *promoted_session; /* of another repository, which everything goes to; NULL: none */
static uint64_t products_asked;
static uint64_t lines_asked;
static uint64_t refs_asked;
static uint64_t ids_asked;
static uint64_t loads;

static enum gw_status load(struct gw_session *session, const struct gw_load_request *request,
                           const struct gw_load_visitor *visitor, struct gw_error *reterr)
{
    if (fail_next_load) {
        fail_next_load = false;
        return GW_TRANSIENT;
    }
    loads++;
    products_asked += request->products.count;
    lines_asked += request->lines.count;
    refs_asked += request->batches.count;
    ids_asked += request->ids.count;
    return plugin->load(promoted_session != NULL ? promoted_session : session, request, visitor, reterr);
}

static enum gw_status apply(struct gw_session *session, const struct gw_changeset *changeset,
                            struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    return plugin->apply(promoted_session != NULL ? promoted_session : session, changeset, ret_result, reterr);
}

static void set_up(void)
{
    shop_open(shop);
    shop_open_beside(rival, shop);
    plugin = shop->plugin.descriptor->ops;
    shop->ops.load = load;
    shop->ops.apply = apply;
    require(shop_new_turn(shop, SHOP_TURN_MAX_BYTES) == GW_OK);
}

static void tear_down(void)
{
    shop_close(rival);
    shop_close(shop);
}

static enum gw_status commit(void)
{
    enum gw_status status = shop_attempt(shop);

    return status == GW_OK ? gw_turn_commit(shop->turn, &shop->error) : status;
}

/* Ends the turn of the added messages. Returns the number of lists of batches that were requested. */
static uint64_t run(void)
{
    products_asked = lines_asked = refs_asked = ids_asked = loads = 0;
    require(commit() == GW_OK);
    shop_next_turn(shop);
    return products_asked;
}

/* The rival has no cache. */
static void run_rival(void)
{
    shop_run(rival);
    require(shop_new_turn(rival, SHOP_TURN_MAX_BYTES) == GW_OK);
    shop_next_turn(rival);
}

/* Stock that the worker has not seen. */
static void create_stock(void)
{
    shop_create(rival, "b1", "LAMP", 10, NULL);
    shop_create(rival, "b2", "LAMP", 100, NULL);
    shop_create(rival, "b3", "LAMP", 100, NULL);
    shop_create(rival, "b4", "LAMP", 100, NULL);
    shop_create(rival, "c1", "RUG", 100, NULL);
    run_rival();
}

static void order_both(const char *orderid)
{
    shop_allocate(shop, orderid, "LAMP", 2);
    shop_allocate(shop, orderid, "RUG", 2);
}

START_TEST(a_product_of_the_last_turn_is_not_requested_again)
{
    create_stock();
    order_both("o1");
    ck_assert_uint_eq(run(), 2);
    for (int turn = 0; turn < 3; turn++) {
        order_both(turn == 0 ? "o2" : turn == 1 ? "o3" : "o4");
        ck_assert_uint_eq(run(), 0);
    }
    ck_assert_str_eq(shop_stock(shop, "LAMP"), "b1 2, b2 100, b3 100, b4 100");
}
END_TEST

/* ---- lines ------------------------------------------------------------------------------------------------------- */

START_TEST(a_line_is_presumed_free_after_a_successful_turn)
{
    create_stock();
    order_both("o1");
    (void)run();
    ck_assert_uint_eq(lines_asked, 2);
    order_both("o2");
    (void)run();
    ck_assert_uint_eq(lines_asked, 0);
    ck_assert_uint_eq(loads, 0);
    ck_assert_str_eq(shop_order(shop, "o2"), "LAMP b1 2, RUG c1 2");
}
END_TEST

START_TEST(a_line_that_was_wrongly_presumed_free_is_loaded_after_the_conflict)
{
    create_stock();
    order_both("o1");
    (void)run();
    order_both("o1");
    ck_assert_int_eq(commit(), GW_CONFLICT);
    lines_asked = 0;
    ck_assert_int_eq(commit(), GW_OK);
    ck_assert_uint_eq(lines_asked, 2);
    ck_assert_str_eq(shop_result(shop, 0), "skipped");
    shop_next_turn(shop);
    ck_assert_str_eq(shop_stock(shop, "LAMP"), "b1 8, b2 100, b3 100, b4 100");
}
END_TEST

START_TEST(lines_are_loaded_in_the_turns_after_a_wrong_presumption)
{
    create_stock();
    order_both("o1");
    (void)run();
    order_both("o1");
    ck_assert_int_eq(commit(), GW_CONFLICT);
    (void)run();
    for (int turn = 0; turn < 2; turn++) {
        order_both(turn == 0 ? "o2" : "o3");
        ck_assert_uint_eq(run(), 0); /* the products were not to blame */
        ck_assert_uint_eq(lines_asked, 2);
    }
    order_both("o4");
    (void)run();
    ck_assert_uint_eq(lines_asked, 0);
}
END_TEST

START_TEST(only_a_line_without_room_is_loaded)
{
    create_stock();
    order_both("o1");
    (void)run();
    shop_allocate(shop, "o2", "LAMP", 2);
    shop_allocate(shop, "o2", "RUG", 99);
    (void)run();
    ck_assert_uint_eq(lines_asked, 1);
    ck_assert_ptr_nonnull(strstr(shop_events(shop), "OutOfStock RUG o2 99"));
}
END_TEST

START_TEST(lines_that_may_exceed_the_stock_are_loaded)
{
    create_stock();
    order_both("o1");
    (void)run();
    shop_allocate(shop, "o2", "RUG", 97);
    shop_allocate(shop, "o1", "RUG", 2);
    (void)run();
    ck_assert_uint_eq(lines_asked, 1);
    ck_assert_ptr_null(strstr(shop_events(shop), "OutOfStock"));
    ck_assert_str_eq(shop_order(shop, "o2"), "RUG c1 97");
}
END_TEST

START_TEST(lines_that_several_batches_have_room_for_are_presumed_free)
{
    create_stock();
    for (int64_t qty = 1; qty <= 4; qty++)
        shop_allocate(shop, "o1", "LAMP", qty);
    (void)run(); /* now all four are cached, and b1 is full */
    shop_allocate(shop, "o2", "LAMP", 90);
    shop_allocate(shop, "o3", "LAMP", 90);
    (void)run();
    ck_assert_uint_eq(lines_asked, 0);
    ck_assert_str_eq(shop_stock(shop, "LAMP"), "b1 0, b2 10, b3 10, b4 100");
}
END_TEST

START_TEST(lines_for_a_batch_that_the_turn_makes_are_presumed_free)
{
    create_stock();
    order_both("o1");
    (void)run();
    shop_allocate(shop, "o2", "RUG", 200); /* before it: there is none for this one */
    shop_create(shop, "c2", "RUG", 300, NULL);
    shop_allocate(shop, "o3", "RUG", 250);
    (void)run();
    ck_assert_uint_eq(lines_asked, 1);
    ck_assert_ptr_nonnull(strstr(shop_events(shop), "OutOfStock RUG o2 200"));
    ck_assert_str_eq(shop_order(shop, "o3"), "RUG c2 250");
}
END_TEST

START_TEST(a_line_whose_new_batch_is_refused_is_loaded)
{
    create_stock();
    order_both("o1");
    (void)run();
    shop_create(shop, "c1", "RUG", 300, NULL); /* there is such a batch */
    shop_allocate(shop, "o2", "RUG", 250);
    ck_assert_int_eq(commit(), GW_CONFLICT);
    lines_asked = 0;
    ck_assert_int_eq(commit(), GW_OK);
    ck_assert_uint_ge(lines_asked, 1);
    shop_next_turn(shop);
    ck_assert_ptr_nonnull(strstr(shop_events(shop), "OutOfStock RUG o2 250"));
}
END_TEST

START_TEST(out_of_stock_is_not_raised_for_a_line_that_was_not_loaded)
{
    create_stock();
    order_both("o1");
    (void)run();
    shop_change(shop, "c1", 3);
    shop_allocate(shop, "o1", "RUG", 2); /* it is held, and there was room for it when the turn began */
    shop_allocate(shop, "o2", "LAMP", 3);
    (void)run();
    ck_assert_uint_eq(lines_asked, 2); /* the one of the product that ran out, and again with more of its batches */
    ck_assert_ptr_null(strstr(shop_events(shop), "OutOfStock"));
    ck_assert_str_eq(shop_order(shop, "o2"), "LAMP b1 3");
}
END_TEST

START_TEST(a_line_to_deallocate_is_always_loaded)
{
    create_stock();
    order_both("o1");
    (void)run();
    shop_allocate(shop, "o2", "LAMP", 3);
    shop_deallocate(shop, "o2", "LAMP", 3);
    (void)run();
    ck_assert_uint_eq(lines_asked, 1);
    ck_assert_str_eq(shop_stock(shop, "LAMP"), "b1 8, b2 100, b3 100, b4 100");
}
END_TEST

/* ---- references of new batches ----------------------------------------------------------------------------------- */

START_TEST(a_reference_is_presumed_free_after_a_successful_turn)
{
    create_stock();
    order_both("o1");
    (void)run();
    shop_create(shop, "c2", "RUG", 5, NULL);
    (void)run();
    ck_assert_uint_eq(loads, 0);
    ck_assert_str_eq(shop_stock(shop, "RUG"), "c1 98, c2 5");
}
END_TEST

START_TEST(a_reference_that_was_wrongly_presumed_free_is_loaded_after_the_conflict)
{
    create_stock();
    shop_create(rival, "s1", "SOFA", 3, NULL);
    run_rival();
    order_both("o1");
    (void)run();
    shop_create(shop, "s1", "RUG", 5, NULL);
    ck_assert_int_eq(commit(), GW_CONFLICT);
    refs_asked = 0;
    ck_assert_int_eq(commit(), GW_OK);
    ck_assert_uint_eq(refs_asked, 1);
    ck_assert_str_eq(shop_result(shop, 0), "dead: Batch s1 already exists for sku SOFA");
    shop_next_turn(shop);
}
END_TEST

START_TEST(a_reference_whose_batch_is_reported_is_skipped_without_a_conflict)
{
    create_stock();
    order_both("o1");
    (void)run();
    shop_create(rival, "s1", "SOFA", 3, NULL);
    run_rival();
    shop_create(shop, "s1", "SOFA", 3, NULL);
    shop_allocate(shop, "o2", "SOFA", 2);
    ck_assert_int_eq(commit(), GW_OK);
    ck_assert_str_eq(shop_result(shop, 0), "skipped");
    shop_next_turn(shop);
}
END_TEST

START_TEST(a_batch_reported_beside_a_presumption_proves_nothing_about_others)
{
    create_stock();
    order_both("o1");
    (void)run();
    shop_create(rival, "s1", "SOFA", 9, NULL);
    shop_create(rival, "s2", "SOFA", 1, NULL);
    run_rival();
    shop_create(shop, "s1", "SOFA", 9, NULL);
    shop_allocate(shop, "o2", "SOFA", 9); /* only s1 has room for it */
    shop_allocate(shop, "o3", "SOFA", 1); /* and s2 for this one */
    ck_assert_int_eq(commit(), GW_OK);
    shop_next_turn(shop);
    ck_assert_str_eq(shop_order(shop, "o3"), "SOFA s2 1");
}
END_TEST

START_TEST(a_batch_whose_quantity_changes_is_always_loaded)
{
    create_stock();
    order_both("o1");
    (void)run();
    shop_create(shop, "c2", "RUG", 5, NULL);
    shop_change(shop, "c2", 4);
    (void)run();
    ck_assert_uint_eq(refs_asked, 1);
    ck_assert_str_eq(shop_stock(shop, "RUG"), "c1 98, c2 4");
}
END_TEST

/* ---- what others do ---------------------------------------------------------------------------------------------- */

/* ---- message ids ------------------------------------------------------------------------------------------------- */

/* An order whose message has an id and a body. */
static void order_with_id(struct shop *of, const char *orderid, const uint8_t *id, const uint8_t *body)
{
    of->next.id = id;
    of->next.fingerprint = body;
    shop_allocate(of, orderid, "RUG", 2);
    of->next.id = of->next.fingerprint = NULL;
}

static const uint8_t ids[3][GW_ID_BYTES] = {{1}, {2}, {3}};
static const uint8_t bodies[2][GW_DIGEST_BYTES] = {{4}, {5}};

START_TEST(ids_are_presumed_new_after_a_successful_turn)
{
    create_stock();
    order_with_id(shop, "o1", ids[0], bodies[0]);
    (void)run();
    ck_assert_uint_eq(ids_asked, 1);
    order_with_id(shop, "o2", ids[1], bodies[0]);
    (void)run();
    ck_assert_uint_eq(loads, 0);
    ck_assert_str_eq(shop_stock(shop, "RUG"), "c1 96");
}
END_TEST

/* The repository reports that the turn was applied before, because all its ids are known. */
START_TEST(a_turn_of_ids_that_were_wrongly_presumed_new_is_loaded_after_the_conflict)
{
    create_stock();
    order_with_id(shop, "o1", ids[0], bodies[0]);
    (void)run();
    order_with_id(shop, "o1", ids[0], bodies[0]);
    order_with_id(shop, "o2", ids[0], bodies[1]);
    ck_assert_int_eq(commit(), GW_CONFLICT);
    ids_asked = 0;
    ck_assert_int_eq(commit(), GW_OK);
    ck_assert_uint_eq(ids_asked, 2);
    ck_assert_str_eq(shop_result(shop, 0), "duplicate of applied");
    ck_assert_str_eq(shop_result(shop, 1), "dead: this message id was used before with another body");
    shop_next_turn(shop);
    order_with_id(shop, "o3", ids[1], bodies[0]);
    (void)run();
    ck_assert_uint_eq(ids_asked, 1); /* the presumption was wrong a turn ago */
}
END_TEST

START_TEST(one_known_id_among_new_ones_is_a_duplicate_after_the_conflict)
{
    create_stock();
    order_with_id(shop, "o1", ids[0], bodies[0]);
    (void)run();
    order_with_id(rival, "o2", ids[1], bodies[0]);
    run_rival();
    order_with_id(shop, "o2", ids[1], bodies[0]);
    order_with_id(shop, "o3", ids[2], bodies[0]);
    ck_assert_int_eq(commit(), GW_CONFLICT);
    ck_assert_int_eq(commit(), GW_OK);
    ck_assert_str_eq(shop_result(shop, 0), "duplicate of applied");
    ck_assert_str_eq(shop_result(shop, 1), "applied");
    ck_assert_str_eq(shop_stock(shop, "RUG"), "c1 94");
}
END_TEST

START_TEST(an_unknown_sku_is_cached_until_it_exists)
{
    shop_allocate(shop, "o1", "SOFA", 1);
    ck_assert_uint_eq(run(), 1);
    shop_allocate(shop, "o1", "SOFA", 1);
    ck_assert_uint_eq(run(), 0);
    shop_create(rival, "s1", "SOFA", 3, NULL);
    run_rival();
    shop_allocate(shop, "o1", "SOFA", 1);
    ck_assert_int_eq(commit(), GW_CONFLICT);
    ck_assert_uint_eq(run(), 1);
    ck_assert_str_eq(shop_order(shop, "o1"), "SOFA s1 1");
}
END_TEST

START_TEST(a_list_that_was_used_up_is_requested_again_and_longer)
{
    create_stock();
    shop_allocate(shop, "o1", "LAMP", 9);
    ck_assert_uint_eq(run(), 1); /* b1 and b2; b1 has no room for nine more now */
    shop_allocate(shop, "o2", "LAMP", 9);
    ck_assert_uint_eq(run(), 1);
    shop_allocate(shop, "o3", "LAMP", 92);
    ck_assert_uint_eq(run(), 0);
    ck_assert_str_eq(shop_order(shop, "o3"), "LAMP b3 92");
    shop_allocate(shop, "o4", "LAMP", 1); /* no batch before b2 is known to have room */
    ck_assert_uint_eq(run(), 1);
    ck_assert_str_eq(shop_order(shop, "o4"), "LAMP b1 1");
}
END_TEST

START_TEST(a_product_that_another_worker_changed_is_loaded_after_the_conflict)
{
    create_stock();
    order_both("o1");
    (void)run();
    shop_allocate(rival, "o2", "LAMP", 7);
    run_rival();
    order_both("o3");
    products_asked = 0;
    ck_assert_int_eq(commit(), GW_CONFLICT);
    ck_assert_uint_eq(products_asked, 0);
    ck_assert_uint_eq(run(), 2); /* it is not known which of them it was */
    ck_assert_str_eq(shop_order(shop, "o3"), "LAMP b2 2, RUG c1 2");
    order_both("o4");
    ck_assert_uint_eq(run(), 2); /* nothing is relied on for a while, and LAMP for a little longer */
    order_both("o5");
    ck_assert_uint_eq(run(), 1);
    order_both("o6");
    ck_assert_uint_eq(run(), 0);
}
END_TEST

/* A batch that a rival has filled since holds the line, so the repository reports its product too. */
START_TEST(the_repositorys_answer_replaces_the_cached_entry)
{
    create_stock();
    shop_allocate(shop, "o1", "LAMP", 2);
    (void)run();
    shop_allocate(rival, "o2", "LAMP", 8);
    run_rival();
    shop_deallocate(shop, "o2", "LAMP", 8);
    shop_allocate(shop, "o3", "LAMP", 3);
    ck_assert_uint_eq(run(), 1);
    ck_assert_str_eq(shop_order(shop, "o3"), "LAMP b1 3");
    ck_assert_str_eq(shop_stock(shop, "LAMP"), "b1 5, b2 100, b3 100, b4 100");
    shop_change(rival, "b1", 5);
    run_rival();
    shop_change(shop, "b1", 6);
    shop_allocate(shop, "o4", "LAMP", 2);
    (void)run();
    ck_assert_str_eq(shop_order(shop, "o4"), "LAMP b2 2");
}
END_TEST

/* A restored or lagging database can reach a version a second time, with another stock. */
START_TEST(a_failure_empties_the_cache)
{
    create_stock();
    order_both("o1");
    (void)run();
    order_both("o2");
    shop_deallocate(shop, "o3", "LAMP", 2); /* whether that is held has to be asked */
    fail_next_load = true;
    ck_assert_int_eq(commit(), GW_TRANSIENT);
    ck_assert_uint_eq(run(), 2);
    order_both("o3");
    ck_assert_uint_eq(run(), 0);
}
END_TEST

/* A standby that lacks the worker's own order is promoted, and sells the stock to others up to the version in the
 * worker's cache. The worker cannot see that it talks to another server. */
START_TEST(a_version_of_another_history_is_a_conflict)
{
    struct shop promoted;
    enum gw_status status = GW_CONFLICT;

    shop_open(&promoted);
    shop_create(&promoted, "b1", "LAMP", 10, NULL);
    shop_run(&promoted);
    shop_create(rival, "b1", "LAMP", 10, NULL);
    run_rival();
    shop_allocate(shop, "o1", "LAMP", 5);
    (void)run();
    shop_next_turn(&promoted);
    shop_allocate(&promoted, "other", "LAMP", 10);
    shop_run(&promoted);
    promoted_session = promoted.session;
    shop_allocate(shop, "o2", "LAMP", 5);
    ck_assert_int_eq(commit(), GW_CONFLICT);
    for (int attempt = 0; attempt < 3 && status == GW_CONFLICT; attempt++)
        status = commit();
    ck_assert_int_eq(status, GW_OK);
    ck_assert_str_eq(shop_order(&promoted, "o2"), "");
    ck_assert_str_eq(shop_stock(&promoted, "LAMP"), "b1 0");
    shop_close(&promoted);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("cached");
    TCase *tests = tcase_create("asked");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_product_of_the_last_turn_is_not_requested_again);
    tcase_add_test(tests, a_line_is_presumed_free_after_a_successful_turn);
    tcase_add_test(tests, a_line_that_was_wrongly_presumed_free_is_loaded_after_the_conflict);
    tcase_add_test(tests, lines_are_loaded_in_the_turns_after_a_wrong_presumption);
    tcase_add_test(tests, only_a_line_without_room_is_loaded);
    tcase_add_test(tests, lines_that_may_exceed_the_stock_are_loaded);
    tcase_add_test(tests, lines_that_several_batches_have_room_for_are_presumed_free);
    tcase_add_test(tests, lines_for_a_batch_that_the_turn_makes_are_presumed_free);
    tcase_add_test(tests, a_line_whose_new_batch_is_refused_is_loaded);
    tcase_add_test(tests, out_of_stock_is_not_raised_for_a_line_that_was_not_loaded);
    tcase_add_test(tests, a_line_to_deallocate_is_always_loaded);
    tcase_add_test(tests, a_reference_is_presumed_free_after_a_successful_turn);
    tcase_add_test(tests, a_reference_that_was_wrongly_presumed_free_is_loaded_after_the_conflict);
    tcase_add_test(tests, a_reference_whose_batch_is_reported_is_skipped_without_a_conflict);
    tcase_add_test(tests, a_batch_reported_beside_a_presumption_proves_nothing_about_others);
    tcase_add_test(tests, a_batch_whose_quantity_changes_is_always_loaded);
    tcase_add_test(tests, ids_are_presumed_new_after_a_successful_turn);
    tcase_add_test(tests, a_turn_of_ids_that_were_wrongly_presumed_new_is_loaded_after_the_conflict);
    tcase_add_test(tests, one_known_id_among_new_ones_is_a_duplicate_after_the_conflict);
    tcase_add_test(tests, an_unknown_sku_is_cached_until_it_exists);
    tcase_add_test(tests, a_list_that_was_used_up_is_requested_again_and_longer);
    tcase_add_test(tests, a_product_that_another_worker_changed_is_loaded_after_the_conflict);
    tcase_add_test(tests, the_repositorys_answer_replaces_the_cached_entry);
    tcase_add_test(tests, a_failure_empties_the_cache);
    tcase_add_test(tests, a_version_of_another_history_is_a_conflict);
    suite_add_tcase(suite, tests);
    return suite;
}
