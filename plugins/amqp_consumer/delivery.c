/* SPDX-License-Identifier: Apache-2.0 */
/* Properties and headers of a delivery, as the core wants them. See delivery.h. */
#include "delivery.h"

#include "amqp/decode.h"
#include "tag.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT_DIGITS_MAX = 20, DECIMAL = 10 };

static struct gw_text text_of_bytes(amqp_bytes_t bytes)
{
    return gw_text_span(bytes.bytes, bytes.len);
}

static const struct gw_header *find_header(const struct rabbit_headers *headers, const char *name)
{
    for (size_t index = 0; index < headers->count; index++)
        if (gw_text_is(headers->items[index].name, name))
            return &headers->items[index];
    return NULL;
}

/* A quorum queue counts the deliveries before this one. 0: not known. */
static uint64_t delivery_count(const struct rabbit_headers *headers)
{
    const struct gw_header *count = find_header(headers, "x-delivery-count");
    char digits[COUNT_DIGITS_MAX + 1];

    if (count == NULL || count->value.len == 0 || count->value.len > COUNT_DIGITS_MAX)
        return 0;
    memcpy(digits, count->value.ptr, (size_t)count->value.len);
    digits[count->value.len] = '\0';
    return strtoull(digits, NULL, DECIMAL) + 1;
}

static bool add_property(struct rabbit_headers *headers, const amqp_basic_properties_t *properties, amqp_flags_t flag,
                         const char *name, amqp_bytes_t value)
{
    if ((properties->_flags & flag) == 0 || find_header(headers, name) != NULL)
        return true;
    return rabbit_headers_add(headers, gw_text_of(name), text_of_bytes(value));
}

static bool read_headers(struct loan *loan, const amqp_basic_properties_t *properties, struct gw_text exchange)
{
    struct rabbit_headers *headers = &loan->headers;

    return rabbit_headers_read(headers, &properties->headers) &&
           add_property(headers, properties, AMQP_BASIC_TYPE_FLAG, "type", properties->type) &&
           add_property(headers, properties, AMQP_BASIC_CONTENT_TYPE_FLAG, "content-type", properties->content_type) &&
           add_property(headers, properties, AMQP_BASIC_CONTENT_ENCODING_FLAG, "content-encoding",
                        properties->content_encoding) &&
           add_property(headers, properties, AMQP_BASIC_CORRELATION_ID_FLAG, "correlation-id",
                        properties->correlation_id) &&
           add_property(headers, properties, AMQP_BASIC_REPLY_TO_FLAG, "reply-to", properties->reply_to) &&
           (exchange.len == 0 || rabbit_headers_add(headers, gw_text_of("amqp-exchange"), exchange));
}

static const struct gw_option_pair *queue_of(const struct gw_option_map *queues, amqp_bytes_t tag)
{
    uint64_t index;

    return consumer_tag_read(tag, queues->count, &index) ? &queues->items[index] : NULL;
}

static void fill(struct loan *loan, const struct gw_option_pair *queue, const amqp_basic_properties_t *properties,
                 struct gw_text routing_key, struct gw_message *message)
{
    const struct rabbit_content *content = loan->content;
    const bool has_id = (properties->_flags & AMQP_BASIC_MESSAGE_ID_FLAG) != 0;

    *message = (struct gw_message){
        .size = sizeof *message,
        .payload = content->body,
        .key = routing_key,
        .type = gw_text_of(strcmp(queue->value, "auto") == 0 ? NULL : queue->value),
        .headers = {loan->headers.items, (uint32_t)loan->headers.count, sizeof *loan->headers.items},
        .offset = GW_OFFSET_NONE,
        .next = GW_OFFSET_NONE,
        .deliveries = delivery_count(&loan->headers),
        .id_scope = gw_text_of(queue->key),
        .id = has_id ? text_of_bytes(properties->message_id) : gw_text_of(NULL),
        .full_len = content->full_len,
    };
    if (!content->is_oversized)
        return;
    message->flags = GW_MESSAGE_OVERSIZED;
    memcpy(message->digest, content->digest, sizeof message->digest);
}

/* Properties that cannot be decoded are the sender's. Another connection would deliver them again, so the message is
 * handed over without them, as one that is refused. */
enum gw_status delivery_read(struct loan *loan, const struct gw_option_map *queues, amqp_pool_t *pool,
                             struct gw_message *ret_message, struct gw_error *reterr)
{
    static const amqp_basic_properties_t no_properties = {0};
    const amqp_basic_properties_t *properties = NULL;
    const amqp_basic_deliver_t *deliver;
    const struct gw_option_pair *queue;
    amqp_method_t method = {0};
    enum gw_status status = rabbit_decode_method(loan->content->method, pool, &method, reterr);
    bool is_sound;

    if (status == GW_OK)
        status = rabbit_decode_properties(loan->content->header, pool, &properties, reterr);
    is_sound = status == GW_OK;
    if (status == GW_TRANSIENT && method.id == AMQP_BASIC_DELIVER_METHOD) {
        properties = &no_properties;
        status = GW_OK;
    }
    if (status != GW_OK)
        return status;
    deliver = method.decoded;
    queue = method.id == AMQP_BASIC_DELIVER_METHOD ? queue_of(queues, deliver->consumer_tag) : NULL;
    if (queue == NULL)
        return gw_error_set(reterr, GW_TRANSIENT, "a message for a consumer that does not exist");
    if (!read_headers(loan, properties, text_of_bytes(deliver->exchange)))
        return gw_error_set(reterr, GW_NOMEM, "no memory for the headers of a message");
    loan->tag = deliver->delivery_tag;
    fill(loan, queue, properties, text_of_bytes(deliver->routing_key), ret_message);
    if (!is_sound)
        ret_message->fault = gw_text_of("its headers are not well-formed, or nested above 32 levels");
    return GW_OK;
}
