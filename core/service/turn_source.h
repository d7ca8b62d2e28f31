/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ordered sources of a turn's messages and their positions: where each stands, how far an attempt reads it, and the
 * position changes of the attempt's changeset.
 */
#ifndef GW_SERVICE_TURN_SOURCE_H
#define GW_SERVICE_TURN_SOURCE_H

#include "base/arena.h"
#include "service/changeset.h"

#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An ordered source and where it stands. Owned by the worker; the turn moves it when a commit says so. */
struct gw_turn_source {
    struct gw_text name;
    int64_t position; /* what the repository has */
    int64_t next;     /* the turn's own from here on: where the attempt ends */
    uint64_t mark;
    size_t slot; /* among the sources of the attempt, if it is there at all */
};

/* The sources that an attempt moves. At first all is 0 but the arena, which is the attempt's. */
struct gw_turn_sources {
    struct gw_arena *arena;
    struct gw_turn_source **sources;
    size_t count, capacity;
};

/* Adds a source that is not among them. False when memory has run out. */
bool gw_turn_sources_add(struct gw_turn_sources *moved, struct gw_turn_source *source);

/* Remembers how far the attempt goes in a source; for each message, so inline. False when memory has run out. */
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

/* Adds a position change for each source. False when memory has run out. */
bool gw_turn_sources_add_changes(const struct gw_turn_sources *moved, struct gw_changes *changes);

/* After the commit: each source is at the position where the attempt ended. */
void gw_turn_sources_move(const struct gw_turn_sources *moved);

#endif
