/* SPDX-License-Identifier: Apache-2.0 */
/* Events as lines of JSON. See event_line.h. */
#include "event_line.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char line_start[] = "{\"type\": \"";

void lines_done(struct lines *lines)
{
    free(lines->bytes);
    *lines = (struct lines){0};
}

static enum gw_status lines_reserve(struct lines *lines, size_t more)
{
    size_t capacity = lines->capacity > 0 ? lines->capacity : 4096;
    char *bytes;

    if (more <= lines->capacity - lines->len)
        return GW_OK;
    if (more > SIZE_MAX / 4 - lines->len)
        return GW_NOMEM;
    while (capacity - lines->len < more)
        capacity *= 2;
    bytes = realloc(lines->bytes, capacity);
    if (bytes == NULL)
        return GW_NOMEM;
    lines->bytes = bytes;
    lines->capacity = capacity;
    return GW_OK;
}

/* These write into room that was reserved. */
static void lines_put(struct lines *lines, const char *bytes, size_t len)
{
    memcpy(lines->bytes + lines->len, bytes, len);
    lines->len += len;
}

static void lines_put_escape(struct lines *lines, char byte)
{
    static const char digits[] = "0123456789abcdef";
    const char number[] = {'\\', 'u', '0', '0', digits[byte >> 4 & 1], digits[byte & 15]};
    const char character[] = {'\\', byte};

    if (byte == '"' || byte == '\\')
        lines_put(lines, character, sizeof character);
    else
        lines_put(lines, number, sizeof number);
}

/* The bytes that a JSON string shows by an escape only. */
static const bool is_escaped[UCHAR_MAX + 1] = {[0 ... 0x1f] = true, ['"'] = true, ['\\'] = true};

static void lines_put_escaped(struct lines *lines, struct gw_text text)
{
    const char *plain = text.ptr;
    const char *end = text.ptr + text.len;

    for (const char *at = plain; at < end; at++) {
        if (!is_escaped[(unsigned char)*at])
            continue;
        lines_put(lines, plain, (size_t)(at - plain));
        lines_put_escape(lines, *at);
        plain = at + 1;
    }
    lines_put(lines, plain, (size_t)(end - plain));
}

/* A newline inside a JSON text can only be white space between its tokens, so a space means the same. */
static void lines_put_flat(struct lines *lines, struct gw_text text)
{
    char *at = lines->bytes + lines->len;
    char *end = at + text.len;

    lines_put(lines, text.ptr, (size_t)text.len);
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL)
        *at = ' ';
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

enum gw_status lines_add(struct lines *lines, const struct gw_publication *publication)
{
    struct gw_text members = trimmed(publication->payload);
    size_t longest_escape = 6;

    if (members.len < 2 || members.ptr[0] != '{' || members.ptr[members.len - 1] != '}')
        return GW_PERMANENT;
    members = trimmed(gw_text_span(members.ptr + 1, members.len - 2));
    if (lines_reserve(lines, (size_t)(publication->type.len + publication->id.len) * longest_escape +
                                 (size_t)members.len + sizeof line_start + 32) != GW_OK)
        return GW_NOMEM;
    lines_put(lines, line_start, sizeof line_start - 1);
    lines_put_escaped(lines, publication->type);
    lines_put(lines, "\", \"id\": \"", 10);
    lines_put_escaped(lines, publication->id);
    lines_put(lines, "\"", 1);
    if (members.len > 0) {
        lines_put(lines, ", ", 2);
        lines_put_flat(lines, members);
    }
    lines_put(lines, "}\n", 2);
    return GW_OK;
}

/* Whether the object that begins the text ends with its last byte. */
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
