/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/run_admin.h"

#include "admin/config_routes.h"
#include "admin/health_routes.h"
#include "admin/order_routes.h"
#include "admin/status_routes.h"

#include <gangway/scope.h>

#include <string.h>

static const struct gw_admin_route routes[] = {
    {.method = "GET", .path = "/livez", .handle = gw_admin_answer_livez},
    {.method = "GET", .path = "/readyz", .handle = gw_admin_answer_readyz},
    {.method = "GET", .path = "/metrics", .handle = gw_admin_answer_metrics},
    {.method = "GET", .path = "/api/v1/status", .socket_only = true, .handle = gw_admin_answer_status},
    {.method = "GET", .path = "/api/v1/config", .socket_only = true, .handle = gw_admin_answer_config},
    {.method = "POST", .path = "/api/v1/plan", .socket_only = true, .handle = gw_admin_take_plan},
    {.method = "POST", .path = "/api/v1/apply", .socket_only = true, .handle = gw_admin_take_apply},
    {.method = "GET", .path = "/api/v1/order", .socket_only = true, .handle = gw_admin_answer_order},
};

enum { ROUTE_COUNT = gw_array_length(routes) };

enum gw_status gw_run_admin_open(const struct gw_gateway_plan *plan, struct gw_gateway **gateway,
                                 struct gw_admin **ret_admin, struct gw_error *reterr)
{
    static struct gw_admin_route own[ROUTE_COUNT]; /* there is one gateway in a process */
    const struct gw_file_settings *settings = &gw_configuration_bootstrap(plan->configuration)->settings;
    struct gw_admin_plan admin = {.loop = plan->loop,
                                  .log = plan->log,
                                  .service = settings->service,
                                  .socket = settings->admin_socket,
                                  .listen = settings->admin_listen,
                                  .routes = own,
                                  .route_count = ROUTE_COUNT};

    (void)memcpy(own, routes, sizeof own);
    for (size_t index = 0; index < ROUTE_COUNT; index++)
        own[index].context = gateway;
    return gw_admin_new(&admin, ret_admin, reterr);
}
