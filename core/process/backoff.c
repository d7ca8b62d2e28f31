/* SPDX-License-Identifier: Apache-2.0 */
/* Exponential backoff with equal jitter. */
#include "process/backoff.h"

#include "base/clock.h"
#include "base/hash.h"

#include <sodium.h>
#include <string.h>

const struct gw_backoff_events gw_backoff_of_repository = {GW_CODE_REPOSITORY_FAILED, GW_CODE_REPOSITORY_REFUSED,
                                                           GW_CODE_REPOSITORY_RECOVERED};
const struct gw_backoff_events gw_backoff_of_input = {GW_CODE_INPUT_FAILED, GW_CODE_INPUT_REFUSED,
                                                      GW_CODE_INPUT_RECOVERED};
const struct gw_backoff_events gw_backoff_of_delivery = {GW_CODE_DELIVERY_FAILED, GW_CODE_DELIVERY_REFUSED,
                                                         GW_CODE_DELIVERY_RECOVERED};

const char *gw_backoff_event(const struct gw_backoff_events *events, const struct gw_error *error)
{
    return error->status == GW_CONFIG ? events->refused : events->failed;
}

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

static bool is_to_be_logged(struct gw_backoff *backoff, uint32_t reason)
{
    int64_t now_ms = gw_clock_monotonic_ms();

    return gw_log_pace_is_due(&backoff->log_pace, now_ms) ||
           (reason != backoff->logged_reason && gw_log_pace_is_due(&backoff->change_pace, now_ms));
}

int64_t gw_backoff_failed_ms(struct gw_backoff *backoff, const struct gw_error *error, const struct gw_log *log,
                             const char *component)
{
    int64_t ms = gw_backoff_next_ms(backoff);
    uint32_t reason = gw_hash_bytes(error->text, strlen(error->text));
    const char *code = gw_backoff_event(backoff->events, error);

    atomic_store_explicit(&backoff->code, code, memory_order_relaxed);
    if (!is_to_be_logged(backoff, reason))
        return ms;
    backoff->logged_reason = reason;
    gw_log_event(log, code, component, "%s; retrying, failed attempts: %u", error->text, backoff->failures);
    return ms;
}

void gw_backoff_reset(struct gw_backoff *backoff)
{
    backoff->failures = 0;
    atomic_store_explicit(&backoff->code, NULL, memory_order_relaxed);
    backoff->log_pace = backoff->change_pace = (struct gw_log_pace){0};
}

const char *gw_backoff_code(const struct gw_backoff *backoff)
{
    return atomic_load_explicit(&backoff->code, memory_order_relaxed);
}

void gw_backoff_recovered(struct gw_backoff *backoff, const struct gw_log *log, const char *component)
{
    if (backoff->failures > 0)
        gw_log_event(log, backoff->events->recovered, component, "recovered after %u failed attempt%s",
                     backoff->failures, backoff->failures == 1 ? "" : "s");
    gw_backoff_reset(backoff);
}
