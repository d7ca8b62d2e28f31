/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte buffer. Every append goes through gw_buffer_reserve, which alone allocates and checks max. */
#include <gangway/sdk/buffer.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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
    gw_buffer_truncate(buffer, 0);
    buffer->has_failed = buffer->is_too_long = false;
}

void gw_buffer_truncate(struct gw_buffer *buffer, size_t len)
{
    buffer->len = len;
    if (buffer->ptr != NULL)
        buffer->ptr[len] = '\0';
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

char *gw_buffer_reserve(struct gw_buffer *buffer, size_t len)
{
    if (buffer->has_failed)
        return NULL;
    buffer->is_too_long = len > buffer->max - buffer->len;
    if (buffer->is_too_long ||
        (len + 1 > buffer->capacity - buffer->len && !buffer_grow(buffer, buffer->len + len + 1))) {
        buffer->has_failed = true;
        return NULL;
    }
    return buffer->ptr + buffer->len;
}

void gw_buffer_append(struct gw_buffer *buffer, const void *bytes, size_t len)
{
    char *at = gw_buffer_reserve(buffer, len);

    if (at == NULL)
        return;
    if (len > 0)
        memcpy(at, bytes, len);
    gw_buffer_advance(buffer, len);
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
    at = gw_buffer_reserve(buffer, (size_t)len);
    if (at == NULL)
        return;
    va_start(arguments, format);
    (void)vsnprintf(at, (size_t)len + 1, format, arguments);
    va_end(arguments);
    gw_buffer_advance(buffer, (size_t)len);
}
