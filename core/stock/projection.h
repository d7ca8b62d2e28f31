/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What will be left of one product's stock in the course of a turn, if the memory is right and nothing happens but the
 * turn's new batches and its lines: which of the lines will find room. It decides nothing, only what to ask for: a line
 * that it is wrong about costs a further round. Lives in the arena of one attempt.
 */
#ifndef GW_STOCK_PROJECTION_H
#define GW_STOCK_PROJECTION_H

#include "base/arena.h"
#include "stock/entry.h"

#include <stdbool.h>
#include <stdint.h>

struct gw_forecast;

/* As it is remembered. NULL when memory has run out. */
struct gw_forecast *gw_forecast_new(struct gw_arena *arena, const struct gw_remembered_product *remembered);

/* A new batch, behind those that come as early. False when memory has run out. */
bool gw_forecast_add_batch(struct gw_forecast *forecast, int32_t eta, int64_t qty);

/* A line: takes its quantity from the first batch that has room for it. False: none has. */
bool gw_forecast_take(struct gw_forecast *forecast, int64_t qty);

#endif
