/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters, in the order of their ids, which never repeat. One thread at a time. */
#ifndef MEMORY_DEAD_LETTERS_H
#define MEMORY_DEAD_LETTERS_H

#include "slab.h"
#include "table.h"

#include <gangway/port/repository.h>

struct dead {
    struct dead *before; /* by id */
    struct dead *after;
    struct gw_dead_entry entry; /* its texts are in texts, but for the reason, which has a piece of its own */
    uint64_t bytes;             /* of the row with its texts */
    uint32_t is_replayed;       /* a changeset that is being checked names it */
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

/* A row without an id that dead_add takes later, or dead_drop. Reserve room in the table for it. NULL: no memory. */
struct dead *dead_new(struct dead_letters *letters, const struct gw_dead_entry *entry);
void dead_drop(struct dead_letters *letters, struct dead *dead);
void dead_add(struct dead_letters *letters, struct dead *dead);

/* NULL: there is none. */
struct dead *dead_find(const struct dead_letters *letters, int64_t id);
void dead_remove(struct dead_letters *letters, struct dead *dead);

/* A copy of a reason in a piece that dead_replay takes later, or slab_give. NULL: no memory. */
char *dead_new_reason(struct dead_letters *letters, struct gw_text reason);

/* Counts one more replay in vain, for this reason. */
void dead_replay(struct dead_letters *letters, struct dead *dead, char *reason, uint64_t reason_len);

/* The slots of the port. */
enum gw_status dead_tell(const struct dead_letters *letters, const struct gw_dead_filter *filter,
                         const struct gw_dead_visitor *visitor);
uint32_t dead_discard(struct dead_letters *letters, const struct gw_array *ids);

#endif
