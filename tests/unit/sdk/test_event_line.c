/* SPDX-License-Identifier: Apache-2.0 */
/* Events as lines of JSON, and back. */
#include "check_main.h"

#include <gangway/sdk/event_line.h>

#include <stdlib.h>

static struct gw_buffer buffer;
static struct gw_buffer scratch;
static struct gw_error error;
static struct gw_event_line line;

static void set_up(void)
{
    gw_buffer_init(&buffer, SIZE_MAX);
    gw_buffer_init(&scratch, SIZE_MAX);
    line = (struct gw_event_line){.product = 2,
                                  .event = 17,
                                  .type = gw_text_of("Allocated"),
                                  .sku = gw_text_of("LAMP"),
                                  .id = gw_text_of("orders/0/41/1"),
                                  .payload = gw_text_of("{\"orderid\":\"o1\",\"qty\":3}")};
    error = (struct gw_error){0};
}

static void tear_down(void)
{
    gw_buffer_done(&buffer);
    gw_buffer_done(&scratch);
}

static void assert_written(const char *expected)
{
    gw_event_line_append(&buffer, &line);
    ck_assert(!buffer.has_failed);
    ck_assert_str_eq(buffer.ptr, expected);
}

static void assert_same(const struct gw_event_line *other)
{
    ck_assert_uint_eq(other->product, line.product);
    ck_assert_int_eq(other->event, line.event);
    ck_assert(gw_text_equal(other->type, line.type));
    ck_assert(gw_text_equal(other->sku, line.sku));
    ck_assert(gw_text_equal(other->id, line.id));
    ck_assert(gw_text_equal(other->recipient, line.recipient));
    ck_assert(gw_text_equal(other->headers, line.headers));
    ck_assert(gw_text_equal(other->payload, line.payload));
}

/* Through a copy of the exact length, so that the sanitizer sees what reads beyond it. */
static void assert_read_back(void)
{
    struct gw_event_line read = {0};
    char *copy;
    struct gw_text rest;

    gw_buffer_reset(&buffer);
    gw_event_line_append(&buffer, &line);
    copy = malloc(buffer.len);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, buffer.ptr, buffer.len);
    rest = gw_text_span(copy, buffer.len);
    ck_assert_uint_eq(gw_event_line_read(&rest, &scratch, &read, &error), GW_OK);
    assert_same(&read);
    ck_assert_uint_eq(rest.len, 0);
    ck_assert_uint_eq(gw_event_line_read(&rest, &scratch, &read, &error), GW_END);
    free(copy);
}

START_TEST(an_event_is_one_line_with_its_payload_last_and_unchanged)
{
    assert_written("{\"product\":2,\"event\":17,\"type\":\"Allocated\",\"sku\":\"LAMP\",\"id\":\"orders/0/41/1\","
                   "\"payload\":{\"orderid\":\"o1\",\"qty\":3}}\n");
}
END_TEST

START_TEST(what_an_event_has_not_is_left_out)
{
    line.product = 0;
    line.recipient = gw_text_of("ann");
    line.headers = gw_text_of("traceparent=1");
    assert_written(
        "{\"event\":17,\"type\":\"Allocated\",\"sku\":\"LAMP\",\"id\":\"orders/0/41/1\",\"recipient\":\"ann\","
        "\"headers\":\"traceparent=1\",\"payload\":{\"orderid\":\"o1\",\"qty\":3}}\n");
    assert_read_back();
}
END_TEST

START_TEST(any_text_is_read_back)
{
    line.event = INT64_MAX;
    line.sku = gw_text_span("a\"b\\c\n\t\x7f\0\xc3\xa4\xe2\x80\x8b\xf0\x9f\x9a\xa2\xf3\xa0\x80\x81", 22);
    line.id = gw_text_of("");
    line.headers = gw_text_of("\b\f\r/\x1b");
    line.recipient = gw_text_of("\\");
    assert_read_back();
}
END_TEST

START_TEST(a_payload_that_is_no_object_on_one_line_is_read_back)
{
    static const struct gw_text payloads[] = {{"", 0},
                                              {"{", 1},
                                              {"{}", 2},
                                              {"12345678", 8},
                                              {"{\"a\":\"\0b\"}", 10},
                                              {"{\"a\":\n1}", 8},
                                              {"{\"12345678\n\":1}", 15},
                                              {"{\"a\":\"\xff\"}", 9},
                                              {"{\"a\":\"12345678\xff\"}", 17},
                                              {"{\"a\":\"\xc3\xa4\xc3\xb6 and so on\"}", 22}};

    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        line.payload = payloads[i];
        assert_read_back();
        ck_assert_uint_eq(memchr(buffer.ptr, '\n', buffer.len) == buffer.ptr + buffer.len - 1, 1);
    }
}
END_TEST

START_TEST(headers_of_any_bytes_are_read_back)
{
    line.headers = gw_text_span("a\xff\0", 3);
    assert_read_back();
}
END_TEST

START_TEST(bytes_of_a_name_that_are_no_utf8_stay)
{
    line.sku = gw_text_span("a\xff\"\xc3", 4);
    assert_read_back();
}
END_TEST

START_TEST(escapes_of_other_writers_are_read)
{
    struct gw_text rest =
        gw_text_of("{\"event\":1,\"type\":\"\\u0041\\/\",\"sku\":\"\\ud83d\\uDEA2\",\"id\":\"\\u00e4\","
                   "\"payload\":{ }}");
    struct gw_event_line read;

    ck_assert_uint_eq(gw_event_line_read(&rest, &scratch, &read, &error), GW_OK);
    ck_assert(gw_text_is(read.type, "A/"));
    ck_assert(gw_text_is(read.sku, "\xf0\x9f\x9a\xa2"));
    ck_assert(gw_text_is(read.id, "\xc3\xa4"));
    ck_assert(gw_text_is(read.payload, "{ }"));
}
END_TEST

/* Each beginning of a line, and each line with one byte less. */
START_TEST(a_damaged_line_is_refused_and_stays)
{
    size_t whole;

    line.recipient = gw_text_of("a\n");
    line.headers = gw_text_of("h");
    gw_event_line_append(&buffer, &line);
    whole = buffer.len - 1;
    for (size_t len = 1; len < whole; len++) {
        struct gw_text rest = gw_text_span(buffer.ptr, len);
        struct gw_event_line read;

        ck_assert_uint_eq(gw_event_line_read(&rest, &scratch, &read, &error), GW_INVALID);
        ck_assert_uint_eq(rest.len, len);
    }
}
END_TEST

START_TEST(a_line_of_another_form_is_refused)
{
    static const char *const texts[] = {
        "\n",
        "{\"product\":0,\"event\":1,\"type\":\"\",\"sku\":\"\",\"id\":\"\",\"payload\":{}}",
        "{\"product\":4294967296,\"event\":1,\"type\":\"\",\"sku\":\"\",\"id\":\"\",\"payload\":{}}",
        "{\"event\":9223372036854775808,\"type\":\"\",\"sku\":\"\",\"id\":\"\",\"payload\":{}}",
        "{\"event\":-1,\"type\":\"\",\"sku\":\"\",\"id\":\"\",\"payload\":{}}",
        "{\"event\":1,\"type\":\"\\x\",\"sku\":\"\",\"id\":\"\",\"payload\":{}}",
        "{\"event\":1,\"type\":\"\\udc00\",\"sku\":\"\",\"id\":\"\",\"payload\":{}}",
        "{\"event\":1,\"type\":\"\\ud800x\",\"sku\":\"\",\"id\":\"\",\"payload\":{}}",
        "{\"event\":1,\"type\":\"\\ud800\\u0041\",\"sku\":\"\",\"id\":\"\",\"payload\":{}}",
        "{\"event\":1,\"type\":\"\",\"sku\":\"\",\"id\":\"\",\"payload\":[]}",
        "{\"event\":1,\"type\":\"\",\"sku\":\"\",\"id\":\"\",\"bytes\":\"0\"}",
        "{\"event\":1,\"type\":\"\",\"sku\":\"\",\"id\":\"\",\"bytes\":\"00\"} ",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct gw_text rest = gw_text_of(texts[i]);
        struct gw_event_line read;

        ck_assert_msg(gw_event_line_read(&rest, &scratch, &read, &error) == GW_INVALID, "%s", texts[i]);
    }
}
END_TEST

START_TEST(lines_are_read_one_after_another_and_skipped)
{
    struct gw_event_line read;
    struct gw_text rest, skipped;

    for (line.event = 1; line.event <= 3; line.event++)
        gw_event_line_append(&buffer, &line);
    rest = skipped = gw_buffer_text(&buffer);
    for (int64_t event = 1; event <= 3; event++) {
        ck_assert_uint_eq(gw_event_line_read(&rest, &scratch, &read, &error), GW_OK);
        ck_assert_int_eq(read.event, event);
    }
    ck_assert(gw_event_lines_skip(&skipped, 2));
    ck_assert_uint_eq(gw_event_line_read(&skipped, &scratch, &read, &error), GW_OK);
    ck_assert_int_eq(read.event, 3);
    ck_assert(gw_event_lines_skip(&skipped, 0));
    ck_assert(!gw_event_lines_skip(&skipped, 1));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("event_line");
    TCase *tests = tcase_create("event_line");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_event_is_one_line_with_its_payload_last_and_unchanged);
    tcase_add_test(tests, what_an_event_has_not_is_left_out);
    tcase_add_test(tests, any_text_is_read_back);
    tcase_add_test(tests, a_payload_that_is_no_object_on_one_line_is_read_back);
    tcase_add_test(tests, headers_of_any_bytes_are_read_back);
    tcase_add_test(tests, bytes_of_a_name_that_are_no_utf8_stay);
    tcase_add_test(tests, escapes_of_other_writers_are_read);
    tcase_add_test(tests, a_damaged_line_is_refused_and_stays);
    tcase_add_test(tests, a_line_of_another_form_is_refused);
    tcase_add_test(tests, lines_are_read_one_after_another_and_skipped);
    suite_add_tcase(suite, tests);
    return suite;
}
