/* SPDX-License-Identifier: Apache-2.0 */
/* The status of a gateway as a table for people, made from its JSON (gateway/status_json.h). No state, any thread. */
#ifndef GW_CLI_VERBS_STATUS_TABLE_H
#define GW_CLI_VERBS_STATUS_TABLE_H

#include "base/buffer.h"

#include <gangway/error.h>
#include <gangway/text.h>

/* Appends the table. OK; INVALID: the text is no status; NOMEM. */
enum gw_status gw_status_table(struct gw_buffer *buffer, struct gw_text json, struct gw_error *reterr);

#endif
