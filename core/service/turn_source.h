/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ordered sources of a turn's messages: the position of each, how far an attempt reads it, and the position changes
 * of the attempt's changeset.
 */
#ifndef GW_SERVICE_TURN_SOURCE_H
#define GW_SERVICE_TURN_SOURCE_H

#include "base/arena.h"
#include "service/changeset.h"

#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An ordered source and its position. It belongs to the worker; the turn moves the position when a commit succeeds. */
struct gw_turn_source {
    struct gw_text name;
    int64_t position; /* as stored in the repository */
    int64_t next;     /* used by the turn from here on: where the attempt ends */
    uint64_t mark;
    size_t slot; /* its index among the sources of the attempt */
};

/* The sources that an attempt moves. It begins as zero except for the arena, which is that of the attempt. */
struct gw_turn_sources {
    struct gw_arena *arena;
    struct gw_turn_source **sources;
    size_t count, capacity;
};

/* Adds a source that is not in the list yet. False: no memory. */
bool gw_turn_sources_add(struct gw_turn_sources *moved, struct gw_turn_source *source);

/* Records the position that the attempt reaches in a source. Inline, because it runs for each message. False: no
 * memory.
 */
static inline bool gw_turn_sources_note(struct gw_turn_sources *moved, struct gw_turn_source *source, int64_t next,
                                        uint64_t mark)
{
    bool is_moving = source->slot < moved->count && moved->sources[source->slot] == source;

    if (!is_moving && !gw_turn_sources_add(moved, source))
        return false;
    source->next = next;
    source->mark = mark;
    return true;
}

/* Adds a position change for each source. False: no memory. */
bool gw_turn_sources_add_changes(const struct gw_turn_sources *moved, struct gw_changes *changes);

/* Call it after the commit: moves each source to the position where the attempt ended. */
void gw_turn_sources_move(const struct gw_turn_sources *moved);

#endif
