/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a file that must be a regular one. No call blocks, as opening a FIFO would. Any thread. */
#ifndef GW_BASE_FILE_H
#define GW_BASE_FILE_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Opens path for reading. The caller finds the kind of file in *ret_stat. Returns the descriptor, or -1 with errno. */
int gw_file_open(const char *path, struct stat *ret_stat);

/* Reads up to the end or size bytes. Returns the number of bytes, or -1 with errno. */
ssize_t gw_file_read(int fd, char *bytes, size_t size);

#endif
