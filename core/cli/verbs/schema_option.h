/* SPDX-License-Identifier: Apache-2.0 */
/* What one option may hold, as a JSON Schema. The inside of schema.c. Main thread. */
#ifndef GW_CLI_VERBS_SCHEMA_OPTION_H
#define GW_CLI_VERBS_SCHEMA_OPTION_H

#include "base/arena.h"
#include "json/json_writer.h"

#include <gangway/option.h>

/* Writes the schema of an option: its help, its default, its form, and for a scalar {env:} and {file:} too. */
void gw_schema_write_option(struct gw_json_writer *writer, struct gw_arena *arena, const struct gw_option *option);

/* Writes the members of `$defs` that these schemas refer to. */
void gw_schema_write_definitions(struct gw_json_writer *writer);

#endif
