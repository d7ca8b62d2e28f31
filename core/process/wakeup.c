/* SPDX-License-Identifier: Apache-2.0 */
/* A wake-up is an eventfd. */
#include "process/wakeup.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int gw_wakeup_open(void)
{
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void gw_wakeup_close(int wakeup)
{
    if (wakeup >= 0)
        (void)close(wakeup);
}

void gw_wakeup_raise(int wakeup)
{
    uint64_t one = 1;
    ssize_t written;

    do
        written = write(wakeup, &one, sizeof one);
    while (written < 0 && errno == EINTR); /* EAGAIN: the counter is full, so the wake-up is raised */
}

void gw_wakeup_lower(int wakeup)
{
    uint64_t count;
    ssize_t got;

    do
        got = read(wakeup, &count, sizeof count);
    while (got < 0 && errno == EINTR); /* EAGAIN: it was not raised */
}

bool gw_wakeup_is_raised(int wakeup)
{
    struct pollfd waiting = {.fd = wakeup, .events = POLLIN};

    return poll(&waiting, 1, 0) == 1;
}
