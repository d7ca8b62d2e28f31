/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a YAML file: files that are refused, cannot be read, or change meanwhile. */
#include "base/arena.h"
#include "check_main.h"
#include "scratch.h"
#include "yaml/yaml.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static struct gw_arena *arena;
static const struct gw_yaml_node *root;
static struct gw_error error;

static void enter_folder(void)
{
    arena = gw_arena_new(4 * 1024 * 1024);
    ck_assert_ptr_nonnull(arena);
    scratch_begin();
    ck_assert_int_eq(chdir(scratch_path(".")), 0);
}

static void leave_folder(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    scratch_end();
    gw_arena_free(arena);
}

static void assert_file_refused(const char *path, const char *expected)
{
    ck_assert_int_eq(gw_yaml_read_file(arena, path, &root, &error), GW_CONFIG);
    ck_assert_str_eq(error.text, expected);
}

START_TEST(a_file_is_read_also_through_a_link)
{
    scratch_write("f.yaml", "a: b\n");
    ck_assert_int_eq(symlink("f.yaml", "link.yaml"), 0);
    ck_assert_int_eq(gw_yaml_read_file(arena, "link.yaml", &root, &error), GW_OK);
    ck_assert_str_eq(gw_yaml_find(root, "a")->text.ptr, "b");
}
END_TEST

START_TEST(an_empty_file_is_refused)
{
    scratch_write("f.yaml", "");
    assert_file_refused("f.yaml", "f.yaml:1:1: error: the file is empty");
}
END_TEST

START_TEST(a_missing_file_is_refused)
{
    assert_file_refused("f.yaml", "f.yaml:1:1: error: the file cannot be opened: No such file or directory");
    ck_assert_int_eq(error.os_error, ENOENT);
}
END_TEST

START_TEST(a_directory_is_refused)
{
    assert_file_refused(".", ".:1:1: error: this is a directory; expected a YAML file");
}
END_TEST

START_TEST(a_fifo_is_refused_without_waiting)
{
    ck_assert_int_eq(mkfifo("f.yaml", 0600), 0);
    assert_file_refused("f.yaml", "f.yaml:1:1: error: this is no regular file; expected a YAML file");
}
END_TEST

START_TEST(a_file_of_another_user_is_refused)
{
    if (geteuid() == 0)
        return; /* nothing is closed to root */
    scratch_write("f.yaml", "a: b\n");
    ck_assert_int_eq(chmod("f.yaml", 0), 0);
    assert_file_refused("f.yaml", "f.yaml:1:1: error: the file cannot be opened: Permission denied");
    ck_assert_int_eq(error.os_error, EACCES);
}
END_TEST

START_TEST(a_huge_file_is_refused_without_being_read)
{
    scratch_write("f.yaml", "a");
    ck_assert_int_eq(truncate("f.yaml", 100 * 1000 * 1000), 0);
    assert_file_refused("f.yaml", "f.yaml:1:1: error: the file is larger than 1 MiB, which is the limit");
    ck_assert_uint_lt(gw_arena_used(arena), 4096);
}
END_TEST

START_TEST(a_file_whose_size_is_no_promise_is_refused)
{
    assert_file_refused("/proc/self/status", "/proc/self/status:1:1: error: the file changed while it was read; "
                                             "replace it by a rename, then try again");
}
END_TEST

START_TEST(a_file_that_can_be_opened_and_not_read_is_refused)
{
    assert_file_refused("/proc/self/mem", "/proc/self/mem:1:1: error: the file cannot be read: Input/output error");
    ck_assert_int_eq(error.os_error, EIO);
    ck_assert_int_eq(gw_yaml_read_file(arena, "/proc/self/mem", &root, NULL), GW_CONFIG);
    ck_assert_int_eq(gw_yaml_read_file(arena, "nowhere.yaml", &root, NULL), GW_CONFIG);
}
END_TEST

START_TEST(a_file_without_memory_is_out_of_memory)
{
    struct gw_arena *small = gw_arena_new(4);

    scratch_write("f.yaml", "a: b\n");
    ck_assert_int_eq(gw_yaml_read_file(small, "f.yaml", &root, &error), GW_NOMEM);
    gw_arena_free(small);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("yaml_file");
    TCase *files = tcase_create("files");

    tcase_add_checked_fixture(files, enter_folder, leave_folder);
    tcase_add_test(files, a_file_is_read_also_through_a_link);
    tcase_add_test(files, an_empty_file_is_refused);
    tcase_add_test(files, a_missing_file_is_refused);
    tcase_add_test(files, a_directory_is_refused);
    tcase_add_test(files, a_fifo_is_refused_without_waiting);
    tcase_add_test(files, a_file_of_another_user_is_refused);
    tcase_add_test(files, a_huge_file_is_refused_without_being_read);
    tcase_add_test(files, a_file_whose_size_is_no_promise_is_refused);
    tcase_add_test(files, a_file_that_can_be_opened_and_not_read_is_refused);
    tcase_add_test(files, a_file_without_memory_is_out_of_memory);
    suite_add_tcase(suite, files);
    return suite;
}
