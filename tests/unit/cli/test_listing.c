/* SPDX-License-Identifier: Apache-2.0 */
/* Tables in their three forms. */
#include "check_main.h"
#include "cli/listing.h"

static const struct gw_column columns[] = {
    {.name = "source"},
    {.name = "next_offset", .is_raw = true},
    {.name = "detail", .is_json_only = true},
    {.name = "reason"},
};

static struct gw_arena *arena;
static struct gw_buffer buffer;
static struct gw_listing table;

static void set_up(void)
{
    arena = gw_arena_new(64 * 1024);
    ck_assert_ptr_nonnull(arena);
    gw_buffer_init(&buffer, 4096);
    gw_listing_init(&table, arena, columns, 4);
}

static void tear_down(void)
{
    gw_buffer_done(&buffer);
    gw_arena_free(arena);
}

static void add_rows(void)
{
    gw_listing_add(&table, (const char *const[]){"orders", "7", "x", "a|b"});
    gw_listing_add(&table, (const char *const[]){"\xc3\xa9", NULL, NULL, NULL});
}

START_TEST(plain_columns_are_aligned_and_nothing_trails_the_last)
{
    add_rows();
    gw_listing_print(&table, GW_FORMAT_PLAIN, &buffer);
    ck_assert_str_eq(buffer.ptr, "SOURCE  NEXT OFFSET  REASON\n"
                                 "orders            7  a|b\n"
                                 "\xc3\xa9                    \n");
}
END_TEST

START_TEST(json_is_one_array_of_objects_with_every_column)
{
    add_rows();
    gw_listing_print(&table, GW_FORMAT_JSON, &buffer);
    ck_assert_str_eq(buffer.ptr,
                     "[\n  {\"source\": \"orders\", \"next_offset\": 7, \"detail\": \"x\", \"reason\": \"a|b\"},\n"
                     "  {\"source\": \"\xc3\xa9\", \"next_offset\": null, \"detail\": null, \"reason\": null}\n]\n");
}
END_TEST

START_TEST(a_table_printed_in_parts_has_one_heading_and_its_columns_stay)
{
    gw_listing_add(&table, (const char *const[]){"a long source", "7", "x", "first"});
    gw_listing_print_part(&table, GW_FORMAT_PLAIN, &buffer);
    gw_arena_reset(arena, 0);
    gw_listing_add(&table, (const char *const[]){"short", "8", "x", "second"});
    gw_listing_print_part(&table, GW_FORMAT_PLAIN, &buffer);
    gw_listing_print_end(&table, GW_FORMAT_PLAIN, &buffer);
    ck_assert_str_eq(buffer.ptr, "SOURCE         NEXT OFFSET  REASON\n"
                                 "a long source            7  first\n"
                                 "short                    8  second\n");
}
END_TEST

START_TEST(json_printed_in_parts_is_one_array)
{
    gw_listing_add(&table, (const char *const[]){"a", "7", "x", "r"});
    gw_listing_print_part(&table, GW_FORMAT_JSON, &buffer);
    ck_assert_str_eq(buffer.ptr, "[\n  {\"source\": \"a\", \"next_offset\": 7, \"detail\": \"x\", \"reason\": \"r\"}");
    gw_buffer_reset(&buffer);
    gw_listing_add(&table, (const char *const[]){"b", "8", "x", "r"});
    gw_listing_print_part(&table, GW_FORMAT_JSON, &buffer);
    gw_listing_print_end(&table, GW_FORMAT_JSON, &buffer);
    ck_assert_str_eq(buffer.ptr,
                     ",\n  {\"source\": \"b\", \"next_offset\": 8, \"detail\": \"x\", \"reason\": \"r\"}\n]\n");
}
END_TEST

START_TEST(markdown_keeps_bars_out_of_its_cells)
{
    add_rows();
    gw_listing_print(&table, GW_FORMAT_MARKDOWN, &buffer);
    ck_assert_str_eq(buffer.ptr, "| source | next_offset | reason |\n"
                                 "|---|---|---|\n"
                                 "| orders | 7 | a\\|b |\n"
                                 "| \xc3\xa9 |  |  |\n");
}
END_TEST

START_TEST(a_table_without_rows_is_an_empty_array_or_its_heading)
{
    gw_listing_print(&table, GW_FORMAT_JSON, &buffer);
    ck_assert_str_eq(buffer.ptr, "[]\n");
    gw_buffer_reset(&buffer);
    gw_listing_print(&table, GW_FORMAT_PLAIN, &buffer);
    ck_assert_str_eq(buffer.ptr, "SOURCE  NEXT OFFSET  REASON\n");
}
END_TEST

START_TEST(control_characters_never_reach_a_terminal)
{
    gw_listing_add(&table, (const char *const[]){"a\x1b[2J\nb\x7f", "1", NULL, "\xc2\x9bx"});
    gw_listing_print(&table, GW_FORMAT_PLAIN, &buffer);
    ck_assert_str_eq(buffer.ptr, "SOURCE           NEXT OFFSET  REASON\n"
                                 "a\\x1b[2J\\nb\\x7f            1  \\xc2\\x9bx\n");
}
END_TEST

START_TEST(invisible_characters_are_shown_but_in_json_keep_their_value)
{
    const char *const cells[] = {"\xe2\x80\xaeS", "1", NULL, "a|\xc3\xa9\xf3\xa0\x81\x81\x9b"};

    gw_listing_add(&table, cells);
    gw_listing_print(&table, GW_FORMAT_PLAIN, &buffer);
    ck_assert_str_eq(buffer.ptr, "SOURCE   NEXT OFFSET  REASON\n"
                                 "\\u202eS            1  a|\xc3\xa9\\U000e0041\\x9b\n");
    gw_buffer_reset(&buffer);
    gw_listing_add(&table, cells);
    gw_listing_print(&table, GW_FORMAT_MARKDOWN, &buffer);
    ck_assert_ptr_nonnull(strstr(buffer.ptr, "| \\u202eS | 1 | a\\|\xc3\xa9\\U000e0041\\x9b |\n"));
    gw_buffer_reset(&buffer);
    gw_listing_add(&table, cells);
    gw_listing_print(&table, GW_FORMAT_JSON, &buffer);
    ck_assert_ptr_nonnull(strstr(buffer.ptr, "\"\\u202eS\""));
    ck_assert_ptr_nonnull(strstr(buffer.ptr, "\"a|\xc3\xa9\\udb40\\udc41\xef\xbf\xbd\""));
}
END_TEST

START_TEST(a_lack_of_memory_for_a_row_is_reported)
{
    for (int i = 0; i < 4096; i++)
        add_rows();
    gw_listing_print(&table, GW_FORMAT_PLAIN, &buffer);
    ck_assert(buffer.has_failed);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("listing");
    TCase *tests = tcase_create("listing");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, plain_columns_are_aligned_and_nothing_trails_the_last);
    tcase_add_test(tests, json_is_one_array_of_objects_with_every_column);
    tcase_add_test(tests, a_table_printed_in_parts_has_one_heading_and_its_columns_stay);
    tcase_add_test(tests, json_printed_in_parts_is_one_array);
    tcase_add_test(tests, markdown_keeps_bars_out_of_its_cells);
    tcase_add_test(tests, a_table_without_rows_is_an_empty_array_or_its_heading);
    tcase_add_test(tests, control_characters_never_reach_a_terminal);
    tcase_add_test(tests, invisible_characters_are_shown_but_in_json_keep_their_value);
    tcase_add_test(tests, a_lack_of_memory_for_a_row_is_reported);
    suite_add_tcase(suite, tests);
    return suite;
}
