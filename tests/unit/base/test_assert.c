/* SPDX-License-Identifier: Apache-2.0 */
/* Fail-stop: the output of a broken invariant. */
#include "base/assert.h"
#include "check_main.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(a_true_expression_is_evaluated_once_and_continues)
{
    int count = 0;

    gw_assert(++count == 1);
    ck_assert_int_eq(count, 1);
}
END_TEST

START_TEST(a_false_expression_ends_the_process_naming_file_line_and_expression)
{
    char text[512] = "";
    int fds[2], status;
    pid_t pid;

    ck_assert_int_eq(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        dup2(fds[1], STDERR_FILENO);
        gw_assert(pid == 1);
    }
    close(fds[1]);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    ck_assert_int_gt(read(fds[0], text, sizeof text - 1), 0);
    close(fds[0]);
    ck_assert_msg(strstr(text, "test_assert.c:") != NULL && strstr(text, "broken invariant: pid == 1\n") != NULL, "%s",
                  text);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("base/assert");
    TCase *tcase = tcase_create("assert");

    tcase_add_test(tcase, a_true_expression_is_evaluated_once_and_continues);
    tcase_add_test(tcase, a_false_expression_ends_the_process_naming_file_line_and_expression);
    suite_add_tcase(suite, tcase);
    return suite;
}
