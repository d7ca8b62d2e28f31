/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: an ETA as text, such as 2026-12-24, for storages that people read.
 *
 * The port has an ETA as the number year * 10000 + month * 100 + day, or 0 for stock that is in the warehouse
 * (port/repository.h). As text it is an ISO 8601 calendar date; 0 has no text, and a storage leaves the place empty.
 *
 * No state, no allocation, any thread.
 */
#ifndef GANGWAY_SDK_ETA_H
#define GANGWAY_SDK_ETA_H

#include <gangway/text.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The length of an ETA as text; there is no NUL behind it. */
enum { GW_ETA_BYTES = 10 };

/* Writes an ETA that is not 0, and a valid date, to `text`. */
void gw_eta_write(int32_t eta, char text[GW_ETA_BYTES]);

/* Reads a text. Returns 1 and the ETA in *ret_eta; an empty text is the ETA 0. Returns 0, with *ret_eta 0, if the text
 * is not a day from 0001-01-01 to 9999-12-31 in this form. */
int gw_eta_read(struct gw_text text, int32_t *ret_eta);

#ifdef __cplusplus
}
#endif

#endif
