/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract suite of the repository port: what its header says, against any plugin.
 *
 *     contract_repository PLUGIN [--persistent] [key=value...]
 *
 * PLUGIN is a name in the build tree's plugin directory, or a file when it holds a slash; key=value are its options
 * (see fixture.h for {dir} and {unique}). Each test runs on an empty repository, which a plugin without {dir} or
 * {unique} among its settings has to have by itself.
 */
#include "fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WRONG_USAGE = 2, OPEN_DIRECTORIES = 16 };

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)kind, (void)at;
    return remove(path);
}

static void leave_out(const char *what, const char *why)
{
    (void)printf("%s %s: left out is %s\n", suite.plugin, why, what);
}

/* A test that does not apply to a plugin passes without a look; here it is said which. */
static void say_what_is_left_out(uint32_t features)
{
    if ((features & GW_REPOSITORY_INBOX) == 0)
        leave_out("all about message ids", "keeps no inbox");
    if ((features & GW_REPOSITORY_OUTBOX) == 0)
        leave_out("all about outbox rows", "keeps no outbox");
    if ((features & GW_REPOSITORY_DEAD_LETTERS) == 0)
        leave_out("all about dead letters", "keeps none");
    if ((features & GW_REPOSITORY_SHARED) == 0)
        leave_out("the case `lease`", "serves one process");
    if (!suite.is_persistent)
        leave_out("what is there after opening again", "was not said to be persistent");
    (void)fflush(stdout);
}

static uint32_t plugin_features(void)
{
    struct test_plugin plugin;
    uint32_t features;

    test_plugin_load(&plugin, suite.plugin, GW_PORT_REPOSITORY);
    features = plugin.descriptor->features;
    test_plugin_done(&plugin);
    return features;
}

static Suite *repository_suite(uint32_t features)
{
    Suite *made = suite_create("repository");

    suite_add_tcase(made, load_case());
    suite_add_tcase(made, apply_case());
    suite_add_tcase(made, conflicts_case());
    suite_add_tcase(made, positions_case());
    suite_add_tcase(made, inbox_case());
    suite_add_tcase(made, outbox_case());
    if ((features & GW_REPOSITORY_SHARED) != 0)
        suite_add_tcase(made, lease_case());
    suite_add_tcase(made, dead_letters_case());
    suite_add_tcase(made, views_case());
    suite_add_tcase(made, values_case());
    suite_add_tcase(made, sessions_case());
    return made;
}

int main(int argc, char **argv)
{
    const char *temporary = getenv("TMPDIR");
    const char *fork_mode = getenv("GANGWAY_CHECK_FORK");
    SRunner *runner;
    uint32_t features;
    int failed;
    int at = 2;

    if (argc < 2) {
        (void)fprintf(stderr, "usage: %s PLUGIN [--persistent] [key=value...]\n", argv[0]);
        return WRONG_USAGE;
    }
    suite.plugin = argv[1];
    suite.is_persistent = argc > at && strcmp(argv[at], "--persistent") == 0;
    at += suite.is_persistent;
    suite.settings = (const char *const *)argv + at;
    suite.setting_count = (size_t)(argc - at);
    (void)snprintf(suite.root, sizeof suite.root, "%s/gangway_XXXXXX", temporary != NULL ? temporary : "/tmp");
    if (mkdtemp(suite.root) == NULL) {
        perror(suite.root);
        return EXIT_FAILURE;
    }
    features = plugin_features();
    say_what_is_left_out(features);
    runner = srunner_create(repository_suite(features));
    if (fork_mode != NULL && strcmp(fork_mode, "no") == 0)
        srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    (void)nftw(suite.root, remove_entry, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
