/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: a run of bytes that grows up to a maximum.
 *
 * Life cycle
 *
 *     struct gw_buffer line;
 *
 *     gw_buffer_init(&line, 64 * 1024);                     // allocates nothing
 *     gw_buffer_append_string(&line, "qty=");               // any number of appends, none of them checked
 *     gw_buffer_append_int(&line, qty);
 *     if (line.has_failed)                                  // one check at the end
 *         status = line.is_too_long ? GW_PERMANENT : GW_NOMEM;
 *     gw_buffer_reset(&line);                               // for the next line; keeps the memory
 *     gw_buffer_done(&line);                                // frees it
 *
 * An append that finds no room changes nothing but has_failed, and every later append does nothing, so the bytes are
 * always a beginning of what was to be written. has_failed must be read before the bytes are used.
 *
 * The maximum is the largest length, not counting a NUL byte that always follows the last byte; SIZE_MAX means that
 * only memory is the limit. A struct that is all zeros has the maximum 0: every append but an empty one fails, and
 * gw_buffer_done may be called.
 *
 * Ownership: the buffer owns its bytes. A pointer into them is valid until the next call that changes the buffer.
 *
 * Threads: any, one at a time for one buffer. The cost of a byte is constant on average: the memory doubles.
 */
#ifndef GANGWAY_SDK_BUFFER_H
#define GANGWAY_SDK_BUFFER_H

#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A buffer. The members are read by anyone and written by these functions only. */
struct gw_buffer {
    char *ptr;        /* NUL-terminated at len, from malloc; NULL before the first append */
    size_t len;       /* bytes */
    size_t capacity;  /* bytes of the block at ptr */
    size_t max;       /* the largest len */
    bool has_failed;  /* out of memory, or more than max bytes: the content is incomplete */
    bool is_too_long; /* has_failed because of max */
};

/* Makes an empty buffer; the first append allocates. */
void gw_buffer_init(struct gw_buffer *buffer, size_t max);

/* Frees the memory; the buffer is as after gw_buffer_init with the same maximum. */
void gw_buffer_done(struct gw_buffer *buffer);

/* Empties the buffer and clears has_failed; keeps the memory. */
void gw_buffer_reset(struct gw_buffer *buffer);

/* Removes all bytes from `len` on; len must not be above buffer->len. Keeps the memory and has_failed. */
void gw_buffer_truncate(struct gw_buffer *buffer, size_t len);

/* Appends `len` bytes at `bytes`, which may be NULL when len is 0 and must not point into the buffer. */
void gw_buffer_append(struct gw_buffer *buffer, const void *bytes, size_t len);

/* Appends a NUL-terminated string without its NUL. In the header, so that the compiler knows the length of a literal.
 */
static inline void gw_buffer_append_string(struct gw_buffer *buffer, const char *string)
{
    gw_buffer_append(buffer, string, strlen(string));
}

void gw_buffer_append_byte(struct gw_buffer *buffer, char byte);

/* Appends an integer in decimal digits, with a minus before a negative one, in no locale. */
void gw_buffer_append_int(struct gw_buffer *buffer, int64_t value);

/* Appends what printf writes for the format. */
__attribute__((format(printf, 2, 3))) void gw_buffer_append_format(struct gw_buffer *buffer, const char *format, ...);

/*
 * Makes room for `len` bytes behind the last one and returns where to write them. Until gw_buffer_advance counts them
 * they are not part of the buffer. The room may be larger than len. NULL, and has_failed is set: there is none.
 */
char *gw_buffer_reserve(struct gw_buffer *buffer, size_t len);

/* Makes the first `len` bytes of the last gw_buffer_reserve part of the buffer; len is at most what was reserved. In
 * the header because it is two stores. */
static inline void gw_buffer_advance(struct gw_buffer *buffer, size_t len)
{
    buffer->len += len;
    buffer->ptr[buffer->len] = '\0';
}

/* The bytes as a text, which borrows them. */
static inline struct gw_text gw_buffer_text(const struct gw_buffer *buffer)
{
    return gw_text_span(buffer->ptr, buffer->len);
}

#ifdef __cplusplus
}
#endif

#endif
