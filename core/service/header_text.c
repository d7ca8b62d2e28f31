/* SPDX-License-Identifier: Apache-2.0 */
/* Names and values alternate in both forms, so one reader takes the strings in pairs and skips what is between them. */
#include "service/header_text.h"

#include "base/vector.h"
#include "json/json_token.h"
#include "json/json_writer.h"

#include <string.h>

/* ---- to text ---------------------------------------------------------------------------------------------------- */

static void write_header(struct gw_json_writer *writer, const struct gw_header *header, enum gw_header_form form)
{
    if (form == GW_HEADER_OBJECT) {
        gw_json_write_key_text(writer, header->name);
        gw_json_write_text(writer, header->value);
        return;
    }
    gw_json_write_open(writer, '[');
    gw_json_write_text(writer, header->name);
    gw_json_write_text(writer, header->value);
    gw_json_write_close(writer, ']');
}

bool gw_header_text_write(struct gw_arena *arena, struct gw_buffer *scratch, const struct gw_array *headers,
                          enum gw_header_form form, struct gw_text *ret_text)
{
    struct gw_json_writer writer;
    const char *copy;

    *ret_text = gw_text_of(NULL);
    if (headers->count == 0)
        return true;
    gw_buffer_reset(scratch);
    gw_json_writer_init(&writer, scratch, 0);
    gw_json_write_open(&writer, form == GW_HEADER_OBJECT ? '{' : '[');
    for (uint32_t index = 0; index < headers->count; index++)
        write_header(&writer, gw_array_at(headers, index), form);
    gw_json_write_close(&writer, form == GW_HEADER_OBJECT ? '}' : ']');
    copy = scratch->has_failed ? NULL : gw_arena_copy(arena, scratch->ptr, scratch->len);
    *ret_text = gw_text_span(copy, copy != NULL ? scratch->len : 0);
    return copy != NULL;
}

/* ---- from text -------------------------------------------------------------------------------------------------- */

static const char *skip_punctuation(const char *at, const char *end)
{
    static const char punctuation[] = {'[', ']', '{', '}', ',', ':', ' ', '\t', '\n', '\r'};

    while (at < end && memchr(punctuation, *at, sizeof punctuation) != NULL)
        at++;
    return at;
}

/* The quote that ends a string of which some bytes are escaped; NULL: there is none. */
static const char *find_close(const char *at, const char *end)
{
    while (at < end && *at != '"')
        at += *at == '\\' ? 2 : 1;
    return at < end ? at : NULL;
}

/* A string as it is written: the bytes between its quotes. */
struct written {
    struct gw_text text;
    bool has_escape;
};

/* Moves *at behind the next string. */
static bool next_string(const char **at, const char *end, struct written *ret_written)
{
    const char *begin = skip_punctuation(*at, end);
    const char *close;

    if (begin == end || *begin++ != '"')
        return false;
    close = memchr(begin, '"', (size_t)(end - begin));
    if (close == NULL)
        return false;
    ret_written->has_escape = memchr(begin, '\\', (size_t)(close - begin)) != NULL;
    if (ret_written->has_escape)
        close = find_close(begin, end);
    if (close == NULL)
        return false;
    ret_written->text = gw_text_span(begin, (uint64_t)(close - begin));
    *at = close + 1;
    return true;
}

/* False: no memory. What cannot be unescaped is empty. */
static bool keep_string(struct gw_arena *arena, const struct written *written, struct gw_text *ret_text)
{
    char *copy = gw_arena_copy(arena, written->text.ptr, (size_t)written->text.len);
    size_t len = (size_t)written->text.len;
    const char *flaw;

    if (copy != NULL && written->has_escape && gw_json_unescape(written->text, copy, &len, &flaw) != NULL)
        len = 0;
    *ret_text = gw_text_span(copy, len);
    return copy != NULL;
}

static bool read_pairs(struct gw_arena *arena, const char *at, const char *end, struct gw_array *ret_headers)
{
    struct gw_header *headers = NULL;
    struct written name, value;
    size_t count = 0, capacity = 0;

    while (next_string(&at, end, &name) && next_string(&at, end, &value)) {
        struct gw_header *grown = gw_vector_grow(arena, headers, count, &capacity, sizeof *headers);

        if (grown == NULL)
            return false;
        headers = grown;
        if (!keep_string(arena, &name, &headers[count].name) || !keep_string(arena, &value, &headers[count].value))
            return false;
        count++;
    }
    *ret_headers = (struct gw_array){headers, (uint32_t)count, sizeof *headers};
    return true;
}

bool gw_header_text_read(struct gw_arena *arena, struct gw_text text, struct gw_array *ret_headers)
{
    *ret_headers = (struct gw_array){NULL, 0, sizeof(struct gw_header)};
    return text.len == 0 || read_pairs(arena, text.ptr, text.ptr + text.len, ret_headers);
}
