/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the allocations of the program in front of glibc's allocator. */
#include "failing_memory.h"

#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

/* glibc's own allocator, for a program that replaces malloc. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void __libc_free(void *ptr);

static bool is_watching;
static long asked;   /* allocations since the beginning */
static long fail_at; /* the one of them that fails; 0 for none */
static long alive;

static bool fails(void)
{
    if (!is_watching || ++asked != fail_at)
        return false;
    errno = ENOMEM;
    return true;
}

static void *handed_out(void *ptr)
{
    alive += ptr != NULL;
    return ptr;
}

#pragma GCC visibility push(default) /* libraries and plugins call these, too */
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *ptr, size_t size);
void free(void *ptr);

void *malloc(size_t size)
{
    return fails() ? NULL : handed_out(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : handed_out(__libc_calloc(count, size));
}

void *realloc(void *ptr, size_t size)
{
    if (fails())
        return NULL;
    return ptr == NULL ? handed_out(__libc_malloc(size)) : __libc_realloc(ptr, size);
}

void free(void *ptr)
{
    alive -= ptr != NULL;
    __libc_free(ptr);
}
#pragma GCC visibility pop

void failing_memory_begin(long number)
{
    asked = 0;
    fail_at = number;
    is_watching = true;
}

long failing_memory_end(void)
{
    is_watching = false;
    return asked;
}

long failing_memory_alive(void)
{
    return alive;
}

long failing_memory_torture(enum gw_status (*run)(void))
{
    long number = 0;
    long failed = 0;
    long count;

    ck_assert_int_eq(run(), GW_OK); /* a library may allocate once for the whole program */
    do {
        long alive_before = alive;
        enum gw_status status;

        failing_memory_begin(++number);
        status = run();
        count = failing_memory_end();
        ck_assert_int_eq(alive, alive_before);
        ck_assert(status == GW_NOMEM || status == GW_OK);
        failed += status == GW_NOMEM;
    } while (count >= number);
    return failed;
}
