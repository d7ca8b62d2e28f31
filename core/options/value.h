/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converts a scalar of the bootstrap file to a number, and back. Strict: other forms and values out of range are
 * refused. Error texts follow a name (`has no unit`) and do not show the value, which may be a secret. No state, any
 * thread.
 */
#ifndef GW_OPTIONS_VALUE_H
#define GW_OPTIONS_VALUE_H

#include <gangway/error.h>
#include <gangway/text.h>

#include <stdint.h>

/* All of them: INVALID if text has another form. */
enum gw_status gw_value_bool(struct gw_text text, uint32_t *ret_value, struct gw_error *reterr);
enum gw_status gw_value_int(struct gw_text text, int64_t *ret_value, struct gw_error *reterr);
enum gw_status gw_value_float(struct gw_text text, double *ret_value, struct gw_error *reterr);

/* A whole number with one unit: ms, s, m, h, d. In milliseconds. */
enum gw_status gw_value_duration(struct gw_text text, int64_t *ret_ms, struct gw_error *reterr);

/* A whole number with one unit: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB. In bytes. */
enum gw_status gw_value_size(struct gw_text text, int64_t *ret_bytes, struct gw_error *reterr);

/* The index of text in the list words, separated by `|`. */
enum gw_status gw_value_choice(struct gw_text text, const char *words, uint32_t *ret_index, struct gw_error *reterr);

/* The next word of a list separated by `|`; call first with *at = words; false at the end. */
int gw_value_next_word(const char **at, struct gw_text *ret_word);

/* The units as alternatives of a regular expression, for schemas: `ms|s|m|h|d`. */
const char *gw_value_duration_units(void);
const char *gw_value_size_units(void);

enum { GW_VALUE_TEXT_MAX = 32 };

/* Writes a duration or size in the largest unit without a remainder. Returns text. */
const char *gw_value_duration_text(char text[GW_VALUE_TEXT_MAX], int64_t ms);
const char *gw_value_size_text(char text[GW_VALUE_TEXT_MAX], int64_t bytes);

#endif
