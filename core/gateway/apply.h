/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An apply: reads a bootstrap file and makes the change that it means, on a thread of its own, while the gateway runs
 * on. One at a time; reading loads plugins, which the main thread must not do meanwhile.
 *
 * Life cycle: start on the main thread; when `ended` is raised and gw_apply_has_ended says so, take the change and
 * free.
 */
#ifndef GW_GATEWAY_APPLY_H
#define GW_GATEWAY_APPLY_H

#include "gateway/change.h"
#include "gateway/plan_figures.h"

struct gw_apply;

struct gw_apply_plan {
    struct gw_bootstrap_request request; /* which file, whose name is copied; the rest is borrowed */
    const struct gw_site *site;
    struct gw_configuration *before; /* that is in force */
    const uint8_t *key;
    const char *const *outputs; /* gw_change_request.outputs; copied */
    size_t output_count;
    const char *hash;               /* copied; NULL: none */
    struct gw_plan_figures figures; /* shown beside the plan */
    struct gw_arena *arena;         /* of the figures; taken over, also if it does not start */
    bool only_plans;                /* ends when the plan is there; nothing is opened */
    int ended;                      /* a wake-up that its thread raises at its end */
    gw_beat *beat;                  /* its thread's; GW_BEAT_WAITING again at its end */
};

/* NOMEM: no memory, thread or descriptor. */
enum gw_status gw_apply_start(const struct gw_apply_plan *plan, struct gw_apply **ret_apply, struct gw_error *reterr);

bool gw_apply_has_ended(const struct gw_apply *apply);

/* Before its end: it gives up as soon as it can. */
void gw_apply_cancel(struct gw_apply *apply);

/* After its end: what there is to read for whoever asked. The caller owns the buffers and ends them. */
struct gw_apply_texts {
    struct gw_buffer findings;  /* about the file, a line each */
    struct gw_buffer plan_text; /* empty: the file has mistakes */
    struct gw_buffer plan_json;
};
struct gw_apply_texts gw_apply_take_texts(struct gw_apply *apply);

/* After its end: the change that it made; NULL: none, or the result was taken. */
const struct gw_change *gw_apply_change(const struct gw_apply *apply);

/*
 * After its end. OK: *ret_change is the caller's, and NULL when only a plan was wanted. Otherwise *reterr says why the
 * file is refused: as gw_change_make does; CONFIG with *ret_findings > 0: the file has so many errors, which were
 * logged.
 */
enum gw_status gw_apply_result(struct gw_apply *apply, struct gw_change **ret_change, size_t *ret_findings,
                               struct gw_error *reterr);

/* Joins the thread. NULL is allowed. */
void gw_apply_free(struct gw_apply *apply);

#endif
