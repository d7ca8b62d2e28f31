/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugins that load, files that are refused before any of their code runs, and the reports of `gangway plugins` and
 * `gangway plugin verify`.
 */
#include "base/buffer.h"
#include "check_main.h"
#include "plugin/loader.h"
#include "plugin_directory.h"

#include <errno.h>
#include <gangway/scope.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static const struct gw_plugin *plugin;
static struct gw_error error;

static void setup(void)
{
    plugin_directory_make();
    plugin = NULL;
    error = (struct gw_error){0};
}

static enum gw_status load(const char *name)
{
    return gw_loader_load(plugin_directory, name, &plugin, &error);
}

/* Renames a file in the directory. */
static void move(const char *from, const char *to)
{
    char path[4096];

    (void)snprintf(path, sizeof path, "%s", plugin_directory_path(from));
    ck_assert_int_eq(rename(path, plugin_directory_path(to)), 0);
}

/* Loading name fails with this text about its file. */
static void assert_refused(const char *name, enum gw_status status, const char *expected)
{
    char file_name[256];
    char text[GW_ERROR_TEXT_MAX * 2];

    ck_assert_int_eq(load(name), status);
    (void)snprintf(file_name, sizeof file_name, "%s.so", name);
    (void)snprintf(text, sizeof text, "%s: %s", plugin_directory_path(file_name), expected);
    ck_assert_str_eq(error.text, text);
    ck_assert_int_eq(error.status, status);
    ck_assert_ptr_null(plugin);
}

static const char *const good_plugins[] = {
    "good",
    "unordered",
    "no_options",
    "no_metrics",
    "metric_of_core",
    "negative_int",
    "size_off",
    "duration_off",
    "dash_items",
    "written_path",
    "bare_repository",
    "whole_repository",
    "whole_publisher",
    "whole_notifier",
    "frozen_1_0",
    "wide_options",
    "log_notifier",
};

START_TEST(a_good_plugin_loads)
{
    plugin_directory_install(good_plugins[_i]);
    ck_assert_msg(load(good_plugins[_i]) == GW_OK, "%s", error.text);
    ck_assert_str_eq(plugin->name, good_plugins[_i]);
    ck_assert_int_eq(error.status, GW_OK);
}
END_TEST

START_TEST(the_same_plugin_twice_is_the_same_descriptor)
{
    const struct gw_plugin *first;

    plugin_directory_install("good");
    plugin_directory_install("good_too");
    ck_assert_int_eq(load("good"), GW_OK);
    first = plugin;
    ck_assert_int_eq(load("good_too"), GW_OK);
    ck_assert_ptr_ne(plugin, first);
    ck_assert_int_eq(load("good"), GW_OK);
    ck_assert_ptr_eq(plugin, first);
}
END_TEST

START_TEST(a_loaded_plugin_outlives_its_file)
{
    const struct gw_plugin *first;

    plugin_directory_install("good");
    ck_assert_int_eq(load("good"), GW_OK);
    first = plugin;
    ck_assert_int_eq(unlink(plugin_directory_path("good.so")), 0);
    plugin_directory_write("good.so", "an upgrade", 10);
    ck_assert_int_eq(load("good"), GW_OK);
    ck_assert_ptr_eq(plugin, first);
    ck_assert_str_eq(plugin->version, "1.2.3");
}
END_TEST

START_TEST(a_refused_plugin_that_was_repaired_takes_a_restart)
{
    size_t len;
    unsigned char *bytes = plugin_built("good", &len);

    plugin_directory_install("bad_magic");
    assert_refused("bad_magic", GW_ABI, "its descriptor's magic is 0x12345678, expected 0x47574159");
    /* Beside it and renamed, so that the two cannot be one inode. */
    plugin_directory_write("repaired", bytes, len);
    free(bytes);
    move("repaired", "bad_magic.so");
    assert_refused("bad_magic", GW_CONFIG, "another file of this path was loaded before; this one takes a restart");
}
END_TEST

START_TEST(a_plugin_that_could_not_be_linked_loads_once_it_can)
{
    size_t len;
    unsigned char *bytes = plugin_built("good", &len);

    plugin_directory_install("undefined_symbol");
    move("undefined_symbol.so", "good.so");
    ck_assert_int_eq(load("good"), GW_CONFIG);
    ck_assert_int_eq(unlink(plugin_directory_path("good.so")), 0);
    plugin_directory_write("good.so", bytes, len);
    free(bytes);
    ck_assert_msg(load("good") == GW_OK, "%s", error.text);
}
END_TEST

static void assert_current(bool is_current)
{
    ck_assert(gw_loader_is_current(plugin_directory_path("."), "good") == is_current);
    ck_assert(is_current || load("good") == GW_OK);
}

START_TEST(a_loaded_plugin_is_current_until_its_file_is_replaced_rewritten_or_removed)
{
    size_t len;
    unsigned char *bytes = plugin_built("good", &len);

    plugin_directory_install("good");
    assert_current(true);
    ck_assert_msg(load("good") == GW_OK, "%s", error.text);
    assert_current(true);
    ck_assert_int_eq(unlink(plugin_directory_path("good.so")), 0);
    assert_current(false);
    plugin_directory_write("good.so", bytes, len);
    assert_current(false);
    free(bytes);
}
END_TEST

START_TEST(a_file_that_is_replaced_while_it_is_loaded_is_refused)
{
    plugin_directory_install("swap");
    plugin_directory_install("good");
    ck_assert_int_eq(setenv("GANGWAY_TEST_SWAP_FROM", plugin_directory_path("good.so"), 1), 0);
    ck_assert_int_eq(setenv("GANGWAY_TEST_SWAP_TO", plugin_directory_path("swap.so"), 1), 0);
    assert_refused("swap", GW_CONFIG, "it was replaced while it was loaded");
}
END_TEST

START_TEST(a_file_that_is_removed_while_it_is_loaded_is_refused)
{
    plugin_directory_install("swap");
    (void)unsetenv("GANGWAY_TEST_SWAP_FROM");
    ck_assert_int_eq(setenv("GANGWAY_TEST_SWAP_TO", plugin_directory_path("swap.so"), 1), 0);
    assert_refused("swap", GW_CONFIG, "it was replaced while it was loaded");
}
END_TEST

START_TEST(a_misspelt_name_is_reported_with_the_nearest_one)
{
    plugin_directory_install("good");
    plugin_directory_install("frozen_1_0");
    assert_refused("goood", GW_CONFIG, "it cannot be opened: No such file or directory; did you mean 'good'?");
    assert_refused("unlike_any", GW_CONFIG, "it cannot be opened: No such file or directory");
}
END_TEST

START_TEST(a_name_that_is_not_plain_is_refused)
{
    static const char *const names[] = {"g\x7f", "{good}", "../good", "/good",        "",      ".", "Good", "go-od",
                                        "1good", "_good",  "good.so", "good/../good", "good\n"};

    plugin_directory_install("good");
    for (size_t i = 0; i < gw_array_length(names); i++) {
        ck_assert_msg(load(names[i]) == GW_CONFIG, "'%s' loads", names[i]);
        ck_assert_ptr_nonnull(strstr(error.text, "the name is not plain, expected at most 64 lower-case letters, "
                                                 "digits and underscores, a letter first"));
        ck_assert_ptr_null(strpbrk(error.text, "\n\x7f"));
    }
}
END_TEST

START_TEST(a_very_long_name_is_refused_with_its_reason)
{
    char name[8000];

    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    ck_assert_int_eq(load(name), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.text, "the name is not plain"));
}
END_TEST

START_TEST(a_missing_directory_is_refused)
{
    ck_assert_int_eq(gw_loader_load("/nowhere/plugins", "good", &plugin, &error), GW_CONFIG);
    ck_assert_str_eq(error.text, "the plugin directory /nowhere/plugins cannot be opened: No such file or directory");
    ck_assert_int_eq(error.os_error, ENOENT);
}
END_TEST

START_TEST(a_directory_that_others_may_write_is_refused)
{
    plugin_directory_install("good");
    ck_assert_int_eq(chmod(plugin_directory, 0775), 0);
    assert_refused("good", GW_CONFIG,
                   "its directory has mode 0775, expected one that lets neither group nor others write");
    ck_assert_int_eq(chmod(plugin_directory, 01777), 0);
    assert_refused("good", GW_CONFIG,
                   "its directory has mode 1777, expected one that lets neither group nor others write");
    ck_assert_int_eq(chmod(plugin_directory, 0755), 0);
    ck_assert_int_eq(load("good"), GW_OK);
}
END_TEST

START_TEST(a_file_that_others_may_write_is_refused)
{
    plugin_directory_install("good");
    ck_assert_int_eq(chmod(plugin_directory_path("good.so"), 0757), 0);
    assert_refused("good", GW_CONFIG, "it has mode 0757, expected one that lets neither group nor others write");
    ck_assert_int_eq(chmod(plugin_directory_path("good.so"), 0460), 0);
    assert_refused("good", GW_CONFIG, "it has mode 0460, expected one that lets neither group nor others write");
    ck_assert_int_eq(chmod(plugin_directory_path("good.so"), 0400), 0);
    ck_assert_int_eq(load("good"), GW_OK);
}
END_TEST

START_TEST(a_file_of_another_owner_is_refused)
{
    if (geteuid() != 0)
        return; /* only root can change the owner of a file */
    plugin_directory_install("good");
    ck_assert_int_eq(chown(plugin_directory_path("good.so"), NOBODY, NOBODY), 0);
    assert_refused("good", GW_CONFIG, "it belongs to uid 65534, expected root or uid 0");
    ck_assert_int_eq(chown(plugin_directory_path("good.so"), 0, 0), 0);
    ck_assert_int_eq(chown(plugin_directory, NOBODY, NOBODY), 0);
    assert_refused("good", GW_CONFIG, "its directory belongs to uid 65534, expected root or uid 0");
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_refused)
{
    plugin_directory_install("good");
    if (geteuid() == 0) {
        /* Root may read everything, so this runs as another user for a moment. */
        ck_assert_int_eq(chown(plugin_directory, NOBODY, NOBODY), 0);
        ck_assert_int_eq(chown(plugin_directory_path("good.so"), NOBODY, NOBODY), 0);
        ck_assert_int_eq(seteuid(NOBODY), 0);
    }
    ck_assert_int_eq(chmod(plugin_directory_path("good.so"), 0), 0);
    assert_refused("good", GW_CONFIG, "it cannot be opened: Permission denied");
    ck_assert_int_eq(seteuid(getuid()), 0);
}
END_TEST

START_TEST(a_symbolic_link_is_refused)
{
    plugin_directory_install("good");
    ck_assert_int_eq(symlink("good.so", plugin_directory_path("linked.so")), 0);
    assert_refused("linked", GW_CONFIG, "it is a symbolic link, expected a regular file");
}
END_TEST

START_TEST(a_file_that_is_not_regular_is_refused)
{
    ck_assert_int_eq(mkdir(plugin_directory_path("folder.so"), 0755), 0);
    assert_refused("folder", GW_CONFIG, "it is a directory, expected a regular file");
    /* Nobody ever writes to it: opening it must not wait for that. */
    ck_assert_int_eq(mkfifo(plugin_directory_path("pipe.so"), 0600), 0);
    assert_refused("pipe", GW_CONFIG, "it is a device, a pipe or a socket, expected a regular file");
}
END_TEST

/* ---- the listing ---- */

static enum gw_status list_entry(void *context, const struct gw_loader_entry *entry)
{
    struct gw_buffer *lines = context;

    gw_buffer_append_format(lines, "%s: %s\n", entry->name,
                            entry->plugin != NULL ? entry->plugin->summary : strstr(entry->error->text, ".so: ") + 5);
    return GW_OK;
}

START_TEST(a_directory_is_listed_in_order_with_refused_files)
{
    struct gw_buffer lines;
    struct gw_loader_visitor visitor = {.context = &lines, .entry = list_entry};

    gw_buffer_init(&lines, 65536);
    plugin_directory_install("good");
    plugin_directory_install("frozen_1_0");
    plugin_directory_install("bad_magic");
    plugin_directory_write("No-Plugin.so", "x", 1);
    plugin_directory_write("README.md", "x", 1);
    plugin_directory_write(".so", "x", 1);
    ck_assert_int_eq(gw_loader_list(plugin_directory, &visitor, &error), GW_OK);
    ck_assert_str_eq(lines.ptr, "No-Plugin: the name is not plain, expected at most 64 lower-case letters, digits and "
                                "underscores, a letter first\n"
                                "bad_magic: its descriptor's magic is 0x12345678, expected 0x47574159\n"
                                "frozen_1_0: Built with the first headers\n"
                                "good: A plugin of the loader's tests\n");
    gw_buffer_done(&lines);
}
END_TEST

static enum gw_status refuse_entry(void *context, const struct gw_loader_entry *entry)
{
    (void)entry;
    ++*(int *)context;
    return GW_CANCELLED;
}

START_TEST(a_listing_ends_when_its_visitor_fails)
{
    int count = 0;
    struct gw_loader_visitor visitor = {.context = &count, .entry = refuse_entry};

    plugin_directory_install("good");
    plugin_directory_install("good_too");
    ck_assert_int_eq(gw_loader_list(plugin_directory, &visitor, &error), GW_CANCELLED);
    ck_assert_int_eq(count, 1);
    ck_assert_int_eq(gw_loader_list("/nowhere", &visitor, &error), GW_CONFIG);
    ck_assert_str_eq(error.text, "the plugin directory /nowhere cannot be read: No such file or directory");
}
END_TEST

/* ---- verify ---- */

static void verify_line(const struct gw_report *report, int32_t status, struct gw_text subject, struct gw_text finding)
{
    gw_buffer_append_format(report->context, "%s %.*s: %.*s\n", status == GW_OK ? "ok" : "FAILED", (int)subject.len,
                            subject.ptr, (int)finding.len, finding.ptr);
}

/* Verifies a file of the directory; the lines that it reports, which the caller is done with. */
static enum gw_status verify(const char *file_name, struct gw_buffer *lines)
{
    struct gw_report report = {.size = sizeof report, .context = lines, .line = verify_line};

    gw_buffer_init(lines, 65536);
    return gw_loader_verify(plugin_directory_path(file_name), &report);
}

static void assert_line(const struct gw_buffer *lines, const char *expected)
{
    ck_assert_msg(strstr(lines->ptr, expected) != NULL, "no line '%s' in\n%s", expected, lines->ptr);
}

START_TEST(verify_reports_every_check_that_a_good_plugin_passes)
{
    struct gw_buffer lines;

    plugin_directory_install("good");
    ck_assert_int_eq(verify("good.so", &lines), GW_OK);
    ck_assert_ptr_null(strstr(lines.ptr, "FAILED"));
    assert_line(&lines, "ok file name: good is a plain name\n");
    assert_line(&lines, "ok file: it belongs to uid ");
    assert_line(&lines, "ok length: ");
    assert_line(&lines, "ok abi: 1.0, and this core has 1.0\n");
    assert_line(&lines, "ok entrypoint: 1.0, and this core has 1.0\n");
    assert_line(&lines, "ok slots: every mandatory one is a function\n");
    assert_line(&lines, "ok options: 2, each with a place of its own in 24 bytes\n");
    gw_buffer_done(&lines);
}
END_TEST

START_TEST(verify_continues_after_a_failure)
{
    struct gw_buffer lines;

    plugin_directory_install("features_unknown");
    ck_assert_int_eq(verify("features_unknown.so", &lines), GW_ABI);
    assert_line(&lines, "FAILED features: its features are 0x81, expected only bits of 0x7, which entrypoint 1.0 "
                        "knows\n");
    assert_line(&lines, "ok options: 2, ");
    gw_buffer_done(&lines);
}
END_TEST

START_TEST(verify_runs_nothing_of_a_file_that_is_refused)
{
    struct gw_buffer lines;

    /* Its constructor would abort: it cannot put a missing file into its place. */
    ck_assert_int_eq(setenv("GANGWAY_TEST_SWAP_FROM", "/nowhere", 1), 0);
    ck_assert_int_eq(setenv("GANGWAY_TEST_SWAP_TO", "/nowhere", 1), 0);
    plugin_directory_install("swap");
    ck_assert_int_eq(chmod(plugin_directory, 0777), 0);
    ck_assert_int_eq(chmod(plugin_directory_path("swap.so"), 0666), 0);
    ck_assert_int_eq(verify("swap.so", &lines), GW_CONFIG);
    assert_line(&lines, "FAILED directory: its directory has mode 0777");
    assert_line(&lines, "FAILED file: it has mode 0666");
    assert_line(&lines, "ok length: ");
    assert_line(&lines, "FAILED dlopen: skipped because of the failures above\n");
    gw_buffer_done(&lines);
}
END_TEST

START_TEST(verify_takes_a_path_from_the_working_directory)
{
    struct gw_buffer lines;
    struct gw_report report = {.size = sizeof report, .context = &lines, .line = verify_line};

    gw_buffer_init(&lines, 65536);
    plugin_directory_install("good");
    ck_assert_int_eq(chdir(plugin_directory), 0);
    ck_assert_int_eq(gw_loader_verify("good.so", &report), GW_OK);
    ck_assert_int_eq(gw_loader_verify("./good.so", &report), GW_OK);
    ck_assert_int_eq(gw_loader_verify("good", &report), GW_CONFIG);
    assert_line(&lines, "FAILED file name: its name does not end in .so\n");
    gw_buffer_done(&lines);
}
END_TEST

START_TEST(verify_refuses_what_is_no_path_of_a_plugin)
{
    static const struct {
        size_t folder_bytes; /* of the path before the name */
        size_t name_bytes;
        const char *expected;
    } cases[] = {
        {0, 3, "FAILED file name: its name does not end in .so\n"},
        {0, NAME_MAX + 1, "FAILED file name: its name does not end in .so\n"},
        {PATH_MAX, 8, "FAILED directory: its path is longer than 4096 bytes\n"},
        {20, 8, "FAILED directory: its directory cannot be opened: No such file or directory\n"},
    };
    struct gw_buffer lines;
    struct gw_report report = {.size = sizeof report, .context = &lines, .line = verify_line};

    gw_buffer_init(&lines, 65536);
    for (size_t i = 0; i < gw_array_length(cases); i++) {
        static char path[PATH_MAX + NAME_MAX + 2];
        size_t len = cases[i].folder_bytes + cases[i].name_bytes;

        memset(path, 'a', len);
        path[len] = '\0';
        memcpy(path + len - 3, ".so", 3);
        if (cases[i].folder_bytes > 0)
            path[0] = path[cases[i].folder_bytes - 1] = '/';
        gw_buffer_reset(&lines);
        ck_assert_int_eq(gw_loader_verify(path, &report), GW_CONFIG);
        assert_line(&lines, cases[i].expected);
    }
    gw_buffer_done(&lines);
}
END_TEST

static void add_load_tests(Suite *suite)
{
    TCase *tests = tcase_create("load");

    tcase_add_checked_fixture(tests, setup, plugin_directory_remove);
    tcase_add_loop_test(tests, a_good_plugin_loads, 0, gw_array_length(good_plugins));
    tcase_add_test(tests, the_same_plugin_twice_is_the_same_descriptor);
    tcase_add_test(tests, a_loaded_plugin_outlives_its_file);
    tcase_add_test(tests, a_refused_plugin_that_was_repaired_takes_a_restart);
    tcase_add_test(tests, a_plugin_that_could_not_be_linked_loads_once_it_can);
    tcase_add_test(tests, a_loaded_plugin_is_current_until_its_file_is_replaced_rewritten_or_removed);
    tcase_add_test(tests, a_file_that_is_replaced_while_it_is_loaded_is_refused);
    tcase_add_test(tests, a_file_that_is_removed_while_it_is_loaded_is_refused);
    suite_add_tcase(suite, tests);
}

static void add_file_tests(Suite *suite)
{
    TCase *tests = tcase_create("files");

    tcase_add_checked_fixture(tests, setup, plugin_directory_remove);
    tcase_add_test(tests, a_misspelt_name_is_reported_with_the_nearest_one);
    tcase_add_test(tests, a_name_that_is_not_plain_is_refused);
    tcase_add_test(tests, a_very_long_name_is_refused_with_its_reason);
    tcase_add_test(tests, a_missing_directory_is_refused);
    tcase_add_test(tests, a_directory_that_others_may_write_is_refused);
    tcase_add_test(tests, a_file_that_others_may_write_is_refused);
    tcase_add_test(tests, a_file_of_another_owner_is_refused);
    tcase_add_test(tests, a_file_that_cannot_be_read_is_refused);
    tcase_add_test(tests, a_symbolic_link_is_refused);
    tcase_add_test(tests, a_file_that_is_not_regular_is_refused);
    suite_add_tcase(suite, tests);
}

static void add_verb_tests(Suite *suite)
{
    TCase *tests = tcase_create("verbs");

    tcase_add_checked_fixture(tests, setup, plugin_directory_remove);
    tcase_add_test(tests, a_directory_is_listed_in_order_with_refused_files);
    tcase_add_test(tests, a_listing_ends_when_its_visitor_fails);
    tcase_add_test(tests, verify_reports_every_check_that_a_good_plugin_passes);
    tcase_add_test(tests, verify_continues_after_a_failure);
    tcase_add_test(tests, verify_runs_nothing_of_a_file_that_is_refused);
    tcase_add_test(tests, verify_refuses_what_is_no_path_of_a_plugin);
    tcase_add_test(tests, verify_takes_a_path_from_the_working_directory);
    suite_add_tcase(suite, tests);
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("files");

    add_load_tests(suite);
    add_file_tests(suite);
    add_verb_tests(suite);
    return suite;
}
