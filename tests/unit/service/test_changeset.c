/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a turn's changeset: what was read and what changed, in the order that the port requires. */
#include "shop.h"

#include <gangway/scope.h>

#include <stdio.h>

static struct shop shop;
static const struct gw_changeset *set;

static void set_up(void)
{
    shop_open(&shop);
    shop_create(&shop, "b1", "LAMP", 10, NULL);
    shop_create(&shop, "b2", "RUG", 10, NULL);
    shop_create(&shop, "b3", "SOFA", 10, NULL);
    shop_allocate(&shop, "o1", "RUG", 2);
    shop_run(&shop);
    shop_next_turn(&shop);
}

static void tear_down(void)
{
    shop_close(&shop);
}

static void attempt(void)
{
    ck_assert_int_eq(shop_attempt(&shop), GW_OK);
    set = gw_turn_changeset(shop.turn);
}

/* `LAMP 1 to 2; ` */
static const char *products(void)
{
    gw_buffer_reset(&shop.answer);
    gw_buffer_append_string(&shop.answer, "");
    for (uint32_t index = 0; index < set->products.count; index++) {
        const struct gw_product_change *change = gw_array_at(&set->products, index);

        gw_buffer_append_format(&shop.answer, "%.*s %lld to %lld; ", (int)change->sku.len, change->sku.ptr,
                                (long long)change->expected, (long long)change->version);
    }
    return shop.answer.ptr;
}

/* `-RUG o1 2; ` for a line that leaves, `+RUG o1 2 in b2 since 5; ` for one that comes. */
static const char *lines(void)
{
    gw_buffer_reset(&shop.answer);
    gw_buffer_append_string(&shop.answer, "");
    for (uint32_t index = 0; index < set->line_deletes.count; index++) {
        const struct gw_line_delete *line = gw_array_at(&set->line_deletes, index);
        const struct gw_product_change *product = gw_array_at(&set->products, line->product);

        gw_buffer_append_format(&shop.answer, "-%.*s %.*s %lld; ", (int)product->sku.len, product->sku.ptr,
                                (int)line->orderid.len, line->orderid.ptr, (long long)line->qty);
    }
    for (uint32_t index = 0; index < set->line_inserts.count; index++) {
        const struct gw_line_insert *line = gw_array_at(&set->line_inserts, index);
        const struct gw_product_change *product = gw_array_at(&set->products, line->product);

        gw_buffer_append_format(&shop.answer, "+%.*s %.*s %lld in %.*s since %lld; ", (int)product->sku.len,
                                product->sku.ptr, (int)line->orderid.len, line->orderid.ptr, (long long)line->qty,
                                (int)line->ref.len, line->ref.ptr, (long long)line->seq);
    }
    return shop.answer.ptr;
}

START_TEST(changed_and_read_products_are_sorted_by_sku)
{
    shop_allocate(&shop, "o2", "SOFA", 1);
    shop_allocate(&shop, "o2", "RUG", 100); /* out of stock: read */
    shop_allocate(&shop, "o2", "NOBODY", 1);
    shop_change(&shop, "b1", 10); /* skipped: read */
    attempt();
    ck_assert_str_eq(products(), "LAMP 1 to 1; NOBODY 0 to 0; RUG 2 to 2; SOFA 1 to 2; ");
}
END_TEST

static const struct gw_product_change *product(const char *sku)
{
    for (uint32_t index = 0; index < set->products.count; index++) {
        const struct gw_product_change *change = gw_array_at(&set->products, index);

        if (gw_text_is(change->sku, sku))
            return change;
    }
    return NULL;
}

START_TEST(each_attempt_has_a_stamp_of_its_own)
{
    int64_t first;

    shop_allocate(&shop, "o2", "SOFA", 1);
    attempt();
    first = set->stamp;
    ck_assert(first >= 1 && first <= GW_STAMP_MAX);
    attempt();
    ck_assert_int_ne(set->stamp, first);
}
END_TEST

START_TEST(a_product_is_expected_at_the_stamp_of_the_changeset_that_raised_it_last)
{
    int64_t stamp;

    shop_allocate(&shop, "o2", "SOFA", 1);
    shop_allocate(&shop, "o2", "RUG", 100); /* out of stock: read */
    attempt();
    stamp = set->stamp;
    ck_assert(gw_turn_commit(shop.turn, &shop.error) == GW_OK);
    shop_next_turn(&shop);
    shop_allocate(&shop, "o3", "SOFA", 1);
    shop_allocate(&shop, "o3", "RUG", 1);
    shop_allocate(&shop, "o3", "NOBODY", 1);
    attempt();
    ck_assert_int_eq(product("SOFA")->stamp, stamp);
    ck_assert_int_ne(product("RUG")->stamp, stamp);
    ck_assert_int_ne(product("RUG")->stamp, 0);
    ck_assert_int_eq(product("NOBODY")->stamp, 0);
}
END_TEST

START_TEST(events_are_counted_for_each_product_over_all_types)
{
    shop_allocate(&shop, "o2", "SOFA", 1);
    shop_allocate(&shop, "o2", "RUG", 100); /* out of stock */
    shop_deallocate(&shop, "o2", "SOFA", 1);
    shop_allocate(&shop, "o2", "SOFA", 1);
    shop_change(&shop, "b1", 10); /* skipped */
    attempt();
    ck_assert_uint_eq(product("SOFA")->events, 3);
    ck_assert_uint_eq(product("RUG")->events, 1);
    ck_assert_uint_eq(product("LAMP")->events, 0);
    ck_assert_uint_gt(set->effects.count, 0);
    for (uint32_t index = 0; index < set->effects.count; index++) {
        const struct gw_effect *effect = gw_array_at(&set->effects, index);
        const struct gw_product_change *change = gw_array_at(&set->products, effect->product);

        ck_assert(effect->event >= 1 && effect->event <= change->events);
    }
}
END_TEST

START_TEST(a_batch_is_expected_with_the_quantities_that_were_loaded)
{
    const struct gw_batch_update *update;

    shop_allocate(&shop, "o2", "LAMP", 2);
    shop_allocate(&shop, "o3", "LAMP", 3);
    shop_change(&shop, "b1", 9);
    attempt();
    ck_assert_uint_eq(set->batch_updates.count, 1);
    update = gw_array_at(&set->batch_updates, 0);
    ck_assert_int_eq(update->old_purchased, 10);
    ck_assert_int_eq(update->purchased, 9);
    ck_assert_int_eq(update->allocated - update->old_allocated, 5);
}
END_TEST

START_TEST(any_number_of_products_is_sorted_by_the_bytes_of_the_sku)
{
    char skus[300][8];

    for (int index = 0; index < _i; index++) {
        (void)snprintf(skus[index], sizeof skus[index], "%x", (unsigned)index * 7919 % 65521);
        shop_allocate(&shop, "o2", skus[index], 1);
    }
    attempt();
    ck_assert_uint_eq(set->products.count, (unsigned)_i);
    for (uint32_t index = 1; index < set->products.count; index++) {
        const struct gw_product_change *one = gw_array_at(&set->products, index - 1);
        const struct gw_product_change *next = gw_array_at(&set->products, index);

        require(gw_text_compare(one->sku, next->sku) < 0);
    }
}
END_TEST

START_TEST(a_reference_that_was_not_found_must_stay_absent)
{
    shop_change(&shop, "nobody's", 5);
    shop_create(&shop, "new", "LAMP", 5, NULL); /* its insert requires that the reference is free */
    attempt();
    ck_assert_uint_eq(set->absent_refs.count, 1);
    ck_assert(gw_text_is(*(const struct gw_text *)gw_array_at(&set->absent_refs, 0), "nobody's"));
    ck_assert_uint_eq(set->batch_inserts.count, 1);
}
END_TEST

START_TEST(a_batch_is_new_or_changed_or_not_there)
{
    const struct gw_batch_insert *insert;
    const struct gw_batch_update *update;

    shop_create(&shop, "new", "LAMP", 5, "2026-02-01");
    shop_change(&shop, "new", 3);
    shop_change(&shop, "b1", 0);
    shop_allocate(&shop, "o2", "LAMP", 1);
    shop_allocate(&shop, "o2", "SOFA", 1);
    shop_deallocate(&shop, "o2", "SOFA", 1); /* b3 is as it was */
    attempt();
    ck_assert_uint_eq(set->batch_inserts.count, 1);
    insert = gw_array_at(&set->batch_inserts, 0);
    ck_assert(gw_text_is(insert->ref, "new"));
    ck_assert_int_eq(insert->purchased, 3);
    ck_assert_int_eq(insert->allocated, 1);
    ck_assert_int_eq(insert->created, 2);
    ck_assert_int_eq(insert->eta, 20260201);
    ck_assert_uint_eq(set->batch_updates.count, 1);
    update = gw_array_at(&set->batch_updates, 0);
    ck_assert(gw_text_is(update->ref, "b1"));
    ck_assert_int_eq(update->purchased, 0);
    ck_assert_uint_eq(update->product, 0);
}
END_TEST

START_TEST(a_line_that_was_deallocated_and_allocated_again_is_replaced)
{
    shop_deallocate(&shop, "o1", "RUG", 2);
    shop_allocate(&shop, "o1", "RUG", 2);
    attempt();
    ck_assert_str_eq(lines(), "-RUG o1 2; +RUG o1 2 in b2 since 4; ");
}
END_TEST

START_TEST(a_line_that_was_allocated_and_deallocated_is_left_out)
{
    shop_allocate(&shop, "o2", "RUG", 2);
    shop_deallocate(&shop, "o2", "RUG", 2);
    attempt();
    ck_assert_str_eq(lines(), "");
    ck_assert_str_eq(products(), "RUG 2 to 4; ");
}
END_TEST

START_TEST(lines_come_in_the_order_of_allocation_over_all_products)
{
    shop_allocate(&shop, "o2", "SOFA", 1);
    shop_allocate(&shop, "o3", "LAMP", 1);
    shop_allocate(&shop, "o2", "RUG", 1);
    shop_deallocate(&shop, "o3", "LAMP", 1);
    shop_allocate(&shop, "o2", "LAMP", 1);
    shop_allocate(&shop, "o3", "LAMP", 1);
    attempt();
    ck_assert_str_eq(lines(), "+SOFA o2 1 in b3 since 2; +RUG o2 1 in b2 since 3; "
                              "+LAMP o2 1 in b1 since 4; +LAMP o3 1 in b1 since 5; ");
}
END_TEST

START_TEST(effects_name_their_product_and_positions_are_sorted_by_source)
{
    struct gw_turn_source sources[] = {{.name = T("b/1"), .position = 3, .mark = 7},
                                       {.name = T("a/2"), .position = GW_OFFSET_NONE}};
    const struct gw_position_change *position;

    for (size_t index = 0; index < gw_array_length(sources); index++) {
        shop.next.source = &sources[index];
        shop.next.next = 10;
        shop.next.mark = 99;
        shop_allocate(&shop, "o2", index == 0 ? "SOFA" : "LAMP", 1);
    }
    attempt();
    ck_assert_uint_eq(((const struct gw_effect *)gw_array_at(&set->effects, 0))->product, 1);
    ck_assert_uint_eq(((const struct gw_effect *)gw_array_at(&set->effects, 1))->product, 0);
    position = gw_array_at(&set->positions, 0);
    ck_assert(gw_text_is(position->source, "a/2"));
    ck_assert_int_eq(position->expected, GW_OFFSET_NONE);
    position = gw_array_at(&set->positions, 1);
    ck_assert(gw_text_is(position->source, "b/1"));
    ck_assert_int_eq(position->expected, 3);
    ck_assert_int_eq(position->next, 10);
    ck_assert_uint_eq(position->mark, 99);
    ck_assert_uint_eq(position->has_mark, 1);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("changeset");
    TCase *tests = tcase_create("parts");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, changed_and_read_products_are_sorted_by_sku);
    tcase_add_test(tests, each_attempt_has_a_stamp_of_its_own);
    tcase_add_test(tests, a_product_is_expected_at_the_stamp_of_the_changeset_that_raised_it_last);
    tcase_add_test(tests, events_are_counted_for_each_product_over_all_types);
    tcase_add_test(tests, a_batch_is_expected_with_the_quantities_that_were_loaded);
    tcase_add_loop_test(tests, any_number_of_products_is_sorted_by_the_bytes_of_the_sku, 0, 300);
    tcase_add_test(tests, a_reference_that_was_not_found_must_stay_absent);
    tcase_add_test(tests, a_batch_is_new_or_changed_or_not_there);
    tcase_add_test(tests, a_line_that_was_deallocated_and_allocated_again_is_replaced);
    tcase_add_test(tests, a_line_that_was_allocated_and_deallocated_is_left_out);
    tcase_add_test(tests, lines_come_in_the_order_of_allocation_over_all_products);
    tcase_add_test(tests, effects_name_their_product_and_positions_are_sorted_by_source);
    suite_add_tcase(suite, tests);
    return suite;
}
