/* SPDX-License-Identifier: Apache-2.0 */
/* The sources that an attempt at a turn moves, each once, and their position changes. */
#include "service/turn_source.h"

#include "base/vector.h"

bool gw_turn_sources_add(struct gw_turn_sources *moved, struct gw_turn_source *source)
{
    struct gw_turn_source **sources =
        gw_vector_grow(moved->arena, moved->sources, moved->count, &moved->capacity, sizeof *sources);

    if (sources == NULL)
        return false;
    moved->sources = sources;
    source->slot = moved->count;
    moved->sources[moved->count++] = source;
    return true;
}

bool gw_turn_sources_add_changes(const struct gw_turn_sources *moved, struct gw_changes *changes)
{
    for (size_t index = 0; index < moved->count; index++) {
        const struct gw_turn_source *source = moved->sources[index];
        struct gw_position_change change = {.source = source->name,
                                            .expected = source->position,
                                            .next = source->next,
                                            .mark = source->mark,
                                            .has_mark = 1};

        if (!gw_changes_add_position(changes, &change))
            return false;
    }
    return true;
}

void gw_turn_sources_move(const struct gw_turn_sources *moved)
{
    for (size_t index = 0; index < moved->count; index++)
        moved->sources[index]->position = moved->sources[index]->next;
}
