/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a message that was refused: every field, as the repository gives it back. */
#include "base/json_escape.h"
#include "service/dead_letter.h"
#include "shop.h"

#include <gangway/message.h>

#include <stdlib.h>

static struct shop shop;
static struct gw_message origin;

static void set_up(void)
{
    shop_open(&shop);
    origin = (struct gw_message){.size = sizeof origin};
    shop.next.origin = &origin;
}

static void tear_down(void)
{
    shop_close(&shop);
}

static void append(struct gw_buffer *buffer, const char *name, struct gw_text text)
{
    gw_buffer_append_format(buffer, "%s=", name);
    gw_json_escape_append(buffer, text.ptr, (size_t)text.len);
    gw_buffer_append_byte(buffer, ' ');
}

static enum gw_status on_entry(void *context, const struct gw_dead_entry *entry)
{
    const struct gw_dead_letter *letter = &entry->letter;
    struct gw_buffer *buffer = context;

    ck_assert_uint_eq(entry->kind, GW_DEAD_COMMAND);
    append(buffer, "entrypoint", letter->entrypoint);
    append(buffer, "source", letter->source);
    gw_buffer_append_format(buffer, "offset=%lld line=%llu ", (long long)letter->offset,
                            (unsigned long long)letter->line);
    append(buffer, "identity", letter->identity);
    append(buffer, "type", letter->type);
    append(buffer, "key", letter->key);
    append(buffer, "headers", letter->headers);
    append(buffer, "payload", letter->payload);
    append(buffer, "reason", letter->reason);
    gw_buffer_append_format(buffer, "full_len=%llu digest=%02x%02x flags=%u", (unsigned long long)letter->full_len,
                            letter->digest[0], letter->digest[15], letter->flags);
    return GW_OK;
}

/* Runs the turn, and gives its only dead letter. */
static const char *dead_letter(void)
{
    struct gw_dead_filter filter = {.size = sizeof filter};
    struct gw_dead_visitor visitor = {.size = sizeof visitor, .context = &shop.answer, .entry = on_entry};

    shop_run(&shop);
    gw_buffer_reset(&shop.answer);
    ck_assert_int_eq(shop.ops.dead_list(shop.session, &filter, &visitor, &shop.error), GW_OK);
    return shop.answer.ptr;
}

START_TEST(a_dead_letter_has_all_that_is_needed_to_run_the_message_again)
{
    struct gw_header headers[] = {{T("traceparent"), T("00-1")}, {T("say \"hi\""), T("\xff")}};

    shop.next.entrypoint = T("orders");
    shop.next.identity = T("kafka/orders/0:17");
    origin.source = T("kafka/orders/0");
    origin.offset = 17;
    origin.line = 3;
    origin.type = T("Allocate");
    origin.key = T("zygote");
    origin.payload = gw_text_span("{\"a\"\0}", 6);
    origin.headers = (struct gw_array){headers, 2, sizeof *headers};
    shop_allocate(&shop, "superman", "zygote", 1);
    ck_assert_str_eq(dead_letter(), "entrypoint=orders source=kafka/orders/0 offset=17 line=3 "
                                    "identity=kafka/orders/0:17 type=Allocate key=zygote "
                                    "headers=[[\\\"traceparent\\\", \\\"00-1\\\"], "
                                    "[\\\"say \\\\\\\"hi\\\\\\\"\\\", \\\"\xef\xbf\xbd\\\"]] "
                                    "payload={\\\"a\\\"\\u0000} reason=Invalid sku zygote "
                                    "full_len=6 digest=0000 flags=0");
}
END_TEST

START_TEST(a_message_without_a_position_has_no_offset)
{
    shop.next.identity = T("token");
    origin.payload = T("?");
    shop_refused(&shop, "not a JSON object");
    ck_assert_str_eq(dead_letter(), "entrypoint= source= offset=-1 line=0 identity=token type= key= headers= "
                                    "payload=? reason=not a JSON object full_len=1 digest=0000 flags=0");
}
END_TEST

START_TEST(a_message_of_a_queue_has_the_queue_as_its_source)
{
    shop.next.identity = T("token");
    origin.id_scope = T("orders");
    origin.payload = T("?");
    shop_refused(&shop, "not a JSON object");
    ck_assert_str_eq(dead_letter(), "entrypoint= source=orders offset=-1 line=0 identity=token type= key= headers= "
                                    "payload=? reason=not a JSON object full_len=1 digest=0000 flags=0");
}
END_TEST

START_TEST(a_message_that_is_too_large_keeps_its_length_and_hash_and_cannot_be_replayed)
{
    shop.next.identity = T("token");
    origin.flags = GW_MESSAGE_OVERSIZED;
    origin.payload = T("{\"be");
    origin.full_len = 5000000000;
    origin.digest[0] = 0xab;
    origin.digest[15] = 0xcd;
    shop_refused(&shop, "too large");
    ck_assert_str_eq(dead_letter(), "entrypoint= source= offset=-1 line=0 identity=token type= key= headers= "
                                    "payload={\\\"be reason=too large full_len=5000000000 digest=abcd flags=1");
}
END_TEST

START_TEST(headers_as_long_as_a_message_are_kept)
{
    enum { LONG = 1024 * 1024 };
    char *value = malloc(LONG);
    struct gw_header header = {T("big"), gw_text_span(value, LONG)};

    memset(value, '\x01', LONG);
    origin.headers = (struct gw_array){&header, 1, sizeof header};
    shop_refused(&shop, "no JSON");
    ck_assert_ptr_nonnull(strstr(dead_letter(), "headers=[[\\\"big\\\", \\\"\\\\u0001"));
    free(value);
}
END_TEST

START_TEST(when_the_message_was_received_and_how_often_it_was_delivered_is_behind_its_headers)
{
    struct gw_header headers[] = {{T("gangway-deliveries"), T("99")}, {T("a"), T("b")}};

    origin.received_unix_ms = 1780000000123;
    origin.deliveries = 3;
    origin.headers = (struct gw_array){headers, 2, sizeof *headers};
    shop_refused(&shop, "no JSON");
    ck_assert_ptr_nonnull(strstr(dead_letter(), "headers=[[\\\"a\\\", \\\"b\\\"], [\\\"gangway-arrived-at\\\", "
                                                "\\\"2026-05-28T20:26:40.123Z\\\"], "
                                                "[\\\"gangway-deliveries\\\", \\\"3\\\"]] "));
}
END_TEST

START_TEST(a_senders_header_is_not_taken_for_what_the_entrypoint_knows)
{
    struct gw_header header = {T("gangway-arrived-at"), T("2020-01-01T00:00:00.000Z")};

    origin.headers = (struct gw_array){&header, 1, sizeof header};
    shop_refused(&shop, "no JSON");
    ck_assert_ptr_nonnull(strstr(dead_letter(), " headers= "));
}
END_TEST

START_TEST(what_the_core_added_is_no_header_of_the_message)
{
    struct gw_arena *arena = gw_arena_new(4096);
    struct gw_dead_headers read;

    ck_assert(gw_dead_headers_read(arena,
                                   T("[[\"a\", \"b\"], [\"gangway-arrived-at\", \"2026-11-30T08:00:00.000Z\"], "
                                     "[\"gangway-deliveries\", \"3\"]]"),
                                   &read));
    ck_assert_uint_eq(read.headers.count, 1);
    ck_assert(gw_text_is(read.arrived_at, "2026-11-30T08:00:00.000Z") && gw_text_is(read.deliveries, "3"));
    ck_assert(gw_dead_headers_read(arena, T("[[\"gangway-deliveries\", \"3\"]]"), &read));
    ck_assert_uint_eq(read.headers.count + read.arrived_at.len, 0);
    ck_assert(gw_dead_headers_read(arena, T("[[\"a\", \"b\"]]"), &read));
    ck_assert_uint_eq(read.headers.count, 1);
    ck_assert_uint_eq(read.arrived_at.len + read.deliveries.len, 0);
    gw_arena_free(arena);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("dead_letter");
    TCase *tests = tcase_create("fields");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_dead_letter_has_all_that_is_needed_to_run_the_message_again);
    tcase_add_test(tests, a_message_without_a_position_has_no_offset);
    tcase_add_test(tests, a_message_of_a_queue_has_the_queue_as_its_source);
    tcase_add_test(tests, a_message_that_is_too_large_keeps_its_length_and_hash_and_cannot_be_replayed);
    tcase_add_test(tests, headers_as_long_as_a_message_are_kept);
    tcase_add_test(tests, when_the_message_was_received_and_how_often_it_was_delivered_is_behind_its_headers);
    tcase_add_test(tests, what_the_core_added_is_no_header_of_the_message);
    tcase_add_test(tests, a_senders_header_is_not_taken_for_what_the_entrypoint_knows);
    suite_add_tcase(suite, tests);
    return suite;
}
