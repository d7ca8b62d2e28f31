/* SPDX-License-Identifier: Apache-2.0 */
/* Paths are seen from the folder of the file that names them. */
#include "check_main.h"
#include "options/path.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct gw_arena *arena;

static void set_up(void)
{
    arena = gw_arena_new(64 * 1024);
}

static void tear_down(void)
{
    gw_arena_free(arena);
}

START_TEST(the_folder_of_a_file_is_absolute)
{
    char here[PATH_MAX];

    ck_assert_int_eq(chdir("/tmp"), 0);
    ck_assert_ptr_nonnull(realpath(".", here));
    ck_assert_str_eq(gw_path_folder(arena, "f.yaml"), here);
    ck_assert_str_eq(gw_path_folder(arena, "/tmp/./f.yaml"), here);
    ck_assert_str_eq(gw_path_folder(arena, "/f.yaml"), "/");
    ck_assert_str_eq(gw_path_folder(arena, "./f.yaml"), here);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_the_current_one)
{
    ck_assert_str_eq(gw_path_folder(arena, "/nowhere/at/all/f.yaml"), ".");
}
END_TEST

START_TEST(a_relative_path_is_joined_once_it_has_no_leading_dots)
{
    ck_assert_str_eq(gw_path_join(arena, "/conf", "a"), "/conf/a");
    ck_assert_str_eq(gw_path_join(arena, "/conf", "./a"), "/conf/a");
    ck_assert_str_eq(gw_path_join(arena, "/conf", ".//.///a/./b"), "/conf/a/./b");
    ck_assert_str_eq(gw_path_join(arena, "/conf", ".a"), "/conf/.a");
    ck_assert_str_eq(gw_path_join(arena, "/conf", "../a"), "/conf/../a");
    ck_assert_str_eq(gw_path_join(arena, "/", "a"), "/a");
}
END_TEST

START_TEST(an_absolute_path_stays_and_a_dot_is_the_folder)
{
    ck_assert_str_eq(gw_path_join(arena, "/conf", "/a"), "/a");
    ck_assert_str_eq(gw_path_join(arena, "/conf", "."), "/conf");
    ck_assert_str_eq(gw_path_join(arena, "/conf", "./"), "/conf");
}
END_TEST

START_TEST(without_memory_there_is_no_path)
{
    struct gw_arena *none = gw_arena_new(0);

    ck_assert_ptr_null(gw_path_folder(none, "/tmp/f.yaml"));
    ck_assert_ptr_null(gw_path_folder(none, "f.yaml"));
    ck_assert_ptr_null(gw_path_join(none, "/conf", "a"));
    ck_assert_ptr_null(gw_path_join(none, "/conf", "/a"));
    gw_arena_free(none);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("path");
    TCase *tests = tcase_create("path");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_folder_of_a_file_is_absolute);
    tcase_add_test(tests, a_folder_that_is_not_there_is_the_current_one);
    tcase_add_test(tests, a_relative_path_is_joined_once_it_has_no_leading_dots);
    tcase_add_test(tests, an_absolute_path_stays_and_a_dot_is_the_folder);
    tcase_add_test(tests, without_memory_there_is_no_path);
    suite_add_tcase(suite, tests);
    return suite;
}
