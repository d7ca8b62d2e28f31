/* SPDX-License-Identifier: Apache-2.0 */
/* Encoded words, quoted-printable and base64. See encoding.h. */
#include "encoding.h"

#include <gangway/sdk/utf8.h>

#include <string.h>

/* U+FFFD, in the place of a byte that is not UTF-8. */
#define REPLACEMENT "\xef\xbf\xbd"

#define WORD_BEGIN  "=?UTF-8?B?"
#define WORD_END    "?="

enum {
    WORD_FRAME = 12,    /* of an encoded word without its text */
    WORD_MIN = 4,       /* bytes of text, so that each word can have a character */
    BASE64_BYTES = 57,  /* in a line of 76 characters */
    FOLDABLE_WORD = 60, /* a longer word does not fit into a line behind the name of its header */
};

/* ---- cleaning -------------------------------------------------------------------------------------------------- */

/* The bytes from here on that are visible ASCII or spaces. */
static uint64_t plain_bytes(struct gw_text text, uint64_t at)
{
    uint64_t end = at;

    while (end < text.len && text.ptr[end] >= ' ' && text.ptr[end] <= '~')
        end++;
    return end - at;
}

/* Appends what is plain, or else one character, and returns the bytes that it took. */
static uint64_t append_clean(struct gw_buffer *out, struct gw_text text, uint64_t at)
{
    uint64_t plain = plain_bytes(text, at);
    uint64_t size = plain > 0 ? plain : gw_utf8_sequence(text.ptr + at, text.len - at);

    if (size == 0)
        gw_buffer_append_string(out, REPLACEMENT);
    else if (plain == 0 && gw_utf8_has_control(text.ptr + at, size))
        gw_buffer_append_byte(out, ' ');
    else
        gw_buffer_append(out, text.ptr + at, (size_t)size);
    return size > 0 ? size : 1;
}

void encoding_clean_line(struct gw_buffer *out, struct gw_text text)
{
    for (uint64_t at = 0; at < text.len;)
        at += append_clean(out, text, at);
}

/* The bytes of the line break at this place; 0: there is none. */
static uint64_t line_break(struct gw_text text, uint64_t at)
{
    if (text.ptr[at] == '\r')
        return at + 1 < text.len && text.ptr[at + 1] == '\n' ? 2 : 1;
    return text.ptr[at] == '\n' ? 1 : 0;
}

void encoding_clean_text(struct gw_buffer *out, struct gw_text text)
{
    size_t begun = out->len;

    for (uint64_t at = 0; at < text.len;) {
        uint64_t broken = line_break(text, at);

        if (broken > 0)
            gw_buffer_append_string(out, "\r\n");
        else if (text.ptr[at] == '\t')
            gw_buffer_append_byte(out, '\t');
        at += broken > 0 ? broken : text.ptr[at] == '\t' ? 1 : append_clean(out, text, at);
    }
    if (out->len == begun || out->ptr[out->len - 1] != '\n')
        gw_buffer_append_string(out, "\r\n");
}

/* ---- headers --------------------------------------------------------------------------------------------------- */

bool encoding_is_plain(struct gw_text line)
{
    size_t word = 0;

    if (line.len > 0 && (line.ptr[0] == ' ' || line.ptr[line.len - 1] == ' '))
        return false;
    for (uint64_t at = 0; at < line.len; at++) {
        char byte = line.ptr[at];

        if (byte < ' ' || byte > '~')
            return false;
        if (byte == '=' && at + 1 < line.len && line.ptr[at + 1] == '?')
            return false;
        if (byte == ' ' && line.ptr[at - 1] == ' ') /* a line must not consist of spaces, and a reader may join them */
            return false;
        word = byte == ' ' ? 0 : word + 1;
        if (word > FOLDABLE_WORD)
            return false;
    }
    return true;
}

static struct gw_text first_word(struct gw_text line)
{
    const char *space = line.len > 0 ? memchr(line.ptr, ' ', (size_t)line.len) : NULL;

    return gw_text_span(line.ptr, space != NULL ? (uint64_t)(space - line.ptr) : line.len);
}

void encoding_fold(struct gw_buffer *out, struct gw_text line, size_t column)
{
    bool is_first = true;

    while (line.len > 0) {
        struct gw_text word = first_word(line);

        if (!is_first && column + 1 + word.len > ENCODING_LINE_MAX) {
            gw_buffer_append_string(out, "\r\n");
            column = 0;
        }
        if (!is_first)
            gw_buffer_append_byte(out, ' ');
        gw_buffer_append(out, word.ptr, (size_t)word.len);
        column += word.len + !is_first;
        is_first = false;
        line.ptr += word.len;
        line.len -= word.len;
        if (line.len > 0) { /* the space */
            line.ptr++;
            line.len--;
        }
    }
}

void encoding_base64_token(struct gw_buffer *out, struct gw_text bytes)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (uint64_t at = 0; at < bytes.len; at += 3) {
        uint64_t left = bytes.len - at;
        uint32_t group = (uint32_t)(unsigned char)bytes.ptr[at] << 16;
        char digits[4];

        if (left > 1)
            group |= (uint32_t)(unsigned char)bytes.ptr[at + 1] << 8;
        if (left > 2)
            group |= (unsigned char)bytes.ptr[at + 2];
        digits[0] = alphabet[group >> 18];
        digits[1] = alphabet[group >> 12 & 63];
        digits[2] = left > 1 ? alphabet[group >> 6 & 63] : '=';
        digits[3] = left > 2 ? alphabet[group & 63] : '=';
        gw_buffer_append(out, digits, sizeof digits);
    }
}

/* The bytes of whole characters that fit into an encoded word of at most `room` bytes of text. */
static size_t word_bytes(struct gw_text line, size_t room)
{
    size_t taken = 0;

    while (taken < line.len) {
        uint64_t size = gw_utf8_sequence(line.ptr + taken, line.len - taken);

        if (taken + size > room)
            break;
        taken += (size_t)size;
    }
    return taken;
}

void encoding_words(struct gw_buffer *out, struct gw_text line, size_t column)
{
    while (line.len > 0) {
        size_t room = column + WORD_FRAME < ENCODING_LINE_MAX ? (ENCODING_LINE_MAX - column - WORD_FRAME) / 4 * 3 : 0;
        size_t taken = room >= WORD_MIN ? word_bytes(line, room) : 0;

        if (taken > 0) {
            gw_buffer_append_string(out, WORD_BEGIN);
            encoding_base64_token(out, gw_text_span(line.ptr, taken));
            gw_buffer_append_string(out, WORD_END);
        }
        line.ptr += taken;
        line.len -= taken;
        if (line.len > 0) {
            gw_buffer_append_string(out, "\r\n ");
            column = 1;
        }
    }
}

/* ---- bodies ---------------------------------------------------------------------------------------------------- */

bool encoding_prefers_base64(struct gw_text text)
{
    uint64_t foreign = 0;

    for (uint64_t at = 0; at < text.len; at++)
        foreign += (unsigned char)text.ptr[at] >= 0x80;
    return foreign > text.len / 3;
}

static bool is_line_end(struct gw_text text, uint64_t at)
{
    return at >= text.len || text.ptr[at] == '\r';
}

/* A space before a line break would be lost, and a dot at the beginning of a line has a meaning in SMTP. */
static bool is_literal(struct gw_text text, uint64_t at, size_t column)
{
    char byte = text.ptr[at];

    if (byte == ' ' || byte == '\t')
        return !is_line_end(text, at + 1);
    if (byte == '.')
        return column > 0;
    return byte > ' ' && byte <= '~' && byte != '=';
}

/* The bytes from here on that are written as they are, in this line. */
static size_t literal_bytes(struct gw_text text, uint64_t at, size_t column)
{
    size_t len = 0;

    while (at + len < text.len && column + len < ENCODING_LINE_MAX - 1 && is_literal(text, at + len, column + len))
        len++;
    return len;
}

void encoding_quoted_printable(struct gw_buffer *out, struct gw_text text)
{
    size_t column = 0;

    for (uint64_t at = 0; at < text.len;) {
        size_t literal = literal_bytes(text, at, column);

        if (literal > 0) {
            gw_buffer_append(out, text.ptr + at, literal);
            column += literal;
            at += literal;
        } else if (text.ptr[at] == '\r') { /* a clean text has no CR without an LF */
            gw_buffer_append_string(out, "\r\n");
            column = 0;
            at += 2;
        } else if (column + 3 > ENCODING_LINE_MAX - 1) {
            gw_buffer_append_string(out, "=\r\n");
            column = 0;
        } else {
            gw_buffer_append_format(out, "=%02X", (unsigned int)(unsigned char)text.ptr[at++]);
            column += 3;
        }
    }
}

void encoding_base64(struct gw_buffer *out, struct gw_text text)
{
    for (uint64_t at = 0; at < text.len; at += BASE64_BYTES) {
        uint64_t left = text.len - at;

        encoding_base64_token(out, gw_text_span(text.ptr + at, left < BASE64_BYTES ? left : BASE64_BYTES));
        gw_buffer_append_string(out, "\r\n");
    }
}
