/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan for a person, in the manner of a diff. The first line says whether there is anything to do. Then `!` what
 * cannot be applied, `+` added, `-` removed, `~` replaced or another route, each with what it means.
 *
 *     3 changes: 1 component added, 1 removed, 1 route
 *
 *     + ops         notifier  slack_notifier
 *     - people      notifier  console_notifier
 *         12 events wait
 *         OutOfStock: what waits goes to ops
 *     ~ OutOfStock  route
 *         notify  people -> ops
 *
 *     plan 8c1fb5ad3a2c4f70a31f2f0f2ad4f0b5
 *
 * Everything from outside is escaped for a terminal. No state, any thread.
 */
#ifndef GW_GATEWAY_PLAN_TEXT_H
#define GW_GATEWAY_PLAN_TEXT_H

#include "base/buffer.h"
#include "gateway/plan.h"
#include "gateway/plan_figures.h"

/* Appends the plan. Out of memory: the buffer has failed. */
void gw_plan_append_text(const struct gw_plan *plan, const struct gw_plan_figures *figures, struct gw_buffer *buffer);

#endif
