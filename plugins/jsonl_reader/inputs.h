/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files to read, one after the other: what log rotation left beside the path, oldest first, then what the path
 * names, then what it names next. Only the first one is being read. Knows nothing of messages. Belongs to one thread.
 */
#ifndef JSONL_READER_INPUTS_H
#define JSONL_READER_INPUTS_H

#include "input.h"
#include "rotation.h"

enum { INPUTS_MAX = ROTATED_MAX + 2 };

struct inputs {
    struct input_origin origin;
    int is_following;
    int is_known; /* a position of ours was there, or we have run: an older file without one has lines to read */
    uint32_t count;
    struct input *items[INPUTS_MAX];
};

void inputs_init(struct inputs *inputs, const struct gw_host *host, const char *path, const char *written,
                 int is_following);
void inputs_done(struct inputs *inputs);

/* Fills empty inputs. OK, maybe with none when following: wait; END: a finite input has no line; CONFIG, TRANSIENT,
 * NOMEM. */
enum gw_status inputs_find(struct inputs *inputs, struct gw_error *reterr);

/* Appends what follows on the last one: when the path names another file that has a line by now, so that its writer
 * has moved on, that file and those that were rotated in between. OK, CONFIG, TRANSIENT, NOMEM. */
enum gw_status inputs_find_later(struct inputs *inputs, struct gw_error *reterr);

/* The one that the core knows by this name; NULL when there is none. */
struct input *inputs_named(const struct inputs *inputs, struct gw_text name);

/* The first one that the core has to be told of: it does not know it, and no other one under its name; NULL: none. */
struct input *inputs_unreported(const struct inputs *inputs);

/* Lets the first one go. */
void inputs_drop_first(struct inputs *inputs);

#endif
