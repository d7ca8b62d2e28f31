/* SPDX-License-Identifier: Apache-2.0 */
/* How a verb says on standard error that it cannot do what it was told. Main thread. */
#ifndef GW_CLI_COMPLAINT_H
#define GW_CLI_COMPLAINT_H

#include "cli/command_line.h"

/* Prints `gangway VERB: text`. Returns GW_EXIT_FAILED. */
__attribute__((format(printf, 2, 3))) int gw_complain(const struct gw_command_line *line, const char *format, ...);

/* The same for what is wrong with the command line, and how the verb is called. Returns GW_EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) int gw_complain_usage(const struct gw_command_line *line, const char *format,
                                                            ...);

/* The same for memory. */
int gw_complain_memory(const struct gw_command_line *line);

#endif
