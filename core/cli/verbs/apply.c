/* SPDX-License-Identifier: Apache-2.0 */
/* `apply`: changes the running gateway to what a file says. */
#include "cli/bootstrap_file.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/verbs.h"
#include "cli/verbs/order.h"

#include <gangway/scope.h>

#include <stdio.h>
#include <string.h>

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

/* What is in force is a result; what is not, or is not up, is an error. */
static int print(const struct gw_command_line *line, const struct gw_order_answer *answer)
{
    if (strcmp(answer->verdict, "applied") == 0 || strcmp(answer->verdict, "unchanged") == 0) {
        (void)printf("%s\n", answer->text);
        return GW_EXIT_DONE;
    }
    return gw_complain(line, "%s%s", strcmp(answer->verdict, "refused") == 0 ? "refused: " : "", answer->text);
}

int gw_verb_apply(const struct gw_command_line *line)
{
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_bootstrap_arena_new();
    struct gw_order_answer answer = {0};
    int exit_status;

    if (arena == NULL)
        return gw_complain_memory(line);
    exit_status = gw_order_give(line, "apply", arena, &answer);
    return exit_status == GW_EXIT_DONE ? print(line, &answer) : exit_status;
}
