/* SPDX-License-Identifier: Apache-2.0 */
/* Serves a connection: bytes in, frames, answers, heartbeats, bytes out. See link.h. */
#include "link.h"

#include "decode.h"
#include "login.h"
#include "status.h"
#include "wire.h"

#include <gangway/event_code.h>
#include <gangway/sdk/show.h>

#include <stdlib.h>
#include <string.h>

enum {
    IN_ROOM = 256 * 1024, /* above the longest frame */
    READS_MAX = 4,        /* in one serve, so that writing and heartbeats have their turn */
    POOL_PAGE = 4096,
    LOGIN_MS = 3600 * 1000, /* instead of a heartbeat, of which there is none before the limits are agreed on */
    CLOSE_NORMAL = 200
};

void rabbit_link_init(struct rabbit_link *link, const struct gw_host *host, const struct rabbit_owner *owner)
{
    *link = (struct rabbit_link){.host = host, .owner = *owner, .wire = {.fd = -1}};
}

bool rabbit_link_is_open(const struct rabbit_link *link)
{
    return link->wire.fd >= 0 && link->failure.status == GW_OK;
}

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

static enum gw_status refuse_closed(const amqp_channel_close_t *close, const char *what, struct gw_error *reterr)
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
    return refuse_closed(close, "the broker closed the channel", reterr);
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

/* Bytes that are wrong, in contrast to a connection that ends. */
static enum gw_status take_frames(struct rabbit_link *link, struct gw_error *reterr)
{
    enum gw_status status = take_answer(link, reterr);

    if (status == GW_TRANSIENT && !link->is_closed_there)
        gw_host_log(link->host, GW_CODE_AMQP_PROTOCOL_ERROR, "%s; ending the connection and opening another",
                    reterr->text);
    return status;
}

/* ---- bytes ---- */

static int64_t now(const struct rabbit_link *link)
{
    return link->host->monotonic_ms(link->host);
}

static enum gw_status write_out(struct rabbit_link *link, struct gw_error *reterr)
{
    size_t written;
    enum gw_status status = rabbit_outgoing_write(&link->out, &link->wire, &written, reterr);

    if (written > 0)
        link->sent_ms = now(link);
    return status;
}

static enum gw_status read_in(struct rabbit_link *link, size_t *ret_len, struct gw_error *reterr)
{
    enum gw_status status;

    memmove(link->in, link->in + link->in_at, link->in_len - link->in_at);
    link->in_len -= link->in_at;
    link->in_at = 0;
    status = rabbit_wire_read(&link->wire, link->in + link->in_len, IN_ROOM - link->in_len, ret_len, reterr);
    link->in_len += *ret_len;
    if (*ret_len > 0)
        link->received_ms = now(link);
    return status;
}

static enum gw_status read_and_take(struct rabbit_link *link, struct gw_error *reterr)
{
    enum gw_status status = take_frames(link, reterr);
    size_t len = 1;

    for (int reads = 0; reads < READS_MAX && status == GW_OK && len > 0; reads++) {
        if (link->is_paused || link->is_answered)
            break;
        status = read_in(link, &len, reterr);
        if (status == GW_OK)
            status = take_frames(link, reterr);
    }
    return status;
}

/* Sends a heartbeat after half of its time, and notices a broker that has sent nothing for twice of it. */
static enum gw_status beat(struct rabbit_link *link, struct gw_error *reterr)
{
    const int64_t now_ms = now(link);

    if (link->is_paused)
        link->received_ms = now_ms;
    if (now_ms - link->received_ms > 2 * link->heartbeat_ms)
        return gw_error_set(reterr, GW_TRANSIENT, "the broker has sent nothing for %lld ms",
                            (long long)(now_ms - link->received_ms));
    if (now_ms - link->sent_ms < link->heartbeat_ms / 2 || rabbit_outgoing_len(&link->out) > 0)
        return GW_OK;
    return rabbit_outgoing_heartbeat(&link->out, reterr);
}

/* Keeps the first cause, and stops using the connection. */
static enum gw_status fail(struct rabbit_link *link, const struct gw_error *cause, struct gw_error *reterr)
{
    if (link->failure.status == GW_OK)
        link->failure = *cause;
    if (reterr != NULL)
        *reterr = link->failure;
    return (enum gw_status)link->failure.status;
}

enum gw_status rabbit_link_serve(struct rabbit_link *link, struct gw_error *reterr)
{
    struct gw_error error = {0};
    enum gw_status status;

    if (link->failure.status != GW_OK)
        return fail(link, &link->failure, reterr);
    if (link->wire.fd < 0)
        return gw_error_set(reterr, GW_TRANSIENT, "no connection");
    status = write_out(link, &error);
    if (status == GW_OK)
        status = read_and_take(link, &error);
    if (status == GW_OK)
        status = beat(link, &error);
    if (status == GW_OK)
        status = write_out(link, &error);
    return status == GW_OK ? GW_OK : fail(link, &error, reterr);
}

/* When beat has something to do. No heartbeat is sent behind bytes that wait for the socket. */
static int64_t beat_ms(const struct rabbit_link *link)
{
    return rabbit_outgoing_len(&link->out) > 0 ? link->received_ms + 2 * link->heartbeat_ms + 1
                                               : link->sent_ms + link->heartbeat_ms / 2;
}

enum gw_status rabbit_link_wait(struct rabbit_link *link, int64_t deadline_ms, struct gw_error *reterr)
{
    const int64_t due_ms = beat_ms(link);
    const uint32_t wanted = (link->is_paused ? 0U : GW_WAIT_READ) |
                            (rabbit_outgoing_len(&link->out) > 0 || link->wire.wants_write ? GW_WAIT_WRITE : 0U);
    uint32_t ready;
    enum gw_status status = link->host->wait(link->host, wanted != 0 ? link->wire.fd : -1, wanted,
                                             due_ms < deadline_ms ? due_ms : deadline_ms, &ready);

    return status == GW_OK ? GW_OK : gw_error_set(reterr, status, "waiting for the broker");
}

/* ---- calls ---- */

enum gw_status rabbit_link_send(struct rabbit_link *link, amqp_method_number_t number, void *method,
                                struct gw_error *reterr)
{
    return rabbit_outgoing_method(&link->out, RABBIT_CHANNEL, number, method, reterr);
}

enum gw_status rabbit_link_publish(struct rabbit_link *link, amqp_basic_publish_t *publish,
                                   amqp_basic_properties_t *properties, struct gw_text body, struct gw_error *reterr)
{
    return rabbit_outgoing_content(&link->out, RABBIT_CHANNEL, link->frame_max, publish, properties, body, reterr);
}

static enum gw_status await_answer(struct rabbit_link *link, int64_t deadline_ms, struct gw_error *reterr)
{
    for (;;) {
        struct gw_error error = {0};
        enum gw_status status = rabbit_link_serve(link, reterr);

        if (status != GW_OK || link->is_answered)
            return status;
        if (now(link) >= deadline_ms) {
            (void)gw_error_set(&error, GW_TRANSIENT, "no answer from the broker");
            return fail(link, &error, reterr);
        }
        status = rabbit_link_wait(link, deadline_ms, reterr);
        if (status != GW_OK)
            return status;
    }
}

enum gw_status rabbit_link_call(struct rabbit_link *link, uint16_t channel, amqp_method_number_t number, void *method,
                                amqp_method_number_t expected, int64_t deadline_ms, amqp_method_t *ret_answer,
                                struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    if (number != 0)
        status = rabbit_outgoing_method(&link->out, channel, number, method, reterr);
    if (status != GW_OK)
        return status;
    link->awaited = expected;
    status = await_answer(link, deadline_ms, reterr);
    link->awaited = 0;
    link->is_answered = false;
    if (status == GW_OK && ret_answer != NULL)
        *ret_answer = link->answer;
    return status;
}

static enum gw_status open_side(struct rabbit_link *link, int64_t deadline_ms, struct gw_error *reterr)
{
    amqp_channel_open_t open = {0};

    if (link->has_side)
        return GW_OK;
    link->has_side = true;
    return rabbit_link_call(link, RABBIT_SIDE_CHANNEL, AMQP_CHANNEL_OPEN_METHOD, &open, AMQP_CHANNEL_OPEN_OK_METHOD,
                            deadline_ms, NULL, reterr);
}

/* The channel can be opened again after close-ok. */
static enum gw_status take_refusal(struct rabbit_link *link, const amqp_channel_close_t *close, struct gw_error *reterr)
{
    const enum gw_status status = refuse_closed(close, "the broker refuses", reterr);
    amqp_channel_close_ok_t ok = {0};
    enum gw_status sent =
        rabbit_outgoing_method(&link->out, RABBIT_SIDE_CHANNEL, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok, NULL);

    link->has_side = false;
    link->refused = close->reply_code;
    return sent == GW_OK ? status : gw_error_set(reterr, sent, "no memory for an answer");
}

enum gw_status rabbit_link_ask(struct rabbit_link *link, amqp_method_number_t number, void *method,
                               amqp_method_number_t expected, int64_t deadline_ms, amqp_method_t *ret_answer,
                               struct gw_error *reterr)
{
    amqp_method_t answer;
    enum gw_status status = open_side(link, deadline_ms, reterr);

    if (status == GW_OK)
        status = rabbit_link_call(link, RABBIT_SIDE_CHANNEL, number, method, expected, deadline_ms, &answer, reterr);
    if (status != GW_OK)
        return status;
    if (answer.id == AMQP_CHANNEL_CLOSE_METHOD)
        return take_refusal(link, answer.decoded, reterr);
    if (ret_answer != NULL)
        *ret_answer = answer;
    return GW_OK;
}

/* ---- open and close ---- */

enum gw_status rabbit_link_open(struct rabbit_link *link, const struct rabbit_settings *settings, int64_t deadline_ms,
                                struct gw_error *reterr)
{
    enum gw_status status;

    rabbit_link_close(link, false);
    link->generation++;
    link->frame_max = RABBIT_FRAME_MAX_LEAST;
    link->heartbeat_ms = LOGIN_MS;
    rabbit_outgoing_init(&link->out);
    rabbit_assembly_init(&link->assembly, settings->max_body);
    init_amqp_pool(&link->pool, POOL_PAGE);
    link->in = malloc(IN_ROOM);
    if (link->in == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a connection");
    status = rabbit_wire_connect(link->host, settings->host, settings->port, 2 * settings->heartbeat_ms, deadline_ms,
                                 &link->wire.fd, reterr);
    link->received_ms = now(link);
    link->sent_ms = link->received_ms;
    if (status == GW_OK && settings->tls != NULL)
        status = rabbit_tls_secure(settings->tls, link->host, &link->wire, settings->host, deadline_ms, reterr);
    if (status == GW_OK)
        status = rabbit_login(link, settings, deadline_ms, reterr);
    if (status != GW_OK)
        rabbit_link_close(link, false);
    return status;
}

static void say_goodbye(struct rabbit_link *link)
{
    amqp_connection_close_t close = {.reply_code = CLOSE_NORMAL};

    if (rabbit_outgoing_method(&link->out, 0, AMQP_CONNECTION_CLOSE_METHOD, &close, NULL) == GW_OK)
        (void)write_out(link, NULL);
}

void rabbit_link_close(struct rabbit_link *link, bool is_polite)
{
    if (is_polite && rabbit_link_is_open(link))
        say_goodbye(link);
    rabbit_wire_close(&link->wire);
    rabbit_outgoing_done(&link->out);
    rabbit_assembly_reset(&link->assembly);
    if (link->pool.pagesize > 0)
        empty_amqp_pool(&link->pool);
    free(link->in);
    *link = (struct rabbit_link){
        .host = link->host, .owner = link->owner, .wire = {.fd = -1}, .generation = link->generation};
}
