/* SPDX-License-Identifier: Apache-2.0 */
/* The headers of a message, a line each, NAME=VALUE: what effects carry on is JSON of printable ASCII and bounded; and
 * any bytes as the text that the repository keeps of headers, and for a terminal. */
#include "fuzz.h"

#include "base/buffer.h"
#include "base/text.h"
#include "header_lines.h"
#include "service/cloud_event.h"
#include "service/dead_letter.h"
#include "service/header_text.h"
#include "service/trace_context.h"
#include "json/json.h"

#include <string.h>

enum { CARRIED_MAX = 2 * GW_TRACESTATE_MAX_BYTES + 256, TERMINAL_MAX = 64 * 1024 * 1024, TEXT_MAX = 16 * 1024 * 1024 };

/* Text of headers, and that it is read as what was written: as many headers, which give the same text again. */
static struct gw_text check_text(struct gw_arena *arena, const struct gw_array *headers, enum gw_header_form form)
{
    static struct gw_buffer scratch;
    struct gw_array read;
    struct gw_text text, again;

    if (scratch.max == 0)
        gw_buffer_init(&scratch, TEXT_MAX);
    fuzz_promise(gw_header_text_write(arena, &scratch, headers, form, &text));
    fuzz_promise(gw_header_text_read(arena, text, &read) && read.count == headers->count);
    fuzz_promise(gw_header_text_write(arena, &scratch, &read, form, &again) && gw_text_equal(text, again));
    return text;
}

static void check_trace(struct gw_arena *arena, const struct gw_array *headers)
{
    static struct gw_json_reader *reader;
    struct gw_json_object object = {0};
    struct gw_array context;
    struct gw_text carried;

    if (reader == NULL)
        reader = gw_json_reader_new(1024 * 1024);
    fuzz_promise(gw_trace_context_extract(arena, headers, &context));
    carried = check_text(arena, &context, GW_HEADER_OBJECT);
    fuzz_promise(carried.len <= CARRIED_MAX && (carried.len == 0) == (context.count == 0));
    if (carried.len == 0)
        return;
    fuzz_promise(gw_json_read_object(reader, arena, carried, &object, NULL) == GW_OK);
    fuzz_promise(object.count == context.count && gw_json_find(&object, "traceparent") != NULL);
    for (size_t index = 0; index < object.count; index++)
        for (uint64_t at = 0; at < object.members[index].text.len; at++)
            fuzz_promise(object.members[index].text.ptr[at] == '\t' ||
                         (object.members[index].text.ptr[at] >= ' ' && object.members[index].text.ptr[at] <= '~'));
}

static void check_terminal(struct gw_text text)
{
    struct gw_buffer buffer;

    gw_buffer_init(&buffer, TERMINAL_MAX);
    gw_buffer_append_terminal(&buffer, text.ptr, (size_t)text.len);
    fuzz_promise(gw_utf8_is_valid(buffer.ptr, buffer.len) && !gw_utf8_has_control(buffer.ptr, buffer.len));
    for (size_t at = 0; at < buffer.len;) {
        size_t size = gw_utf8_sequence(buffer.ptr + at, buffer.len - at);

        fuzz_promise(!gw_code_point_is_invisible(gw_utf8_code_point(buffer.ptr + at, size)));
        at += size;
    }
    gw_buffer_done(&buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct gw_arena *arena = gw_arena_new(64 * 1024 * 1024);
    struct gw_text text = gw_text_span((const char *)bytes, len);
    struct gw_header items[HEADER_LINES_MAX];
    struct gw_array headers = {items, header_lines_read(text, items), sizeof items[0]};
    struct gw_dead_headers read;
    struct gw_event_headers decisive;

    fuzz_promise(arena != NULL);
    gw_event_headers_read(&headers, &decisive);
    (void)gw_event_headers_repeated(&decisive, true, true);
    fuzz_promise(gw_event_headers_identity(&decisive).id.len <= len && gw_event_headers_type(&decisive).len <= len);
    check_trace(arena, &headers);
    (void)check_text(arena, &headers, GW_HEADER_LIST);
    if (gw_dead_headers_read(arena, text, &read)) {
        check_trace(arena, &read.headers);
        (void)check_text(arena, &read.headers, GW_HEADER_LIST);
    }
    check_terminal(text);
    gw_arena_free(arena);
    return 0;
}
