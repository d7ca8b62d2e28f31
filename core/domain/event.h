/* SPDX-License-Identifier: Apache-2.0 */
/* Events: past tense, any number of handlers. What happened, in the order in which it did. */
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

/* Where the domain puts the events that it raises: a queue that the message bus empties. add returns false when memory
 * has run out; the operation then returns GW_RESULT_NOMEM and the turn is given up. */
struct gw_event_sink {
    bool (*add)(struct gw_event_sink *self, const struct gw_event *event);
};

#endif
