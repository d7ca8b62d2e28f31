/* SPDX-License-Identifier: Apache-2.0 */
/* Determines type, fields and identity of a message, in this order. Knows commands only as tables of the catalog. */
#include "worker/intake.h"

#include "base/buffer.h"
#include "process/digest.h"
#include "service/dead_letter.h"
#include "service/trace_context.h"
#include "worker/envelope.h"
#include "worker/identity.h"
#include "json/json_writer.h"

#include <gangway/port/entrypoint.h>
#include <gangway/scope.h>

#include <string.h>

enum { REASON_MAX_BYTES = 1024 };

/* The members of an object, as the service looks for them. */
struct json_values {
    struct gw_values values;
    struct gw_json_object object;
};

static struct gw_value find_value(const struct gw_values *self, const char *name)
{
    static const enum gw_value_kind kinds[] = {
        [GW_JSON_ABSENT] = GW_VALUE_ABSENT,   [GW_JSON_NULL] = GW_VALUE_NULL,    [GW_JSON_BOOL] = GW_VALUE_OTHER,
        [GW_JSON_INTEGER] = GW_VALUE_INTEGER, [GW_JSON_NUMBER] = GW_VALUE_OTHER, [GW_JSON_STRING] = GW_VALUE_STRING,
        [GW_JSON_ARRAY] = GW_VALUE_OTHER,     [GW_JSON_OBJECT] = GW_VALUE_OTHER,
    };
    const struct json_values *json = gw_container_of(self, struct json_values, values);
    const struct gw_json_member *member = gw_json_find(&json->object, name);

    if (member == NULL)
        return (struct gw_value){.kind = GW_VALUE_ABSENT};
    return (struct gw_value){.kind = kinds[member->kind], .text = member->text, .integer = member->integer};
}

enum gw_status gw_intake_open(struct gw_intake *intake, struct gw_text entrypoint, bool is_answered, bool uses_ids)
{
    *intake = (struct gw_intake){.json = gw_json_reader_new(GW_PAYLOAD_MAX_BYTES),
                                 .entrypoint = entrypoint,
                                 .is_answered = is_answered,
                                 .uses_ids = uses_ids};
    return intake->json != NULL ? GW_OK : GW_NOMEM;
}

void gw_intake_close(struct gw_intake *intake)
{
    gw_json_reader_free(intake->json);
    intake->json = NULL;
}

/* What is known about one message while it is decoded. */
struct reading {
    struct gw_turn_message message;
    struct json_values json;
    struct gw_event_headers headers;
    struct gw_text id_scope; /* of the message: the scope of its protocol, or the source of CloudEvents */
    struct gw_text id;
    bool is_event_id;    /* the id comes from CloudEvents */
    struct gw_text type; /* the name of the command, from mapping, headers or payload */
    struct gw_text body; /* the text with the command's fields: the payload, or the data of an envelope */
};

/* Marks the message as refused with the text in the buffer, and empties the buffer. */
static bool refuse(struct reading *reading, struct gw_arena *arena, enum gw_reason code, struct gw_buffer *reason)
{
    const char *copy = reason->has_failed ? NULL : gw_arena_copy(arena, reason->ptr, reason->len);

    reading->message.command = NULL;
    reading->message.reason_code = code;
    reading->message.reason = gw_text_span(copy, copy != NULL ? reason->len : 0);
    gw_buffer_done(reason);
    return copy != NULL;
}

static bool refuse_type(struct reading *reading, struct gw_arena *arena, struct gw_text found)
{
    struct gw_buffer reason;
    size_t count;
    const struct gw_command_spec *specs = gw_command_specs(&count);

    gw_buffer_init(&reason, REASON_MAX_BYTES);
    gw_buffer_append_string(&reason, "type: expected one of ");
    for (size_t index = 0; index < count; index++)
        gw_buffer_append_format(&reason, "%s%s", index == 0 ? "" : ", ", specs[index].name);
    if (found.ptr == NULL) {
        gw_buffer_append_string(&reason, "; it is missing");
    } else {
        gw_buffer_append_string(&reason, "; found ");
        gw_json_append_string(&reason, gw_text_span(found.ptr, found.len > 64 ? 64 : found.len));
    }
    return refuse(reading, arena, GW_REASON_UNKNOWN_COMMAND, &reason);
}

static bool refuse_text(struct reading *reading, struct gw_arena *arena, enum gw_reason code, const char *text)
{
    struct gw_buffer reason;

    gw_buffer_init(&reason, REASON_MAX_BYTES);
    gw_buffer_append_string(&reason, text);
    return refuse(reading, arena, code, &reason);
}

static bool refuse_fault(struct reading *reading, struct gw_arena *arena, struct gw_text fault)
{
    struct gw_buffer reason;

    gw_buffer_init(&reason, REASON_MAX_BYTES);
    gw_buffer_append(&reason, fault.ptr, (size_t)(fault.len < REASON_MAX_BYTES ? fault.len : REASON_MAX_BYTES));
    return refuse(reading, arena, GW_REASON_MALFORMED, &reason);
}

/* Treats the attributes of an envelope as if they were headers, and its data as the payload. */
static enum gw_status open_envelope(struct gw_intake *intake, struct gw_arena *arena, struct reading *reading,
                                    struct gw_error *reterr)
{
    struct gw_envelope event;
    enum gw_status status = gw_envelope_read(arena, &reading->json.object, &event, reterr);

    if (reading->type.len == 0)
        reading->type = event.type;
    if (event.source.len > 0 && event.id.len > 0) {
        reading->id_scope = event.source;
        reading->id = event.id;
        reading->is_event_id = true;
    }
    if (status != GW_OK)
        return status;
    status = gw_json_read_object(intake->json, arena, event.data, &reading->json.object, reterr);
    if (status == GW_INVALID)
        return gw_error_wrap(reterr, reterr, "data: not a JSON object");
    reading->body = event.data;
    return status;
}

static struct gw_text member_type(const struct gw_json_object *object)
{
    const struct gw_json_member *type = gw_json_find(object, "type");

    return type != NULL && type->kind == GW_JSON_STRING ? type->text : gw_text_of(NULL);
}

/* Finds the members with the command's fields. OK; INVALID: there are none, with the reason; NOMEM. */
static enum gw_status read_fields(struct gw_intake *intake, struct gw_arena *arena, struct reading *reading,
                                  struct gw_error *reterr)
{
    enum gw_status status;

    if (reading->body.len == 0)
        return gw_error_set(reterr, GW_INVALID, "the message is empty, expected a JSON object");
    status = gw_json_read_object(intake->json, arena, reading->body, &reading->json.object, reterr);
    if (status == GW_INVALID)
        return gw_error_wrap(reterr, reterr, "not a JSON object");
    if (status != GW_OK)
        return status;
    if (gw_envelope_is_present(&reading->headers, &reading->json.object))
        return open_envelope(intake, arena, reading, reterr);
    if (reading->type.len == 0)
        reading->type = member_type(&reading->json.object);
    return GW_OK;
}

/* Reads the command and its fields. OK, also when the message is refused; NOMEM. */
static enum gw_status read_payload(struct gw_intake *intake, struct gw_arena *arena, struct reading *reading)
{
    struct gw_error error;
    enum gw_status status = read_fields(intake, arena, reading, &error);

    if (status == GW_NOMEM)
        return status;
    if (status != GW_OK)
        return refuse_text(reading, arena, GW_REASON_MALFORMED, error.text) ? GW_OK : GW_NOMEM;
    reading->message.command = gw_command_spec_find(reading->type);
    reading->message.values = &reading->json.values;
    if (reading->message.command == NULL)
        return refuse_type(reading, arena, reading->type) ? GW_OK : GW_NOMEM;
    return GW_OK;
}

static struct gw_text keep(struct gw_arena *arena, const char *bytes, size_t len)
{
    const char *copy = gw_arena_copy(arena, bytes, len);

    return gw_text_span(copy, copy != NULL ? len : 0);
}

static void digest_of_body(const struct gw_message *message, const struct reading *reading,
                           uint8_t ret_digest[GW_DIGEST_BYTES])
{
    if ((message->flags & GW_MESSAGE_OVERSIZED) != 0) /* the message has only the beginning of the payload */
        memcpy(ret_digest, message->digest, GW_DIGEST_BYTES);
    else
        gw_digest(reading->body, ret_digest);
}

/* The same command with the same body has the same fingerprint, wherever its name came from. */
static void set_fingerprint(const struct gw_message *message, const struct reading *reading,
                            uint8_t ret_fingerprint[GW_DIGEST_BYTES])
{
    uint8_t digest[GW_DIGEST_BYTES];

    digest_of_body(message, reading, digest);
    gw_message_fingerprint(reading->type, digest, ret_fingerprint);
}

static bool set_id(struct gw_arena *arena, const struct gw_message *message, const uint8_t id[GW_ID_BYTES],
                   struct reading *reading)
{
    uint8_t *bytes = gw_arena_alloc(arena, GW_ID_BYTES + GW_DIGEST_BYTES);

    if (bytes == NULL)
        return false;
    memcpy(bytes, id, GW_ID_BYTES);
    set_fingerprint(message, reading, bytes + GW_ID_BYTES);
    reading->message.id = bytes;
    reading->message.fingerprint = bytes + GW_ID_BYTES;
    return true;
}

/* Whether this entrypoint uses the message's id, if the message has one. */
static bool counts_ids(const struct gw_intake *intake, const struct reading *reading)
{
    return intake->uses_ids || reading->message.source == NULL;
}

static struct gw_text exchange_of(const struct gw_array *headers)
{
    for (uint32_t index = 0; index < headers->count; index++) {
        const struct gw_header *header = gw_array_at(headers, index);

        if (gw_text_is(header->name, "amqp-exchange"))
            return header->value;
    }
    return gw_text_of(NULL);
}

/* Writes the id of a message. False: it has none that counts. */
static bool find_id(const struct gw_intake *intake, const struct gw_message *message, const struct reading *reading,
                    uint8_t ret_id[GW_ID_BYTES])
{
    uint8_t digest[GW_DIGEST_BYTES];

    if (reading->id.len > 0 && counts_ids(intake, reading)) {
        gw_message_id_hash(intake->entrypoint, reading->is_event_id, reading->id_scope, reading->id, ret_id);
        return true;
    }
    if (reading->id.len > 0 || !intake->uses_content)
        return false;
    const struct gw_text parts[] = {message->id_scope, exchange_of(&message->headers), message->key, reading->type};

    digest_of_body(message, reading, digest);
    gw_message_content_hash(intake->entrypoint, parts, gw_array_length(parts), digest, ret_id);
    return true;
}

/* Sets the identity: a position, an id, both, or a token. */
static bool settle_identity(const struct gw_intake *intake, struct gw_arena *arena, const struct gw_message *message,
                            const char *tag, struct reading *reading)
{
    bool has_position = reading->message.source != NULL;
    char text[GW_IDENTITY_MAX];
    uint8_t id[GW_ID_BYTES];
    bool has_id = find_id(intake, message, reading, id);
    size_t len;

    if (!has_id && !has_position)
        gw_message_token(id);
    if ((has_id || !has_position) && !set_id(arena, message, id, reading))
        return false;
    len =
        has_position ? gw_identity_of_position(tag, message->offset, message->mark, text) : gw_identity_of_id(id, text);
    reading->message.identity = keep(arena, text, len);
    return reading->message.identity.len > 0;
}

static bool refuse_repeated(struct reading *reading, struct gw_arena *arena, struct gw_text header)
{
    char text[96];

    (void)snprintf(text, sizeof text, "%.*s: expected one header of this name, found several", (int)header.len,
                   header.ptr);
    return refuse_text(reading, arena, GW_REASON_AMBIGUOUS, text);
}

/* Reads command and fields of a message, unless its headers are ambiguous. OK, also when the message is refused; NOMEM.
 */
static enum gw_status read_message(struct gw_intake *intake, struct gw_arena *arena, bool decides_type, bool decides_id,
                                   struct reading *reading)
{
    struct gw_text repeated = gw_event_headers_repeated(&reading->headers, decides_type, decides_id);

    if (repeated.len > 0)
        return refuse_repeated(reading, arena, repeated) ? GW_OK : GW_NOMEM;
    return read_payload(intake, arena, reading);
}

/* The type from the entrypoint takes precedence over that from the headers; so does the id, except over the id of an
 * event: a sender that sends an event again keeps that one, while a client library may give each attempt another id. */
static void read_headers(const struct gw_array *headers, struct reading *reading)
{
    struct gw_event_identity identity;

    gw_event_headers_read(headers, &reading->headers);
    if (reading->type.len == 0)
        reading->type = gw_event_headers_type(&reading->headers);
    identity = gw_event_headers_identity(&reading->headers);
    if (identity.is_event) {
        reading->is_event_id = true;
        reading->id_scope = identity.scope;
    } else if (reading->id.len > 0) {
        return;
    }
    reading->id = identity.id;
}

/* Whether one of the headers decides the id. Without an attribute of CloudEvents the id of the protocol does. */
static bool headers_decide_id(const struct gw_intake *intake, const struct gw_message *message,
                              const struct reading *reading)
{
    return counts_ids(intake, reading) && (message->id.len == 0 || reading->headers.event_id.count > 0);
}

enum gw_status gw_intake_add(struct gw_intake *intake, struct gw_turn *turn, const struct gw_message *message,
                             struct gw_turn_source *source, const char *tag)
{
    struct gw_arena *arena = gw_turn_arena(turn);
    struct gw_message *origin = gw_arena_alloc(arena, sizeof *origin);
    struct reading reading = {.message = {.source = source, .next = message->next, .mark = message->mark},
                              .json = {.values = {.find = find_value}},
                              .id_scope = message->id_scope,
                              .id = message->id,
                              .type = message->type,
                              .body = message->payload};
    enum gw_status status = GW_OK;

    if (origin == NULL)
        return GW_NOMEM;
    *origin = *message;
    read_headers(&message->headers, &reading);
    origin->type = reading.type;
    reading.message.origin = origin;
    reading.message.entrypoint = intake->entrypoint;
    reading.message.is_answered = intake->is_answered;
    if ((message->flags & GW_MESSAGE_OVERSIZED) != 0) {
        char text[96];

        (void)snprintf(text, sizeof text, "the message is too large: %llu bytes, above the limit of its entrypoint",
                       (unsigned long long)message->full_len);
        status = refuse_text(&reading, arena, GW_REASON_TOO_LARGE, text) ? GW_OK : GW_NOMEM;
    } else if (message->fault.len > 0) {
        status = refuse_fault(&reading, arena, message->fault) ? GW_OK : GW_NOMEM;
    } else {
        status =
            read_message(intake, arena, message->type.len == 0, headers_decide_id(intake, message, &reading), &reading);
    }
    if (status != GW_OK)
        return status;
    if (!settle_identity(intake, arena, message, tag, &reading) ||
        !gw_trace_context_extract(arena, &message->headers, &reading.message.headers))
        return GW_NOMEM;
    return gw_turn_add(turn, &reading.message);
}

enum gw_status gw_intake_add_replay(struct gw_intake *intake, struct gw_turn *turn, const struct gw_dead_entry *entry)
{
    struct gw_arena *arena = gw_turn_arena(turn);
    struct reading reading = {.message = {.replays = entry->id, .entrypoint = intake->entrypoint},
                              .json = {.values = {.find = find_value}},
                              .type = entry->letter.type,
                              .body = entry->letter.payload};
    struct gw_dead_headers kept;
    enum gw_status status;

    if (!gw_dead_headers_read(arena, entry->letter.headers, &kept))
        return GW_NOMEM;
    gw_event_headers_read(&kept.headers, &reading.headers);
    status = read_message(intake, arena, reading.type.len == 0, false, &reading);
    if (status != GW_OK)
        return status;
    reading.message.identity = keep(arena, entry->letter.identity.ptr, (size_t)entry->letter.identity.len);
    if (reading.message.identity.len == 0 || !gw_trace_context_extract(arena, &kept.headers, &reading.message.headers))
        return GW_NOMEM;
    return gw_turn_add(turn, &reading.message);
}
