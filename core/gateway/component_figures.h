/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a component has done, by its id: a replacement goes on counting where the component before it ended. A list has
 * the figures of inputs and outputs that are gone; those of the running ones are added to it when somebody looks.
 *
 * Main thread.
 */
#ifndef GW_GATEWAY_COMPONENT_FIGURES_H
#define GW_GATEWAY_COMPONENT_FIGURES_H

#include "config/bootstrap.h"
#include "process/histogram.h"
#include "relay/relay.h"
#include "worker/worker.h"

struct gw_component_figures {
    struct gw_component_figures *next;
    enum gw_section section;
    char *id; /* owned, behind the struct */

    /* Of an entrypoint. */
    uint64_t received;
    uint64_t settled[GW_OUTCOME_RETURNED + 1]; /* by enum gw_outcome */
    uint64_t conflicts;
    uint64_t stopped_sources;
    struct gw_histogram_total turn_messages;
    struct gw_histogram_total apply_durations;

    /* Of a destination: events. */
    uint64_t sent;
    uint64_t retried;
    uint64_t dead;
    uint64_t rerouted;
};

/* Without figures. NULL: no memory. */
struct gw_component_figures *gw_component_figures_new(const char *id, enum gw_section section);

/* Frees a list. NULL is allowed. */
void gw_component_figures_free(struct gw_component_figures *list);

void gw_component_figures_add_worker(struct gw_component_figures *figures, const struct gw_worker_figures *worker);
void gw_component_figures_add_relay(struct gw_component_figures *figures, const struct gw_relay_figures *relay);
void gw_component_figures_add(struct gw_component_figures *figures, const struct gw_component_figures *more);

/* NULL: the list has none of this id. */
const struct gw_component_figures *gw_component_figures_find(const struct gw_component_figures *list, const char *id);

/* The component is gone: its figures become part of the list, which owns them. */
void gw_component_figures_keep(struct gw_component_figures **list, struct gw_component_figures *figures);

#endif
