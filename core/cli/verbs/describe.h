/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be loaded, and what a plugin's block in the bootstrap file may hold: from the same tables that binding uses.
 * Main thread.
 */
#ifndef GW_CLI_VERBS_DESCRIBE_H
#define GW_CLI_VERBS_DESCRIBE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "cli/listing.h"

#include <gangway/error.h>
#include <gangway/plugin.h>

/* Appends a table of the plugin's options and, but for Markdown (which is for the plugin's own page), of the core's
 * keys beside them; PLAIN and MARKDOWN say first what it is. NOMEM. */
enum gw_status gw_describe_plugin(struct gw_arena *arena, const struct gw_plugin *plugin, enum gw_format format,
                                  struct gw_buffer *buffer, struct gw_error *reterr);

/* Appends a table of what is in the plugin directory, the refused ones with the reason. CONFIG: the directory cannot be
 * read; NOMEM. */
enum gw_status gw_describe_plugins(struct gw_arena *arena, const char *plugin_dir, enum gw_format format,
                                   struct gw_buffer *buffer, struct gw_error *reterr);

#endif
