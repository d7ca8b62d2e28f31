/* SPDX-License-Identifier: Apache-2.0 */
/* Changes that a person made to the files for people. */
#ifndef CSV_MERGE_H
#define CSV_MERGE_H

#include "store.h"

/* Merges the files for people with what was known when they were written, and counts changes by hand as operations on
 * the products. OK; CONFIG: the files for people contradict each other. */
enum gw_status merge_tables(struct store *store, const struct table *known_batches, const struct table *known_lines,
                            struct gw_error *reterr);

#endif
