/* SPDX-License-Identifier: Apache-2.0 */
/* Findings are printed in the order of their places, a line each. */
#include "check_main.h"
#include "yaml/diagnostics.h"

#include <string.h>
#include <wchar.h>

static struct gw_arena *arena;
static struct gw_diagnostics diagnostics;
static struct gw_buffer printed;

static void set_up(void)
{
    arena = gw_arena_new(64 * 1024);
    gw_buffer_init(&printed, 64 * 1024);
    gw_diagnostics_init(&diagnostics, arena, "f.yaml");
}

static void tear_down(void)
{
    gw_buffer_done(&printed);
    gw_arena_free(arena);
}

static void assert_printed(const char *expected)
{
    gw_diagnostics_print(&diagnostics, &printed);
    ck_assert_str_eq(printed.ptr != NULL ? printed.ptr : "", expected);
}

START_TEST(without_findings_nothing_is_printed)
{
    assert_printed("");
    ck_assert(!printed.has_failed);
}
END_TEST

START_TEST(findings_come_by_line_and_column_and_those_of_one_place_as_they_were_added)
{
    gw_diagnostics_add(&diagnostics, GW_SEVERITY_ERROR, 2, 5, "first %d", 1);
    gw_diagnostics_add(&diagnostics, GW_SEVERITY_WARNING, 2, 5, "second");
    gw_diagnostics_add(&diagnostics, GW_SEVERITY_ERROR, 2, 4, "before");
    gw_diagnostics_add(&diagnostics, GW_SEVERITY_ERROR, 1, 9, "above");
    gw_diagnostics_add(&diagnostics, GW_SEVERITY_ERROR, 2, 5, "third");
    gw_diagnostics_add_line(&diagnostics, "a line of the reader");
    assert_printed("a line of the reader\n"
                   "f.yaml:1:9: error: above\n"
                   "f.yaml:2:4: error: before\n"
                   "f.yaml:2:5: error: first 1\n"
                   "f.yaml:2:5: warning: second\n"
                   "f.yaml:2:5: error: third\n");
    ck_assert_uint_eq(diagnostics.errors, 5);
    ck_assert_uint_eq(diagnostics.warnings, 1);
}
END_TEST

START_TEST(a_finding_is_one_line_whatever_it_quotes)
{
    gw_diagnostics_init(&diagnostics, arena, "a\nb");
    gw_diagnostics_add(&diagnostics, GW_SEVERITY_ERROR, 1, 1, "key '%s'", "x\n\x1b[2J");
    assert_printed("a\\nb:1:1: error: key 'x\\n\\x1b[2J'\n");
}
END_TEST

START_TEST(a_finding_that_cannot_be_formatted_still_names_its_place)
{
    gw_diagnostics_add(&diagnostics, GW_SEVERITY_ERROR, 3, 1, "key '%lc'", (wint_t)0xd800);
    assert_printed("f.yaml:3:1: error: \n");
    ck_assert_uint_eq(diagnostics.errors, 1);
}
END_TEST

START_TEST(a_finding_without_memory_is_counted_and_the_list_has_failed)
{
    struct gw_arena *none = gw_arena_new(0);

    gw_diagnostics_init(&diagnostics, none, "f.yaml");
    gw_diagnostics_add(&diagnostics, GW_SEVERITY_WARNING, 3, 1, "lost");
    ck_assert(diagnostics.has_failed);
    ck_assert_uint_eq(diagnostics.warnings, 1);
    assert_printed("");
    gw_arena_free(none);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("diagnostics");
    TCase *tests = tcase_create("diagnostics");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, without_findings_nothing_is_printed);
    tcase_add_test(tests, findings_come_by_line_and_column_and_those_of_one_place_as_they_were_added);
    tcase_add_test(tests, a_finding_is_one_line_whatever_it_quotes);
    tcase_add_test(tests, a_finding_that_cannot_be_formatted_still_names_its_place);
    tcase_add_test(tests, a_finding_without_memory_is_counted_and_the_list_has_failed);
    suite_add_tcase(suite, tests);
    return suite;
}
