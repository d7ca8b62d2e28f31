/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON reader: every file of tests/corpus/json is accepted or rejected as its name says; the values of members; the
 * texts of refusals; and that no hostile payload makes it slow.
 */
#include "base/arena.h"
#include "check_main.h"
#include "json/json.h"
#include "json/json_token.h"

#include <dirent.h>
#include <gangway/scope.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_BYTES = 1024 * 1024 };

static struct gw_arena *arena;
static struct gw_json_reader *reader;
static struct gw_json_object object;
static struct gw_error error;

static void setup(void)
{
    arena = gw_arena_new(64 * MAX_BYTES);
    reader = gw_json_reader_new(MAX_BYTES);
    ck_assert_ptr_nonnull(arena);
    ck_assert_ptr_nonnull(reader);
    object = (struct gw_json_object){0};
    error = (struct gw_error){0};
}

static void teardown(void)
{
    gw_json_reader_free(reader);
    gw_arena_free(arena);
}

/* Reads from memory that ends where the payload ends, so that a sanitizer sees any byte read behind it. */
static enum gw_status read_bytes(const char *bytes, size_t len)
{
    char *exact = malloc(len);
    enum gw_status status;

    ck_assert(exact != NULL || len == 0);
    if (len > 0)
        memcpy(exact, bytes, len);
    status = gw_json_read_object(reader, arena, gw_text_span(exact, len), &object, &error);
    free(exact);
    return status;
}

static void read_json(const char *payload)
{
    enum gw_status status = read_bytes(payload, strlen(payload));

    ck_assert_msg(status == GW_OK, "%s: %s", payload, error.text);
}

static void assert_refused(const char *bytes, size_t len, const char *expected)
{
    ck_assert_int_eq(read_bytes(bytes, len), GW_INVALID);
    ck_assert_int_eq(error.status, GW_INVALID);
    ck_assert_str_eq(error.text, expected);
}

static const struct gw_json_member *member(const char *name)
{
    const struct gw_json_member *found = gw_json_find(&object, name);

    ck_assert_msg(found != NULL, "no member %s", name);
    return found;
}

static void assert_text(struct gw_text text, const char *expected)
{
    ck_assert_msg(gw_text_is(text, expected), "'%.*s' is not '%s'", (int)text.len, text.ptr, expected);
}

/* head, count times unit, then tail; the caller frees it. */
static char *repeat(const char *head, const char *unit, size_t count, const char *tail)
{
    size_t head_len = strlen(head);
    size_t len = strlen(unit);
    char *text = malloc(head_len + len * count + strlen(tail) + 1);

    ck_assert_ptr_nonnull(text);
    memcpy(text, head, head_len);
    for (size_t i = 0; i < count; i++)
        memcpy(text + head_len + i * len, unit, len);
    memcpy(text + head_len + len * count, tail, strlen(tail) + 1);
    return text;
}

static size_t read_corpus_file(const char *name, char *bytes, size_t size)
{
    char path[1024];
    size_t len;
    FILE *file;

    ck_assert_int_lt(snprintf(path, sizeof path, "%s/%s", GW_JSON_CORPUS, name), (int)sizeof path);
    file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s", path);
    len = fread(bytes, 1, size, file);
    fclose(file);
    ck_assert_uint_lt(len, size);
    return len;
}

START_TEST(every_corpus_file_is_decided_as_its_name_says)
{
    static char bytes[64 * 1024];
    DIR *folder = opendir(GW_JSON_CORPUS);
    int accepted = 0;
    int rejected = 0;
    struct dirent *entry;

    ck_assert_ptr_nonnull(folder);
    while ((entry = readdir(folder)) != NULL) {
        bool is_accept = strncmp(entry->d_name, "accept_", 7) == 0;
        bool is_reject = strncmp(entry->d_name, "reject_", 7) == 0;
        enum gw_status status;

        if (!is_accept && !is_reject)
            continue;
        error.text[0] = '\0';
        status = read_bytes(bytes, read_corpus_file(entry->d_name, bytes, sizeof bytes));
        ck_assert_msg(status == (is_accept ? GW_OK : GW_INVALID), "%s: %s %s", entry->d_name,
                      gw_status_word((int)status), error.text);
        ck_assert_msg(is_accept || (error.text[0] != '\0' && strchr(error.text, '\n') == NULL), "%s", entry->d_name);
        accepted += is_accept;
        rejected += is_reject;
    }
    closedir(folder);
    ck_assert_int_gt(accepted, 70);
    ck_assert_int_gt(rejected, 250);
}
END_TEST

START_TEST(members_come_in_order_with_their_kinds)
{
    static const struct {
        const char *name;
        enum gw_json_kind kind;
        const char *text;
    } expected[] = {
        {"orderid", GW_JSON_STRING, "o-1"},   {"qty", GW_JSON_INTEGER, "-3"},        {"price", GW_JSON_NUMBER, "1.50"},
        {"yes", GW_JSON_BOOL, "true"},        {"no", GW_JSON_BOOL, "false"},         {"eta", GW_JSON_NULL, "null"},
        {"list", GW_JSON_ARRAY, "[1, [2] ]"}, {"map", GW_JSON_OBJECT, "{ \"a\":1}"}, {"none", GW_JSON_ARRAY, "[]"},
    };

    read_json("{\"orderid\": \"o-1\", \"qty\": -3 , \"price\":1.50,\"yes\": true, \"no\": false , \"eta\": null\n,"
              "\"list\": [1, [2] ] , \"map\":\t{ \"a\":1}, \"none\": []\r\n}");
    ck_assert_uint_eq(object.count, gw_array_length(expected));
    for (size_t i = 0; i < object.count; i++) {
        assert_text(object.members[i].name, expected[i].name);
        ck_assert_int_eq(object.members[i].kind, expected[i].kind);
        assert_text(object.members[i].text, expected[i].text);
    }
    ck_assert(member("yes")->boolean);
    ck_assert(!member("no")->boolean);
    ck_assert_ptr_null(gw_json_find(&object, "sku"));
}
END_TEST

static const struct {
    const char *written;
    enum gw_json_kind kind;
    int64_t value;
} numbers[] = {
    {"0", GW_JSON_INTEGER, 0},
    {"7", GW_JSON_INTEGER, 7},
    {"-1", GW_JSON_INTEGER, -1},
    {"2147483648", GW_JSON_INTEGER, 2147483648},
    {"9223372036854775807", GW_JSON_INTEGER, INT64_MAX},
    {"-9223372036854775808", GW_JSON_INTEGER, INT64_MIN},
    {"9223372036854775808", GW_JSON_NUMBER, 0},
    {"-9223372036854775809", GW_JSON_NUMBER, 0},
    {"18446744073709551616", GW_JSON_NUMBER, 0},
    {"100000000000000000000000000000000000000000", GW_JSON_NUMBER, 0},
    {"-0", GW_JSON_NUMBER, 0},
    {"5.0", GW_JSON_NUMBER, 0},
    {"1e2", GW_JSON_NUMBER, 0},
    {"1E2", GW_JSON_NUMBER, 0},
    {"0e0", GW_JSON_NUMBER, 0},
    {"1e400", GW_JSON_NUMBER, 0},
};

START_TEST(an_integer_is_digits_that_fit)
{
    char payload[128];

    snprintf(payload, sizeof payload, "{\"n\":%s}", numbers[_i].written);
    read_json(payload);
    ck_assert_int_eq(member("n")->kind, numbers[_i].kind);
    assert_text(member("n")->text, numbers[_i].written);
    if (numbers[_i].kind == GW_JSON_INTEGER)
        ck_assert_int_eq(member("n")->integer, numbers[_i].value);
}
END_TEST

START_TEST(names_and_strings_are_unescaped)
{
    struct gw_text with_nul;

    read_json("{\"\\u0061\\/\\\\\\\"\": \"\\b\\f\\n\\r\\t\", \"u\": \"\\u00e9\\u20ac\\ud83d\\ude00!\", \"z\": "
              "\"a\\u0000b\"}");
    assert_text(object.members[0].name, "a/\\\"");
    assert_text(object.members[0].text, "\b\f\n\r\t");
    assert_text(member("u")->text, "é€😀!");
    with_nul = member("z")->text;
    ck_assert_uint_eq(with_nul.len, 3);
    ck_assert_mem_eq(with_nul.ptr, "a\0b", 3);
}
END_TEST

START_TEST(an_object_inside_is_read_with_the_same_function)
{
    read_json("{\"specversion\": \"1.0\", \"data\" : {\"sku\": \"L\\u0041MP\", \"deep\": {\"qty\": 2} } }");
    ck_assert_int_eq(gw_json_read_object(reader, arena, member("data")->text, &object, &error), GW_OK);
    assert_text(member("sku")->text, "LAMP");
    ck_assert_int_eq(gw_json_read_object(reader, arena, member("deep")->text, &object, &error), GW_OK);
    ck_assert_int_eq(member("qty")->integer, 2);
}
END_TEST

START_TEST(the_result_is_valid_as_long_as_the_arena)
{
    struct gw_json_object first;

    read_json("{\"sku\": \"LAMP\", \"ref\": \"b\\u0031\"}");
    first = object;
    for (int i = 0; i < 1000; i++)
        read_json("{\"sku\": \"TABLE\", \"ref\": \"c\\u0032\", \"more\": [1, 2, 3]}");
    assert_text(gw_json_find(&first, "sku")->text, "LAMP");
    assert_text(gw_json_find(&first, "ref")->text, "b1");
}
END_TEST

START_TEST(a_refused_payload_leaves_the_reader_usable)
{
    ck_assert_int_eq(read_bytes("{\"a\": {\"b\": [", 13), GW_INVALID);
    ck_assert_int_eq(read_bytes("{\"a\": {\"b\": 1, \"b\": 2}}", 24), GW_INVALID);
    read_json("{\"b\": 1, \"a\": 2}");
    ck_assert_uint_eq(object.count, 2);
}
END_TEST

static const struct {
    const char *payload;
    const char *expected;
} refusals[] = {
    {"", "the payload is empty; expected a JSON object"},
    {" \n", "the payload is empty; expected a JSON object"},
    {" [1]", "byte 2: expected a JSON object, which begins with '{'"},
    {"\xEF\xBB\xBF{}", "byte 1: a byte order mark; JSON has none"},
    {"{\"sku\": 1, \"sku\": 2}", "byte 12: the key \"sku\" appears twice in its object"},
    {"{\"x\": {\"a\": 1, \"\\u0061\": 2}}", "byte 16: the key \"\\u0061\" appears twice in its object"},
    {"{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"b\":1,\"a\":1}",
     "byte 50: the key \"b\" appears twice in its object"},
    {"{\"a\": \"x\\ud800\"}",
     "byte 9: half of a surrogate pair; expected \\uD800 to \\uDBFF and then \\uDC00 to \\uDFFF"},
    {"{\"a\": \"\\x\"}", "byte 8: an escape that JSON does not know; a backslash is written \\\\"},
    {"{\"a\": [\"\\u12\"]}", "byte 9: expected four hexadecimal digits behind \\u"},
    {"{\"a\": 01}", "byte 7: not a number as JSON writes it, such as 0, -12, 3.5 or 1e9"},
    {"{\"a\": NaN}", "byte 7: expected a value"},
    {"{\"a\": }", "byte 7: expected a value"},
    {"{\"a\": 1,}", "byte 9: expected \"key\": value, and ',' or '}' behind it"},
    {"{\"a\" 1}", "byte 6: expected \"key\": value, and ',' or '}' behind it"},
    {"{\"a\": 1 \"b\": 2}", "byte 9: expected \"key\": value, and ',' or '}' behind it"},
    {"{\"a\": [1 2]}", "byte 10: expected a value, and ',' or ']' behind it"},
    {"{\"a\": {\"b\": 1}", "byte 15: the payload ends before all of its lists and objects are closed"},
    {"{\"a\": {}", "byte 9: the payload ends before all of its lists and objects are closed"},
    {"{\"a\": 1 ", "byte 7: expected the '}' of the payload's object at its end"},
    {"{\"a\": 1} x", "byte 10: expected the '}' of the payload's object at its end"},
    {"{\"a\": 1} {}", "byte 10: expected nothing behind the object"},
    {"{\"\xC3\xA9\": \"\xFF\"}", "byte 9: not UTF-8"},
    {"{\"a\": \"x\ny\"}", "byte 9: a control character inside a string; it must be escaped"},
    {"{\"a\": \"\\\n\"}", "byte 9: a control character inside a string; it must be escaped"},
    {"{\"a\": \"\\\"x}", "byte 7: a string that is not closed"},
    {"{\"a\": \"x\\", "byte 7: a string that is not closed"},
    {"{\"a\": \"\\ud83d\\n12345\"}",
     "byte 8: half of a surrogate pair; expected \\uD800 to \\uDBFF and then \\uDC00 to \\uDFFF"},
    {"{\"a\": \"\\ud83dx12345\"}",
     "byte 8: half of a surrogate pair; expected \\uD800 to \\uDBFF and then \\uDC00 to \\uDFFF"},
    {"{\"a\": \"\\ud83d\\uffff\"}",
     "byte 8: half of a surrogate pair; expected \\uD800 to \\uDBFF and then \\uDC00 to \\uDFFF"},
    {"{\"a\": \"\\ud83d\\u0041\"}",
     "byte 8: half of a surrogate pair; expected \\uD800 to \\uDBFF and then \\uDC00 to \\uDFFF"},
};

START_TEST(an_error_has_place_and_reason)
{
    assert_refused(refusals[_i].payload, strlen(refusals[_i].payload), refusals[_i].expected);
}
END_TEST

START_TEST(a_backslash_at_the_end_is_no_escape)
{
    const char *flaw = NULL;
    size_t len = 7;
    struct gw_text written = gw_text_of("ab\\");

    ck_assert_ptr_eq(gw_json_unescape(written, NULL, &len, &flaw), written.ptr + 2);
    ck_assert_ptr_nonnull(flaw);
    ck_assert_uint_eq(len, 7);
}
END_TEST

START_TEST(a_long_key_is_cut_in_the_error)
{
    char *payload = repeat("{\"", "é", 400, "\": 1, \"");
    char *twice = repeat(payload, "é", 400, "\": 2}");

    ck_assert_int_eq(read_bytes(twice, strlen(twice)), GW_INVALID);
    ck_assert_ptr_nonnull(strstr(error.text, "éé\" appears twice in its object"));
    ck_assert_uint_lt(strlen(error.text), 130);
    free(twice);
    free(payload);
}
END_TEST

START_TEST(a_payload_above_the_limit_is_refused)
{
    char *payload = repeat("{\"a\":\"", "x", MAX_BYTES - 8, "\"}");

    read_json(payload);
    free(payload);
    payload = repeat("{\"a\":\"", "x", MAX_BYTES - 7, "\"}");
    assert_refused(payload, strlen(payload), "the payload has 1048577 bytes, more than the limit of 1048576");
    free(payload);
}
END_TEST

START_TEST(an_arena_that_is_full_is_out_of_memory)
{
    /* One after the other, every allocation that the payload needs is the one that fails. */
    static const char payload[] = "{\"k\\n\": {\"n\\n\": \"v\\n\"}, \"s\": \"x\\n\", \"t\": [1, {\"z\\t\": 2}]}";
    enum gw_status status = GW_NOMEM;
    int refused = 0;

    for (size_t bytes = 1; status != GW_OK; bytes += 8) {
        struct gw_arena *small = gw_arena_new(bytes);

        status = gw_json_read_object(reader, small, gw_text_of(payload), &object, &error);
        ck_assert(status == GW_OK || (status == GW_NOMEM && strcmp(error.text, "out of memory") == 0));
        refused += status == GW_NOMEM;
        gw_arena_free(small);
        ck_assert_uint_lt(bytes, 4096);
    }
    ck_assert_int_gt(refused, 10);
}
END_TEST

START_TEST(an_error_may_be_ignored)
{
    ck_assert_int_eq(gw_json_read_object(reader, arena, gw_text_of("{"), &object, NULL), GW_INVALID);
}
END_TEST

static const struct {
    const char *head;
    const char *unit;
    size_t count;
    const char *tail;
    enum gw_status status;
} floods[] = {
    {"{\"a\":", "[", 1000000, "", GW_INVALID},
    {"{\"a\":", "[", 100000, "}", GW_INVALID},
    {"", "{\"a\":", 200000, "}", GW_INVALID},
    {"", "{", 1000000, "}", GW_INVALID},
    {"{", "\"", 1000000, "}", GW_INVALID},
    {"{", "\"", 1000001, "}", GW_INVALID},
    {"{\"a\":\"", "\\", 1000000, "\"}", GW_OK},
    {"{\"a\":\"", "\\", 1000001, "\"}", GW_INVALID},
    {"{\"a\":\"", "\\u0000", 170000, "\"}", GW_OK},
    {"{\"a\":[", "\"\\n\",", 200000, "1]}", GW_OK},
    {"{\"a\":[", "{},", 300000, "1]}", GW_OK},
    {"{\"a\":[", "{\"\\n\":1},", 100000, "1]}", GW_OK},
    {"{\"a\":", "1", 1000000, "}", GW_OK},
    {"{\"a\":1", " ", 1000000, "}", GW_OK},
    {"{\"a\":1}", " ", 1000000, "", GW_OK},
    {"{\"a\":1}", "}", 1000000, "", GW_INVALID},
    {"{", ",", 1000000, "}", GW_INVALID},
    {"{", ":", 1000000, "}", GW_INVALID},
    {"{", "\"a\":1,", 160000, "\"a\":1}", GW_INVALID},
    {"{\"a\":[", ",", 1000000, "]}", GW_INVALID},
    {"{\"a\":[", "0,", 500000, "0]}", GW_OK},
};

/* What is quadratic would run into the time limit. */
START_TEST(a_megabyte_of_one_thing_is_decided_quickly)
{
    char *payload = repeat(floods[_i].head, floods[_i].unit, floods[_i].count, floods[_i].tail);

    ck_assert_int_eq(read_bytes(payload, strlen(payload)), floods[_i].status);
    free(payload);
}
END_TEST

START_TEST(a_hundred_thousand_keys_are_compared_quickly_and_the_twin_is_found)
{
    char *payload = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&payload, &size);

    fprintf(stream, "{\"x\":{");
    for (int i = 0; i < 90000; i++)
        fprintf(stream, "\"%05x\":0,", i);
    fprintf(stream, "\"00007\":0}}");
    fclose(stream);
    ck_assert_int_eq(read_bytes(payload, size), GW_INVALID);
    ck_assert_str_eq(error.text, "byte 900007: the key \"00007\" appears twice in its object");
    payload[900007] = 'x';
    read_json(payload);
    free(payload);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *reading = tcase_create("reading");
    TCase *refusing = tcase_create("refusing");
    TCase *hostile = tcase_create("hostile");

    tcase_add_checked_fixture(reading, setup, teardown);
    tcase_add_test(reading, every_corpus_file_is_decided_as_its_name_says);
    tcase_add_test(reading, members_come_in_order_with_their_kinds);
    tcase_add_loop_test(reading, an_integer_is_digits_that_fit, 0, gw_array_length(numbers));
    tcase_add_test(reading, names_and_strings_are_unescaped);
    tcase_add_test(reading, an_object_inside_is_read_with_the_same_function);
    tcase_add_test(reading, the_result_is_valid_as_long_as_the_arena);
    tcase_add_test(reading, a_refused_payload_leaves_the_reader_usable);
    suite_add_tcase(suite, reading);

    tcase_add_checked_fixture(refusing, setup, teardown);
    tcase_add_loop_test(refusing, an_error_has_place_and_reason, 0, gw_array_length(refusals));
    tcase_add_test(refusing, a_backslash_at_the_end_is_no_escape);
    tcase_add_test(refusing, a_long_key_is_cut_in_the_error);
    tcase_add_test(refusing, a_payload_above_the_limit_is_refused);
    tcase_add_test(refusing, an_arena_that_is_full_is_out_of_memory);
    tcase_add_test(refusing, an_error_may_be_ignored);
    suite_add_tcase(suite, refusing);

    tcase_add_checked_fixture(hostile, setup, teardown);
    tcase_add_loop_test(hostile, a_megabyte_of_one_thing_is_decided_quickly, 0, gw_array_length(floods));
    tcase_add_test(hostile, a_hundred_thousand_keys_are_compared_quickly_and_the_twin_is_found);
    suite_add_tcase(suite, hostile);
    return suite;
}
