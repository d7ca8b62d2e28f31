/* SPDX-License-Identifier: Apache-2.0 */
/* The plugins of this tree pass every check, in the directory in which the build leaves them. */
#include "check_main.h"
#include "plugin/loader.h"

#include <stdio.h>

static void print_failure(const struct gw_report *report, int32_t status, struct gw_text subject,
                          struct gw_text finding)
{
    (void)report;
    if (status != GW_OK)
        (void)fprintf(stderr, "%.*s: %.*s\n", (int)subject.len, subject.ptr, (int)finding.len, finding.ptr);
}

START_TEST(every_plugin_of_the_tree_passes_every_check)
{
    char names[] = GW_TEST_PLUGINS;
    struct gw_report report = {.size = sizeof report, .line = print_failure};

    for (char *name = strtok(names, " "); name != NULL; name = strtok(NULL, " ")) {
        char path[4096];

        (void)snprintf(path, sizeof path, "%s/%s.so", GW_TEST_PLUGIN_DIR, name);
        ck_assert_msg(gw_loader_verify(path, &report) == GW_OK, "%s is refused", path);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("tree");
    TCase *tests = tcase_create("tree");

    tcase_add_test(tests, every_plugin_of_the_tree_passes_every_check);
    suite_add_tcase(suite, tests);
    return suite;
}
