/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host of the test's own: what a plugin may call, without a core. Real time, real waiting; what the plugin logs is
 * kept for the test to look at. cancel and keepalives may be used from any thread, the rest from the plugin's.
 */
#ifndef GW_TEST_HOST_H
#define GW_TEST_HOST_H

#include <gangway/host.h>

#include <stdatomic.h>
#include <stdbool.h>

struct test_host {
    struct gw_host host; /* give the address of this to the plugin */
    atomic_bool cancelled;
    atomic_uint waits;      /* how often a plugin waited */
    int64_t unix_offset_ms; /* added to the time of day */
    char log[8192];         /* lines, "LEVEL text\n"; what no longer fits is dropped */
};

/* A host for a component of this id, which is borrowed. */
void test_host_init(struct test_host *host, const char *component);

/* From now on wait returns CANCELLED, within some milliseconds also where it waits already. */
void test_host_cancel(struct test_host *host);

#endif
