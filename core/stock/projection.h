/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A projection of one product's stock over the commands of a turn, from its cached batches, the new batches of the turn
 * and its lines: it predicts which lines will find room. It only decides what to load, so a wrong projection costs one
 * more round and nothing else. Lives in the arena of one attempt.
 */
#ifndef GW_STOCK_PROJECTION_H
#define GW_STOCK_PROJECTION_H

#include "base/arena.h"
#include "stock/entry.h"

#include <stdbool.h>
#include <stdint.h>

struct gw_projection;

/* Creates a projection from a cached product. NULL: no memory. */
struct gw_projection *gw_projection_new(struct gw_arena *arena, const struct gw_entry *entry);

/* Adds a new batch behind those with the same ETA. False: no memory. */
bool gw_projection_add_batch(struct gw_projection *projection, int32_t eta, int64_t qty);

/* Takes the quantity of a line from the first batch that has room for it. False: no batch has. */
bool gw_projection_take(struct gw_projection *projection, int64_t qty);

#endif
