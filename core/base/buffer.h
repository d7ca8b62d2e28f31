/* SPDX-License-Identifier: Apache-2.0 */
/* The buffer of the plugin library, and appends of escaped text to it. One thread at a time. */
#ifndef GW_BASE_BUFFER_H
#define GW_BASE_BUFFER_H

#include <gangway/sdk/buffer.h>

#include <stddef.h>

/* Appends bytes escaped for a terminal by gw_terminal_escape. */
void gw_buffer_append_terminal(struct gw_buffer *buffer, const char *bytes, size_t len);

#endif
