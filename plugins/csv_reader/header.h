/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first row of a file, which names the columns. A column with the name of a field becomes a member of the JSON
 * objects that the other rows become. Other columns are ignored.
 */
#ifndef CSV_READER_HEADER_H
#define CSV_READER_HEADER_H

#include "rows.h"

#include <gangway/error.h>
#include <gangway/option.h>
#include <gangway/sdk/buffer.h>

enum { FAULT_BYTES = 160 };

struct header {
    uint32_t count;
    struct gw_buffer bytes;          /* of all names */
    struct gw_text names[CELLS_MAX]; /* as JSON strings with their quotes; empty: the column is ignored */
    bool is_number[CELLS_MAX];
    bool is_nameless[CELLS_MAX]; /* its cells must be empty */
};

/* The operator's settings for columns. */
struct header_options {
    struct gw_option_list numbers;  /* the fields whose integers are written as JSON numbers */
    struct gw_option_map columns;   /* field: the name of its column in the file */
    struct gw_option_fields fields; /* of the command; none: every column is a member, and no column is required */
};

/* Checks that the options fit together. OK; CONFIG: `columns` names a field that no command has, or the same column
 * twice. */
enum gw_status header_check_options(const struct header_options *options, struct gw_error *reterr);

void header_done(struct header *header);

/* Takes the names from the first row. OK; PERMANENT: the file is refused, and the text says line and cause; NOMEM. */
enum gw_status header_take(struct header *header, const struct row *row, const struct csv_cell *cells,
                           const struct header_options *options, struct gw_error *reterr);

/* Writes why a row is not a command; an empty text: it is one. */
void header_find_fault(const struct header *header, const struct row *row, const struct csv_cell *cells,
                       char ret_fault[FAULT_BYTES]);

/* Replaces the content of `object` by a row without a fault as a JSON object, without its empty cells. The buffer fails
 * if there is no memory. */
void header_object(const struct header *header, const struct csv_cell *cells, struct gw_buffer *object);

#endif
