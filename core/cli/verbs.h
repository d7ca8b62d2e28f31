/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs: the functions behind `gangway VERB`. Each gets a command line that its table entry allows, writes results
 * to standard output and errors to standard error, and returns the exit status. Main thread.
 */
#ifndef GW_CLI_VERBS_H
#define GW_CLI_VERBS_H

#include "cli/command_line.h"

/* All verbs, in the order of the help. */
extern const struct gw_verb_list gw_verbs;

int gw_verb_run(const struct gw_command_line *line);
int gw_verb_allocate_csv(const struct gw_command_line *line);
int gw_verb_status(const struct gw_command_line *line);
int gw_verb_lint(const struct gw_command_line *line);
int gw_verb_check(const struct gw_command_line *line);
int gw_verb_migrate(const struct gw_command_line *line);
int gw_verb_positions(const struct gw_command_line *line);
int gw_verb_plan(const struct gw_command_line *line);
int gw_verb_apply(const struct gw_command_line *line);
int gw_verb_outbox(const struct gw_command_line *line);
int gw_verb_plugins(const struct gw_command_line *line);
int gw_verb_describe(const struct gw_command_line *line);
int gw_verb_schema(const struct gw_command_line *line);
int gw_verb_plugin_verify(const struct gw_command_line *line);
int gw_verb_dlq_list(const struct gw_command_line *line);
int gw_verb_dlq_show(const struct gw_command_line *line);
int gw_verb_dlq_replay(const struct gw_command_line *line);
int gw_verb_dlq_discard(const struct gw_command_line *line);
int gw_verb_notify_explain(const struct gw_command_line *line);
int gw_verb_notify_history(const struct gw_command_line *line);
int gw_verb_notify_render(const struct gw_command_line *line);
int gw_verb_notify_test(const struct gw_command_line *line);
int gw_verb_query_allocations(const struct gw_command_line *line);
int gw_verb_query_availability(const struct gw_command_line *line);

#endif
