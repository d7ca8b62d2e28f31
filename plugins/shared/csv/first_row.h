/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a first row does not name the columns that a reader looks for: another encoding, another separator, another
 * spelling. It looks at the bytes as the file has them and knows no columns of its own. No state, any thread.
 */
#ifndef CSV_FIRST_ROW_H
#define CSV_FIRST_ROW_H

#include <gangway/text.h>

enum { CSV_GUESS_BYTES = 320 };

/* What the beginning of a file shows it to be instead of CSV in UTF-8, and what to do; NULL: nothing of the kind. row
 * is the first row with the bytes of the file, or the beginning of one that is too long or not CSV. */
const char *csv_foreign_text(struct gw_text row);

/* Writes what was found in a first row without a column of this name, and the likely cause: `found 'a;b': are the cells
 * separated by ';' instead of ','? ...`. UTF-8 without control characters, NUL-terminated. Returns ret_guess. */
const char *csv_guess(struct gw_text row, struct gw_text missing, char ret_guess[CSV_GUESS_BYTES]);

#endif
