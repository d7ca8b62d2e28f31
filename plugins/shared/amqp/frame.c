/* SPDX-License-Identifier: Apache-2.0 */
/* Splits bytes into frames. See frame.h. */
#include "frame.h"

#include <stdbool.h>
#include <string.h>

enum {
    END_OCTET = 0xCE,
    METHOD_LEAST = 4,  /* the number of the method */
    HEADER_LEAST = 14, /* class, weight, body size, flags */
};

static bool is_type(unsigned char type)
{
    return type == RABBIT_METHOD || type == RABBIT_HEADER || type == RABBIT_BODY || type == RABBIT_HEARTBEAT;
}

static uint32_t least_payload(enum rabbit_frame_type type)
{
    return type == RABBIT_METHOD ? METHOD_LEAST : type == RABBIT_HEADER ? HEADER_LEAST : 0;
}

/* Only contents and methods of channel 0 may be on it, and heartbeats only there. */
static bool is_channel(enum rabbit_frame_type type, uint16_t channel)
{
    return type == RABBIT_METHOD || (channel == 0) == (type == RABBIT_HEARTBEAT);
}

/* A broker that does not speak this version answers with the header of its own, and closes. */
static enum gw_status refuse_type(unsigned char type, struct gw_error *reterr)
{
    if (type == 'A')
        return gw_error_set(reterr, GW_TRANSIENT, "the other side does not speak AMQP 0-9-1");
    return gw_error_set(reterr, GW_TRANSIENT, "a frame of the unknown type %u", (unsigned)type);
}

static enum gw_status check_head(const char *head, uint32_t frame_max, struct rabbit_frame *ret_frame,
                                 struct gw_error *reterr)
{
    const unsigned char type = (unsigned char)head[0];
    const uint32_t len = rabbit_u32(head + 3);

    if (!is_type(type))
        return refuse_type(type, reterr);
    ret_frame->type = (enum rabbit_frame_type)type;
    ret_frame->channel = rabbit_u16(head + 1);
    ret_frame->payload = gw_text_span(head + RABBIT_FRAME_HEAD, len);
    if (!is_channel(ret_frame->type, ret_frame->channel))
        return gw_error_set(reterr, GW_TRANSIENT, "a frame of type %u on channel %u", (unsigned)type,
                            (unsigned)ret_frame->channel);
    if (len > frame_max - RABBIT_FRAME_EXTRA)
        return gw_error_set(reterr, GW_TRANSIENT, "a frame of %lu bytes, above the limit of %lu", (unsigned long)len,
                            (unsigned long)(frame_max - RABBIT_FRAME_EXTRA));
    if (len < least_payload(ret_frame->type) || (type == RABBIT_HEARTBEAT && len > 0))
        return gw_error_set(reterr, GW_TRANSIENT, "a frame of type %u with a payload of %lu bytes", (unsigned)type,
                            (unsigned long)len);
    return GW_OK;
}

enum gw_status rabbit_frame_take(struct gw_text *bytes, uint32_t frame_max, struct rabbit_frame *ret_frame,
                                 struct gw_error *reterr)
{
    struct rabbit_frame frame;
    enum gw_status status;

    *ret_frame = (struct rabbit_frame){.type = RABBIT_NO_FRAME};
    if (bytes->len > 0 && !is_type((unsigned char)bytes->ptr[0]))
        return refuse_type((unsigned char)bytes->ptr[0], reterr);
    if (bytes->len < RABBIT_FRAME_HEAD)
        return GW_OK;
    status = check_head(bytes->ptr, frame_max, &frame, reterr);
    if (status != GW_OK || bytes->len < frame.payload.len + RABBIT_FRAME_EXTRA)
        return status;
    if ((unsigned char)frame.payload.ptr[frame.payload.len] != END_OCTET)
        return gw_error_set(reterr, GW_TRANSIENT, "a frame of type %u without its last octet", (unsigned)frame.type);
    *ret_frame = frame;
    *bytes =
        gw_text_span(frame.payload.ptr + frame.payload.len + 1, bytes->len - frame.payload.len - RABBIT_FRAME_EXTRA);
    return GW_OK;
}
