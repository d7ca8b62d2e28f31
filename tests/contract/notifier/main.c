/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract suite of the notifier port: what its header says, against any plugin.
 *
 *     contract_notifier PLUGIN [--recipient TEXT] [--away KEY=VALUE] [key=value...]
 *
 * See suite.h. --recipient: to whom notices go, where the plugin has an option of that type. --away: a setting with
 * which nobody answers. What reaches a person cannot be looked at from here; the plugin's own tests do.
 */
#include "fixture.h"

const char *recipient = "";
const char *away;

static Suite *notifier_suite(uint32_t features)
{
    Suite *made = suite_create("notifier");

    (void)features;
    if (away == NULL)
        suite_leave_out("what it does without the other side", "was given no --away");
    suite_add_tcase(made, opening_case());
    suite_add_tcase(made, sending_case());
    return made;
}

int main(int argc, char **argv)
{
    const struct suite_option options[] = {
        {"--recipient", NULL, &recipient},
        {"--away", NULL, &away},
    };

    return suite_main(argc, argv, GW_PORT_NOTIFIER, options, sizeof options / sizeof options[0], notifier_suite);
}
