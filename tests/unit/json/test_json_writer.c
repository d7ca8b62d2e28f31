/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON: commas, lines and escapes. */
#include "check_main.h"
#include "json/json_writer.h"

static struct gw_buffer buffer;
static struct gw_json_writer writer;

static void set_up(void)
{
    gw_buffer_init(&buffer, 4096);
}

static void tear_down(void)
{
    gw_buffer_done(&buffer);
}

static void write_document(void)
{
    gw_json_write_open(&writer, '{');
    gw_json_write_key(&writer, "list");
    gw_json_write_open(&writer, '[');
    gw_json_write_int(&writer, -5);
    gw_json_write_bool(&writer, true);
    gw_json_write_open(&writer, '{');
    gw_json_write_close(&writer, '}');
    gw_json_write_close(&writer, ']');
    gw_json_write_key(&writer, "none");
    gw_json_write_string(&writer, NULL);
    gw_json_write_key(&writer, "text");
    gw_json_write_string(&writer, "a\"\n");
    gw_json_write_close(&writer, '}');
}

START_TEST(commas_stand_between_items_only)
{
    gw_json_writer_init(&writer, &buffer, 0);
    write_document();
    ck_assert_str_eq(buffer.ptr, "{\"list\": [-5, true, {}], \"none\": null, \"text\": \"a\\\"\\n\"}\n");
}
END_TEST

START_TEST(the_outer_levels_get_a_line_for_each_item)
{
    gw_json_writer_init(&writer, &buffer, 1);
    write_document();
    ck_assert_str_eq(buffer.ptr, "{\n  \"list\": [-5, true, {}],\n  \"none\": null,\n  \"text\": \"a\\\"\\n\"\n}\n");
}
END_TEST

START_TEST(what_is_empty_stays_on_its_line)
{
    gw_json_writer_init(&writer, &buffer, 9);
    gw_json_write_open(&writer, '[');
    gw_json_write_close(&writer, ']');
    ck_assert_str_eq(buffer.ptr, "[]\n");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("json_writer");
    TCase *tests = tcase_create("json_writer");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, commas_stand_between_items_only);
    tcase_add_test(tests, the_outer_levels_get_a_line_for_each_item);
    tcase_add_test(tests, what_is_empty_stays_on_its_line);
    suite_add_tcase(suite, tests);
    return suite;
}
