/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of rows own their texts. The originals' texts are overwritten, and the block is exactly as long as they. */
#include "check_main.h"

#include <gangway/sdk/row_copy.h>

#include <stdlib.h>

enum { TEXTS_MAX = 9, TEXT_BYTES = 3 };

static char originals[TEXTS_MAX][TEXT_BYTES];

/* Text i is "<i><i><i>" with the digit i. */
static struct gw_text original(int i)
{
    memset(originals[i], '0' + i, TEXT_BYTES);
    return gw_text_span(originals[i], TEXT_BYTES);
}

static void assert_original(struct gw_text text, int i)
{
    char expected[TEXT_BYTES];

    memset(expected, '0' + i, TEXT_BYTES);
    ck_assert(gw_text_equal(text, gw_text_span(expected, TEXT_BYTES)));
}

START_TEST(an_outbox_row_is_copied_with_all_its_texts)
{
    struct gw_outbox_row row = {.number = 3,
                                .stamp = 9,
                                .attempts = 2,
                                .destination = original(0),
                                .recipient = original(1),
                                .id = original(2),
                                .type = original(3),
                                .sku = original(4),
                                .payload = original(5),
                                .headers = original(6)};
    struct gw_outbox_row copy;
    char *texts = malloc((size_t)gw_outbox_row_bytes(&row));

    ck_assert_uint_eq(gw_outbox_row_bytes(&row), 7 * TEXT_BYTES);
    gw_outbox_row_copy(&copy, &row, texts);
    memset(originals, 'x', sizeof originals);
    ck_assert_int_eq(copy.number, 3);
    ck_assert_int_eq(copy.stamp, 9);
    ck_assert_uint_eq(copy.attempts, 2);
    assert_original(copy.destination, 0);
    assert_original(copy.recipient, 1);
    assert_original(copy.id, 2);
    assert_original(copy.type, 3);
    assert_original(copy.sku, 4);
    assert_original(copy.payload, 5);
    assert_original(copy.headers, 6);
    free(texts);
}
END_TEST

START_TEST(a_dead_letter_is_copied_with_all_its_texts)
{
    struct gw_dead_entry entry = {.id = 4,
                                  .letter = {.entrypoint = original(0),
                                             .source = original(1),
                                             .identity = original(2),
                                             .type = original(3),
                                             .key = original(4),
                                             .headers = original(5),
                                             .payload = original(6),
                                             .reason = original(7),
                                             .digest = {1, 2}},
                                  .recipient = original(8)};
    struct gw_dead_entry copy;
    char *texts = malloc((size_t)gw_dead_entry_bytes(&entry));

    ck_assert_uint_eq(gw_dead_entry_bytes(&entry), 9 * TEXT_BYTES);
    gw_dead_entry_copy(&copy, &entry, texts);
    memset(originals, 'x', sizeof originals);
    ck_assert_int_eq(copy.id, 4);
    ck_assert_uint_eq(copy.letter.digest[1], 2);
    assert_original(copy.letter.entrypoint, 0);
    assert_original(copy.letter.source, 1);
    assert_original(copy.letter.identity, 2);
    assert_original(copy.letter.type, 3);
    assert_original(copy.letter.key, 4);
    assert_original(copy.letter.headers, 5);
    assert_original(copy.letter.payload, 6);
    assert_original(copy.letter.reason, 7);
    assert_original(copy.recipient, 8);
    free(texts);
}
END_TEST

START_TEST(empty_texts_take_no_room_and_a_row_may_be_copied_onto_itself)
{
    struct gw_outbox_row row = {.sku = original(4)};
    char texts[TEXT_BYTES];

    ck_assert_uint_eq(gw_outbox_row_bytes(&row), TEXT_BYTES);
    gw_outbox_row_copy(&row, &row, texts);
    ck_assert_ptr_eq(row.sku.ptr, texts);
    assert_original(row.sku, 4);
    ck_assert_uint_eq(row.payload.len, 0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("sdk_row_copy");
    TCase *tests = tcase_create("row_copy");

    tcase_add_test(tests, an_outbox_row_is_copied_with_all_its_texts);
    tcase_add_test(tests, a_dead_letter_is_copied_with_all_its_texts);
    tcase_add_test(tests, empty_texts_take_no_room_and_a_row_may_be_copied_onto_itself);
    suite_add_tcase(suite, tests);
    return suite;
}
