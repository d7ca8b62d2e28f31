/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message bus: one handler per command, any number per event. Events that a handler raises are added to a queue,
 * and handled within the same command in the order in which they were raised.
 *
 * The bus is constant after the wiring has subscribed all handlers, and all workers share it. The state of a running
 * command is in a struct gw_handling of the worker.
 */
#ifndef GW_SERVICE_MESSAGE_BUS_H
#define GW_SERVICE_MESSAGE_BUS_H

#include "domain/command.h"
#include "service/handling.h"
#include "service/routing.h"

#include <gangway/status.h>

#include <stdint.h>

/*
 * Handles a command and every event that follows from it. identity and headers of the handling are those of the
 * message.
 *
 * OK: *ret_outcome is APPLIED, or SKIPPED with an optional warning in reason. INVALID: the command is rejected, nothing
 * has changed, and reason says why. NOT_LOADED: the attempt must be repeated after a further load. NOMEM, INTERNAL: the
 * attempt has failed.
 */
enum gw_status gw_message_bus_handle(const struct gw_message_bus *bus, struct gw_handling *handling,
                                     const struct gw_command *command, uint32_t *ret_outcome);

#endif
