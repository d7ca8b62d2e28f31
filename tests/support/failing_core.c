/* SPDX-License-Identifier: Apache-2.0 */
/* See failing_core.h. The linker names the originals __real_, and these functions __wrap_. Check is linked statically
 * too, and ends the program when it gets no memory: its allocations, emalloc and erealloc, neither count nor fail. */
#include "failing_core.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *ptr, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *ptr, size_t size);
void *__wrap_emalloc(size_t size);
void *__wrap_erealloc(void *ptr, size_t size);

static atomic_bool is_counting;
static atomic_long seen;
static atomic_long failing;

void failing_core_begin(long number)
{
    atomic_store(&seen, 0);
    atomic_store(&failing, number);
    atomic_store(&is_counting, true);
}

long failing_core_end(void)
{
    atomic_store(&is_counting, false);
    return atomic_load(&seen);
}

static bool fails(void)
{
    return atomic_load(&is_counting) && atomic_fetch_add(&seen, 1) + 1 == atomic_load(&failing);
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *ptr, size_t size)
{
    return fails() ? NULL : __real_realloc(ptr, size);
}

static void *need(void *ptr)
{
    if (ptr == NULL)
        abort();
    return ptr;
}

void *__wrap_emalloc(size_t size)
{
    return need(__real_malloc(size));
}

void *__wrap_erealloc(void *ptr, size_t size)
{
    return need(__real_realloc(ptr, size));
}
