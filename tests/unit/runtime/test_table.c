/* SPDX-License-Identifier: Apache-2.0 */
/* Tables in their three forms. */
#include "check_main.h"
#include "runtime/table.h"

static const struct gw_column columns[] = {
    {.name = "source"},
    {.name = "next_offset", .is_raw = true},
    {.name = "detail", .is_json_only = true},
    {.name = "reason"},
};

static struct gw_arena *arena;
static struct gw_buffer buffer;
static struct gw_table table;

static void set_up(void)
{
    arena = gw_arena_new(64 * 1024);
    ck_assert_ptr_nonnull(arena);
    gw_buffer_init(&buffer, 4096);
    gw_table_init(&table, arena, columns, 4);
}

static void tear_down(void)
{
    gw_buffer_done(&buffer);
    gw_arena_free(arena);
}

static void add_rows(void)
{
    gw_table_add(&table, (const char *const[]){"orders", "7", "x", "a|b"});
    gw_table_add(&table, (const char *const[]){"\xc3\xa9", NULL, NULL, NULL});
}

START_TEST(plain_columns_are_aligned_and_nothing_trails_the_last)
{
    add_rows();
    gw_table_print(&table, GW_FORMAT_PLAIN, &buffer);
    ck_assert_str_eq(buffer.ptr, "SOURCE  NEXT OFFSET  REASON\n"
                                 "orders            7  a|b\n"
                                 "\xc3\xa9                    \n");
}
END_TEST

START_TEST(json_is_one_array_of_objects_with_every_column)
{
    add_rows();
    gw_table_print(&table, GW_FORMAT_JSON, &buffer);
    ck_assert_str_eq(buffer.ptr,
                     "[\n  {\"source\": \"orders\", \"next_offset\": 7, \"detail\": \"x\", \"reason\": \"a|b\"},\n"
                     "  {\"source\": \"\xc3\xa9\", \"next_offset\": null, \"detail\": null, \"reason\": null}\n]\n");
}
END_TEST

START_TEST(markdown_keeps_bars_out_of_its_cells)
{
    add_rows();
    gw_table_print(&table, GW_FORMAT_MARKDOWN, &buffer);
    ck_assert_str_eq(buffer.ptr, "| source | next_offset | reason |\n"
                                 "|---|---|---|\n"
                                 "| orders | 7 | a\\|b |\n"
                                 "| \xc3\xa9 |  |  |\n");
}
END_TEST

START_TEST(a_table_without_rows_is_an_empty_array_or_its_heading)
{
    gw_table_print(&table, GW_FORMAT_JSON, &buffer);
    ck_assert_str_eq(buffer.ptr, "[]\n");
    gw_buffer_reset(&buffer);
    gw_table_print(&table, GW_FORMAT_PLAIN, &buffer);
    ck_assert_str_eq(buffer.ptr, "SOURCE  NEXT OFFSET  REASON\n");
}
END_TEST

START_TEST(control_characters_never_reach_a_terminal)
{
    gw_table_add(&table, (const char *const[]){"a\x1b[2J\nb\x7f", "1", NULL, "\xc2\x9bx"});
    gw_table_print(&table, GW_FORMAT_PLAIN, &buffer);
    ck_assert_str_eq(buffer.ptr, "SOURCE    NEXT OFFSET  REASON\n"
                                 "a?[2J?b?            1  ?x\n");
}
END_TEST

START_TEST(a_row_that_finds_no_memory_is_not_passed_over)
{
    for (int i = 0; i < 4096; i++)
        add_rows();
    gw_table_print(&table, GW_FORMAT_PLAIN, &buffer);
    ck_assert(buffer.has_failed);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("table");
    TCase *tests = tcase_create("table");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, plain_columns_are_aligned_and_nothing_trails_the_last);
    tcase_add_test(tests, json_is_one_array_of_objects_with_every_column);
    tcase_add_test(tests, markdown_keeps_bars_out_of_its_cells);
    tcase_add_test(tests, a_table_without_rows_is_an_empty_array_or_its_heading);
    tcase_add_test(tests, control_characters_never_reach_a_terminal);
    tcase_add_test(tests, a_row_that_finds_no_memory_is_not_passed_over);
    suite_add_tcase(suite, tests);
    return suite;
}
