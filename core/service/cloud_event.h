/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CloudEvents 1.0 in binary mode: what the headers of a message say about it, and the attributes of an event that is
 * published. Entrypoints hand over headers as they came and publishers get attributes ready made, so that this file is
 * the only one that knows the rules. Structured mode is in worker/envelope.h. No state, any thread.
 */
#ifndef GW_SERVICE_CLOUD_EVENT_H
#define GW_SERVICE_CLOUD_EVENT_H

#include "base/arena.h"

#include <gangway/message.h>

#include <stdbool.h>
#include <stdint.h>

/* ---- of a message ----------------------------------------------------------------------------------------------- */

/* The first value that is not empty, the name of the header that was found last, and the number of such headers. */
struct gw_header_value {
    struct gw_text value;
    struct gw_text name;
    uint32_t count;
};

/* The headers that decide something. An attribute of CloudEvents is a header with one of the prefixes `ce_` (Kafka),
 * `cloudEvents:` and `cloudEvents_` (AMQP); two headers of one attribute are a repeated one, whatever their prefixes.
 */
struct gw_event_headers {
    struct gw_header_value specversion;
    struct gw_header_value event_type;
    struct gw_header_value event_source;
    struct gw_header_value event_id;
    struct gw_header_value type;
    struct gw_header_value message_id;
    struct gw_header_value content_type;
    bool is_envelope; /* a content type declares structured mode */
};

/* Borrows the headers. */
void gw_event_headers_read(const struct gw_array *headers, struct gw_event_headers *ret_headers);

/* The name of the command: the attribute `type`, else the header `type`; empty when there is none, or when a header
 * that decides it is repeated. */
struct gw_text gw_event_headers_type(const struct gw_event_headers *headers);

/* The id of a message. scope is the attribute `source` for an id of CloudEvents (is_event), else empty: the id is the
 * header `message-id`, which is unique among the messages that the entrypoint says. */
struct gw_event_identity {
    struct gw_text id;
    struct gw_text scope;
    bool is_event;
};

/* The id; empty when there is none, or when a header that decides it is repeated. */
struct gw_event_identity gw_event_headers_identity(const struct gw_event_headers *headers);

/* The name of a header that is repeated although something is decided by it, or the empty text: what the payload is;
 * with decides_type the command; with decides_id the message's id. */
struct gw_text gw_event_headers_repeated(const struct gw_event_headers *headers, bool decides_type, bool decides_id);

/* ---- of an event that is published ------------------------------------------------------------------------------ */

enum { GW_EVENT_SOURCE_MAX = 800 };

/* Writes where the events of a service come from, as a URI reference: `/gangway/` and the name, percent-encoded and cut
 * where it is too long. */
void gw_event_source_write(char ret_source[GW_EVENT_SOURCE_MAX], const char *service);

struct gw_published_event {
    struct gw_text id;
    struct gw_text type; /* the event's name, such as Allocated */
    struct gw_text sku;
    int64_t sequence;
    int64_t unix_ms;
};

/* Makes the attributes of an event, an array of struct gw_header in arena, which borrows source and the event's texts:
 * specversion, id, source, type (`gangway.allocation.NAME.v1`), time (RFC 3339), subject (the SKU), sequence (20
 * digits, because CloudEvents compares strings), datacontenttype. False: no memory. */
bool gw_event_attributes_make(struct gw_arena *arena, const char *source, const struct gw_published_event *event,
                              struct gw_array *ret_attributes);

#endif
