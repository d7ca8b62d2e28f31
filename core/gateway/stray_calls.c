/* SPDX-License-Identifier: Apache-2.0 */
/* Stray calls: see stray_calls.h. They are counted in the process, because plugins are never unloaded. */
#include "gateway/stray_calls.h"

#include "base/clock.h"

#include <poll.h>
#include <stdatomic.h>
#include <stddef.h>

enum { LOOK_EVERY_MS = 5 };

static atomic_uint count;

void gw_stray_call_begin(void)
{
    atomic_fetch_add(&count, 1);
}

void gw_stray_call_end(void)
{
    atomic_fetch_sub(&count, 1);
}

unsigned gw_stray_calls(void)
{
    return atomic_load(&count);
}

void gw_stray_calls_wait(unsigned most, int64_t deadline_ms)
{
    while (gw_stray_calls() > most && gw_clock_monotonic_ms() < deadline_ms)
        (void)poll(NULL, 0, LOOK_EVERY_MS);
}
