/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of Slack's Block Kit. See message.h. */
#include "message.h"

#include <gangway/sdk/json_escape.h>

#include <stdbool.h>
#include <string.h>

enum { BYTES_OF_PAIR = 4 /* of a character above U+FFFF, which has two units of UTF-16 */ };

static const char note[] = " \xe2\x80\xa6 (truncated)";

/* ---- cutting --------------------------------------------------------------------------------------------------- */

/* The bytes of the entity that begins here; 0: none. */
static size_t entity_len(const char *at, size_t left)
{
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;"};

    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (strlen(entities[i]) <= left && memcmp(at, entities[i], strlen(entities[i])) == 0)
            return strlen(entities[i]);
    return 0;
}

/* The bytes of the character or entity here, and how many characters Slack counts for it. Bytes that are not UTF-8 are
 * taken as the JSON escape takes them. */
static size_t next_piece(const char *at, size_t left, size_t *ret_characters)
{
    char escaped[GW_JSON_ESCAPE_MAX];
    size_t len = *at == '&' ? entity_len(at, left) : 0;

    *ret_characters = len;
    if (len > 0)
        return len;
    (void)gw_json_escape(at, left, escaped, &len);
    *ret_characters = len == BYTES_OF_PAIR ? 2 : 1;
    return len;
}

size_t message_cut(struct gw_text text, size_t characters)
{
    size_t len = 0;

    while (len < text.len) {
        size_t counted;
        size_t piece = next_piece(text.ptr + len, (size_t)text.len - len, &counted);

        if (counted > characters)
            break;
        characters -= counted;
        len += piece;
    }
    return len;
}

/* The same, but behind the last line end, else the last space, of the second half, if there is one. */
static size_t cut_at_line(struct gw_text text, size_t characters)
{
    size_t len = message_cut(text, characters);
    const char *line;

    if (len == text.len)
        return len;
    line = memrchr(text.ptr, '\n', len);
    if (line == NULL || line < text.ptr + len / 2)
        line = memrchr(text.ptr, ' ', len);
    return line != NULL && line >= text.ptr + len / 2 ? (size_t)(line - text.ptr) + 1 : len;
}

/* ---- blocks ---------------------------------------------------------------------------------------------------- */

/* A string of JSON that says where it was cut. */
static void append_cut(struct gw_buffer *buffer, struct gw_text text, size_t characters)
{
    size_t len = message_cut(text, characters);

    gw_buffer_append_byte(buffer, '"');
    if (len < text.len)
        len = message_cut(text, characters - (sizeof note - 1));
    gw_json_escape_append(buffer, text.ptr, len);
    if (len < text.len)
        gw_buffer_append_string(buffer, note);
    gw_buffer_append_byte(buffer, '"');
}

static void append_header(struct gw_buffer *buffer, struct gw_text title)
{
    gw_buffer_append_string(buffer, "{\"type\": \"header\", \"text\": {\"type\": \"plain_text\", \"emoji\": false, "
                                    "\"text\": ");
    append_cut(buffer, title, MESSAGE_TITLE_MAX);
    gw_buffer_append_string(buffer, "}}, ");
}

/* verbatim: Slack changes nothing that only looks like a channel or a mention, such as a SKU that begins with @. */
static void append_sections(struct gw_buffer *buffer, struct gw_text text)
{
    for (int count = 1; count == 1 || text.len > 0; count++) {
        bool is_last = count == MESSAGE_SECTIONS_MAX;
        size_t len = is_last ? (size_t)text.len : cut_at_line(text, MESSAGE_TEXT_MAX);

        gw_buffer_append_format(buffer,
                                "%s{\"type\": \"section\", \"text\": {\"type\": \"mrkdwn\", \"verbatim\": true, "
                                "\"text\": ",
                                count > 1 ? ", " : "");
        append_cut(buffer, gw_text_span(text.ptr, len), MESSAGE_TEXT_MAX);
        gw_buffer_append_string(buffer, "}}");
        text = gw_text_span(text.ptr + len, text.len - len);
    }
}

static void append_string(struct gw_buffer *buffer, struct gw_text text)
{
    gw_buffer_append_byte(buffer, '"');
    gw_json_escape_append(buffer, text.ptr, (size_t)text.len);
    gw_buffer_append_byte(buffer, '"');
}

/* Only the Web API takes a channel, and metadata, which people do not see: the idempotency key. */
static void append_api_members(struct gw_buffer *buffer, const struct slack_config *config,
                               const struct gw_notice *notice, struct gw_text thread)
{
    if (thread.len > 0) {
        gw_buffer_append_string(buffer, "\"thread_ts\": ");
        append_string(buffer, thread);
        gw_buffer_append_string(buffer, ", ");
    }
    gw_buffer_append_string(buffer, "\"channel\": ");
    append_string(buffer, gw_text_of(config->channel));
    gw_buffer_append_string(buffer,
                            ", \"metadata\": {\"event_type\": \"gangway_notice\", \"event_payload\": {\"id\": ");
    append_string(buffer, notice->id);
    gw_buffer_append_string(buffer, "}}, ");
}

static bool is_blank(struct gw_text text)
{
    for (uint64_t i = 0; i < text.len; i++)
        if (strchr(" \t\r\n", text.ptr[i]) == NULL)
            return false;
    return true;
}

void message_write(const struct slack_config *config, const struct gw_notice *notice, struct gw_text thread,
                   struct gw_buffer *buffer)
{
    struct gw_text title = config->title != NULL ? gw_notice_text(notice, "title") : gw_text_of(NULL);
    struct gw_text text = gw_notice_text(notice, "text");

    if (is_blank(text)) /* Slack refuses it */
        text = gw_notice_event(notice)->type;
    gw_buffer_append_byte(buffer, '{');
    if (config->token != NULL)
        append_api_members(buffer, config, notice, thread);
    gw_buffer_append_string(buffer, "\"text\": ");
    append_cut(buffer, is_blank(title) ? text : title, MESSAGE_TEXT_MAX);
    gw_buffer_append_string(buffer, ", \"unfurl_links\": false, \"unfurl_media\": false, \"blocks\": [");
    if (!is_blank(title))
        append_header(buffer, title);
    append_sections(buffer, text);
    gw_buffer_append_string(buffer, "]}");
}
