/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the ELF header and the program headers with pread, because reading a mapped file can end the process. Any
 * thread.
 */
#include "plugin/elf_file.h"

#include <elf.h>
#include <link.h>
#include <unistd.h>

/* This process's own ELF header, a symbol of the static linker: its class and byte order are those of a plugin. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static bool is_inside(uint64_t size, uint64_t offset, uint64_t len)
{
    return offset <= size && len <= size - offset;
}

static bool fail_truncated(struct gw_inspection *inspection, const char *what, uint64_t offset, uint64_t len,
                           uint64_t size)
{
    return gw_inspection_fail(inspection, GW_CONFIG, "length",
                              "it is truncated: %s needs %llu bytes at offset %llu, and the file has %llu bytes", what,
                              (unsigned long long)len, (unsigned long long)offset, (unsigned long long)size);
}

static bool check_segments(struct gw_inspection *inspection, int fd, uint64_t size, const ElfW(Ehdr) * header)
{
    ElfW(Phdr) segment;

    for (uint64_t i = 0; i < header->e_phnum; i++) {
        uint64_t at = header->e_phoff + i * sizeof segment;

        if (!is_inside(size, at, sizeof segment) ||
            pread(fd, &segment, sizeof segment, (off_t)at) != (ssize_t)sizeof segment)
            return fail_truncated(inspection, "a program header", at, sizeof segment, size);
        if (segment.p_type == PT_LOAD && !is_inside(size, segment.p_offset, segment.p_filesz))
            return fail_truncated(inspection, "a segment", segment.p_offset, segment.p_filesz, size);
    }
    return true;
}

bool gw_elf_file_check(struct gw_inspection *inspection, int fd, uint64_t size)
{
    ElfW(Ehdr) header;
    uint64_t sections_len;

    /* The identification: magic number, class, byte order, version. */
    if (pread(fd, &header, sizeof header, 0) != (ssize_t)sizeof header ||
        memcmp(header.e_ident, __ehdr_start.e_ident, EI_OSABI) != 0)
        return true;
    /* dlopen reports a file for another machine as missing. */
    if (header.e_machine != __ehdr_start.e_machine)
        return gw_inspection_fail(inspection, GW_CONFIG, "machine",
                                  "it is built for another machine: its ELF machine is %u, expected %u",
                                  header.e_machine, __ehdr_start.e_machine);
    /* Linkers write the section table at the end of the file. */
    sections_len = (uint64_t)header.e_shnum * header.e_shentsize;
    if (!is_inside(size, header.e_shoff, sections_len))
        return fail_truncated(inspection, "the section table", header.e_shoff, sections_len, size);
    if (!check_segments(inspection, fd, size, &header))
        return false;
    return gw_inspection_pass(inspection, "length", "section table and segments lie inside its %llu bytes",
                              (unsigned long long)size);
}
