/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract suite of the notifier port: what its header says, against any plugin.
 *
 *     contract_notifier PLUGIN [--fetch COMMAND] [--recipient TEXT] [--away KEY=VALUE] [key=value...]
 *
 * See suite.h for the settings, fixture.h for the rest.
 */
#include "fixture.h"

static Suite *notifier_suite(uint32_t features)
{
    Suite *made = suite_create("notifier");

    (void)features;
    if (notifier.fetch == NULL)
        suite_leave_out("what arrives", "was given no --fetch");
    if (notifier.away == NULL)
        suite_leave_out("what it does without the other side", "was given no --away");
    suite_add_tcase(made, opening_case());
    suite_add_tcase(made, sending_case());
    return made;
}

int main(int argc, char **argv)
{
    const struct suite_option options[] = {
        {"--fetch", NULL, &notifier.fetch},
        {"--recipient", NULL, &notifier.recipient},
        {"--away", NULL, &notifier.away},
    };

    return suite_main(argc, argv, GW_PORT_NOTIFIER, options, sizeof options / sizeof options[0], notifier_suite);
}
