/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies in the segments of the objects that are loaded into this process: so that a pointer out of a descriptor can
 * be asked about before it is followed. Any thread.
 */
#ifndef GW_PLUGIN_LOADED_MEMORY_H
#define GW_PLUGIN_LOADED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes from ptr to the end of the loaded segment that holds it and may be read; 0 when none does. */
size_t gw_loaded_readable(const void *ptr);

/* Whether ptr lies in a loaded segment that may be executed. */
bool gw_loaded_is_code(const void *ptr);

/* Whether a NUL-terminated string begins at ptr. */
bool gw_loaded_is_string(const char *ptr);

/* Writes the string at ptr into out, cut to size, for an error text; "NULL" or "unreadable memory" for what is none.
 * Returns out. */
const char *gw_loaded_show(const char *ptr, char *out, size_t size);

#endif
