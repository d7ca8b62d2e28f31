/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Splits the bytes of an AMQP 0-9-1 connection into frames, without copying or changing a byte. A frame is checked
 * before anything decodes it: its type, its length against the limit of the connection and against the shortest frame
 * of its type, its channel and its last octet. No state except the structs, any thread.
 */
#ifndef RABBIT_FRAME_H
#define RABBIT_FRAME_H

#include <gangway/error.h>
#include <gangway/text.h>

#include <stdint.h>

enum {
    RABBIT_FRAME_MAX_LEAST = 4096, /* what every connection must accept, by the protocol */
    RABBIT_FRAME_HEAD = 7,         /* bytes before the payload: type, channel, length */
    RABBIT_FRAME_EXTRA = 8         /* bytes of a frame that are not payload */
};

enum rabbit_frame_type {
    RABBIT_NO_FRAME = 0,
    RABBIT_METHOD = 1,
    RABBIT_HEADER = 2,
    RABBIT_BODY = 3,
    RABBIT_HEARTBEAT = 8
};

/* The payload points into the bytes that were split. */
struct rabbit_frame {
    enum rabbit_frame_type type;
    uint16_t channel;
    struct gw_text payload;
};

/*
 * Takes the first frame from *bytes, which then begins behind it. frame_max is the limit of the connection in bytes,
 * with RABBIT_FRAME_EXTRA.
 * OK: *ret_frame is the frame; its type is RABBIT_NO_FRAME when bytes are missing, and *bytes is unchanged then.
 * TRANSIENT: these bytes are no frame. The connection cannot be used any more.
 */
enum gw_status rabbit_frame_take(struct gw_text *bytes, uint32_t frame_max, struct rabbit_frame *ret_frame,
                                 struct gw_error *reterr);

/* Big-endian numbers. The caller has checked that the bytes exist. */
static inline uint16_t rabbit_u16(const char *at)
{
    const unsigned char *byte = (const unsigned char *)at;

    return (uint16_t)(byte[0] << 8 | byte[1]);
}

static inline uint32_t rabbit_u32(const char *at)
{
    return (uint32_t)rabbit_u16(at) << 16 | rabbit_u16(at + 2);
}

static inline uint64_t rabbit_u64(const char *at)
{
    return (uint64_t)rabbit_u32(at) << 32 | rabbit_u32(at + 4);
}

#endif
