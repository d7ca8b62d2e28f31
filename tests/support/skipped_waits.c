/* SPDX-License-Identifier: Apache-2.0 */
/* See skipped_waits.h. */
#include "skipped_waits.h"

#include "base/clock.h"
#include "process/thread_host.h"
#include "process/wakeup.h"

#include <stdatomic.h>

static _Atomic int64_t skipped_ms;

int64_t __real_gw_clock_monotonic_ms(void);
int64_t __wrap_gw_clock_monotonic_ms(void);
enum gw_status __wrap_gw_thread_pause(struct gw_thread_host *host, int64_t ms);

void skip_ms(int64_t ms)
{
    atomic_fetch_add(&skipped_ms, ms);
}

int64_t __wrap_gw_clock_monotonic_ms(void)
{
    return __real_gw_clock_monotonic_ms() + atomic_load(&skipped_ms);
}

enum gw_status __wrap_gw_thread_pause(struct gw_thread_host *host, int64_t ms)
{
    if (gw_wakeup_is_raised(host->cancel))
        return GW_CANCELLED;
    skip_ms(ms);
    return GW_OK;
}
