/* SPDX-License-Identifier: Apache-2.0 */
/* The schema: check, migrations, and what it forbids by itself. */
#include "scratch.h"
#include "sqlite_cases.h"
#include "sqlite_instance.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SCHEMA_VERSION = 7 };

static struct instance instance;

/* ---- check */

static void assert_check(const char *path, enum gw_status expected, const char *part)
{
    enum gw_status status;
    char *text;

    instance_open(&instance, path, NULL);
    text = instance_check(&instance, &status);
    ck_assert_msg(status == expected && strstr(text, part) != NULL, "%s: \"%s\" instead of %s: \"%s\"",
                  gw_status_word((int)status), text, gw_status_word((int)expected), part);
    free(text);
    instance_close(&instance);
}

static int files_in(const char *folder)
{
    DIR *directory = opendir(folder);
    int count = -2; /* . and .. */

    ck_assert_ptr_nonnull(directory);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

START_TEST(check_reports_a_missing_database_and_creates_nothing)
{
    assert_check(scratch_path("gangway.db"), GW_OK, "does not exist");
    ck_assert_int_eq(files_in(scratch_path("")), 0);
}
END_TEST

START_TEST(check_names_a_missing_folder)
{
    assert_check(scratch_path("nowhere/gangway.db"), GW_CONFIG, "No such file or directory");
}
END_TEST

START_TEST(check_reports_the_schema_version_and_creates_no_file)
{
    const char *path = scratch_path("gangway.db");

    instance_open(&instance, path, NULL);
    ck_assert_status(&instance, instance_migrate(&instance), GW_OK);
    instance_close(&instance);
    ck_assert_int_eq(files_in(scratch_path("")), 1);
    assert_check(path, GW_OK, "schema version 7");
    ck_assert_int_eq(files_in(scratch_path("")), 1);
}
END_TEST

START_TEST(check_reads_commits_that_a_killed_process_left_in_the_log)
{
    const char *path = scratch_path("gangway.db");
    pid_t pid = fork();

    if (pid == 0) {
        instance_open(&instance, path, NULL);
        (void)instance_begin(&instance);
        (void)raise(SIGKILL);
    }
    waitpid(pid, NULL, 0);
    assert_check(path, GW_OK, "schema version 7");
}
END_TEST

START_TEST(check_reads_a_path_with_odd_characters)
{
    const char *path = scratch_path("50% of #1? \xc3\xa9.db");

    instance_open(&instance, path, NULL);
    ck_assert_status(&instance, instance_migrate(&instance), GW_OK);
    instance_close(&instance);
    assert_check(path, GW_OK, "schema version 7");
}
END_TEST

START_TEST(check_reports_a_file_that_is_not_a_database)
{
    FILE *file = fopen(scratch_path("gangway.db"), "w");

    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < 1000; i++)
        (void)fprintf(file, "these are %d lines of text\n", i);
    (void)fclose(file);
    assert_check(scratch_path("gangway.db"), GW_CONFIG, "not a database");
}
END_TEST

START_TEST(a_file_without_write_permission_needs_an_operator)
{
    const char *folder = scratch_path("readonly");
    const char *path = scratch_path("readonly/gangway.db");
    struct gw_session *session = NULL;

    ck_assert_int_eq(chmod(scratch_path(""), 0755), 0);
    ck_assert_int_eq(mkdir(folder, 0755), 0);
    instance_open(&instance, path, NULL);
    ck_assert_status(&instance, instance_migrate(&instance), GW_OK);
    ck_assert_int_eq(chmod(path, 0444), 0);
    ck_assert_int_eq(chmod(folder, 0555), 0);
    if (geteuid() == 0)
        ck_assert_int_eq(seteuid(65534), 0);
    ck_assert_status(&instance, instance.ops->claim(instance.self, &instance.error), GW_CONFIG);
    ck_assert_status(&instance, instance_session(&instance, &session), GW_CONFIG);
    instance_close(&instance);
    assert_check(path, GW_CONFIG, "Permission denied");
    assert_check(scratch_path("readonly/new.db"), GW_CONFIG, "Permission denied");
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(chmod(folder, 0755), 0);
}
END_TEST

/* ---- migrations */

static int64_t stored_version(const char *path)
{
    return sql_number(path, "PRAGMA user_version");
}

/* In a child: waits until the pipe is closed, and migrates. The exit status is the version before; 99: it failed. */
static void migrate_when_told(const char *path, const int start[2])
{
    int64_t from = -1;
    int64_t to = -1;
    char byte;

    close(start[1]);
    instance_open(&instance, path, NULL);
    (void)!read(start[0], &byte, 1);
    if (instance.ops->migrate(instance.self, &instance.host.host, &from, &to, &instance.error) != GW_OK) {
        (void)fprintf(stderr, "%s\n", instance.error.text);
        _exit(99);
    }
    _exit(to == SCHEMA_VERSION ? (int)from : 98);
}

START_TEST(ten_processes_migrate_at_once_and_one_of_them_does_it)
{
    enum { PROCESSES = 10 };
    const char *path = scratch_path("gangway.db");
    int from_nothing = 0;
    int start[2];

    ck_assert_int_eq(pipe(start), 0);
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0)
            migrate_when_told(path, start);
    }
    close(start[0]);
    close(start[1]);
    for (int i = 0; i < PROCESSES; i++) {
        int status = 0;

        ck_assert_int_gt(wait(&status), 0);
        ck_assert(WIFEXITED(status));
        ck_assert_int_le(WEXITSTATUS(status), SCHEMA_VERSION);
        from_nothing += WEXITSTATUS(status) == 0;
    }
    ck_assert_int_eq(from_nothing, 1);
    ck_assert_int_eq(stored_version(path), SCHEMA_VERSION);
}
END_TEST

START_TEST(a_killed_migration_is_complete_or_did_not_happen)
{
    enum { ROUNDS = 40, STEP_NS = 100000 };

    for (int round = 0; round < ROUNDS; round++) {
        struct timespec delay = {0, (long)round * STEP_NS};
        char name[32];
        const char *path;
        pid_t pid;
        struct gw_session *session;

        (void)snprintf(name, sizeof name, "killed%d.db", round);
        path = scratch_path(name);
        pid = fork();
        if (pid == 0) {
            instance_open(&instance, path, NULL);
            (void)instance_migrate(&instance);
            _exit(0);
        }
        (void)nanosleep(&delay, NULL);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        instance_open(&instance, path, NULL);
        session = instance_begin(&instance);
        ck_assert_status(&instance, instance_step(&instance, session, 0, 0), GW_OK);
        instance.ops->close_session(session);
        instance_close(&instance);
    }
}
END_TEST

START_TEST(a_newer_schema_is_refused_naming_both_versions)
{
    const char *path = scratch_path("gangway.db");
    struct gw_session *session = NULL;

    instance_open(&instance, path, NULL);
    ck_assert_status(&instance, instance_migrate(&instance), GW_OK);
    ck_assert_int_eq(sql_run(path, "PRAGMA user_version = 77"), SQLITE_OK);
    ck_assert_status(&instance, instance_migrate(&instance), GW_CONFIG);
    ck_assert_says(&instance, "schema version 77");
    ck_assert_says(&instance, "up to 7");
    ck_assert_status(&instance, instance_session(&instance, &session), GW_CONFIG);
    ck_assert_says(&instance, "schema version 77");
    instance_close(&instance);
    assert_check(path, GW_CONFIG, "schema version 77");
    ck_assert_int_eq(stored_version(path), 77);
}
END_TEST

START_TEST(opening_a_database_that_was_not_migrated_says_what_to_do)
{
    const char *path = scratch_path("gangway.db");
    struct gw_session *session = NULL;

    instance_open(&instance, path, NULL);
    ck_assert_status(&instance, instance_session(&instance, &session), GW_CONFIG);
    ck_assert_says(&instance, "does not exist: run `gangway migrate`");
    ck_assert_int_eq(sql_run(path, "PRAGMA journal_mode = WAL"), SQLITE_OK);
    ck_assert_status(&instance, instance_session(&instance, &session), GW_CONFIG);
    ck_assert_says(&instance, "schema version 0, this plugin needs 7: run `gangway migrate`");
    instance_close(&instance);
}
END_TEST

START_TEST(the_database_of_another_program_is_left_alone)
{
    const char *path = scratch_path("gangway.db");
    struct gw_session *session = NULL;

    ck_assert_int_eq(sql_run(path, "CREATE TABLE products (price INTEGER)"), SQLITE_OK);
    instance_open(&instance, path, NULL);
    ck_assert_status(&instance, instance_migrate(&instance), GW_CONFIG);
    ck_assert_says(&instance, "not a database of Gangway");
    ck_assert_status(&instance, instance_session(&instance, &session), GW_CONFIG);
    instance_close(&instance);
    assert_check(path, GW_CONFIG, "not a database of Gangway");
    ck_assert_int_eq(sql_run(path, "INSERT INTO products VALUES (1)"), SQLITE_OK);
}
END_TEST

/* ---- what the schema forbids */

START_TEST(the_schema_itself_forbids_overselling_and_double_allocation)
{
    static const struct {
        const char *sql;
        int code;
    } attempts[] = {
        {"UPDATE batches SET allocated = purchased + 1", SQLITE_CONSTRAINT_CHECK},
        {"UPDATE batches SET allocated = -1", SQLITE_CONSTRAINT_CHECK},
        {"UPDATE batches SET purchased = 0", SQLITE_CONSTRAINT_CHECK},
        {"INSERT INTO batches (ref, sku, purchased, allocated, open, eta, created) VALUES ('b2', 'LAMP', 5, 6, 0, "
         "NULL, 2)",
         SQLITE_CONSTRAINT_CHECK},
        {"INSERT INTO batches (ref, sku, purchased, allocated, open, eta, created) VALUES ('b1', 'VASE', 5, 0, 1, "
         "NULL, 2)",
         SQLITE_CONSTRAINT_PRIMARYKEY},
        {"INSERT INTO batches (ref, sku, purchased, allocated, open, eta, created) VALUES ('b2', 'LAMP', 5, 5, 1, "
         "NULL, 2)",
         SQLITE_CONSTRAINT_CHECK},
        {"INSERT INTO batches (ref, sku, purchased, allocated, open, eta, created) VALUES ('b2', 'LAMP', 5, 0, 1, "
         "'2026-02-30', 2)",
         SQLITE_CONSTRAINT_CHECK},
        {"INSERT INTO batches (ref, sku, purchased, allocated, open, eta, created) VALUES ('b2', 'LAMP', 'many', 0, 1, "
         "NULL, 2)",
         SQLITE_CONSTRAINT_DATATYPE},
        {"INSERT INTO allocations VALUES (99, 'o0', 'LAMP', 1, 'b2', 9, 0)", SQLITE_CONSTRAINT_UNIQUE},
        {"INSERT INTO products (sku, version) VALUES ('LAMP', 7)", SQLITE_CONSTRAINT_PRIMARYKEY},
    };
    const char *path = scratch_path("gangway.db");
    struct gw_session *session;

    instance_open(&instance, path, NULL);
    session = instance_begin(&instance);
    ck_assert_status(&instance, instance_step(&instance, session, 0, 0), GW_OK);
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++)
        ck_assert_msg(sql_run(path, attempts[i].sql) == attempts[i].code, "%s", attempts[i].sql);
    ck_assert_int_eq(instance_steps(&instance, session), 1);
    instance.ops->close_session(session);
    instance_close(&instance);
}
END_TEST

TCase *sqlite_schema_case(void)
{
    TCase *tests = tcase_create("schema");

    tcase_add_checked_fixture(tests, scratch_begin, scratch_end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, check_reports_a_missing_database_and_creates_nothing);
    tcase_add_test(tests, check_names_a_missing_folder);
    tcase_add_test(tests, check_reports_the_schema_version_and_creates_no_file);
    tcase_add_test(tests, check_reads_commits_that_a_killed_process_left_in_the_log);
    tcase_add_test(tests, check_reads_a_path_with_odd_characters);
    tcase_add_test(tests, check_reports_a_file_that_is_not_a_database);
    tcase_add_test(tests, a_file_without_write_permission_needs_an_operator);
    tcase_add_test(tests, ten_processes_migrate_at_once_and_one_of_them_does_it);
    tcase_add_test(tests, a_killed_migration_is_complete_or_did_not_happen);
    tcase_add_test(tests, a_newer_schema_is_refused_naming_both_versions);
    tcase_add_test(tests, opening_a_database_that_was_not_migrated_says_what_to_do);
    tcase_add_test(tests, the_database_of_another_program_is_left_alone);
    tcase_add_test(tests, the_schema_itself_forbids_overselling_and_double_allocation);
    return tests;
}
