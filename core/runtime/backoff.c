/* SPDX-License-Identifier: Apache-2.0 */
/* Exponential backoff with equal jitter. */
#include "runtime/backoff.h"

#include <sodium.h>

int64_t gw_backoff_after_ms(const struct gw_backoff *backoff, uint32_t failures)
{
    int64_t step = backoff->first_ms;

    for (uint32_t index = 1; index < failures && step < backoff->max_ms; index++)
        step *= 2;
    if (step > backoff->max_ms)
        step = backoff->max_ms;
    return step / 2 + (int64_t)randombytes_uniform((uint32_t)(step / 2) + 1);
}

int64_t gw_backoff_next_ms(struct gw_backoff *backoff)
{
    if (backoff->failures < UINT32_MAX)
        backoff->failures++;
    return gw_backoff_after_ms(backoff, backoff->failures);
}

void gw_backoff_reset(struct gw_backoff *backoff)
{
    backoff->failures = 0;
    backoff->log_pace = (struct gw_log_pace){0};
}
