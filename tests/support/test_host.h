/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host of the test's own: what a plugin may call, without a core. Real time, real waiting; what the plugin logs and
 * tells of itself is kept for the test to look at. Where the plugin has a library with threads, these may log too.
 */
#ifndef GW_TEST_HOST_H
#define GW_TEST_HOST_H

#include <gangway/host.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { TEST_HOST_FIGURES = 128 };

struct test_host {
    struct gw_host host; /* give the address of this to the plugin */
    atomic_bool cancelled;
    atomic_uint waits;      /* how often a plugin waited */
    int64_t unix_offset_ms; /* added to the time of day */
    pthread_mutex_t lock;   /* of what follows */
    char log[8192];         /* lines, "CODE text\n", or "debug text\n"; what no longer fits is dropped */
    struct test_figure {
        uint32_t gauge;
        char source[256];
        int64_t value;
    } figures[TEST_HOST_FIGURES]; /* the last value of each; what no longer fits is dropped */
    uint32_t figure_count;
};

/* A host for the first instance of a component of this id, which is borrowed, of the service `shop`. */
void test_host_init(struct test_host *host, const char *component);

/* From now on wait returns CANCELLED, within some milliseconds also where it waits already. */
void test_host_cancel(struct test_host *host);

/* What gauge was last set to for this source; GW_GAUGE_UNKNOWN when it never was. Any thread. */
int64_t test_host_figure(struct test_host *host, uint32_t gauge, const char *source);

/* Whether one record has this event code and this fact: a name, an offset, a figure; "" for any. Any thread. */
bool test_host_has_logged(struct test_host *host, const char *code, const char *fact);

#endif
