/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters, in the order of their ids, which never repeat. One thread at a time. */
#ifndef MEMORY_DEAD_LETTERS_H
#define MEMORY_DEAD_LETTERS_H

#include "slab.h"
#include "table.h"

#include <gangway/port/repository.h>

struct dead {
    struct dead *before; /* in the order of ids */
    struct dead *after;
    struct gw_dead_entry entry; /* its texts are in texts, except the reason, which has memory of its own */
    uint64_t bytes;             /* of the row with its texts */
    uint32_t is_replayed;       /* a changeset that is being checked replays it */
    uint32_t reserved;
    char texts[];
};

struct dead_letters {
    struct slab *slab;
    struct table table;
    struct dead *oldest;
    struct dead *newest;
    int64_t next_id;
};

void dead_done(struct dead_letters *letters);

/* Makes a row without an id. Pass it to dead_add or dead_drop. Reserve room in the table for it first. NULL: no memory.
 */
struct dead *dead_new(struct dead_letters *letters, const struct gw_dead_entry *entry);
void dead_drop(struct dead_letters *letters, struct dead *dead);
void dead_add(struct dead_letters *letters, struct dead *dead);

/* NULL: there is no such dead letter. */
struct dead *dead_find(const struct dead_letters *letters, int64_t id);
void dead_remove(struct dead_letters *letters, struct dead *dead);

/* Copies a reason. Pass it to dead_replay or slab_give. NULL: no memory. */
char *dead_new_reason(struct dead_letters *letters, struct gw_text reason);

/* Counts one more failed replay, with this reason. */
void dead_replay(struct dead_letters *letters, struct dead *dead, char *reason, uint64_t reason_len);

/* The slots of the port. */
enum gw_status dead_tell(const struct dead_letters *letters, const struct gw_dead_filter *filter,
                         const struct gw_dead_visitor *visitor);
uint32_t dead_discard(struct dead_letters *letters, const struct gw_array *ids);

#endif
