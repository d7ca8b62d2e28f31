/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the wiring needs of the message bus: to make one, and to say where each event goes. Names events by the
 * catalog's entries, so that whoever wires knows no business type.
 */
#ifndef GW_SERVICE_ROUTING_H
#define GW_SERVICE_ROUTING_H

#include "service/catalog.h"

#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>

struct gw_message_bus;

/* A bus with every command's handler and the domain's own event handlers. NULL when memory has run out. */
struct gw_message_bus *gw_message_bus_new(void);
void gw_message_bus_free(struct gw_message_bus *bus);

/* A destination of an event: one outbox row per recipient. */
struct gw_destination {
    struct gw_text id;
    const struct gw_text *recipients; /* a publisher has one, the empty text */
    size_t recipient_count;
};

/* From now on the event goes there too; destinations get their rows in the order of these calls. The destination is
 * borrowed as long as the bus lives. False when memory has run out. */
bool gw_message_bus_route(struct gw_message_bus *bus, const struct gw_event_spec *event,
                          const struct gw_destination *destination);

#endif
