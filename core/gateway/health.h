/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a gateway is alive and ready, as an orchestrator asks. Main thread.
 *
 * It is alive while every thread of ours has passed a wait, a retry or a keepalive in the last minute: waiting for a
 * database, a broker or a mail server is alive, and so is waiting for the check of a new component, which is abandoned
 * when it does not return. It is ready when the repository answered last and every worker has
 * joined its input, and it is not asked to stop. A destination that is away and a source that is stopped change
 * neither.
 */
#ifndef GW_GATEWAY_HEALTH_H
#define GW_GATEWAY_HEALTH_H

#include "gateway/gateway.h"

#include <stdbool.h>

enum { GW_HEALTH_SILENT_MAX_MS = 60 * 1000 };

/* Why it is not. */
struct gw_health_problem {
    const char *component; /* NULL: the gateway */
    const char *code;      /* of the event that was logged; NULL: none */
    const char *reason;    /* for people */
};

struct gw_health_visitor {
    void *context;
    void (*problem)(void *context, const struct gw_health_problem *problem);
};

/* They call the visitor for every problem that they find. gateway NULL: it is not open yet. */
bool gw_gateway_is_alive(const struct gw_gateway *gateway, const struct gw_health_visitor *visitor);
bool gw_gateway_is_ready(const struct gw_gateway *gateway, const struct gw_health_visitor *visitor);

#endif
