/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An output: the relay of one destination. It belongs to the destination's id and outlives configurations: what changes
 * is exchanged between two rounds of the relay.
 *
 * Life cycle: new (opens the plugin's instance), start, stop, join when it has ended, release. Generations hold the
 * outputs that their events go to, so that a worker may offer rows to the relay of an output that was removed. Main
 * thread, except hold and release.
 */
#ifndef GW_GATEWAY_GATEWAY_OUTPUT_H
#define GW_GATEWAY_GATEWAY_OUTPUT_H

#include "config/configuration.h"
#include "gateway/component_figures.h"
#include "gateway/site.h"
#include "relay/relay.h"

#include <stdatomic.h>

struct gw_gateway_output {
    struct gw_relay *relay;
    int stop;  /* a wake-up: begin no new work */
    int abort; /* a wake-up: cancel what is in progress */
    atomic_uint holders;
    struct gw_component_figures *figures; /* empty: filled when it is gone, for which there may be no memory then */

    /* The main thread's. */
    bool is_removed;    /* no configuration names it: it ends when it has nothing left */
    bool is_ending;     /* is_finishing, and it was told to end */
    bool is_finishing;  /* is_removed, and no generation that is alive names it */
    unsigned exchanges; /* that it was given: it is up when it has taken them */
};

/* The plan of a relay or a channel of this component, without stop and abort. */
struct gw_relay_plan gw_gateway_output_plan(const struct gw_site *site, struct gw_configuration *configuration,
                                            const struct gw_component *component);

/* Held once, by the caller. An error does not name the component. Statuses of the plugin's open; NOMEM: no memory or
 * descriptors. */
enum gw_status gw_gateway_output_new(const struct gw_site *site, struct gw_configuration *configuration,
                                     const struct gw_component *component, struct gw_gateway_output **ret_output,
                                     struct gw_error *reterr);

struct gw_gateway_output *gw_gateway_output_hold(struct gw_gateway_output *output);

/* The last release frees it: its thread must have been joined by then. NULL is allowed. */
void gw_gateway_output_release(struct gw_gateway_output *output);

/* Whether it has taken its last exchange and read its rows since. */
bool gw_gateway_output_is_up(const struct gw_gateway_output *output);

void gw_gateway_output_stop(struct gw_gateway_output *output);
void gw_gateway_output_abort(struct gw_gateway_output *output);

#endif
