/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that something other than a gateway has changed: the commands that need them are refused, and nothing else. */
#include "shop.h"

#include <gangway/port/entrypoint.h>

static struct shop shop;
static const struct gw_repository_ops *plugin;
static int64_t more_allocated; /* in every row of b1 */
static bool lines_are_lost;

struct corrupting {
    struct gw_load_visitor visitor;
    const struct gw_load_visitor *next;
};

static enum gw_status on_product(void *context, const struct gw_product_snapshot *snapshot)
{
    const struct corrupting *self = context;

    return self->next->product(self->next->context, snapshot);
}

static enum gw_status on_batch(void *context, const struct gw_batch_snapshot *snapshot)
{
    const struct corrupting *self = context;
    struct gw_batch_snapshot changed = *snapshot;

    if (gw_text_is(changed.ref, "b1"))
        changed.allocated += more_allocated;
    return self->next->batch(self->next->context, &changed);
}

static enum gw_status on_line(void *context, const struct gw_line_snapshot *snapshot)
{
    const struct corrupting *self = context;

    return lines_are_lost ? GW_OK : self->next->line(self->next->context, snapshot);
}

static enum gw_status on_id(void *context, const struct gw_id_snapshot *snapshot)
{
    const struct corrupting *self = context;

    return self->next->id(self->next->context, snapshot);
}

static enum gw_status load(struct gw_session *session, const struct gw_load_request *request,
                           const struct gw_load_visitor *visitor, struct gw_error *reterr)
{
    struct corrupting corrupting = {.visitor = *visitor, .next = visitor};

    corrupting.visitor.context = &corrupting;
    corrupting.visitor.product = on_product;
    corrupting.visitor.batch = on_batch;
    corrupting.visitor.line = on_line;
    corrupting.visitor.id = on_id;
    return plugin->load(session, request, &corrupting.visitor, reterr);
}

static void set_up(void)
{
    more_allocated = 0;
    lines_are_lost = false;
    shop_open(&shop);
    plugin = shop.plugin.descriptor->ops;
    shop.ops.load = load;
    shop_create(&shop, "b1", "LAMP", 10, NULL);
    shop_create(&shop, "c1", "RUG", 10, NULL);
    shop_allocate(&shop, "o1", "LAMP", 4);
    shop_run(&shop);
    require(shop_new_turn(&shop, SHOP_TURN_MAX_BYTES) == GW_OK);
    shop_next_turn(&shop);
}

static void tear_down(void)
{
    shop_close(&shop);
}

START_TEST(a_product_whose_quantities_contradict_each_other_is_not_touched_and_others_are)
{
    more_allocated = 7;
    shop_allocate(&shop, "o2", "LAMP", 1);
    shop_deallocate(&shop, "o1", "LAMP", 4);
    shop_change(&shop, "b1", 3);
    shop_create(&shop, "b2", "LAMP", 3, NULL);
    shop_allocate(&shop, "o2", "RUG", 1);
    shop_run(&shop);
    for (uint32_t index = 0; index < 4; index++)
        ck_assert_int_eq(gw_turn_result(shop.turn, index).reason_code, GW_REASON_CORRUPT_ROWS);
    ck_assert_str_eq(shop_result(&shop, 4), "applied");
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 6");
    ck_assert_str_eq(shop_stock(&shop, "RUG"), "c1 9");
    ck_assert_ptr_nonnull(strstr(shop_letters(&shop), "batch b1 has 11 units allocated of 10 purchased"));
}
END_TEST

START_TEST(a_batch_whose_lines_are_lost_does_not_shrink_below_what_it_has_allocated)
{
    lines_are_lost = true;
    shop_change(&shop, "b1", 2);
    shop_run(&shop);
    ck_assert_int_eq(gw_turn_result(shop.turn, 0).reason_code, GW_REASON_CORRUPT_ROWS);
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 6");
    ck_assert_ptr_nonnull(strstr(shop_letters(&shop), "batch b1 has 4 units allocated and its lines hold 0"));
}
END_TEST

START_TEST(a_refused_command_is_applied_once_its_rows_are_repaired)
{
    more_allocated = 7;
    shop_allocate(&shop, "o2", "LAMP", 1);
    shop_run(&shop);
    ck_assert_int_eq(gw_turn_result(shop.turn, 0).reason_code, GW_REASON_CORRUPT_ROWS);
    more_allocated = 0;
    shop_next_turn(&shop);
    shop_allocate(&shop, "o2", "LAMP", 1); /* the same worker: what it has seen is not cached */
    shop_run(&shop);
    ck_assert_str_eq(shop_result(&shop, 0), "applied");
    ck_assert_str_eq(shop_stock(&shop, "LAMP"), "b1 5");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("corrupt_rows");
    TCase *tests = tcase_create("rows");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_product_whose_quantities_contradict_each_other_is_not_touched_and_others_are);
    tcase_add_test(tests, a_batch_whose_lines_are_lost_does_not_shrink_below_what_it_has_allocated);
    tcase_add_test(tests, a_refused_command_is_applied_once_its_rows_are_repaired);
    suite_add_tcase(suite, tests);
    return suite;
}
