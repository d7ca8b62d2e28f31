/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of plan.h: the parts that a plan is made of. No state, any thread. */
#ifndef GW_GATEWAY_PLAN_INTERNAL_H
#define GW_GATEWAY_PLAN_INTERNAL_H

#include "gateway/plan.h"

/* The entry of a component that is before, after or both: what becomes of it by itself. NOMEM. */
enum gw_status gw_plan_component_make(struct gw_arena *arena, const struct gw_component *before,
                                      const struct gw_component *after, struct gw_plan_component *ret_component);

/* Completes what each component has to wait for, and whose sources it reads again. NOMEM. */
enum gw_status gw_plan_components_relate(struct gw_arena *arena, struct gw_plan_component *components, size_t count);

/* Fills the routes of the plan, whose models are set. NOMEM. */
enum gw_status gw_plan_routes_make(struct gw_arena *arena, struct gw_plan *plan);

/* Fills where the notices of a removed notifier go. NOMEM. */
enum gw_status gw_plan_reroutes_make(struct gw_arena *arena, const struct gw_plan *plan,
                                     struct gw_plan_component *component);

/* Fills settings and refusals of the plan, whose models and components are set. NOMEM. */
enum gw_status gw_plan_refusals_make(struct gw_arena *arena, struct gw_plan *plan);

/* Fills the hash of the plan, whose models are set. NOMEM. */
enum gw_status gw_plan_hash_make(const uint8_t key[GW_PLAN_KEY_BYTES], struct gw_plan *plan);

#endif
