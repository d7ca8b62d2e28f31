/* SPDX-License-Identifier: Apache-2.0 */
/* Which options differ, and which components share an input. Whole files are compared in unit_gateway_plan. */
#include "check_main.h"
#include "config/component_changes.h"
#include "config/component_place.h"
#include "fake_plugins.h"

#include <stdlib.h>
#include <string.h>

#define HEAD          "repository: {plugin: memory_repository}\n"
#define READER(path)  HEAD "entrypoints: {orders: {plugin: jsonl_reader, path: " path "}}\n"
#define MAIL(options) READER("in") "notifiers: {mail: {plugin: smtp_notifier, to: [a@x]" options "}}\n"

static struct gw_arena *arena;

static void set_up(void)
{
    arena = gw_arena_new(4 * 1024 * 1024);
    ck_assert_ptr_nonnull(arena);
    ck_assert_ptr_nonnull(fake_plugin("smtp_notifier"));
    ck_assert_int_eq(setenv("CHANGES_URL", "canary", 1), 0);
}

static void tear_down(void)
{
    gw_arena_free(arena);
}

static const struct gw_bootstrap *read_text(const char *text, bool resolves_secrets)
{
    struct gw_bootstrap_request request = {
        .file = "/f.yaml", .default_plugin_dir = "/plugins", .resolves_secrets = resolves_secrets, .text = text};
    const struct gw_bootstrap *bootstrap = NULL;
    struct gw_diagnostics diagnostics;

    gw_diagnostics_init(&diagnostics, arena, request.file);
    ck_assert_int_eq(gw_bootstrap_read(arena, &request, &diagnostics, &bootstrap), GW_OK);
    return bootstrap;
}

static struct gw_option_changes mail_changes(const char *before, const char *after, bool resolves_secrets)
{
    struct gw_option_changes changes;

    ck_assert_int_eq(gw_component_changes(arena, read_text(before, true)->notifiers.items[0],
                                          read_text(after, resolves_secrets)->notifiers.items[0], &changes),
                     GW_OK);
    return changes;
}

START_TEST(an_option_that_differs_has_both_texts)
{
    struct gw_option_changes changes = mail_changes(MAIL(", url: u"), MAIL(", url: v, timeout: 2m"), true);

    ck_assert_uint_eq(changes.count, 2);
    ck_assert_str_eq(changes.items[0].name, "timeout");
    ck_assert_str_eq(changes.items[0].before, "30s");
    ck_assert_str_eq(changes.items[0].after, "2m");
    ck_assert(changes.items[0].is_of_core);
    ck_assert_str_eq(changes.items[1].name, "url");
    ck_assert(!changes.items[1].is_of_core && !changes.items[1].is_secret);
}
END_TEST

START_TEST(a_reference_hides_both_texts_and_equal_values_are_equal)
{
    struct gw_option_changes changes = mail_changes(MAIL(", url: u"), MAIL(", url: {env: CHANGES_URL}"), true);

    ck_assert_uint_eq(changes.count, 1);
    ck_assert(changes.items[0].is_secret && !changes.items[0].is_unknown);
    ck_assert_ptr_null(changes.items[0].before);
    ck_assert_ptr_null(changes.items[0].after);
    ck_assert_uint_eq(mail_changes(MAIL(", url: canary"), MAIL(", url: {env: CHANGES_URL}"), true).count, 0);
}
END_TEST

/* The placeholder has the same text as the option here, which must not count. */
START_TEST(a_placeholder_is_no_value)
{
    struct gw_option_changes changes =
        mail_changes(MAIL(", url: '{env: CHANGES_URL}'"), MAIL(", url: {env: CHANGES_URL}"), false);

    ck_assert_uint_eq(changes.count, 1);
    ck_assert(changes.items[0].is_unknown);
}
END_TEST

START_TEST(settings_are_named_with_their_map)
{
    struct gw_option_changes changes;

    ck_assert_int_eq(gw_settings_changes(
                         arena, read_text(READER("in"), true),
                         read_text("service: {env: CHANGES_URL}\nlog: {level: debug}\n" READER("in"), true), &changes),
                     GW_OK);
    ck_assert_uint_eq(changes.count, 2);
    ck_assert_str_eq(changes.items[0].name, "service");
    ck_assert(changes.items[0].is_secret);
    ck_assert_str_eq(changes.items[1].name, "log.level");
    ck_assert_str_eq(changes.items[1].after, "debug");
}
END_TEST

static struct gw_component_place place_of(const char *text)
{
    struct gw_component_place place;

    ck_assert_int_eq(gw_component_place_make(arena, read_text(text, true)->entrypoints.items[0], &place), GW_OK);
    return place;
}

START_TEST(an_input_that_cannot_be_shared_excludes_itself_and_no_other)
{
    struct gw_component_place in = place_of(READER("in"));
    struct gw_component_place same = place_of(READER("./in, follow: true"));
    struct gw_component_place out = place_of(READER("out"));

    ck_assert(gw_component_place_is_same(&in, &same));
    ck_assert(gw_component_place_excludes(&in, &same));
    ck_assert(!gw_component_place_is_same(&in, &out));
    ck_assert(!gw_component_place_excludes(&in, &out));
}
END_TEST

START_TEST(without_options_of_identity_no_place_is_the_same)
{
    const struct gw_bootstrap *bootstrap = read_text(MAIL(", url: u"), true);
    const struct gw_component unknown = {.section = GW_SECTION_NOTIFIERS};
    struct gw_component_place place;

    ck_assert_int_eq(gw_component_place_make(arena, bootstrap->notifiers.items[0], &place), GW_OK);
    ck_assert(!gw_component_place_is_same(&place, &place));
    ck_assert_int_eq(gw_component_place_make(arena, &unknown, &place), GW_OK);
    ck_assert(!gw_component_place_is_same(&place, &place));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("component_changes");
    TCase *tests = tcase_create("changes");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_option_that_differs_has_both_texts);
    tcase_add_test(tests, a_reference_hides_both_texts_and_equal_values_are_equal);
    tcase_add_test(tests, a_placeholder_is_no_value);
    tcase_add_test(tests, settings_are_named_with_their_map);
    tcase_add_test(tests, an_input_that_cannot_be_shared_excludes_itself_and_no_other);
    tcase_add_test(tests, without_options_of_identity_no_place_is_the_same);
    suite_add_tcase(suite, tests);
    return suite;
}
