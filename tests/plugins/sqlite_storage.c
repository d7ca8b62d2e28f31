/* SPDX-License-Identifier: Apache-2.0 */
/* Storage that fails: full, refusing, corrupt, out of descriptors, and a process that dies. */
#include "scratch.h"
#include "sqlite_cases.h"
#include "sqlite_instance.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BIG = 300000 };

static struct instance instance;

/* The step failed for want of room; with room again the same one succeeds, and all steps are there. */
static void assert_recovers(struct gw_session *session, int64_t step, size_t bytes)
{
    ck_assert_status(&instance, instance_step(&instance, session, step, bytes), GW_OK);
    ck_assert_int_eq(instance_steps(&instance, session), step + 1);
    ck_assert_status(&instance, instance_step(&instance, session, step, bytes), GW_ALREADY);
    ck_assert_status(&instance, instance_step(&instance, session, step + 1, 0), GW_OK);
}

static void put_ballast(const char *path, size_t bytes)
{
    char *zeros = calloc(1, bytes);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

    ck_assert_ptr_nonnull(zeros);
    ck_assert_int_eq(write(fd, zeros, bytes), (ssize_t)bytes);
    close(fd);
    free(zeros);
}

/* A small file system of the test's own; needs the right to mount. */
static bool mount_small(const char *folder)
{
    if (mkdir(folder, 0700) != 0 || unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
        return false;
    return mount("none", folder, "tmpfs", 0, "size=2m") == 0;
}

START_TEST(a_full_disk_is_reported_and_survived)
{
    const char *folder = scratch_path("small");
    const char *path = scratch_path("small/gangway.db");
    const char *ballast = scratch_path("small/ballast");
    enum gw_status status = GW_OK;
    int64_t step = 0;
    struct gw_session *session;

    if (!mount_small(folder))
        return;
    put_ballast(ballast, 1 << 20);
    instance_open(&instance, path, NULL);
    session = instance_begin(&instance);
    while ((status = instance_step(&instance, session, step, BIG)) == GW_OK)
        step++;
    ck_assert_msg(status == GW_UNKNOWN || status == GW_TRANSIENT, "%s", gw_status_word((int)status));
    ck_assert_says(&instance, "full");
    ck_assert_int_gt(step, 0);
    ck_assert_int_eq(instance_steps(&instance, session), step);
    ck_assert_int_eq(unlink(ballast), 0);
    assert_recovers(session, step, BIG);
    instance.ops->close_session(session);
    instance_close(&instance);
    ck_assert_int_eq(umount(folder), 0);
}
END_TEST

START_TEST(a_commit_that_the_disk_refused_is_unknown_and_the_same_changeset_succeeds_later)
{
    struct rlimit before, limit;
    struct gw_session *session;

    instance_open(&instance, scratch_path("gangway.db"), NULL);
    session = instance_begin(&instance);
    ck_assert_status(&instance, instance_step(&instance, session, 0, 0), GW_OK);
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = BIG;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_status(&instance, instance_step(&instance, session, 1, BIG), GW_UNKNOWN);
    ck_assert_status(&instance, instance_step(&instance, session, 1, BIG), GW_UNKNOWN);
    ck_assert_int_eq(instance_steps(&instance, session), 1);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_recovers(session, 1, BIG);
    instance.ops->close_session(session);
    instance_close(&instance);
}
END_TEST

START_TEST(a_corrupt_database_needs_an_operator)
{
    const char *path = scratch_path("gangway.db");
    enum gw_status status;
    struct gw_session *session;
    int fd;

    instance_open(&instance, path, NULL);
    session = instance_begin(&instance);
    for (int64_t step = 0; step < 50; step++)
        ck_assert_status(&instance, instance_step(&instance, session, step, 0), GW_OK);
    instance.ops->close_session(session);
    session = NULL;
    fd = open(path, O_WRONLY | O_CLOEXEC);
    for (off_t page = 1; page < 30; page++)
        ck_assert_int_eq(pwrite(fd, "garbage garbage garbage", 23, page * 4096), 23);
    close(fd);
    status = instance_session(&instance, &session);
    if (status == GW_OK) {
        status = instance_step(&instance, session, 50, 0);
        instance.ops->close_session(session);
    }
    ck_assert_status(&instance, status, GW_CONFIG);
    ck_assert_says(&instance, "malformed");
    ck_assert_says(&instance, path);
    instance_close(&instance);
}
END_TEST

START_TEST(nothing_is_committed_to_a_database_that_was_replaced)
{
    const char *path = scratch_path("gangway.db");
    const char *aside = scratch_path("aside.db");
    struct gw_session *session;

    instance_open(&instance, path, NULL);
    session = instance_begin(&instance);
    ck_assert_status(&instance, instance_step(&instance, session, 0, 0), GW_OK);
    ck_assert_int_eq(rename(path, aside), 0);
    ck_assert_status(&instance, instance_step(&instance, session, 1, 0), GW_CONFIG);
    ck_assert_says(&instance, "was removed or renamed");
    put_ballast(path, 4096);
    ck_assert_status(&instance, instance_step(&instance, session, 1, 0), GW_CONFIG);
    ck_assert_says(&instance, "is another file than the one that this process uses");
    ck_assert_int_eq(rename(aside, path), 0);
    ck_assert_status(&instance, instance_step(&instance, session, 1, 0), GW_OK);
    ck_assert_int_eq(instance_steps(&instance, session), 2);
    instance.ops->close_session(session);
    instance_close(&instance);
}
END_TEST

START_TEST(a_file_that_is_not_a_database_needs_an_operator)
{
    const char *path = scratch_path("gangway.db");
    struct gw_session *session = NULL;

    put_ballast(path, 8192);
    instance_open(&instance, path, NULL);
    ck_assert_status(&instance, instance_migrate(&instance), GW_CONFIG);
    ck_assert_says(&instance, "not a database");
    ck_assert_status(&instance, instance_session(&instance, &session), GW_CONFIG);
    instance_close(&instance);
}
END_TEST

START_TEST(a_lack_of_descriptors_is_transient)
{
    struct rlimit before, limit;
    struct gw_session *session = NULL;

    instance_open(&instance, scratch_path("gangway.db"), NULL);
    ck_assert_status(&instance, instance_migrate(&instance), GW_OK);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit = before;
    limit.rlim_cur = (rlim_t)dup(0);
    for (int spare = 0; spare < 3; spare++) {
        limit.rlim_cur += spare > 0;
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
        ck_assert_status(&instance, instance_session(&instance, &session), GW_TRANSIENT);
    }
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_status(&instance, instance_session(&instance, &session), GW_OK);
    ck_assert_status(&instance, instance_step(&instance, session, 0, 0), GW_OK);
    instance.ops->close_session(session);
    instance_close(&instance);
}
END_TEST

/* In a child: steps without end, and reports each step that was applied. */
static void step_until_killed(const char *path, int64_t step, int said)
{
    struct gw_session *session;

    instance_open(&instance, path, NULL);
    session = instance_begin(&instance);
    while (instance_step(&instance, session, step, 0) == GW_OK) {
        step++;
        (void)!write(said, &step, sizeof step);
    }
    (void)fprintf(stderr, "%s\n", instance.error.text);
    _exit(1);
}

START_TEST(an_applied_changeset_survives_the_death_of_the_process)
{
    enum { ROUNDS = 10, STEPS = 20 };
    const char *path = scratch_path("gangway.db");
    int64_t stored = 0;

    for (int round = 0; round < ROUNDS; round++) {
        int64_t said = 0;
        int64_t last = stored;
        struct gw_session *session;
        int pipes[2];
        pid_t pid;

        ck_assert_int_eq(pipe(pipes), 0);
        pid = fork();
        if (pid == 0)
            step_until_killed(path, stored, pipes[1]);
        close(pipes[1]);
        while (said < stored + STEPS + round)
            ck_assert_int_eq(read(pipes[0], &said, sizeof said), sizeof said);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        while (read(pipes[0], &last, sizeof last) == sizeof last)
            said = last;
        close(pipes[0]);
        instance_open(&instance, path, NULL);
        session = instance_begin(&instance);
        stored = instance_steps(&instance, session);
        ck_assert_int_ge(stored, said);
        ck_assert_int_le(stored, said + 1);
        instance.ops->close_session(session);
        instance_close(&instance);
    }
}
END_TEST

TCase *sqlite_storage_case(void)
{
    TCase *tests = tcase_create("storage");

    tcase_add_checked_fixture(tests, scratch_begin, scratch_end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_full_disk_is_reported_and_survived);
    tcase_add_test(tests, a_commit_that_the_disk_refused_is_unknown_and_the_same_changeset_succeeds_later);
    tcase_add_test(tests, a_corrupt_database_needs_an_operator);
    tcase_add_test(tests, nothing_is_committed_to_a_database_that_was_replaced);
    tcase_add_test(tests, a_file_that_is_not_a_database_needs_an_operator);
    tcase_add_test(tests, a_lack_of_descriptors_is_transient);
    tcase_add_test(tests, an_applied_changeset_survives_the_death_of_the_process);
    return tests;
}
