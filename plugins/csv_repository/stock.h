/* SPDX-License-Identifier: Apache-2.0 */
/* The stock in a store: products, their batches, and the lines that those hold. */
#ifndef CSV_STOCK_H
#define CSV_STOCK_H

#include "store.h"

struct product *stock_product(const struct store *store, struct gw_text sku);
struct batch *stock_batch(const struct store *store, struct gw_text ref);
struct line *stock_line(const struct store *store, struct gw_text orderid, struct gw_text sku, int64_t qty);

/* The product; it is added with version 0 if it does not exist. NULL: no memory. */
struct product *stock_add_product(struct store *store, struct gw_text sku);

/* Links a batch of the table to its product. False: no memory. */
bool stock_join_batch(struct product *product, struct batch *batch);

/* Links a line of the table to its batch, as the newest one; and unlinks it. */
void stock_join_line(struct line *line, struct batch *batch);
void stock_leave_batch(struct line *line);

/* Sorts the batches of a product by rule 2. */
void stock_sort(struct product *product);

#endif
