/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disposal closes an instance that no component's thread has used: of a change that was refused, of an input that
 * left before its start, or of a channel that the next exchange has overtaken. Plugins are foreign code whose close may
 * hang. So each disposal is a stray call (stray_calls.h) on a thread of its own: neither the main thread nor an apply
 * waits for it without a limit.
 *
 * Any thread.
 */
#ifndef GW_GATEWAY_DISPOSAL_H
#define GW_GATEWAY_DISPOSAL_H

#include "gateway/gateway_input.h"
#include "gateway/gateway_output.h"

/* What an apply has made of one component: at most one of them. */
struct gw_made {
    struct gw_gateway_input *input;
    struct gw_gateway_output *output; /* its thread has been joined, or was never started */
    struct gw_relay_channel *channel;
};

/* Closes and frees it on the calling thread. */
void gw_made_close(const struct gw_made *made);

/* Takes over what was made, closes and frees it. Returns at once, unless the system has no thread or memory left: then
 * it closes on the calling thread. Nothing to take over is fine. */
void gw_disposal_start(struct gw_made made);

#endif
