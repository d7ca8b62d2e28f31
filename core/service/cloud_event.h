/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CloudEvents 1.0 in binary mode: reads the attributes from the headers of a message, and makes the attributes of a
 * published event. Entrypoints pass all headers on and publishers get finished attributes, so only this file knows the
 * rules. Structured mode is in worker/envelope.h. No state, any thread.
 */
#ifndef GW_SERVICE_CLOUD_EVENT_H
#define GW_SERVICE_CLOUD_EVENT_H

#include "base/arena.h"

#include <gangway/message.h>

#include <stdbool.h>
#include <stdint.h>

/* ---- received messages ------------------------------------------------------------------------------------------ */

/* The first value that is not empty, the name of the header that was found last, and the number of such headers. */
struct gw_header_value {
    struct gw_text value;
    struct gw_text name;
    uint32_t count;
};

/* The headers that have an effect. An attribute of CloudEvents is a header with one of the prefixes `ce_` (Kafka),
 * `cloudEvents:` and `cloudEvents_` (AMQP). Two headers of the same attribute count as a repeated header, whatever
 * their prefixes. */
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

/* The name of the command: the attribute `type`, otherwise the header `type`. Empty if there is neither, or if the
 * header is repeated. */
struct gw_text gw_event_headers_type(const struct gw_event_headers *headers);

/* The id of a message. For an id of CloudEvents (is_event) scope is the attribute `source`. Otherwise scope is empty
 * and the id is the header `message-id`, which is unique among the messages that the entrypoint names. */
struct gw_event_identity {
    struct gw_text id;
    struct gw_text scope;
    bool is_event;
};

/* The id; empty if there is none, or if a header that determines it is repeated. */
struct gw_event_identity gw_event_headers_identity(const struct gw_event_headers *headers);

/* The name of a header that is repeated although it determines something, or the empty text. Headers that determine the
 * form of the payload always count; with decides_type those of the command; with decides_id those of the message id. */
struct gw_text gw_event_headers_repeated(const struct gw_event_headers *headers, bool decides_type, bool decides_id);

/* ---- published events ------------------------------------------------------------------------------------------- */

enum { GW_EVENT_SOURCE_MAX = 800 };

/* Writes the `source` attribute of a service's events as a URI reference: `/gangway/` and the name, percent-encoded and
 * cut to the maximum. */
void gw_event_source_write(char ret_source[GW_EVENT_SOURCE_MAX], const char *service);

struct gw_published_event {
    struct gw_text id;
    struct gw_text type; /* the name of the event, such as Allocated */
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
