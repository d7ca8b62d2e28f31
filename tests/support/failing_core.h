/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes one chosen allocation of the core fail: the n-th since a test began to count. The linker replaces malloc,
 * calloc and realloc in what is linked into the program statically. Plugins, libc and other shared libraries keep
 * their own, so this works with sanitizers too. Link gangway_failing_core. Any thread may allocate.
 */
#ifndef GW_TEST_FAILING_CORE_H
#define GW_TEST_FAILING_CORE_H

/* Counts allocations from now on, from 1; that of this number fails, 0 for none. */
void failing_core_begin(long number);

/* Stops counting; no allocation fails any more. Returns how many there were. */
long failing_core_end(void);

#endif
