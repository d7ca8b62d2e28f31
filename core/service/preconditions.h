/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Semantics: what must be true of the world before a command can be handled at all. Looked up in the same unit of work
 * as the command itself, so the changeset checks it.
 */
#ifndef GW_SERVICE_PRECONDITIONS_H
#define GW_SERVICE_PRECONDITIONS_H

#include <gangway/status.h>

struct gw_command;
struct gw_handling;

/* OK; INVALID, with the reason in the handling: the SKU is nobody's, the batch is unknown, the reference belongs to
 * another SKU. NOT_LOADED, NOMEM. */
enum gw_status gw_preconditions_check(struct gw_handling *handling, const struct gw_command *command);

#endif
