/* SPDX-License-Identifier: Apache-2.0 */
/* Headers as the repository keeps them: their text, byte for byte, and what is read back from it. */
#include "check_main.h"
#include "service/header_text.h"

#include <gangway/scope.h>

#include <string.h>

#define TEXT(literal)                \
    {                                \
        literal, sizeof(literal) - 1 \
    }

static const struct gw_header several[] = {
    {TEXT("traceparent"), TEXT("00-1")},
    {TEXT("say \"hi\""), TEXT("\\ \n\0 [,] {:} \xc3\xa9")},
    {TEXT("traceparent"), TEXT("")},
    {TEXT(""), TEXT("\xff")},
};

static struct gw_arena *arena;
static struct gw_buffer scratch;

static void set_up(void)
{
    arena = gw_arena_new(1 << 20);
    ck_assert_ptr_nonnull(arena);
    gw_buffer_init(&scratch, 1 << 20);
}

static void tear_down(void)
{
    gw_arena_free(arena);
    gw_buffer_done(&scratch);
}

static struct gw_array first_of(uint32_t count)
{
    return (struct gw_array){several, count, sizeof several[0]};
}

static struct gw_text write_headers(uint32_t count, enum gw_header_form form)
{
    struct gw_array headers = first_of(count);
    struct gw_text text;

    ck_assert(gw_header_text_write(arena, &scratch, &headers, form, &text));
    return text;
}

static struct gw_array read_text(struct gw_text text)
{
    struct gw_array headers;

    ck_assert(gw_header_text_read(arena, text, &headers));
    return headers;
}

START_TEST(the_two_forms_have_their_bytes)
{
    ck_assert_str_eq(write_headers(2, GW_HEADER_OBJECT).ptr,
                     "{\"traceparent\": \"00-1\", \"say \\\"hi\\\"\": \"\\\\ \\n\\u0000 [,] {:} \xc3\xa9\"}");
    ck_assert_str_eq(write_headers(4, GW_HEADER_LIST).ptr,
                     "[[\"traceparent\", \"00-1\"], [\"say \\\"hi\\\"\", \"\\\\ \\n\\u0000 [,] {:} \xc3\xa9\"], "
                     "[\"traceparent\", \"\"], [\"\", \"\xef\xbf\xbd\"]]");
}
END_TEST

START_TEST(no_headers_are_no_text)
{
    ck_assert_uint_eq(write_headers(0, GW_HEADER_OBJECT).len, 0);
    ck_assert_uint_eq(write_headers(0, GW_HEADER_LIST).len, 0);
    ck_assert_uint_eq(read_text(gw_text_of(NULL)).count, 0);
    ck_assert_uint_eq(read_text(gw_text_of("{}")).count, 0);
    ck_assert_uint_eq(read_text(gw_text_of("[]")).count, 0);
}
END_TEST

START_TEST(what_was_written_is_read_again)
{
    for (uint32_t form = GW_HEADER_OBJECT; form <= GW_HEADER_LIST; form++) {
        struct gw_array read = read_text(write_headers(gw_array_length(several), (enum gw_header_form)form));

        ck_assert_uint_eq(read.count, gw_array_length(several));
        for (uint32_t index = 0; index < read.count; index++) {
            const struct gw_header *header = gw_array_at(&read, index);
            struct gw_text value = index == 3 ? gw_text_of("\xef\xbf\xbd") : several[index].value;

            ck_assert(gw_text_equal(header->name, several[index].name));
            ck_assert(gw_text_equal(header->value, value));
        }
    }
}
END_TEST

/* The bytes of a row are gone when those of the next one are there. */
START_TEST(what_is_read_borrows_nothing)
{
    char bytes[] = "{\"traceparent\": \"00-1\"}";
    struct gw_array read = read_text(gw_text_of(bytes));
    const struct gw_header *header = gw_array_at(&read, 0);

    memset(bytes, 'x', sizeof bytes);
    ck_assert_uint_eq(read.count, 1);
    ck_assert(gw_text_is(header->name, "traceparent") && gw_text_is(header->value, "00-1"));
}
END_TEST

START_TEST(reading_ends_at_what_is_no_header)
{
    static const struct {
        const char *text;
        uint32_t count;
    } cases[] = {
        {"{\"a\": \"1\", \"b\": 2, \"c\": \"3\"}", 1},
        {"[[\"a\", \"1\"], [\"b\", null], [\"c\", \"3\"]]", 1},
        {"{\"a\": \"1\", \"b\"}", 1},
        {"[[\"a\", \"b\\", 0},
        {"[[\"a\", \"b\\\"", 0},
        {"[[\"a\", \"b", 0},
        {"traceparent=\"00-1\", \"b\"", 0},
        {"{\n\t\"a\" :\r\n\"1\"\n}\n", 1},
    };

    for (size_t at = 0; at < gw_array_length(cases); at++)
        ck_assert_msg(read_text(gw_text_of(cases[at].text)).count == cases[at].count, "%s", cases[at].text);
}
END_TEST

START_TEST(a_text_that_does_not_fit_is_refused)
{
    struct gw_array headers = first_of(2);
    struct gw_buffer small;
    struct gw_text text;

    gw_buffer_init(&small, 20);
    ck_assert(!gw_header_text_write(arena, &small, &headers, GW_HEADER_LIST, &text));
    ck_assert_uint_eq(text.len, 0);
    headers.count = 0;
    ck_assert(gw_header_text_write(arena, &small, &headers, GW_HEADER_LIST, &text));
    gw_buffer_done(&small);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("header_text");
    TCase *tests = tcase_create("header_text");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_two_forms_have_their_bytes);
    tcase_add_test(tests, no_headers_are_no_text);
    tcase_add_test(tests, what_was_written_is_read_again);
    tcase_add_test(tests, what_is_read_borrows_nothing);
    tcase_add_test(tests, reading_ends_at_what_is_no_header);
    tcase_add_test(tests, a_text_that_does_not_fit_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
