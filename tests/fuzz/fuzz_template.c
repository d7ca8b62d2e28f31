/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A template, and after the first newline the value of its fields: literal text is unchanged, and no value leaves its
 * string.
 */
#include "fuzz.h"

#include "base/text.h"
#include "options/template.h"
#include "json/json.h"

#include <string.h>

enum { BUFFER_MAX = 16 * 1024 * 1024 };

static bool look_up(void *context, struct gw_text field, struct gw_text *ret_value)
{
    (void)field;
    *ret_value = *(const struct gw_text *)context;
    return true;
}

static void render(const struct gw_template *parsed, enum gw_escape escape, struct gw_text value,
                   struct gw_buffer *buffer)
{
    gw_buffer_reset(buffer);
    fuzz_promise(gw_template_render(parsed, escape, look_up, &value, buffer, NULL) == GW_OK);
}

/* Literal text and fields come in their order from the text, and nothing else does. */
static void check_pieces(struct gw_text text, const struct gw_template *parsed)
{
    const char *at = text.ptr;

    for (size_t index = 0; index < parsed->count; index++) {
        struct gw_text piece = parsed->pieces[index].text;

        fuzz_promise(piece.ptr >= at && piece.ptr + piece.len <= text.ptr + text.len);
        fuzz_promise(!parsed->pieces[index].is_field || piece.len > 0);
        at = piece.ptr + piece.len;
    }
}

/* In a JSON string the value is unchanged. */
static void check_json(struct gw_arena *arena, struct gw_text value, struct gw_buffer *buffer)
{
    static struct gw_json_reader *reader;
    struct gw_json_object object = {0};
    struct gw_template parsed;
    const struct gw_json_member *member;

    if (reader == NULL)
        reader = gw_json_reader_new(BUFFER_MAX);
    fuzz_promise(gw_template_parse(arena, gw_text_of("{{\"v\":\"{v}\"}}"), &parsed, NULL) == GW_OK);
    render(&parsed, GW_ESCAPE_JSON, value, buffer);
    fuzz_promise(gw_json_read_object(reader, arena, gw_text_span(buffer->ptr, buffer->len), &object, NULL) == GW_OK);
    member = gw_json_find(&object, "v");
    fuzz_promise(object.count == 1 && member != NULL);
    fuzz_promise(gw_text_equal(member->text, value));
}

/* In a Slack message nothing of it is markup. */
static void check_slack(struct gw_arena *arena, struct gw_text value, struct gw_buffer *buffer)
{
    struct gw_template parsed;

    fuzz_promise(gw_template_parse(arena, gw_text_of("{v}"), &parsed, NULL) == GW_OK);
    render(&parsed, GW_ESCAPE_SLACK, value, buffer);
    fuzz_promise(buffer->len == 0 || memchr(buffer->ptr, '<', buffer->len) == NULL);
    fuzz_promise(buffer->len == 0 || memchr(buffer->ptr, '>', buffer->len) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct gw_arena *arena = gw_arena_new(64 * 1024 * 1024);
    const char *newline = len > 0 ? memchr(bytes, '\n', len) : NULL;
    size_t head = newline != NULL ? (size_t)(newline - (const char *)bytes) : len;
    struct gw_text text = gw_text_span((const char *)bytes, head);
    struct gw_text value = newline != NULL ? gw_text_span(newline + 1, len - head - 1) : gw_text_of("value");
    struct gw_template parsed;
    struct gw_error error = {0};
    struct gw_buffer buffer;
    enum gw_status status;

    fuzz_promise(arena != NULL);
    gw_buffer_init(&buffer, BUFFER_MAX);
    status = gw_template_parse(arena, text, &parsed, &error);
    fuzz_promise(status == GW_OK || (status == GW_INVALID && error.text[0] != '\0'));
    if (status == GW_OK) {
        check_pieces(text, &parsed);
        render(&parsed, GW_ESCAPE_NONE, value, &buffer);
    }
    /* A field's value is text, and has no control characters. */
    if (gw_utf8_is_valid(value.ptr, (size_t)value.len) && !gw_utf8_has_control(value.ptr, (size_t)value.len)) {
        check_json(arena, value, &buffer);
        check_slack(arena, value, &buffer);
    }
    gw_buffer_done(&buffer);
    gw_arena_free(arena);
    return 0;
}
