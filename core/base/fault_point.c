/* SPDX-License-Identifier: Apache-2.0 */
/* Counts steps and kills, stops or crashes the process; only in builds for fault tests. */
#include "base/fault_point.h"

#ifdef GANGWAY_FAULT_POINTS

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static void strike(const char *what)
{
    volatile int *volatile nowhere = (volatile int *)sizeof(max_align_t); /* on the page that is never mapped */

    if (strcmp(what, ":abort") == 0)
        abort();
    if (strcmp(what, ":fault") == 0)
        *nowhere = 1;
    /* A signal to the process may be handled by another thread, and later; this one would continue until then. */
    (void)raise(strcmp(what, ":stop") == 0 ? SIGSTOP : SIGKILL);
}

void gw_fault_point(const char *step)
{
    static atomic_long reached;
    const char *wanted = getenv("GANGWAY_FAULT");
    size_t len = strlen(step);
    char *what;

    if (wanted == NULL || strncmp(wanted, step, len) != 0 || wanted[len] != ':')
        return;
    if (atomic_fetch_add(&reached, 1) + 1 == strtol(wanted + len + 1, &what, 10))
        strike(what);
}

#endif
