/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first row of a file: it names the columns. A column whose name is that of a field becomes a member of the JSON
 * objects that the other rows become; what no command reads is passed over.
 */
#ifndef CSV_READER_HEADER_H
#define CSV_READER_HEADER_H

#include "rows.h"

#include <gangway/error.h>
#include <gangway/option.h>

enum { FAULT_BYTES = 160 };

struct header {
    uint32_t count;
    char *bytes;                     /* of all names */
    struct gw_text names[CELLS_MAX]; /* spelled as JSON strings, with the quotes around them; empty: not a member */
    bool is_number[CELLS_MAX];
    bool is_nameless[CELLS_MAX]; /* its cells must be empty */
};

/* What the operator says about the columns. */
struct header_options {
    struct gw_option_list numbers;  /* the fields whose integers are JSON numbers */
    struct gw_option_map columns;   /* field: the name that its column has in the file */
    struct gw_option_fields fields; /* of the command; none: every column is a member, and none is required */
};

/* Whether the options fit together. CONFIG: `columns` names a field that no command has, or one column twice. */
enum gw_status header_check_options(const struct header_options *options, struct gw_error *reterr);

void header_done(struct header *header);

/* Takes the names from a row. PERMANENT: this file is refused, and the text says line and cause; NOMEM. */
enum gw_status header_take(struct header *header, const struct row *row, const struct cell *cells,
                           const struct header_options *options, struct gw_error *reterr);

/* Writes why a row is no command; an empty text: it is one. */
void header_find_fault(const struct header *header, const struct row *row, const struct cell *cells,
                       char ret_fault[FAULT_BYTES]);

/* How many bytes the object takes at most. */
size_t header_object_max(const struct header *header, const struct row *row);

/* Writes a row without a fault as a JSON object; empty cells are left out. The object's length. */
size_t header_object(const struct header *header, const struct cell *cells, char *ret_bytes);

#endif
