/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A limit on a call into a plugin, which is foreign code and may hang in a library: the program ends with a message and
 * GW_EXIT_FAILED. For a verb that holds nothing which its end could damage. Main thread, one limit at a time.
 */
#ifndef GW_CLI_OVERDUE_H
#define GW_CLI_OVERDUE_H

#include "cli/command_line.h"

#include <stdint.h>

/* From now on the call of this component may take ms milliseconds. */
void gw_overdue_begin(const struct gw_command_line *line, const char *component, int64_t ms);

/* It has returned. */
void gw_overdue_end(void);

#endif
