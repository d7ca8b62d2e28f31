/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a command in the SDK's words, made from the catalog's tables. No state of its own. */
#ifndef GW_OPTIONS_COMMAND_FIELDS_H
#define GW_OPTIONS_COMMAND_FIELDS_H

#include "base/arena.h"

#include <gangway/option.h>
#include <gangway/text.h>

#include <stdbool.h>

/* Writes the fields of the command of this name, or of `auto`, in arena; none for another name. False: no memory. */
bool gw_command_fields(struct gw_arena *arena, struct gw_text command, struct gw_option_fields *ret_fields);

#endif
