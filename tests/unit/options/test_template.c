/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: parsing, checking and rendering. */
#include "check_main.h"
#include "options/template.h"

#include <string.h>

static struct gw_arena *arena;
static struct gw_buffer buffer;
static struct gw_template parsed;
static struct gw_error error;
static const char *const fields[] = {"sku", "orderid", "qty"};

static void set_up(void)
{
    arena = gw_arena_new(1024 * 1024);
    ck_assert_ptr_nonnull(arena);
    gw_buffer_init(&buffer, 200);
}

static void tear_down(void)
{
    gw_buffer_done(&buffer);
    gw_arena_free(arena);
}

static bool lookup(void *context, struct gw_text field, struct gw_text *ret_value)
{
    const char *sku = context;

    if (gw_text_is(field, "sku"))
        *ret_value = gw_text_of(sku);
    else if (gw_text_is(field, "qty"))
        *ret_value = gw_text_of("2");
    else
        return false;
    return true;
}

static void assert_renders(const char *text, enum gw_escape escape, const char *sku, const char *expected)
{
    char copy[64];

    (void)snprintf(copy, sizeof copy, "%s", sku);
    gw_buffer_reset(&buffer);
    ck_assert_int_eq(gw_template_parse(arena, gw_text_of(text), &parsed, &error), GW_OK);
    ck_assert_int_eq(gw_template_render(&parsed, escape, lookup, copy, &buffer, &error), GW_OK);
    ck_assert_str_eq(buffer.ptr != NULL ? buffer.ptr : "", expected);
}

static void assert_refused(const char *text, const char *expected)
{
    ck_assert_int_eq(gw_template_parse(arena, gw_text_of(text), &parsed, &error), GW_INVALID);
    ck_assert_str_eq(error.text, expected);
}

START_TEST(placeholders_are_filled_and_other_text_is_unchanged)
{
    assert_renders("Out of stock for {sku}", GW_ESCAPE_NONE, "LAMP", "Out of stock for LAMP");
    assert_renders("{sku}{qty}{sku}", GW_ESCAPE_NONE, "A", "A2A");
    assert_renders("no place, \xc3\xa9 & <", GW_ESCAPE_SLACK, "A", "no place, \xc3\xa9 & <");
    assert_renders("", GW_ESCAPE_NONE, "A", "");
}
END_TEST

START_TEST(doubled_braces_are_literal)
{
    assert_renders("{{{sku}}}", GW_ESCAPE_NONE, "A", "{A}");
    assert_renders("{{\"text\": \"{sku}\"}}", GW_ESCAPE_JSON, "a\"b", "{\"text\": \"a\\\"b\"}");
    assert_renders("{{sku}}", GW_ESCAPE_NONE, "A", "{sku}");
}
END_TEST

START_TEST(values_are_escaped_and_never_read_as_places)
{
    assert_renders("{sku}", GW_ESCAPE_SLACK, "<!channel> & co", "&lt;!channel&gt; &amp; co");
    assert_renders("{sku}", GW_ESCAPE_SLACK, "'a' \"b\"", "'a' \"b\"");
    assert_renders("{sku}", GW_ESCAPE_JSON, "a\"\\\n", "a\\\"\\\\\\n");
    assert_renders("{sku}", GW_ESCAPE_TERMINAL, "a\"\xe2\x80\xae\x9b", "a\"\\u202e\\x9b");
    assert_renders("{sku}", GW_ESCAPE_NONE, "{qty}", "{qty}");
    assert_renders("Subject: {sku}!", GW_ESCAPE_HEADER, "a\r\nBcc: <b@c>", "Subject: a  Bcc: <b@c>!");
    assert_renders("<b>{sku}</b>", GW_ESCAPE_HTML, "<i a='1' b=\"2\">&",
                   "<b>&lt;i a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;</b>");
    assert_renders("/{sku}?q", GW_ESCAPE_URL, "a b/\xc3\xa4-._~%", "/a%20b%2F%C3%A4-._~%25?q");
}
END_TEST

static bool look_up_nul(void *context, struct gw_text field, struct gw_text *ret_value)
{
    (void)context;
    (void)field;
    *ret_value = gw_text_span("a\0b", 3);
    return true;
}

START_TEST(a_nul_byte_ends_no_header)
{
    ck_assert_int_eq(gw_template_parse(arena, gw_text_of("<{x}>"), &parsed, &error), GW_OK);
    ck_assert_int_eq(gw_template_render(&parsed, GW_ESCAPE_HEADER, look_up_nul, NULL, &buffer, &error), GW_OK);
    ck_assert_uint_eq(buffer.len, 5);
    ck_assert_str_eq(buffer.ptr, "<a b>");
}
END_TEST

START_TEST(a_name_is_letters_digits_and_underscores)
{
    static const char *const wrong[] = {"{a b}", "{a-b}", "{a:}", "{a[}", "{a`}", "{a{}", "{a~}", "{a/}", "{a@}"};

    ck_assert_int_eq(gw_template_parse(arena, gw_text_of("{Az_09}"), &parsed, &error), GW_OK);
    ck_assert_uint_eq(parsed.count, 1);
    ck_assert(parsed.pieces[0].is_field && gw_text_is(parsed.pieces[0].text, "Az_09"));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_refused(wrong[i], "'{' at character 1 begins no place; expected {field}, or {{ for a brace");
}
END_TEST

START_TEST(a_long_name_is_cut_where_it_is_refused)
{
    char template[128];
    char sku[] = "A";

    memset(template, 'x', sizeof template);
    template[0] = '{';
    template[101] = '}';
    template[102] = '\0';
    ck_assert_int_eq(gw_template_parse(arena, gw_text_of(template), &parsed, &error), GW_OK);
    ck_assert_int_eq(gw_template_check(&parsed, fields, 1, &error), GW_INVALID);
    ck_assert_uint_eq(strspn(strchr(error.text, '\'') + 1, "x"), 60);
    ck_assert_int_eq(gw_template_render(&parsed, GW_ESCAPE_NONE, lookup, sku, &buffer, &error), GW_NOT_FOUND);
    ck_assert_uint_eq(strspn(strchr(error.text, '\'') + 1, "x"), 60);
}
END_TEST

START_TEST(a_brace_that_opens_or_closes_nothing_is_refused_with_its_character)
{
    assert_refused("Out of {sku", "'{' at character 8 begins no place; expected {field}, or {{ for a brace");
    assert_refused("{}", "'{' at character 1 begins no place; expected {field}, or {{ for a brace");
    assert_refused("{ sku }", "'{' at character 1 begins no place; expected {field}, or {{ for a brace");
    assert_refused("\xc3\xa9 {sku}}", "'}' at character 8 closes nothing; expected }} for a brace");
    assert_refused("{", "'{' at character 1 begins no place; expected {field}, or {{ for a brace");
    assert_refused("{{{", "'{' at character 3 begins no place; expected {field}, or {{ for a brace");
}
END_TEST

START_TEST(a_text_over_the_limit_is_refused)
{
    static char text[GW_TEMPLATE_MAX_BYTES + 2];

    memset(text, 'x', GW_TEMPLATE_MAX_BYTES + 1);
    assert_refused(text, "is longer than 65536 bytes, which is the limit");
}
END_TEST

START_TEST(an_unknown_field_is_refused_with_the_nearest_and_all_there_are)
{
    ck_assert_int_eq(gw_template_parse(arena, gw_text_of("{sku} {qty} {ordrid}"), &parsed, &error), GW_OK);
    ck_assert_int_eq(gw_template_check(&parsed, fields, 3, &error), GW_INVALID);
    ck_assert_str_eq(error.text, "unknown field 'ordrid'; expected one of sku, orderid, qty; did you mean 'orderid'?");
    ck_assert_int_eq(gw_template_parse(arena, gw_text_of("{batchref}"), &parsed, &error), GW_OK);
    ck_assert_int_eq(gw_template_check(&parsed, fields, 3, &error), GW_INVALID);
    ck_assert_str_eq(error.text, "unknown field 'batchref'; expected one of sku, orderid, qty");
}
END_TEST

START_TEST(known_fields_and_literal_braces_pass_the_check)
{
    ck_assert_int_eq(gw_template_parse(arena, gw_text_of("{sku}{{nobody}}{qty}"), &parsed, &error), GW_OK);
    ck_assert_int_eq(gw_template_check(&parsed, fields, 3, &error), GW_OK);
}
END_TEST

START_TEST(a_field_without_a_value_is_an_error)
{
    char sku[] = "A";

    ck_assert_int_eq(gw_template_parse(arena, gw_text_of("{orderid}"), &parsed, &error), GW_OK);
    ck_assert_int_eq(gw_template_render(&parsed, GW_ESCAPE_NONE, lookup, sku, &buffer, &error), GW_NOT_FOUND);
    ck_assert_str_eq(error.text, "the event has no field 'orderid'");
}
END_TEST

START_TEST(a_rendered_text_never_exceeds_the_buffer)
{
    char sku[201];

    memset(sku, 'x', 200);
    sku[200] = '\0';
    ck_assert_int_eq(gw_template_parse(arena, gw_text_of("{sku}{sku}"), &parsed, &error), GW_OK);
    ck_assert_int_eq(gw_template_render(&parsed, GW_ESCAPE_NONE, lookup, sku, &buffer, &error), GW_INVALID);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("template");
    TCase *tests = tcase_create("template");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, placeholders_are_filled_and_other_text_is_unchanged);
    tcase_add_test(tests, doubled_braces_are_literal);
    tcase_add_test(tests, values_are_escaped_and_never_read_as_places);
    tcase_add_test(tests, a_nul_byte_ends_no_header);
    tcase_add_test(tests, a_name_is_letters_digits_and_underscores);
    tcase_add_test(tests, a_long_name_is_cut_where_it_is_refused);
    tcase_add_test(tests, a_brace_that_opens_or_closes_nothing_is_refused_with_its_character);
    tcase_add_test(tests, a_text_over_the_limit_is_refused);
    tcase_add_test(tests, an_unknown_field_is_refused_with_the_nearest_and_all_there_are);
    tcase_add_test(tests, known_fields_and_literal_braces_pass_the_check);
    tcase_add_test(tests, a_field_without_a_value_is_an_error);
    tcase_add_test(tests, a_rendered_text_never_exceeds_the_buffer);
    suite_add_tcase(suite, tests);
    return suite;
}
