/* SPDX-License-Identifier: Apache-2.0 */
/* Counts, and kills or stops; only in builds for fault tests. */
#include "base/fault_point.h"

#ifdef GANGWAY_FAULT_POINTS

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void gw_fault_point(const char *step)
{
    static atomic_long reached;
    const char *wanted = getenv("GANGWAY_FAULT");
    size_t len = strlen(step);
    char *what;

    if (wanted == NULL || strncmp(wanted, step, len) != 0 || wanted[len] != ':')
        return;
    if (atomic_fetch_add(&reached, 1) + 1 == strtol(wanted + len + 1, &what, 10))
        (void)kill(getpid(), strcmp(what, ":stop") == 0 ? SIGSTOP : SIGKILL);
}

#endif
