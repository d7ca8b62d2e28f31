/* SPDX-License-Identifier: Apache-2.0 */
/* What a plugin's lint reports gets its place in the file; and which values it may judge. */
#include "check_main.h"
#include "config/component_lint.h"

#include <gangway/lint.h>

#include <string.h>

static const char yaml[] = "url: smtp://m\n"
                           "password: {env: NAME}\n"
                           "hosts: [a, b]\n"
                           "secret_hosts: [a, {file: PATH}]\n"
                           "headers: {x: 1, y: {env: NAME}}\n"
                           "plain: {x: 1}\n";

static struct gw_arena *arena;
static struct gw_diagnostics diagnostics;
static struct gw_buffer printed;
static struct gw_plugin plugin;
static struct gw_component_draft draft;
static struct gw_bootstrap_reader reader;

static void set_up(void)
{
    arena = gw_arena_new(1024 * 1024);
    gw_buffer_init(&printed, 64 * 1024);
    gw_diagnostics_init(&diagnostics, arena, "f.yaml");
    plugin = (struct gw_plugin){.struct_size = sizeof plugin};
    draft = (struct gw_component_draft){.component = {.plugin = &plugin, .line = 70, .column = 3}};
    reader = (struct gw_bootstrap_reader){.arena = arena, .diagnostics = &diagnostics};
    ck_assert_int_eq(gw_yaml_parse(arena, "f.yaml", gw_text_of(yaml), &draft.node, NULL), GW_OK);
}

static void tear_down(void)
{
    gw_buffer_done(&printed);
    gw_arena_free(arena);
}

static const char *findings_of(enum gw_status (*lint)(const void *config, const struct gw_lint *lint))
{
    plugin.lint = lint;
    gw_component_lint(&reader, &draft);
    gw_diagnostics_print(&diagnostics, &printed);
    return printed.ptr != NULL ? printed.ptr : "";
}

/* ---- findings ------------------------------------------------------------------------------------------------- */

static enum gw_status report_places(const void *config, const struct gw_lint *lint)
{
    (void)config;
    (void)gw_lint_line(lint, GW_CONFIG, "headers", "y", "an item");
    (void)gw_lint_line(lint, GW_OK, "headers", "z", "an item that the file does not name");
    (void)gw_lint_line(lint, GW_CONFIG, "url", NULL, "an option");
    (void)gw_lint_line(lint, GW_CONFIG, "url", "x", "an item of an option that is no map");
    (void)gw_lint_line(lint, GW_OK, "absent", "x", "an option that the file does not name");
    return gw_lint_line(lint, GW_CONFIG, "", NULL, "the component");
}

START_TEST(a_finding_is_at_the_item_else_at_the_option_else_at_the_component)
{
    ck_assert_str_eq(findings_of(report_places), "f.yaml:1:6: error: an option\n"
                                                 "f.yaml:1:6: error: an item of an option that is no map\n"
                                                 "f.yaml:5:10: warning: an item that the file does not name\n"
                                                 "f.yaml:5:20: error: an item\n"
                                                 "f.yaml:70:3: warning: an option that the file does not name\n"
                                                 "f.yaml:70:3: error: the component\n");
    ck_assert_uint_eq(diagnostics.errors, 4);
    ck_assert_uint_eq(diagnostics.warnings, 2);
}
END_TEST

static enum gw_status refuse_silently(const void *config, const struct gw_lint *lint)
{
    (void)config;
    return gw_lint_line(lint, GW_OK, "url", NULL, "only a warning") == GW_OK ? GW_CONFIG : GW_INTERNAL;
}

START_TEST(a_refusal_without_an_error_is_an_error_of_the_component)
{
    ck_assert_str_eq(findings_of(refuse_silently), "f.yaml:1:6: warning: only a warning\n"
                                                   "f.yaml:70:3: error: the plugin refuses these options\n");
}
END_TEST

static enum gw_status run_out_of_memory(const void *config, const struct gw_lint *lint)
{
    (void)config;
    (void)lint;
    return GW_NOMEM;
}

START_TEST(a_lint_without_memory_is_no_finding)
{
    ck_assert_str_eq(findings_of(run_out_of_memory), "");
    ck_assert(diagnostics.has_failed);
}
END_TEST

static enum gw_status accept(const void *config, const struct gw_lint *lint)
{
    return config == NULL && lint->size == sizeof *lint ? GW_OK : GW_CONFIG;
}

START_TEST(a_plugin_without_a_lint_or_without_a_finding_adds_nothing)
{
    ck_assert_str_eq(findings_of(NULL), "");
    ck_assert_str_eq(findings_of(accept), "");
    ck_assert(!diagnostics.has_failed);
}
END_TEST

/* ---- values --------------------------------------------------------------------------------------------------- */

static char known[16]; /* a digit per question */

static enum gw_status ask(const void *config, const struct gw_lint *lint)
{
    static const struct {
        const char *option;
        const char *key;
    } questions[] = {{"url", NULL},          {"password", NULL}, {"password", "x"}, {"hosts", NULL},
                     {"secret_hosts", NULL}, {"headers", NULL},  {"headers", "x"},  {"headers", "y"},
                     {"headers", "z"},       {"plain", NULL},    {"url", "x"},      {"absent", NULL}};

    (void)config;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
        known[i] = (char)('0' + lint->is_known(lint, gw_text_of(questions[i].option), gw_text_of(questions[i].key)));
    return GW_OK;
}

START_TEST(a_value_is_unknown_while_a_reference_in_it_is_not_resolved)
{
    ck_assert_str_eq(findings_of(ask), "");
    ck_assert_str_eq(known, "100100101111");
}
END_TEST

START_TEST(every_value_is_known_once_references_are_resolved)
{
    reader.binder.resolves_secrets = true;
    ck_assert_str_eq(findings_of(ask), "");
    ck_assert_str_eq(known, "111111111111");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("component_lint");
    TCase *tests = tcase_create("lint");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_finding_is_at_the_item_else_at_the_option_else_at_the_component);
    tcase_add_test(tests, a_refusal_without_an_error_is_an_error_of_the_component);
    tcase_add_test(tests, a_lint_without_memory_is_no_finding);
    tcase_add_test(tests, a_plugin_without_a_lint_or_without_a_finding_adds_nothing);
    tcase_add_test(tests, a_value_is_unknown_while_a_reference_in_it_is_not_resolved);
    tcase_add_test(tests, every_value_is_known_once_references_are_resolved);
    suite_add_tcase(suite, tests);
    return suite;
}
