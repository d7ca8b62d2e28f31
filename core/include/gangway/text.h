/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A borrowed run of bytes: the one way in which text crosses the plugin boundary.
 *
 * Ownership: a struct gw_text does not own its bytes. The receiver of a text may read it until the call returns, unless
 * the function that passes it says otherwise. To keep a text, copy its bytes.
 * Content: any bytes. No NUL byte terminates a text, and a text may contain NUL bytes, so pass it to printf as
 * `"%.*s", (int)text.len, text.ptr` and never as `"%s"`. A port says where it requires valid UTF-8.
 * Threads: the functions here have no state and may run on any thread. None of them allocates, and none can fail.
 */
#ifndef GANGWAY_TEXT_H
#define GANGWAY_TEXT_H

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A text is passed by value. {NULL, 0} is the empty text; zero-initialised memory is therefore an empty text. The
 * layout is frozen. */
struct gw_text {
    const char *ptr; /* may be NULL when len is 0 */
    uint64_t len;    /* bytes, without any terminator */
};

/* Makes a text of a NUL-terminated string, without the NUL. NULL gives the empty text. The text borrows string, which
 * must outlive it. */
static inline struct gw_text gw_text_of(const char *string)
{
    struct gw_text text = {string, string != NULL ? (uint64_t)strlen(string) : 0};
    return text;
}

/* Makes a text of the len bytes at ptr. The text borrows them. ptr may be NULL when len is 0. */
static inline struct gw_text gw_text_span(const char *ptr, uint64_t len)
{
    struct gw_text text = {ptr, len};
    return text;
}

/* Compares two texts byte by byte, without case folding or Unicode normalisation. Returns 1 when they are equal, else
 * 0. An empty text with a pointer equals one without. */
static inline int gw_text_equal(struct gw_text a, struct gw_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, (size_t)a.len) == 0);
}

/* Compares a text with a NUL-terminated string. Returns 1 when the text has exactly the bytes of string, else 0. A NULL
 * string equals the empty text. */
static inline int gw_text_is(struct gw_text text, const char *string)
{
    return gw_text_equal(text, gw_text_of(string));
}

/* Orders two texts by their bytes as unsigned values, as memcmp does, so that the order depends on no locale. A text
 * that is a prefix of another comes first. Returns a number below 0, 0, or above 0. Ports that require sorted arrays
 * (SKUs, sources, references) mean this order. */
static inline int gw_text_compare(struct gw_text a, struct gw_text b)
{
    uint64_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter == 0 ? 0 : memcmp(a.ptr, b.ptr, (size_t)shorter);

    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

#ifdef __cplusplus
}
#endif

#endif
