/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The date on which a batch arrives, or GW_ETA_NONE if it is in the warehouse. A number, year * 10000 + month * 100 +
 * day, so the order of numbers is the order of rule 2: GW_ETA_NONE, which is 0, comes before every date.
 */
#ifndef GW_DOMAIN_ETA_H
#define GW_DOMAIN_ETA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GW_ETA_NONE = 0, GW_ETA_TEXT_MAX = 11 };

/* Reads `YYYY-MM-DD`, or that followed by `T`, `hh:mm`, and optionally `:ss`, a fraction, `Z` or `+hh:mm` / `-hh:mm`.
 * The date is used as written, without a time zone. The day must exist, years 0001 to 9999. False for any other text;
 * *ret_eta is then unchanged. */
bool gw_eta_parse(const char *ptr, size_t len, int32_t *ret_eta);

/* Whether eta is GW_ETA_NONE or a day that exists. */
bool gw_eta_is_valid(int32_t eta);

/* Writes `YYYY-MM-DD` and a NUL byte. eta must be a date. */
void gw_eta_format(int32_t eta, char ret_text[GW_ETA_TEXT_MAX]);

#endif
