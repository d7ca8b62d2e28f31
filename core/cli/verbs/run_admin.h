/* SPDX-License-Identifier: Apache-2.0 */
/* The admin interface of `run`: its routes. Main thread. */
#ifndef GW_CLI_VERBS_RUN_ADMIN_H
#define GW_CLI_VERBS_RUN_ADMIN_H

#include "admin/admin.h"
#include "gateway/gateway.h"

/* Opens the admin interface for the gateway of this plan. *gateway is NULL until that is open, and borrowed until
 * gw_admin_free. Statuses of gw_admin_new. */
enum gw_status gw_run_admin_open(const struct gw_gateway_plan *plan, struct gw_gateway **gateway,
                                 struct gw_admin **ret_admin, struct gw_error *reterr);

#endif
