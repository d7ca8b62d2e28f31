/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of one test's own, for files that plugins read and write. Whatever fails ends the program. */
#ifndef GW_TEST_SCRATCH_H
#define GW_TEST_SCRATCH_H

#include <stddef.h>

/* Makes the directory; one at a time. */
void scratch_begin(void);

/* Deletes it with all that is in it. */
void scratch_end(void);

/* The path of a name in it: static storage, good for the next three calls. */
const char *scratch_path(const char *name);

/* Writes, appends to, reads the file of this name. What was read is NUL-terminated, and good until the next call. */
void scratch_write(const char *name, const char *text);
void scratch_append(const char *name, const char *text);
const char *scratch_read(const char *name);

/* Writes bytes of any kind. */
void scratch_write_bytes(const char *name, const char *bytes, size_t len);

/* Renames a file in it, and replaces an existing one. */
void scratch_rename(const char *from, const char *to);

#endif
