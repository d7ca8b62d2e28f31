/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The failure that a component has now, for status: its text, event code and times. The component's thread sets and
 * clears it; any thread reads it. A lock is taken at a failure, a recovery and a read, never while all is well.
 */
#ifndef GW_PROCESS_LAST_FAILURE_H
#define GW_PROCESS_LAST_FAILURE_H

#include <gangway/error.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* One failure, or a series of failures with the same cause. */
struct gw_failure {
    const char *code;      /* of its log record */
    int64_t first_unix_ms; /* of the series */
    int64_t last_unix_ms;
    uint32_t count;
    char text[sizeof((struct gw_error *)0)->text];
};

struct gw_last_failure {
    pthread_mutex_t lock;
    const void *cause;         /* whose failures these are; NULL: there is none */
    struct gw_failure failure; /* where cause is set */
};

void gw_last_failure_init(struct gw_last_failure *last);

/* Records a failure. cause says what failed, for example a backoff: a failure with the same cause continues the series,
 * one with another replaces it. */
void gw_last_failure_set(struct gw_last_failure *last, const void *cause, const char *code,
                         const struct gw_error *error);

/* What failed has recovered. A failure with another cause stays. */
void gw_last_failure_clear(struct gw_last_failure *last, const void *cause);

/* Copies the failure. Returns whether there is one. Any thread. */
bool gw_last_failure_read(const struct gw_last_failure *last, struct gw_failure *ret_failure);

#endif
