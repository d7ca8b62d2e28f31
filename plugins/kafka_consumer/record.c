/* SPDX-License-Identifier: Apache-2.0 */
/* Payload, key, headers, and what the headers say of type and id. See record.h. Copies nothing. */
#include "record.h"

#include "mark.h"

#include <sodium.h>
#include <string.h>

enum { HEAD_BYTES = 4096 };

/* The value of a header, the first that is not empty; and how often the header is there. */
struct attribute {
    struct gw_text value;
    uint32_t count;
};

/* What a sender may say of a message in headers. */
struct said {
    struct attribute ce_specversion;
    struct attribute ce_type;
    struct attribute ce_source;
    struct attribute ce_id;
    struct attribute type;
    struct attribute message_id;
};

uint64_t record_mark(const rd_kafka_message_t *record)
{
    rd_kafka_timestamp_type_t kind;
    int64_t timestamp = rd_kafka_message_timestamp(record, &kind);

    return kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || timestamp < 0 ? 0 : mark_of(timestamp);
}

static void note(struct attribute *attribute, struct gw_text value)
{
    if (attribute->value.len == 0)
        attribute->value = value;
    attribute->count++;
}

static void hear(struct said *said, const struct gw_header *header)
{
    if (gw_text_is(header->name, "ce_specversion"))
        note(&said->ce_specversion, header->value);
    else if (gw_text_is(header->name, "ce_type"))
        note(&said->ce_type, header->value);
    else if (gw_text_is(header->name, "ce_source"))
        note(&said->ce_source, header->value);
    else if (gw_text_is(header->name, "ce_id"))
        note(&said->ce_id, header->value);
    else if (gw_text_is(header->name, "type"))
        note(&said->type, header->value);
    else if (gw_text_is(header->name, "message-id"))
        note(&said->message_id, header->value);
}

static bool read_headers(const rd_kafka_message_t *record, struct loan *loan, struct gw_array *ret_headers,
                         struct said *said)
{
    rd_kafka_headers_t *headers = NULL;
    struct gw_header *items;
    const char *name;
    const void *value;
    size_t len;
    size_t count;
    size_t index;

    if (rd_kafka_message_headers(record, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return true;
    count = rd_kafka_header_cnt(headers);
    items = loan_headers(loan, count);
    if (items == NULL)
        return false;
    for (index = 0; index < count; index++) {
        if (rd_kafka_header_get_all(headers, index, &name, &value, &len) != RD_KAFKA_RESP_ERR_NO_ERROR)
            break;
        items[index].name = gw_text_of(name);
        items[index].value = gw_text_span(value, value != NULL ? len : 0);
        hear(said, &items[index]);
    }
    *ret_headers = (struct gw_array){items, (uint32_t)index, sizeof *items};
    return true;
}

static void shorten(struct gw_message *message)
{
    (void)crypto_generichash(message->digest, sizeof message->digest, (const unsigned char *)message->payload.ptr,
                             message->payload.len, NULL, 0);
    message->flags |= GW_MESSAGE_OVERSIZED;
    message->full_len = message->payload.len;
    message->payload.len = message->payload.len < HEAD_BYTES ? message->payload.len : HEAD_BYTES;
}

/* Of a header that is there more than once nothing is taken: the core refuses the message where that matters. */
static bool is_repeated(const struct attribute *attribute)
{
    return attribute->count > 1;
}

static struct gw_text one_of(const struct attribute *attribute)
{
    return is_repeated(attribute) ? gw_text_of(NULL) : attribute->value;
}

/* CloudEvents before others. */
static struct gw_text type_of(const struct said *said)
{
    if (is_repeated(&said->ce_specversion) || is_repeated(&said->ce_type))
        return gw_text_of(NULL);
    return said->ce_type.value.len > 0 ? said->ce_type.value : one_of(&said->type);
}

/* The same. An id is unique among those of its source, or of the topic. */
static void identify(struct gw_message *message, const struct said *said, const struct source *source)
{
    bool is_event = said->ce_id.value.len > 0 && said->ce_source.value.len > 0;

    message->type = source->topic->type;
    if (message->type.len == 0)
        message->type = type_of(said);
    if (is_repeated(&said->ce_id) || is_repeated(&said->ce_source))
        return;
    message->id = said->ce_id.value.len > 0 ? said->ce_id.value : one_of(&said->message_id);
    if (message->id.len > 0)
        message->id_scope = is_event ? said->ce_source.value : gw_text_of(source->topic->name);
    if (is_event)
        message->flags |= GW_MESSAGE_EVENT_ID;
}

bool record_read(const rd_kafka_message_t *record, const struct source *source, struct loan *loan, size_t max_message,
                 struct gw_message *ret_message)
{
    struct said said = {0};

    *ret_message = (struct gw_message){
        .size = sizeof *ret_message,
        .payload = gw_text_span(record->payload, record->payload != NULL ? record->len : 0),
        .key = gw_text_span(record->key, record->key != NULL ? record->key_len : 0),
        .source = source->name,
        .offset = record->offset,
        .next = record->offset + 1,
        .mark = record_mark(record),
    };
    if (!read_headers(record, loan, &ret_message->headers, &said))
        return false;
    identify(ret_message, &said, source);
    if (ret_message->payload.len > max_message)
        shorten(ret_message);
    return true;
}
