/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A change: everything that a running gateway needs to go over to another configuration, made before anything of it
 * changes. What is new or replaced is opened and checked (trial.h); what is unchanged is not touched.
 *
 * Life cycle: the thread of an apply makes it; the main thread uses its items (gateway_flip.c) and frees it. What the
 * main thread took out of an item is no longer the change's.
 */
#ifndef GW_GATEWAY_CHANGE_H
#define GW_GATEWAY_CHANGE_H

#include "gateway/plan.h"
#include "gateway/trial.h"

/* What becomes of one component. */
struct gw_change_item {
    const struct gw_plan_component *planned;
    struct gw_made made;            /* ADDED and REPLACED */
    struct gw_relay_routes *routes; /* destinations whose output stays or drains: what the new routes mean for them */
};

struct gw_change {
    struct gw_configuration *before; /* held */
    struct gw_configuration *after;  /* held */
    struct gw_arena *arena;          /* of the plan */
    struct gw_plan plan;
    struct gw_change_item *items; /* one per component of the plan */
    size_t item_count;
};

struct gw_change_request {
    const struct gw_site *site;
    struct gw_configuration *before; /* that is in force */
    struct gw_configuration *after;  /* that is wanted */
    const uint8_t *key;              /* gw_plan_make */
    const char *const *outputs;      /* the ids that have an output, draining ones too */
    size_t output_count;
    const char *hash; /* that the operator has seen; NULL: none, and a plan that needs one is refused */
    bool only_plans;  /* nothing is opened, and *ret_change is NULL */
    void (*planned)(void *context, const struct gw_plan *plan); /* called with the plan, also with one that refuses */
    void *planned_context;
    int cancel;    /* a wake-up: give up */
    gw_beat *beat; /* of the calling thread */
};

/*
 * OK: *ret_change is whole; its plan may be empty. CONFIG: the plan refuses, needs another hash, or a check says that
 * an operator has to change something. TRANSIENT: a check failed in passing or did not return. NOMEM, CANCELLED. With
 * any of them *reterr names the component with its place in the file, and the cause, and nothing has changed.
 */
enum gw_status gw_change_make(const struct gw_change_request *request, struct gw_change **ret_change,
                              struct gw_error *reterr);

/* Disposes of what was made and not used. NULL is allowed. */
void gw_change_free(struct gw_change *change);

#endif
