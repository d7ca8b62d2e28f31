/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks an address up in the dynamic linker's list of loaded objects. It reads through a pointer only after it has
 * found the bytes there. Any thread.
 */
#include "plugin/loaded_memory.h"

#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct search {
    uintptr_t address;
    uint32_t wanted; /* PF_... */
    size_t left;     /* found: bytes from address to the end of its segment */
};

static int search_object(struct dl_phdr_info *object, size_t size, void *context)
{
    struct search *search = context;

    (void)size;
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t begin = (uintptr_t)object->dlpi_addr + (uintptr_t)segment->p_vaddr;

        if (segment->p_type == PT_LOAD && (segment->p_flags & search->wanted) == search->wanted &&
            search->address >= begin && search->address - begin < segment->p_memsz) {
            search->left = (size_t)(segment->p_memsz - (search->address - begin));
            return 1;
        }
    }
    return 0;
}

static size_t bytes_left(const void *ptr, uint32_t wanted)
{
    struct search search = {.address = (uintptr_t)ptr, .wanted = wanted};

    (void)dl_iterate_phdr(search_object, &search);
    return search.left;
}

size_t gw_loaded_readable(const void *ptr)
{
    return bytes_left(ptr, PF_R);
}

bool gw_loaded_is_code(const void *ptr)
{
    return bytes_left(ptr, PF_X) != 0;
}

bool gw_loaded_is_string(const char *ptr)
{
    size_t left = gw_loaded_readable(ptr);

    return left != 0 && memchr(ptr, '\0', left) != NULL;
}

const char *gw_loaded_show(const char *ptr, char *out, size_t size)
{
    const char *string = ptr == NULL ? "NULL" : gw_loaded_is_string(ptr) ? ptr : "unreadable memory";

    (void)snprintf(out, size, "%s", string);
    return out;
}
