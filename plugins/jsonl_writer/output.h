/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file or stream that lines are appended to: opened, reopened after a rotation, repaired when its last line is
 * torn, written to group by group, a group whole or not at all. Knows nothing of events but what a torn line looks
 * like. Belongs to one thread.
 */
#ifndef JSONL_WRITER_OUTPUT_H
#define JSONL_WRITER_OUTPUT_H

#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/text.h>

#include <sys/types.h>

/* What is still in a file of a group that failed, because the file could not be cut. */
struct leftover {
    dev_t device;
    ino_t inode;
    off_t start;
    off_t end; /* 0: nothing; of the file: whatever is behind it is somebody else's */
};

struct output {
    const struct gw_host *host;
    const char *path; /* `-`: standard output */
    int fd;           /* -1: closed */
    int is_sync;      /* the operator wants what is sent to survive a power cut */
    int is_regular;   /* a file with a size, which can be cut; else a stream */
    int may_cut;      /* no other gateway writes to the file meanwhile */
    int is_torn;      /* a stream's last line was cut short: the next one begins on a line of its own */
    struct leftover leftover;
    off_t end; /* where our last group ended; -1: look at what is there */
};

void output_init(struct output *output, const struct gw_host *host, const char *path, int is_sync);
void output_close(struct output *output);

/* Appends a group of whole lines, durably where it is a file. OK: all of it is there. TRANSIENT, CONFIG, CANCELLED:
 * none of it is, or, where a stream took a part, that part ends in a torn line, which the next group ends. */
enum gw_status output_append(struct output *output, struct gw_text group, int64_t deadline_ms, struct gw_error *reterr);

/* Whether it can be written to, without creating or opening anything that could be waited for. */
enum gw_status output_check(const struct output *output, const struct gw_report *report);

#endif
