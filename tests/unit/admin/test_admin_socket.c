/* SPDX-License-Identifier: Apache-2.0 */
/* The file of the admin socket: who may have it, and what is replaced. */
#include "admin/admin_socket.h"
#include "check_main.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct gw_error error;

static void set_up(void)
{
    scratch_begin();
    ck_assert_int_eq(setenv("XDG_RUNTIME_DIR", scratch_path("runtime"), 1), 0);
    error = (struct gw_error){0};
}

static void tear_down(void)
{
    scratch_end();
}

static bool exists(const char *path)
{
    struct stat found;

    return lstat(path, &found) == 0;
}

static mode_t mode_of(const char *path)
{
    struct stat found;

    ck_assert_int_eq(lstat(path, &found), 0);
    return found.st_mode & 07777;
}

/* What a process of another kind leaves, or has; the lock is free. */
static int bound_socket(const char *path, bool listens)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    if (listens)
        ck_assert_int_eq(listen(fd, 1), 0);
    return fd;
}

static void leave_stale_socket(const char *path)
{
    char lock[256];

    (void)close(bound_socket(path, true));
    (void)snprintf(lock, sizeof lock, "%s.lock", path);
    (void)close(open(lock, O_CREAT | O_WRONLY, 0600));
}

START_TEST(only_its_user_may_connect_and_nothing_is_left_at_the_end)
{
    struct gw_admin_socket admin;
    const char *path = scratch_path("own/admin.sock");

    ck_assert_int_eq(gw_admin_socket_open(path, &admin, &error), GW_OK);
    ck_assert_uint_eq(mode_of(path), 0600);
    ck_assert_uint_eq(mode_of(scratch_path("own")), 0700);
    gw_admin_socket_close(&admin);
    ck_assert(!exists(path));
    ck_assert_int_eq(rmdir(scratch_path("own")), 0);
    gw_admin_socket_close(&admin);
}
END_TEST

START_TEST(a_live_socket_is_refused_and_stays)
{
    struct gw_admin_socket first;
    struct gw_admin_socket second;
    const char *path = scratch_path("admin.sock");

    ck_assert_int_eq(gw_admin_socket_open(path, &first, &error), GW_OK);
    ck_assert_int_eq(gw_admin_socket_open(path, &second, &error), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.text, path));
    ck_assert_int_eq(second.fd, -1);
    gw_admin_socket_close(&second);
    ck_assert(exists(path));
    gw_admin_socket_close(&first);
    ck_assert_int_eq(gw_admin_socket_open(path, &second, &error), GW_OK);
    gw_admin_socket_close(&second);
}
END_TEST

START_TEST(a_stale_socket_is_replaced)
{
    struct gw_admin_socket admin;
    const char *path = scratch_path("admin.sock");

    leave_stale_socket(path);
    ck_assert_int_eq(gw_admin_socket_open(path, &admin, &error), GW_OK);
    gw_admin_socket_close(&admin);
    (void)close(bound_socket(path, false)); /* its lock was removed by hand */
    ck_assert_int_eq(gw_admin_socket_open(path, &admin, &error), GW_OK);
    gw_admin_socket_close(&admin);
}
END_TEST

/* A gateway that has the lock and does not listen yet. */
START_TEST(a_socket_whose_lock_is_held_is_neither_taken_nor_removed)
{
    struct gw_admin_socket admin;
    int starting;
    int lock;

    ck_assert_int_eq(mkdir(scratch_path("runtime"), 0700), 0);
    starting = bound_socket(scratch_path("runtime/other.1.sock"), false);
    lock = open(scratch_path("runtime/other.1.sock.lock"), O_CREAT | O_WRONLY, 0600);
    ck_assert_int_eq(flock(lock, LOCK_EX), 0);
    ck_assert_int_eq(gw_admin_socket_open(scratch_path("runtime/other.1.sock"), &admin, &error), GW_CONFIG);
    ck_assert_int_eq(gw_admin_socket_open_default("test", &admin, &error), GW_OK);
    ck_assert(exists(scratch_path("runtime/other.1.sock")));
    ck_assert(exists(scratch_path("runtime/other.1.sock.lock")));
    gw_admin_socket_close(&admin);
    (void)close(lock);
    (void)close(starting);
}
END_TEST

START_TEST(a_socket_of_another_program_is_refused)
{
    struct gw_admin_socket admin;
    const char *path = scratch_path("admin.sock");
    int other = bound_socket(path, true);

    ck_assert_int_eq(gw_admin_socket_open(path, &admin, &error), GW_CONFIG);
    ck_assert(exists(path));
    ck_assert(!exists(scratch_path("admin.sock.lock")));
    (void)close(other);
}
END_TEST

START_TEST(a_file_of_this_name_is_never_removed)
{
    struct gw_admin_socket admin;

    scratch_write("admin.sock", "precious");
    ck_assert_int_eq(gw_admin_socket_open(scratch_path("admin.sock"), &admin, &error), GW_CONFIG);
    ck_assert_str_eq(scratch_read("admin.sock"), "precious");
}
END_TEST

START_TEST(a_path_that_no_socket_can_have_is_refused)
{
    struct gw_admin_socket admin;
    char path[256];

    (void)memset(path, 'x', sizeof path - 1);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    ck_assert_int_eq(gw_admin_socket_open(path, &admin, &error), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.text, "255 bytes"));
    ck_assert_int_eq(gw_admin_socket_open(scratch_path("no/such/admin.sock"), &admin, &error), GW_CONFIG);
    ck_assert_int_eq(error.os_error, ENOENT);
}
END_TEST

START_TEST(the_default_socket_has_the_names_of_service_and_process)
{
    struct gw_admin_socket admin;
    char name[64];

    (void)snprintf(name, sizeof name, "runtime/st_ck_1.%ld.sock", (long)getpid());
    ck_assert_int_eq(gw_admin_socket_open_default("st/ck.1", &admin, &error), GW_OK);
    ck_assert(exists(scratch_path(name)));
    ck_assert_uint_eq(mode_of(scratch_path("runtime")), 0700);
    gw_admin_socket_close(&admin);
    ck_assert(!exists(scratch_path(name)));
}
END_TEST

START_TEST(stale_sockets_of_the_runtime_directory_are_removed_and_live_ones_stay)
{
    struct gw_admin_socket live;
    struct gw_admin_socket admin;

    ck_assert_int_eq(gw_admin_socket_open(scratch_path("runtime/live.1.sock"), &live, &error), GW_OK);
    leave_stale_socket(scratch_path("runtime/stale.2.sock"));
    leave_stale_socket(scratch_path("runtime/named.sock"));
    scratch_write("runtime/file.3.sock", "precious");
    ck_assert_int_eq(gw_admin_socket_open_default("test", &admin, &error), GW_OK);
    ck_assert(exists(scratch_path("runtime/live.1.sock")));
    ck_assert(exists(scratch_path("runtime/live.1.sock.lock")));
    ck_assert(exists(scratch_path("runtime/named.sock")));
    ck_assert(exists(scratch_path("runtime/file.3.sock")));
    ck_assert(!exists(scratch_path("runtime/stale.2.sock")));
    ck_assert(!exists(scratch_path("runtime/stale.2.sock.lock")));
    gw_admin_socket_close(&admin);
    gw_admin_socket_close(&live);
}
END_TEST

START_TEST(a_runtime_directory_that_others_may_write_is_refused)
{
    struct gw_admin_socket admin;

    ck_assert_int_eq(mkdir(scratch_path("runtime"), 0700), 0);
    ck_assert_int_eq(chmod(scratch_path("runtime"), 0777), 0);
    ck_assert_int_eq(gw_admin_socket_open_default("test", &admin, &error), GW_CONFIG);
    ck_assert_int_eq(admin.fd, -1);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("admin socket");
    TCase *tests = tcase_create("admin socket");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, only_its_user_may_connect_and_nothing_is_left_at_the_end);
    tcase_add_test(tests, a_live_socket_is_refused_and_stays);
    tcase_add_test(tests, a_stale_socket_is_replaced);
    tcase_add_test(tests, a_socket_whose_lock_is_held_is_neither_taken_nor_removed);
    tcase_add_test(tests, a_socket_of_another_program_is_refused);
    tcase_add_test(tests, a_file_of_this_name_is_never_removed);
    tcase_add_test(tests, a_path_that_no_socket_can_have_is_refused);
    tcase_add_test(tests, the_default_socket_has_the_names_of_service_and_process);
    tcase_add_test(tests, stale_sockets_of_the_runtime_directory_are_removed_and_live_ones_stay);
    tcase_add_test(tests, a_runtime_directory_that_others_may_write_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
