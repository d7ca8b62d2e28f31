/* SPDX-License-Identifier: Apache-2.0 */
/* Events as lines of JSON. See event_line.h. */
#include "event_line.h"

#include <gangway/sdk/json_escape.h>

#include <stdbool.h>
#include <string.h>

static const char line_start[] = "{\"type\": \"";

/* A newline inside a JSON text can only be white space between its tokens, so a space means the same. */
static void append_flat(struct gw_buffer *lines, struct gw_text text)
{
    const char *at = text.ptr;
    const char *end = at + text.len;
    const char *newline;

    while ((newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        gw_buffer_append(lines, at, (size_t)(newline - at));
        gw_buffer_append_byte(lines, ' ');
        at = newline + 1;
    }
    gw_buffer_append(lines, at, (size_t)(end - at));
}

static int is_white(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static struct gw_text trimmed(struct gw_text text)
{
    while (text.len > 0 && is_white(text.ptr[0]))
        text = gw_text_span(text.ptr + 1, text.len - 1);
    while (text.len > 0 && is_white(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

bool event_line_append(struct gw_buffer *lines, const struct gw_publication *publication)
{
    struct gw_text members = trimmed(publication->payload);

    if (members.len < 2 || members.ptr[0] != '{' || members.ptr[members.len - 1] != '}')
        return false;
    members = trimmed(gw_text_span(members.ptr + 1, members.len - 2));
    gw_buffer_append_string(lines, line_start);
    gw_json_escape_append(lines, publication->type.ptr, (size_t)publication->type.len);
    gw_buffer_append_string(lines, "\", \"id\": \"");
    gw_json_escape_append(lines, publication->id.ptr, (size_t)publication->id.len);
    gw_buffer_append_byte(lines, '"');
    if (members.len > 0) {
        gw_buffer_append_string(lines, ", ");
        append_flat(lines, members);
    }
    gw_buffer_append_string(lines, "}\n");
    return true;
}

/* Whether the object at the beginning of the text ends with the last byte of the text. */
static int is_whole_object(struct gw_text text)
{
    uint64_t depth = 0;
    int in_string = 0;
    size_t index;

    for (index = 0; index < text.len; index++) {
        char byte = text.ptr[index];

        if (in_string && byte == '\\')
            index++;
        else if (byte == '"')
            in_string = !in_string;
        else if (!in_string && byte == '{')
            depth++;
        else if (!in_string && byte == '}' && --depth == 0)
            return index + 1 == text.len;
    }
    return 0;
}

enum tail tail_of(struct gw_text text)
{
    size_t known = text.len < sizeof line_start - 1 ? (size_t)text.len : sizeof line_start - 1;

    if (text.len == 0)
        return TAIL_EMPTY;
    if (memcmp(text.ptr, line_start, known) != 0)
        return TAIL_FOREIGN;
    return is_whole_object(text) ? TAIL_COMPLETE : TAIL_TORN;
}
