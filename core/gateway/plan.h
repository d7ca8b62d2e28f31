/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: what applying a bootstrap file would change in a running gateway. A pure function of two models: it reads
 * no file, no clock and no figure, so the same two models and key give the same plan.
 *
 * The models do not name a destination that was removed earlier and still drains: the caller knows whether an id that
 * is added has such a relay.
 *
 * Components are compared by id. An id keeps its section for ever, because rows of the outbox and positions belong to
 * it. Routes are compared event by event, as sets.
 *
 * A plan borrows both models, and everything else in it is in the arena. No state, any thread.
 */
#ifndef GW_GATEWAY_PLAN_H
#define GW_GATEWAY_PLAN_H

#include "base/arena.h"
#include "config/bootstrap.h"
#include "config/component_changes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GW_PLAN_KEY_BYTES = 32, GW_PLAN_HASH_BYTES = 16, GW_PLAN_HASH_CHARS = 2 * GW_PLAN_HASH_BYTES };

enum gw_plan_verb { GW_PLAN_ADDED, GW_PLAN_REMOVED, GW_PLAN_REPLACED, GW_PLAN_UNCHANGED };

/* What waits for a removed notifier of one event goes to these notifiers (gw_route_is_successor). None: the removed one
 * delivers it. */
struct gw_plan_reroute {
    const struct gw_event_spec *event;
    struct gw_component_list to;
};

struct gw_plan_component {
    const char *id;
    enum gw_section section;
    enum gw_plan_verb verb;
    const struct gw_component *before; /* NULL: added */
    const struct gw_component *after;  /* NULL: removed */

    /* REPLACED: the options that differ. UNCHANGED: those that take effect without being applied (is_reread). */
    struct gw_option_changes options;

    /* REPLACED: the plugin or one of its options differs. False: only keys of the core do. */
    bool needs_instance;

    /* An entrypoint that would read another source, a destination that would write to another place. */
    bool changes_identity;

    /* REPLACED: the old instance and the new one cannot work at the same time, so the old one stops first. False: the
     * new one starts before the old one leaves. */
    bool stops_first;

    /* ADDED and REPLACED: the id of another component whose running instance has to leave before the new one of this
     * starts; NULL: none. Two that exchange their inputs name each other. */
    const char *starts_after;

    /* Entrypoints: has positions that nobody reads any more: it was removed, or reads another source. */
    bool abandons_positions;

    /* Added entrypoints: the id of a removed one that reads the same sources; NULL: none. Positions belong to the id,
     * so everything is read again from where a new source begins. */
    const char *renamed_from;

    /* Removed destinations: delivers what waits for it before it ends. Of a notifier, all that is not rerouted. */
    bool drains;

    /* Removed notifiers: one per event that was routed to it. */
    const struct gw_plan_reroute *reroutes;
    size_t reroute_count;
};

/* An event with another route. */
struct gw_plan_route {
    const struct gw_route *before;
    const struct gw_route *after;
};

enum gw_plan_obstacle { GW_PLAN_NEEDS_RESTART, GW_PLAN_SECTION_CHANGED };

/* Why the file cannot be applied. */
struct gw_plan_refusal {
    enum gw_plan_obstacle obstacle;
    const char *name; /* `repository`, `log.level`, or the id that changed its section */
    const char *reason;
    uint32_t line; /* in the new file; 0: it leaves the setting out */
    uint32_t column;
};

struct gw_plan {
    const struct gw_bootstrap *running;
    const struct gw_bootstrap *wanted;

    /* All components, unchanged ones too: by section, in the order of the new file, then what was removed. */
    const struct gw_plan_component *components;
    size_t component_count;

    const struct gw_plan_route *routes; /* only those that change */
    size_t route_count;

    struct gw_option_changes settings; /* outside the components */

    const struct gw_plan_refusal *refusals;
    size_t refusal_count;

    bool is_empty; /* nothing to apply and nothing to refuse */

    /* The first entrypoint that would read another source or abandon positions, which needs the plan's hash; NULL: none
     * does. */
    const struct gw_plan_component *needs_hash;

    /* Of both models with their values; hexadecimal. Equal plans of one process have equal hashes. */
    char hash[GW_PLAN_HASH_CHARS + 1];
};

/* Compares the models. key is random and stays in the process, so that the hash reveals nothing about secrets. NOMEM:
 * *ret_plan is unchanged. */
enum gw_status gw_plan_make(struct gw_arena *arena, const struct gw_bootstrap *running,
                            const struct gw_bootstrap *wanted, const uint8_t key[GW_PLAN_KEY_BYTES],
                            struct gw_plan *ret_plan);

/* The component of this id in the plan, or NULL. */
const struct gw_plan_component *gw_plan_find(const struct gw_plan *plan, enum gw_section section, const char *id);

#endif
