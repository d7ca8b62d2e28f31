/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans of a worker and of a relay on the scripted repository, with wake-ups of their own. A test sets what it is
 * about.
 */
#ifndef GW_TEST_SCRIPTED_PLAN_H
#define GW_TEST_SCRIPTED_PLAN_H

#include "relay/relay.h"
#include "worker/worker.h"

/* The worker `orders` of shop.yaml, with a cache of 8 MiB. Its commits are not offered. */
struct gw_worker_plan scripted_worker_plan(const struct gw_plugin *entrypoint, const struct gw_message_bus *bus);

/* A relay whose handovers are not counted. */
struct gw_relay_plan scripted_relay_plan(const struct gw_component *component, const struct gw_bootstrap *bootstrap);

#endif
