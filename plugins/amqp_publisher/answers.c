/* SPDX-License-Identifier: Apache-2.0 */
/* What the broker answers to published events: confirms, refusals, and events that come back because no queue takes
 * them. A return precedes the confirm of its event, and carries the event's id. */
#include "publisher.h"

#include "amqp/decode.h"

#include <gangway/event_code.h>
#include <gangway/sdk/show.h>

#include <stdlib.h>

static struct gw_text text_of(amqp_bytes_t bytes)
{
    return gw_text_span(bytes.bytes, bytes.len);
}

static void note_return(struct publisher *self, const amqp_basic_return_t *returned, struct gw_text id)
{
    struct gw_text words = text_of(returned->reply_text);
    struct gw_text key = text_of(returned->routing_key);
    struct gw_verdict verdict;

    (void)snprintf(verdict.answer, sizeof verdict.answer,
                   "the broker returned the event: %u %.*s; exchange \"%s\", routing key \"%.*s\"",
                   (unsigned)returned->reply_code, gw_shown(words), words.ptr, self->config->exchange, gw_shown(key),
                   key.ptr);
    if (!window_return_event(&self->window, id, verdict.answer))
        gw_host_log(self->host, GW_CODE_AMQP_LATE_RETURN, "event %.*s after it was confirmed or given up: %s",
                    gw_shown(id), id.ptr, verdict.answer);
}

static enum gw_status read_return(struct publisher *self, const struct rabbit_content *content, struct gw_error *reterr)
{
    const amqp_basic_properties_t *properties;
    amqp_method_t method;
    enum gw_status status = rabbit_decode_method(content->method, &self->pool, &method, reterr);

    if (status == GW_OK && method.id != AMQP_BASIC_RETURN_METHOD)
        status = gw_error_set(reterr, GW_TRANSIENT, "the broker sent %s, where nothing asked for it",
                              amqp_method_name(method.id));
    if (status == GW_OK)
        status = rabbit_decode_properties(content->header, &self->pool, &properties, reterr);
    if (status == GW_OK && (properties->_flags & AMQP_BASIC_MESSAGE_ID_FLAG) == 0)
        status = gw_error_set(reterr, GW_TRANSIENT, "the broker returned an event without its id");
    if (status == GW_OK)
        note_return(self, method.decoded, text_of(properties->message_id));
    return status;
}

enum gw_status publisher_take_return(void *context, struct rabbit_content *content, struct gw_error *reterr)
{
    struct publisher *self = context;
    enum gw_status status;

    recycle_amqp_pool(&self->pool);
    status = read_return(self, content, reterr);
    free(content);
    return status;
}

enum gw_status publisher_take_method(void *context, const amqp_method_t *method, struct gw_error *reterr)
{
    struct publisher *self = context;

    if (method->id == AMQP_BASIC_ACK_METHOD) {
        const amqp_basic_ack_t *ack = method->decoded;

        return window_confirm(&self->window, ack->delivery_tag, ack->multiple != 0, false, reterr);
    }
    if (method->id == AMQP_BASIC_NACK_METHOD) {
        const amqp_basic_nack_t *nack = method->decoded;

        return window_confirm(&self->window, nack->delivery_tag, nack->multiple != 0, true, reterr);
    }
    return gw_error_set(reterr, GW_TRANSIENT, "the broker cancelled a consumer that does not exist");
}
