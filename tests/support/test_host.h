/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host for tests: what a plugin may call, without a core. Real time, which a test can move ahead, and real waiting.
 * It stores the plugin's log for the test. If the plugin has a library with threads, these may log too.
 */
#ifndef GW_TEST_HOST_H
#define GW_TEST_HOST_H

#include <gangway/host.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct test_host {
    struct gw_host host; /* give the address of this to the plugin */
    atomic_bool cancelled;
    atomic_uint waits;                 /* how often a plugin waited */
    int64_t unix_offset_ms;            /* added to the time of day */
    atomic_int_fast64_t moved_ms;      /* added to the monotonic clock: a test moves it instead of waiting */
    atomic_int_fast64_t alive_ms;      /* the last sign of life, of test_host_begin too */
    atomic_int_fast64_t silent_ms;     /* the longest time without one */
    atomic_int_fast64_t connection_up; /* of metric 0, which is that of each plugin that connects */
    pthread_mutex_t lock;              /* of what follows */
    char log[8192];                    /* lines, "CODE text\n", or "debug text\n"; what no longer fits is dropped */
};

/* A host for the first instance of a component of this id, which is borrowed, of the service `shop`. */
void test_host_init(struct test_host *host, const char *component);

/* Begins to measure for how long a plugin gives no sign of life, by wait or is_stopping, and ends it: the longest time
 * since test_host_begin. The plugin's thread. */
void test_host_begin(struct test_host *host);
int64_t test_host_silence_ms(struct test_host *host);

/* From now on wait returns CANCELLED and is_stopping 1, within some milliseconds also where it waits already. */
void test_host_cancel(struct test_host *host);

/* Whether one record has this event code and this fact: a name, an offset, a figure; "" for any. Any thread. */
bool test_host_has_logged(struct test_host *host, const char *code, const char *fact);

#endif
