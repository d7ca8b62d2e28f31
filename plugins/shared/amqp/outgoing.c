/* SPDX-License-Identifier: Apache-2.0 */
/* Encodes frames into one buffer. See outgoing.h. */
#include "outgoing.h"

#include "frame.h"

#include <string.h>

enum { NUMBER_BYTES = 4, END_OCTET = 0xCE };

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
    }
    return status;
}
