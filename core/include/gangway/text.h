/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A borrowed run of bytes. Every text crosses the plugin boundary in this form.
 *
 * Life cycle
 *
 *   make     The side that has the bytes makes a text of them with gw_text_of or gw_text_span. This copies nothing.
 *   pass     The text is passed by value, or as a member of a struct.
 *   read     The receiver reads the bytes until the call returns, unless the function that passes the text says
 *            otherwise.
 *   keep     A receiver that needs the text for longer copies the bytes.
 *
 *     struct gw_text sku = gw_text_span(record->key, record->key_len);
 *     if (!gw_text_is(sku, "BRASS-LAMP"))
 *         printf("%.*s\n", (int)sku.len, sku.ptr);
 *
 * Ownership: a struct gw_text does not own its bytes, and nobody frees one.
 *
 * Content: any bytes. No NUL byte terminates a text, and a text may contain NUL bytes. So pass it to printf with "%.*s"
 * and never with "%s". A port says where it requires valid UTF-8; gangway/sdk/utf8.h checks it.
 *
 * Units: lengths are bytes, not characters.
 *
 * Threads: the functions here have no state and may run on any thread. None of them allocates, and none can fail.
 */
#ifndef GANGWAY_TEXT_H
#define GANGWAY_TEXT_H

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* {NULL, 0} is the empty text, so memory that is set to zero contains empty texts. The layout is frozen: it is the same
 * in every version of the ABI. */
struct gw_text {
    /* The first byte. May be NULL when len is 0. */
    const char *ptr;

    /* The number of bytes, without any terminator. */
    uint64_t len;
};

/* Makes a text of a NUL-terminated string, without the NUL. NULL gives the empty text. The text borrows string, which
 * must outlive it. */
static inline struct gw_text gw_text_of(const char *string)
{
    struct gw_text text = {string, string != NULL ? (uint64_t)strlen(string) : 0};
    return text;
}

/* Makes a text of the len bytes at ptr. The text borrows them, so they must outlive it. ptr may be NULL when len is 0.
 * The bytes are neither checked nor copied. */
static inline struct gw_text gw_text_span(const char *ptr, uint64_t len)
{
    struct gw_text text = {ptr, len};
    return text;
}

/* Compares two texts byte by byte, without case folding or Unicode normalisation. Returns 1 when they are equal, else
 * 0. An empty text with a pointer equals one without. Not for secrets: the time depends on the bytes. */
static inline int gw_text_equal(struct gw_text a, struct gw_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, (size_t)a.len) == 0);
}

/* Compares a text with a NUL-terminated string, such as a name that the code knows. Returns 1 when the text has exactly
 * the bytes of string, else 0. A NULL string equals the empty text. A text that contains a NUL byte equals no string.
 */
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
