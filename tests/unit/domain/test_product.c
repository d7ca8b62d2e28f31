/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the business, one by one, on a product of which everything is known. */
#include "base/hash.h"
#include "product_fixture.h"

#include <signal.h>
#include <stdlib.h>

/* ---- rule 1: what a batch can take ------------------------------------------------------------------------------ */

START_TEST(allocating_reduces_the_available_quantity)
{
    create("batch-001", 20, GW_ETA_NONE);
    assert_applied(allocate("order-ref", 2));
    ck_assert_int_eq(available("batch-001"), 18);
    assert_events("Allocated order-ref 2 batch-001");
}
END_TEST

START_TEST(a_batch_takes_a_line_of_exactly_the_available_quantity)
{
    create("batch-001", 2, GW_ETA_NONE);
    assert_applied(allocate("order-ref", 2));
    ck_assert_int_eq(available("batch-001"), 0);
}
END_TEST

START_TEST(a_line_is_never_split_between_batches)
{
    create("b1", 5, GW_ETA_NONE);
    create("b2", 5, GW_ETA_NONE);
    assert_applied(allocate("o1", 6));
    assert_events("OutOfStock o1 6");
    ck_assert_int_eq(available("b1"), 5);
    ck_assert_int_eq(available("b2"), 5);
}
END_TEST

/* ---- rule 2: which batch comes first ----------------------------------------------------------------------------- */

START_TEST(allocate_prefers_warehouse_stock_to_shipments)
{
    create("shipment-batch", 100, TOMORROW);
    create("in-stock-batch", 100, GW_ETA_NONE);
    allocate("oref", 10);
    ck_assert_int_eq(available("in-stock-batch"), 90);
    ck_assert_int_eq(available("shipment-batch"), 100);
}
END_TEST

START_TEST(allocate_prefers_earlier_shipments)
{
    create("normal-batch", 100, TOMORROW);
    create("slow-batch", 100, LATER);
    create("speedy-batch", 100, TODAY);
    allocate("oref", 10);
    ck_assert_int_eq(available("speedy-batch"), 90);
    ck_assert_int_eq(available("normal-batch"), 100);
    ck_assert_int_eq(available("slow-batch"), 100);
}
END_TEST

START_TEST(among_equals_the_batch_that_was_created_first_goes_first)
{
    create("z", 10, TODAY);
    create("a", 10, TODAY);
    allocate("o1", 10);
    allocate("o2", 10);
    assert_events("Allocated o1 10 z; Allocated o2 10 a");
}
END_TEST

START_TEST(a_small_line_may_still_go_to_a_batch_that_was_too_small_for_a_large_one)
{
    create("b1", 5, GW_ETA_NONE);
    create("b2", 50, TODAY);
    allocate("large", 20);
    allocate("small", 5);
    assert_events("Allocated large 20 b2; Allocated small 5 b1");
}
END_TEST

/* ---- rule 3: a line sits on at most one batch ---------------------------------------------------------------------
 */

START_TEST(allocating_the_same_line_twice_changes_nothing_the_second_time)
{
    create("batch-001", 10, GW_ETA_NONE);
    assert_applied(allocate("order-ref", 2));
    assert_skipped(allocate("order-ref", 2));
    ck_assert_int_eq(available("batch-001"), 8);
    assert_version(2);
    assert_events("Allocated order-ref 2 batch-001");
}
END_TEST

START_TEST(a_line_that_is_held_is_not_allocated_again_to_a_better_batch)
{
    const struct gw_held_line *line = NULL;

    create("shipment", 10, TODAY);
    allocate("o1", 2);
    create("in-stock", 10, GW_ETA_NONE);
    ck_assert_int_eq(gw_product_allocate(product, id("o1"), 2, &events, &line), GW_RESULT_SKIPPED);
    ck_assert_ptr_eq(line->batch, batch("shipment"));
    ck_assert_int_eq(available("in-stock"), 10);
}
END_TEST

START_TEST(an_order_with_another_quantity_is_another_line)
{
    create("b1", 10, GW_ETA_NONE);
    assert_applied(allocate("o1", 2));
    assert_applied(allocate("o1", 3));
    ck_assert_int_eq(available("b1"), 5);
}
END_TEST

START_TEST(allocate_answers_with_the_line_and_its_batch)
{
    const struct gw_held_line *line = NULL;

    create("b1", 2, GW_ETA_NONE);
    ck_assert_int_eq(gw_product_allocate(product, id("o1"), 2, &events, &line), GW_RESULT_APPLIED);
    ck_assert_ptr_eq(line->batch, batch("b1"));
    ck_assert(gw_identifier_equal(line->orderid, id("o1")));
    ck_assert_int_eq(line->qty, 2);
    ck_assert_int_eq(line->seq, 2);
    ck_assert_int_eq(gw_product_allocate(product, id("o2"), 2, &events, &line), GW_RESULT_APPLIED);
    ck_assert_ptr_null(line->batch);
}
END_TEST

/* ---- rule 4: out of stock --------------------------------------------------------------------------------------- */

START_TEST(running_out_of_stock_is_an_event_and_not_a_failure)
{
    create("batch1", 1, TODAY);
    assert_applied(allocate("order1", 2));
    assert_events("OutOfStock order1 2");
    ck_assert_int_eq(available("batch1"), 1);
    assert_version(1);
}
END_TEST

START_TEST(an_operation_raises_out_of_stock_each_time)
{
    create("batch1", 1, TODAY);
    allocate("o1", 2);
    allocate("o1", 2);
    assert_events("OutOfStock o1 2; OutOfStock o1 2");
}
END_TEST

START_TEST(a_product_without_batches_is_out_of_stock)
{
    assert_applied(allocate("o1", 1));
    assert_events("OutOfStock o1 1");
}
END_TEST

START_TEST(a_batch_of_nothing_takes_nothing)
{
    assert_applied(create("b1", 0, GW_ETA_NONE));
    allocate("o1", 1);
    assert_events("OutOfStock o1 1");
}
END_TEST

/* ---- rule 5: deallocating --------------------------------------------------------------------------------------- */

START_TEST(deallocating_gives_the_quantity_back)
{
    create("b1", 10, GW_ETA_NONE);
    allocate("o1", 4);
    assert_applied(deallocate("o1", 4));
    ck_assert_int_eq(available("b1"), 10);
    assert_events("Allocated o1 4 b1; Deallocated o1 4 b1");
    assert_version(3);
}
END_TEST

START_TEST(deallocating_a_line_that_is_not_held_changes_nothing)
{
    create("b1", 10, GW_ETA_NONE);
    allocate("o1", 4);
    assert_skipped(deallocate("o2", 4));
    assert_skipped(deallocate("o1", 5));
    assert_applied(deallocate("o1", 4));
    assert_skipped(deallocate("o1", 4));
    assert_events("Allocated o1 4 b1; Deallocated o1 4 b1");
    assert_version(3);
}
END_TEST

START_TEST(a_line_that_was_deallocated_can_be_allocated_again)
{
    create("b1", 10, TODAY);
    allocate("o1", 4);
    deallocate("o1", 4);
    create("b2", 10, GW_ETA_NONE);
    assert_applied(allocate("o1", 4));
    assert_events("Allocated o1 4 b1; Deallocated o1 4 b1; Allocated o1 4 b2");
}
END_TEST

START_TEST(deallocating_on_request_does_not_ask_for_allocation)
{
    create("b1", 10, GW_ETA_NONE);
    create("b2", 10, TODAY);
    allocate("o1", 4);
    deallocate("o1", 4);
    ck_assert_int_eq(available("b1"), 10);
    ck_assert_int_eq(available("b2"), 10);
}
END_TEST

/* ---- rule 6: changing a batch's quantity ---------------------------------------------------------------------------
 */

START_TEST(changing_the_quantity_changes_the_available_quantity)
{
    create("batch1", 100, GW_ETA_NONE);
    assert_applied(change("batch1", 50));
    ck_assert_int_eq(available("batch1"), 50);
    assert_applied(change("batch1", 70));
    ck_assert_int_eq(available("batch1"), 70);
    assert_events("");
    assert_version(3);
}
END_TEST

START_TEST(a_shrinking_batch_deallocates_the_lines_that_no_longer_fit)
{
    create("batch1", 50, GW_ETA_NONE);
    create("batch2", 50, TODAY);
    allocate("order1", 20);
    allocate("order2", 20);
    assert_events("Allocated order1 20 batch1; Allocated order2 20 batch1");
    assert_applied(change("batch1", 25));
    ck_assert_int_eq(available("batch1"), 5);
    ck_assert_int_eq(available("batch2"), 50);
    assert_events("Deallocated order2 20 batch1; AllocationRequired order2 20");
    assert_applied(allocate("order2", 20));
    ck_assert_int_eq(available("batch2"), 30);
    assert_events("Allocated order2 20 batch2");
}
END_TEST

START_TEST(the_newest_lines_leave_first_and_only_as_many_as_needed)
{
    create("b1", 40, GW_ETA_NONE);
    allocate("o1", 10);
    allocate("o2", 10);
    allocate("o3", 10);
    allocate("o4", 10);
    event_text[0] = '\0';
    change("b1", 15);
    assert_events("Deallocated o4 10 b1; Deallocated o3 10 b1; Deallocated o2 10 b1; AllocationRequired o4 10; "
                  "AllocationRequired o3 10; AllocationRequired o2 10");
    ck_assert_int_eq(available("b1"), 5);
}
END_TEST

START_TEST(a_quantity_that_still_fits_moves_no_line)
{
    create("b1", 40, GW_ETA_NONE);
    allocate("o1", 10);
    event_text[0] = '\0';
    assert_applied(change("b1", 10));
    assert_events("");
    ck_assert_int_eq(available("b1"), 0);
}
END_TEST

START_TEST(a_batch_that_shrinks_to_zero_deallocates_every_line)
{
    create("b1", 30, GW_ETA_NONE);
    allocate("o1", 10);
    allocate("o2", 10);
    event_text[0] = '\0';
    change("b1", 0);
    assert_events("Deallocated o2 10 b1; Deallocated o1 10 b1; AllocationRequired o2 10; AllocationRequired o1 10");
    ck_assert_int_eq(batch("b1")->allocated, 0);
}
END_TEST

START_TEST(a_line_that_came_back_counts_from_its_return)
{
    create("b1", 30, GW_ETA_NONE);
    allocate("o1", 10);
    allocate("o2", 10);
    deallocate("o1", 10);
    allocate("o1", 10);
    event_text[0] = '\0';
    change("b1", 10);
    assert_events("Deallocated o1 10 b1; AllocationRequired o1 10");
}
END_TEST

START_TEST(a_line_may_go_back_to_the_batch_that_it_came_from)
{
    create("b1", 30, GW_ETA_NONE);
    allocate("o1", 5);
    allocate("o2", 20);
    event_text[0] = '\0';
    change("b1", 10);
    assert_events("Deallocated o2 20 b1; AllocationRequired o2 20");
    allocate("o2", 20);
    change("b1", 25);
    assert_applied(allocate("o2", 20));
    assert_events("OutOfStock o2 20; Allocated o2 20 b1");
}
END_TEST

START_TEST(a_smaller_line_may_return_to_the_batch_that_shrank)
{
    create("b1", 12, GW_ETA_NONE);
    allocate("o1", 2);
    allocate("o2", 4);
    allocate("o3", 6);
    event_text[0] = '\0';
    change("b1", 5);
    assert_events("Deallocated o3 6 b1; Deallocated o2 4 b1; AllocationRequired o3 6; AllocationRequired o2 4");
    allocate("o3", 6);
    allocate("o2", 4);
    change("b1", 7);
    allocate("o2", 4);
    assert_events("OutOfStock o3 6; OutOfStock o2 4; Allocated o2 4 b1");
}
END_TEST

START_TEST(lines_that_were_deallocated_earlier_are_not_deallocated_again)
{
    create("b1", 30, GW_ETA_NONE);
    allocate("o1", 10);
    allocate("o2", 10);
    allocate("o3", 10);
    deallocate("o2", 10);
    event_text[0] = '\0';
    change("b1", 5);
    assert_events("Deallocated o3 10 b1; Deallocated o1 10 b1; AllocationRequired o3 10; AllocationRequired o1 10");
}
END_TEST

START_TEST(the_same_quantity_again_is_no_change)
{
    create("b1", 30, GW_ETA_NONE);
    assert_skipped(change("b1", 30));
    assert_version(1);
}
END_TEST

START_TEST(an_unknown_batch_cannot_change)
{
    create("b1", 30, GW_ETA_NONE);
    ck_assert_int_eq(change("b2", 10), GW_RESULT_UNKNOWN_BATCH);
    assert_version(1);
    assert_events("");
}
END_TEST

START_TEST(a_batch_that_grows_takes_lines_again_in_its_old_place)
{
    create("b1", 10, GW_ETA_NONE);
    create("b2", 10, TODAY);
    allocate("o1", 10);
    change("b1", 20);
    allocate("o2", 10);
    assert_events("Allocated o1 10 b1; Allocated o2 10 b1");
}
END_TEST

/* ---- rule 7: creating a batch -------------------------------------------------------------------------------------
 */

START_TEST(the_first_batch_creates_the_product)
{
    assert_version(0);
    assert_applied(create("b1", 10, TODAY));
    assert_version(1);
    ck_assert_int_eq(batch("b1")->purchased, 10);
    ck_assert_int_eq(batch("b1")->eta, TODAY);
    ck_assert_int_eq(batch("b1")->created, 1);
    ck_assert(batch("b1")->is_new);
}
END_TEST

START_TEST(a_new_batch_does_not_take_lines_that_found_no_stock)
{
    allocate("o1", 5);
    create("b1", 10, GW_ETA_NONE);
    assert_events("OutOfStock o1 5");
    ck_assert_int_eq(available("b1"), 10);
}
END_TEST

START_TEST(the_same_reference_again_is_skipped_and_shows_the_batch_that_is_there)
{
    const struct gw_batch *existing = NULL;

    create("b1", 10, TODAY);
    change("b1", 7);
    ck_assert_int_eq(gw_product_create_batch(product, id("b1"), 10, TOMORROW, &existing), GW_RESULT_SKIPPED);
    ck_assert_ptr_eq(existing, batch("b1"));
    ck_assert_int_eq(existing->purchased, 7);
    ck_assert_int_eq(existing->eta, TODAY);
    assert_version(2);
    ck_assert_int_eq(gw_product_create_batch(product, id("b2"), 10, TOMORROW, &existing), GW_RESULT_APPLIED);
    ck_assert_ptr_null(existing);
}
END_TEST

/* ---- rule 8: versions ---------------------------------------------------------------------------------------------
 */

START_TEST(each_operation_that_changes_the_product_raises_its_version_by_one)
{
    create("b1", 30, GW_ETA_NONE);
    assert_version(1);
    allocate("o1", 10);
    allocate("o2", 10);
    allocate("o3", 10);
    assert_version(4);
    change("b1", 0);
    assert_version(5);
    create("b2", 20, GW_ETA_NONE);
    assert_version(6);
    allocate("o3", 10);
    allocate("o2", 10);
    allocate("o1", 10);
    assert_version(8);
    deallocate("o2", 10);
    assert_version(9);
}
END_TEST

START_TEST(a_batch_that_shrinks_by_three_lines_costs_four_versions)
{
    create("b1", 30, GW_ETA_NONE);
    create("b2", 30, TODAY);
    allocate("o1", 10);
    allocate("o2", 10);
    allocate("o3", 10);
    assert_version(5);
    change("b1", 0);
    allocate("o3", 10);
    allocate("o2", 10);
    allocate("o1", 10);
    assert_version(9);
}
END_TEST

/* ---- large numbers ------------------------------------------------------------------------------------------------
 */

START_TEST(the_largest_quantities_fit)
{
    create("b1", GW_QTY_MAX, GW_ETA_NONE);
    create("b2", GW_QTY_MAX, TODAY);
    assert_applied(allocate("o1", GW_QTY_MAX));
    assert_applied(allocate("o2", GW_QTY_MAX));
    assert_applied(allocate("o3", 1));
    assert_events("Allocated o1 2147483647 b1; Allocated o2 2147483647 b2; OutOfStock o3 1");
    assert_applied(change("b1", 0));
    assert_applied(change("b1", GW_QTY_MAX));
    ck_assert_int_eq(available("b1"), GW_QTY_MAX);
    ck_assert_int_eq(batch("b2")->allocated, GW_QTY_MAX);
}
END_TEST

struct hashed_qty {
    uint32_t hash;
    int64_t qty;
};

static int by_hash(const void *a, const void *b)
{
    uint32_t left = ((const struct hashed_qty *)a)->hash, right = ((const struct hashed_qty *)b)->hash;

    return (left > right) - (left < right);
}

START_TEST(two_lines_of_one_order_with_the_same_hash_are_distinguished)
{
    enum { COUNT = 400000 }; /* about 18 pairs of 32-bit hashes are the same */
    static struct hashed_qty tried[COUNT];
    int i;

    for (i = 0; i < COUNT; i++)
        tried[i] = (struct hashed_qty){gw_hash_with(id("o1").hash, (uint64_t)i + 1), i + 1};
    qsort(tried, COUNT, sizeof tried[0], by_hash);
    for (i = 1; i < COUNT && tried[i - 1].hash != tried[i].hash;)
        i++;
    ck_assert_int_lt(i, COUNT);
    create("b1", GW_QTY_MAX, GW_ETA_NONE);
    assert_applied(allocate("o1", tried[i - 1].qty));
    assert_skipped(deallocate("o1", tried[i].qty));
    assert_applied(allocate("o1", tried[i].qty));
    ck_assert_int_eq(batch("b1")->allocated, tried[i - 1].qty + tried[i].qty);
}
END_TEST

START_TEST(identifiers_of_1_and_of_255_bytes_name_batches_and_orders)
{
    char ref[256], order[256];

    memset(ref, 'r', 255);
    memset(order, 'o', 255);
    ref[255] = order[255] = '\0';
    create("r", 1, GW_ETA_NONE);
    create(ref, 1, TODAY);
    allocate("o", 1);
    allocate(order, 1);
    ck_assert_int_eq(available("r"), 0);
    ck_assert_int_eq(available(ref), 0);
    ref[254] = 'x';
    ck_assert_ptr_null(gw_product_batch(product, id(ref)));
}
END_TEST

/* Allocates and changes on a product of 100,000 open batches; quadratic time would not end. */
static void use_many_batches(int32_t (*eta_of)(int))
{
    enum { BATCHES = 100000 };
    int i;

    for (i = 0; i < BATCHES; i++) {
        char ref[16];
        char *kept = gw_arena_copy(arena, ref, (size_t)snprintf(ref, sizeof ref, "b%d", i) + 1);

        require(create(kept, 10, eta_of(i)) == GW_RESULT_APPLIED);
    }
    for (i = 0; i < BATCHES; i++) {
        char orderid[16];
        char *kept = gw_arena_copy(arena, orderid, (size_t)snprintf(orderid, sizeof orderid, "o%d", i) + 1);

        require(allocate(kept, 10) == GW_RESULT_APPLIED);
        event_text[0] = '\0';
    }
    assert_applied(allocate("last", 1));
    assert_events("OutOfStock last 1");
    assert_version(2 * BATCHES);
}

static int32_t eta_in_order(int i)
{
    return 20000101 + i / 28 % 12 * 100 + i / (28 * 12) * 10000 + i % 28;
}

static int32_t eta_in_reverse(int i)
{
    return eta_in_order(99999 - i);
}

static int32_t eta_always_the_same(int i)
{
    (void)i;
    return GW_ETA_NONE;
}

START_TEST(a_hundred_thousand_batches_are_no_burden_in_whatever_order_they_arrive)
{
    use_many_batches(eta_in_order);
    tear_down();
    set_up();
    use_many_batches(eta_in_reverse);
    tear_down();
    set_up();
    use_many_batches(eta_always_the_same);
}
END_TEST

START_TEST(a_batch_with_a_hundred_thousand_lines_shrinks_to_nothing)
{
    int i;

    create("b1", 100000, GW_ETA_NONE);
    for (i = 0; i < 100000; i++) {
        char orderid[16];
        char *kept = gw_arena_copy(arena, orderid, (size_t)snprintf(orderid, sizeof orderid, "o%d", i) + 1);

        allocate(kept, 1);
        event_text[0] = '\0';
    }
    assert_applied(change("b1", 0));
    ck_assert_int_eq(available("b1"), 0);
    ck_assert_int_eq(strncmp(event_text, "Deallocated o99999 1 b1; Deallocated o99998 1 b1", 48), 0);
    assert_version(100002);
}
END_TEST

/* ---- memory and broken promises -----------------------------------------------------------------------------------
 */

/* Every kind of operation; stops at the first that has no memory. */
static enum gw_result run_all_operations(void)
{
    static const char *const orders[] = {"o0", "o1", "o2", "o3", "o4", "o5", "o6", "o7", "o8", "o9"};
    static const char *const refs[] = {"b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9"};
    enum gw_result result = GW_RESULT_APPLIED;
    int i;

    for (i = 0; i < 10 && result == GW_RESULT_APPLIED; i++)
        result = create(refs[i], 1, GW_ETA_NONE);
    if (result == GW_RESULT_APPLIED)
        result = change("b0", 9);
    for (i = 0; i < 10 && result == GW_RESULT_APPLIED; i++)
        result = allocate(orders[i], 1);
    if (result == GW_RESULT_APPLIED)
        result = allocate("large", 100);
    if (result == GW_RESULT_APPLIED)
        result = deallocate("o9", 1);
    if (result == GW_RESULT_APPLIED)
        result = change("b0", 0);
    return result;
}

START_TEST(an_operation_without_memory_says_so_whichever_allocation_fails)
{
    size_t max;
    enum gw_result result = GW_RESULT_NOMEM;

    for (max = 16; result == GW_RESULT_NOMEM; max += 16) {
        tear_down();
        arena = gw_arena_new(max);
        event_text[0] = '\0';
        product = gw_product_new(arena, id("SMALL-TABLE"), 0);
        if (product != NULL)
            result = run_all_operations();
    }
    ck_assert_int_eq(result, GW_RESULT_APPLIED);
    ck_assert_uint_gt(max, 2000);
}
END_TEST

START_TEST(an_operation_whose_event_finds_no_memory_says_so_whichever_event_it_is)
{
    enum gw_result result = GW_RESULT_NOMEM;
    int count;

    for (count = 0; result == GW_RESULT_NOMEM; count++) {
        tear_down();
        set_up();
        events_before_failure = count;
        result = run_all_operations();
    }
    ck_assert_int_eq(result, GW_RESULT_APPLIED);
    ck_assert_int_eq(count, 31);
}
END_TEST

START_TEST(a_quantity_of_nothing_that_got_past_the_edge_ends_the_process)
{
    create("b1", 10, GW_ETA_NONE);
    allocate("o1", 0);
}
END_TEST

START_TEST(a_quantity_beyond_the_maximum_that_got_past_the_edge_ends_the_process)
{
    create("b1", (int64_t)GW_QTY_MAX + 1, GW_ETA_NONE);
}
END_TEST

static TCase *rules(void)
{
    TCase *tcase = tcase_create("rules");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, allocating_reduces_the_available_quantity);
    tcase_add_test(tcase, a_batch_takes_a_line_of_exactly_the_available_quantity);
    tcase_add_test(tcase, a_line_is_never_split_between_batches);
    tcase_add_test(tcase, allocate_prefers_warehouse_stock_to_shipments);
    tcase_add_test(tcase, allocate_prefers_earlier_shipments);
    tcase_add_test(tcase, among_equals_the_batch_that_was_created_first_goes_first);
    tcase_add_test(tcase, a_small_line_may_still_go_to_a_batch_that_was_too_small_for_a_large_one);
    tcase_add_test(tcase, allocating_the_same_line_twice_changes_nothing_the_second_time);
    tcase_add_test(tcase, a_line_that_is_held_is_not_allocated_again_to_a_better_batch);
    tcase_add_test(tcase, an_order_with_another_quantity_is_another_line);
    tcase_add_test(tcase, allocate_answers_with_the_line_and_its_batch);
    tcase_add_test(tcase, running_out_of_stock_is_an_event_and_not_a_failure);
    tcase_add_test(tcase, an_operation_raises_out_of_stock_each_time);
    tcase_add_test(tcase, a_product_without_batches_is_out_of_stock);
    tcase_add_test(tcase, a_batch_of_nothing_takes_nothing);
    tcase_add_test(tcase, deallocating_gives_the_quantity_back);
    tcase_add_test(tcase, deallocating_a_line_that_is_not_held_changes_nothing);
    tcase_add_test(tcase, a_line_that_was_deallocated_can_be_allocated_again);
    tcase_add_test(tcase, deallocating_on_request_does_not_ask_for_allocation);
    tcase_add_test(tcase, the_first_batch_creates_the_product);
    tcase_add_test(tcase, a_new_batch_does_not_take_lines_that_found_no_stock);
    tcase_add_test(tcase, the_same_reference_again_is_skipped_and_shows_the_batch_that_is_there);
    tcase_add_test(tcase, each_operation_that_changes_the_product_raises_its_version_by_one);
    return tcase;
}

static TCase *change_of_quantity(void)
{
    TCase *tcase = tcase_create("change of quantity");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, changing_the_quantity_changes_the_available_quantity);
    tcase_add_test(tcase, a_shrinking_batch_deallocates_the_lines_that_no_longer_fit);
    tcase_add_test(tcase, the_newest_lines_leave_first_and_only_as_many_as_needed);
    tcase_add_test(tcase, a_quantity_that_still_fits_moves_no_line);
    tcase_add_test(tcase, a_batch_that_shrinks_to_zero_deallocates_every_line);
    tcase_add_test(tcase, a_line_that_came_back_counts_from_its_return);
    tcase_add_test(tcase, a_line_may_go_back_to_the_batch_that_it_came_from);
    tcase_add_test(tcase, a_smaller_line_may_return_to_the_batch_that_shrank);
    tcase_add_test(tcase, lines_that_were_deallocated_earlier_are_not_deallocated_again);
    tcase_add_test(tcase, the_same_quantity_again_is_no_change);
    tcase_add_test(tcase, an_unknown_batch_cannot_change);
    tcase_add_test(tcase, a_batch_that_grows_takes_lines_again_in_its_old_place);
    tcase_add_test(tcase, a_batch_that_shrinks_by_three_lines_costs_four_versions);
    return tcase;
}

static TCase *limits(void)
{
    TCase *tcase = tcase_create("limits");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_largest_quantities_fit);
    tcase_add_test(tcase, two_lines_of_one_order_with_the_same_hash_are_distinguished);
    tcase_add_test(tcase, identifiers_of_1_and_of_255_bytes_name_batches_and_orders);
    tcase_add_test(tcase, a_hundred_thousand_batches_are_no_burden_in_whatever_order_they_arrive);
    tcase_add_test(tcase, a_batch_with_a_hundred_thousand_lines_shrinks_to_nothing);
    tcase_add_test(tcase, an_operation_without_memory_says_so_whichever_allocation_fails);
    tcase_add_test(tcase, an_operation_whose_event_finds_no_memory_says_so_whichever_event_it_is);
    tcase_add_test_raise_signal(tcase, a_quantity_of_nothing_that_got_past_the_edge_ends_the_process, SIGABRT);
    tcase_add_test_raise_signal(tcase, a_quantity_beyond_the_maximum_that_got_past_the_edge_ends_the_process, SIGABRT);
    tcase_set_timeout(tcase, 60);
    return tcase;
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("domain/product");

    suite_add_tcase(suite, rules());
    suite_add_tcase(suite, change_of_quantity());
    suite_add_tcase(suite, limits());
    return suite;
}
