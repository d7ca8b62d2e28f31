/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as an AMQP broker sends them, written by hand, so that wrong ones can be written too. */
#ifndef AMQP_BYTES_H
#define AMQP_BYTES_H

#include "amqp/frame.h"

#include <gangway/sdk/buffer.h>
#include <gangway/text.h>

enum { AMQP_BYTES_MAX = 4 * 1024 * 1024, AMQP_DELIVER = 60 << 16 | 60, AMQP_RETURN = 60 << 16 | 50 };

void put_u8(struct gw_buffer *bytes, unsigned value);
void put_u16(struct gw_buffer *bytes, unsigned value);
void put_u32(struct gw_buffer *bytes, uint32_t value);
void put_u64(struct gw_buffer *bytes, uint64_t value);

/* A text behind its length of one byte. */
void put_short(struct gw_buffer *bytes, const char *text);

/* A whole frame. */
void put_frame(struct gw_buffer *bytes, unsigned type, unsigned channel, struct gw_text payload);

/* The payload of basic.deliver from a queue's consumer. */
void put_deliver(struct gw_buffer *bytes, uint64_t tag, const char *exchange, const char *routing_key);

/* The payload of a header, up to its flags; the properties follow. */
void put_header(struct gw_buffer *bytes, uint64_t body_size, unsigned flags);

struct gw_text text_of(const struct gw_buffer *bytes);

#endif
