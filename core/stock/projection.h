/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A projection of one product's stock over the commands of a turn, from its cached batches, the turn's new batches and
 * its lines: which of the lines will find room. It only decides what to load: a wrong projection costs one more round.
 * Lives in the arena of one attempt.
 */
#ifndef GW_STOCK_PROJECTION_H
#define GW_STOCK_PROJECTION_H

#include "base/arena.h"
#include "stock/entry.h"

#include <stdbool.h>
#include <stdint.h>

struct gw_projection;

/* From a cached product. NULL when memory has run out. */
struct gw_projection *gw_projection_new(struct gw_arena *arena, const struct gw_entry *entry);

/* A new batch, behind those that come as early. False when memory has run out. */
bool gw_projection_add_batch(struct gw_projection *projection, int32_t eta, int64_t qty);

/* A line: takes its quantity from the first batch that has room for it. False: none has. */
bool gw_projection_take(struct gw_projection *projection, int64_t qty);

#endif
