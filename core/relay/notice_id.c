/* SPDX-License-Identifier: Apache-2.0 */
/* The id of a notice: see notice_id.h. */
#include "relay/notice_id.h"

#include "process/digest.h"

#include <string.h>

/* Appends a text and the NUL byte that ends it, so that no two lists of texts give the same bytes. */
static char *put(char *at, struct gw_text text)
{
    if (text.len > 0)
        memcpy(at, text.ptr, (size_t)text.len);
    at[text.len] = '\0';
    return at + text.len + 1;
}

static struct gw_text write_hexadecimal(struct gw_arena *arena, const uint8_t digest[GW_DIGEST_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    char *text = gw_arena_alloc(arena, GW_NOTICE_ID_CHARS);

    if (text == NULL)
        return gw_text_of(NULL);
    for (size_t index = 0; index < GW_DIGEST_BYTES; index++) {
        text[2 * index] = digits[digest[index] >> 4];
        text[2 * index + 1] = digits[digest[index] & 15];
    }
    return gw_text_span(text, GW_NOTICE_ID_CHARS);
}

struct gw_text gw_digest_text(struct gw_arena *arena, struct gw_text bytes)
{
    uint8_t digest[GW_DIGEST_BYTES];

    gw_digest(bytes, digest);
    return write_hexadecimal(arena, digest);
}

struct gw_text gw_notice_id(struct gw_arena *arena, struct gw_text destination, struct gw_text recipient,
                            struct gw_text event_id)
{
    char *bytes = gw_arena_alloc(arena, (size_t)(destination.len + recipient.len + event_id.len) + 3);
    char *end;

    if (bytes == NULL)
        return gw_text_of(NULL);
    end = put(put(put(bytes, destination), recipient), event_id);
    return gw_digest_text(arena, gw_text_span(bytes, (uint64_t)(end - bytes)));
}
