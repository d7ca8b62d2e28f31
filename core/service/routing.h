/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the message bus that the wiring needs: it creates a bus and adds the destinations of each event. Events
 * are entries of the catalog, so the wiring knows no business type.
 */
#ifndef GW_SERVICE_ROUTING_H
#define GW_SERVICE_ROUTING_H

#include "service/catalog.h"

#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>

struct gw_message_bus;

/* A bus with the handlers of every command, and of the domain's internal events. NULL: no memory. */
struct gw_message_bus *gw_message_bus_new(void);
void gw_message_bus_free(struct gw_message_bus *bus);

/* A destination of an event: one outbox row per entry of recipients. */
struct gw_destination {
    struct gw_text id;
    const struct gw_text *recipients; /* that its rows name; a publisher has one, the empty text */
    size_t recipient_count;
};

/* Adds a destination to an event. The rows of destinations have the order of these calls. The destination is borrowed
 * for the life of the bus. False: no memory. */
bool gw_message_bus_route(struct gw_message_bus *bus, const struct gw_event_spec *event,
                          const struct gw_destination *destination);

#endif
