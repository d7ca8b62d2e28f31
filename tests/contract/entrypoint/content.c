/* SPDX-License-Identifier: Apache-2.0 */
/* The contents of a message: the sender's bytes, the members of the protocol, and the parts of an oversized message. */
#include "fixture.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HEAD_MAX = 4096 };

static const struct gw_message *message_at(size_t index)
{
    return &entry.reading.seen[index].message;
}

static void expect_payload(size_t index, const void *bytes, size_t len)
{
    const struct gw_message *message = message_at(index);

    ck_assert_uint_eq(message->payload.len, len);
    ck_assert_int_eq(memcmp(message->payload.ptr, bytes, len), 0);
    ck_assert_uint_eq(message->flags & GW_MESSAGE_OVERSIZED, 0);
}

/* A newline would end a line, and a carriage return before it is white space; everything else is a payload's own. */
START_TEST(bytes_are_passed_on_unchanged)
{
    char bytes[512] = "{\"note\": \"";
    size_t len = strlen(bytes);

    for (int byte = 0; byte < 256; byte++) {
        if (byte != '\n' && byte != '\r')
            bytes[len++] = (char)byte;
    }
    memcpy(bytes + len, "\"}", 2);
    len += 2;
    feed_bytes(&entry.place, bytes, len);
    entry_open(&entry);
    entry_take(&entry, 1);
    expect_payload(0, bytes, len);
    reading_settle(&entry.reading);
}
END_TEST

START_TEST(a_payload_that_is_not_a_command_is_passed_on)
{
    static const char *const malformed[] = {
        "not json",       "{\"orderid\":\"o1\"", "[1,2]", "null", "{\"qty\":1,\"qty\":2}",
        "\xef\xbb\xbf{}", "\"\xed\xa0\x80\""};
    enum { COUNT = sizeof malformed / sizeof malformed[0] };
    FILE *feed = feed_begin(&entry.place);

    for (size_t i = 0; i < COUNT; i++)
        feed_put(feed, &(struct feed_message){.payload = gw_text_of(malformed[i])});
    feed_end(feed);
    entry_open(&entry);
    entry_take(&entry, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        expect_payload(i, malformed[i], strlen(malformed[i]));
    reading_settle_some(&entry.reading, COUNT, GW_OUTCOME_DEAD);
    entry_expect_no_more(&entry);
}
END_TEST

/* ---- beside the payload */

static bool carries(const char *word)
{
    const char *found = entrypoint.carries != NULL ? strstr(entrypoint.carries, word) : NULL;
    size_t len = strlen(word);

    return found != NULL && (found == entrypoint.carries || found[-1] == ',') &&
           (found[len] == ',' || found[len] == '\0');
}

static const struct gw_header *header_named(const struct gw_message *message, struct gw_text name, uint32_t nth)
{
    for (uint32_t i = 0; i < message->headers.count; i++) {
        const struct gw_header *header = gw_array_at(&message->headers, i);

        if (gw_text_equal(header->name, name) && nth-- == 0)
            return header;
    }
    return NULL;
}

START_TEST(key_type_id_and_headers_come_with_the_payload)
{
    const struct gw_header headers[] = {{gw_text_of("traceparent"), gw_text_of("00-1-2-01")},
                                        {gw_text_of("note"), gw_text_of("\"a\" \\ \t b")},
                                        {gw_text_of("empty"), gw_text_of("")}};
    struct feed_message sent = {.payload = gw_text_of("{\"orderid\":\"o1\"}")};
    FILE *feed = feed_begin(&entry.place);

    sent.key = gw_text_of(carries("key") ? "LAMP \"1\"" : "");
    sent.type = gw_text_of(carries("type") ? "Allocate" : "");
    sent.id = gw_text_of(carries("id") ? "id-1" : "");
    sent.headers = headers;
    sent.header_count = carries("headers") ? 3 : 0;
    feed_put(feed, &sent);
    feed_put(feed, &(struct feed_message){.payload = gw_text_of("{\"orderid\":\"o2\"}")});
    feed_end(feed);
    entry_open(&entry);
    entry_take(&entry, 2);
    ck_assert(gw_text_equal(message_at(0)->key, sent.key));
    if (sent.type.len > 0)
        ck_assert(gw_text_equal(message_at(0)->type, sent.type));
    if (sent.id.len > 0)
        ck_assert(gw_text_equal(message_at(0)->id, sent.id));
    for (uint32_t i = 0; i < sent.header_count; i++) {
        const struct gw_header *header = header_named(message_at(0), headers[i].name, 0);

        ck_assert_ptr_nonnull(header);
        ck_assert(gw_text_equal(header->value, headers[i].value));
    }
    ck_assert_uint_eq(message_at(1)->key.len, 0);
    ck_assert_ptr_null(header_named(message_at(1), headers[0].name, 0));
    reading_settle(&entry.reading);
}
END_TEST

/* The clock of the other side may be another one. */
START_TEST(when_a_message_was_received_is_a_time_of_now_or_unknown)
{
    enum { COUNT = 3, SKEW_MS = 60000 };
    int64_t begun_ms = (int64_t)time(NULL) * 1000;

    feed_numbers(&entry.place, 0, COUNT);
    entry_open(&entry);
    entry_take(&entry, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        int64_t received_ms = message_at(i)->received_unix_ms;

        if (received_ms == 0 && !carries("received"))
            continue;
        ck_assert_int_ge(received_ms, begun_ms - SKEW_MS);
        ck_assert_int_le(received_ms, (int64_t)time(NULL) * 1000 + SKEW_MS);
    }
    reading_settle(&entry.reading);
}
END_TEST

/* ---- too large */

static size_t limit(void)
{
    return entrypoint.max_message != NULL ? (size_t)strtoull(entrypoint.max_message, NULL, 10) : 0;
}

static char *payload_of(size_t len)
{
    char *bytes = malloc(len);

    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)('a' + i % 23);
    return bytes;
}

static void expect_oversized(size_t index, size_t len)
{
    const struct gw_message *message = message_at(index);
    size_t head = len < HEAD_MAX ? len : HEAD_MAX;
    char *whole = payload_of(len);
    uint8_t digest[GW_DIGEST_BYTES];

    ck_assert_uint_ne(message->flags & GW_MESSAGE_OVERSIZED, 0);
    ck_assert_uint_eq(message->full_len, len);
    ck_assert_uint_gt(message->payload.len, 0);
    ck_assert_uint_le(message->payload.len, head);
    ck_assert_int_eq(memcmp(message->payload.ptr, whole, (size_t)message->payload.len), 0);
    (void)crypto_generichash(digest, sizeof digest, (const unsigned char *)whole, len, NULL, 0);
    ck_assert_mem_eq(message->digest, digest, sizeof digest);
    free(whole);
}

START_TEST(a_message_over_the_limit_is_its_beginning_its_length_and_its_hash)
{
    const size_t lens[] = {limit() + 1, 2 * limit(), 256 * limit(), limit()};
    enum { COUNT = sizeof lens / sizeof lens[0] };

    if (limit() == 0)
        return;
    for (size_t i = 0; i < COUNT; i++) {
        char *bytes = payload_of(lens[i]);

        feed_bytes(&entry.place, bytes, lens[i]);
        free(bytes);
    }
    feed_numbers(&entry.place, 0, 1);
    entry_open(&entry);
    entry_take(&entry, COUNT + 1);
    for (size_t i = 0; i + 1 < COUNT; i++)
        expect_oversized(i, lens[i]);
    ck_assert_uint_eq(message_at(COUNT - 1)->payload.len, limit());
    ck_assert_uint_eq(message_at(COUNT - 1)->flags & GW_MESSAGE_OVERSIZED, 0);
    entry_expect(&entry, COUNT, 0, 1);
    reading_settle(&entry.reading);
    entry_expect_no_more(&entry);
}
END_TEST

TCase *content_case(void)
{
    TCase *tests = entrypoint_case("content");

    if (!entrypoint.is_rewriting) {
        tcase_add_test(tests, bytes_are_passed_on_unchanged);
        tcase_add_test(tests, a_payload_that_is_not_a_command_is_passed_on);
    }
    tcase_add_test(tests, key_type_id_and_headers_come_with_the_payload);
    tcase_add_test(tests, when_a_message_was_received_is_a_time_of_now_or_unknown);
    tcase_add_test(tests, a_message_over_the_limit_is_its_beginning_its_length_and_its_hash);
    return tests;
}
