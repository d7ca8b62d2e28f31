/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An input: the workers of one entrypoint, which start and stop together and apart from all others.
 *
 * A paused one has no workers: it neither reads nor ends by itself.
 *
 * Life cycle: new (opens the plugin's instances), start, stop, join when all have ended, free. Main thread; new may run
 * on another thread as long as no other thread knows the input.
 */
#ifndef GW_GATEWAY_GATEWAY_INPUT_H
#define GW_GATEWAY_GATEWAY_INPUT_H

#include "base/arena.h"
#include "config/component_place.h"
#include "config/configuration.h"
#include "gateway/component_figures.h"
#include "gateway/generation.h"
#include "gateway/site.h"

struct gw_gateway_input {
    const struct gw_component *component;
    struct gw_configuration *configuration; /* held: the component lives in it */
    struct gw_arena *arena;                 /* of its place */
    struct gw_component_place place;
    struct gw_worker **workers;
    struct gw_generation_hold *holds; /* of each worker's turn */
    size_t worker_count;
    struct gw_component_figures *figures; /* empty: filled when it is gone, for which there may be no memory then */
    int stop;                             /* a wake-up: take no more */
    int abort;                            /* a wake-up: give up what is in progress */

    /* Of inputs that an apply makes or ends; the main thread's. */
    struct gw_gateway_input *replaces; /* is stopped when this one is up, or before it starts; NULL: none */
    bool stops_first;                  /* all earlier ones of its id stop before it starts */
    size_t started_count;              /* of the workers: they have a thread, or had one */
    bool is_started;                   /* all of them */
    bool is_start_reported;            /* that the system had no thread for one was logged */
    bool is_leaving;                   /* it was stopped, and is freed when it has ended */
    int64_t abort_ms;                  /* is_leaving: it is aborted then, monotonic; INT64_MAX: it was */
};

/* An error does not name the component. Statuses of the plugin's open; NOMEM: no memory or descriptors. */
enum gw_status gw_gateway_input_new(const struct gw_site *site, struct gw_configuration *configuration,
                                    const struct gw_component *component, struct gw_gateway_input **ret_input,
                                    struct gw_error *reterr);

/* Its threads must have been joined. NULL is allowed. */
void gw_gateway_input_free(struct gw_gateway_input *input);

/* Starts the workers that were not started yet. OK; NOMEM: the system cannot create a further thread; those that were
 * started run, and the next call starts the others. */
enum gw_status gw_gateway_input_start(struct gw_gateway_input *input, struct gw_error *reterr);

void gw_gateway_input_stop(struct gw_gateway_input *input);
void gw_gateway_input_abort(struct gw_gateway_input *input);

/* Whether each worker has polled once without a failure. */
bool gw_gateway_input_is_up(const struct gw_gateway_input *input);

/* Whether all its workers have ended, those that were never started because it was stopped before; *ret_is_finished:
 * all of them because the input had ended. */
bool gw_gateway_input_has_ended(const struct gw_gateway_input *input, bool *ret_is_finished);

void gw_gateway_input_join(struct gw_gateway_input *input);

#endif
