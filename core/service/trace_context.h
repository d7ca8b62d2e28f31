/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes from a message to its effects: `traceparent` and `tracestate`, by W3C Trace Context. No state, any thread.
 */
#ifndef GW_SERVICE_TRACE_CONTEXT_H
#define GW_SERVICE_TRACE_CONTEXT_H

#include "base/arena.h"

#include <gangway/message.h>

#include <stdbool.h>

/* W3C wants 512 at least. */
enum { GW_TRACESTATE_MAX_BYTES = 768 };

/*
 * Writes, as a JSON object, what effects carry on; nothing when there is no valid traceparent. Of several traceparent
 * headers the last counts. The members of all tracestate headers are joined in their order; where that is too long,
 * members above 128 bytes are left out, then those at the end; a tracestate of other bytes than printable ASCII is left
 * out as a whole. False: no memory.
 */
bool gw_trace_context_write(struct gw_arena *arena, const struct gw_array *headers, struct gw_text *ret_text);

#endif
