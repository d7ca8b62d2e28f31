/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files to read one after the other: first those that log rotation left beside the path, oldest first; then the
 * file at the path; then its successors. Only the first one is being read. Knows nothing of messages. Belongs to one
 * thread.
 */
#ifndef JSONL_READER_INPUTS_H
#define JSONL_READER_INPUTS_H

#include "input.h"
#include "rotation.h"

enum { INPUTS_MAX = ROTATED_MAX + 2 };

struct inputs {
    struct input_origin origin;
    int is_following;
    int is_known; /* a position exists, or this run has read something: then older files without a position have lines
                     to read */
    uint32_t count;
    struct input *items[INPUTS_MAX];
};

void inputs_init(struct inputs *inputs, const struct gw_host *host, const char *path, const char *written,
                 int is_following);
void inputs_done(struct inputs *inputs);

/* Fills an empty queue. OK, possibly without a file when following: wait; END: a finite input has no line; CONFIG,
 * TRANSIENT, NOMEM. */
enum gw_status inputs_find(struct inputs *inputs, struct gw_error *reterr);

/* Adds the successors of the last file: if the path names another file that has a line, its writer has switched; that
 * file is added, and those that were rotated in between. OK, CONFIG, TRANSIENT, NOMEM. */
enum gw_status inputs_find_later(struct inputs *inputs, struct gw_error *reterr);

/* The input with this name that the core knows. NULL: none. */
struct input *inputs_named(const struct inputs *inputs, struct gw_text name);

/* The first input that must be reported to the core: neither it nor another one with its name was reported. NULL: none.
 */
struct input *inputs_unreported(const struct inputs *inputs);

/* Closes the first input. */
void inputs_drop_first(struct inputs *inputs);

#endif
