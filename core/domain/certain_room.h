/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How complete the loaded batches of a product are, for the product cache. The operations of a product do not need it.
 */
#ifndef GW_DOMAIN_CERTAIN_ROOM_H
#define GW_DOMAIN_CERTAIN_ROOM_H

#include "domain/product.h"

#include <stdbool.h>
#include <stdint.h>

/* Visits a loaded batch. certain_room: every earlier batch with at least this room is loaded, too; INT64_MAX: this is
 * known for no room. False ends the walk. */
typedef bool gw_batch_visit_fn(void *context, const struct gw_batch *batch, int64_t certain_room);

/* Visits every loaded batch, in the order of rule 2. */
void gw_product_visit_batches(const struct gw_product *product, gw_batch_visit_fn *visit, void *context);

/* Every batch with at least this room is loaded; INT64_MAX: this is known for no room. */
int64_t gw_product_certain_room(const struct gw_product *product);

#endif
