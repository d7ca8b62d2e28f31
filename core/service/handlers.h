/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handlers. A command handler calls the aggregate, and its failure rejects the command. An event handler adds
 * effects. No handler does I/O: publishing an event or notifying a person is an outbox row in the same changeset.
 */
#ifndef GW_SERVICE_HANDLERS_H
#define GW_SERVICE_HANDLERS_H

#include "domain/command.h"
#include "service/handling.h"

#include <stddef.h>

/* Handles a command whose preconditions hold. Returns the statuses of gw_message_bus_handle. */
enum gw_status gw_handle_command(struct gw_handling *handling, const struct gw_command *command, uint32_t *ret_outcome);

/* AllocationRequired: allocates the line again. */
gw_event_handler_fn gw_handle_allocation_required;

/* Any event: adds the outbox rows of a struct gw_destination. */
gw_event_handler_fn gw_handle_by_sending;

#endif
