/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells the service manager how `run` is: READY, STATUS, STOPPING and WATCHDOG of systemd's notify protocol. It does
 * nothing where $NOTIFY_SOCKET is not set, or where somebody waits for a command.
 *
 * Life cycle: begin before the gateway is opened, whose plan it makes report its phases; end after it has run. Main
 * thread.
 */
#ifndef GW_CLI_VERBS_RUN_NOTIFY_H
#define GW_CLI_VERBS_RUN_NOTIFY_H

#include "gateway/gateway.h"

enum { GW_RUN_STATUS_MAX = 256 };

struct gw_run_notify {
    struct gw_event_loop *loop;
    struct gw_gateway *const *gateway; /* NULL until it is open */
    struct gw_event_timer timer;
    int64_t interval_ms;
    bool has_watchdog;
    bool is_ready;
    char status[GW_RUN_STATUS_MAX]; /* that was sent last */
};

void gw_run_notify_begin(struct gw_run_notify *notify, struct gw_gateway_plan *plan, struct gw_gateway *const *gateway);
void gw_run_notify_end(struct gw_run_notify *notify);

#endif
