/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a component has done, by its id: a replacement goes on counting where the component before it ended. A list has
 * the figures of inputs and outputs that are gone; those of the running ones are added to it when somebody looks.
 *
 * Ids may be generated, so the figures of an id that no component has any more are dropped after an hour, and beyond
 * the last 64 such ids at once. An id that comes back later counts from 0, as after a restart.
 *
 * Main thread.
 */
#ifndef GW_GATEWAY_COMPONENT_FIGURES_H
#define GW_GATEWAY_COMPONENT_FIGURES_H

#include "config/bootstrap.h"
#include "process/histogram.h"
#include "process/rate.h"
#include "relay/relay.h"
#include "worker/worker.h"

enum { GW_GONE_KEPT_MS = 60 * 60 * 1000, GW_GONE_MAX = 64 };

struct gw_component_figures {
    struct gw_component_figures *next;
    enum gw_section section;
    char *id;        /* owned, behind the struct */
    int64_t gone_ms; /* in a list: when the last component of this id has left, monotonic */

    struct gw_rate_total rate; /* of received, or of sent */

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
    uint64_t repeated;
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

/* The component has left at this time: its figures become part of the list, which owns them. The last one is first. */
void gw_component_figures_keep(struct gw_component_figures **list, struct gw_component_figures *figures,
                               int64_t now_ms);

/* Whether there is a component of this id: what it counts is added to the list's figures. */
typedef bool gw_is_present_fn(const void *context, const char *id);

/* Drops the figures of ids that no component has any more: the old ones, and those beyond the limit. */
void gw_component_figures_expire(struct gw_component_figures **list, int64_t now_ms, gw_is_present_fn *is_present,
                                 const void *context);

#endif
