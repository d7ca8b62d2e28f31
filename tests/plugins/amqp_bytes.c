/* SPDX-License-Identifier: Apache-2.0 */
/* Encodes frames. See amqp_bytes.h. */
#include "amqp_bytes.h"

#include <string.h>

enum { BASIC = 60, END_OCTET = 0xCE };

void put_u8(struct gw_buffer *bytes, unsigned value)
{
    gw_buffer_append_byte(bytes, (char)value);
}

void put_u16(struct gw_buffer *bytes, unsigned value)
{
    put_u8(bytes, value >> 8 & 0xff);
    put_u8(bytes, value & 0xff);
}

void put_u32(struct gw_buffer *bytes, uint32_t value)
{
    put_u16(bytes, value >> 16);
    put_u16(bytes, value & 0xffff);
}

void put_u64(struct gw_buffer *bytes, uint64_t value)
{
    put_u32(bytes, (uint32_t)(value >> 32));
    put_u32(bytes, (uint32_t)value);
}

void put_short(struct gw_buffer *bytes, const char *text)
{
    put_u8(bytes, (unsigned)strlen(text));
    gw_buffer_append_string(bytes, text);
}

void put_frame(struct gw_buffer *bytes, unsigned type, unsigned channel, struct gw_text payload)
{
    put_u8(bytes, type);
    put_u16(bytes, channel);
    put_u32(bytes, (uint32_t)payload.len);
    gw_buffer_append(bytes, payload.ptr, (size_t)payload.len);
    put_u8(bytes, END_OCTET);
}

void put_deliver(struct gw_buffer *bytes, uint64_t tag, const char *exchange, const char *routing_key)
{
    put_u32(bytes, AMQP_DELIVER);
    put_short(bytes, "0"); /* the consumer's tag */
    put_u64(bytes, tag);
    put_u8(bytes, 0);
    put_short(bytes, exchange);
    put_short(bytes, routing_key);
}

void put_header(struct gw_buffer *bytes, uint64_t body_size, unsigned flags)
{
    put_u16(bytes, BASIC);
    put_u16(bytes, 0);
    put_u64(bytes, body_size);
    put_u16(bytes, flags);
}

struct gw_text text_of(const struct gw_buffer *bytes)
{
    return gw_text_span(bytes->ptr, bytes->len);
}
