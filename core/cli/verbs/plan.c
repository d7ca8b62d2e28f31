/* SPDX-License-Identifier: Apache-2.0 */
/* `plan`: what applying a file would change in the running gateway. */
#include "cli/bootstrap_file.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/verbs.h"
#include "cli/verbs/order.h"

#include <gangway/scope.h>

#include <stdio.h>
#include <string.h>

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

int gw_verb_plan(const struct gw_command_line *line)
{
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_bootstrap_arena_new();
    struct gw_order_answer answer = {0};
    int exit_status;

    if (arena == NULL)
        return gw_complain_memory(line);
    exit_status = gw_order_give(line, "plan", arena, &answer);
    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    if (strcmp(answer.verdict, "planned") != 0)
        return gw_complain(line, "%s", answer.text);
    if (line->format == GW_FORMAT_JSON)
        (void)printf("%.*s\n", (int)answer.plan.len, answer.plan.ptr);
    else
        (void)fputs(answer.plan_text, stdout);
    return GW_EXIT_DONE;
}
