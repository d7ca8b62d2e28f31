/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handlers: of commands, which call the aggregate and fail noisily, and of events, which add effects. No handler
 * does any I/O: publishing an event or telling a person is an outbox row in the same changeset.
 */
#ifndef GW_SERVICE_HANDLERS_H
#define GW_SERVICE_HANDLERS_H

#include "service/message_bus.h"

#include <stddef.h>

/* Handles a command whose preconditions hold. Statuses of gw_message_bus_handle. */
enum gw_status gw_handle_command(struct gw_handling *handling, const struct gw_command *command, uint32_t *ret_outcome);

/* AllocationRequired: allocates the line again. */
gw_event_handler_fn gw_handle_allocation_required;

/* Any event: adds the rows of a struct gw_destination. */
gw_event_handler_fn gw_handle_by_sending;

#endif
