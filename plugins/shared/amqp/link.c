/* SPDX-License-Identifier: Apache-2.0 */
/* Serves a connection: bytes in, heartbeats, bytes out, calls. See link.h. */
#include "link.h"

#include "link_input.h"
#include "login.h"
#include "wire.h"

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
    enum gw_status status = rabbit_input_take(link, reterr);
    size_t len = 1;

    for (int reads = 0; reads < READS_MAX && status == GW_OK && len > 0; reads++) {
        if (link->is_paused || link->is_answered)
            break;
        status = read_in(link, &len, reterr);
        if (status == GW_OK)
            status = rabbit_input_take(link, reterr);
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
    const enum gw_status status = rabbit_input_refuse_close(close, "the broker refuses", reterr);
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
