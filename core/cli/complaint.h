/* SPDX-License-Identifier: Apache-2.0 */
/* Error messages of the verbs, on standard error. Main thread. */
#ifndef GW_CLI_COMPLAINT_H
#define GW_CLI_COMPLAINT_H

#include "cli/command_line.h"

/* Prints `gangway VERB: text`. Returns GW_EXIT_FAILED. */
__attribute__((format(printf, 2, 3))) int gw_complain(const struct gw_command_line *line, const char *format, ...);

/* The same for wrong usage, followed by the usage of the verb. Returns GW_EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) int gw_complain_usage(const struct gw_command_line *line, const char *format,
                                                            ...);

/* The same when memory has run out. */
int gw_complain_memory(const struct gw_command_line *line);

#endif
