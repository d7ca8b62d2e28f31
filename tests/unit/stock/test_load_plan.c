/* SPDX-License-Identifier: Apache-2.0 */
/* The load request of a turn: every name once, and as much of a product as its lines can use. */
#include "base/arena.h"
#include "base/buffer.h"
#include "check_main.h"
#include "stock/load_plan.h"

#include <gangway/scope.h>

static struct gw_arena *arena;
static struct gw_load_plan plan;
static struct gw_buffer text;

static void set_up(void)
{
    arena = gw_arena_new(1024 * 1024);
    gw_load_plan_init(&plan, arena);
    gw_buffer_init(&text, 64 * 1024);
}

static void tear_down(void)
{
    gw_arena_free(arena);
    gw_buffer_done(&text);
}

static struct gw_identifier id(const char *string)
{
    return gw_identifier_make(string, strlen(string));
}

static void create(const char *ref, const char *sku)
{
    struct gw_command command = {.type = GW_COMMAND_CREATE_BATCH, .ref = id(ref), .sku = id(sku), .qty = 7};

    ck_assert(gw_load_plan_add_command(&plan, &command));
}

static void line(enum gw_command_type type, const char *orderid, const char *sku, int64_t qty)
{
    struct gw_command command = {.type = type, .orderid = id(orderid), .sku = id(sku), .qty = qty};

    ck_assert(gw_load_plan_add_command(&plan, &command));
}

static void change(const char *ref, int64_t qty)
{
    struct gw_command command = {.type = GW_COMMAND_CHANGE_BATCH_QUANTITY, .ref = id(ref), .qty = qty};

    ck_assert(gw_load_plan_add_command(&plan, &command));
}

static void miss(const char *sku, struct gw_missing missing)
{
    ck_assert(gw_load_plan_add_missing(&plan, id(sku), &missing));
}

/* `LAMP room 2 limit 3; `, then `b1 lowest 5; `, then `LAMP o1 2; `. */
static const char *request_text(void)
{
    struct gw_load_request request;

    ck_assert(gw_load_plan_request(&plan, arena, &request));
    gw_buffer_reset(&text);
    gw_buffer_append_string(&text, "");
    for (uint32_t index = 0; index < request.products.count; index++) {
        const struct gw_product_request *product = gw_array_at(&request.products, index);

        gw_buffer_append_format(&text, "%.*s room %lld limit %u; ", (int)product->sku.len, product->sku.ptr,
                                (long long)product->room, product->limit);
    }
    for (uint32_t index = 0; index < request.batches.count; index++) {
        const struct gw_batch_request *batch = gw_array_at(&request.batches, index);

        gw_buffer_append_format(&text, "%.*s lowest %lld; ", (int)batch->ref.len, batch->ref.ptr,
                                (long long)batch->lowest);
    }
    for (uint32_t index = 0; index < request.lines.count; index++) {
        const struct gw_line_request *asked = gw_array_at(&request.lines, index);

        gw_buffer_append_format(&text, "%.*s %.*s %lld; ", (int)asked->sku.len, asked->sku.ptr, (int)asked->orderid.len,
                                asked->orderid.ptr, (long long)asked->qty);
    }
    return text.ptr;
}

START_TEST(a_turn_without_commands_loads_nothing)
{
    ck_assert_str_eq(request_text(), "");
}
END_TEST

START_TEST(a_product_is_requested_with_each_quantity_and_as_many_batches_as_it_has_lines)
{
    line(GW_COMMAND_ALLOCATE, "o1", "LAMP", 2);
    line(GW_COMMAND_ALLOCATE, "o2", "LAMP", 5);
    line(GW_COMMAND_ALLOCATE, "o3", "LAMP", 2);
    line(GW_COMMAND_ALLOCATE, "o4", "RUG", 1);
    ck_assert_str_eq(request_text(), "LAMP room 2 limit 3; LAMP room 5 limit 3; RUG room 1 limit 1; "
                                     "LAMP o1 2; LAMP o2 5; LAMP o3 2; RUG o4 1; ");
}
END_TEST

START_TEST(sixteen_batches_are_requested_first_for_a_product_of_many_lines)
{
    for (int index = 0; index < 100; index++)
        line(GW_COMMAND_ALLOCATE, "o1", "LAMP", 2);
    ck_assert_int_eq(strncmp(request_text(), "LAMP room 2 limit 16; LAMP o1 2; ", 33), 0);
}
END_TEST

START_TEST(only_the_smallest_of_very_many_quantities_is_requested)
{
    const char *at;
    int lists = 0;

    for (int qty = 100; qty > 50; qty--)
        line(GW_COMMAND_ALLOCATE, "o1", "LAMP", qty);
    for (at = strstr(request_text(), "room"); at != NULL; at = strstr(at + 1, "room"))
        lists++;
    ck_assert_int_eq(lists, 9);
    ck_assert_int_eq(strncmp(request_text(), "LAMP room 51 limit 16; LAMP room 99 limit 16; ", 46), 0);
}
END_TEST

START_TEST(hardly_any_batch_is_requested_for_a_product_without_lines)
{
    create("b1", "LAMP");
    line(GW_COMMAND_DEALLOCATE, "o1", "RUG", 3);
    ck_assert_str_eq(request_text(), "LAMP room 2147483647 limit 1; RUG room 2147483647 limit 1; b1 lowest -1; "
                                     "RUG o1 3; ");
    line(GW_COMMAND_ALLOCATE, "o1", "LAMP", 2); /* takes the place of that */
    ck_assert_int_eq(strncmp(request_text(), "LAMP room 2 limit 1; RUG", 24), 0);
}
END_TEST

START_TEST(a_batch_is_requested_once_with_the_lowest_quantity_that_is_set)
{
    create("b1", "LAMP");
    change("b1", 9);
    change("b1", 5);
    change("b1", 7);
    create("b1", "LAMP");
    ck_assert_str_eq(request_text(), "LAMP room 2147483647 limit 1; b1 lowest 5; ");
}
END_TEST

START_TEST(a_missing_room_is_requested_and_then_with_a_higher_limit)
{
    line(GW_COMMAND_ALLOCATE, "o1", "LAMP", 2);
    miss("LAMP", (struct gw_missing){.kind = GW_MISSING_ROOM, .qty = 4});
    ck_assert_str_eq(request_text(), "LAMP room 2 limit 1; LAMP room 4 limit 8; LAMP o1 2; ");
    miss("LAMP", (struct gw_missing){.kind = GW_MISSING_ROOM, .qty = 4});
    ck_assert_str_eq(request_text(), "LAMP room 2 limit 1; LAMP room 4 limit 64; LAMP o1 2; ");
    miss("LAMP", (struct gw_missing){.kind = GW_MISSING_ROOM, .qty = 3}); /* batches of any room, from now on */
    ck_assert_str_eq(request_text(), "LAMP room 2 limit 1; LAMP room 4 limit 64; LAMP room 3 limit 8; "
                                     "LAMP room 1 limit 8; LAMP o1 2; ");
}
END_TEST

START_TEST(a_limit_stops_growing_before_it_overflows)
{
    for (int index = 0; index < 20; index++)
        miss("LAMP", (struct gw_missing){.kind = GW_MISSING_ROOM, .qty = 4});
    ck_assert_str_eq(request_text(), "LAMP room 4 limit 4294967295; LAMP room 1 limit 4294967295; ");
}
END_TEST

START_TEST(everything_that_a_product_reports_missing_is_requested)
{
    miss("LAMP", (struct gw_missing){.kind = GW_MISSING_LINE, .orderid = id("o1"), .qty = 3});
    miss("LAMP", (struct gw_missing){.kind = GW_MISSING_BATCH, .ref = id("b1"), .qty = 3});
    miss("LAMP", (struct gw_missing){.kind = GW_MISSING_LINES, .ref = id("b2"), .qty = 3});
    ck_assert_str_eq(request_text(), "LAMP room 2147483647 limit 1; b1 lowest -1; b2 lowest 3; LAMP o1 3; ");
}
END_TEST

START_TEST(message_ids_are_requested_in_their_order)
{
    static const uint8_t ids[2][GW_ID_BYTES] = {{1}, {2}};
    struct gw_load_request request;
    uint32_t first;
    uint32_t second;

    ck_assert(gw_load_plan_add_id(&plan, ids[0], &first));
    ck_assert(gw_load_plan_add_id(&plan, ids[1], &second));
    ck_assert_uint_eq(first, 0);
    ck_assert_uint_eq(second, 1);
    ck_assert(gw_load_plan_request(&plan, arena, &request));
    ck_assert_uint_eq(request.ids.count, 2);
    ck_assert_mem_eq(((const struct gw_id_request *)gw_array_at(&request.ids, 1))->id, ids[1], GW_ID_BYTES);
}
END_TEST

/* Everything that can be planned, and then the request; false when memory has run out. */
static bool plan_everything(struct gw_arena *from, struct gw_load_request *ret_request)
{
    static const uint8_t message_id[GW_ID_BYTES] = {1};
    const struct gw_command commands[] = {
        {.type = GW_COMMAND_CREATE_BATCH, .ref = id("b1"), .sku = id("LAMP"), .qty = 7},
        {.type = GW_COMMAND_CHANGE_BATCH_QUANTITY, .ref = id("b2"), .qty = 7},
        {.type = GW_COMMAND_ALLOCATE, .orderid = id("o1"), .sku = id("RUG"), .qty = 7},
        {.type = GW_COMMAND_DEALLOCATE, .orderid = id("o1"), .sku = id("SOFA"), .qty = 7},
    };
    const struct gw_missing missing[] = {
        {.kind = GW_MISSING_ROOM, .qty = 4},
        {.kind = GW_MISSING_ROOM, .qty = 3},
        {.kind = GW_MISSING_ROOM, .qty = 2},
        {.kind = GW_MISSING_LINE, .orderid = id("o2"), .qty = 3},
        {.kind = GW_MISSING_BATCH, .ref = id("b3"), .qty = 3},
        {.kind = GW_MISSING_LINES, .ref = id("b4"), .qty = 3},
    };
    uint32_t index;

    gw_load_plan_init(&plan, from);
    for (size_t i = 0; i < gw_array_length(commands); i++)
        if (!gw_load_plan_add_command(&plan, &commands[i]))
            return false;
    for (size_t i = 0; i < gw_array_length(missing); i++)
        if (!gw_load_plan_add_missing(&plan, id("BED"), &missing[i]))
            return false;
    return gw_load_plan_add_id(&plan, message_id, &index) && gw_load_plan_request(&plan, from, ret_request);
}

START_TEST(a_plan_is_whole_or_memory_has_run_out)
{
    struct gw_load_request request = {0};
    bool is_whole = false;
    size_t max_bytes = 0;

    while (!is_whole) {
        struct gw_arena *small = gw_arena_new(max_bytes);

        is_whole = plan_everything(small, &request);
        if (is_whole) {
            ck_assert_uint_eq(request.products.count, 7); /* LAMP, RUG, SOFA, BED with room for 4, 3, 2 and 1 */
            ck_assert_uint_eq(request.batches.count, 4);
            ck_assert_uint_eq(request.lines.count, 3);
            ck_assert_uint_eq(request.ids.count, 1);
        }
        gw_arena_free(small);
        max_bytes += 16;
    }
    ck_assert_uint_gt(max_bytes, 1000);
}
END_TEST

START_TEST(a_line_of_the_largest_quantity_keeps_its_list)
{
    line(GW_COMMAND_ALLOCATE, "o1", "LAMP", GW_QTY_MAX);
    line(GW_COMMAND_ALLOCATE, "o2", "LAMP", 2);
    ck_assert_str_eq(request_text(),
                     "LAMP room 2147483647 limit 2; LAMP room 2 limit 2; LAMP o1 2147483647; LAMP o2 2; ");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("plan");
    TCase *tests = tcase_create("requests");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_turn_without_commands_loads_nothing);
    tcase_add_test(tests, a_product_is_requested_with_each_quantity_and_as_many_batches_as_it_has_lines);
    tcase_add_test(tests, sixteen_batches_are_requested_first_for_a_product_of_many_lines);
    tcase_add_test(tests, only_the_smallest_of_very_many_quantities_is_requested);
    tcase_add_test(tests, hardly_any_batch_is_requested_for_a_product_without_lines);
    tcase_add_test(tests, a_batch_is_requested_once_with_the_lowest_quantity_that_is_set);
    tcase_add_test(tests, a_missing_room_is_requested_and_then_with_a_higher_limit);
    tcase_add_test(tests, a_limit_stops_growing_before_it_overflows);
    tcase_add_test(tests, everything_that_a_product_reports_missing_is_requested);
    tcase_add_test(tests, message_ids_are_requested_in_their_order);
    tcase_add_test(tests, a_plan_is_whole_or_memory_has_run_out);
    tcase_add_test(tests, a_line_of_the_largest_quantity_keeps_its_list);
    suite_add_tcase(suite, tests);
    return suite;
}
