/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract suite of the entrypoint port: what its header says, against any plugin.
 *
 *     contract_entrypoint PLUGIN --feed COMMAND [--finite] [--away KEY=VALUE] [--sources N] [--max-message BYTES]
 *                         [--carries key,type,headers,id,received] [--rewriting] [key=value...]
 *
 * See suite.h for the settings, feed.h for the command, fixture.h for the rest. What is fed before a plugin is opened
 * for the first time it must read from the beginning.
 */
#include "fixture.h"

#include <stdlib.h>

static void say_what_is_left_out(void)
{
    if (!is_ordered())
        suite_leave_out("the case `starting`", "has no positions");
    else
        suite_leave_out("the case `ids`", "has positions");
    if (entrypoint.is_finite)
        suite_leave_out("the case `waiting`", "reads a finite input");
    else
        suite_leave_out("the case `ending`", "reads an input without an end");
    if (entrypoint.away == NULL)
        suite_leave_out("what it does without the other side", "was given no --away");
    if (entrypoint.max_message == NULL)
        suite_leave_out("all about oversized messages", "was given no --max-message");
    if (entrypoint.is_rewriting)
        suite_leave_out("whether bytes are handed on as they are", "makes its payloads itself");
    if (entrypoint.carries == NULL)
        suite_leave_out("what comes beside a payload", "was given no --carries");
    if (entrypoint.sources == NULL)
        suite_leave_out("the case `sources`", "was given one source");
}

static Suite *entrypoint_suite(uint32_t features)
{
    Suite *made = suite_create("entrypoint");

    entrypoint.features = features;
    if (entrypoint.feed == NULL) {
        (void)fputs("contract_entrypoint needs --feed COMMAND\n", stderr);
        exit(EXIT_FAILURE);
    }
    say_what_is_left_out();
    suite_add_tcase(made, opening_case());
    suite_add_tcase(made, polling_case());
    suite_add_tcase(made, borrowing_case());
    suite_add_tcase(made, content_case());
    suite_add_tcase(made, is_ordered() ? starting_case() : ids_case());
    suite_add_tcase(made, entrypoint.is_finite ? ending_case() : waiting_case());
    if (entrypoint.sources != NULL)
        suite_add_tcase(made, sources_case());
    return made;
}

int main(int argc, char **argv)
{
    const struct suite_option options[] = {
        {"--feed", NULL, &entrypoint.feed},
        {"--finite", &entrypoint.is_finite, NULL},
        {"--away", NULL, &entrypoint.away},
        {"--sources", NULL, &entrypoint.sources},
        {"--max-message", NULL, &entrypoint.max_message},
        {"--carries", NULL, &entrypoint.carries},
        {"--rewriting", &entrypoint.is_rewriting, NULL},
    };

    return suite_main(argc, argv, GW_PORT_ENTRYPOINT, options, sizeof options / sizeof options[0], entrypoint_suite);
}
