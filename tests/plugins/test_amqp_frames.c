/* SPDX-License-Identifier: Apache-2.0 */
/* Frames, methods and properties as bytes of a broker or a sender: what is well-formed is read, and everything else is
 * refused before rabbitmq-c decodes it. No network. */
#include "amqp_bytes.h"
#include "check_main.h"

#include "amqp/decode.h"
#include "amqp/frame.h"
#include "amqp/status.h"
#include "amqp/table.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

enum { FRAME_MAX = RABBIT_FRAME_MAX_LEAST, HEADERS_FLAG = 1 << 13 };

static struct gw_buffer bytes;
static struct gw_buffer payload;
static amqp_pool_t pool;

static void set_up(void)
{
    gw_buffer_init(&bytes, AMQP_BYTES_MAX);
    gw_buffer_init(&payload, AMQP_BYTES_MAX);
    init_amqp_pool(&pool, FRAME_MAX);
}

static void tear_down(void)
{
    gw_buffer_done(&bytes);
    gw_buffer_done(&payload);
    empty_amqp_pool(&pool);
}

/* A copy whose memory ends where the bytes end, so that AddressSanitizer sees a read beyond them. */
static struct gw_text exact(const struct gw_buffer *from, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);

    ck_assert_ptr_nonnull(copy);
    if (len > 0)
        memcpy(copy, from->ptr, len);
    return gw_text_span(copy, len);
}

static enum gw_status take(size_t len, struct rabbit_frame *ret_frame)
{
    struct gw_text whole = exact(&bytes, len);
    struct gw_text rest = whole;
    enum gw_status status = rabbit_frame_take(&rest, FRAME_MAX, ret_frame, NULL);

    free((void *)whole.ptr);
    return status;
}

/* ---- frames ---- */

START_TEST(frames_behind_each_other_are_taken_one_by_one)
{
    struct gw_text rest;
    struct rabbit_frame frame;

    put_frame(&bytes, RABBIT_METHOD, 1, gw_text_of("method"));
    put_frame(&bytes, RABBIT_BODY, 1, gw_text_of("body"));
    put_frame(&bytes, RABBIT_HEARTBEAT, 0, gw_text_of(""));
    rest = text_of(&bytes);
    ck_assert_int_eq(rabbit_frame_take(&rest, FRAME_MAX, &frame, NULL), GW_OK);
    ck_assert(frame.type == RABBIT_METHOD && frame.channel == 1 && gw_text_is(frame.payload, "method"));
    ck_assert_int_eq(rabbit_frame_take(&rest, FRAME_MAX, &frame, NULL), GW_OK);
    ck_assert(frame.type == RABBIT_BODY && gw_text_is(frame.payload, "body"));
    ck_assert_int_eq(rabbit_frame_take(&rest, FRAME_MAX, &frame, NULL), GW_OK);
    ck_assert(frame.type == RABBIT_HEARTBEAT && frame.payload.len == 0);
    ck_assert_int_eq(rabbit_frame_take(&rest, FRAME_MAX, &frame, NULL), GW_OK);
    ck_assert(frame.type == RABBIT_NO_FRAME && rest.len == 0);
}
END_TEST

START_TEST(a_frame_that_is_cut_anywhere_waits_for_its_rest)
{
    struct rabbit_frame frame;

    put_frame(&bytes, RABBIT_METHOD, 1, gw_text_of("method"));
    for (size_t len = 0; len < bytes.len; len++) {
        ck_assert_int_eq(take(len, &frame), GW_OK);
        ck_assert_int_eq(frame.type, RABBIT_NO_FRAME);
    }
    ck_assert_int_eq(take(bytes.len, &frame), GW_OK);
    ck_assert_int_eq(frame.type, RABBIT_METHOD);
}
END_TEST

/* The length is judged when the first seven bytes are there. */
static void expect_refused_head(unsigned type, unsigned channel, uint32_t len)
{
    struct rabbit_frame frame;

    gw_buffer_reset(&bytes);
    put_u8(&bytes, type);
    put_u16(&bytes, channel);
    put_u32(&bytes, len);
    ck_assert_msg(take(bytes.len, &frame) == GW_TRANSIENT, "type %u, channel %u, %lu bytes", type, channel,
                  (unsigned long)len);
}

START_TEST(a_frame_with_an_impossible_head_is_refused)
{
    const uint32_t most = FRAME_MAX - RABBIT_FRAME_EXTRA;
    struct rabbit_frame frame;

    expect_refused_head(RABBIT_BODY, 1, most + 1);
    expect_refused_head(RABBIT_BODY, 1, UINT32_MAX);
    expect_refused_head(RABBIT_METHOD, 1, 3);
    expect_refused_head(RABBIT_METHOD, 0, 0);
    expect_refused_head(RABBIT_HEADER, 1, 13);
    expect_refused_head(RABBIT_HEARTBEAT, 0, 1);
    expect_refused_head(RABBIT_HEARTBEAT, 1, 0);
    expect_refused_head(RABBIT_BODY, 0, 4);
    expect_refused_head(0, 0, 4);
    expect_refused_head(4, 1, 4);
    expect_refused_head(255, 1, 4);
    gw_buffer_reset(&bytes);
    put_u8(&bytes, RABBIT_BODY);
    put_u16(&bytes, 1);
    put_u32(&bytes, most);
    ck_assert_int_eq(take(bytes.len, &frame), GW_OK);
    ck_assert_int_eq(frame.type, RABBIT_NO_FRAME);
}
END_TEST

START_TEST(bytes_that_are_no_frame_are_refused_at_the_first)
{
    struct rabbit_frame frame;

    gw_buffer_append(&bytes, "AMQP\0\1\0\0", 8);
    ck_assert_int_eq(take(1, &frame), GW_TRANSIENT);
    ck_assert_int_eq(take(8, &frame), GW_TRANSIENT);
    gw_buffer_reset(&bytes);
    put_frame(&bytes, RABBIT_METHOD, 1, gw_text_of("method"));
    bytes.ptr[bytes.len - 1] = 0;
    ck_assert_int_eq(take(bytes.len, &frame), GW_TRANSIENT);
}
END_TEST

/* ---- methods ---- */

static enum gw_status decode_method(size_t len, amqp_method_t *ret_method)
{
    struct gw_text whole = exact(&payload, len);
    enum gw_status status = rabbit_decode_method(whole, &pool, ret_method, NULL);

    free((void *)whole.ptr);
    return status;
}

START_TEST(a_delivery_is_decoded)
{
    amqp_method_t method;
    const amqp_basic_deliver_t *deliver;

    put_deliver(&payload, 4711, "events", "stock.changed");
    ck_assert_int_eq(rabbit_decode_method(text_of(&payload), &pool, &method, NULL), GW_OK);
    ck_assert_uint_eq(method.id, AMQP_BASIC_DELIVER_METHOD);
    deliver = method.decoded;
    ck_assert_uint_eq(deliver->delivery_tag, 4711);
    ck_assert(gw_text_is(gw_text_span(deliver->exchange.bytes, deliver->exchange.len), "events"));
    ck_assert(gw_text_is(gw_text_span(deliver->routing_key.bytes, deliver->routing_key.len), "stock.changed"));
}
END_TEST

START_TEST(a_method_that_is_cut_anywhere_is_refused)
{
    amqp_method_t method;

    put_deliver(&payload, 4711, "events", "stock.changed");
    for (size_t len = 0; len < payload.len; len++)
        ck_assert_msg(decode_method(len, &method) == GW_TRANSIENT, "%zu bytes", len);
}
END_TEST

START_TEST(a_method_that_a_broker_does_not_send_is_refused)
{
    static const uint32_t numbers[] = {AMQP_QUEUE_DECLARE_METHOD,
                                       AMQP_BASIC_CONSUME_METHOD,
                                       AMQP_BASIC_PUBLISH_METHOD,
                                       AMQP_CONNECTION_START_OK_METHOD,
                                       0,
                                       UINT32_MAX};
    amqp_method_t method;

    for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++) {
        gw_buffer_reset(&payload);
        put_u32(&payload, numbers[index]);
        put_u64(&payload, 0);
        put_u64(&payload, 0);
        ck_assert_int_eq(decode_method(payload.len, &method), GW_TRANSIENT);
    }
}
END_TEST

/* ---- properties ---- */

/* A table of this many levels, each with one value. */
static void put_nested(struct gw_buffer *into, uint32_t levels)
{
    const uint32_t level_bytes = 1 + 1 + 1 + 4; /* key, kind, length */

    put_u32(into, (levels - 1) * level_bytes);
    for (uint32_t below = levels - 1; below > 0; below--) {
        put_short(into, "t");
        put_u8(into, AMQP_FIELD_KIND_TABLE);
        put_u32(into, (below - 1) * level_bytes);
    }
}

static enum gw_status decode_properties(size_t len)
{
    struct gw_text whole = exact(&payload, len);
    const amqp_basic_properties_t *properties = NULL;
    enum gw_status status = rabbit_decode_properties(whole, &pool, &properties, NULL);

    ck_assert(status != GW_OK || properties != NULL);
    free((void *)whole.ptr);
    return status;
}

static void put_some_properties(void)
{
    struct gw_buffer table;

    gw_buffer_init(&table, FRAME_MAX);
    put_short(&table, "attempt");
    put_u8(&table, AMQP_FIELD_KIND_I32);
    put_u32(&table, 7);
    put_short(&table, "note");
    put_u8(&table, AMQP_FIELD_KIND_UTF8);
    put_u32(&table, 5);
    gw_buffer_append_string(&table, "hello");
    put_header(&payload, 2, 1 << 15 | HEADERS_FLAG | 1 << 7);
    put_short(&payload, "application/json");
    put_u32(&payload, (uint32_t)table.len);
    gw_buffer_append(&payload, table.ptr, table.len);
    put_short(&payload, "message-1");
    gw_buffer_done(&table);
}

START_TEST(properties_and_headers_are_decoded)
{
    const amqp_basic_properties_t *properties;

    put_some_properties();
    ck_assert_int_eq(rabbit_decode_properties(text_of(&payload), &pool, &properties, NULL), GW_OK);
    ck_assert_int_eq(properties->headers.num_entries, 2);
    ck_assert_int_eq(properties->headers.entries[0].value.value.i32, 7);
    ck_assert(gw_text_is(gw_text_span(properties->message_id.bytes, properties->message_id.len), "message-1"));
}
END_TEST

/* The memory of a pool is used again, and is not cleared. */
START_TEST(a_message_without_headers_has_none_of_the_one_before)
{
    const amqp_basic_properties_t *properties;

    put_some_properties();
    ck_assert_int_eq(rabbit_decode_properties(text_of(&payload), &pool, &properties, NULL), GW_OK);
    recycle_amqp_pool(&pool);
    gw_buffer_reset(&payload);
    put_header(&payload, 0, 0);
    ck_assert_int_eq(rabbit_decode_properties(text_of(&payload), &pool, &properties, NULL), GW_OK);
    ck_assert_int_eq(properties->headers.num_entries, 0);
}
END_TEST

START_TEST(properties_that_are_cut_anywhere_are_refused)
{
    put_some_properties();
    for (size_t len = 0; len < payload.len; len++)
        ck_assert_msg(decode_properties(len) == GW_TRANSIENT, "%zu bytes", len);
}
END_TEST

START_TEST(headers_may_be_nested_up_to_the_limit)
{
    static const struct {
        uint32_t levels;
        enum gw_status status;
    } cases[] = {{1, GW_OK},
                 {RABBIT_TABLE_DEPTH_MAX, GW_OK},
                 {RABBIT_TABLE_DEPTH_MAX + 1, GW_TRANSIENT},
                 {100000, GW_TRANSIENT}}; /* too much for a stack of 8 MiB in rabbitmq-c 0.11 */

    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        gw_buffer_reset(&payload);
        put_header(&payload, 0, HEADERS_FLAG);
        put_nested(&payload, cases[index].levels);
        ck_assert_int_eq(decode_properties(payload.len), cases[index].status);
    }
}
END_TEST

START_TEST(a_length_that_leaves_its_table_is_refused)
{
    /* The inner text would end inside of the bytes, but outside of its table. */
    put_header(&payload, 0, HEADERS_FLAG | 1 << 7);
    put_u32(&payload, 2 + 1 + 4);
    put_short(&payload, "n");
    put_u8(&payload, AMQP_FIELD_KIND_UTF8);
    put_u32(&payload, 3);
    put_short(&payload, "message-1");
    ck_assert_int_eq(decode_properties(payload.len), GW_TRANSIENT);
}
END_TEST

START_TEST(an_unknown_kind_of_value_is_refused)
{
    put_header(&payload, 0, HEADERS_FLAG);
    put_u32(&payload, 2 + 1);
    put_short(&payload, "n");
    put_u8(&payload, '?');
    ck_assert_int_eq(decode_properties(payload.len), GW_TRANSIENT);
}
END_TEST

START_TEST(a_second_word_of_flags_and_another_class_are_refused)
{
    put_header(&payload, 0, 1);
    put_u64(&payload, UINT64_MAX);
    ck_assert_int_eq(decode_properties(payload.len), GW_TRANSIENT);
    gw_buffer_reset(&payload);
    put_header(&payload, 0, 0);
    ck_assert_int_eq(decode_properties(payload.len), GW_OK);
    payload.ptr[1] = 10;
    ck_assert_int_eq(decode_properties(payload.len), GW_TRANSIENT);
}
END_TEST

/* ---- statuses ---- */

START_TEST(what_an_operator_must_change_is_a_matter_of_configuration)
{
    static const uint16_t config[] = {402, 403, 404, 405, 406, 530, 540};
    static const uint16_t transient[] = {320, 501, 502, 503, 504, 505, 506, 541, 999};
    static const uint16_t permanent[] = {311, 312, 313};

    for (size_t index = 0; index < sizeof config / sizeof *config; index++)
        ck_assert_int_eq(rabbit_reply_status(config[index]), GW_CONFIG);
    for (size_t index = 0; index < sizeof transient / sizeof *transient; index++)
        ck_assert_int_eq(rabbit_reply_status(transient[index]), GW_TRANSIENT);
    for (size_t index = 0; index < sizeof permanent / sizeof *permanent; index++)
        ck_assert_int_eq(rabbit_reply_status(permanent[index]), GW_PERMANENT);
    ck_assert_int_eq(rabbit_reply_status(200), GW_OK);
    ck_assert_int_eq(rabbit_library_status(AMQP_STATUS_NO_MEMORY), GW_NOMEM);
    ck_assert_int_eq(rabbit_library_status(AMQP_STATUS_BAD_AMQP_DATA), GW_TRANSIENT);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("amqp_frames");
    TCase *tests = tcase_create("frames");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, frames_behind_each_other_are_taken_one_by_one);
    tcase_add_test(tests, a_frame_that_is_cut_anywhere_waits_for_its_rest);
    tcase_add_test(tests, a_frame_with_an_impossible_head_is_refused);
    tcase_add_test(tests, bytes_that_are_no_frame_are_refused_at_the_first);
    tcase_add_test(tests, a_delivery_is_decoded);
    tcase_add_test(tests, a_method_that_is_cut_anywhere_is_refused);
    tcase_add_test(tests, a_method_that_a_broker_does_not_send_is_refused);
    tcase_add_test(tests, properties_and_headers_are_decoded);
    tcase_add_test(tests, a_message_without_headers_has_none_of_the_one_before);
    tcase_add_test(tests, properties_that_are_cut_anywhere_are_refused);
    tcase_add_test(tests, headers_may_be_nested_up_to_the_limit);
    tcase_add_test(tests, a_length_that_leaves_its_table_is_refused);
    tcase_add_test(tests, an_unknown_kind_of_value_is_refused);
    tcase_add_test(tests, a_second_word_of_flags_and_another_class_are_refused);
    tcase_add_test(tests, what_an_operator_must_change_is_a_matter_of_configuration);
    suite_add_tcase(suite, tests);
    return suite;
}
