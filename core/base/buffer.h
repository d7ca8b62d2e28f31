/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer with a maximum. A failed append sets has_failed, and later appends do nothing, so a caller can
 * append many times and check once at the end. One thread at a time.
 */
#ifndef GW_BASE_BUFFER_H
#define GW_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct gw_buffer {
    char *ptr; /* NUL-terminated at len; NULL before the first append */
    size_t len;
    size_t capacity;
    size_t max;      /* the largest len */
    bool has_failed; /* out of memory or above max: the content is incomplete */
};

/* An empty buffer; the first append allocates. */
void gw_buffer_init(struct gw_buffer *buffer, size_t max);

/* Frees the memory; the buffer is as after init. */
void gw_buffer_done(struct gw_buffer *buffer);

/* Empties the buffer and clears has_failed; keeps the memory. */
void gw_buffer_reset(struct gw_buffer *buffer);

void gw_buffer_append(struct gw_buffer *buffer, const void *bytes, size_t len);

/* In the header so that the compiler knows the length of a literal. */
static inline void gw_buffer_append_string(struct gw_buffer *buffer, const char *string)
{
    gw_buffer_append(buffer, string, strlen(string));
}

void gw_buffer_append_byte(struct gw_buffer *buffer, char byte);
void gw_buffer_append_int(struct gw_buffer *buffer, int64_t value);
__attribute__((format(printf, 2, 3))) void gw_buffer_append_format(struct gw_buffer *buffer, const char *format, ...);

/* Appends bytes escaped for a terminal by gw_terminal_escape. */
void gw_buffer_append_terminal(struct gw_buffer *buffer, const char *bytes, size_t len);

/* Appends bytes as the inside of a JSON string, escaped by gw_json_escape, without quotes. The bytes are read as UTF-8;
 * each invalid byte becomes U+FFFD. */
void gw_buffer_append_json(struct gw_buffer *buffer, const char *bytes, size_t len);

#endif
