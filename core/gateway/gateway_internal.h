/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of a gateway: gateway_graph.c (the instances), gateway.c (their life). */
#ifndef GW_GATEWAY_GATEWAY_INTERNAL_H
#define GW_GATEWAY_GATEWAY_INTERNAL_H

#include "gateway/apply.h"
#include "gateway/gateway.h"
#include "gateway/gateway_input.h"
#include "gateway/gateway_output.h"
#include "gateway/generation.h"
#include "gateway/housekeeper.h"
#include "gateway/orders.h"
#include "gateway/orphan_watch.h"
#include "process/last_failure.h"
#include "process/thread_host.h"

#include <stdatomic.h>

enum {
    GW_VERDICTS_KEPT = 8,
    GW_GENERATIONS_MAX = 8 /* older ones that turns may still run by when a file is applied */
};

/* What was flipped and is not up yet. */
struct gw_rollout {
    bool is_running;
    uint64_t order; /* whose verdict waits for it */
    int64_t deadline_ms;
    char summary[512]; /* what was changed */
};

struct gw_gateway {
    struct gw_gateway_plan plan;
    const struct gw_component *repository; /* of the first configuration: it never changes */
    struct gw_site site;
    struct gw_thread_host main_host; /* its waits end with a signal */
    struct gw_metrics metrics;       /* the repository's */
    struct gw_housekeeper housekeeper;
    struct gw_orphan_watch orphans; /* its thread's */
    struct gw_generations generations;
    struct gw_gateway_input **inputs; /* that are running or draining */
    size_t input_count;
    struct gw_gateway_output **outputs; /* held; that are running or draining */
    size_t output_count;
    atomic_uint_fast64_t handovers; /* commits of relays that may have created rows for other relays */
    atomic_uint_fast64_t epoch;     /* grows when a relay can no longer rely on earlier commits */
    struct gw_event_watch signals;  /* the main thread's; while the gateway runs */
    struct gw_event_watch endings;  /* of `ended` */
    struct gw_event_timer tick;
    struct gw_event_timer deadline;       /* of a drain */
    bool is_open;                         /* false: it waits for its repository, and has no generation yet */
    struct gw_last_failure start_failure; /* of that wait */
    bool is_asked_to_stop;
    bool is_finishing; /* every input has ended */

    /* Applying a file. */
    uint8_t plan_key[GW_PLAN_KEY_BYTES];
    struct gw_event_watch reloads;
    struct gw_apply *apply; /* that is running; NULL: none */
    gw_beat apply_beat;     /* of its thread */
    int64_t comeback_ms;    /* 0, or how long it waits for an output of before to end, monotonic */
    bool is_reload_wanted;  /* a reload came while one was running */
    struct gw_order_verdict verdicts[GW_VERDICTS_KEPT]; /* of the last orders, by number */
    uint64_t last_order;
    struct gw_rollout rollout;
    struct gw_event_timer rollout_deadline;
    struct gw_event_timer sweep_deadline; /* when an input that leaves is aborted */
    struct gw_gateway_figures past;       /* of inputs and outputs that are gone */
    struct gw_component_figures *gone;    /* the same by their ids */
    int64_t started_unix_ms;              /* 0: not yet */
    bool has_reported_pause;              /* a paused input keeps the run from its end */
    bool has_looked_again;                /* at its end: all relays were empty once, and were told to look again */
    bool is_abandoned;                    /* a thread did not end: nothing that it may use can be freed */
    int stop;                             /* the housekeeper's */
    int abort;
    int ended;
};

/* Whether and why the gateway waits for its repository at the start. */
bool gw_gateway_is_waiting(const struct gw_gateway *gateway, struct gw_failure *ret_failure);

/* Called on a relay's thread after a commit that may have created rows for other relays, and on the main thread to make
 * all relays look once more. context: the gateway. */
void gw_gateway_hand_over(void *context);

/* ---- gateway_end.c: main thread */

/* Whether all inputs have ended; *ret_are_finished: those that are not leaving had come to their end. */
bool gw_gateway_have_inputs_ended(const struct gw_gateway *gateway, bool *ret_are_finished);
bool gw_gateway_have_outputs_ended(const struct gw_gateway *gateway);

void gw_gateway_stop_outputs(struct gw_gateway *gateway);

/* Cancels what is in progress. */
void gw_gateway_abort(struct gw_gateway *gateway);

/* Takes no more messages, lets turns and deliveries in progress end, and cancels what does not end in time. */
enum gw_gateway_end gw_gateway_drain(struct gw_gateway *gateway);

/* Joins the threads, which have ended or were cancelled. A thread whose plugin does not return is abandoned after some
 * seconds: the event is logged, and is_abandoned is set. */
void gw_gateway_end_threads(struct gw_gateway *gateway);

/* ---- gateway_flip.c: main thread */

/*
 * Goes over to the configuration of a change. OK: it is in force; inputs and outputs that are new are started, or wait
 * for others to leave. NOMEM: nothing has changed. What it uses of the change is the gateway's afterwards.
 */
enum gw_status gw_gateway_flip(struct gw_gateway *gateway, struct gw_change *change, struct gw_error *reterr);

/* Starts inputs whose turn has come, stops those that were replaced, ends and frees what has left. To be called
 * whenever a thread has ended or come up. */
void gw_gateway_sweep(struct gw_gateway *gateway);

/* The id of a component that is not up; NULL: all are. */
const char *gw_gateway_not_up(const struct gw_gateway *gateway);

/* ---- gateway_orders.c: main thread */

/* Takes reloads from now on. One that comes while the gateway is not open is refused. NOMEM. */
enum gw_status gw_gateway_watch_orders(struct gw_gateway *gateway, struct gw_error *reterr);

/* The gateway is asked to stop: cancels what has not been flipped, and ends the verdict of what was. A cancelled order
 * is over once gw_gateway_advance_orders has seen its end. */
void gw_gateway_cancel_orders(struct gw_gateway *gateway);

/* Takes no more, and cancels one that is running. May be repeated. */
void gw_gateway_unwatch_orders(struct gw_gateway *gateway);

/* Flips when an apply has made its change, and says when all is up. To be called as gw_gateway_sweep is. */
void gw_gateway_advance_orders(struct gw_gateway *gateway);

/* ---- order_verdicts.c: main thread */

/* The verdict of the last order. */
struct gw_order_verdict *gw_gateway_current_verdict(struct gw_gateway *gateway);

/* Makes one, with the next number, in the place of the oldest one. */
struct gw_order_verdict *gw_gateway_begin_verdict(struct gw_gateway *gateway, enum gw_order_kind kind);

void gw_order_verdict_end(struct gw_order_verdict *verdict, enum gw_verdict_word word, const char *text);
void gw_order_verdict_done(struct gw_order_verdict *verdict);

/* ---- rollout.c: main thread */

/* Writes which components and routes a change concerns, in one line. */
void gw_change_summarize(const struct gw_change *change, char *text, size_t size);

/* Ends the rollout that is running if all is up or its time is over. */
void gw_gateway_watch_rollout(struct gw_gateway *gateway);

/* Ends it now, if one is running; cause: why nobody waits for it any longer. */
void gw_gateway_conclude_rollout(struct gw_gateway *gateway, const char *cause);

/* Sets the timer for what the orders wait for: a rollout, or an output that has to end before an apply. */
void gw_gateway_set_order_deadline(struct gw_gateway *gateway);

/* ---- order_components.c: main thread */

/* Adds the components that the plan changes to a verdict. */
void gw_gateway_note_components(struct gw_order_verdict *verdict, const struct gw_plan *plan);

/* Says in what state they are now. */
void gw_gateway_judge_components(struct gw_gateway *gateway, struct gw_order_verdict *verdict);

/* ---- gone_figures.c: main thread */

/* One has left: its figures belong to the gateway from now on. */
void gw_gateway_keep_input_figures(struct gw_gateway *gateway, struct gw_gateway_input *input);
void gw_gateway_keep_output_figures(struct gw_gateway *gateway, struct gw_gateway_output *output);

/* Drops those of removed ids that are too old or too many (component_figures.h). */
void gw_gateway_expire_figures(struct gw_gateway *gateway);

/* ---- order_figures.c: main thread */

/* What waits now for each destination that is running or draining, as far as that is known: texts are in arena. False:
 * no memory. */
bool gw_gateway_take_plan_figures(struct gw_gateway *gateway, struct gw_arena *arena,
                                  struct gw_plan_figures *ret_figures);

void gw_gateway_add_input_figures(const struct gw_gateway_input *input, struct gw_gateway_figures *total);
void gw_gateway_add_output_figures(const struct gw_gateway_output *output, struct gw_gateway_figures *total);

#endif
