/* SPDX-License-Identifier: Apache-2.0 */
/* The body and the headers of a POST. See request.h. */
#include "request.h"

#include "curl/post.h"

#include <gangway/sdk/calendar.h>
#include <gangway/sdk/json_escape.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_MAX = 256,         /* of a notice's id in a header */
    TRACE_VALUE_MAX = 512, /* W3C Trace Context, section 3.3.1.5 */
};

static const char white_space[] = " \t\r\n";

/* ---- the body -------------------------------------------------------------------------------------------------- */

static void append_string(struct gw_buffer *buffer, struct gw_text text)
{
    gw_buffer_append_byte(buffer, '"');
    gw_json_escape_append(buffer, text.ptr, (size_t)text.len);
    gw_buffer_append_byte(buffer, '"');
}

static void append_event(struct gw_buffer *buffer, const struct gw_noticed_event *event)
{
    char time[GW_RFC3339_MAX];

    gw_rfc3339_write(event->unix_ms, time);
    gw_buffer_append_string(buffer, "{\"type\": ");
    append_string(buffer, event->type);
    gw_buffer_append_format(buffer, ", \"timestamp\": \"%s\", \"id\": ", time);
    append_string(buffer, event->id);
    gw_buffer_append_string(buffer, ", \"data\": ");
    gw_buffer_append(buffer, event->payload.ptr, (size_t)event->payload.len);
    gw_buffer_append_byte(buffer, '}');
}

/* The events that a notice of several lists, the first one included. */
static void append_events(struct gw_buffer *buffer, const struct gw_notice *notice)
{
    gw_buffer_append_string(buffer, ", \"events\": [");
    for (uint32_t i = 0; i < notice->events.count; i++) {
        if (i > 0)
            gw_buffer_append_string(buffer, ", ");
        append_event(buffer, gw_array_at(&notice->events, i));
    }
    gw_buffer_append_byte(buffer, ']');
}

/* The payload that Standard Webhooks recommends, for a notice without a template. */
static void append_payload(struct gw_buffer *buffer, const struct gw_notice *notice)
{
    const struct gw_noticed_event *event = gw_notice_event(notice);
    char time[GW_RFC3339_MAX];

    gw_rfc3339_write(event->unix_ms, time);
    gw_buffer_append_string(buffer, "{\"type\": ");
    append_string(buffer, event->type);
    gw_buffer_append_format(buffer, ", \"timestamp\": \"%s\", \"id\": ", time);
    append_string(buffer, notice->id);
    gw_buffer_append_format(buffer, ", \"count\": %lu, \"data\": ", (unsigned long)notice->count);
    gw_buffer_append(buffer, event->payload.ptr, (size_t)event->payload.len);
    if (notice->count > 1)
        append_events(buffer, notice);
    gw_buffer_append_byte(buffer, '}');
}

static struct gw_text without_leading_space(struct gw_text text)
{
    while (text.len > 0 && memchr(white_space, text.ptr[0], sizeof white_space - 1) != NULL)
        text = gw_text_span(text.ptr + 1, text.len - 1);
    return text;
}

/* Puts the fields at the beginning of the object. */
static bool append_with_fields(struct gw_buffer *buffer, struct gw_text body, const struct gw_option_map *fields)
{
    struct gw_text rest = without_leading_space(body);

    if (rest.len == 0 || rest.ptr[0] != '{')
        return false;
    rest = without_leading_space(gw_text_span(rest.ptr + 1, rest.len - 1));
    gw_buffer_append_byte(buffer, '{');
    for (uint64_t i = 0; i < fields->count; i++) {
        if (i > 0)
            gw_buffer_append_string(buffer, ", ");
        append_string(buffer, gw_text_of(fields->items[i].key));
        gw_buffer_append_string(buffer, ": ");
        append_string(buffer, gw_text_of(fields->items[i].value));
    }
    if (rest.len > 0 && rest.ptr[0] != '}')
        gw_buffer_append_string(buffer, ", ");
    gw_buffer_append(buffer, rest.ptr, (size_t)rest.len);
    return true;
}

static enum gw_status make_body(struct request *request, const struct webhook_config *config,
                                const struct gw_notice *notice, struct gw_error *reterr)
{
    struct gw_buffer payload;
    bool is_object = true;

    gw_buffer_init(&payload, SIZE_MAX); /* as long as the event, which has a limit of its own */
    request->body = gw_notice_text(notice, "body");
    if (config->body == NULL) {
        append_payload(&payload, notice);
        request->body = gw_buffer_text(&payload);
    }
    if (config->body == NULL || config->secret_fields.count > 0) {
        if (config->secret_fields.count > 0)
            is_object = append_with_fields(&request->buffer, request->body, &config->secret_fields);
        else
            gw_buffer_append(&request->buffer, payload.ptr, payload.len);
        request->body = gw_buffer_text(&request->buffer);
    }
    if (!is_object)
        (void)gw_error_set(reterr, GW_CONFIG, "`secret_fields` need a body that is a JSON object");
    else if (payload.has_failed || request->buffer.has_failed)
        (void)gw_error_set(reterr, GW_NOMEM, "no memory for the body of a notice");
    gw_buffer_done(&payload);
    return !is_object ? GW_CONFIG : request->buffer.has_failed ? GW_NOMEM : GW_OK;
}

/* ---- headers --------------------------------------------------------------------------------------------------- */

static bool add_header(struct request *request, const char *name, const char *value)
{
    return curl_post_header(&request->headers, name, value);
}

/* An id consists of letters, digits and hyphens. Anything else is replaced: a dot would end it in what is signed. */
static void write_key(struct gw_text id, char key[KEY_MAX])
{
    size_t len = id.len < KEY_MAX - 1 ? (size_t)id.len : KEY_MAX - 1;

    for (size_t i = 0; i < len; i++) {
        char byte = id.ptr[i];
        bool is_plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');

        key[i] = is_plain || byte == '-' ? byte : '_';
    }
    key[len] = '\0';
}

static bool add_signatures(struct request *request, const struct signing *signing, const char *key, int64_t seconds)
{
    char values[SIGNING_KEYS_MAX * SIGNATURE_MAX];
    char time[32];
    size_t used = 0;

    for (size_t i = 0; i < signing->count; i++) {
        if (i > 0)
            values[used++] = ' ';
        signature_write(&signing->keys[i], gw_text_of(key), seconds, request->body, values + used);
        used += strlen(values + used);
    }
    (void)snprintf(time, sizeof time, "%lld", (long long)seconds);
    return add_header(request, "webhook-id", key) && add_header(request, "webhook-timestamp", time) &&
           add_header(request, "webhook-signature", values);
}

/* A value that was a header once, such as one of Kafka, may hold any bytes. */
static bool is_trace_value(struct gw_text value)
{
    for (uint64_t i = 0; i < value.len; i++)
        if (value.ptr[i] < ' ' || value.ptr[i] > '~')
            return false;
    return value.len > 0 && value.len <= TRACE_VALUE_MAX;
}

static bool add_trace(struct request *request, const struct gw_array *headers)
{
    bool is_added = true;

    for (uint32_t i = 0; i < headers->count && is_added; i++) {
        const struct gw_header *header = gw_array_at(headers, i);
        char value[TRACE_VALUE_MAX + 1];

        if (!is_trace_value(header->value))
            continue;
        (void)snprintf(value, sizeof value, "%.*s", (int)header->value.len, header->value.ptr);
        if (gw_text_is(header->name, "traceparent"))
            is_added = add_header(request, "traceparent", value);
        else if (gw_text_is(header->name, "tracestate"))
            is_added = add_header(request, "tracestate", value);
    }
    return is_added;
}

static bool has_header(const struct gw_option_map *headers, const char *name)
{
    for (uint64_t i = 0; i < headers->count; i++)
        if (strcasecmp(headers->items[i].key, name) == 0)
            return true;
    return false;
}

static bool add_options(struct request *request, const struct webhook_config *config)
{
    bool is_added =
        has_header(&config->headers, "Content-Type") || add_header(request, "Content-Type", "application/json");

    for (uint64_t i = 0; i < config->headers.count && is_added; i++)
        is_added = add_header(request, config->headers.items[i].key, config->headers.items[i].value);
    if (is_added && config->token != NULL) {
        struct gw_buffer login;

        gw_buffer_init(&login, SIZE_MAX);
        gw_buffer_append_format(&login, "Bearer %s", config->token);
        is_added = !login.has_failed && add_header(request, "Authorization", login.ptr);
        gw_buffer_done(&login);
    }
    return is_added;
}

/* "Expect:" removes the header with which libcurl asks before it sends a long body: many servers do not answer it, and
 * it costs a second each time. */
static bool make_headers(struct request *request, const struct webhook_config *config, const struct signing *signing,
                         const struct gw_notice *notice, int64_t unix_ms)
{
    char key[KEY_MAX];

    write_key(notice->id, key);
    return add_options(request, config) && add_header(request, "Expect", "") &&
           add_header(request, "Idempotency-Key", key) &&
           (signing->count == 0 || add_signatures(request, signing, key, unix_ms / 1000)) &&
           add_trace(request, &gw_notice_event(notice)->headers);
}

/* ---------------------------------------------------------------------------------------------------------------- */

enum gw_status request_make(struct request *request, const struct webhook_config *config, const struct signing *signing,
                            const struct gw_notice *notice, int64_t unix_ms, struct gw_error *reterr)
{
    enum gw_status status;

    *request = (struct request){0};
    gw_buffer_init(&request->buffer, SIZE_MAX);
    status = make_body(request, config, notice, reterr);
    if (status == GW_OK && !make_headers(request, config, signing, notice, unix_ms))
        status = gw_error_set(reterr, GW_NOMEM, "no memory for the headers of a notice");
    return status;
}

void request_done(struct request *request)
{
    gw_buffer_done(&request->buffer);
    curl_slist_free_all(request->headers);
    *request = (struct request){0};
}
