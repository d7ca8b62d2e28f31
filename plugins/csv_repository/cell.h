/* SPDX-License-Identifier: Apache-2.0 */
/* A cell: converts text to a member of a record and back, by the type of its column. No state. */
#ifndef CSV_CELL_H
#define CSV_CELL_H

#include "table.h"

/* Reads a cell into the record, where a text points to the cell. Returns NULL, or what was expected. */
const char *cell_read(const struct column *column, struct gw_text cell, void *record);

/* Appends the member as a cell. */
void cell_write(const struct column *column, const void *record, uint32_t index, struct gw_buffer *buffer);

#endif
