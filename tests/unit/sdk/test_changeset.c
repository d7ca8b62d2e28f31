/* SPDX-License-Identifier: Apache-2.0 */
/* What a repository checks in a changeset before it compares anything. */
#include "check_main.h"

#include <gangway/sdk/changeset.h>

static struct gw_product_change products[2];
static struct gw_batch_insert batch_insert;
static struct gw_batch_update batch_update;
static struct gw_line_delete line_delete;
static struct gw_line_insert line_insert;
static struct gw_effect effects[2];
static struct gw_changeset set;
static struct gw_error error;

static struct gw_array array_of(const void *items, uint32_t count, size_t stride)
{
    return (struct gw_array){items, count, (uint32_t)stride};
}

/* A changeset with one item of each kind, all of the second product. */
static void set_up(void)
{
    products[0] = (struct gw_product_change){.sku = gw_text_of("CHAIR"), .expected = 0, .version = 0};
    products[1] = (struct gw_product_change){.sku = gw_text_of("TABLE"), .expected = 3, .version = 4};
    batch_insert = (struct gw_batch_insert){.product = 1};
    batch_update = (struct gw_batch_update){.product = 1};
    line_delete = (struct gw_line_delete){.product = 1};
    line_insert = (struct gw_line_insert){.product = 1};
    effects[0] = (struct gw_effect){.product = 1};
    effects[1] = (struct gw_effect){.product = 1};
    set = (struct gw_changeset){
        .size = sizeof set,
        .stamp = 7,
        .products = array_of(products, 2, sizeof products[0]),
        .batch_inserts = array_of(&batch_insert, 1, sizeof batch_insert),
        .batch_updates = array_of(&batch_update, 1, sizeof batch_update),
        .line_deletes = array_of(&line_delete, 1, sizeof line_delete),
        .line_inserts = array_of(&line_insert, 1, sizeof line_insert),
        .effects = array_of(effects, 2, sizeof effects[0]),
    };
    error = (struct gw_error){0};
}

static void assert_refused(void)
{
    ck_assert_int_eq(gw_changeset_check(&set, &error), GW_INTERNAL);
    ck_assert_int_eq(error.status, GW_INTERNAL);
    ck_assert_int_eq(gw_changeset_check(&set, NULL), GW_INTERNAL);
}

START_TEST(a_changeset_by_the_rules_is_ok_and_so_is_an_empty_one)
{
    struct gw_changeset empty = {.size = sizeof empty};

    ck_assert_int_eq(gw_changeset_check(&set, &error), GW_OK);
    ck_assert_int_eq(gw_changeset_check(&empty, &error), GW_OK);
    ck_assert_int_eq(error.status, GW_OK);
}
END_TEST

START_TEST(an_index_that_no_product_has_is_internal_in_every_part)
{
    uint32_t *indices[] = {&batch_insert.product, &batch_update.product, &line_delete.product, &line_insert.product,
                           &effects[1].product};

    for (size_t i = 0; i < sizeof indices / sizeof indices[0]; i++) {
        set_up();
        *indices[i] = 2;
        assert_refused();
        *indices[i] = UINT32_MAX;
        assert_refused();
        *indices[i] = 0; /* a product that does not exist, and is not made */
        assert_refused();
        products[0].version = 1;
        ck_assert_int_eq(gw_changeset_check(&set, &error), GW_OK);
    }
}
END_TEST

START_TEST(a_version_below_zero_or_below_the_expected_one_is_internal)
{
    products[1].version = 2;
    assert_refused();
    products[1].version = 3; /* only read */
    ck_assert_int_eq(gw_changeset_check(&set, &error), GW_OK);
    products[1].expected = -1;
    assert_refused();
}
END_TEST

START_TEST(a_stamp_out_of_range_is_internal_and_the_last_effect_counts)
{
    set.stamp = 0;
    ck_assert_int_eq(gw_changeset_check(&set, &error), GW_OK);
    set.stamp = -1;
    assert_refused();
    set.stamp = GW_STAMP_MAX;
    assert_refused(); /* the second effect has one more */
    set.stamp = GW_STAMP_MAX - 1;
    ck_assert_int_eq(gw_changeset_check(&set, &error), GW_OK);
    set.stamp = 1;
    ck_assert_int_eq(gw_changeset_check(&set, &error), GW_OK);
}
END_TEST

START_TEST(a_product_is_found_by_its_index_whatever_the_stride)
{
    struct {
        struct gw_product_change change;
        uint64_t newer_field;
    } longer[2] = {{products[0], 1}, {products[1], 2}};

    ck_assert_ptr_eq(gw_changeset_product(&set, 1), &products[1]);
    set.products = array_of(longer, 2, sizeof longer[0]);
    ck_assert(gw_text_is(gw_changeset_product(&set, 1)->sku, "TABLE"));
}
END_TEST

START_TEST(quantities_in_order_are_ok_and_all_others_are_permanent)
{
    struct gw_text ref = gw_text_of("B1");

    ck_assert_int_eq(gw_quantities_check(ref, 0, 0, &error), GW_OK);
    ck_assert_int_eq(gw_quantities_check(ref, GW_QUANTITY_MAX, GW_QUANTITY_MAX, &error), GW_OK);
    ck_assert_int_eq(error.status, GW_OK);
    ck_assert_int_eq(gw_quantities_check(ref, 5, 6, &error), GW_PERMANENT);
    ck_assert_ptr_nonnull(strstr(error.text, "B1"));
    ck_assert_int_eq(gw_quantities_check(ref, 5, -1, &error), GW_PERMANENT);
    ck_assert_int_eq(gw_quantities_check(ref, (int64_t)GW_QUANTITY_MAX + 1, 0, &error), GW_PERMANENT);
    ck_assert_int_eq(gw_quantities_check(ref, -1, -1, NULL), GW_PERMANENT);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("sdk_changeset");
    TCase *tests = tcase_create("changeset");

    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, a_changeset_by_the_rules_is_ok_and_so_is_an_empty_one);
    tcase_add_test(tests, an_index_that_no_product_has_is_internal_in_every_part);
    tcase_add_test(tests, a_version_below_zero_or_below_the_expected_one_is_internal);
    tcase_add_test(tests, a_stamp_out_of_range_is_internal_and_the_last_effect_counts);
    tcase_add_test(tests, a_product_is_found_by_its_index_whatever_the_stride);
    tcase_add_test(tests, quantities_in_order_are_ok_and_all_others_are_permanent);
    suite_add_tcase(suite, tests);
    return suite;
}
