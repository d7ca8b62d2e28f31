/* SPDX-License-Identifier: Apache-2.0 */
/* Messages for a command of the test's. See feed.h. */
#include "feed.h"

#include "fixture.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

FILE *feed_begin(const struct suite_place *place)
{
    char *command = suite_text(place, entrypoint.feed);
    FILE *feed = popen(command, "we");

    ck_assert_ptr_nonnull(feed);
    free(command);
    return feed;
}

void feed_end(FILE *feed)
{
    ck_assert_int_eq(ferror(feed), 0);
    ck_assert_msg(pclose(feed) == 0, "the command of --feed failed");
}

static int is_plain(struct gw_text text)
{
    for (uint64_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] >= 0x80)
            return 0;
    }
    return 1;
}

static void put_text(FILE *feed, struct gw_text text)
{
    (void)fputc('"', feed);
    for (uint64_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];

        if (byte == '"' || byte == '\\')
            (void)fprintf(feed, "\\%c", byte);
        else if (byte < 0x20)
            (void)fprintf(feed, "\\u%04x", byte);
        else
            (void)fputc(byte, feed);
    }
    (void)fputc('"', feed);
}

static void put_base64(FILE *feed, struct gw_text text)
{
    size_t room = sodium_base64_encoded_len((size_t)text.len, sodium_base64_VARIANT_ORIGINAL);
    char *encoded = malloc(room);

    ck_assert_ptr_nonnull(encoded);
    (void)sodium_bin2base64(encoded, room, (const unsigned char *)text.ptr, (size_t)text.len,
                            sodium_base64_VARIANT_ORIGINAL);
    (void)fprintf(feed, "\"%s\"", encoded);
    free(encoded);
}

static void put_member(FILE *feed, const char *name, struct gw_text text)
{
    if (text.len == 0)
        return;
    (void)fprintf(feed, ", \"%s\": ", name);
    put_text(feed, text);
}

void feed_put(FILE *feed, const struct feed_message *message)
{
    (void)fprintf(feed, "{\"source\": %u, \"headers\": [", message->source);
    for (uint32_t i = 0; i < message->header_count; i++) {
        (void)fputs(i == 0 ? "[" : ", [", feed);
        put_text(feed, message->headers[i].name);
        (void)fputs(", ", feed);
        put_text(feed, message->headers[i].value);
        (void)fputc(']', feed);
    }
    (void)fputc(']', feed);
    put_member(feed, "key", message->key);
    put_member(feed, "type", message->type);
    put_member(feed, "id", message->id);
    (void)fputs(is_plain(message->payload) ? ", \"payload\": " : ", \"payload_base64\": ", feed);
    if (is_plain(message->payload))
        put_text(feed, message->payload);
    else
        put_base64(feed, message->payload);
    (void)fputs("}\n", feed);
}

const char *feed_payload(uint32_t number)
{
    static _Thread_local char payload[128];

    (void)snprintf(payload, sizeof payload, "{\"type\":\"Allocate\",\"orderid\":\"o%u\",\"sku\":\"LAMP\",\"qty\":1}",
                   number);
    return payload;
}

void feed_numbers(const struct suite_place *place, uint32_t first, uint32_t count)
{
    FILE *feed = feed_begin(place);

    for (uint32_t i = 0; i < count; i++)
        feed_put(feed, &(struct feed_message){.payload = gw_text_of(feed_payload(first + i))});
    feed_end(feed);
}

void feed_bytes(const struct suite_place *place, const void *bytes, size_t len)
{
    FILE *feed = feed_begin(place);

    feed_put(feed, &(struct feed_message){.payload = gw_text_span(bytes, len)});
    feed_end(feed);
}
