/* SPDX-License-Identifier: Apache-2.0 */
/* GET /api/v1/config. */
#ifndef GW_ADMIN_CONFIG_ROUTES_H
#define GW_ADMIN_CONFIG_ROUTES_H

#include "admin/admin.h"
#include "gateway/gateway.h"

/* Handler of a route: the configuration in force (gateway/config_json.h), whatever the client accepts. context: as in
 * health_routes.h. 503: the gateway is not open yet. */
void gw_admin_answer_config(void *context, const struct gw_admin_request *request, struct gw_admin_response *response);

#endif
