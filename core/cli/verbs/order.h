/* SPDX-License-Identifier: Apache-2.0 */
/* Orders to the running gateway, for the verbs `plan` and `apply`: gives one, waits for its verdict, prints what the
 * gateway found in the file. Main thread. */
#ifndef GW_CLI_VERBS_ORDER_H
#define GW_CLI_VERBS_ORDER_H

#include "base/arena.h"
#include "cli/command_line.h"

#include <gangway/text.h>

struct gw_order_answer {
    const char *verdict;       /* a word of GW_VERDICT_LIST; NULL: there is none */
    const char *text;          /* what was changed, or why not */
    struct gw_text components; /* that were changed, as JSON; empty: none */
    const char *plan_text;     /* empty: there is no plan */
    struct gw_text plan;       /* the plan as JSON; empty: there is none */
};

/*
 * Sends the order to /api/v1/WORD, about the file that is the first operand, and waits until it is carried out.
 * Findings about the file are printed on standard error. Returns GW_EXIT_DONE with *ret_answer, in arena;
 * GW_EXIT_CONFIG with *ret_answer: the file has mistakes; otherwise the exit status, and the error was printed.
 */
int gw_order_give(const struct gw_command_line *line, const char *word, struct gw_arena *arena,
                  struct gw_order_answer *ret_answer);

#endif
