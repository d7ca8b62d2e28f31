/* SPDX-License-Identifier: Apache-2.0 */
/* The claim: one gateway on one database. */
#include "scratch.h"
#include "sqlite_cases.h"
#include "sqlite_instance.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct instance first, second;

/* A process that has the claim and keeps it until it is killed. */
static pid_t process_with_claim(const char *path)
{
    int ready[2];
    char byte = 0;
    pid_t pid;

    ck_assert_int_eq(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        instance_open(&first, path, NULL);
        byte = first.ops->claim(first.self, &first.error) == GW_OK ? 'y' : 'n';
        (void)!write(ready[1], &byte, 1);
        for (;;)
            pause();
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    ck_assert_int_eq(byte, 'y');
    close(ready[0]);
    close(ready[1]);
    return pid;
}

START_TEST(a_second_process_is_refused_with_the_pid_of_the_first)
{
    const char *path = scratch_path("gangway.db");
    pid_t pid = process_with_claim(path);
    char text[32];

    instance_open(&second, path, NULL);
    ck_assert_status(&second, second.ops->claim(second.self, &second.error), GW_CONFIG);
    (void)snprintf(text, sizeof text, "process %ld", (long)pid);
    ck_assert_says(&second, text);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    ck_assert_status(&second, second.ops->claim(second.self, &second.error), GW_OK);
    instance_close(&second);
}
END_TEST

START_TEST(a_second_instance_is_refused_until_the_first_is_closed)
{
    const char *path = scratch_path("gangway.db");

    instance_open(&first, path, NULL);
    instance_open(&second, path, NULL);
    ck_assert_status(&first, first.ops->claim(first.self, &first.error), GW_OK);
    ck_assert_status(&first, first.ops->claim(first.self, &first.error), GW_OK);
    ck_assert_status(&second, second.ops->claim(second.self, &second.error), GW_CONFIG);
    instance_close(&first);
    ck_assert_status(&second, second.ops->claim(second.self, &second.error), GW_OK);
    instance_close(&second);
}
END_TEST

START_TEST(another_name_of_the_database_has_the_same_claim)
{
    const char *path = scratch_path("gangway.db");
    const char *alias = scratch_path("alias.db");

    instance_open(&first, path, NULL);
    ck_assert_status(&first, instance_migrate(&first), GW_OK);
    ck_assert_status(&first, first.ops->claim(first.self, &first.error), GW_OK);
    ck_assert_int_eq(symlink(path, alias), 0);
    instance_open(&second, alias, NULL);
    ck_assert_status(&second, second.ops->claim(second.self, &second.error), GW_CONFIG);
    instance_close(&second);
    instance_close(&first);
}
END_TEST

START_TEST(a_claim_does_not_keep_other_programs_from_reading_and_replaying)
{
    const char *path = scratch_path("gangway.db");
    void *session;

    instance_open(&first, path, NULL);
    ck_assert_status(&first, first.ops->claim(first.self, &first.error), GW_OK);
    session = instance_begin(&first);
    ck_assert_status(&first, instance_step(&first, session, 0, 0), GW_OK);
    ck_assert_int_eq(sql_run(path, "UPDATE positions SET next = 1; SELECT * FROM batches"), SQLITE_OK);
    ck_assert_status(&first, instance_step(&first, session, 1, 0), GW_OK);
    first.ops->close_session(session);
    instance_close(&first);
}
END_TEST

START_TEST(a_claim_in_a_folder_that_is_not_there_is_refused)
{
    instance_open(&first, scratch_path("nowhere/gangway.db"), NULL);
    ck_assert_status(&first, first.ops->claim(first.self, &first.error), GW_CONFIG);
    ck_assert_says(&first, "nowhere/gangway.db.lock");
    instance_close(&first);
}
END_TEST

TCase *sqlite_claim_case(void)
{
    TCase *tests = tcase_create("claim");

    tcase_add_checked_fixture(tests, scratch_begin, scratch_end);
    tcase_add_test(tests, a_second_process_is_refused_with_the_pid_of_the_first);
    tcase_add_test(tests, a_second_instance_is_refused_until_the_first_is_closed);
    tcase_add_test(tests, another_name_of_the_database_has_the_same_claim);
    tcase_add_test(tests, a_claim_does_not_keep_other_programs_from_reading_and_replaying);
    tcase_add_test(tests, a_claim_in_a_folder_that_is_not_there_is_refused);
    return tests;
}
