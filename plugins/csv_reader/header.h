/* SPDX-License-Identifier: Apache-2.0 */
/* The first row of a file: it names the columns, and so the members of the JSON objects that the others become. */
#ifndef CSV_READER_HEADER_H
#define CSV_READER_HEADER_H

#include "rows.h"

#include <gangway/error.h>
#include <gangway/option.h>

struct header {
    uint32_t count;
    char *bytes;                     /* of all names */
    struct gw_text names[CELLS_MAX]; /* spelled as JSON strings, with the quotes around them */
    bool is_number[CELLS_MAX];
};

void header_done(struct header *header);

/* Takes the names from a row. numbers: the columns whose integers are JSON numbers. CONFIG: they are no names; NOMEM.
 */
enum gw_status header_take(struct header *header, const struct row *row, const struct cell *cells,
                           const struct gw_option_list *numbers, struct gw_error *reterr);

/* How many bytes the object takes at most. */
size_t header_object_max(const struct header *header, const struct row *row);

/* Writes a row, which has a cell for each name, as a JSON object; empty cells are left out. The object's length. */
size_t header_object(const struct header *header, const struct cell *cells, char *ret_bytes);

#endif
