/* SPDX-License-Identifier: Apache-2.0 */
/* The loader without memory. What the dynamic linker allocates is its own matter, so only the first allocations fail.
 * Its allocator is its own: no sanitizers. */
#include "check_main.h"
#include "failing_memory.h"
#include "plugin/loader.h"
#include "plugin_directory.h"

#include <stddef.h>
#include <string.h>

static const struct gw_plugin *plugin;
static struct gw_error error;
static long asked; /* allocations of the last load_without */

static void set_up(void)
{
    plugin_directory_make();
    plugin_directory_install("good");
    plugin_directory_install("good_too");
    plugin = NULL;
    error = (struct gw_error){0};
}

static enum gw_status load_without(long number, const char *name)
{
    enum gw_status status;

    failing_memory_begin(number);
    status = gw_loader_load(plugin_directory, name, &plugin, &error);
    asked = failing_memory_end();
    return status;
}

START_TEST(a_plugin_that_could_not_be_remembered_is_not_loaded_and_loads_later)
{
    ck_assert_int_eq(load_without(1, "good"), GW_NOMEM);
    ck_assert_int_eq(error.status, GW_NOMEM);
    ck_assert_ptr_null(plugin);
    ck_assert_int_eq(load_without(0, "good"), GW_OK);
    ck_assert_str_eq(plugin->name, "good");
}
END_TEST

START_TEST(a_missing_plugin_is_missing_with_or_without_memory_for_the_nearest)
{
    long without_nearest = 0;
    long count;

    ck_assert_int_eq(load_without(0, "goood"), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.text, "did you mean 'good'?"));
    count = asked;
    /* Which of them are the loader's own depends on glibc: strerror allocates in 2.41, and not in 2.36. */
    for (long number = 1; number <= count; number++) {
        ck_assert_int_eq(load_without(number, "goood"), GW_CONFIG);
        ck_assert_ptr_nonnull(strstr(error.text, "No such file or directory"));
        without_nearest += strstr(error.text, "did you mean") == NULL;
    }
    ck_assert_int_gt(without_nearest, 0);
    ck_assert_int_eq(gw_loader_load(plugin_directory, "goood", &plugin, NULL), GW_CONFIG);
}
END_TEST

static enum gw_status count_entry(void *context, const struct gw_loader_entry *entry)
{
    (void)entry;
    ++*(int *)context;
    return GW_OK;
}

/* Both plugins are loaded already. */
static enum gw_status list(void)
{
    int count = 0;
    struct gw_loader_visitor visitor = {.context = &count, .entry = count_entry};
    enum gw_status status = gw_loader_list(plugin_directory, &visitor, &error);

    return count == (status == GW_OK ? 2 : 0) ? status : GW_INTERNAL;
}

START_TEST(a_directory_is_listed_whole_or_not_at_all)
{
    ck_assert_int_eq(load_without(0, "good_too"), GW_OK);
    ck_assert_int_eq(load_without(0, "good"), GW_OK);
    ck_assert_int_gt(failing_memory_torture(list), 2);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("loader_memory");
    TCase *tests = tcase_create("memory");

    tcase_add_checked_fixture(tests, set_up, plugin_directory_remove);
    tcase_add_test(tests, a_plugin_that_could_not_be_remembered_is_not_loaded_and_loads_later);
    tcase_add_test(tests, a_missing_plugin_is_missing_with_or_without_memory_for_the_nearest);
    tcase_add_test(tests, a_directory_is_listed_whole_or_not_at_all);
    suite_add_tcase(suite, tests);
    return suite;
}
