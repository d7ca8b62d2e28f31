/* SPDX-License-Identifier: Apache-2.0 */
/* How plugins for tests block: like a foreign library that does not know the host. */
#ifndef GW_TEST_HANG_H
#define GW_TEST_HANG_H

#include <gangway/host.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

enum { HANG_LOOKS_EVERY_NS = 10000000 };

/* Blocks for so long, or until the file `release` exists. NULL: no file ends it. */
static inline void hang_for(const struct gw_host *host, int64_t ms, const char *release)
{
    const struct timespec time = {0, HANG_LOOKS_EVERY_NS};
    int64_t until_ms = host->monotonic_ms(host) + ms;

    while (host->monotonic_ms(host) < until_ms && (release == NULL || access(release, F_OK) != 0))
        (void)nanosleep(&time, NULL);
}

#endif
