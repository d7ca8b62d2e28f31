/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the changeset of an attempt: the products that were read or changed, and the batches and lines that changed,
 * in the order that the repository port requires. Lives in the attempt's arena.
 */
#ifndef GW_SERVICE_CHANGESET_H
#define GW_SERVICE_CHANGESET_H

#include "base/arena.h"
#include "service/identity_map.h"

#include <gangway/port/repository.h>

#include <stdbool.h>
#include <stddef.h>

/* An effect before the changeset is built: an outbox row without the index of its product. */
struct gw_effect_draft {
    struct gw_text destination;
    struct gw_text recipient;
    struct gw_text id;
    struct gw_text type;
    struct gw_text payload;
    struct gw_text headers;
};

/* A line at the time of its allocation. It may have been allocated again since. */
struct gw_allocated_line {
    const struct gw_tracked *product;
    const struct gw_held_line *line;
    int64_t seq;
};

/* What was recorded while the commands were handled. Each array grows in the arena. Texts are borrowed as long as it
 * lives. */
struct gw_changes {
    struct gw_arena *arena;
    struct gw_allocated_line *lines; /* in the order of allocation, over all products */
    size_t line_count, line_capacity;
    struct gw_effect *effects; /* in the order of the events */
    const struct gw_tracked **effect_products;
    size_t effect_count, effect_capacity, effect_product_capacity;
    struct gw_position_change *positions;
    size_t position_count, position_capacity;
    struct gw_id_change *ids;
    size_t id_count, id_capacity;
    struct gw_dead_letter *dead_letters;
    size_t dead_letter_count, dead_letter_capacity;
    struct gw_dead_change *dead_changes;
    size_t dead_change_count, dead_change_capacity;
};

/* Each adds one item: a line that was just allocated, an outbox row about the last event of a product, and so on.
 * False: no memory. */
bool gw_changes_add_line(struct gw_changes *changes, const struct gw_tracked *product, const struct gw_held_line *line);
bool gw_changes_add_effect(struct gw_changes *changes, const struct gw_tracked *product,
                           const struct gw_effect_draft *draft);
bool gw_changes_add_position(struct gw_changes *changes, const struct gw_position_change *change);
bool gw_changes_add_id(struct gw_changes *changes, const struct gw_id_change *change);
bool gw_changes_add_dead_letter(struct gw_changes *changes, const struct gw_dead_letter *letter);
bool gw_changes_add_dead_change(struct gw_changes *changes, const struct gw_dead_change *change);

/* Builds the whole changeset except its stamp. Its arrays are in the arena. False: no memory. */
bool gw_changes_build(struct gw_changes *changes, struct gw_identity_map *map, struct gw_changeset *ret_changeset);

#endif
