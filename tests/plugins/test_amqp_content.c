/* SPDX-License-Identifier: Apache-2.0 */
/* Contents that arrive frame by frame: whole ones, oversized ones, and frames in the wrong order. No network. */
#include "amqp_bytes.h"
#include "check_main.h"

#include "amqp/content.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

enum { MAX_BODY = 8192 };

static struct rabbit_assembly assembly;
static struct gw_buffer method;
static struct gw_buffer header;

static void set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
    rabbit_assembly_init(&assembly, MAX_BODY);
    gw_buffer_init(&method, AMQP_BYTES_MAX);
    gw_buffer_init(&header, AMQP_BYTES_MAX);
    put_deliver(&method, 7, "events", "key");
}

static void tear_down(void)
{
    rabbit_assembly_reset(&assembly);
    gw_buffer_done(&method);
    gw_buffer_done(&header);
}

static enum gw_status add(enum rabbit_frame_type type, struct gw_text payload, struct rabbit_content **ret_content)
{
    const struct rabbit_frame frame = {.type = type, .channel = 1, .payload = payload};

    return rabbit_assembly_add(&assembly, &frame, ret_content, NULL);
}

/* Begins a message that claims to have a body of this length. */
static enum gw_status begin(uint64_t body_size, struct rabbit_content **ret_content)
{
    gw_buffer_reset(&header);
    put_header(&header, body_size, 0);
    ck_assert_int_eq(rabbit_assembly_begin(&assembly, text_of(&method), NULL), GW_OK);
    return add(RABBIT_HEADER, text_of(&header), ret_content);
}

static char *body_of(size_t len)
{
    char *body = malloc(len);

    ck_assert_ptr_nonnull(body);
    for (size_t index = 0; index < len; index++)
        body[index] = (char)('a' + index % 23);
    return body;
}

/* Sends a message with this body in pieces, and returns it. */
static struct rabbit_content *receive(const char *body, size_t len, size_t piece)
{
    struct rabbit_content *content = NULL;

    ck_assert_int_eq(begin(len, &content), GW_OK);
    for (size_t at = 0; at < len; at += piece) {
        const size_t rest = len - at;

        ck_assert_ptr_null(content);
        ck_assert_int_eq(add(RABBIT_BODY, gw_text_span(body + at, rest < piece ? rest : piece), &content), GW_OK);
    }
    ck_assert_ptr_nonnull(content);
    return content;
}

START_TEST(a_body_is_assembled_of_pieces_of_any_size)
{
    static const size_t pieces[] = {1, 7, 1000, MAX_BODY};
    char *body = body_of(MAX_BODY);

    for (size_t index = 0; index < sizeof pieces / sizeof *pieces; index++) {
        struct rabbit_content *content = receive(body, MAX_BODY, pieces[index]);

        ck_assert(!content->is_oversized && content->full_len == MAX_BODY);
        ck_assert(gw_text_equal(content->body, gw_text_span(body, MAX_BODY)));
        ck_assert(gw_text_equal(content->method, text_of(&method)));
        ck_assert(gw_text_equal(content->header, text_of(&header)));
        free(content);
    }
    free(body);
}
END_TEST

START_TEST(a_content_without_a_body_is_whole_after_its_header)
{
    struct rabbit_content *content = receive("", 0, 1);

    ck_assert_uint_eq(content->body.len, 0);
    free(content);
}
END_TEST

START_TEST(a_body_above_the_limit_is_its_beginning_its_length_and_its_digest)
{
    enum { LEN = MAX_BODY + 1 };
    char *body = body_of(LEN);
    struct rabbit_content *content = receive(body, LEN, 3000);
    uint8_t digest[GW_DIGEST_BYTES];

    (void)crypto_generichash(digest, sizeof digest, (const unsigned char *)body, LEN, NULL, 0);
    ck_assert(content->is_oversized && content->full_len == LEN);
    ck_assert(gw_text_equal(content->body, gw_text_span(body, RABBIT_HEAD_MAX)));
    ck_assert_mem_eq(content->digest, digest, sizeof digest);
    free(content);
    free(body);
}
END_TEST

/* One body of 64 MiB, of which 4 KiB are kept. */
START_TEST(the_longest_body_passes_through_a_few_kilobytes)
{
    enum { PIECE = 128 * 1024, PIECES = 512 };
    char *piece = body_of(PIECE);
    struct rabbit_content *content = NULL;

    ck_assert_int_eq(begin((uint64_t)PIECE * PIECES, &content), GW_OK);
    for (int count = 0; count < PIECES; count++)
        ck_assert_int_eq(add(RABBIT_BODY, gw_text_span(piece, PIECE), &content), GW_OK);
    ck_assert_ptr_nonnull(content);
    ck_assert_uint_eq(content->body.len, RABBIT_HEAD_MAX);
    free(content);
    free(piece);
}
END_TEST

START_TEST(a_small_limit_keeps_no_more_than_the_body_has)
{
    struct rabbit_content *content;

    rabbit_assembly_init(&assembly, 2);
    content = receive("three", 5, 2);
    ck_assert(content->is_oversized && gw_text_is(content->body, "three"));
    free(content);
}
END_TEST

START_TEST(an_absurd_claim_is_refused_before_anything_is_allocated)
{
    static const uint64_t claims[] = {(uint64_t)RABBIT_CLAIM_MAX + 1, UINT64_C(1) << 30, UINT64_C(1) << 63, UINT64_MAX};
    struct rabbit_content *content = NULL;

    for (size_t index = 0; index < sizeof claims / sizeof *claims; index++) {
        ck_assert_int_eq(begin(claims[index], &content), GW_TRANSIENT);
        ck_assert_ptr_null(assembly.content);
        rabbit_assembly_reset(&assembly);
    }
}
END_TEST

START_TEST(a_body_that_is_longer_than_its_claim_is_refused)
{
    struct rabbit_content *content = NULL;

    ck_assert_int_eq(begin(4, &content), GW_OK);
    ck_assert_int_eq(add(RABBIT_BODY, gw_text_of("abc"), &content), GW_OK);
    ck_assert_int_eq(add(RABBIT_BODY, gw_text_of("de"), &content), GW_TRANSIENT);
    ck_assert_ptr_null(content);
}
END_TEST

START_TEST(frames_in_the_wrong_order_are_refused)
{
    struct rabbit_content *content = NULL;

    put_header(&header, 4, 0);
    ck_assert_int_eq(add(RABBIT_HEADER, text_of(&header), &content), GW_TRANSIENT);
    ck_assert_int_eq(add(RABBIT_BODY, gw_text_of("abcd"), &content), GW_TRANSIENT);
    ck_assert_int_eq(rabbit_assembly_begin(&assembly, text_of(&method), NULL), GW_OK);
    ck_assert_int_eq(add(RABBIT_BODY, gw_text_of("abcd"), &content), GW_TRANSIENT);
    ck_assert_int_eq(rabbit_assembly_begin(&assembly, text_of(&method), NULL), GW_TRANSIENT);
    rabbit_assembly_reset(&assembly);
    ck_assert_int_eq(begin(4, &content), GW_OK);
    ck_assert_int_eq(add(RABBIT_HEADER, text_of(&header), &content), GW_TRANSIENT);
    ck_assert_int_eq(rabbit_assembly_begin(&assembly, text_of(&method), NULL), GW_TRANSIENT);
    ck_assert_ptr_null(content);
}
END_TEST

START_TEST(a_method_that_is_too_long_is_refused)
{
    while (method.len <= RABBIT_CONTENT_METHOD_MAX)
        put_u64(&method, 0);
    ck_assert_int_eq(rabbit_assembly_begin(&assembly, text_of(&method), NULL), GW_TRANSIENT);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("amqp_content");
    TCase *tests = tcase_create("content");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_body_is_assembled_of_pieces_of_any_size);
    tcase_add_test(tests, a_content_without_a_body_is_whole_after_its_header);
    tcase_add_test(tests, a_body_above_the_limit_is_its_beginning_its_length_and_its_digest);
    tcase_add_test(tests, the_longest_body_passes_through_a_few_kilobytes);
    tcase_add_test(tests, a_small_limit_keeps_no_more_than_the_body_has);
    tcase_add_test(tests, an_absurd_claim_is_refused_before_anything_is_allocated);
    tcase_add_test(tests, a_body_that_is_longer_than_its_claim_is_refused);
    tcase_add_test(tests, frames_in_the_wrong_order_are_refused);
    tcase_add_test(tests, a_method_that_is_too_long_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
