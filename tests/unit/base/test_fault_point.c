/* SPDX-License-Identifier: Apache-2.0 */
/* At which step, and at which time it is reached, the process is killed, stopped or crashed. */
#include "base/fault_point.h"
#include "check_main.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends with 10 and the number of times that the step was reached. */
static void reach(const char *fault, const char *step)
{
    int times = 0;

    if (fault != NULL)
        (void)setenv("GANGWAY_FAULT", fault, 1);
    else
        (void)unsetenv("GANGWAY_FAULT");
    (void)signal(SIGSEGV, SIG_DFL);
    (void)signal(SIGABRT, SIG_DFL);
    for (; times < 3; times++)
        gw_fault_point(step);
    exit(10 + times);
}

/* The status of a process that reaches the step three times; one that stops is continued. */
static int status_of(const char *fault, const char *step, int *ret_stops)
{
    pid_t pid = fork();
    int status;

    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        reach(fault, step);
    *ret_stops = 0;
    for (;;) {
        ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
        if (!WIFSTOPPED(status))
            return status;
        ++*ret_stops;
        ck_assert_int_eq(kill(pid, SIGCONT), 0);
    }
}

static void assert_passed(const char *fault, const char *step, int expected_stops)
{
    int stops;
    int status = status_of(fault, step, &stops);

    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 13);
    ck_assert_int_eq(stops, expected_stops);
}

static void assert_ended(const char *fault, int expected_signal)
{
    int stops;
    int status = status_of(fault, "load", &stops);

    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), expected_signal);
    ck_assert_int_eq(stops, 0);
}

START_TEST(a_step_that_is_not_selected_does_nothing)
{
    assert_passed(NULL, "load", 0);
    assert_passed("load:2:kill", "apply", 0);
    assert_passed("loaded:2:kill", "load", 0);
    assert_passed("load:4:kill", "load", 0);
    assert_passed("load:0:kill", "load", 0);
}
END_TEST

START_TEST(the_selected_step_stops_the_process_once_until_it_is_continued)
{
    assert_passed("load:1:stop", "load", 1);
    assert_passed("load:3:stop", "load", 1);
}
END_TEST

START_TEST(the_selected_step_ends_the_process_by_the_signal_of_its_action)
{
    assert_ended("load:1:kill", SIGKILL);
    assert_ended("load:3:abort", SIGABRT);
}
END_TEST

START_TEST(a_fault_is_a_write_where_nothing_is_mapped)
{
    assert_ended("load:2:fault", SIGSEGV);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("base/fault_point");
    TCase *tcase = tcase_create("fault_point");

    tcase_add_test(tcase, a_step_that_is_not_selected_does_nothing);
    tcase_add_test(tcase, the_selected_step_stops_the_process_once_until_it_is_continued);
    tcase_add_test(tcase, the_selected_step_ends_the_process_by_the_signal_of_its_action);
    tcase_add_test(tcase, a_fault_is_a_write_where_nothing_is_mapped);
    suite_add_tcase(suite, tcase);
    return suite;
}
