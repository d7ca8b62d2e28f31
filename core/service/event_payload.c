/* SPDX-License-Identifier: Apache-2.0 */
/* Writes fields in the order of the catalog. It knows which member of the event each name means. */
#include "service/event_payload.h"

#include "service/catalog.h"

/* Appends an identifier and the closing quote. The caller has written the name and the opening quote. */
static void append_identifier(struct gw_buffer *buffer, struct gw_identifier identifier)
{
    gw_buffer_append_json(buffer, identifier.ptr, identifier.len);
    gw_buffer_append_string(buffer, "\"");
}

/* The four field names of the catalog differ in their first letter. */
static void append_field(struct gw_buffer *buffer, const struct gw_event *event, const char *name)
{
    switch (name[0]) {
    case 'o':
        gw_buffer_append_string(buffer, "\"orderid\": \"");
        append_identifier(buffer, event->orderid);
        return;
    case 's':
        gw_buffer_append_string(buffer, "\"sku\": \"");
        append_identifier(buffer, event->sku);
        return;
    case 'q':
        gw_buffer_append_string(buffer, "\"qty\": ");
        gw_buffer_append_int(buffer, event->qty);
        return;
    default:
        gw_buffer_append_string(buffer, "\"batchref\": \"");
        append_identifier(buffer, event->batchref);
        return;
    }
}

void gw_event_payload_append(struct gw_buffer *buffer, const struct gw_event *event)
{
    size_t count;
    const struct gw_event_spec *spec = &gw_event_specs(&count)[event->type];

    for (size_t index = 0; index < spec->field_count; index++) {
        gw_buffer_append_string(buffer, index == 0 ? "{" : ", ");
        append_field(buffer, event, spec->fields[index]);
    }
    gw_buffer_append_string(buffer, "}");
}
