/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks over the bytes of a YAML file one character at a time, counting lines as libyaml does (LF, CR LF, CR).
 *
 * libyaml compares every %TAG directive with all previous ones, which takes minutes for 1 MiB of them. So directives
 * are refused here, before and after the document. libyaml treats NEL, LS and PS as line ends, as YAML 1.1 does;
 * YAML 1.2 and editors treat them as text. So these characters are refused. This file knows nothing else of the syntax.
 */
#include "yaml/yaml_text.h"

#include "base/text.h"
#include "yaml/yaml.h"

#include <stdbool.h>

struct cursor {
    const char *at;
    const char *end;
    uint32_t line;
    uint32_t column;
};

static struct cursor cursor_of(struct gw_text text)
{
    struct cursor cursor = {text.ptr, text.ptr, 1, 1};

    if (text.len > 0)
        cursor.end = text.ptr + text.len;
    return cursor;
}

static bool cursor_is_at_end(const struct cursor *cursor)
{
    return cursor->at == cursor->end;
}

/* The length of the character here in bytes; 0 if it is not UTF-8. */
static size_t cursor_char_length(const struct cursor *cursor)
{
    return gw_utf8_sequence(cursor->at, (size_t)(cursor->end - cursor->at));
}

static void cursor_next(struct cursor *cursor)
{
    bool is_before_lf = cursor->end - cursor->at > 1 && cursor->at[1] == '\n';
    bool ends_line = *cursor->at == '\n' || (*cursor->at == '\r' && !is_before_lf);
    size_t len = cursor_char_length(cursor);

    cursor->at += len > 0 ? len : 1;
    cursor->column++;
    if (ends_line) {
        cursor->line++;
        cursor->column = 1;
    }
}

/* Why the character of len bytes is not allowed in a file; NULL if it is. */
static const char *char_flaw(const char *at, size_t len)
{
    static const struct {
        const char *bytes;
        const char *flaw;
    } odd[] = {
        {"\xE2\x80\xA8", "a line separator (U+2028), which not every reader takes for the same; write \"\\u2028\""},
        {"\xE2\x80\xA9",
         "a paragraph separator (U+2029), which not every reader takes for the same; write \"\\u2029\""},
        {"\xEF\xBB\xBF", "a byte order mark inside the file; remove it"},
        {"\xEF\xBF\xBE", "the noncharacter U+FFFE; remove it"},
        {"\xEF\xBF\xBF", "the noncharacter U+FFFF; remove it"},
    };

    if (len == 1 && (*at == '\t' || *at == '\n' || *at == '\r'))
        return NULL;
    if (len == 1 && *at == '\0')
        return "a NUL byte; a YAML file is text in UTF-8";
    if (len == 0)
        return "bytes that are not UTF-8; save the file in UTF-8";
    if (gw_utf8_has_control(at, len))
        return "a control character; remove it, or write it as an escape in double quotes";
    for (size_t i = 0; len == 3 && i < sizeof odd / sizeof odd[0]; i++)
        if (memcmp(at, odd[i].bytes, len) == 0)
            return odd[i].flaw;
    return NULL;
}

static enum gw_status check_characters(const char *file_name, struct gw_text text, struct gw_error *reterr)
{
    struct cursor cursor = cursor_of(text);

    while (!cursor_is_at_end(&cursor)) {
        bool is_plain = *cursor.at >= ' ' && *cursor.at < 0x7F;
        const char *flaw = is_plain ? NULL : char_flaw(cursor.at, cursor_char_length(&cursor));

        if (flaw != NULL)
            return gw_yaml_error(reterr, file_name, cursor.line, cursor.column, "%s", flaw);
        cursor_next(&cursor);
    }
    return GW_OK;
}

static void skip_line(struct cursor *cursor)
{
    uint32_t line = cursor->line;

    while (!cursor_is_at_end(cursor) && cursor->line == line)
        cursor_next(cursor);
}

/* Skips white space and comments. */
static void skip_blank(struct cursor *cursor)
{
    while (!cursor_is_at_end(cursor)) {
        if (*cursor->at == '#')
            skip_line(cursor);
        else if (strchr(" \t\r\n", *cursor->at) != NULL)
            cursor_next(cursor);
        else
            return;
    }
}

/* Whether the line here begins with the directive %YAML, which has no effect and whose version libyaml checks. */
static bool is_version_directive(const struct cursor *cursor)
{
    static const char directive[] = "%YAML ";

    return (size_t)(cursor->end - cursor->at) >= sizeof directive - 1 &&
           memcmp(cursor->at, directive, sizeof directive - 1) == 0;
}

static enum gw_status check_directives(const char *file_name, struct gw_text text, struct gw_error *reterr)
{
    struct cursor cursor = cursor_of(text);

    for (skip_blank(&cursor); !cursor_is_at_end(&cursor) && *cursor.at == '%'; skip_blank(&cursor)) {
        if (!is_version_directive(&cursor))
            return gw_yaml_error(reterr, file_name, cursor.line, cursor.column,
                                 "'%%' begins a directive, which is not supported; remove the line, or put the text "
                                 "into quotes");
        skip_line(&cursor);
    }
    return GW_OK;
}

enum gw_status gw_yaml_text_check(const char *file_name, struct gw_text text, struct gw_error *reterr)
{
    enum gw_status status;

    if (text.len > GW_YAML_MAX_BYTES)
        return gw_yaml_error(reterr, file_name, 1, 1, "the file is larger than 1 MiB, which is the limit");
    status = check_characters(file_name, text, reterr);
    if (status == GW_OK)
        status = check_directives(file_name, text, reterr);
    return status;
}

static struct cursor cursor_at(struct gw_text text, uint32_t line, uint32_t column)
{
    struct cursor cursor = cursor_of(text);

    while (!cursor_is_at_end(&cursor) && (cursor.line < line || (cursor.line == line && cursor.column < column)))
        cursor_next(&cursor);
    return cursor;
}

enum gw_status gw_yaml_text_check_rest(const char *file_name, struct gw_text text, uint32_t line, uint32_t column,
                                       struct gw_error *reterr)
{
    struct cursor cursor = cursor_at(text, line, column);

    skip_blank(&cursor);
    if (!cursor_is_at_end(&cursor))
        return gw_yaml_error(reterr, file_name, cursor.line, cursor.column,
                             "a second document begins here; expected the end of the file");
    return GW_OK;
}

char gw_yaml_text_at(struct gw_text text, uint32_t line, uint32_t column)
{
    struct cursor cursor = cursor_at(text, line, column);

    return cursor_is_at_end(&cursor) ? '\0' : *cursor.at;
}

struct gw_text gw_yaml_text_skip_mark(struct gw_text text)
{
    static const char mark[] = "\xEF\xBB\xBF";

    if (text.len >= 3 && memcmp(text.ptr, mark, 3) == 0)
        return gw_text_span(text.ptr + 3, text.len - 3);
    return text;
}
