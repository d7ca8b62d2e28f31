/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON Schema (draft 2020-12) of the whole bootstrap file, for editors. It is made from the tables of the core and of
 * every plugin in the directory. A schema cannot express every rule; `gangway lint` checks all of them. Main thread.
 */
#ifndef GW_CLI_VERBS_SCHEMA_H
#define GW_CLI_VERBS_SCHEMA_H

#include "base/arena.h"
#include "base/buffer.h"

#include <gangway/error.h>

/* Appends the schema. A plugin that cannot be loaded is left out. OK; CONFIG: the directory cannot be read; NOMEM. */
enum gw_status gw_schema_write(struct gw_arena *arena, const char *plugin_dir, struct gw_buffer *buffer,
                               struct gw_error *reterr);

#endif
