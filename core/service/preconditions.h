/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Semantics: what must be true before a command can be handled. It is looked up in the same unit of work as the command
 * itself, so that the changeset verifies it.
 */
#ifndef GW_SERVICE_PRECONDITIONS_H
#define GW_SERVICE_PRECONDITIONS_H

#include <gangway/status.h>

struct gw_command;
struct gw_handling;

/* OK; INVALID, with the reason in the handling: no product has the SKU, the batch is unknown, or a batch of another SKU
 * has the reference; NOT_LOADED; NOMEM. */
enum gw_status gw_preconditions_check(struct gw_handling *handling, const struct gw_command *command);

#endif
