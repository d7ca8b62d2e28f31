/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Explains why a first row does not name the columns that a reader needs: another encoding, another separator, another
 * spelling. It examines the bytes of the file and knows no columns of its own. No state, any thread.
 */
#ifndef CSV_FIRST_ROW_H
#define CSV_FIRST_ROW_H

#include <gangway/text.h>

enum { CSV_GUESS_BYTES = 320 };

/* Explains a file that is not CSV in UTF-8, from its beginning, and says what to do. NULL: it shows no such cause. row
 * is the first row with the bytes of the file, or the beginning of a row that is too long or not CSV. */
const char *csv_foreign_text(struct gw_text row);

/* Writes what was found in a first row without a column of this name, and the likely cause: `found 'a;b': are the cells
 * separated by ';' instead of ','? ...`. UTF-8 without control characters, NUL-terminated. Returns ret_guess. */
const char *csv_guess(struct gw_text row, struct gw_text missing, char ret_guess[CSV_GUESS_BYTES]);

#endif
