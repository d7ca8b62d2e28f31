/* SPDX-License-Identifier: Apache-2.0 */
/* Passes on payload, key and headers unchanged. See record.h. Copies nothing. */
#include "record.h"

#include "mark.h"

#include <string.h>

enum { HEAD_BYTES = 4096 };

/* In milliseconds; below 0 when the record has none. Its producer set it or the broker, as the topic is configured. */
static int64_t timestamp_of(const rd_kafka_message_t *record)
{
    rd_kafka_timestamp_type_t kind;
    int64_t timestamp = rd_kafka_message_timestamp(record, &kind);

    return kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp;
}

uint64_t record_mark(const rd_kafka_message_t *record)
{
    int64_t timestamp = timestamp_of(record);

    return timestamp < 0 ? 0 : mark_of(timestamp);
}

static bool read_headers(const rd_kafka_message_t *record, struct loan *loan, struct gw_array *ret_headers)
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
    }
    *ret_headers = (struct gw_array){items, (uint32_t)index, sizeof *items};
    return true;
}

static void shorten(const struct gw_host *host, struct gw_message *message)
{
    host->digest(host, message->payload, message->digest);
    message->flags |= GW_MESSAGE_OVERSIZED;
    message->full_len = message->payload.len;
    message->payload.len = message->payload.len < HEAD_BYTES ? message->payload.len : HEAD_BYTES;
}

bool record_read(const struct gw_host *host, const rd_kafka_message_t *record, const struct source *source,
                 struct loan *loan, size_t max_message, struct gw_message *ret_message)
{
    int64_t timestamp = timestamp_of(record);

    *ret_message = (struct gw_message){
        .size = sizeof *ret_message,
        .payload = gw_text_span(record->payload, record->payload != NULL ? record->len : 0),
        .key = gw_text_span(record->key, record->key != NULL ? record->key_len : 0),
        .type = source->topic->type,
        .source = source->name,
        .offset = record->offset,
        .next = record->offset + 1,
        .mark = record_mark(record),
        .received_unix_ms = timestamp > 0 ? timestamp : 0,
        .id_scope = gw_text_of(source->topic->name),
    };
    if (!read_headers(record, loan, &ret_message->headers))
        return false;
    if (ret_message->payload.len > max_message)
        shorten(host, ret_message);
    return true;
}
