/* SPDX-License-Identifier: Apache-2.0 */
/* Handles what the broker sends on a link: answers to calls, closes, alarms, messages. See link_input.h. */
#include "link_input.h"

#include "decode.h"
#include "status.h"

#include <gangway/event_code.h>
#include <gangway/sdk/show.h>

#include <stdio.h>

/* ---- methods ---- */

static struct gw_text text_of_bytes(amqp_bytes_t bytes)
{
    return gw_text_span(bytes.bytes, bytes.len);
}

/* The broker names no method where it closes a channel on its own: a delivery was not acknowledged in time
 * (consumer_timeout), and the next connection gets it again. */
static bool is_timeout(const amqp_channel_close_t *close)
{
    return close->reply_code == AMQP_PRECONDITION_FAILED && close->class_id == 0;
}

static enum gw_status take_connection_close(struct rabbit_link *link, const amqp_connection_close_t *close,
                                            struct gw_error *reterr)
{
    struct gw_text words = text_of_bytes(close->reply_text);
    enum gw_status status = rabbit_reply_status(close->reply_code);
    amqp_connection_close_ok_t ok = {0};
    size_t written;

    link->is_closed_there = true;
    if (rabbit_outgoing_method(&link->out, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok, NULL) == GW_OK)
        (void)rabbit_outgoing_write(&link->out, &link->wire, &written, NULL);
    return gw_error_set(reterr, status == GW_OK ? GW_TRANSIENT : status, "the broker closed the connection: %.*s",
                        gw_shown(words), words.ptr);
}

/* The broker closes the channel at a message that is longer than its limit, of which there are two (max_message_size,
 * and the length of a message with its headers). */
static bool is_refused_message(const amqp_channel_close_t *close)
{
    return close->reply_code == AMQP_PRECONDITION_FAILED &&
           ((amqp_method_number_t)close->class_id << 16 | close->method_id) == AMQP_BASIC_PUBLISH_METHOD;
}

static enum gw_status closed_status(const amqp_channel_close_t *close)
{
    if (is_refused_message(close))
        return GW_PERMANENT;
    return is_timeout(close) ? GW_TRANSIENT : rabbit_reply_status(close->reply_code);
}

enum gw_status rabbit_input_refuse_close(const amqp_channel_close_t *close, const char *what, struct gw_error *reterr)
{
    struct gw_text words = text_of_bytes(close->reply_text);
    enum gw_status status = closed_status(close);

    return gw_error_set(reterr, status == GW_OK ? GW_TRANSIENT : status, "%s: %.*s", what, gw_shown(words), words.ptr);
}

static enum gw_status take_channel_close(struct rabbit_link *link, const amqp_channel_close_t *close,
                                         struct gw_error *reterr)
{
    link->is_closed_there = true;
    if (is_timeout(close))
        gw_host_log(
            link->host, GW_CODE_AMQP_CONSUMER_TIMEOUT,
            "the broker closed the channel, because messages were not acknowledged within its consumer_timeout; "
            "it delivers them again");
    return rabbit_input_refuse_close(close, "the broker closed the channel", reterr);
}

static void take_blocked(struct rabbit_link *link, const amqp_connection_blocked_t *blocked)
{
    struct gw_text reason = text_of_bytes(blocked->reason);

    link->is_blocked = true;
    (void)snprintf(link->blocked, sizeof link->blocked, "%.*s", gw_shown(reason), reason.ptr);
    gw_host_log(link->host, GW_CODE_AMQP_BLOCKED, "the broker accepts no messages, because of an alarm: %s; waiting",
                link->blocked);
}

static void take_unblocked(struct rabbit_link *link)
{
    if (link->is_blocked)
        gw_host_log(link->host, GW_CODE_AMQP_UNBLOCKED, "the broker accepts messages again");
    link->is_blocked = false;
}

static enum gw_status refuse_method(uint16_t channel, amqp_method_number_t number, struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_TRANSIENT, "the broker sent %s on channel %u, where nothing asked for it",
                        amqp_method_name(number), (unsigned)channel);
}

static enum gw_status take_connection_method(struct rabbit_link *link, const amqp_method_t *method,
                                             struct gw_error *reterr)
{
    switch (method->id) {
    case AMQP_CONNECTION_CLOSE_METHOD:
        return take_connection_close(link, method->decoded, reterr);
    case AMQP_CONNECTION_BLOCKED_METHOD:
        take_blocked(link, method->decoded);
        return GW_OK;
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
        take_unblocked(link);
        return GW_OK;
    default:
        return refuse_method(0, method->id, reterr);
    }
}

static enum gw_status take_channel_method(struct rabbit_link *link, const struct rabbit_frame *frame,
                                          const amqp_method_t *method, struct gw_error *reterr)
{
    switch (method->id) {
    case AMQP_BASIC_DELIVER_METHOD:
    case AMQP_BASIC_RETURN_METHOD:
        return rabbit_assembly_begin(&link->assembly, frame->payload, reterr);
    case AMQP_CHANNEL_CLOSE_METHOD:
        return take_channel_close(link, method->decoded, reterr);
    case AMQP_BASIC_ACK_METHOD:
    case AMQP_BASIC_NACK_METHOD:
    case AMQP_BASIC_CANCEL_METHOD:
        if (link->owner.method != NULL)
            return link->owner.method(link->owner.context, method, reterr);
        return refuse_method(frame->channel, method->id, reterr);
    default:
        return refuse_method(frame->channel, method->id, reterr);
    }
}

/* A close of the side channel is the answer to what was asked there. */
static bool is_answer(const struct rabbit_link *link, uint16_t channel, amqp_method_number_t number)
{
    if (link->awaited == 0)
        return false;
    return number == link->awaited || (channel == RABBIT_SIDE_CHANNEL && number == AMQP_CHANNEL_CLOSE_METHOD);
}

static enum gw_status take_method(struct rabbit_link *link, const struct rabbit_frame *frame, struct gw_error *reterr)
{
    amqp_method_t method;
    enum gw_status status = rabbit_decode_method(frame->payload, &link->pool, &method, reterr);

    if (status != GW_OK)
        return status;
    if (link->assembly.is_open && frame->channel == RABBIT_CHANNEL && method.id != AMQP_CHANNEL_CLOSE_METHOD)
        return gw_error_set(reterr, GW_TRANSIENT, "the broker sent %s in the middle of a message",
                            amqp_method_name(method.id));
    if (is_answer(link, frame->channel, method.id)) {
        link->awaited = 0;
        link->answer = method;
        link->is_answered = true;
        return GW_OK;
    }
    if (frame->channel == 0)
        return take_connection_method(link, &method, reterr);
    return frame->channel == RABBIT_CHANNEL ? take_channel_method(link, frame, &method, reterr)
                                            : refuse_method(frame->channel, method.id, reterr);
}

/* ---- frames ---- */

static enum gw_status take_content_frame(struct rabbit_link *link, const struct rabbit_frame *frame,
                                         struct gw_error *reterr)
{
    struct rabbit_content *content = NULL;
    enum gw_status status;

    if (frame->channel != RABBIT_CHANNEL)
        return gw_error_set(reterr, GW_TRANSIENT, "the broker sent a part of a message on channel %u",
                            (unsigned)frame->channel);
    status = rabbit_assembly_add(&link->assembly, frame, &content, reterr);

    if (status != GW_OK || content == NULL)
        return status;
    return link->owner.content(link->owner.context, content, reterr);
}

static enum gw_status take_frame(struct rabbit_link *link, const struct rabbit_frame *frame, struct gw_error *reterr)
{
    if (frame->channel > (link->has_side ? RABBIT_SIDE_CHANNEL : RABBIT_CHANNEL))
        return gw_error_set(reterr, GW_TRANSIENT, "the broker sent a frame on channel %u, which is not open",
                            (unsigned)frame->channel);
    if (frame->type == RABBIT_HEARTBEAT)
        return GW_OK;
    return frame->type == RABBIT_METHOD ? take_method(link, frame, reterr) : take_content_frame(link, frame, reterr);
}

/* Ends at an answer: its struct is in the pool. */
static enum gw_status take_answer(struct rabbit_link *link, struct gw_error *reterr)
{
    while (!link->is_answered) {
        struct gw_text bytes = gw_text_span(link->in + link->in_at, link->in_len - link->in_at);
        struct rabbit_frame frame;
        enum gw_status status = rabbit_frame_take(&bytes, link->frame_max, &frame, reterr);

        if (status != GW_OK || frame.type == RABBIT_NO_FRAME)
            return status;
        link->in_at = link->in_len - (size_t)bytes.len;
        recycle_amqp_pool(&link->pool);
        status = take_frame(link, &frame, reterr);
        if (status != GW_OK)
            return status;
    }
    return GW_OK;
}

/* The log says it of bytes that are wrong, in contrast to a connection that ends. */
enum gw_status rabbit_input_take(struct rabbit_link *link, struct gw_error *reterr)
{
    enum gw_status status = take_answer(link, reterr);

    if (status == GW_TRANSIENT && !link->is_closed_there)
        gw_host_log(link->host, GW_CODE_AMQP_PROTOCOL_ERROR, "%s; ending the connection and opening another",
                    reterr->text);
    return status;
}
