/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders over the admin socket: POST /api/v1/plan, POST /api/v1/apply and GET /api/v1/order?number=N. Each POST takes
 * an object with the member `file`, an absolute path; without a body or a file it means the file that `run` was given.
 * Apply takes `plan` too, the hash of a plan. Both answer 202 with the number of the order at once:
 *
 *     {"order": 7}
 *
 * or 409 when another order is being carried out, or 400. GET answers 404 for a number that is not known, or
 *
 *     {"order": 7, "kind": "apply", "verdict": "applied", "text": "applied: ops added",
 *      "components": {"ops": {"change": "added", "state": "running", "reason": null}},
 *      "findings": "", "plan": {...}, "plan_text": "..."}
 *
 * with the verdict `running` until it is over. components has those that were changed, if the file is in force: in
 * which state each is then (null: it is gone), and what does not work. plan is null where there is none; its form is
 * that of plan_json.h.
 */
#ifndef GW_ADMIN_ORDER_ROUTES_H
#define GW_ADMIN_ORDER_ROUTES_H

#include "admin/admin.h"
#include "gateway/orders.h"

/* Handlers of routes. context: a `struct gw_gateway *` that is NULL until the gateway is open. */
void gw_admin_take_plan(void *context, const struct gw_admin_request *request, struct gw_admin_response *response);
void gw_admin_take_apply(void *context, const struct gw_admin_request *request, struct gw_admin_response *response);
void gw_admin_answer_order(void *context, const struct gw_admin_request *request, struct gw_admin_response *response);

#endif
