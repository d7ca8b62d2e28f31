/* SPDX-License-Identifier: Apache-2.0 */
/* At which step, and at which time it is reached, the process is killed, stopped or crashed. */
#include "base/fault_point.h"
#include "check_main.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
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

/* The status at the end of a child process, which is continued when it stops. */
static int status_of_child(pid_t pid, int *ret_stops)
{
    int status;

    *ret_stops = 0;
    for (;;) {
        ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
        if (!WIFSTOPPED(status))
            return status;
        ++*ret_stops;
        ck_assert_int_eq(kill(pid, SIGCONT), 0);
    }
}

/* The status of a process that reaches the step three times. */
static int status_of(const char *fault, const char *step, int *ret_stops)
{
    pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        reach(fault, step);
    return status_of_child(pid, ret_stops);
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

/* ---- a process with several threads ---- */

/* Shared by the two threads of a process and by its watcher. */
struct threads {
    atomic_bool is_deaf; /* the main thread handles no signal */
    atomic_int worker;   /* the id of the thread that reaches the step */
    atomic_bool has_passed;
    bool has_passed_first; /* before the thread stopped */
};

static void pause_between_looks(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void *work(void *context)
{
    struct threads *threads = context;

    atomic_store(&threads->worker, (int)gettid());
    while (!atomic_load(&threads->is_deaf))
        pause_between_looks();
    gw_fault_point("load");
    atomic_store(&threads->has_passed, true);
    return NULL;
}

static bool is_stopped(pid_t process, int thread)
{
    char path[64];
    char stat[64] = "";
    const char *state;
    int fd;

    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)process, thread);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, stat, sizeof stat - 1) < 0)
        _exit(1);
    (void)close(fd);
    state = strrchr(stat, ')');
    return state != NULL && strncmp(state, ") T", 3) == 0;
}

/* The main thread waits in the kernel until this process ends, and handles no signal before. */
static int watch(void *context)
{
    struct threads *threads = context;

    atomic_store(&threads->is_deaf, true);
    while (!atomic_load(&threads->has_passed) && !is_stopped(getppid(), atomic_load(&threads->worker)))
        pause_between_looks();
    threads->has_passed_first = atomic_load(&threads->has_passed);
    return 0;
}

/* Ends with 10, or with 11 if the thread passed the step before it stopped. */
static void reach_in_a_thread(void)
{
    static _Alignas(16) char stack[64 * 1024];
    static struct threads threads;
    pthread_t thread;
    int status;

    (void)setenv("GANGWAY_FAULT", "load:1:stop", 1);
    if (pthread_create(&thread, NULL, work, &threads) != 0)
        _exit(1);
    while (atomic_load(&threads.worker) == 0)
        pause_between_looks();
    if (clone(watch, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &threads) < 0 || wait(&status) < 0 ||
        pthread_join(thread, NULL) != 0)
        _exit(1);
    _exit(threads.has_passed_first ? 11 : 10);
}

START_TEST(the_thread_that_reaches_the_step_stops_there_while_others_cannot_handle_a_signal)
{
    pid_t pid = fork();
    int stops;
    int status;

    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        reach_in_a_thread();
    status = status_of_child(pid, &stops);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 10);
    ck_assert_int_eq(stops, 1);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("base/fault_point");
    TCase *tcase = tcase_create("fault_point");

    tcase_add_test(tcase, a_step_that_is_not_selected_does_nothing);
    tcase_add_test(tcase, the_selected_step_stops_the_process_once_until_it_is_continued);
    tcase_add_test(tcase, the_thread_that_reaches_the_step_stops_there_while_others_cannot_handle_a_signal);
    tcase_add_test(tcase, the_selected_step_ends_the_process_by_the_signal_of_its_action);
    tcase_add_test(tcase, a_fault_is_a_write_where_nothing_is_mapped);
    suite_add_tcase(suite, tcase);
    return suite;
}
