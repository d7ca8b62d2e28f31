/* SPDX-License-Identifier: Apache-2.0 */
/* A failure under a lock. */
#include "process/last_failure.h"

#include "base/clock.h"

#include <string.h>

void gw_last_failure_init(struct gw_last_failure *last)
{
    *last = (struct gw_last_failure){.lock = PTHREAD_MUTEX_INITIALIZER};
}

void gw_last_failure_set(struct gw_last_failure *last, const void *cause, const char *code,
                         const struct gw_error *error)
{
    struct gw_failure *failure = &last->failure;
    int64_t now_ms = gw_clock_unix_ms();

    (void)pthread_mutex_lock(&last->lock);
    if (last->cause != cause)
        *failure = (struct gw_failure){.first_unix_ms = now_ms};
    last->cause = cause;
    failure->code = code;
    failure->last_unix_ms = now_ms;
    failure->count++;
    memcpy(failure->text, error->text, sizeof failure->text);
    (void)pthread_mutex_unlock(&last->lock);
}

void gw_last_failure_clear(struct gw_last_failure *last, const void *cause)
{
    (void)pthread_mutex_lock(&last->lock);
    if (last->cause == cause)
        last->cause = NULL;
    (void)pthread_mutex_unlock(&last->lock);
}

/* Reading takes the lock, which is no part of what is read. */
bool gw_last_failure_read(const struct gw_last_failure *last, struct gw_failure *ret_failure)
{
    pthread_mutex_t *lock = (pthread_mutex_t *)&last->lock;
    bool is_set;

    (void)pthread_mutex_lock(lock);
    is_set = last->cause != NULL;
    if (is_set)
        *ret_failure = last->failure;
    (void)pthread_mutex_unlock(lock);
    return is_set;
}
