/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stray calls: calls of plugins (open, check, close) that run on threads of their own and that nobody waits for any
 * more. Plugins are foreign code, so such a call may never return. It is counted from when it is abandoned until it
 * returns.
 *
 * Any thread.
 */
#ifndef GW_GATEWAY_STRAY_CALLS_H
#define GW_GATEWAY_STRAY_CALLS_H

#include <stdint.h>

/* The calling thread abandons one. */
void gw_stray_call_begin(void);

/* One has returned, and its thread touches nothing any more. */
void gw_stray_call_end(void);

/* How many have not returned. */
unsigned gw_stray_calls(void);

/* Waits until there are at most so many, or until deadline_ms (monotonic). */
void gw_stray_calls_wait(unsigned most, int64_t deadline_ms);

#endif
