/* SPDX-License-Identifier: Apache-2.0 */
/* Checks, and then decodes. See decode.h. */
#include "decode.h"

#include "frame.h"
#include "status.h"
#include "table.h"

#include <stdbool.h>

enum {
    METHOD_HEAD = 4,       /* the number of the method */
    START_HEAD = 2,        /* of connection.start: the version, before the broker's properties */
    PROPERTIES_FLAGS = 12, /* of a header: where the flags are */
    FLAGS_CONTINUE = 1     /* another word of flags follows: no class has that many properties */
};

/* Methods that brokers send to clients. Others could contain tables, and a client has no use for them. */
static bool is_expected(amqp_method_number_t number)
{
    switch (number) {
    case AMQP_CONNECTION_START_METHOD:
    case AMQP_CONNECTION_SECURE_METHOD:
    case AMQP_CONNECTION_TUNE_METHOD:
    case AMQP_CONNECTION_OPEN_OK_METHOD:
    case AMQP_CONNECTION_CLOSE_METHOD:
    case AMQP_CONNECTION_CLOSE_OK_METHOD:
    case AMQP_CONNECTION_BLOCKED_METHOD:
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
    case AMQP_CHANNEL_OPEN_OK_METHOD:
    case AMQP_CHANNEL_FLOW_METHOD:
    case AMQP_CHANNEL_CLOSE_METHOD:
    case AMQP_CHANNEL_CLOSE_OK_METHOD:
    case AMQP_EXCHANGE_DECLARE_OK_METHOD:
    case AMQP_QUEUE_DECLARE_OK_METHOD:
    case AMQP_BASIC_QOS_OK_METHOD:
    case AMQP_BASIC_CONSUME_OK_METHOD:
    case AMQP_BASIC_CANCEL_METHOD:
    case AMQP_BASIC_CANCEL_OK_METHOD:
    case AMQP_BASIC_RETURN_METHOD:
    case AMQP_BASIC_DELIVER_METHOD:
    case AMQP_BASIC_ACK_METHOD:
    case AMQP_BASIC_NACK_METHOD:
    case AMQP_CONFIRM_SELECT_OK_METHOD:
        return true;
    default:
        return false;
    }
}

static amqp_bytes_t bytes_from(struct gw_text text, size_t at)
{
    return (amqp_bytes_t){.len = (size_t)text.len - at, .bytes = (void *)(text.ptr + at)};
}

enum gw_status rabbit_decode_method(struct gw_text payload, amqp_pool_t *pool, amqp_method_t *ret_method,
                                    struct gw_error *reterr)
{
    const amqp_method_number_t number = payload.len >= METHOD_HEAD ? rabbit_u32(payload.ptr) : 0;
    int code;

    if (!is_expected(number))
        return gw_error_set(reterr, GW_TRANSIENT, "a method that no broker sends to a client: %u.%u",
                            (unsigned)(number >> 16), (unsigned)(number & 0xffff));
    if (number == AMQP_CONNECTION_START_METHOD && !rabbit_table_is_sound(payload, METHOD_HEAD + START_HEAD))
        return gw_error_set(reterr, GW_TRANSIENT, "the properties of the broker are not well-formed");
    ret_method->id = number;
    code = amqp_decode_method(number, pool, bytes_from(payload, METHOD_HEAD), &ret_method->decoded);
    if (code < 0)
        return gw_error_set(reterr, rabbit_library_status(code), "decoding method %u.%u: %s", (unsigned)(number >> 16),
                            (unsigned)(number & 0xffff), amqp_error_string2(code));
    return GW_OK;
}

/* Steps over a property that may precede the headers. */
static bool skip_property(struct gw_text payload, uint16_t flags, amqp_flags_t flag, size_t *at)
{
    if ((flags & flag) == 0)
        return true;
    if (*at >= payload.len)
        return false;
    *at += 1U + (unsigned char)payload.ptr[*at];
    return *at <= payload.len;
}

static bool has_sound_headers(struct gw_text payload, uint16_t flags)
{
    size_t at = PROPERTIES_FLAGS + sizeof flags;

    if (!skip_property(payload, flags, AMQP_BASIC_CONTENT_TYPE_FLAG, &at) ||
        !skip_property(payload, flags, AMQP_BASIC_CONTENT_ENCODING_FLAG, &at))
        return false;
    return (flags & AMQP_BASIC_HEADERS_FLAG) == 0 || rabbit_table_is_sound(payload, at);
}

enum gw_status rabbit_decode_properties(struct gw_text payload, amqp_pool_t *pool,
                                        const amqp_basic_properties_t **ret_properties, struct gw_error *reterr)
{
    amqp_basic_properties_t *properties;
    void *decoded = NULL;
    uint16_t flags;
    int code;

    if (payload.len < PROPERTIES_FLAGS + sizeof flags || rabbit_u16(payload.ptr) != AMQP_BASIC_CLASS)
        return gw_error_set(reterr, GW_TRANSIENT, "a header that belongs to no message");
    flags = rabbit_u16(payload.ptr + PROPERTIES_FLAGS);
    if ((flags & FLAGS_CONTINUE) != 0)
        return gw_error_set(reterr, GW_TRANSIENT, "properties with a second word of flags");
    if (!has_sound_headers(payload, flags))
        return gw_error_set(reterr, GW_TRANSIENT, "headers that are not well-formed, or nested above %d levels",
                            RABBIT_TABLE_DEPTH_MAX);
    code = amqp_decode_properties(AMQP_BASIC_CLASS, pool, bytes_from(payload, PROPERTIES_FLAGS), &decoded);
    if (code < 0)
        return gw_error_set(reterr, rabbit_library_status(code), "decoding properties: %s", amqp_error_string2(code));
    properties = decoded;
    if ((flags & AMQP_BASIC_HEADERS_FLAG) == 0)
        properties->headers = amqp_empty_table;
    *ret_properties = properties;
    return GW_OK;
}
