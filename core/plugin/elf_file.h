/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks that a shared object is complete. dlopen maps the segments of a truncated file, and the process dies of SIGBUS
 * when it touches a page behind the end. dlopen finds everything else. Any thread.
 */
#ifndef GW_PLUGIN_ELF_FILE_H
#define GW_PLUGIN_ELF_FILE_H

#include "plugin/inspection.h"

#include <stdint.h>

/* Checks that the section table and every PT_LOAD segment of the file open at fd lie inside its size bytes. Returns
 * true also for a file that is not an ELF file of this machine's class and byte order: dlopen refuses it. */
bool gw_elf_file_check(struct gw_inspection *inspection, int fd, uint64_t size);

#endif
