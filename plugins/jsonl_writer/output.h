/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file or stream that lines are appended to. It is opened, reopened after a rotation, and repaired if its last line
 * is incomplete. It is written group by group, and a group completely or not at all. Knows nothing of events except the
 * form of an incomplete line. Belongs to one thread.
 */
#ifndef JSONL_WRITER_OUTPUT_H
#define JSONL_WRITER_OUTPUT_H

#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/text.h>

#include <sys/types.h>

/* The part of a failed group that is still in the file, because the file could not be truncated. */
struct leftover {
    dev_t device;
    ino_t inode;
    off_t start;
    off_t end; /* 0: none; an offset in the file: text behind it is from another writer */
};

struct output {
    const struct gw_host *host;
    const char *path; /* `-`: standard output */
    int fd;           /* -1: closed */
    int is_sync;      /* delivered events must survive a power failure */
    int is_regular;   /* a file that can be truncated; otherwise a stream */
    int may_cut;      /* no other gateway is writing to the file */
    int is_torn;      /* the last line of a stream is incomplete, so the next one begins on a new line */
    struct leftover leftover;
    off_t end; /* where the last group ended; -1: unknown, examine the file */
};

void output_init(struct output *output, const struct gw_host *host, const char *path, int is_sync);
void output_close(struct output *output);

/* Appends a group of whole lines; durably if it is a file. OK: all of it is written. TRANSIENT, CONFIG, CANCELLED:
 * nothing is written; a stream may have accepted a part that ends in an incomplete line, which the next group ends. */
enum gw_status output_append(struct output *output, struct gw_text group, int64_t deadline_ms, struct gw_error *reterr);

/* Checks that the path can be written to. It creates nothing, and opens nothing that could block. */
enum gw_status output_check(const struct output *output, const struct gw_report *report);

#endif
