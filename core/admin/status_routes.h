/* SPDX-License-Identifier: Apache-2.0 */
/* GET /api/v1/status and GET /metrics: both from one snapshot (gateway/status.h) per request. */
#ifndef GW_ADMIN_STATUS_ROUTES_H
#define GW_ADMIN_STATUS_ROUTES_H

#include "admin/admin.h"
#include "gateway/gateway.h"

/* Handlers of routes. context: as in health_routes.h. 503: the gateway is not open yet. */

/* The status as JSON (gateway/status_json.h), whatever the client accepts. */
void gw_admin_answer_status(void *context, const struct gw_admin_request *request, struct gw_admin_response *response);

/* In the text format of Prometheus. */
void gw_admin_answer_metrics(void *context, const struct gw_admin_request *request, struct gw_admin_response *response);

#endif
