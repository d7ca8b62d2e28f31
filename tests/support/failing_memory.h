/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An allocator for one test program, whose n-th allocation fails. It replaces malloc for the foreign libraries and the
 * plugins of the program too, so a program with it is not built with sanitizers. One thread.
 */
#ifndef GW_TEST_FAILING_MEMORY_H
#define GW_TEST_FAILING_MEMORY_H

#include <gangway/status.h>

/* From now on allocations count, and the one with this number fails, counted from 1; 0 for none. */
void failing_memory_begin(long number);

/* Allocations no longer count nor fail. Returns how many there were since the beginning. */
long failing_memory_end(void);

/* How many allocations the program has not freed. */
long failing_memory_alive(void);

/*
 * Calls run until no allocation is left to fail, with another failing one each time. Each call must return NOMEM, or OK
 * where it can do without, and free all that it allocated. Returns how many calls returned NOMEM.
 */
long failing_memory_torture(enum gw_status (*run)(void));

#endif
