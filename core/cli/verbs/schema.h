/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON Schema (draft 2020-12) of the whole bootstrap file, for editors: from the core's tables and from those of
 * every plugin in the directory. It says what a file may hold as far as a schema can; `gangway lint` says all. Main
 * thread.
 */
#ifndef GW_CLI_VERBS_SCHEMA_H
#define GW_CLI_VERBS_SCHEMA_H

#include "base/arena.h"
#include "base/buffer.h"

#include <gangway/error.h>

/* Appends the schema; a plugin that no file could use is left out. CONFIG: the directory cannot be read; NOMEM. */
enum gw_status gw_schema_write(struct gw_arena *arena, const char *plugin_dir, struct gw_buffer *buffer,
                               struct gw_error *reterr);

#endif
