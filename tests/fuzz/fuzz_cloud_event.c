/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message's headers, one per line, an empty line and a payload: a CloudEvents envelope is read, or refused with the
 * name of the attribute. The result is UTF-8 and can be read again.
 */
#include "fuzz.h"

#include "base/text.h"
#include "header_lines.h"
#include "service/cloud_event.h"
#include "worker/envelope.h"
#include "json/json.h"

#include <string.h>

enum { PAYLOAD_MAX = 1024 * 1024 };

static struct gw_json_reader *reader; /* kept, as a worker keeps it */

static bool is_member_text(const struct gw_json_object *envelope, const char *name, struct gw_text text)
{
    const struct gw_json_member *member = gw_json_find(envelope, name);

    return member == NULL || member->kind != GW_JSON_STRING ? text.len == 0 : gw_text_equal(member->text, text);
}

static void check_envelope(struct gw_arena *arena, const struct gw_json_object *envelope)
{
    struct gw_envelope event;
    struct gw_json_object data;
    struct gw_error error = {0};
    enum gw_status status = gw_envelope_read(arena, envelope, &event, &error);

    fuzz_promise(is_member_text(envelope, "type", event.type) && gw_utf8_is_valid(event.type.ptr, event.type.len));
    fuzz_promise(is_member_text(envelope, "source", event.source));
    fuzz_promise(is_member_text(envelope, "id", event.id));
    if (status != GW_OK) {
        fuzz_promise(status == GW_INVALID && error.text[0] != '\0' && event.data.ptr == NULL);
        return;
    }
    fuzz_promise(gw_json_find(envelope, "specversion") != NULL);
    if (gw_json_find(envelope, "data") != NULL)
        fuzz_promise(gw_json_read_object(reader, arena, event.data, &data, NULL) == GW_OK);
    else
        fuzz_promise(event.data.len <= gw_json_find(envelope, "data_base64")->text.len / 4 * 3);
}

/* The length of the headers: up to the first empty line. */
static size_t headers_len(struct gw_text text)
{
    const char *end = text.len > 0 ? memmem(text.ptr, (size_t)text.len, "\n\n", 2) : NULL;

    return end != NULL ? (size_t)(end - text.ptr) : 0;
}

static void check_message(struct gw_arena *arena, const struct gw_array *headers, struct gw_text payload)
{
    struct gw_json_object object = {0};
    struct gw_event_headers decisive;

    gw_event_headers_read(headers, &decisive);
    fuzz_promise(gw_event_headers_repeated(&decisive, true, true).len == 0 || headers->count > 1);
    if (gw_json_read_object(reader, arena, payload, &object, NULL) != GW_OK)
        return;
    if (gw_envelope_is_present(&decisive, &object))
        check_envelope(arena, &object);
    else
        fuzz_promise(gw_json_find(&object, "specversion") == NULL || headers->count > 0 ||
                     gw_json_find(&object, "specversion")->kind != GW_JSON_STRING);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct gw_arena *arena = gw_arena_new(64 * 1024 * 1024);
    struct gw_text text = gw_text_span((const char *)bytes, len);
    size_t head = headers_len(text);
    size_t gap = head > 0 ? head + 2 : 0;
    struct gw_header items[HEADER_LINES_MAX];
    struct gw_array headers = {items, header_lines_read(gw_text_span(text.ptr, head), items), sizeof items[0]};

    if (reader == NULL)
        reader = gw_json_reader_new(PAYLOAD_MAX);
    fuzz_promise(arena != NULL && reader != NULL);
    check_message(arena, &headers, gw_text_span(text.ptr + gap, len - gap));
    gw_arena_free(arena);
    return 0;
}
