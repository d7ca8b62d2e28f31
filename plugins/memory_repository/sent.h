/* SPDX-License-Identifier: Apache-2.0 */
/* Sent notices: a list in the order of their times, then of their numbers. They come in that order unless the clock was
 * set back. One thread at a time. */
#ifndef MEMORY_SENT_H
#define MEMORY_SENT_H

#include "hash.h"
#include "slab.h"
#include "table.h"

#include <gangway/port/repository.h>

struct outbox_row; /* outbox.h */

struct sent {
    struct sent *before;
    struct sent *after;           /* in the list, or in a list of those that are not added yet */
    struct gw_sent_notice notice; /* its texts are in texts */
    struct gw_text key;           /* of the group; empty: none */
    uint64_t hash;                /* of destination, recipient and key */
    uint64_t bytes;               /* of this struct with the texts */
    char texts[];
};

struct sent_notices {
    struct slab *slab;
    struct hash_key hash_key;
    struct table grouped; /* those with a key */
    uint64_t arriving;    /* number of those with a key that are not added yet */
    struct sent *oldest;
    struct sent *newest;
};

void sent_done(struct sent_notices *all);

/* Makes one of a pending notice that was delivered now. Pass it to sent_add or sent_drop. NULL: no memory. */
struct sent *sent_new(struct sent_notices *all, const struct outbox_row *row, struct gw_text answer, int64_t now_ms);
void sent_add(struct sent_notices *all, struct sent *sent);
void sent_drop(struct sent_notices *all, struct sent *sent);

/* When the last notice with the destination and recipient of this row and with this key was sent, if not before
 * since_ms; otherwise 0. */
int64_t sent_last_ms(const struct sent_notices *all, const struct gw_outbox_row *row, struct gw_text key,
                     int64_t since_ms);

/* The slots of the port. */
enum gw_status sent_tell(const struct sent_notices *all, const struct gw_sent_look *look,
                         const struct gw_sent_visitor *visitor, int64_t now_ms);
enum gw_status sent_tell_last_answer(const struct sent_notices *all, const struct gw_outbox_row *row,
                                     struct gw_text key, const struct gw_answer_visitor *visitor);
uint32_t sent_expire(struct sent_notices *all, int64_t keep_ms, uint32_t limit, int64_t now_ms);
uint32_t sent_forget(struct sent_notices *all, struct gw_text recipient, uint32_t limit);

#endif
