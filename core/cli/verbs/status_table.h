/* SPDX-License-Identifier: Apache-2.0 */
/* The status of a gateway as a table for people, made from its JSON (gateway/status_json.h). No state, any thread. */
#ifndef GW_CLI_VERBS_STATUS_TABLE_H
#define GW_CLI_VERBS_STATUS_TABLE_H

#include "base/buffer.h"

#include <gangway/error.h>
#include <gangway/text.h>

/*
 * Appends the table. earlier: the JSON of the same gateway some seconds before, for rates; empty: there are none. An
 * earlier one that cannot be read, or is of another process, gives no rates.
 *
 * OK; INVALID: the text is no status; NOMEM.
 */
enum gw_status gw_status_table(struct gw_buffer *buffer, struct gw_text json, struct gw_text earlier,
                               struct gw_error *reterr);

#endif
