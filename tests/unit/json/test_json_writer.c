/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON: commas, lines and escapes. */
#include "check_main.h"
#include "json/json_writer.h"

#include <string.h>

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
    ck_assert_str_eq(buffer.ptr, "{\"list\": [-5, true, {}], \"none\": null, \"text\": \"a\\\"\\n\"}");
}
END_TEST

START_TEST(the_outer_levels_get_a_line_for_each_item)
{
    gw_json_writer_init(&writer, &buffer, 1);
    write_document();
    ck_assert_str_eq(buffer.ptr, "{\n  \"list\": [-5, true, {}],\n  \"none\": null,\n  \"text\": \"a\\\"\\n\"\n}\n");
}
END_TEST

START_TEST(an_empty_list_or_object_stays_on_its_line)
{
    gw_json_writer_init(&writer, &buffer, 9);
    gw_json_write_open(&writer, '[');
    gw_json_write_close(&writer, ']');
    ck_assert_str_eq(buffer.ptr, "[]\n");
}
END_TEST

START_TEST(keys_and_strings_are_escaped_wherever_the_first_such_character_is)
{
    gw_json_writer_init(&writer, &buffer, 0);
    gw_json_write_open(&writer, '{');
    gw_json_write_key_text(&writer, gw_text_span("a\0b", 3));
    gw_json_write_text(&writer, gw_text_of("\"SKU\" LAMP \\ \x7f\xc2\x85 \xc3\xa9\xff."));
    gw_json_write_key_text(&writer, gw_text_of(NULL));
    gw_json_write_text(&writer, gw_text_of(NULL));
    gw_json_write_close(&writer, '}');
    ck_assert_str_eq(buffer.ptr, "{\"a\\u0000b\": \"\\\"SKU\\\" LAMP \\\\ \\u007f\\u0085 \xc3\xa9\xef\xbf\xbd.\", "
                                 "\"\": \"\"}");
}
END_TEST

START_TEST(a_string_is_appended_to_text_that_is_no_json)
{
    gw_buffer_append_string(&buffer, "found ");
    gw_json_append_string(&buffer, gw_text_of("a\"b"));
    ck_assert_str_eq(buffer.ptr, "found \"a\\\"b\"");
}
END_TEST

/* Every maximum up to the whole document: what has failed is never cut within a string, and nothing follows it. */
START_TEST(a_document_that_does_not_fit_has_failed_and_is_whole_up_to_there)
{
    struct gw_buffer whole;

    gw_buffer_init(&whole, 4096);
    gw_json_writer_init(&writer, &whole, 1);
    write_document();
    for (size_t max = 0; max <= whole.len; max++) {
        struct gw_buffer small;

        gw_buffer_init(&small, max);
        gw_json_writer_init(&writer, &small, 1);
        write_document();
        ck_assert_int_eq(small.has_failed, max < whole.len);
        ck_assert_uint_le(small.len, max);
        ck_assert(small.len == 0 || memcmp(small.ptr, whole.ptr, small.len) == 0);
        gw_buffer_done(&small);
    }
    gw_buffer_done(&whole);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("json_writer");
    TCase *tests = tcase_create("json_writer");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, commas_stand_between_items_only);
    tcase_add_test(tests, the_outer_levels_get_a_line_for_each_item);
    tcase_add_test(tests, an_empty_list_or_object_stays_on_its_line);
    tcase_add_test(tests, keys_and_strings_are_escaped_wherever_the_first_such_character_is);
    tcase_add_test(tests, a_string_is_appended_to_text_that_is_no_json);
    tcase_add_test(tests, a_document_that_does_not_fit_has_failed_and_is_whole_up_to_there);
    suite_add_tcase(suite, tests);
    return suite;
}
