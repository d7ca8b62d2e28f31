/* SPDX-License-Identifier: Apache-2.0 */
/* GET /livez and GET /readyz. */
#ifndef GW_ADMIN_HEALTH_ROUTES_H
#define GW_ADMIN_HEALTH_ROUTES_H

#include "admin/admin.h"
#include "gateway/gateway.h"

/* Handlers of routes. context: a `struct gw_gateway *` that is NULL until the gateway is open. They answer 200, or 503
 * with the components that are at fault: by id and event code, on the Unix socket with the reason too. */
void gw_admin_answer_livez(void *context, const struct gw_admin_request *request, struct gw_admin_response *response);
void gw_admin_answer_readyz(void *context, const struct gw_admin_request *request, struct gw_admin_response *response);

#endif
