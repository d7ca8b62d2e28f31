/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan for a program: one object, whose field names are stable. Unchanged components are in it too.
 *
 *     {"file": "/etc/gangway.yaml", "hash": "8c1f...", "empty": false, "needs_hash": true,
 *      "refusals": [{"name": "log.level", "obstacle": "needs_restart", "reason": "...", "line": 3, "column": 7}],
 *      "settings": [OPTION],
 *      "components": [{"id": "orders", "section": "entrypoints", "change": "replaced", "plugin": "kafka_consumer",
 *                      "options": [OPTION], "new_instance": true, "plugin_replaced": false,
 *                      "changes_identity": true, "stops_first": false, "starts_after": null,
 *                      "abandons_positions": true, "renamed_from": null, "drains": false, "pending": null, "holder":
 * null, "reroutes": [{"event": "OutOfStock", "to": ["ops"]}]}], "routes": [{"event": "OutOfStock", "publish": LISTS,
 * "notify": {"before": ["people"], "after": ["ops"]}, "fallback": LISTS}]}
 *
 *     OPTION  {"name": "topics", "before": "{t: auto}", "after": "{u: auto}", "secret": false, "contents": false,
 *              "unknown": false, "identity": true}; before and after are null where the option is not set or secret;
 *              contents: the file at this path has other contents
 *
 * change is added, removed, replaced or unchanged; plugin_replaced: its file on disk is not the one that is loaded;
 * obstacle needs_restart or section_changed. A figure that is not known is null, and so is the place of what the file
 * leaves out. No state, any thread.
 */
#ifndef GW_GATEWAY_PLAN_JSON_H
#define GW_GATEWAY_PLAN_JSON_H

#include "base/buffer.h"
#include "gateway/plan.h"
#include "gateway/plan_figures.h"

/* Appends the plan. Out of memory: the buffer has failed. */
void gw_plan_append_json(const struct gw_plan *plan, const struct gw_plan_figures *figures, struct gw_buffer *buffer);

#endif
