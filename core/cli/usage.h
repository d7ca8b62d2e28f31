/* SPDX-License-Identifier: Apache-2.0 */
/* Help and usage, from the tables of verbs and options. Main thread. */
#ifndef GW_CLI_USAGE_H
#define GW_CLI_USAGE_H

#include "cli/command_line.h"

#include <stdio.h>

/* Prints the help that the command line asks for: of the program, of a group or of a verb; or the version. */
void gw_usage_print_help(FILE *out, const struct gw_verb_list *verbs, const struct gw_command_line *line);

/* Prints the usage of the verb on one line; without a verb, how to get help. */
void gw_usage_print_hint(FILE *out, const struct gw_command_line *line);

#endif
