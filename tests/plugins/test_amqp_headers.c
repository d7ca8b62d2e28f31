/* SPDX-License-Identifier: Apache-2.0 */
/* Typed headers as texts: every kind of value, as encoded by a sender. No network. */
#include "amqp_bytes.h"
#include "check_main.h"

#include "amqp/decode.h"
#include "amqp/headers.h"

#include <check.h>

#include <string.h>

enum { HEADERS_FLAG = 1 << 13, POOL_PAGE = 4096 };

static struct gw_buffer table;
static struct gw_buffer payload;
static struct rabbit_headers headers;
static amqp_pool_t pool;

static void set_up(void)
{
    gw_buffer_init(&table, AMQP_BYTES_MAX);
    gw_buffer_init(&payload, AMQP_BYTES_MAX);
    init_amqp_pool(&pool, POOL_PAGE);
}

static void tear_down(void)
{
    gw_buffer_done(&table);
    gw_buffer_done(&payload);
    rabbit_headers_done(&headers);
    empty_amqp_pool(&pool);
}

static void put_long(struct gw_buffer *bytes, const void *text, size_t len)
{
    put_u32(bytes, (uint32_t)len);
    gw_buffer_append(bytes, text, len);
}

/* A header with a value of this kind, encoded. */
static void put_value(const char *name, unsigned kind, const void *value, size_t len)
{
    put_short(&table, name);
    put_u8(&table, kind);
    gw_buffer_append(&table, value, len);
}

static void put_text(const char *name, const char *text)
{
    put_short(&table, name);
    put_u8(&table, AMQP_FIELD_KIND_UTF8);
    put_long(&table, text, strlen(text));
}

static void read_headers(void)
{
    const amqp_basic_properties_t *properties;

    recycle_amqp_pool(&pool);
    gw_buffer_reset(&payload);
    put_header(&payload, 0, HEADERS_FLAG);
    put_long(&payload, table.ptr, table.len);
    ck_assert_int_eq(rabbit_decode_properties(text_of(&payload), &pool, &properties, NULL), GW_OK);
    ck_assert(rabbit_headers_read(&headers, &properties->headers));
}

static void expect(size_t index, const char *name, const char *value)
{
    ck_assert_uint_lt(index, headers.count);
    ck_assert(gw_text_is(headers.items[index].name, name));
    ck_assert_msg(gw_text_is(headers.items[index].value, value), "%s is %.*s", name,
                  (int)headers.items[index].value.len, headers.items[index].value.ptr);
}

START_TEST(numbers_are_decimal_digits)
{
    static const struct {
        unsigned kind;
        const char *bytes;
        size_t len;
        const char *text;
    } cases[] = {
        {AMQP_FIELD_KIND_I8, "\xff", 1, "-1"},
        {AMQP_FIELD_KIND_U8, "\xff", 1, "255"},
        {AMQP_FIELD_KIND_I16, "\x80\0", 2, "-32768"},
        {AMQP_FIELD_KIND_U16, "\x80\0", 2, "32768"},
        {AMQP_FIELD_KIND_I32, "\xff\xff\xff\xfe", 4, "-2"},
        {AMQP_FIELD_KIND_U32, "\xff\xff\xff\xfe", 4, "4294967294"},
        {AMQP_FIELD_KIND_I64, "\x80\0\0\0\0\0\0\0", 8, "-9223372036854775808"},
        {AMQP_FIELD_KIND_U64, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "18446744073709551615"},
        {AMQP_FIELD_KIND_TIMESTAMP, "\0\0\0\0\x65\x4f\x2b\0", 8, "1699687168"},
        {AMQP_FIELD_KIND_F64, "\x3f\xe0\0\0\0\0\0\0", 8, "0.5"},
        {AMQP_FIELD_KIND_F32, "\x3f\0\0\0", 4, "0.5"},
        {AMQP_FIELD_KIND_F64, "\x7f\xf0\0\0\0\0\0\0", 8, "null"},
        {AMQP_FIELD_KIND_DECIMAL, "\2\0\0\4\xd2", 5, "1234e-2"},
        {AMQP_FIELD_KIND_DECIMAL, "\0\0\0\4\xd2", 5, "1234"},
        {AMQP_FIELD_KIND_BOOLEAN, "\1", 1, "true"},
        {AMQP_FIELD_KIND_BOOLEAN, "\0", 1, "false"},
        {AMQP_FIELD_KIND_VOID, "", 0, ""},
    };
    enum { CASES = sizeof cases / sizeof *cases };

    for (size_t index = 0; index < CASES; index++)
        put_value("n", cases[index].kind, cases[index].bytes, cases[index].len);
    read_headers();
    ck_assert_uint_eq(headers.count, CASES);
    for (size_t index = 0; index < CASES; index++)
        expect(index, "n", cases[index].text);
}
END_TEST

START_TEST(texts_are_borrowed_and_keep_their_order_and_repeats)
{
    put_text("note", "one");
    put_value("n", AMQP_FIELD_KIND_U8, "\7", 1);
    put_text("note", "");
    put_text("", "\xff \x01");
    put_value("n", AMQP_FIELD_KIND_U8, "\10", 1);
    read_headers();
    expect(0, "note", "one");
    expect(1, "n", "7");
    expect(2, "note", "");
    expect(3, "", "\xff \x01");
    expect(4, "n", "8");
    ck_assert(headers.items[0].value.ptr > payload.ptr && headers.items[0].value.ptr < payload.ptr + payload.len);
}
END_TEST

/* As a broker counts how often a message was a dead letter, in `x-death`. */
START_TEST(nested_values_are_json)
{
    struct gw_buffer inner;
    struct gw_buffer outer;

    gw_buffer_init(&inner, AMQP_BYTES_MAX);
    gw_buffer_init(&outer, AMQP_BYTES_MAX);
    put_short(&inner, "queue \"a\"");
    put_u8(&inner, AMQP_FIELD_KIND_UTF8);
    put_long(&inner, "b\\\n", 3);
    put_short(&inner, "count");
    put_u8(&inner, AMQP_FIELD_KIND_I64);
    put_u64(&inner, 3);
    put_short(&inner, "none");
    put_u8(&inner, AMQP_FIELD_KIND_VOID);
    put_u8(&outer, AMQP_FIELD_KIND_TABLE);
    put_long(&outer, inner.ptr, inner.len);
    put_u8(&outer, AMQP_FIELD_KIND_BOOLEAN);
    put_u8(&outer, 1);
    put_short(&table, "x-death");
    put_u8(&table, AMQP_FIELD_KIND_ARRAY);
    put_long(&table, outer.ptr, outer.len);
    put_short(&table, "empty");
    put_u8(&table, AMQP_FIELD_KIND_TABLE);
    put_u32(&table, 0);
    read_headers();
    expect(0, "x-death", "[{\"queue \\\"a\\\"\":\"b\\\\\\n\",\"count\":3,\"none\":null},true]");
    expect(1, "empty", "{}");
    gw_buffer_done(&inner);
    gw_buffer_done(&outer);
}
END_TEST

START_TEST(one_struct_reads_many_messages)
{
    for (int round = 0; round < 3; round++) {
        gw_buffer_reset(&table);
        for (int index = 0; index < 100 * round; index++)
            put_value("n", AMQP_FIELD_KIND_U8, "\7", 1);
        read_headers();
        ck_assert_uint_eq(headers.count, (size_t)(100 * round));
        if (round > 0)
            expect(headers.count - 1, "n", "7");
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("amqp_headers");
    TCase *tests = tcase_create("headers");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, numbers_are_decimal_digits);
    tcase_add_test(tests, texts_are_borrowed_and_keep_their_order_and_repeats);
    tcase_add_test(tests, nested_values_are_json);
    tcase_add_test(tests, one_struct_reads_many_messages);
    suite_add_tcase(suite, tests);
    return suite;
}
