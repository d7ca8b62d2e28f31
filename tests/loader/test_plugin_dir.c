/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a program looks for plugins: beside itself, in the installation that it belongs to, or in the one that it was
 * built for.
 */
#include "check_main.h"
#include "plugin_directory.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *slurp(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rb");
    struct stat stat;
    char *bytes;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fstat(fileno(file), &stat), 0);
    bytes = malloc((size_t)stat.st_size);
    ck_assert_ptr_nonnull(bytes);
    *ret_len = fread(bytes, 1, (size_t)stat.st_size, file);
    ck_assert_int_eq(fclose(file), 0);
    return bytes;
}

/* Puts the program into `bin` of the test's directory. */
static void set_up(void)
{
    size_t len;
    char *bytes = slurp(GW_TEST_PRINTER, &len);

    plugin_directory_make();
    ck_assert_int_eq(mkdir(plugin_directory_path("bin"), 0755), 0);
    plugin_directory_write("bin/printer", bytes, len);
    free(bytes);
}

/* Makes a folder of the test's directory, and those above it. */
static void make_folders(const char *folder)
{
    char part[PATH_MAX];

    for (const char *slash = folder; slash != NULL;) {
        slash = strchr(slash + 1, '/');
        (void)snprintf(part, sizeof part, "%.*s", (int)(slash != NULL ? slash - folder : (long)strlen(folder)), folder);
        (void)mkdir(plugin_directory_path(part), 0755);
    }
    ck_assert_int_eq(access(plugin_directory_path(folder), X_OK), 0);
}

/* What the program prints, without the line end. */
static const char *printed(void)
{
    static char line[PATH_MAX];
    FILE *output = popen(plugin_directory_path("bin/printer"), "r");

    ck_assert_ptr_nonnull(output);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, output));
    ck_assert_int_eq(pclose(output), 0);
    line[strcspn(line, "\n")] = '\0';
    return line;
}

START_TEST(without_a_directory_near_it_a_program_uses_the_installation_that_it_was_built_for)
{
    ck_assert_str_eq(printed(), GW_TEST_INSTALLED);
}
END_TEST

START_TEST(a_file_in_the_place_of_the_directory_is_passed_over)
{
    plugin_directory_write("bin/plugins", "no directory", 12);
    ck_assert_str_eq(printed(), GW_TEST_INSTALLED);
}
END_TEST

START_TEST(an_installation_that_was_moved_as_a_whole_is_found)
{
    make_folders(GW_TEST_INSTALL_DIR);
    ck_assert_str_eq(printed(), plugin_directory_path("bin/../" GW_TEST_INSTALL_DIR));
}
END_TEST

START_TEST(a_directory_beside_the_program_comes_first)
{
    make_folders(GW_TEST_INSTALL_DIR);
    make_folders("bin/plugins");
    ck_assert_str_eq(printed(), plugin_directory_path("bin/plugins"));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("plugin_dir");
    TCase *tests = tcase_create("plugin_dir");

    tcase_add_checked_fixture(tests, set_up, plugin_directory_remove);
    tcase_add_test(tests, without_a_directory_near_it_a_program_uses_the_installation_that_it_was_built_for);
    tcase_add_test(tests, a_file_in_the_place_of_the_directory_is_passed_over);
    tcase_add_test(tests, an_installation_that_was_moved_as_a_whole_is_found);
    tcase_add_test(tests, a_directory_beside_the_program_comes_first);
    suite_add_tcase(suite, tests);
    return suite;
}
