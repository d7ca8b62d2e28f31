/* SPDX-License-Identifier: Apache-2.0 */
/* Headers by the Kafka binding of CloudEvents 1.0, followed by the trace context. */
#include "record.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 64 };

/* An empty value is a value, so its pointer must not be NULL. */
static bool add(rd_kafka_headers_t *headers, const char *name, size_t name_len, struct gw_text value)
{
    return rd_kafka_header_add(headers, name, (ssize_t)name_len, value.len > 0 ? value.ptr : "", (ssize_t)value.len) ==
           RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* The Kafka binding adds `ce_` to each name, and has the content type as a header of Kafka's own. */
static bool add_attribute(rd_kafka_headers_t *headers, const struct gw_header *attribute)
{
    char name[NAME_MAX_BYTES];
    int len;

    if (gw_text_is(attribute->name, "datacontenttype"))
        return add(headers, "content-type", strlen("content-type"), attribute->value);
    len = snprintf(name, sizeof name, "ce_%.*s", (int)attribute->name.len, attribute->name.ptr);
    return add(headers, name, (size_t)len, attribute->value);
}

rd_kafka_headers_t *record_headers(const struct gw_publication *event)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(event->attributes.count + event->headers.count);
    bool is_added = headers != NULL;

    for (uint32_t index = 0; index < event->attributes.count && is_added; index++)
        is_added = add_attribute(headers, gw_array_at(&event->attributes, index));
    for (uint32_t index = 0; index < event->headers.count && is_added; index++) {
        const struct gw_header *header = gw_array_at(&event->headers, index);

        is_added = add(headers, header->name.ptr, (size_t)header->name.len, header->value);
    }
    if (headers != NULL && !is_added) {
        rd_kafka_headers_destroy(headers);
        return NULL;
    }
    return headers;
}
