/* SPDX-License-Identifier: Apache-2.0 */
/* Writes fields in the order of the catalog. It knows which member of the event each name means. */
#include "service/event_payload.h"

#include "service/catalog.h"
#include "json/json_writer.h"

static void write_identifier(struct gw_json_writer *writer, struct gw_identifier identifier)
{
    gw_json_write_text(writer, gw_text_span(identifier.ptr, identifier.len));
}

/* The four field names of the catalog differ in their first letter. */
static void write_field(struct gw_json_writer *writer, const struct gw_event *event, const char *name)
{
    gw_json_write_key(writer, name);
    switch (name[0]) {
    case 'o':
        write_identifier(writer, event->orderid);
        return;
    case 's':
        write_identifier(writer, event->sku);
        return;
    case 'q':
        gw_json_write_int(writer, event->qty);
        return;
    default:
        write_identifier(writer, event->batchref);
        return;
    }
}

void gw_event_payload_append(struct gw_buffer *buffer, const struct gw_event *event)
{
    size_t count;
    const struct gw_event_spec *spec = &gw_event_specs(&count)[event->type];
    struct gw_json_writer writer;

    gw_json_writer_init(&writer, buffer, 0);
    gw_json_write_open(&writer, '{');
    for (size_t index = 0; index < spec->field_count; index++)
        write_field(&writer, event, spec->fields[index]);
    gw_json_write_close(&writer, '}');
}
