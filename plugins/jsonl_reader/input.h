/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file or stream that lines come from, and what it is called as a source. Knows nothing of messages and turns.
 * Belongs to one thread.
 */
#ifndef JSONL_READER_INPUT_H
#define JSONL_READER_INPUT_H

#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/port/entrypoint.h>
#include <gangway/text.h>

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum input_state {
    INPUT_FOUND,  /* the core does not know it yet */
    INPUT_OPENED, /* the core knows it, and has still to say from where */
    INPUT_STARTED /* delivers from start_offset */
};

struct input {
    char *path;
    char *name; /* component, path of the entrypoint, hash of the first line */
    int fd;
    int is_stream;  /* a pipe, a terminal: it has no position, and reading it may have to wait */
    int is_rotated; /* lies beside the path that the operator named */
    int is_skipped; /* was there before us: nothing of it is read */
    enum input_state state;
    int64_t start_offset;
    uint64_t start_line;
    struct stat seen; /* when it was opened */
};

/* Whose source it is: the parts of its name, and whether a first line without newline may name it already. */
struct input_origin {
    const struct gw_host *host;
    const char *path;    /* `-`: standard input */
    const char *written; /* the path as the bootstrap file writes it: the source keeps its name when the folder moves */
    int is_growing;      /* what has no newline yet is still being written */
};

/* Opens path, which may lie beside the origin's. OK; END: it has no line yet, so it is no source; PERMANENT: a finite
 * file that is UTF-16 or compressed; CONFIG, TRANSIENT, NOMEM: *reterr says why. */
enum gw_status input_open(const struct input_origin *origin, const char *path, struct input **ret_input,
                          struct gw_error *reterr);

/* NULL is fine. */
void input_free(struct input *input);

/* Checks that what stands before start->offset is what was read there, and counts lines up to it. OK and *ret_line,
 * the number of the line at offset; CONFIG: something else is there; TRANSIENT, CANCELLED. */
enum gw_status input_locate(const struct input *input, const struct gw_host *host, const struct gw_start *start,
                            uint64_t *ret_line, struct gw_error *reterr);

/* Up to len bytes from offset on (of a stream: the next ones); *ret_read 0 at the end. TRANSIENT, CONFIG, NOMEM. */
enum gw_status input_read(const struct input *input, char *bytes, size_t len, int64_t offset, size_t *ret_read,
                          struct gw_error *reterr);

/* How long the file is now. */
enum gw_status input_size(const struct input *input, int64_t *ret_size, struct gw_error *reterr);

/* Where its last complete line ends. */
enum gw_status input_last_line_end(const struct input *input, int64_t *ret_offset, struct gw_error *reterr);

/* The one place that decides what a failed call on path means for the caller, and says it. */
enum gw_status input_fail(struct gw_error *reterr, int os_error, const char *path);

#endif
