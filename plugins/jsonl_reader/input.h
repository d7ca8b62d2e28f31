/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file or stream with lines, and its name as a source. Knows nothing of messages and turns. Belongs to one thread.
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
    INPUT_OPENED, /* reported to the core, which has not said yet where to start */
    INPUT_STARTED /* delivers from start_offset */
};

struct input {
    char *path;
    char *name; /* the component, the path of the entrypoint, and a hash of the first line */
    int fd;
    int is_stream;  /* a pipe or a terminal: it has no position, and reading may have to wait */
    int is_rotated; /* a rotated file beside the configured path */
    int is_skipped; /* it is older than this source, so nothing of it is read */
    enum input_state state;
    int64_t start_offset;
    uint64_t start_line;
    struct stat seen; /* the file when it was opened */
};

/* The parts of a source's name, and whether a first line without a newline is enough to name it. */
struct input_origin {
    const struct gw_host *host;
    const char *path;    /* `-`: standard input */
    const char *written; /* as in the bootstrap file: the name of the source does not change when the folder moves */
    int is_growing;      /* text without a newline is still being written */
};

/* Opens path, which may be beside the path of origin. OK; END: the file has no line yet, so it is not a source;
 * PERMANENT: a finite file is UTF-16 or compressed; CONFIG, TRANSIENT, NOMEM: see *reterr. */
enum gw_status input_open(const struct input_origin *origin, const char *path, struct input **ret_input,
                          struct gw_error *reterr);

/* NULL is allowed. */
void input_free(struct input *input);

/* Checks that the line before start->offset is the one that was read there, and counts the lines up to it. OK and
 * *ret_line, the number of the line at offset; CONFIG: another text is there; TRANSIENT, CANCELLED. */
enum gw_status input_locate(const struct input *input, const struct gw_host *host, const struct gw_start *start,
                            uint64_t *ret_line, struct gw_error *reterr);

/* Reads up to len bytes from offset on (of a stream: the next ones). *ret_read is 0 at the end. OK, TRANSIENT, CONFIG,
 * NOMEM. */
enum gw_status input_read(const struct input *input, char *bytes, size_t len, int64_t offset, size_t *ret_read,
                          struct gw_error *reterr);

/* The current size of the file. */
enum gw_status input_size(const struct input *input, int64_t *ret_size, struct gw_error *reterr);

/* The offset behind its last complete line. */
enum gw_status input_last_line_end(const struct input *input, int64_t *ret_offset, struct gw_error *reterr);

/* Translates a failed system call on path to a status, and writes the text. Only this function decides the status. */
enum gw_status input_fail(struct gw_error *reterr, int os_error, const char *path);

#endif
