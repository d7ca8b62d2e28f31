/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte buffer. Every append goes through buffer_reserve, which alone allocates and checks max. */
#include "base/buffer.h"

#include "base/json_escape.h"
#include "base/terminal_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_MIN = 64 };

void gw_buffer_init(struct gw_buffer *buffer, size_t max)
{
    *buffer = (struct gw_buffer){.max = max < SIZE_MAX / 2 ? max : SIZE_MAX / 2};
}

void gw_buffer_done(struct gw_buffer *buffer)
{
    free(buffer->ptr);
    gw_buffer_init(buffer, buffer->max);
}

void gw_buffer_reset(struct gw_buffer *buffer)
{
    buffer->len = 0;
    buffer->has_failed = false;
    if (buffer->ptr != NULL)
        buffer->ptr[0] = '\0';
}

/* Doubles until `needed` bytes fit, but never beyond what max can use. */
static bool buffer_grow(struct gw_buffer *buffer, size_t needed)
{
    size_t capacity = buffer->capacity < CAPACITY_MIN ? CAPACITY_MIN : buffer->capacity;
    char *ptr;

    while (capacity < needed)
        capacity = capacity * 2; /* needed is far from where this overflows */
    if (capacity > buffer->max + 1)
        capacity = buffer->max + 1;
    ptr = realloc(buffer->ptr, capacity);
    if (ptr == NULL)
        return false;
    buffer->ptr = ptr;
    buffer->capacity = capacity;
    return true;
}

/* Where len more bytes and a NUL byte can be written; NULL, and has_failed is set, if there is no room. */
static char *buffer_reserve(struct gw_buffer *buffer, size_t len)
{
    if (buffer->has_failed)
        return NULL;
    if (len > buffer->max - buffer->len ||
        (len + 1 > buffer->capacity - buffer->len && !buffer_grow(buffer, buffer->len + len + 1))) {
        buffer->has_failed = true;
        return NULL;
    }
    return buffer->ptr + buffer->len;
}

static void buffer_advance(struct gw_buffer *buffer, size_t len)
{
    buffer->len += len;
    buffer->ptr[buffer->len] = '\0';
}

void gw_buffer_append(struct gw_buffer *buffer, const void *bytes, size_t len)
{
    char *at = buffer_reserve(buffer, len);

    if (at == NULL)
        return;
    if (len > 0)
        memcpy(at, bytes, len);
    buffer_advance(buffer, len);
}

void gw_buffer_append_byte(struct gw_buffer *buffer, char byte)
{
    gw_buffer_append(buffer, &byte, 1);
}

void gw_buffer_append_int(struct gw_buffer *buffer, int64_t value)
{
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char digits[20]; /* "-9223372036854775808" */
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        digits[--at] = '-';
    gw_buffer_append(buffer, digits + at, sizeof digits - at);
}

void gw_buffer_append_format(struct gw_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    char *at;
    int len;

    va_start(arguments, format);
    len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (len < 0) {
        buffer->has_failed = true;
        return;
    }
    at = buffer_reserve(buffer, (size_t)len);
    if (at == NULL)
        return;
    va_start(arguments, format);
    (void)vsnprintf(at, (size_t)len + 1, format, arguments);
    va_end(arguments);
    buffer_advance(buffer, (size_t)len);
}

void gw_buffer_append_terminal(struct gw_buffer *buffer, const char *bytes, size_t len)
{
    while (len > 0 && !buffer->has_failed) {
        size_t taken = gw_terminal_plain_run(bytes, len);
        char escaped[GW_TERMINAL_ESCAPE_MAX];

        if (taken > 0)
            gw_buffer_append(buffer, bytes, taken);
        else
            gw_buffer_append(buffer, escaped, gw_terminal_escape(bytes, len, escaped, &taken));
        bytes += taken;
        len -= taken;
    }
}

void gw_buffer_append_json(struct gw_buffer *buffer, const char *bytes, size_t len)
{
    while (len > 0 && !buffer->has_failed) {
        size_t taken = gw_json_plain_run(bytes, len);
        char escaped[GW_JSON_ESCAPE_MAX];

        if (taken > 0)
            gw_buffer_append(buffer, bytes, taken);
        else
            gw_buffer_append(buffer, escaped, gw_json_escape(bytes, len, escaped, &taken));
        bytes += taken;
        len -= taken;
    }
}
