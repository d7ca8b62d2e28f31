/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: which effects of a changeset are stored together, for a repository that keeps the events of one turn
 * for one destination in blocks (repository_queues.h).
 *
 * A block holds effects of one destination in their order, without a gap: at most GW_BLOCK_EVENTS of them, and at most
 * GW_BLOCK_BYTES of their texts unless one alone is longer. The next effect of the destination begins another block.
 *
 * Life cycle
 *
 *     struct gw_effect_blocks blocks;
 *
 *     status = gw_effect_blocks_make(set, &blocks, reterr);
 *     for (uint32_t i = 0; i < blocks.count; i++)                     // in the order of their first effects
 *         for (uint32_t at = blocks.items[i].first, k = 0; k < blocks.items[i].count; at = blocks.next[at], k++)
 *             store(gw_array_at(&set->effects, at));
 *     gw_effect_blocks_done(&blocks);
 *
 * Ownership: the struct owns its arrays and borrows nothing after gw_effect_blocks_make.
 *
 * No state, any thread. The cost is the number of effects times the number of destinations.
 */
#ifndef GANGWAY_SDK_EFFECT_BLOCKS_H
#define GANGWAY_SDK_EFFECT_BLOCKS_H

#include <gangway/error.h>
#include <gangway/port/repository_apply.h>
#include <gangway/status.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { GW_BLOCK_EVENTS = 1000, GW_BLOCK_BYTES = 1024 * 1024 };

/* A block: effect `first` and those that follow it for the same destination. */
struct gw_effect_block {
    uint32_t first; /* index of the effect; the block's number is first_effect + first, its stamp set->stamp + first */
    uint32_t count;
    uint32_t last;  /* index of its last effect */
    uint32_t bytes; /* of its texts */
};

struct gw_effect_blocks {
    struct gw_effect_block *items;
    uint32_t *next; /* per effect: the index of the next one of its block; of the last one undefined */
    uint32_t count;
    uint32_t reserved;
    size_t capacity;
};

/* Divides the effects of a changeset that was checked (changeset.h). OK; NOMEM: there is nothing to free. */
enum gw_status gw_effect_blocks_make(const struct gw_changeset *set, struct gw_effect_blocks *ret_blocks,
                                     struct gw_error *reterr);

/* Frees the arrays. A struct that is all zeros is allowed. */
void gw_effect_blocks_done(struct gw_effect_blocks *blocks);

#ifdef __cplusplus
}
#endif

#endif
