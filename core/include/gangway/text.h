/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A borrowed run of bytes: the one way that text crosses the plugin boundary.
 *
 * A struct gw_text does not own what it points to, and is not terminated by a NUL byte: it may hold one. Whoever
 * receives one may read it until the call returns, unless the function that hands it out says otherwise.
 */
#ifndef GANGWAY_TEXT_H
#define GANGWAY_TEXT_H

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gw_text {
    const char *ptr; /* may be NULL when len is 0 */
    uint64_t len;    /* bytes */
};

/* The text of a NUL-terminated string; NULL gives the empty text. Borrows string. */
static inline struct gw_text gw_text_of(const char *string)
{
    struct gw_text text = {string, string != NULL ? (uint64_t)strlen(string) : 0};
    return text;
}

/* The text of len bytes at ptr. Borrows them. */
static inline struct gw_text gw_text_span(const char *ptr, uint64_t len)
{
    struct gw_text text = {ptr, len};
    return text;
}

/* 1 when both hold the same bytes, else 0. Nothing is folded or normalised. */
static inline int gw_text_equal(struct gw_text a, struct gw_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, (size_t)a.len) == 0);
}

/* 1 when text holds exactly the bytes of string, else 0. */
static inline int gw_text_is(struct gw_text text, const char *string)
{
    return gw_text_equal(text, gw_text_of(string));
}

/* Byte order, a shorter text before the longer one that it begins: below, equal to or above 0, as memcmp. */
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
