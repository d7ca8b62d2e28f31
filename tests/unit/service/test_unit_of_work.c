/* SPDX-License-Identifier: Apache-2.0 */
/* The unit of work as handlers use it, without a bus: what was read is checked, and what is missing is requested. */
#include "service/unit_of_work.h"
#include "shop.h"

static struct shop shop;
static struct gw_unit_of_work *work;
static struct gw_arena *arena;
static struct gw_load_plan plan;
static struct gw_stock_source *source;
static struct gw_error error;

static struct gw_identifier id(const char *string)
{
    return gw_identifier_make(string, strlen(string));
}

static void want_line(const char *sku)
{
    struct gw_command command = {.type = GW_COMMAND_ALLOCATE, .orderid = id("o1"), .sku = id(sku), .qty = 2};

    ck_assert(gw_load_plan_add_command(&plan, &command));
}

/* A shop with two products; the work wants both. */
static void set_up(void)
{
    shop_open(&shop);
    shop_create(&shop, "b1", "LAMP", 10, NULL);
    shop_create(&shop, "b2", "RUG", 10, NULL);
    shop_run(&shop);
    source = gw_stock_source_new(&shop.ops, shop.session, 8 * 1024 * 1024);
    work = gw_unit_of_work_new(source, 1024 * 1024);
    arena = gw_arena_new(1024 * 1024);
    gw_load_plan_init(&plan, arena);
    want_line("LAMP");
    want_line("RUG");
    ck_assert_int_eq(gw_unit_of_work_begin(work, &plan, &error), GW_OK);
}

static void tear_down(void)
{
    gw_unit_of_work_free(work);
    gw_stock_source_free(source);
    gw_arena_free(arena);
    shop_close(&shop);
}

static bool add_nothing(struct gw_event_sink *self, const struct gw_event *event)
{
    (void)self, (void)event;
    return true;
}

static struct gw_event_sink sink = {add_nothing};

static enum gw_result allocate(struct gw_tracked *tracked, int64_t qty)
{
    const struct gw_held_line *line;
    enum gw_result result = gw_product_allocate(tracked->product, id("o1"), qty, &sink, &line);

    if (result == GW_RESULT_APPLIED && line->batch != NULL)
        ck_assert(gw_changes_add_line(gw_unit_of_work_changes(work), tracked, line));
    return result;
}

START_TEST(a_product_that_was_not_read_is_not_checked)
{
    ck_assert_int_eq(gw_unit_of_work_build(work, &error), GW_OK);
    ck_assert(gw_unit_of_work_is_empty(work));
    ck_assert_ptr_nonnull(gw_unit_of_work_product(work, id("RUG")));
    ck_assert_int_eq(gw_unit_of_work_build(work, &error), GW_OK);
    ck_assert(!gw_unit_of_work_is_empty(work));
    ck_assert_uint_eq(gw_unit_of_work_changeset(work)->products.count, 1);
}
END_TEST

START_TEST(changes_of_an_aggregate_are_committed)
{
    ck_assert_int_eq(allocate(gw_unit_of_work_product(work, id("LAMP")), 2), GW_RESULT_APPLIED);
    ck_assert_int_eq(gw_unit_of_work_build(work, &error), GW_OK);
    ck_assert_str_eq(shop_order(&shop, "o1"), "");
    ck_assert_int_eq(gw_unit_of_work_commit(work, &error), GW_OK);
    ck_assert_str_eq(shop_order(&shop, "o1"), "LAMP b1 2");
    ck_assert_int_eq(gw_unit_of_work_result(work)->first_effect, 0); /* there was none */
}
END_TEST

START_TEST(begin_drops_uncommitted_changes)
{
    ck_assert_int_eq(allocate(gw_unit_of_work_product(work, id("LAMP")), 2), GW_RESULT_APPLIED);
    ck_assert_int_eq(gw_unit_of_work_begin(work, &plan, &error), GW_OK);
    ck_assert_int_eq(gw_unit_of_work_build(work, &error), GW_OK);
    ck_assert(gw_unit_of_work_is_empty(work));
}
END_TEST

START_TEST(a_product_with_missing_parts_cannot_be_used_until_it_is_loaded_again)
{
    struct gw_tracked *tracked = gw_unit_of_work_product(work, id("LAMP"));
    struct gw_tracked *owner;

    ck_assert_int_eq(allocate(tracked, 1), GW_RESULT_NOT_LOADED); /* the line of one unit was not requested */
    ck_assert_int_eq(gw_unit_of_work_miss(work, tracked), GW_NOT_LOADED);
    ck_assert_ptr_null(gw_unit_of_work_product(work, id("LAMP")));
    ck_assert_ptr_nonnull(gw_unit_of_work_product(work, id("RUG")));
    ck_assert_int_eq(gw_unit_of_work_begin(work, &plan, &error), GW_OK);
    tracked = gw_unit_of_work_product(work, id("LAMP"));
    ck_assert_int_eq(allocate(tracked, 1),
                     GW_RESULT_NOT_LOADED); /* the line is here, and now a batch for it is missed */
    ck_assert_int_eq(gw_unit_of_work_miss(work, tracked), GW_NOT_LOADED);
    ck_assert_int_eq(gw_unit_of_work_begin(work, &plan, &error), GW_OK);
    ck_assert_int_eq(allocate(gw_unit_of_work_product(work, id("LAMP")), 1), GW_RESULT_APPLIED);
    ck_assert_int_eq(gw_unit_of_work_batch_owner(work, id("b2"), &owner), GW_NOT_LOADED);
    ck_assert_int_eq(gw_unit_of_work_begin(work, &plan, &error), GW_OK);
    ck_assert_int_eq(gw_unit_of_work_batch_owner(work, id("b2"), &owner), GW_OK);
    ck_assert_ptr_eq(owner, gw_unit_of_work_product(work, id("RUG")));
}
END_TEST

START_TEST(a_batch_that_was_created_belongs_to_its_product_from_then_on)
{
    struct gw_command command = {.type = GW_COMMAND_CREATE_BATCH, .ref = id("b3"), .sku = id("LAMP"), .qty = 2};
    struct gw_tracked *owner;

    ck_assert(gw_load_plan_add_command(&plan, &command));
    ck_assert_int_eq(gw_unit_of_work_begin(work, &plan, &error), GW_OK);
    ck_assert_int_eq(gw_unit_of_work_batch_owner(work, id("b3"), &owner), GW_OK);
    ck_assert_ptr_null(owner);
    gw_unit_of_work_batch_created(work, id("b3"), gw_unit_of_work_product(work, id("LAMP")));
    ck_assert_int_eq(gw_unit_of_work_batch_owner(work, id("b3"), &owner), GW_OK);
    ck_assert_ptr_eq(owner, gw_unit_of_work_product(work, id("LAMP")));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("unit_of_work");
    TCase *tests = tcase_create("work");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_product_that_was_not_read_is_not_checked);
    tcase_add_test(tests, changes_of_an_aggregate_are_committed);
    tcase_add_test(tests, begin_drops_uncommitted_changes);
    tcase_add_test(tests, a_product_with_missing_parts_cannot_be_used_until_it_is_loaded_again);
    tcase_add_test(tests, a_batch_that_was_created_belongs_to_its_product_from_then_on);
    suite_add_tcase(suite, tests);
    return suite;
}
