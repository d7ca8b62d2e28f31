/* SPDX-License-Identifier: Apache-2.0 */
/* The position of each source. One thread at a time. */
#ifndef MEMORY_POSITIONS_H
#define MEMORY_POSITIONS_H

#include "hash.h"
#include "slab.h"
#include "table.h"

#include <gangway/port/repository.h>

struct place {
    struct place *next_place; /* a list of all positions, newest first */
    uint64_t hash;
    uint64_t mark;
    int64_t next;
    uint32_t has_mark;
    uint32_t reserved;
    uint64_t source_len;
    char source[];
};

struct positions {
    struct slab *slab;
    struct hash_key key;
    struct table table;
    struct place *places;
};

void positions_done(struct positions *positions);

/* NULL: the source has no position. */
struct place *positions_find(const struct positions *positions, struct gw_text source);

/* Makes a row, and reserves room for it. Pass it to positions_add or positions_drop. NULL: no memory. */
struct place *positions_new(struct positions *positions, struct gw_text source);
void positions_drop(struct positions *positions, struct place *place);
void positions_add(struct positions *positions, struct place *place);

/* The slots of the port. */
enum gw_status positions_tell(const struct positions *positions, const struct gw_array *sources,
                              const struct gw_position_visitor *visitor);
enum gw_status positions_forget(struct positions *positions, struct gw_text source, struct gw_error *reterr);
enum gw_status positions_set(struct positions *positions, struct gw_text source, int64_t next, struct gw_error *reterr);

#endif
