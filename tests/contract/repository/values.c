/* SPDX-License-Identifier: Apache-2.0 */
/* Values at their limits: long and odd identifiers, the largest quantities, payloads of any bytes and any size. */
#include "answers.h"
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

static struct changes changes;
static struct question question;
static struct answer answer;

/* 255 bytes that differ from another such text only in the last one. */
static void fill_long(char text[256], char last)
{
    memset(text, 'x', 254);
    text[254] = last;
    text[255] = '\0';
}

START_TEST(identifiers_may_have_255_bytes)
{
    char sku[2][256], ref[2][256], orderid[2][256];

    for (int i = 0; i < 2; i++) {
        fill_long(sku[i], (char)('a' + i));
        fill_long(ref[i], (char)('c' + i));
        fill_long(orderid[i], (char)('e' + i));
        given_batch(sku[i], ref[i], 10, 0, 0);
        given_line(sku[i], 1, orderid[i], 1, ref[i], 10, 1);
    }
    ask_line(&question, sku[0], orderid[0], 1);
    ask_line(&question, sku[0], orderid[1], 1);
    ask_line(&question, sku[1], orderid[1], 1);
    load(&question, &answer);
    ck_assert_uint_eq(answer.lines.count, 2);
    ck_assert_str_eq(holder(&answer, sku[0], orderid[0], 1), ref[0]);
    ck_assert_str_eq(holder(&answer, sku[1], orderid[1], 1), ref[1]);
    answer_done(&answer);
}
END_TEST

START_TEST(identifiers_are_compared_byte_by_byte)
{
    /* case, composed and decomposed forms, a trailing space, similar characters, texts like numbers or patterns */
    static const char *const skus[] = {"lamp",         "LAMP", "LAMP ", "L\xc3\x81MP", "LA\xcc\x81MP",
                                       "\xce\x91",     "A",    "1",     "1.0",         "01",
                                       "1e0",          "NULL", "%",     "_",           "'",
                                       "\"",           "\\",   "b'",    "--",          "\xf0\x9f\x9b\x8b\xef\xb8\x8f",
                                       "\xe2\x80\xaeX"};
    char ref[16];

    for (size_t i = 0; i < sizeof skus / sizeof skus[0]; i++) {
        (void)snprintf(ref, sizeof ref, "b%zu", i);
        given_batch(skus[i], ref, 10, 0, 0);
        given_line(skus[i], 1, skus[i], 1, ref, 10, 1);
    }
    for (size_t i = 0; i < sizeof skus / sizeof skus[0]; i++) {
        (void)snprintf(ref, sizeof ref, "b%zu", i);
        ask_product(&question, skus[i], 1, 16);
        ask_line(&question, skus[i], skus[i], 1);
        load(&question, &answer);
        ck_assert_str_eq(found(&answer, skus[i], 1), ref);
        ck_assert_str_eq(holder(&answer, skus[i], skus[i], 1), ref);
        answer_done(&answer);
    }
}
END_TEST

START_TEST(quantities_reach_2147483647)
{
    given_batch("LAMP", "b1", 2147483647, 0, 99991231);
    given_line("LAMP", 1, "o1", 2147483647, "b1", 2147483647, 2147483647);
    given_more("LAMP", 2, "b0", 0, 0, 10101);
    ask_line(&question, "LAMP", "o1", 2147483647);
    ask_batch(&question, "b1", 0);
    load(&question, &answer);
    ck_assert_str_eq(holder(&answer, "LAMP", "o1", 2147483647), "b1");
    ck_assert_str_eq(newest(&answer, "b1"), "o1:2147483647@2");
    answer_done(&answer);
    ck_assert_answer(view_of(GW_VIEW_AVAILABILITY, "", "LAMP", 0), "LAMP b0 0 10101\nLAMP b1 0 99991231\n");
}
END_TEST

START_TEST(versions_and_offsets_have_64_bits)
{
    int64_t high = INT64_MAX - 1;

    changes_init(&changes);
    change_new_batch(&changes, change_product(&changes, "LAMP", 0, high), "b1", 10, 0, 0, high);
    ck_assert_ok(apply(&changes));
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", high, high + 1);
    change_take(&changes, 0, "o1", 1, "b1", high + 1);
    ck_assert_ok(apply(&changes));
    ask_batch(&question, "b1", GW_LOWEST_NONE);
    load(&question, &answer);
    ck_assert_int_eq(told_version(&answer, "LAMP"), INT64_MAX);
    ck_assert_int_eq(told(&answer, "b1")->created, high);
    answer_done(&answer);
}
END_TEST

static enum gw_status keep_payload(void *context, const struct gw_dead_entry *entry)
{
    struct gw_text *expected = context;

    ck_assert(gw_text_equal(entry->letter.payload, *expected));
    expected->len = 0;
    return GW_OK;
}

START_TEST(a_payload_of_one_mebibyte_of_arbitrary_bytes_is_stored)
{
    enum { BYTES = 1 << 20 };
    char *bytes = malloc(BYTES);
    struct gw_text payload = {bytes, BYTES};
    struct gw_dead_letter letter = {.identity = T("d1"), .payload = payload, .reason = T("r")};
    struct gw_dead_visitor visitor = {sizeof visitor, 0, &payload, keep_payload};
    struct gw_dead_filter all = {.size = sizeof all};

    ck_assert_ptr_nonnull(bytes);
    if (repository_has(GW_REPOSITORY_DEAD_LETTERS)) {
        for (int i = 0; i < BYTES; i++)
            bytes[i] = (char)(i * 7 + i / 256);
        changes_init(&changes);
        change_dead(&changes, &letter);
        ck_assert_ok(apply(&changes));
        ck_assert_ok(repo.ops->dead_list(repo.session, &all, &visitor, &last_error));
        ck_assert_uint_eq(payload.len, 0);
    }
    free(bytes);
}
END_TEST

TCase *values_case(void)
{
    TCase *tests = repository_case("values");

    tcase_add_test(tests, identifiers_may_have_255_bytes);
    tcase_add_test(tests, identifiers_are_compared_byte_by_byte);
    tcase_add_test(tests, quantities_reach_2147483647);
    tcase_add_test(tests, versions_and_offsets_have_64_bits);
    tcase_add_test(tests, a_payload_of_one_mebibyte_of_arbitrary_bytes_is_stored);
    return tests;
}
