/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a file is a shared object that this process can map without dying of it. The dynamic linker trusts a file's
 * headers: a truncated one kills the process with SIGBUS, a damaged one makes it write where it should not. So they are
 * read, never mapped, before it sees the file. Any thread.
 */
#ifndef GW_PLUGIN_ELF_FILE_H
#define GW_PLUGIN_ELF_FILE_H

#include "plugin/inspection.h"

#include <stdint.h>

/* Checks the file open at fd, size bytes long. Returns whether all is well. */
bool gw_elf_file_check(struct gw_inspection *inspection, int fd, uint64_t size);

#endif
