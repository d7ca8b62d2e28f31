/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/complaint.h"

#include "base/terminal_text.h"
#include "cli/exit_status.h"
#include "cli/usage.h"

#include <stdarg.h>

__attribute__((format(printf, 2, 0))) static void print(const struct gw_command_line *line, const char *format,
                                                        va_list arguments)
{
    (void)fflush(stdout); /* earlier output comes before the error message */
    (void)fprintf(stderr, "gangway %s: ", line->verb->name);
    gw_terminal_print_line_of(stderr, format, arguments);
}

int gw_complain(const struct gw_command_line *line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print(line, format, arguments);
    va_end(arguments);
    return GW_EXIT_FAILED;
}

int gw_complain_usage(const struct gw_command_line *line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print(line, format, arguments);
    va_end(arguments);
    gw_usage_print_hint(stderr, line);
    return GW_EXIT_USAGE;
}

int gw_complain_memory(const struct gw_command_line *line)
{
    return gw_complain(line, "memory has run out");
}
