/* SPDX-License-Identifier: Apache-2.0 */
/* Encodes frames into one buffer. See outgoing.h. */
#include "outgoing.h"

#include "frame.h"

#include <string.h>

enum {
    NUMBER_BYTES = 4,
    END_OCTET = 0xCE,
    HEADER_HEAD = 12,         /* of a header frame's payload: class, weight, length of the body */
    COMPACT_AT = 1024 * 1024, /* written bytes before those that wait */
};

void rabbit_outgoing_init(struct rabbit_outgoing *outgoing)
{
    outgoing->at = 0;
    gw_buffer_init(&outgoing->bytes, RABBIT_OUTGOING_MAX);
}

void rabbit_outgoing_done(struct rabbit_outgoing *outgoing)
{
    gw_buffer_done(&outgoing->bytes);
    outgoing->at = 0;
}

size_t rabbit_outgoing_len(const struct rabbit_outgoing *outgoing)
{
    return outgoing->bytes.len - outgoing->at;
}

static void put_u32(char *at, uint32_t value)
{
    for (int byte = 0; byte < 4; byte++)
        at[byte] = (char)(value >> (24 - 8 * byte));
}

/* The frame around a payload that is already behind its head. */
static void put_frame(char *frame, enum rabbit_frame_type type, uint16_t channel, size_t payload_len)
{
    frame[0] = (char)type;
    frame[1] = (char)(channel >> 8);
    frame[2] = (char)channel;
    put_u32(frame + 3, (uint32_t)payload_len);
    frame[RABBIT_FRAME_HEAD + payload_len] = (char)END_OCTET;
}

/* Room for len bytes; NULL, and no trace of the attempt, when there is none. */
static char *reserve(struct rabbit_outgoing *outgoing, size_t len, struct gw_error *reterr)
{
    char *at = gw_buffer_reserve(&outgoing->bytes, len);

    if (at == NULL) {
        outgoing->bytes.has_failed = false;
        outgoing->bytes.is_too_long = false;
        (void)gw_error_set(reterr, GW_NOMEM, "no memory for %zu bytes to send", len);
    }
    return at;
}

enum gw_status rabbit_outgoing_raw(struct rabbit_outgoing *outgoing, const char *bytes, size_t len,
                                   struct gw_error *reterr)
{
    char *at = reserve(outgoing, len, reterr);

    if (at == NULL)
        return GW_NOMEM;
    memcpy(at, bytes, len);
    gw_buffer_advance(&outgoing->bytes, len);
    return GW_OK;
}

enum gw_status rabbit_outgoing_method(struct rabbit_outgoing *outgoing, uint16_t channel, amqp_method_number_t number,
                                      void *method, struct gw_error *reterr)
{
    char *frame = reserve(outgoing, RABBIT_METHOD_MAX, reterr);
    int len;

    if (frame == NULL)
        return GW_NOMEM;
    len = amqp_encode_method(number, method,
                             (amqp_bytes_t){.len = RABBIT_METHOD_MAX - RABBIT_FRAME_EXTRA - NUMBER_BYTES,
                                            .bytes = frame + RABBIT_FRAME_HEAD + NUMBER_BYTES});
    if (len < 0)
        return gw_error_set(reterr, GW_PERMANENT, "encoding %s: %s", amqp_method_name(number), amqp_error_string2(len));
    put_u32(frame + RABBIT_FRAME_HEAD, number);
    put_frame(frame, RABBIT_METHOD, channel, NUMBER_BYTES + (size_t)len);
    gw_buffer_advance(&outgoing->bytes, RABBIT_FRAME_EXTRA + NUMBER_BYTES + (size_t)len);
    return GW_OK;
}

/* The header takes what a frame may have. */
static enum gw_status add_header(struct rabbit_outgoing *outgoing, uint16_t channel, uint32_t frame_max,
                                 amqp_basic_properties_t *properties, uint64_t body_len, struct gw_error *reterr)
{
    char *frame = reserve(outgoing, frame_max, reterr);
    char *payload;
    int len;

    if (frame == NULL)
        return GW_NOMEM;
    payload = frame + RABBIT_FRAME_HEAD;
    put_u32(payload, (uint32_t)AMQP_BASIC_CLASS << 16); /* and a weight of 0 */
    put_u32(payload + NUMBER_BYTES, (uint32_t)(body_len >> 32));
    put_u32(payload + 2 * NUMBER_BYTES, (uint32_t)body_len);
    len = amqp_encode_properties(
        AMQP_BASIC_CLASS, properties,
        (amqp_bytes_t){.len = frame_max - RABBIT_FRAME_EXTRA - HEADER_HEAD, .bytes = payload + HEADER_HEAD});
    if (len < 0)
        return gw_error_set(reterr, GW_PERMANENT, "encoding the properties of a message: %s", amqp_error_string2(len));
    put_frame(frame, RABBIT_HEADER, channel, HEADER_HEAD + (size_t)len);
    gw_buffer_advance(&outgoing->bytes, RABBIT_FRAME_EXTRA + HEADER_HEAD + (size_t)len);
    return GW_OK;
}

static enum gw_status add_body(struct rabbit_outgoing *outgoing, uint16_t channel, uint32_t frame_max,
                               struct gw_text body, struct gw_error *reterr)
{
    const size_t piece_max = frame_max - RABBIT_FRAME_EXTRA;

    while (body.len > 0) {
        const size_t len = body.len < piece_max ? (size_t)body.len : piece_max;
        char *frame = reserve(outgoing, RABBIT_FRAME_EXTRA + len, reterr);

        if (frame == NULL)
            return GW_NOMEM;
        memcpy(frame + RABBIT_FRAME_HEAD, body.ptr, len);
        put_frame(frame, RABBIT_BODY, channel, len);
        gw_buffer_advance(&outgoing->bytes, RABBIT_FRAME_EXTRA + len);
        body = gw_text_span(body.ptr + len, body.len - len);
    }
    return GW_OK;
}

enum gw_status rabbit_outgoing_content(struct rabbit_outgoing *outgoing, uint16_t channel, uint32_t frame_max,
                                       amqp_basic_publish_t *publish, amqp_basic_properties_t *properties,
                                       struct gw_text body, struct gw_error *reterr)
{
    const size_t begin = outgoing->bytes.len;
    enum gw_status status = rabbit_outgoing_method(outgoing, channel, AMQP_BASIC_PUBLISH_METHOD, publish, reterr);

    if (status == GW_OK)
        status = add_header(outgoing, channel, frame_max, properties, body.len, reterr);
    if (status == GW_OK)
        status = add_body(outgoing, channel, frame_max, body, reterr);
    if (status != GW_OK)
        gw_buffer_truncate(&outgoing->bytes, begin);
    return status;
}

enum gw_status rabbit_outgoing_heartbeat(struct rabbit_outgoing *outgoing, struct gw_error *reterr)
{
    char frame[RABBIT_FRAME_EXTRA];

    put_frame(frame, RABBIT_HEARTBEAT, 0, 0);
    return rabbit_outgoing_raw(outgoing, frame, sizeof frame, reterr);
}

enum gw_status rabbit_outgoing_write(struct rabbit_outgoing *outgoing, struct rabbit_wire *wire, size_t *ret_written,
                                     struct gw_error *reterr)
{
    const size_t waiting = rabbit_outgoing_len(outgoing);
    enum gw_status status = GW_OK;

    *ret_written = 0;
    if (waiting > 0)
        status = rabbit_wire_write(wire, outgoing->bytes.ptr + outgoing->at, waiting, ret_written, reterr);
    outgoing->at += *ret_written;
    if (rabbit_outgoing_len(outgoing) == 0) {
        gw_buffer_reset(&outgoing->bytes);
        outgoing->at = 0;
    } else if (outgoing->at >= COMPACT_AT) {
        const size_t left = rabbit_outgoing_len(outgoing);

        memmove(outgoing->bytes.ptr, outgoing->bytes.ptr + outgoing->at, left);
        gw_buffer_truncate(&outgoing->bytes, left);
        outgoing->at = 0;
    }
    return status;
}
