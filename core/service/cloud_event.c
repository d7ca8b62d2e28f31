/* SPDX-License-Identifier: Apache-2.0 */
/* Headers by the Kafka and AMQP bindings of CloudEvents. Names are compared exactly, media types without case. */
#include "service/cloud_event.h"

#include "base/clock.h"
#include "base/percent.h"

#include <gangway/scope.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- received messages ------------------------------------------------------------------------------------------ */

static bool has_prefix(struct gw_text text, struct gw_text prefix)
{
    return text.len >= prefix.len && memcmp(text.ptr, prefix.ptr, (size_t)prefix.len) == 0;
}

/* The name of an attribute without its prefix. False: the header is not an attribute. */
static bool attribute_name(struct gw_text header, struct gw_text *ret_name)
{
    static const char *const prefixes[] = {"ce_", "cloudEvents:", "cloudEvents_"};

    for (size_t index = 0; index < gw_array_length(prefixes); index++) {
        struct gw_text prefix = gw_text_of(prefixes[index]);

        if (!has_prefix(header, prefix))
            continue;
        *ret_name = gw_text_span(header.ptr + prefix.len, header.len - prefix.len);
        return true;
    }
    return false;
}

static struct gw_header_value *attribute_of(struct gw_event_headers *headers, struct gw_text name)
{
    if (gw_text_is(name, "specversion"))
        return &headers->specversion;
    if (gw_text_is(name, "type"))
        return &headers->event_type;
    if (gw_text_is(name, "source"))
        return &headers->event_source;
    return gw_text_is(name, "id") ? &headers->event_id : NULL;
}

static struct gw_header_value *header_of(struct gw_event_headers *headers, struct gw_text name)
{
    struct gw_text attribute;

    if (attribute_name(name, &attribute))
        return attribute_of(headers, attribute);
    if (gw_text_is(name, "type"))
        return &headers->type;
    if (gw_text_is(name, "message-id"))
        return &headers->message_id;
    return gw_text_is(name, "content-type") ? &headers->content_type : NULL;
}

/* Media types are compared without case (RFC 9110, section 8.3.1); a suffix or a parameter may follow. */
static bool is_envelope_type(struct gw_text value)
{
    static const char begin[] = "application/cloudevents";

    return value.len >= sizeof begin - 1 && strncasecmp(value.ptr, begin, sizeof begin - 1) == 0;
}

void gw_event_headers_read(const struct gw_array *headers, struct gw_event_headers *ret_headers)
{
    *ret_headers = (struct gw_event_headers){0};
    for (uint32_t index = 0; index < headers->count; index++) {
        const struct gw_header *header = gw_array_at(headers, index);
        struct gw_header_value *value = header_of(ret_headers, header->name);

        if (value == NULL)
            continue;
        if (value->value.len == 0)
            value->value = header->value;
        value->name = header->name;
        value->count++;
        if (value == &ret_headers->content_type && is_envelope_type(header->value))
            ret_headers->is_envelope = true;
    }
}

static bool is_repeated(const struct gw_header_value *value)
{
    return value->count > 1;
}

static struct gw_text one_of(const struct gw_header_value *value)
{
    return is_repeated(value) ? gw_text_of(NULL) : value->value;
}

struct gw_text gw_event_headers_type(const struct gw_event_headers *headers)
{
    if (is_repeated(&headers->specversion) || is_repeated(&headers->event_type))
        return gw_text_of(NULL);
    return headers->event_type.value.len > 0 ? headers->event_type.value : one_of(&headers->type);
}

struct gw_event_identity gw_event_headers_identity(const struct gw_event_headers *headers)
{
    struct gw_event_identity identity = {0};

    if (is_repeated(&headers->event_id) || is_repeated(&headers->event_source))
        return identity;
    identity.id = headers->event_id.value.len > 0 ? headers->event_id.value : one_of(&headers->message_id);
    identity.is_event = headers->event_id.value.len > 0 && headers->event_source.value.len > 0;
    if (identity.is_event)
        identity.scope = headers->event_source.value;
    return identity;
}

/* The header `type` is used only if there is no attribute `type`. */
static const struct gw_header_value *repeated_type(const struct gw_event_headers *headers)
{
    if (is_repeated(&headers->specversion))
        return &headers->specversion;
    if (is_repeated(&headers->event_type))
        return &headers->event_type;
    return headers->event_type.count == 0 && is_repeated(&headers->type) ? &headers->type : NULL;
}

static const struct gw_header_value *repeated_id(const struct gw_event_headers *headers)
{
    if (is_repeated(&headers->event_id))
        return &headers->event_id;
    if (is_repeated(&headers->event_source))
        return &headers->event_source;
    return headers->event_id.count == 0 && is_repeated(&headers->message_id) ? &headers->message_id : NULL;
}

struct gw_text gw_event_headers_repeated(const struct gw_event_headers *headers, bool decides_type, bool decides_id)
{
    const struct gw_header_value *repeated = NULL;

    if (headers->is_envelope && is_repeated(&headers->content_type))
        repeated = &headers->content_type;
    if (repeated == NULL && decides_type)
        repeated = repeated_type(headers);
    if (repeated == NULL && decides_id)
        repeated = repeated_id(headers);
    return repeated != NULL ? repeated->name : gw_text_of(NULL);
}

/* ---- published events ------------------------------------------------------------------------------------------- */

void gw_event_source_write(char ret_source[GW_EVENT_SOURCE_MAX], const char *service)
{
    size_t used = (size_t)snprintf(ret_source, GW_EVENT_SOURCE_MAX, "/gangway/");

    for (; *service != '\0' && used + GW_PERCENT_MAX < GW_EVENT_SOURCE_MAX; service++)
        used += gw_percent_encode(*service, ret_source + used);
    ret_source[used] = '\0';
}

enum { SEQUENCE_DIGITS = 20, ATTRIBUTES = 8 };

/* The texts that are written for one event, in one allocation of the arena. */
struct written {
    struct gw_header attributes[ATTRIBUTES];
    char time[GW_CLOCK_TEXT_MAX];
    char sequence[SEQUENCE_DIGITS + 1];
    char type[];
};

bool gw_event_attributes_make(struct gw_arena *arena, const char *source, const struct gw_published_event *event,
                              struct gw_array *ret_attributes)
{
    static const char before[] = "gangway.allocation.", behind[] = ".v1";
    size_t type_len = sizeof before - 1 + (size_t)event->type.len + sizeof behind - 1;
    struct written *written = gw_arena_alloc(arena, sizeof *written + type_len + 1);

    if (written == NULL)
        return false;
    gw_clock_format(event->unix_ms, written->time);
    (void)snprintf(written->sequence, sizeof written->sequence, "%020" PRId64, event->sequence);
    (void)snprintf(written->type, type_len + 1, "%s%.*s%s", before, (int)event->type.len, event->type.ptr, behind);

    const struct gw_header attributes[ATTRIBUTES] = {
        {gw_text_of("specversion"), gw_text_of("1.0")},
        {gw_text_of("id"), event->id},
        {gw_text_of("source"), gw_text_of(source)},
        {gw_text_of("type"), gw_text_span(written->type, type_len)},
        {gw_text_of("time"), gw_text_of(written->time)},
        {gw_text_of("subject"), event->sku},
        {gw_text_of("sequence"), gw_text_span(written->sequence, SEQUENCE_DIGITS)},
        {gw_text_of("datacontenttype"), gw_text_of("application/json")},
    };

    memcpy(written->attributes, attributes, sizeof attributes);
    *ret_attributes = (struct gw_array){written->attributes, ATTRIBUTES, sizeof *written->attributes};
    return true;
}
