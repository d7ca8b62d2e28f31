/* SPDX-License-Identifier: Apache-2.0 */
/* How a fuzz target's input spells the headers of a message: a line each, NAME=VALUE. */
#ifndef GW_TEST_HEADER_LINES_H
#define GW_TEST_HEADER_LINES_H

#include <gangway/message.h>

enum { HEADER_LINES_MAX = 64 };

/* Reads at most HEADER_LINES_MAX headers, which borrow the text; returns their count. A line without = has no value. */
uint32_t header_lines_read(struct gw_text text, struct gw_header *ret_headers);

#endif
