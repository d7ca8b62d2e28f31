/* SPDX-License-Identifier: Apache-2.0 */
/* Writes fields in the catalog's order; knows which member of the event each name stands for. */
#include "service/event_payload.h"

#include "service/catalog.h"

#include <string.h>

static void append_identifier(struct gw_buffer *buffer, struct gw_identifier identifier)
{
    gw_buffer_append_byte(buffer, '"');
    gw_buffer_append_json(buffer, identifier.ptr, identifier.len);
    gw_buffer_append_byte(buffer, '"');
}

/* The four names of the catalog begin with four letters. */
static void append_field(struct gw_buffer *buffer, const struct gw_event *event, const char *name)
{
    switch (name[0]) {
    case 'o':
        append_identifier(buffer, event->orderid);
        return;
    case 's':
        append_identifier(buffer, event->sku);
        return;
    case 'q':
        gw_buffer_append_int(buffer, event->qty);
        return;
    default:
        append_identifier(buffer, event->batchref);
        return;
    }
}

void gw_event_payload_append(struct gw_buffer *buffer, const struct gw_event *event)
{
    size_t count;
    const struct gw_event_spec *spec = &gw_event_specs(&count)[event->type];

    for (size_t index = 0; index < spec->field_count; index++) {
        gw_buffer_append_string(buffer, index == 0 ? "{\"" : ", \"");
        gw_buffer_append_string(buffer, spec->fields[index]);
        gw_buffer_append_string(buffer, "\": ");
        append_field(buffer, event, spec->fields[index]);
    }
    gw_buffer_append_byte(buffer, '}');
}
