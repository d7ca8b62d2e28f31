/* SPDX-License-Identifier: Apache-2.0 */
/* Events: past tense, any number of handlers, in the order in which they happened. */
#ifndef GW_DOMAIN_EVENT_H
#define GW_DOMAIN_EVENT_H

#include "domain/identifier.h"

enum gw_event_type {
    GW_EVENT_ALLOCATED,
    GW_EVENT_DEALLOCATED,
    GW_EVENT_OUT_OF_STOCK,
    GW_EVENT_ALLOCATION_REQUIRED, /* internal: the message bus turns it into an Allocate */
    GW_EVENT_TYPES
};

struct gw_event {
    enum gw_event_type type;
    struct gw_identifier orderid;
    struct gw_identifier sku;
    int64_t qty;
    struct gw_identifier batchref; /* Allocated, Deallocated */
};

/* Receives the events that the domain raises: the queue of the message bus. add returns false when out of memory; the
 * operation then returns GW_RESULT_NOMEM and the turn is aborted. */
struct gw_event_sink {
    bool (*add)(struct gw_event_sink *self, const struct gw_event *event);
};

#endif
