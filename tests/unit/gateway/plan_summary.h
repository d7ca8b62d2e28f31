/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan in one short line, so that a table of plans can be read. Parts are joined with "; ":
 *
 *     +ID, -ID, ~ID             added, removed, replaced; what is unchanged is left out, unless an option of it follows
 *     OPTION BEFORE>AFTER       after ~ID: an option that differs; `()` is not set. Behind the name: `*` identity, `#`
 *                               secret, `?` unknown, `@` read again by itself, `%`
 *                               the file has other contents
 *     elsewhere, abandons,      what becomes of it; `settings`: no new instance of the plugin is needed
 *     first, drains, settings
 *     after:ID, from:ID         it starts after the other has left; it has the sources of another
 *     EVENT>ID,ID               what waits for a removed notifier goes there
 *     EVENT publish[A>B]        a route, with those of its lists that differ
 *     !NAME, !!ID               needs a restart; the id has changed its section
 *     hash                      needs the plan's hash
 */
#ifndef GW_TEST_PLAN_SUMMARY_H
#define GW_TEST_PLAN_SUMMARY_H

#include "base/buffer.h"
#include "gateway/plan.h"

void plan_summary(const struct gw_plan *plan, struct gw_buffer *buffer);

#endif
