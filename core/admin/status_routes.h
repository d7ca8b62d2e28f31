/* SPDX-License-Identifier: Apache-2.0 */
/* GET /api/v1/status, the state of all components as JSON (status_json.h), and GET /metrics for Prometheus
 * (metrics_text.h). */
#ifndef GW_ADMIN_STATUS_ROUTES_H
#define GW_ADMIN_STATUS_ROUTES_H

#include "admin/admin.h"
#include "gateway/gateway.h"

/* Handlers of routes. context: a `struct gw_gateway *` that is NULL until the gateway is open. */
void gw_admin_answer_status(void *context, const struct gw_admin_request *request, struct gw_admin_response *response);
void gw_admin_answer_metrics(void *context, const struct gw_admin_request *request, struct gw_admin_response *response);

#endif
