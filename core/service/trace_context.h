/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trace context that a message passes on to its effects: `traceparent` and `tracestate` of W3C Trace Context. No
 * state, any thread.
 */
#ifndef GW_SERVICE_TRACE_CONTEXT_H
#define GW_SERVICE_TRACE_CONTEXT_H

#include "base/arena.h"

#include <gangway/message.h>

#include <stdbool.h>

/* W3C requires at least 512. */
enum { GW_TRACESTATE_MAX_BYTES = 768 };

/*
 * Extracts the headers that effects carry: traceparent, and tracestate if there is one; none if there is no valid
 * traceparent. Of several traceparent headers the last one counts. The members of all tracestate headers are joined in
 * order. If that is too long, members above 128 bytes are left out first, then those at the end. A tracestate with
 * other bytes than printable ASCII is left out as a whole. The result is an array of struct gw_header in the arena; its
 * traceparent borrows the bytes of headers. False: no memory.
 */
bool gw_trace_context_extract(struct gw_arena *arena, const struct gw_array *headers, struct gw_array *ret_context);

#endif
