/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a regular file, and the kinds of file that opening reports. */
#include "base/file.h"
#include "check_main.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

START_TEST(reading_ends_at_the_size_or_at_the_end)
{
    struct stat stat;
    char bytes[8];
    char path[] = "/tmp/gangway-file-XXXXXX";
    int fd = mkstemp(path);

    ck_assert_int_eq(write(fd, "abcd", 4), 4);
    (void)close(fd);
    fd = gw_file_open(path, &stat);
    (void)unlink(path);
    ck_assert(S_ISREG(stat.st_mode));
    ck_assert_int_eq(stat.st_size, 4);
    ck_assert_int_eq(gw_file_read(fd, bytes, 3), 3);
    ck_assert_mem_eq(bytes, "abc", 3);
    ck_assert_int_eq(gw_file_read(fd, bytes, sizeof bytes), 1);
    ck_assert_mem_eq(bytes, "d", 1);
    ck_assert_int_eq(gw_file_read(fd, bytes, sizeof bytes), 0);
    (void)close(fd);
}
END_TEST

START_TEST(a_fifo_without_a_writer_is_opened_at_once)
{
    char path[64];
    struct stat stat;
    int fd;

    (void)snprintf(path, sizeof path, "/tmp/gangway-fifo-%d", (int)getpid());
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    fd = gw_file_open(path, &stat);
    (void)unlink(path);
    ck_assert_int_ge(fd, 0);
    ck_assert(S_ISFIFO(stat.st_mode));
    (void)close(fd);
}
END_TEST

START_TEST(what_cannot_be_opened_or_read_gives_errno)
{
    struct stat stat;
    char bytes[8];
    int fd;

    ck_assert_int_eq(gw_file_open("/nowhere/at/all", &stat), -1);
    ck_assert_int_eq(errno, ENOENT);
    fd = gw_file_open("/", &stat);
    ck_assert(S_ISDIR(stat.st_mode));
    ck_assert_int_eq(gw_file_read(fd, bytes, sizeof bytes), -1);
    ck_assert_int_eq(errno, EISDIR);
    (void)close(fd);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("file");
    TCase *tests = tcase_create("file");

    tcase_add_test(tests, reading_ends_at_the_size_or_at_the_end);
    tcase_add_test(tests, a_fifo_without_a_writer_is_opened_at_once);
    tcase_add_test(tests, what_cannot_be_opened_or_read_gives_errno);
    suite_add_tcase(suite, tests);
    return suite;
}
