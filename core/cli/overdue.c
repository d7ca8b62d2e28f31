/* SPDX-License-Identifier: Apache-2.0 */
/* A timer whose signal ends the program. The handler calls only what a handler may call, so the message is ready. */
#include "cli/overdue.h"

#include "cli/exit_status.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static char message[256];

static void end_program(int number)
{
    ssize_t written = write(STDERR_FILENO, message, strlen(message));

    (void)number, (void)written;
    _exit(GW_EXIT_FAILED);
}

static void set_timer(int64_t ms)
{
    struct itimerval timer = {.it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000}};

    (void)setitimer(ITIMER_REAL, &timer, NULL);
}

void gw_overdue_begin(const struct gw_command_line *line, const char *component, int64_t ms)
{
    struct sigaction action = {.sa_handler = end_program};

    (void)snprintf(message, sizeof message, "gangway %s: %s: the plugin does not return; gave up after %lld ms\n",
                   line->verb->name, component, (long long)ms);
    (void)sigaction(SIGALRM, &action, NULL);
    set_timer(ms);
}

void gw_overdue_end(void)
{
    set_timer(0);
}
