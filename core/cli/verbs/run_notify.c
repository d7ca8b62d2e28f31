/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/run_notify.h"

#include "base/clock.h"
#include "gateway/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

/* While it starts, the limit of the start is extended by more than an interval each time. */
enum { START_INTERVAL_MS = 1000, INTERVAL_MS = 10 * 1000, EXTEND_US = 30 * 1000 * 1000 };

/* ---- the status ------------------------------------------------------------------------------------------------- */

/* The first problem, because the line is short. */
static void on_problem(void *context, const struct gw_health_problem *problem)
{
    char *status = context;

    if (status[0] != '\0')
        return;
    (void)snprintf(status, GW_RUN_STATUS_MAX, "%s%s%s%s%s", problem->component != NULL ? problem->component : "",
                   problem->component != NULL ? ": " : "", problem->reason, problem->code != NULL ? ", see " : "",
                   problem->code != NULL ? problem->code : "");
}

static void ignore_problem(void *context, const struct gw_health_problem *problem)
{
    (void)context;
    (void)problem;
}

static void send_status(struct gw_run_notify *notify)
{
    char status[GW_RUN_STATUS_MAX] = "";
    struct gw_health_visitor visitor = {status, on_problem};

    if (gw_gateway_is_ready(*notify->gateway, &visitor))
        (void)snprintf(status, sizeof status, "running");
    if (strcmp(status, notify->status) == 0)
        return;
    (void)memcpy(notify->status, status, sizeof status);
    (void)sd_notifyf(0, "STATUS=%s", status);
}

/* A start waits for the repository as long as it takes. */
static void send_all(struct gw_run_notify *notify)
{
    struct gw_health_visitor visitor = {NULL, ignore_problem};

    send_status(notify);
    if (!notify->is_ready)
        (void)sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%d", EXTEND_US);
    if (notify->has_watchdog && gw_gateway_is_alive(*notify->gateway, &visitor))
        (void)sd_notify(0, "WATCHDOG=1");
}

static void set_timer(struct gw_run_notify *notify)
{
    int64_t interval_ms = notify->interval_ms;

    if (strcmp(notify->status, "running") != 0 && interval_ms > START_INTERVAL_MS)
        interval_ms = START_INTERVAL_MS;
    gw_event_loop_set(notify->loop, &notify->timer, gw_clock_monotonic_ms() + interval_ms);
}

static void on_timer(void *context)
{
    send_all(context);
    set_timer(context);
}

/* ---- phases ----------------------------------------------------------------------------------------------------- */

static void on_phase(void *context, enum gw_gateway_phase phase)
{
    struct gw_run_notify *notify = context;

    if (phase == GW_GATEWAY_RUNNING)
        notify->is_ready = true;
    (void)sd_notify(0, phase == GW_GATEWAY_RUNNING ? "READY=1" : "STOPPING=1");
    on_timer(notify);
}

void gw_run_notify_begin(struct gw_run_notify *notify, struct gw_gateway_plan *plan, struct gw_gateway *const *gateway)
{
    uint64_t watchdog_us = 0;

    *notify = (struct gw_run_notify){
        .loop = plan->loop, .gateway = gateway, .interval_ms = INTERVAL_MS, .timer = {.fired = on_timer}};
    if (plan->ends_at_fault || getenv("NOTIFY_SOCKET") == NULL)
        return;
    notify->timer.context = notify;
    notify->has_watchdog = sd_watchdog_enabled(0, &watchdog_us) > 0;
    if (notify->has_watchdog && watchdog_us / 2000 < INTERVAL_MS)
        notify->interval_ms = (int64_t)(watchdog_us / 2000);
    plan->entered = on_phase;
    plan->entered_context = notify;
    on_timer(notify);
}

void gw_run_notify_end(struct gw_run_notify *notify)
{
    gw_event_loop_cancel(notify->loop, &notify->timer);
}
