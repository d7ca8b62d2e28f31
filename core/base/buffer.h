/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing run of bytes with a maximum. A failed append marks the buffer, and every later append does nothing: a
 * caller may append many times and ask once at the end. One thread at a time.
 */
#ifndef GW_BASE_BUFFER_H
#define GW_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct gw_buffer {
    char *ptr; /* always NUL-terminated behind len once something was appended; NULL before */
    size_t len;
    size_t capacity;
    size_t max;      /* bytes that len may reach */
    bool has_failed; /* memory or max ran out: the content is not whole */
};

/* An empty buffer; nothing is allocated before the first append. */
void gw_buffer_init(struct gw_buffer *buffer, size_t max);

/* Frees the memory; the buffer is then as after init. */
void gw_buffer_done(struct gw_buffer *buffer);

/* Empties it and clears the mark; keeps the memory. */
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

/* Appends bytes as a terminal may show them: gw_terminal_escape says how. */
void gw_buffer_append_terminal(struct gw_buffer *buffer, const char *bytes, size_t len);

/* Appends bytes as the inside of a JSON string, as gw_json_escape writes them. The bytes are taken for UTF-8; a byte
 * that is not part of any becomes U+FFFD. No surrounding quotes. */
void gw_buffer_append_json(struct gw_buffer *buffer, const char *bytes, size_t len);

#endif
