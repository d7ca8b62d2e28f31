/* SPDX-License-Identifier: Apache-2.0 */
/* Help and usage, from the tables of verbs and options. Main thread. */
#ifndef GW_CLI_USAGE_H
#define GW_CLI_USAGE_H

#include "cli/command_line.h"

#include <stdio.h>

/* Prints what the command line asks for: the program's help, a group's, a verb's, or the version. */
void gw_usage_print_help(FILE *out, const struct gw_verb_list *verbs, const struct gw_command_line *line);

/* Prints how the verb is called, on one line; without a verb how to get help. */
void gw_usage_print_hint(FILE *out, const struct gw_command_line *line);

#endif
