/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A status as JSON: one object, for programs and for the verb `status`. Its components and orphans are objects by their
 * ids, the old generations of a component by their numbers. Times are milliseconds, those with `unix` in their names
 * since 1970; what is not known is null. No state, any thread.
 */
#ifndef GW_GATEWAY_STATUS_JSON_H
#define GW_GATEWAY_STATUS_JSON_H

#include "base/buffer.h"
#include "gateway/status.h"

/* Appends it. Out of memory: the buffer has failed. */
void gw_status_json_append(struct gw_buffer *buffer, const struct gw_gateway_status *status);

#endif
