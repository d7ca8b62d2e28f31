/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ELF structure of a file, as far as the dynamic linker relies on it without looking. What the program headers say
 * is compared with what the section headers say: the linker writes both, and it is hard to damage both alike. Numbers
 * out of the file are compared by subtraction, since a sum may overflow. Any thread.
 */
#include "plugin/elf_file.h"

#include <gangway/scope.h>

#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <unistd.h>

/* More than any linker writes: bounds for what is read. */
enum { PROGRAM_HEADERS_MAX = 256, NAMES_MAX_BYTES = 1024 * 1024 };

/* Larger alignments make the dynamic linker reserve memory in proportion. */
#define ALIGNMENT_MAX ((uint64_t)1 << 30)

/* This process's own ELF header, by the static linker: what a plugin must be alike. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

struct elf_file {
    struct gw_inspection *inspection;
    int fd;
    uint64_t size;
    uint64_t page;
    ElfW(Ehdr) header;
    ElfW(Phdr) * programs;
    ElfW(Shdr) * sections;
    char *names; /* of the sections */
    uint64_t names_len;
};

static bool file_holds(const struct elf_file *file, uint64_t offset, uint64_t len)
{
    return offset <= file->size && len <= file->size - offset;
}

static bool range_holds(uint64_t begin, uint64_t len, uint64_t inner_begin, uint64_t inner_len)
{
    return inner_begin >= begin && inner_begin - begin <= len && inner_len <= len - (inner_begin - begin);
}

/* Reads len bytes at offset; what is not there, because the file shrinks meanwhile, is a failure too. */
static bool file_read(const struct elf_file *file, void *out, uint64_t offset, size_t len, const char *subject)
{
    size_t done = 0;

    while (done < len) {
        ssize_t got = pread(file->fd, (char *)out + done, len - done, (off_t)(offset + done));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return gw_inspection_fail_errno(file->inspection, errno, subject, "cannot be read");
        if (got == 0)
            return gw_inspection_fail(file->inspection, GW_CONFIG, subject, "the file shrank while it was read");
        done += (size_t)got;
    }
    return true;
}

static bool read_header(struct elf_file *file)
{
    if (file->size == 0)
        return gw_inspection_fail(file->inspection, GW_CONFIG, "elf header", "the file is empty");
    if (file->size < sizeof file->header)
        return gw_inspection_fail(file->inspection, GW_CONFIG, "elf header",
                                  "the file has %llu bytes, expected the %zu of an ELF header at least",
                                  (unsigned long long)file->size, sizeof file->header);
    return file_read(file, &file->header, 0, sizeof file->header, "elf header");
}

/* One field of the header against what this process's own header has. */
static bool check_field(const struct elf_file *file, const char *field, unsigned found, unsigned expected)
{
    if (found == expected)
        return true;
    return gw_inspection_fail(file->inspection, GW_CONFIG, "elf header", "its ELF %s is %u, expected %u", field, found,
                              expected);
}

static bool check_header(struct elf_file *file)
{
    const ElfW(Ehdr) *header = &file->header;

    if (!read_header(file))
        return false;
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return gw_inspection_fail(file->inspection, GW_CONFIG, "elf header",
                                  "begins with %02x %02x %02x %02x, expected 7f 45 4c 46: it is no ELF file",
                                  header->e_ident[0], header->e_ident[1], header->e_ident[2], header->e_ident[3]);
    if (!check_field(file, "class (1: 32 bits, 2: 64 bits)", header->e_ident[EI_CLASS],
                     __ehdr_start.e_ident[EI_CLASS]) ||
        !check_field(file, "byte order (1: little, 2: big)", header->e_ident[EI_DATA], __ehdr_start.e_ident[EI_DATA]) ||
        !check_field(file, "identification version", header->e_ident[EI_VERSION], EV_CURRENT) ||
        !check_field(file, "version", header->e_version, EV_CURRENT) ||
        !check_field(file, "machine", header->e_machine, __ehdr_start.e_machine) ||
        !check_field(file, "type (3: shared object)", header->e_type, ET_DYN) ||
        !check_field(file, "header size", header->e_ehsize, sizeof(ElfW(Ehdr))) ||
        !check_field(file, "program header size", header->e_phentsize, sizeof(ElfW(Phdr))) ||
        !check_field(file, "section header size", header->e_shentsize, sizeof(ElfW(Shdr))))
        return false;
    return gw_inspection_pass(file->inspection, "elf header", "a shared object for this machine (ELF machine %u)",
                              header->e_machine);
}

/* Allocates and reads a table of count entries; a table that is not all inside the file is what truncation looks like,
 * since the section headers stand at its end. */
static void *read_table(const struct elf_file *file, const char *subject, uint64_t offset, size_t count, size_t size)
{
    void *table;

    if (!file_holds(file, offset, count * size)) {
        gw_inspection_fail(file->inspection, GW_CONFIG, subject,
                           "%zu %s at byte %llu end behind the file's %llu bytes: it is truncated or damaged", count,
                           subject, (unsigned long long)offset, (unsigned long long)file->size);
        return NULL;
    }
    table = malloc(count * size);
    if (table == NULL) {
        gw_inspection_fail(file->inspection, GW_NOMEM, subject, "no memory for its %s", subject);
        return NULL;
    }
    if (!file_read(file, table, offset, count * size, subject)) {
        free(table);
        return NULL;
    }
    return table;
}

static bool read_tables(struct elf_file *file)
{
    const ElfW(Ehdr) *header = &file->header;

    if (header->e_phnum == 0 || header->e_phnum > PROGRAM_HEADERS_MAX)
        return gw_inspection_fail(file->inspection, GW_CONFIG, "program headers",
                                  "it has %u program headers, expected 1 to %d", header->e_phnum, PROGRAM_HEADERS_MAX);
    if (header->e_shnum == 0)
        return gw_inspection_fail(file->inspection, GW_CONFIG, "section headers",
                                  "it has no section headers, expected those that a linker writes and strip keeps");
    file->programs = read_table(file, "program headers", header->e_phoff, header->e_phnum, sizeof(ElfW(Phdr)));
    file->sections = read_table(file, "section headers", header->e_shoff, header->e_shnum, sizeof(ElfW(Shdr)));
    return file->programs != NULL && file->sections != NULL;
}

static bool fail_segment(const struct elf_file *file, size_t index, const char *what)
{
    return gw_inspection_fail(file->inspection, GW_CONFIG, "segments",
                              "program header %zu (type 0x%x) %s: it is truncated or damaged", index,
                              (unsigned)file->programs[index].p_type, what);
}

static bool check_load(const struct elf_file *file, size_t index)
{
    const ElfW(Phdr) *load = &file->programs[index];

    if (!file_holds(file, load->p_offset, load->p_filesz))
        return fail_segment(file, index, "ends behind the end of the file");
    if (load->p_filesz > load->p_memsz)
        return fail_segment(file, index, "is longer in the file than in memory");
    if (load->p_memsz > UINTPTR_MAX / 2 || load->p_vaddr > UINTPTR_MAX / 2)
        return fail_segment(file, index, "ends behind the address space");
    if ((load->p_align & (load->p_align - 1)) != 0 || load->p_align < file->page || load->p_align > ALIGNMENT_MAX)
        return fail_segment(file, index, "has an alignment that no linker writes");
    if (((load->p_vaddr - load->p_offset) & (load->p_align - 1)) != 0)
        return fail_segment(file, index, "stands at an address that its alignment forbids");
    return true;
}

/* The dynamic linker reserves memory from the first to the last segment and maps each inside it, wherever it says. */
static bool check_order(const struct elf_file *file, size_t index, uint64_t *end)
{
    const ElfW(Phdr) *load = &file->programs[index];

    if ((load->p_vaddr & ~(file->page - 1)) < *end)
        return fail_segment(file, index, "overlaps the segment before it");
    *end = (load->p_vaddr + load->p_memsz + file->page - 1) & ~(file->page - 1);
    return true;
}

/* The segment whose memory holds len bytes at address; NULL when there is none. */
static const ElfW(Phdr) * find_load(const struct elf_file *file, uint64_t address, uint64_t len)
{
    for (size_t i = 0; i < file->header.e_phnum; i++) {
        const ElfW(Phdr) *load = &file->programs[i];

        if (load->p_type == PT_LOAD && range_holds(load->p_vaddr, load->p_memsz, address, len))
            return load;
    }
    return NULL;
}

/* What of a part must lie inside one segment. The memory of a TLS template is allocated for each thread, and linkers
 * round up how far a segment is protected. */
static uint64_t part_len(const ElfW(Phdr) * part)
{
    return part->p_type == PT_TLS || part->p_type == PT_GNU_RELRO ? part->p_filesz : part->p_memsz;
}

/* What else a program header points to lies inside a segment, in memory and in the file alike. */
static bool check_part(const struct elf_file *file, size_t index)
{
    const ElfW(Phdr) *part = &file->programs[index];
    const ElfW(Phdr) *load = find_load(file, part->p_vaddr, part_len(part));

    if (load == NULL)
        return fail_segment(file, index, "points outside the loaded segments");
    if (part->p_offset - part->p_vaddr != load->p_offset - load->p_vaddr)
        return fail_segment(file, index, "stands elsewhere in the file than in memory");
    if (part->p_type == PT_TLS && (part->p_memsz < part->p_filesz || part->p_memsz > ALIGNMENT_MAX ||
                                   (part->p_align & (part->p_align - 1)) != 0 || part->p_align > file->page))
        return fail_segment(file, index, "has a size or an alignment that no linker writes");
    if (part->p_type == PT_PHDR &&
        (part->p_offset != file->header.e_phoff || part->p_memsz != file->header.e_phnum * sizeof *part))
        return fail_segment(file, index, "is not where the program headers are");
    if (part->p_type == PT_GNU_RELRO && part->p_vaddr != load->p_vaddr)
        return fail_segment(file, index, "does not begin where its segment begins");
    return true;
}

static bool is_part(uint32_t type)
{
    return type == PT_DYNAMIC || type == PT_INTERP || type == PT_NOTE || type == PT_PHDR || type == PT_TLS ||
           type == PT_GNU_EH_FRAME || type == PT_GNU_RELRO || type == PT_GNU_PROPERTY;
}

static bool check_segments(const struct elf_file *file)
{
    uint64_t end = 0;

    for (size_t i = 0; i < file->header.e_phnum; i++) {
        if (file->programs[i].p_type == PT_LOAD && (!check_load(file, i) || !check_order(file, i, &end)))
            return false;
    }
    for (size_t i = 0; i < file->header.e_phnum; i++) {
        if (is_part(file->programs[i].p_type) && !check_part(file, i))
            return false;
    }
    return gw_inspection_pass(file->inspection, "segments", "all %u program headers lie inside the file",
                              file->header.e_phnum);
}

static bool fail_section(const struct elf_file *file, size_t index, const char *what)
{
    return gw_inspection_fail(file->inspection, GW_CONFIG, "sections",
                              "section header %zu (type 0x%x) %s: it is truncated or damaged", index,
                              (unsigned)file->sections[index].sh_type, what);
}

static uint32_t needed_flags(const ElfW(Shdr) * section)
{
    return PF_R | ((section->sh_flags & SHF_WRITE) != 0 ? PF_W : 0u) |
           ((section->sh_flags & SHF_EXECINSTR) != 0 ? PF_X : 0u);
}

/* A section that is part of the program lies in a segment with the rights that it needs. */
static bool check_loaded_section(const struct elf_file *file, size_t index)
{
    const ElfW(Shdr) *section = &file->sections[index];
    bool is_zero = section->sh_type == SHT_NOBITS;
    const ElfW(Phdr) *load = find_load(file, section->sh_addr, section->sh_size);

    if (load == NULL)
        return fail_section(file, index, "lies in no loaded segment");
    if ((load->p_flags & needed_flags(section)) != needed_flags(section))
        return fail_section(file, index, "lies in a segment without the rights that it needs");
    if (is_zero && section->sh_addr - load->p_vaddr < load->p_filesz)
        return fail_section(file, index, "is to be zero, and its segment reads it from the file");
    if (!is_zero && (section->sh_offset - section->sh_addr != load->p_offset - load->p_vaddr ||
                     !range_holds(load->p_offset, load->p_filesz, section->sh_offset, section->sh_size)))
        return fail_section(file, index, "stands elsewhere in the file than its segment says");
    return true;
}

static bool check_section(const struct elf_file *file, size_t index)
{
    const ElfW(Shdr) *section = &file->sections[index];
    bool is_zero = section->sh_type == SHT_NOBITS;

    if (section->sh_type == SHT_NULL || section->sh_size == 0)
        return true;
    if (!is_zero && !file_holds(file, section->sh_offset, section->sh_size))
        return fail_section(file, index, "ends behind the end of the file");
    /* .tbss has an address, but takes no room there. */
    if ((section->sh_flags & SHF_ALLOC) == 0 || (is_zero && (section->sh_flags & SHF_TLS) != 0))
        return true;
    return check_loaded_section(file, index);
}

/* The one table that the dynamic linker starts from: both kinds of header must say the same of it. */
static bool check_dynamic(const struct elf_file *file)
{
    const ElfW(Phdr) *program = NULL;
    const ElfW(Shdr) *section = NULL;

    for (size_t i = 0; i < file->header.e_phnum; i++)
        program = file->programs[i].p_type == PT_DYNAMIC ? &file->programs[i] : program;
    for (size_t i = 0; i < file->header.e_shnum; i++)
        section = file->sections[i].sh_type == SHT_DYNAMIC ? &file->sections[i] : section;
    if (program == NULL || section == NULL)
        return gw_inspection_fail(file->inspection, GW_CONFIG, "sections",
                                  "it has no dynamic section, expected that of a shared object");
    if (program->p_vaddr != section->sh_addr || program->p_memsz != section->sh_size)
        return gw_inspection_fail(file->inspection, GW_CONFIG, "sections",
                                  "program and section headers disagree about its dynamic section: it is damaged");
    return true;
}

/* Whether a section is one that the program may write for as long as it runs. */
static bool is_data(const struct elf_file *file, const ElfW(Shdr) * section)
{
    const char *name = section->sh_name < file->names_len ? file->names + section->sh_name : "";

    return strcmp(name, ".data") == 0 || strcmp(name, ".bss") == 0;
}

/* The dynamic linker takes the right to write from the whole pages of this part: no data may be in them. */
static bool check_relro(const struct elf_file *file, size_t index)
{
    const ElfW(Phdr) *part = &file->programs[index];
    const ElfW(Phdr) *load = find_load(file, part->p_vaddr, part->p_filesz);
    uint64_t end;

    if (part->p_memsz > load->p_memsz && part->p_memsz - load->p_memsz > file->page)
        return fail_segment(file, index, "points outside the loaded segments");
    end = (part->p_vaddr + part->p_memsz) & ~(file->page - 1);
    for (size_t i = 0; i < file->header.e_shnum; i++) {
        const ElfW(Shdr) *section = &file->sections[i];

        if (section->sh_size != 0 && section->sh_addr >= part->p_vaddr && section->sh_addr < end &&
            is_data(file, section))
            return fail_segment(file, index, "protects data from being written");
    }
    return true;
}

static bool read_names(struct elf_file *file)
{
    const ElfW(Shdr) * section;

    if (file->header.e_shstrndx >= file->header.e_shnum)
        return gw_inspection_fail(file->inspection, GW_CONFIG, "sections",
                                  "it has no table of section names: it is truncated or damaged");
    section = &file->sections[file->header.e_shstrndx];
    if (section->sh_type != SHT_STRTAB || section->sh_size == 0 || section->sh_size > NAMES_MAX_BYTES)
        return fail_section(file, file->header.e_shstrndx, "is no table of section names");
    file->names = read_table(file, "section names", section->sh_offset, section->sh_size, 1);
    if (file->names == NULL)
        return false;
    file->names_len = section->sh_size;
    if (file->names[file->names_len - 1] != '\0')
        return fail_section(file, file->header.e_shstrndx, "is a table of section names without an end");
    return true;
}

static bool check_sections(struct elf_file *file)
{
    for (size_t i = 0; i < file->header.e_shnum; i++) {
        if (!check_section(file, i))
            return false;
    }
    if (!check_dynamic(file) || !read_names(file))
        return false;
    for (size_t i = 0; i < file->header.e_phnum; i++) {
        if (file->programs[i].p_type == PT_GNU_RELRO && !check_relro(file, i))
            return false;
    }
    return gw_inspection_pass(file->inspection, "sections", "all %u section headers agree with them",
                              file->header.e_shnum);
}

bool gw_elf_file_check(struct gw_inspection *inspection, int fd, uint64_t size)
{
    struct elf_file file = {.inspection = inspection, .fd = fd, .size = size, .page = (uint64_t)sysconf(_SC_PAGESIZE)};
    bool is_sound = check_header(&file) && read_tables(&file) && check_segments(&file) && check_sections(&file);

    free(file.programs);
    free(file.sections);
    free(file.names);
    return is_sound;
}
