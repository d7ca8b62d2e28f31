/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of AMQP 0-9-1, and headers by the AMQP binding of CloudEvents 1.0. See record.h. */
#include "record.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 64 * 1024, PERSISTENT = 2, MS = 1000 };

static const char prefix[] = "cloudEvents:";

void record_init(struct record *record)
{
    *record = (struct record){0};
    gw_buffer_init(&record->names, NAMES_MAX);
}

void record_done(struct record *record)
{
    gw_buffer_done(&record->names);
    free(record->entries);
    record->entries = NULL;
}

static amqp_bytes_t bytes_of(struct gw_text text)
{
    return (amqp_bytes_t){.len = (size_t)text.len, .bytes = (void *)(uintptr_t)text.ptr};
}

static bool make_room(struct record *record, size_t count)
{
    amqp_table_entry_t *entries;

    if (count <= record->capacity)
        return true;
    entries = realloc(record->entries, count * sizeof *entries);
    if (entries == NULL)
        return false;
    record->entries = entries;
    record->capacity = count;
    return true;
}

/* Room for all names at once, so that none moves when the next is added. */
static bool reserve_names(struct record *record, const struct gw_array *attributes)
{
    size_t len = 1;

    for (uint32_t index = 0; index < attributes->count; index++) {
        const struct gw_header *attribute = gw_array_at(attributes, index);

        len += strlen(prefix) + (size_t)attribute->name.len;
    }
    gw_buffer_reset(&record->names);
    return gw_buffer_reserve(&record->names, len) != NULL;
}

static struct gw_text name_of(struct record *record, const struct gw_header *attribute)
{
    const size_t begin = record->names.len;

    gw_buffer_append_string(&record->names, prefix);
    gw_buffer_append(&record->names, attribute->name.ptr, (size_t)attribute->name.len);
    return gw_text_span(record->names.ptr + begin, record->names.len - begin);
}

static amqp_table_entry_t entry_of(struct gw_text name, struct gw_text value)
{
    return (amqp_table_entry_t){.key = bytes_of(name),
                                .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = bytes_of(value)}};
}

/* The binding has the content type as the property of AMQP. */
static amqp_table_t headers_of(struct record *record, const struct gw_publication *event,
                               amqp_basic_properties_t *properties)
{
    size_t count = 0;

    for (uint32_t index = 0; index < event->attributes.count; index++) {
        const struct gw_header *attribute = gw_array_at(&event->attributes, index);

        if (gw_text_is(attribute->name, "datacontenttype")) {
            properties->content_type = bytes_of(attribute->value);
            properties->_flags |= AMQP_BASIC_CONTENT_TYPE_FLAG;
        } else {
            record->entries[count++] = entry_of(name_of(record, attribute), attribute->value);
        }
    }
    for (uint32_t index = 0; index < event->headers.count; index++) {
        const struct gw_header *header = gw_array_at(&event->headers, index);

        record->entries[count++] = entry_of(header->name, header->value);
    }
    return (amqp_table_t){.num_entries = (int)count, .entries = record->entries};
}

bool record_properties(struct record *record, const struct gw_publication *event,
                       amqp_basic_properties_t *ret_properties)
{
    if (!make_room(record, (size_t)event->attributes.count + event->headers.count + 1) ||
        !reserve_names(record, &event->attributes))
        return false;
    *ret_properties = (amqp_basic_properties_t){
        ._flags = AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
                  AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_TIMESTAMP_FLAG,
        .delivery_mode = PERSISTENT,
        .message_id = bytes_of(event->id),
        .type = bytes_of(event->type),
        .timestamp = (uint64_t)(event->unix_ms / MS),
    };
    ret_properties->headers = headers_of(record, event, ret_properties);
    return true;
}
