/* SPDX-License-Identifier: Apache-2.0 */
/* Type, fields, identity, in this order; knows commands as the catalog's tables only. */
#include "runtime/intake.h"

#include "base/buffer.h"
#include "runtime/identity.h"

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

/* What is found out about one message. */
struct reading {
    struct gw_turn_message message;
    struct json_values json;
    struct gw_text id_scope; /* of the message: its protocol's, or CloudEvents' source and id */
    struct gw_text id;
};

/* Takes the reason, and empties the buffer. */
static bool refuse(struct reading *reading, struct gw_arena *arena, struct gw_buffer *reason)
{
    const char *copy = reason->has_failed ? NULL : gw_arena_copy(arena, reason->ptr, reason->len);

    reading->message.command = NULL;
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
        gw_buffer_append_string(&reason, "; found \"");
        gw_buffer_append_json(&reason, found.ptr, (size_t)(found.len > 64 ? 64 : found.len));
        gw_buffer_append_byte(&reason, '"');
    }
    return refuse(reading, arena, &reason);
}

static bool refuse_text(struct reading *reading, struct gw_arena *arena, const char *text)
{
    struct gw_buffer reason;

    gw_buffer_init(&reason, REASON_MAX_BYTES);
    gw_buffer_append_string(&reason, text);
    return refuse(reading, arena, &reason);
}

static bool refuse_fault(struct reading *reading, struct gw_arena *arena, struct gw_text fault)
{
    struct gw_buffer reason;

    gw_buffer_init(&reason, REASON_MAX_BYTES);
    gw_buffer_append(&reason, fault.ptr, (size_t)(fault.len < REASON_MAX_BYTES ? fault.len : REASON_MAX_BYTES));
    return refuse(reading, arena, &reason);
}

/* Structured CloudEvents: the attributes beside, the command's fields inside `data`. */
static enum gw_status unwrap(struct gw_intake *intake, struct gw_arena *arena, struct reading *reading,
                             struct gw_text *ret_type, struct gw_error *error)
{
    const struct gw_json_object *object = &reading->json.object;
    const struct gw_json_member *version = gw_json_find(object, "specversion");
    const struct gw_json_member *data = gw_json_find(object, "data");
    const struct gw_json_member *type = gw_json_find(object, "type");
    const struct gw_json_member *source = gw_json_find(object, "source");
    const struct gw_json_member *id = gw_json_find(object, "id");

    if (type != NULL && type->kind == GW_JSON_STRING)
        *ret_type = type->text;
    if (version == NULL || version->kind != GW_JSON_STRING || data == NULL || data->kind != GW_JSON_OBJECT)
        return GW_OK;
    if (source != NULL && source->kind == GW_JSON_STRING && id != NULL && id->kind == GW_JSON_STRING) {
        reading->id_scope = source->text;
        reading->id = id->text;
    }
    return gw_json_read_object(intake->json, arena, data->text, &reading->json.object, error);
}

/* Command and fields. OK also when the message is refused; NOMEM. */
static enum gw_status read_payload(struct gw_intake *intake, struct gw_arena *arena, struct gw_text payload,
                                   struct gw_text type, struct reading *reading)
{
    struct gw_text found = gw_text_of(NULL);
    struct gw_error error;
    char text[sizeof error.text + 32];
    enum gw_status status;

    if (payload.len == 0)
        return refuse_text(reading, arena, "the message is empty, expected a JSON object") ? GW_OK : GW_NOMEM;
    status = gw_json_read_object(intake->json, arena, payload, &reading->json.object, &error);
    if (status == GW_OK)
        status = unwrap(intake, arena, reading, &found, &error);
    if (status == GW_NOMEM)
        return status;
    if (status != GW_OK) {
        (void)snprintf(text, sizeof text, "not a JSON object: %s", error.text);
        return refuse_text(reading, arena, text) ? GW_OK : GW_NOMEM;
    }
    if (type.len > 0)
        found = type;
    reading->message.command = gw_command_spec_find(found);
    reading->message.values = &reading->json.values;
    if (reading->message.command == NULL)
        return refuse_type(reading, arena, found) ? GW_OK : GW_NOMEM;
    return GW_OK;
}

static struct gw_text keep(struct gw_arena *arena, const char *bytes, size_t len)
{
    const char *copy = gw_arena_copy(arena, bytes, len);

    return gw_text_span(copy, copy != NULL ? len : 0);
}

static bool set_id(struct gw_arena *arena, struct reading *reading, const uint8_t id[GW_ID_BYTES], struct gw_text body)
{
    uint8_t *bytes = gw_arena_alloc(arena, GW_ID_BYTES + GW_DIGEST_BYTES);

    if (bytes == NULL)
        return false;
    memcpy(bytes, id, GW_ID_BYTES);
    gw_body_fingerprint(body, bytes + GW_ID_BYTES);
    reading->message.id = bytes;
    reading->message.fingerprint = bytes + GW_ID_BYTES;
    return true;
}

/* A position, an id, both, or a token. */
static bool settle_identity(const struct gw_intake *intake, struct gw_arena *arena, const struct gw_message *message,
                            const char *tag, struct reading *reading)
{
    bool has_position = reading->message.source != NULL;
    char text[GW_IDENTITY_MAX];
    uint8_t id[GW_ID_BYTES];
    size_t len;

    if (reading->id.len > 0 && (intake->uses_ids || !has_position))
        gw_message_id_hash(intake->entrypoint, reading->id_scope, reading->id, id);
    else if (!has_position)
        gw_message_token(id);
    if ((!has_position || (intake->uses_ids && reading->id.len > 0)) && !set_id(arena, reading, id, message->payload))
        return false;
    len =
        has_position ? gw_identity_of_position(tag, message->offset, message->mark, text) : gw_identity_of_id(id, text);
    reading->message.identity = keep(arena, text, len);
    return reading->message.identity.len > 0;
}

/* What goes from a cause to its effects, as a JSON object. */
static bool keep_trace(struct gw_arena *arena, const struct gw_array *headers, struct gw_text *ret_text)
{
    static const char *const carried[] = {"traceparent", "tracestate"};
    struct gw_buffer buffer;

    *ret_text = gw_text_of(NULL);
    if (headers->count == 0)
        return true;
    gw_buffer_init(&buffer, REASON_MAX_BYTES);
    for (uint32_t index = 0; index < headers->count; index++) {
        const struct gw_header *header = gw_array_at(headers, index);

        for (size_t name = 0; name < gw_array_length(carried); name++) {
            if (!gw_text_is(header->name, carried[name]))
                continue;
            gw_buffer_append_format(&buffer, "%s\"%s\": \"", buffer.len == 0 ? "{" : ", ", carried[name]);
            gw_buffer_append_json(&buffer, header->value.ptr, (size_t)header->value.len);
            gw_buffer_append_byte(&buffer, '"');
        }
    }
    if (buffer.len > 0 && !buffer.has_failed) {
        gw_buffer_append_byte(&buffer, '}');
        *ret_text = keep(arena, buffer.ptr, buffer.len);
    }
    gw_buffer_done(&buffer);
    return true;
}

enum gw_status gw_intake_add(struct gw_intake *intake, struct gw_turn *turn, const struct gw_message *message,
                             struct gw_turn_source *source, const char *tag)
{
    struct gw_arena *arena = gw_turn_arena(turn);
    struct gw_message *origin = gw_arena_alloc(arena, sizeof *origin);
    struct reading reading = {.message = {.source = source, .next = message->next, .mark = message->mark},
                              .json = {.values = {.find = find_value}},
                              .id_scope = message->id_scope,
                              .id = message->id};
    enum gw_status status = GW_OK;

    if (origin == NULL)
        return GW_NOMEM;
    *origin = *message;
    reading.message.origin = origin;
    reading.message.entrypoint = intake->entrypoint;
    reading.message.is_answered = intake->is_answered;
    if ((message->flags & GW_MESSAGE_OVERSIZED) != 0) {
        char text[96];

        (void)snprintf(text, sizeof text, "the message is too large: %llu bytes, above the limit of its entrypoint",
                       (unsigned long long)message->full_len);
        status = refuse_text(&reading, arena, text) ? GW_OK : GW_NOMEM;
    } else if (message->fault.len > 0) {
        status = refuse_fault(&reading, arena, message->fault) ? GW_OK : GW_NOMEM;
    } else {
        status = read_payload(intake, arena, message->payload, message->type, &reading);
    }
    if (status != GW_OK)
        return status;
    if (!settle_identity(intake, arena, message, tag, &reading) ||
        !keep_trace(arena, &message->headers, &reading.message.headers))
        return GW_NOMEM;
    return gw_turn_add(turn, &reading.message);
}

enum gw_status gw_intake_add_replay(struct gw_intake *intake, struct gw_turn *turn, const struct gw_dead_entry *entry)
{
    struct gw_arena *arena = gw_turn_arena(turn);
    struct reading reading = {.message = {.replays = entry->id, .entrypoint = intake->entrypoint},
                              .json = {.values = {.find = find_value}}};
    enum gw_status status = read_payload(intake, arena, entry->letter.payload, entry->letter.type, &reading);

    if (status != GW_OK)
        return status;
    reading.message.identity = keep(arena, entry->letter.identity.ptr, (size_t)entry->letter.identity.len);
    if (reading.message.identity.len == 0)
        return GW_NOMEM;
    return gw_turn_add(turn, &reading.message);
}
