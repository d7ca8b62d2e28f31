/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of the lines: an event as one line of JSON, many of them in one buffer, and what a last line without its
 * newline is. Knows nothing of files; no state but the buffer's.
 */
#ifndef JSONL_WRITER_EVENT_LINE_H
#define JSONL_WRITER_EVENT_LINE_H

#include <gangway/port/publisher.h>
#include <gangway/status.h>
#include <gangway/text.h>

#include <stddef.h>

struct lines {
    char *bytes;
    size_t len;
    size_t capacity;
};

/* Gives the memory back; a cleared struct is fine. */
void lines_done(struct lines *lines);

/* Appends `{"type": "...", "id": "...", <the payload's members>}` and a newline. OK; PERMANENT: the payload is no JSON
 * object, and nothing was appended; NOMEM. */
enum gw_status lines_add(struct lines *lines, const struct gw_publication *publication);

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
