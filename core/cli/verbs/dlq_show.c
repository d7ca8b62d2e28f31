/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `dlq show`: prints everything that is stored of one dead letter. The text form is safe for a terminal; in JSON the
 * payload is exact.
 */
#include "base/clock.h"
#include "base/text.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/verbs.h"
#include "cli/verbs/dlq.h"
#include "service/dead_letter.h"
#include "service/header_text.h"
#include "service/notice_lines.h"
#include "json/json_writer.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX_BYTES = 1024 * 1024 * 1024, NUMBER_MAX = 24, DIGEST_TEXT_MAX = 2 * GW_DIGEST_BYTES + 1 };

struct showing {
    struct gw_arena *arena;
    struct gw_buffer text;
    bool is_json;
    bool is_found;
};

static bool is_cut(const struct gw_dead_letter *letter)
{
    return (letter->flags & GW_DEAD_NOT_REPLAYABLE) != 0;
}

/* The digest of a payload that was cut, in hexadecimal digits; NULL: the payload is whole. */
static const char *digest_text(const struct gw_dead_letter *letter, char text[DIGEST_TEXT_MAX])
{
    return is_cut(letter) ? sodium_bin2hex(text, DIGEST_TEXT_MAX, letter->digest, sizeof letter->digest) : NULL;
}

/* Headers as they are shown: as they were stored, but without what the core has added, which is shown apart. */
struct shown_headers {
    struct gw_text text;
    struct gw_text arrived_at;
    struct gw_text deliveries;
    uint32_t count;         /* of the events of a notice; 1: there is one, or it is no notice */
    struct gw_array events; /* of struct gw_noticed_event: those that it lists, the first one included */
};

static bool write_text_of(struct gw_arena *arena, const struct gw_array *headers, struct gw_text *ret_text)
{
    struct gw_buffer scratch;
    bool is_done;

    gw_buffer_init(&scratch, TEXT_MAX_BYTES);
    is_done = gw_header_text_write(arena, &scratch, headers, GW_HEADER_LIST, ret_text);
    gw_buffer_done(&scratch);
    return is_done;
}

/* A notice of several events keeps them in its headers. */
static bool show_notice(struct gw_arena *arena, const struct gw_dead_letter *letter, struct shown_headers *ret_shown)
{
    const struct gw_notice_row notice = {.event = {.id = letter->identity,
                                                   .type = letter->type,
                                                   .sku = letter->key,
                                                   .payload = letter->payload,
                                                   .headers = letter->headers},
                                         .count = 1};
    const struct gw_noticed_event *first;

    *ret_shown = (struct shown_headers){.text = letter->headers};
    if (!gw_notice_events_read(arena, &notice, &ret_shown->events, &ret_shown->count))
        return false;
    first = gw_array_at(&ret_shown->events, 0);
    return ret_shown->count <= 1 || write_text_of(arena, &first->headers, &ret_shown->text);
}

static bool show_headers(struct gw_arena *arena, const struct gw_dead_entry *entry, struct shown_headers *ret_shown)
{
    struct gw_dead_headers kept;

    if (entry->kind == GW_DEAD_DELIVERY)
        return show_notice(arena, &entry->letter, ret_shown);
    if (!gw_dead_headers_read(arena, entry->letter.headers, &kept))
        return false;
    *ret_shown = (struct shown_headers){
        .text = entry->letter.headers, .arrived_at = kept.arrived_at, .deliveries = kept.deliveries, .count = 1};
    return kept.arrived_at.len + kept.deliveries.len == 0 || write_text_of(arena, &kept.headers, &ret_shown->text);
}

/* ---- for the eye ---------------------------------------------------------------------------------------------- */

static void append_field(struct gw_buffer *buffer, const char *name, struct gw_text value)
{
    if (value.len == 0)
        return;
    gw_buffer_append_format(buffer, "%-12s ", name);
    gw_buffer_append_terminal(buffer, value.ptr, (size_t)value.len);
    gw_buffer_append_byte(buffer, '\n');
}

static void append_number(struct gw_buffer *buffer, const char *name, int64_t value)
{
    gw_buffer_append_format(buffer, "%-12s %" PRId64 "\n", name, value);
}

/* Of a notice of several events: how many, and those behind the first one that it lists. */
static void append_events(struct gw_buffer *buffer, const struct shown_headers *shown)
{
    if (shown->count > 1)
        append_number(buffer, "events", shown->count);
    for (uint32_t index = 1; shown->count > 1 && index < shown->events.count; index++) {
        const struct gw_noticed_event *event = gw_array_at(&shown->events, index);

        append_field(buffer, "event", event->payload);
    }
}

static void append_origin(struct gw_buffer *buffer, const struct gw_dead_letter *letter,
                          const struct shown_headers *headers)
{
    append_field(buffer, "component", letter->entrypoint);
    append_field(buffer, "source", letter->source);
    if (letter->offset != GW_OFFSET_NONE)
        append_number(buffer, "offset", letter->offset);
    if (letter->line > 0)
        append_number(buffer, "line", (int64_t)letter->line);
    append_field(buffer, "identity", letter->identity);
    append_field(buffer, "type", letter->type);
    append_field(buffer, "key", letter->key);
    append_field(buffer, "arrived", headers->arrived_at);
    append_field(buffer, "deliveries", headers->deliveries);
    append_field(buffer, "headers", headers->text);
}

static void append_plain(struct gw_buffer *buffer, const struct gw_dead_entry *entry,
                         const struct shown_headers *headers)
{
    const struct gw_dead_letter *letter = &entry->letter;
    char received[GW_CLOCK_TEXT_MAX];
    char digest[DIGEST_TEXT_MAX];

    gw_clock_format(entry->unix_ms, received);
    append_number(buffer, "id", entry->id);
    append_field(buffer, "kind", gw_text_of(gw_dlq_kind_word(entry->kind)));
    append_field(buffer, "received", gw_text_of(received));
    append_number(buffer, "replays", entry->replays);
    append_field(buffer, "reason", letter->reason);
    append_origin(buffer, letter, headers);
    append_field(buffer, "recipient", entry->recipient);
    append_number(buffer, "bytes", (int64_t)letter->full_len);
    append_field(buffer, "digest", gw_text_of(digest_text(letter, digest)));
    if (is_cut(letter))
        gw_buffer_append_format(buffer, "%-12s no: only the first %" PRIu64 " bytes were kept\n", "replayable",
                                letter->payload.len);
    append_field(buffer, "payload", letter->payload);
    append_events(buffer, headers);
}

/* ---- as JSON -------------------------------------------------------------------------------------------------- */

static void write_text(struct gw_json_writer *writer, const char *key, struct gw_text value)
{
    gw_json_write_key(writer, key);
    if (value.len > 0)
        gw_json_write_text(writer, value);
    else
        gw_json_write_string(writer, NULL);
}

static void write_number(struct gw_json_writer *writer, const char *key, int64_t value, int64_t nothing)
{
    gw_json_write_key(writer, key);
    if (value != nothing)
        gw_json_write_int(writer, value);
    else
        gw_json_write_string(writer, NULL);
}

/* Exact: as a string where it is UTF-8, else as base64. */
static void write_payload(struct gw_json_writer *writer, struct gw_text payload)
{
    bool is_text = gw_utf8_is_valid(payload.ptr, (size_t)payload.len);
    size_t size = sodium_base64_encoded_len((size_t)payload.len, sodium_base64_VARIANT_ORIGINAL);
    char *encoded = is_text ? NULL : malloc(size);

    gw_json_write_key(writer, "payload_encoding");
    gw_json_write_string(writer, is_text ? "utf-8" : "base64");
    gw_json_write_key(writer, "payload");
    if (is_text)
        gw_json_write_text(writer, payload);
    else if (encoded != NULL)
        gw_json_write_string(writer, sodium_bin2base64(encoded, size, (const unsigned char *)payload.ptr,
                                                       (size_t)payload.len, sodium_base64_VARIANT_ORIGINAL));
    else
        writer->buffer->has_failed = true;
    free(encoded);
}

/* The text is JSON. */
static void write_headers(struct gw_json_writer *writer, struct gw_text headers)
{
    char *copy = strndup(headers.len > 0 ? headers.ptr : "[]", headers.len > 0 ? (size_t)headers.len : 2);

    gw_json_write_key(writer, "headers");
    if (copy != NULL)
        gw_json_write_raw(writer, copy);
    else
        writer->buffer->has_failed = true;
    free(copy);
}

/* As a number; null when it is unknown. */
static void write_deliveries(struct gw_json_writer *writer, struct gw_text deliveries)
{
    char text[NUMBER_MAX];

    (void)snprintf(text, sizeof text, "%.*s", (int)deliveries.len, deliveries.len > 0 ? deliveries.ptr : "");
    write_number(writer, "deliveries", strtoll(text, NULL, 10), 0);
}

/* Null for what is no notice of several events. */
static void write_events(struct gw_json_writer *writer, const struct shown_headers *shown)
{
    write_number(writer, "count", shown->count, 1);
    if (shown->count <= 1) {
        write_text(writer, "events", gw_text_of(""));
        return;
    }
    gw_json_write_key(writer, "events");
    gw_json_write_open(writer, '[');
    for (uint32_t index = 0; index < shown->events.count; index++) {
        const struct gw_noticed_event *event = gw_array_at(&shown->events, index);

        gw_json_write_open(writer, '{');
        write_text(writer, "identity", event->id);
        write_text(writer, "type", event->type);
        write_text(writer, "payload", event->payload);
        gw_json_write_close(writer, '}');
    }
    gw_json_write_close(writer, ']');
}

static void write_letter(struct gw_json_writer *writer, const struct gw_dead_letter *letter,
                         const struct shown_headers *headers)
{
    char digest[DIGEST_TEXT_MAX];

    write_text(writer, "reason", letter->reason);
    write_text(writer, "entrypoint", letter->entrypoint);
    write_text(writer, "source", letter->source);
    write_number(writer, "offset", letter->offset, GW_OFFSET_NONE);
    write_number(writer, "line", (int64_t)letter->line, 0);
    write_text(writer, "identity", letter->identity);
    write_text(writer, "type", letter->type);
    write_text(writer, "key", letter->key);
    write_text(writer, "arrived_at", headers->arrived_at);
    write_deliveries(writer, headers->deliveries);
    write_headers(writer, headers->text);
    write_events(writer, headers);
    write_number(writer, "bytes", (int64_t)letter->full_len, -1);
    write_text(writer, "digest", gw_text_of(digest_text(letter, digest)));
    gw_json_write_key(writer, "replayable");
    gw_json_write_bool(writer, !is_cut(letter));
    write_payload(writer, letter->payload);
}

static void append_json(struct gw_buffer *buffer, const struct gw_dead_entry *entry,
                        const struct shown_headers *headers)
{
    struct gw_json_writer writer;
    char received[GW_CLOCK_TEXT_MAX];

    gw_clock_format(entry->unix_ms, received);
    gw_json_writer_init(&writer, buffer, 2);
    gw_json_write_open(&writer, '[');
    gw_json_write_open(&writer, '{');
    write_number(&writer, "id", entry->id, 0);
    write_text(&writer, "kind", gw_text_of(gw_dlq_kind_word(entry->kind)));
    write_text(&writer, "received_at", gw_text_of(received));
    write_number(&writer, "replays", entry->replays, -1);
    write_text(&writer, "recipient", entry->recipient);
    write_letter(&writer, &entry->letter, headers);
    gw_json_write_close(&writer, '}');
    gw_json_write_close(&writer, ']');
}

/* ---- the verb ------------------------------------------------------------------------------------------------- */

static enum gw_status on_entry(void *context, const struct gw_dead_entry *entry)
{
    struct showing *showing = context;
    struct shown_headers headers;

    showing->is_found = true;
    if (!show_headers(showing->arena, entry, &headers))
        return GW_NOMEM;
    if (showing->is_json)
        append_json(&showing->text, entry, &headers);
    else
        append_plain(&showing->text, entry, &headers);
    return showing->text.has_failed ? GW_NOMEM : GW_OK;
}

static int show(struct gw_dlq *dlq)
{
    const struct gw_command_line *line = dlq->offline.line;
    struct showing showing = {.arena = dlq->offline.arena, .is_json = line->format == GW_FORMAT_JSON};
    struct gw_dead_visitor visitor = {.size = sizeof visitor, .context = &showing, .entry = on_entry};
    struct gw_dead_filter filter = gw_dlq_filter_ids(dlq->ids, dlq->id_count);
    struct gw_error error = {0};
    int exit_status = GW_EXIT_DONE;
    enum gw_status status;

    gw_buffer_init(&showing.text, TEXT_MAX_BYTES);
    status = dlq->offline.repository->dead_list(dlq->offline.session, &filter, &visitor, &error);
    if (status == GW_NOMEM)
        exit_status = gw_complain_memory(line);
    else if (status != GW_OK)
        exit_status = gw_offline_complain(&dlq->offline, &error);
    else if (!showing.is_found)
        exit_status = gw_complain(line, "there is no dead letter %" PRId64, dlq->ids[0]);
    else
        (void)fwrite(showing.text.ptr, 1, showing.text.len, stdout);
    gw_buffer_done(&showing.text);
    return exit_status;
}

int gw_verb_dlq_show(const struct gw_command_line *line)
{
    return gw_dlq_run(line, show);
}
