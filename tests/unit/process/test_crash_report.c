/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is logged when a thread crashes, and that the crash takes its course: who handled the signal before is called
 * after the report, as a sanitizer or the kernel would be. Each crash happens in a process of its own, which ends with
 * the signal's number as its status, and in an orderly way, so that coverage is written.
 */
#include "check_main.h"
#include "failing_core.h"
#include "log_file.h"
#include "process/crash_report.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void set_up(void)
{
    log_file_open();
}

static void end_with(int number)
{
    exit(number);
}

/* The status of a process that installs the report and then does this. */
static int status_of(void (*crash)(void), const struct gw_log *log)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    struct sigaction before = {.sa_handler = end_with};
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        for (size_t index = 0; index < sizeof numbers / sizeof numbers[0]; index++)
            (void)sigaction(numbers[index], &before, NULL);
        gw_crash_report_install(log);
        crash();
        exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* ---- who is named ----------------------------------------------------------------------------------------------- */

static void describe(const void *context, const struct gw_log *log)
{
    const struct gw_log_field field = gw_log_field_of("source", context);

    gw_log_text(log, GW_CODE_CRASH_POSITION, NULL, &field, 1, "described");
}

static struct gw_crash_witness orders = {.describe = describe, .context = "queue", .component = "orders"};
static struct gw_crash_witness commands = {.describe = describe, .context = "file", .component = "commands"};
static struct gw_crash_witness mail = {.component = "mail"};

static void abort_in_orders(void)
{
    gw_crash_witness_enter(&commands);
    gw_crash_witness_enter(&orders);
    abort();
}

START_TEST(a_crash_names_the_component_of_its_thread_and_what_that_was_doing)
{
    ck_assert_int_eq(status_of(abort_in_orders, &log_file), SIGABRT);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_OF_COMPONENT, "\"signal\":\"SIGABRT\""), 1);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_OF_COMPONENT, "orders"), 1);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_POSITION, "queue"), 1);
    ck_assert_uint_eq(logged(NULL, NULL), 2);
}
END_TEST

static void abort_in_mail(void)
{
    gw_crash_witness_enter(&mail);
    abort();
}

START_TEST(a_crash_of_a_component_without_messages_names_only_the_component)
{
    ck_assert_int_eq(status_of(abort_in_mail, &log_file), SIGABRT);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_OF_COMPONENT, "mail"), 1);
    ck_assert_uint_eq(logged(NULL, NULL), 1);
}
END_TEST

static void *crash_elsewhere(void *number)
{
    (void)raise(*(const int *)number);
    return NULL;
}

static int sent = SIGFPE;

/* The witnesses belong to the main thread, and the crash to another, as one of a library's own would be. */
static void crash_in_a_library(void)
{
    pthread_t thread;

    gw_crash_witness_enter(&orders);
    gw_crash_witness_enter(&mail);
    gw_crash_witness_enter(&commands);
    (void)pthread_create(&thread, NULL, crash_elsewhere, &sent);
    (void)pthread_join(thread, NULL);
}

START_TEST(a_crash_of_a_thread_without_a_component_names_what_every_component_was_doing)
{
    ck_assert_int_eq(status_of(crash_in_a_library, &log_file), SIGFPE);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_OF_LIBRARY, "\"signal\":\"SIGFPE\""), 1);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_POSITION, "queue"), 1);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_POSITION, "file"), 1);
    ck_assert_uint_eq(logged(NULL, NULL), 3);
}
END_TEST

static void wait_until(atomic_bool *flag)
{
    while (!atomic_load(flag))
        (void)sched_yield();
}

/* A component's thread, which ends when it may. */
struct thread {
    pthread_t id;
    struct gw_crash_witness *witness;
    atomic_bool has_entered;
    atomic_bool may_leave;
};

static void *enter_and_leave(void *context)
{
    struct thread *thread = context;

    gw_crash_witness_enter(thread->witness);
    atomic_store(&thread->has_entered, true);
    wait_until(&thread->may_leave);
    gw_crash_witness_leave(thread->witness);
    return NULL;
}

/* They end in another order than they began. */
static void end_all_and_crash(void)
{
    static struct thread threads[] = {{.witness = &orders}, {.witness = &mail}, {.witness = &commands}};

    for (size_t index = 0; index < 3; index++) {
        (void)pthread_create(&threads[index].id, NULL, enter_and_leave, &threads[index]);
        wait_until(&threads[index].has_entered);
    }
    for (size_t index = 0; index < 3; index++) {
        atomic_store(&threads[index].may_leave, true);
        (void)pthread_join(threads[index].id, NULL);
    }
    (void)raise(SIGILL);
}

START_TEST(a_component_that_has_ended_is_not_named)
{
    ck_assert_int_eq(status_of(end_all_and_crash, &log_file), SIGILL);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_OF_LIBRARY, "\"signal\":\"SIGILL\""), 1);
    ck_assert_uint_eq(logged(NULL, NULL), 1);
}
END_TEST

/* ---- the crash takes its course --------------------------------------------------------------------------------- */

static void write_to_what_is_read_only(void)
{
    volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    gw_crash_witness_enter(&orders);
    page[0] = 'x';
}

START_TEST(a_fault_is_reported_and_then_happens_again_for_whoever_handled_it_before)
{
    ck_assert_int_eq(status_of(write_to_what_is_read_only, &log_file), SIGSEGV);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_OF_COMPONENT, "\"signal\":\"SIGSEGV\""), 1);
}
END_TEST

START_TEST(a_crash_without_a_log_takes_its_course_too)
{
    static const struct gw_log without_output = {.format = GW_LOG_JSON, .level = GW_LOG_INFO};

    ck_assert_int_eq(status_of(abort_in_orders, NULL), SIGABRT);
    ck_assert_int_eq(status_of(abort_in_orders, &without_output), SIGABRT);
    ck_assert_uint_eq(logged(NULL, NULL), 0);
}
END_TEST

static atomic_bool is_first_reporting;
static atomic_bool is_second_waiting;

int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    atomic_store(&is_second_waiting, true);
    return __real_poll(fds, count, timeout);
}

static void *crash_second(void *unused)
{
    wait_until(&is_first_reporting);
    (void)raise(SIGBUS);
    return unused;
}

static void let_the_second_crash(const void *context, const struct gw_log *log)
{
    (void)context;
    (void)log;
    atomic_store(&is_first_reporting, true);
    wait_until(&is_second_waiting);
}

static struct gw_crash_witness first = {.describe = let_the_second_crash, .component = "first"};

static void crash_in_two_threads(void)
{
    pthread_t thread;

    gw_crash_witness_enter(&first);
    (void)pthread_create(&thread, NULL, crash_second, NULL);
    abort();
}

START_TEST(of_two_threads_that_crash_together_the_first_reports_and_ends_the_process)
{
    ck_assert_int_eq(status_of(crash_in_two_threads, &log_file), SIGABRT);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_OF_COMPONENT, "\"signal\":\"SIGABRT\""), 1);
    ck_assert_uint_eq(logged(NULL, NULL), 1);
}
END_TEST

static void abort_without_memory(void)
{
    failing_core_begin(1);
    gw_crash_witness_enter(&orders);
    (void)failing_core_end();
    abort();
}

START_TEST(a_component_that_got_no_stack_for_the_handler_is_named_too)
{
    ck_assert_int_eq(status_of(abort_without_memory, &log_file), SIGABRT);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_OF_COMPONENT, "orders"), 1);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_POSITION, "queue"), 1);
}
END_TEST

/* ---- core files ------------------------------------------------------------------------------------------------- */

START_TEST(no_core_file_is_written_and_an_operator_can_allow_one)
{
    struct rlimit before;
    struct rlimit after;

    ck_assert_int_eq(getrlimit(RLIMIT_CORE, &before), 0);
    gw_crash_report_forbid_core();
    ck_assert_int_eq(getrlimit(RLIMIT_CORE, &after), 0);
    ck_assert_uint_eq(after.rlim_cur, before.rlim_max > 0 ? 1 : 0);
    ck_assert_uint_eq(after.rlim_max, before.rlim_max);
    before.rlim_cur = before.rlim_max = 0;
    ck_assert_int_eq(setrlimit(RLIMIT_CORE, &before), 0);
    gw_crash_report_forbid_core();
    ck_assert_int_eq(getrlimit(RLIMIT_CORE, &after), 0);
    ck_assert_uint_eq(after.rlim_cur, 0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("crash_report");
    TCase *tests = tcase_create("crash");

    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, a_crash_names_the_component_of_its_thread_and_what_that_was_doing);
    tcase_add_test(tests, a_crash_of_a_component_without_messages_names_only_the_component);
    tcase_add_test(tests, a_crash_of_a_thread_without_a_component_names_what_every_component_was_doing);
    tcase_add_test(tests, a_component_that_has_ended_is_not_named);
    tcase_add_test(tests, a_fault_is_reported_and_then_happens_again_for_whoever_handled_it_before);
    tcase_add_test(tests, a_crash_without_a_log_takes_its_course_too);
    tcase_add_test(tests, of_two_threads_that_crash_together_the_first_reports_and_ends_the_process);
    tcase_add_test(tests, a_component_that_got_no_stack_for_the_handler_is_named_too);
    tcase_add_test(tests, no_core_file_is_written_and_an_operator_can_allow_one);
    suite_add_tcase(suite, tests);
    return suite;
}
