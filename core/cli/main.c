/* SPDX-License-Identifier: Apache-2.0 */
/* The program: parses the command line and runs the verb. */
#include "base/terminal_text.h"
#include "cli/exit_status.h"
#include "cli/usage.h"
#include "cli/verbs.h"
#include "process/crash_report.h"
#include "worker/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Opens missing standard descriptors, so that no database file gets their numbers and then receives printed text. */
static void fill_standard_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= STDIN_FILENO && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        (void)close(fd);
}

static int refuse(const struct gw_command_line *line, const struct gw_error *error)
{
    gw_terminal_print_line(stderr, "gangway: %s", error->text);
    gw_usage_print_hint(stderr, line);
    return GW_EXIT_USAGE;
}

/* Checks that the output was written: a full disk is a failure. */
static int finish(int exit_status)
{
    int failed = ferror(stdout);

    if (fflush(stdout) == 0 && !failed)
        return exit_status;
    (void)fprintf(stderr, "gangway: cannot write to standard output: %s\n", strerror(errno));
    return exit_status == GW_EXIT_DONE ? GW_EXIT_FAILED : exit_status;
}

int main(int argc, char **argv)
{
    struct gw_command_line line;
    struct gw_error error = {0};

    fill_standard_descriptors();
    if (gw_command_line_read(&gw_verbs, argc, argv, &line, &error) != GW_OK)
        return refuse(&line, &error);
    if (line.help != GW_HELP_NONE) {
        gw_usage_print_help(stdout, &gw_verbs, &line);
        return finish(GW_EXIT_DONE);
    }
    if (!gw_identity_init()) {
        (void)fputs("gangway: the system has no randomness to give\n", stderr);
        return GW_EXIT_FAILED;
    }
    if (!gw_command_line_has(&line, GW_FLAG_CORE_DUMPS))
        gw_crash_report_forbid_core();
    return finish(line.verb->run(&line));
}
