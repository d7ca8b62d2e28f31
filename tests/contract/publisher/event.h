/* SPDX-License-Identifier: Apache-2.0 */
/* Events by number (see fixture.h), as publications and as what must arrive. */
#ifndef GW_CONTRACT_EVENT_H
#define GW_CONTRACT_EVENT_H

#include "arrival.h"
#include "test_plugin.h"

#include <gangway/port/publisher.h>

#include <stdint.h>

struct event;

/* The event of this number: free it with event_free. */
struct event *event_new(uint32_t number);
void event_free(struct event *event);

/* What a relay would give to publish: borrows the event. Each template of the plugin has the SKU as its text. */
struct gw_publication event_publication(struct event *event, const struct test_plugin *plugin);

/* The number of the event that arrived. Fails the test if it is not one of the test, or has changed. */
uint32_t event_expect(const struct arrival *arrival);

/* The part of a number that names its SKU. */
uint32_t event_sku(uint32_t number);

#endif
