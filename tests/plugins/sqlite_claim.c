/* SPDX-License-Identifier: Apache-2.0 */
/* The claim: one gateway on one database. */
#include "scratch.h"
#include "sqlite_cases.h"
#include "sqlite_instance.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct instance first, second;

/* A process in which `begin` was true, and that stays as it is until it is killed. */
static pid_t process_after(bool (*begin)(const char *path), const char *path)
{
    int ready[2];
    char byte = 0;
    pid_t pid;

    ck_assert_int_eq(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        byte = begin(path) ? 'y' : 'n';
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

static void end_process(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static bool claim(const char *path)
{
    instance_open(&first, path, NULL);
    return first.ops->claim(first.self, &first.error) == GW_OK;
}

static bool open_a_session(const char *path)
{
    struct gw_session *session;

    instance_open(&first, path, NULL);
    return instance_session(&first, &session) == GW_OK;
}

/* Locks of a user who may only read the file, and who runs programs that lock what they read. */
static bool lock_what_can_be_read(const char *path)
{
    struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    return fd >= 0 && fcntl(fd, F_SETLK, &whole) == 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static void migrate(const char *path)
{
    instance_open(&second, path, NULL);
    ck_assert_status(&second, instance_migrate(&second), GW_OK);
    instance_close(&second);
}

/* Every way to the database is refused, and each refusal names the process; 0: none. */
static void assert_no_way_in(const char *path, pid_t pid)
{
    struct gw_session *session = NULL;
    char text[32] = "hard links";
    enum gw_status status;
    char *report;

    if (pid != 0)
        (void)snprintf(text, sizeof text, "process %ld", (long)pid);
    instance_open(&second, path, NULL);
    ck_assert_status(&second, second.ops->claim(second.self, &second.error), GW_CONFIG);
    ck_assert_says(&second, text);
    ck_assert_status(&second, instance_session(&second, &session), GW_CONFIG);
    ck_assert_says(&second, text);
    ck_assert_status(&second, instance_migrate(&second), GW_CONFIG);
    ck_assert_says(&second, text);
    report = instance_check(&second, &status);
    ck_assert_int_eq(status, GW_CONFIG);
    ck_assert_msg(strstr(report, text) != NULL, "%s", report);
    free(report);
    instance_close(&second);
}

START_TEST(a_second_process_is_refused_with_the_pid_of_the_first)
{
    const char *path = scratch_path("gangway.db");
    pid_t pid = process_after(claim, path);
    char text[32];

    instance_open(&second, path, NULL);
    ck_assert_status(&second, second.ops->claim(second.self, &second.error), GW_CONFIG);
    (void)snprintf(text, sizeof text, "process %ld", (long)pid);
    ck_assert_says(&second, text);
    end_process(pid);
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

START_TEST(a_link_to_a_file_that_is_not_there_yet_has_the_claim_of_the_file)
{
    const char *path = scratch_path("gangway.db");
    const char *alias = scratch_path("alias.db");
    pid_t pid;
    char text[32];

    ck_assert_int_eq(symlink(path, alias), 0);
    pid = process_after(claim, alias);
    (void)snprintf(text, sizeof text, "process %ld", (long)pid);
    instance_open(&second, path, NULL);
    ck_assert_status(&second, second.ops->claim(second.self, &second.error), GW_CONFIG);
    ck_assert_says(&second, text);
    instance_close(&second);
    end_process(pid);
}
END_TEST

START_TEST(a_database_with_a_hard_link_is_refused_under_both_names)
{
    const char *path = scratch_path("gangway.db");
    const char *alias = scratch_path("alias.db");

    migrate(path);
    ck_assert_int_eq(link(path, alias), 0);
    assert_no_way_in(path, 0);
    assert_no_way_in(alias, 0);
    ck_assert_int_eq(unlink(alias), 0);
    migrate(path);
}
END_TEST

/* A bind mount of the file has the same inode and one link; so has a file that was renamed while it is used. */
START_TEST(a_database_that_is_used_under_another_name_is_refused_with_the_process)
{
    bool (*const uses[])(const char *path) = {claim, open_a_session};
    const char *path = scratch_path("gangway.db");
    const char *other = scratch_path("other.db");

    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        pid_t pid;

        migrate(path);
        pid = process_after(uses[i], path);
        scratch_rename("gangway.db", "other.db");
        assert_no_way_in(other, pid);
        scratch_rename("other.db", "gangway.db");
        end_process(pid);
    }
}
END_TEST

START_TEST(another_database_under_the_name_of_one_in_use_is_refused)
{
    const char *path = scratch_path("gangway.db");
    pid_t pid;

    migrate(path);
    pid = process_after(claim, path);
    ck_assert_int_eq(unlink(path), 0);
    instance_open(&second, path, NULL);
    ck_assert_status(&second, second.ops->claim(second.self, &second.error), GW_CONFIG);
    instance_close(&second);
    end_process(pid);
}
END_TEST

START_TEST(a_process_that_may_only_read_cannot_prevent_a_start)
{
    const char *path = scratch_path("gangway.db");
    const char *lock = scratch_path("gangway.db.lock");
    pid_t strangers[2];
    struct stat seen;

    scratch_write("gangway.db.lock", "1\n"); /* process 1 runs always */
    migrate(path);
    strangers[0] = process_after(lock_what_can_be_read, path);
    strangers[1] = process_after(lock_what_can_be_read, lock);
    instance_open(&first, path, NULL);
    ck_assert_status(&first, first.ops->claim(first.self, &first.error), GW_OK);
    ck_assert(test_host_has_logged(&first.host, GW_CODE_SQLITE_NOT_LOCKED, path));
    ck_assert_int_eq(stat(lock, &seen), 0);
    ck_assert_uint_eq(seen.st_mode & 0777, 0600);
    instance_close(&first);
    end_process(strangers[0]);
    end_process(strangers[1]);
}
END_TEST

START_TEST(a_claim_does_not_keep_other_programs_from_reading_and_replaying)
{
    const char *path = scratch_path("gangway.db");
    struct gw_session *session;

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
    ck_assert_says(&first, "nowhere/gangway.db");
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
    tcase_add_test(tests, a_link_to_a_file_that_is_not_there_yet_has_the_claim_of_the_file);
    tcase_add_test(tests, a_database_with_a_hard_link_is_refused_under_both_names);
    tcase_add_test(tests, a_database_that_is_used_under_another_name_is_refused_with_the_process);
    tcase_add_test(tests, another_database_under_the_name_of_one_in_use_is_refused);
    tcase_add_test(tests, a_process_that_may_only_read_cannot_prevent_a_start);
    tcase_add_test(tests, a_claim_does_not_keep_other_programs_from_reading_and_replaying);
    tcase_add_test(tests, a_claim_in_a_folder_that_is_not_there_is_refused);
    return tests;
}
