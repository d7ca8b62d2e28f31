/* SPDX-License-Identifier: Apache-2.0 */
/* It only suggests what the row proves: a separator is suggested if splitting the row by it yields the missing name. */
#include "first_row.h"

#include <gangway/sdk/utf8.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { FOUND_MAX = 60 };

/* ---- no CSV in UTF-8 ------------------------------------------------------------------------------------------- */

static bool begins_with(struct gw_text text, const char *bytes, size_t len)
{
    return text.len >= len && memcmp(text.ptr, bytes, len) == 0;
}

/* A carriage return that is followed neither by a line feed nor by the end of the row. */
static bool has_lone_return(struct gw_text row)
{
    const char *end = row.ptr + row.len;

    for (const char *at = row.ptr; at < end && (at = memchr(at, '\r', (size_t)(end - at))) != NULL; at++)
        if (at + 1 < end && at[1] != '\n')
            return true;
    return false;
}

const char *csv_foreign_text(struct gw_text row)
{
    if (begins_with(row, "\xff\xfe", 2) || begins_with(row, "\xfe\xff", 2))
        return "the file is UTF-16; save it as UTF-8";
    if (begins_with(row, "PK\3\4", 4))
        return "the file is a spreadsheet or another ZIP archive, not CSV; export it as CSV in UTF-8";
    if (begins_with(row, "\x1f\x8b", 2))
        return "the file is compressed with gzip; unpack it";
    if (row.len > 0 && memchr(row.ptr, '\0', (size_t)row.len) != NULL)
        return "the row holds NUL bytes: the file is UTF-16 without a byte-order mark, or no text; save it as UTF-8";
    if (has_lone_return(row))
        return "the lines end with CR alone; save the file with LF or CRLF";
    return NULL;
}

/* ---- another spelling ------------------------------------------------------------------------------------------ */

/* Characters around a name that people do not see: blanks, quotes, the no-break space, a zero-width space, a byte-order
 * mark. */
static const char *const paddings[] = {" ", "\t", "\r", "\"", "'", "\xc2\xa0", "\xe2\x80\x8b", "\xef\xbb\xbf"};

/* The length of the padding at the beginning or end of text; 0: there is none. */
static uint64_t padding_at(struct gw_text text, bool is_at_end)
{
    for (size_t i = 0; i < sizeof paddings / sizeof paddings[0]; i++) {
        uint64_t len = strlen(paddings[i]);

        if (text.len >= len && memcmp(text.ptr + (is_at_end ? text.len - len : 0), paddings[i], (size_t)len) == 0)
            return len;
    }
    return 0;
}

static struct gw_text trim(struct gw_text text)
{
    uint64_t len;

    while ((len = padding_at(text, false)) > 0)
        text = gw_text_span(text.ptr + len, text.len - len);
    while ((len = padding_at(text, true)) > 0)
        text.len -= len;
    return text;
}

/* The number, from 1, of the cell that equals this name except for case, blanks and quotes, if the row is split by
 * `separator`; 0: there is none. */
static unsigned find_name(struct gw_text row, char separator, struct gw_text name, struct gw_text *ret_cell)
{
    const char *at = row.ptr;
    const char *end = row.ptr + row.len;

    for (unsigned number = 1; at != NULL && at <= end; number++) {
        const char *next = at < end ? memchr(at, separator, (size_t)(end - at)) : NULL;
        struct gw_text cell = gw_text_span(at, (uint64_t)((next != NULL ? next : end) - at));
        struct gw_text bare = trim(cell);

        if (bare.len == name.len && name.len > 0 && strncasecmp(bare.ptr, name.ptr, (size_t)name.len) == 0) {
            *ret_cell = cell;
            return number;
        }
        at = next != NULL ? next + 1 : NULL;
    }
    return 0;
}

/* ---- the suggestion -------------------------------------------------------------------------------------------- */

/* Whether the character of this width at the beginning of text can be shown unchanged. */
static bool is_visible(struct gw_text text, uint64_t width)
{
    unsigned char first = (unsigned char)text.ptr[0];

    if (width == 0 || first < 0x20 || first == 0x7f || (first == 0xc2 && (unsigned char)text.ptr[1] < 0xa0))
        return false;
    return width != 3 || padding_at(text, false) != 3;
}

/* Writes the part of the row that can be shown. */
static void show(struct gw_text row, char ret_text[FOUND_MAX + 4])
{
    uint64_t len = 0;
    bool is_cut = false;

    for (uint64_t at = 0; at < row.len;) {
        uint64_t width = gw_utf8_sequence(row.ptr + at, row.len - at);
        bool is_shown = is_visible(gw_text_span(row.ptr + at, row.len - at), width);

        is_cut = len + (is_shown ? width : 1) > FOUND_MAX;
        if (is_cut)
            break;
        if (is_shown)
            memcpy(ret_text + len, row.ptr + at, (size_t)width);
        else
            ret_text[len] = row.ptr[at] == '\t' ? ' ' : '?';
        len += is_shown ? width : 1;
        at += width > 0 ? width : 1;
    }
    (void)snprintf(ret_text + len, 4, "%s", is_cut ? "..." : "");
}

static const char *separator_guess(struct gw_text row, struct gw_text missing)
{
    static const struct {
        char byte;
        const char *guess;
    } separators[] = {{';', ": are the cells separated by ';'? Save the file with ','"},
                      {'\t', ": are the cells separated by tabs? Save the file with ','"},
                      {'|', ": are the cells separated by '|'? Save the file with ','"}};
    bool is_one_cell = memchr(row.ptr, ',', (size_t)row.len) == NULL;
    struct gw_text cell;

    for (size_t i = 0; i < sizeof separators / sizeof separators[0]; i++)
        if (find_name(row, separators[i].byte, missing, &cell) > 0)
            return separators[i].guess;
    for (size_t i = 0; i < sizeof separators / sizeof separators[0] && is_one_cell; i++)
        if (memchr(row.ptr, separators[i].byte, (size_t)row.len) != NULL)
            return separators[i].guess;
    return NULL;
}

static const char *other_guess(struct gw_text row)
{
    if (gw_utf8_valid_len(row) < row.len)
        return ": the names are not UTF-8; save the file as UTF-8";
    if (row.ptr[0] == '{')
        return ": is this JSON? jsonl_reader reads that";
    return "";
}

const char *csv_guess(struct gw_text row, struct gw_text missing, char ret_guess[CSV_GUESS_BYTES])
{
    char found[FOUND_MAX + 4];
    char spelt[FOUND_MAX + 4];
    struct gw_text cell;
    unsigned number;
    const char *guess;

    if (row.len == 0) {
        (void)snprintf(ret_guess, CSV_GUESS_BYTES, "the row is empty");
        return ret_guess;
    }
    show(row, found);
    number = find_name(row, ',', missing, &cell);
    if (number > 0) {
        show(cell, spelt);
        (void)snprintf(ret_guess, CSV_GUESS_BYTES,
                       "found '%s': column %u is '%s', and case, blanks and quotes around a name must be the same",
                       found, number, spelt);
        return ret_guess;
    }
    guess = separator_guess(row, missing);
    if (row.len > 4 && strncasecmp(row.ptr, "sep=", 4) == 0)
        guess = ": a spreadsheet wrote this line; remove it";
    (void)snprintf(ret_guess, CSV_GUESS_BYTES, "found '%s'%s", found, guess != NULL ? guess : other_guess(row));
    return ret_guess;
}
