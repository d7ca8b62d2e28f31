/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by status.c (the components and the gateway), status_metrics.c (what their plugins have reported) and
 * status_generations.c (which old generations they hold). */
#ifndef GW_GATEWAY_STATUS_INTERNAL_H
#define GW_GATEWAY_STATUS_INTERNAL_H

#include "gateway/generation.h"
#include "gateway/status.h"
#include "process/metrics.h"

/* The values of one component, as they are collected. All zero but for arena: none. */
struct gw_metric_values {
    struct gw_arena *arena;
    struct gw_metric_value *items;
    uint32_t count;
    uint32_t capacity;
    bool has_failed;                /* no memory */
    const struct gw_metric *metric; /* that is visited now, and of which instance */
    uint32_t instance;
};

/* Adds everything that an instance has reported. */
void gw_metric_values_add(struct gw_metric_values *values, const struct gw_plugin *plugin, struct gw_metrics *metrics,
                          uint32_t instance);

/* Notes in the components which old generations they hold. False: no memory. */
bool gw_status_take_old_generations(struct gw_generations *generations, struct gw_arena *arena,
                                    struct gw_component_status *components, uint32_t count);

/* gw_component_status.connection_up */
int gw_metric_values_connection_up(const struct gw_metric_values *values);

#endif
