/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of the lines: an event as one line of JSON, many of them in one buffer, and what a last line without its
 * newline is. Knows nothing of files; no state but the buffer's.
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

/* What stands behind the last newline of a file. */
enum tail {
    TAIL_EMPTY,    /* nothing: the file ends as it should */
    TAIL_COMPLETE, /* an event that lacks only its newline */
    TAIL_TORN,     /* the beginning of a line that lines_add makes */
    TAIL_FOREIGN   /* something that we did not write */
};

/* Judges the bytes behind the last newline. */
enum tail tail_of(struct gw_text text);

#endif
