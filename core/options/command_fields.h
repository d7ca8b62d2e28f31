/* SPDX-License-Identifier: Apache-2.0 */
/* Converts the fields of a command from the catalog's tables to the SDK's struct. No state. */
#ifndef GW_OPTIONS_COMMAND_FIELDS_H
#define GW_OPTIONS_COMMAND_FIELDS_H

#include "base/arena.h"

#include <gangway/option.h>
#include <gangway/text.h>

#include <stdbool.h>

/* Writes the fields of the command with this name, or of `auto`, to arena; none for another name. False: out of memory.
 */
bool gw_command_fields(struct gw_arena *arena, struct gw_text command, struct gw_option_fields *ret_fields);

#endif
