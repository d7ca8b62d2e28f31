/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks whether a pointer points into the segments of loaded objects, so that the loader can check the pointers of a
 * descriptor before it follows them. Any thread.
 */
#ifndef GW_PLUGIN_LOADED_MEMORY_H
#define GW_PLUGIN_LOADED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* The number of bytes from ptr to the end of the readable loaded segment that contains it; 0: none does. */
size_t gw_loaded_readable(const void *ptr);

/* Whether ptr points into an executable loaded segment. */
bool gw_loaded_is_code(const void *ptr);

/* Whether a NUL-terminated string begins at ptr. */
bool gw_loaded_is_string(const char *ptr);

/* Writes the string at ptr into out for an error text, cut to size; or "NULL" or "unreadable memory". Returns out. */
const char *gw_loaded_show(const char *ptr, char *out, size_t size);

#endif
