/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists the plugins that can be loaded, and the options of one plugin, from the tables that binding uses. Main thread.
 */
#ifndef GW_CLI_VERBS_DESCRIBE_H
#define GW_CLI_VERBS_DESCRIBE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "cli/listing.h"

#include <gangway/error.h>
#include <gangway/plugin.h>

/* Appends a table of the plugin's options and, except in Markdown (which is for the README of the plugin), of the keys
 * of the core. PLAIN and MARKDOWN begin with a description. OK, NOMEM. */
enum gw_status gw_describe_plugin(struct gw_arena *arena, const struct gw_plugin *plugin, enum gw_format format,
                                  struct gw_buffer *buffer, struct gw_error *reterr);

/* Appends a table of the plugin directory, with the reason for each refused file. OK; CONFIG: the directory cannot be
 * read; NOMEM. */
enum gw_status gw_describe_plugins(struct gw_arena *arena, const char *plugin_dir, enum gw_format format,
                                   struct gw_buffer *buffer, struct gw_error *reterr);

#endif
