/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin directory for a test, with the rights that the loader requires, and files in it. */
#ifndef GW_TEST_PLUGIN_DIRECTORY_H
#define GW_TEST_PLUGIN_DIRECTORY_H

#include <stddef.h>

/* Where it is. */
extern char plugin_directory[];

/* Makes an empty one, mode 0755; removes it and all that is in it. */
void plugin_directory_make(void);
void plugin_directory_remove(void);

/* The path of file_name in it. Static storage, until the next call. */
const char *plugin_directory_path(const char *file_name);

/* Writes a file, mode 0755, with these bytes. */
void plugin_directory_write(const char *file_name, const void *bytes, size_t len);

/* Puts the plugin of this name, as it was built, into it. */
void plugin_directory_install(const char *name);

/* The bytes of the plugin of this name as it was built; the caller frees them. */
unsigned char *plugin_built(const char *name, size_t *ret_len);

#endif
