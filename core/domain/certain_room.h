/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How complete the batches of a product are, which holds only a part of its stock: what a copy of it must know. The
 * operations of a product need none of this.
 */
#ifndef GW_DOMAIN_CERTAIN_ROOM_H
#define GW_DOMAIN_CERTAIN_ROOM_H

#include "domain/product.h"

#include <stdbool.h>
#include <stdint.h>

/* Of a batch that is here. certain_room: every batch with at least so much room that goes before this one is here, too;
 * INT64_MAX: of no room is that known. False ends the walk. */
typedef bool gw_batch_visit_fn(void *context, const struct gw_batch *batch, int64_t certain_room);

/* Visits every batch that is here, in the order of rule 2. */
void gw_product_visit_batches(const struct gw_product *product, gw_batch_visit_fn *visit, void *context);

/* Every batch with at least so much room is here; INT64_MAX: of no room is that known. */
int64_t gw_product_certain_room(const struct gw_product *product);

#endif
