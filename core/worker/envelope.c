/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes by the JSON format of CloudEvents. */
#include "worker/envelope.h"

#include <sodium.h>

static enum gw_json_kind kind_of(const struct gw_json_member *member)
{
    return member != NULL ? member->kind : GW_JSON_ABSENT;
}

/* In binary mode the payload is the data, whatever its members are called. If that data is an envelope, it is opened
 * too. */
bool gw_envelope_is_present(const struct gw_event_headers *headers, const struct gw_json_object *payload)
{
    if (headers->is_envelope)
        return true;
    if (kind_of(gw_json_find(payload, "specversion")) != GW_JSON_STRING)
        return false;
    return headers->specversion.count == 0 || kind_of(gw_json_find(payload, "data")) == GW_JSON_OBJECT;
}

static struct gw_text string_of(const struct gw_json_object *envelope, const char *name)
{
    const struct gw_json_member *member = gw_json_find(envelope, name);

    return kind_of(member) == GW_JSON_STRING ? member->text : gw_text_of(NULL);
}

static enum gw_status refuse_kind(const char *name, const char *expected, enum gw_json_kind kind,
                                  struct gw_error *reterr)
{
    static const char *const found[] = {
        [GW_JSON_ABSENT] = "it is missing",     [GW_JSON_NULL] = "found null",
        [GW_JSON_BOOL] = "found true or false", [GW_JSON_INTEGER] = "found a number",
        [GW_JSON_NUMBER] = "found a number",    [GW_JSON_STRING] = "found a string",
        [GW_JSON_ARRAY] = "found a list",       [GW_JSON_OBJECT] = "found an object",
    };

    return gw_error_set(reterr, GW_INVALID, "%s: expected %s, %s", name, expected, found[kind]);
}

static enum gw_status read_base64(struct gw_arena *arena, const struct gw_json_member *member, struct gw_text *ret_data,
                                  struct gw_error *reterr)
{
    size_t len = 0;
    const char *end = NULL;
    unsigned char *bytes;

    if (member->kind != GW_JSON_STRING)
        return refuse_kind("data_base64", "a string of base64", member->kind, reterr);
    bytes = gw_arena_alloc(arena, (size_t)member->text.len + 1);
    if (bytes == NULL)
        return gw_error_set(reterr, GW_NOMEM, "out of memory");
    if (sodium_base642bin(bytes, (size_t)member->text.len, member->text.ptr, (size_t)member->text.len, NULL, &len, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end != member->text.ptr + member->text.len)
        return gw_error_set(reterr, GW_INVALID, "data_base64: expected base64 with its padding, character %zu is not",
                            (size_t)(end - member->text.ptr) + 1);
    *ret_data = gw_text_span((const char *)bytes, len);
    return GW_OK;
}

static enum gw_status read_data(struct gw_arena *arena, const struct gw_json_object *envelope, struct gw_text *ret_data,
                                struct gw_error *reterr)
{
    const struct gw_json_member *data = gw_json_find(envelope, "data");
    const struct gw_json_member *encoded = gw_json_find(envelope, "data_base64");

    if (data != NULL && encoded != NULL)
        return gw_error_set(reterr, GW_INVALID, "data_base64: expected data or data_base64, found both");
    if (encoded != NULL)
        return read_base64(arena, encoded, ret_data, reterr);
    if (kind_of(data) != GW_JSON_OBJECT)
        return refuse_kind("data", "an object with the command's fields", kind_of(data), reterr);
    *ret_data = data->text;
    return GW_OK;
}

enum gw_status gw_envelope_read(struct gw_arena *arena, const struct gw_json_object *envelope,
                                struct gw_envelope *ret_event, struct gw_error *reterr)
{
    enum gw_json_kind version = kind_of(gw_json_find(envelope, "specversion"));

    *ret_event = (struct gw_envelope){
        .type = string_of(envelope, "type"), .source = string_of(envelope, "source"), .id = string_of(envelope, "id")};
    if (version != GW_JSON_STRING)
        return refuse_kind("specversion", "a string such as 1.0", version, reterr);
    return read_data(arena, envelope, &ret_event->data, reterr);
}
