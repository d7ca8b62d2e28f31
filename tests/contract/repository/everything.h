/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that the repository has under names of the test, as one text: if it is equal before and after, nothing has
 * changed.
 */
#ifndef GW_CONTRACT_EVERYTHING_H
#define GW_CONTRACT_EVERYTHING_H

#include <stdint.h>

void remember_product(const char *sku);
void remember_batch(const char *ref);
void remember_line(const char *sku, const char *orderid, int64_t qty);
void remember_id(const char *id);
void remember_destination(const char *destination);

/* The caller frees it. */
char *everything(void);

#endif
