/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the one suite of a Check program. The exit status says whether every test passed. */
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

int main(void)
{
    SRunner *runner = srunner_create(test_suite());
    const char *fork_mode = getenv("GANGWAY_CHECK_FORK");
    int failed;

    if (fork_mode != NULL && strcmp(fork_mode, "no") == 0)
        srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
