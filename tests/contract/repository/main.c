/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract suite of the repository port: what its header says, against any plugin.
 *
 *     contract_repository PLUGIN [--persistent] [key=value...]
 *
 * See suite.h. Each test runs on an empty repository, which a plugin without {dir} or {unique} among its settings has
 * to have by itself.
 */
#include "fixture.h"

bool is_persistent;

static void say_what_is_left_out(uint32_t features)
{
    if ((features & GW_REPOSITORY_INBOX) == 0)
        suite_leave_out("all about message ids", "keeps no inbox");
    if ((features & GW_REPOSITORY_OUTBOX) == 0)
        suite_leave_out("all about outbox rows", "keeps no outbox");
    if ((features & GW_REPOSITORY_DEAD_LETTERS) == 0)
        suite_leave_out("all about dead letters", "keeps none");
    if ((features & GW_REPOSITORY_NOTICES) == 0)
        suite_leave_out("the case `notices`", "keeps no notices");
    if ((features & GW_REPOSITORY_SHARED) == 0)
        suite_leave_out("the case `lease`", "serves one process");
    if (!is_persistent)
        suite_leave_out("what is there after opening again", "was not said to be persistent");
}

static Suite *repository_suite(uint32_t features)
{
    Suite *made = suite_create("repository");

    say_what_is_left_out(features);
    suite_add_tcase(made, load_case());
    suite_add_tcase(made, apply_case());
    suite_add_tcase(made, conflicts_case());
    suite_add_tcase(made, positions_case());
    suite_add_tcase(made, inbox_case());
    suite_add_tcase(made, outbox_case());
    suite_add_tcase(made, blocks_case());
    if ((features & GW_REPOSITORY_SHARED) != 0)
        suite_add_tcase(made, lease_case());
    suite_add_tcase(made, dead_letters_case());
    if ((features & GW_REPOSITORY_NOTICES) != 0)
        suite_add_tcase(made, notices_case());
    suite_add_tcase(made, views_case());
    suite_add_tcase(made, values_case());
    suite_add_tcase(made, sessions_case());
    return made;
}

int main(int argc, char **argv)
{
    const struct suite_option options[] = {{"--persistent", &is_persistent, NULL}};

    return suite_main(argc, argv, GW_PORT_REPOSITORY, options, 1, repository_suite);
}
