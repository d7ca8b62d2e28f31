/* SPDX-License-Identifier: Apache-2.0 */
/* This program wrote the text itself, as a list of pairs of strings, so the parser only looks for strings. */
#include "worker/dead_headers.h"

#include "base/vector.h"
#include "service/dead_letter.h"
#include "json/json_token.h"

#include <string.h>

/* Moves *at behind the next string. *ret_written are the bytes between its quotes. */
static bool next_string(const char **at, const char *end, struct gw_text *ret_written)
{
    const char *begin = memchr(*at, '"', (size_t)(end - *at));
    const char *close;

    if (begin == NULL)
        return false;
    for (close = ++begin; close < end && *close != '"';)
        close += *close == '\\' ? 2 : 1;
    if (close >= end)
        return false;
    *ret_written = gw_text_span(begin, (uint64_t)(close - begin));
    *at = close + 1;
    return true;
}

/* False: no memory. A string that cannot be unescaped becomes the empty text. */
static bool unescape(struct gw_arena *arena, struct gw_text written, struct gw_text *ret_text)
{
    char *to = gw_arena_alloc(arena, (size_t)written.len + 1);
    const char *flaw;
    size_t len = 0;

    if (to != NULL && gw_json_unescape(written, to, &len, &flaw) != NULL)
        len = 0;
    *ret_text = gw_text_span(to, len);
    return to != NULL;
}

/* Whether it is one that the core added. */
static bool take_added(const struct gw_header *header, struct gw_dead_headers *headers)
{
    if (gw_text_is(header->name, GW_DEAD_HEADER_ARRIVED))
        headers->arrived_at = header->value;
    else if (gw_text_is(header->name, GW_DEAD_HEADER_DELIVERIES))
        headers->deliveries = header->value;
    else
        return false;
    return true;
}

bool gw_dead_headers_read(struct gw_arena *arena, struct gw_text text, struct gw_dead_headers *ret_headers)
{
    const char *at = text.len > 0 ? text.ptr : "";
    const char *end = at + text.len;
    struct gw_header *headers = NULL;
    struct gw_text name, value;
    size_t count = 0, capacity = 0;

    *ret_headers = (struct gw_dead_headers){.headers = {.stride = sizeof *headers}};
    while (at < end && next_string(&at, end, &name) && next_string(&at, end, &value)) {
        struct gw_header *grown = gw_vector_grow(arena, headers, count, &capacity, sizeof *headers);

        if (grown == NULL)
            return false;
        headers = grown;
        if (!unescape(arena, name, &headers[count].name) || !unescape(arena, value, &headers[count].value))
            return false;
        count += take_added(&headers[count], ret_headers) ? 0 : 1;
    }
    ret_headers->headers = (struct gw_array){headers, (uint32_t)count, sizeof *headers};
    return true;
}
