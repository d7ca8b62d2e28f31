/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of the lines: writes an event as one line of JSON, many of them into one buffer, and classifies a last line
 * without a newline. Knows nothing of files; no state except the buffer.
 */
#ifndef JSONL_WRITER_EVENT_LINE_H
#define JSONL_WRITER_EVENT_LINE_H

#include <gangway/port/publisher.h>
#include <gangway/sdk/buffer.h>
#include <gangway/text.h>

#include <stdbool.h>

/* Appends `{"type": "...", "id": "...", <the payload's members>}` and a newline. False: the payload is no JSON object,
 * and nothing was appended. */
bool event_line_append(struct gw_buffer *lines, const struct gw_publication *publication);

/* The text behind the last newline of a file. */
enum tail {
    TAIL_EMPTY,    /* empty: the file ends with a newline */
    TAIL_COMPLETE, /* an event that lacks only its newline */
    TAIL_TORN,     /* the beginning of a line that lines_add writes */
    TAIL_FOREIGN   /* a text that this plugin does not write */
};

/* Classifies the bytes behind the last newline. */
enum tail tail_of(struct gw_text text);

#endif
