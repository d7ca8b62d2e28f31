/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes one chosen allocation of the core fail: the n-th since a test began to count. The linker replaces malloc,
 * calloc and realloc in what is linked into the program statically; plugins, libc and other shared libraries keep
 * theirs. So it serves programs with threads, and those that are built with a sanitizer, which failing_memory.h does
 * not.
 *
 * Link gangway_failing_core; or gangway_failing_arena, with which each allocation from an arena is one too.
 */
#ifndef GW_TEST_FAILING_CORE_H
#define GW_TEST_FAILING_CORE_H

/* From which number to the next a test goes that tries many. Under AddressSanitizer, where a try takes long, it tries a
 * sample. */
#ifdef __SANITIZE_ADDRESS__
enum { FAILING_CORE_STEP = 29 };
#else
enum { FAILING_CORE_STEP = 1 };
#endif

/* Counts allocations from now on, from 1; that of this number fails, 0 for none. */
void failing_core_begin(long number);

/* Stops counting; no allocation fails any more. Returns how many there were. */
long failing_core_end(void);

#endif
