/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as Unicode's table 3-7 has it. No state, any thread. */
#ifndef CSV_UTF8_H
#define CSV_UTF8_H

#include <gangway/text.h>

#include <stdint.h>

/* The length of the UTF-8 sequence at the beginning of left bytes, of which there is at least one; 0: it is none. */
uint64_t csv_utf8_sequence(const char *bytes, uint64_t left);

/* The offset of the first byte that is not UTF-8; the text's length when there is none. */
uint64_t csv_utf8_valid_len(struct gw_text text);

#endif
