/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of a gateway: gateway_graph.c (the instances), gateway.c (their life). */
#ifndef GW_GATEWAY_GATEWAY_INTERNAL_H
#define GW_GATEWAY_GATEWAY_INTERNAL_H

#include "gateway/gateway.h"
#include "gateway/gateway_input.h"
#include "gateway/gateway_output.h"
#include "gateway/generation.h"
#include "gateway/housekeeper.h"
#include "process/thread_host.h"

#include <stdatomic.h>

struct gw_gateway {
    struct gw_gateway_plan plan;
    const struct gw_component *repository; /* of the first configuration: it never changes */
    struct gw_site site;
    struct gw_thread_host main_host; /* its waits end with a signal */
    struct gw_metrics metrics;       /* the repository's */
    struct gw_housekeeper housekeeper;
    struct gw_generations generations;
    struct gw_gateway_input **inputs; /* that are running or draining */
    size_t input_count;
    struct gw_gateway_output **outputs; /* held; that are running or draining */
    size_t output_count;
    atomic_uint_fast64_t handovers; /* commits of relays that may have made rows for other relays */
    atomic_uint_fast64_t epoch;     /* grows when what was committed before is in doubt */
    struct gw_event_watch signals;  /* the main thread's; while the gateway runs */
    struct gw_event_watch endings;  /* of `ended` */
    struct gw_event_timer tick;
    struct gw_event_timer deadline; /* of a drain */
    bool is_asked_to_stop;
    bool has_looked_again; /* at its end: all relays were empty once, and were told to look again */
    int stop;              /* the housekeeper's */
    int abort;
    int ended;
};

/* Called on a relay's thread after a commit that may have created rows for other relays, and on the main thread to make
 * all relays look once more. context: the gateway. */
void gw_gateway_hand_over(void *context);

#endif
