/* SPDX-License-Identifier: Apache-2.0 */
/* Dispatch of commands and events. It knows nothing of what handlers do. */
#include "service/message_bus.h"

#include "service/handlers.h"
#include "service/preconditions.h"

#include <gangway/scope.h>

#include <stdlib.h>

struct subscription {
    gw_event_handler_fn *handler;
    const void *context;
    struct subscription *next;
};

struct gw_message_bus {
    struct subscription *subscriptions[GW_EVENT_TYPES];
};

/* Handlers of one event run in the order of their subscription. context is borrowed as long as the bus lives. False
 * when memory has run out. */
static bool subscribe(struct gw_message_bus *bus, enum gw_event_type type, gw_event_handler_fn *handler,
                      const void *context)
{
    struct subscription **end = &bus->subscriptions[type];
    struct subscription *added = malloc(sizeof *added);

    if (added == NULL)
        return false;
    *added = (struct subscription){handler, context, NULL};
    while (*end != NULL)
        end = &(*end)->next;
    *end = added;
    return true;
}

struct gw_message_bus *gw_message_bus_new(void)
{
    struct gw_message_bus *bus = calloc(1, sizeof *bus);

    if (bus == NULL)
        return NULL;
    if (!subscribe(bus, GW_EVENT_ALLOCATION_REQUIRED, gw_handle_allocation_required, NULL)) {
        free(bus);
        return NULL;
    }
    return bus;
}

void gw_message_bus_free(struct gw_message_bus *bus)
{
    if (bus == NULL)
        return;
    for (size_t type = 0; type < gw_array_length(bus->subscriptions); type++) {
        while (bus->subscriptions[type] != NULL) {
            struct subscription *first = bus->subscriptions[type];

            bus->subscriptions[type] = first->next;
            free(first);
        }
    }
    free(bus);
}

bool gw_message_bus_route(struct gw_message_bus *bus, const struct gw_event_spec *event,
                          const struct gw_destination *destination)
{
    size_t count;

    return subscribe(bus, (enum gw_event_type)(event - gw_event_specs(&count)), gw_handle_by_sending, destination);
}

/* A published event raises the counter of its product, even if no route takes it. False: something of the product is
 * not loaded. */
static bool count_event(struct gw_handling *handling, const struct gw_event *event)
{
    size_t count;

    handling->product = NULL;
    if (gw_event_specs(&count)[event->type].is_internal)
        return true;
    handling->product = gw_unit_of_work_product(handling->work, event->sku);
    if (handling->product == NULL)
        return false;
    handling->product->event_count++;
    return true;
}

static enum gw_status handle_event(const struct gw_message_bus *bus, struct gw_handling *handling,
                                   const struct gw_event *event)
{
    const struct subscription *subscription = bus->subscriptions[event->type];

    handling->payload = gw_text_of(NULL);
    if (!count_event(handling, event))
        return GW_NOT_LOADED;
    for (; subscription != NULL; subscription = subscription->next) {
        enum gw_status status = subscription->handler(subscription->context, handling, event);

        if (status != GW_OK)
            return status;
    }
    return GW_OK;
}

enum gw_status gw_message_bus_handle(const struct gw_message_bus *bus, struct gw_handling *handling,
                                     const struct gw_command *command, uint32_t *ret_outcome)
{
    enum gw_status status;

    handling->queue_count = 0;
    handling->header_text = gw_text_of(NULL);
    gw_buffer_reset(handling->reason);
    status = gw_preconditions_check(handling, command);
    if (status == GW_OK)
        status = gw_handle_command(handling, command, ret_outcome);
    for (size_t next = 0; status == GW_OK && next < handling->queue_count; next++) {
        struct gw_event event = handling->queue[next]; /* a copy, because handling may move the queue */

        handling->event_number = (uint32_t)next + 1;
        status = handle_event(bus, handling, &event);
    }
    return status;
}
