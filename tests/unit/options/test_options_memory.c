/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The n-th allocation of binding options fails, for every n: the binder reports it, or binds and finds everything as
 * usual. The program has an allocator of its own, so it is not built with sanitizers.
 */
#include "check_main.h"
#include "failing_memory.h"
#include "options/options.h"
#include "scratch.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct config {
    const char *password;
    const char *path;
    const char *written;
    const char *command;
    struct gw_option_fields fields;
    const char *group;
    const char *text;
    struct gw_option_list brokers;
    struct gw_option_map topics;
    uint32_t level;
};

static const struct gw_option options[] = {
    {.name = "password", .help = "Secret.", .type = GW_OPTION_SECRET, .offset = offsetof(struct config, password)},
    {.name = "path",
     .help = "The file.",
     .type = GW_OPTION_PATH,
     .fallback = "a.jsonl",
     .offset = offsetof(struct config, path),
     .written = offsetof(struct config, written)},
    {.name = "command",
     .help = "Which.",
     .type = GW_OPTION_COMMAND,
     .offset = offsetof(struct config, command),
     .written = offsetof(struct config, fields)},
    {.name = "group",
     .help = "The consumer group.",
     .type = GW_OPTION_TEXT,
     .min = 1,
     .max = 9,
     .flags = GW_OPTION_REQUIRED,
     .offset = offsetof(struct config, group)},
    {.name = "text", .help = "Body.", .type = GW_OPTION_TEMPLATE, .offset = offsetof(struct config, text)},
    {.name = "brokers",
     .help = "Where.",
     .type = GW_OPTION_LIST,
     .item_type = GW_OPTION_TEXT,
     .fallback = "[a:1, b:2]",
     .offset = offsetof(struct config, brokers)},
    {.name = "topics",
     .help = "Topics.",
     .type = GW_OPTION_MAP,
     .item_type = GW_OPTION_COMMAND,
     .offset = offsetof(struct config, topics)},
    {.name = "level",
     .help = "Which.",
     .type = GW_OPTION_CHOICE,
     .choices = "low|high",
     .offset = offsetof(struct config, level)},
};
static const struct gw_option_table table = {options, sizeof options / sizeof options[0], sizeof options[0]};

static char folder[PATH_MAX];
static struct gw_arena *map_arena;
static const struct gw_yaml_node *map;
static uint32_t expected_errors;
static bool resolves_secrets;
static struct config config;

static void set_up(void)
{
    scratch_begin();
    scratch_write("secret", "hush \n");
    (void)snprintf(folder, sizeof folder, "%s", scratch_path("."));
    map_arena = gw_arena_new(1024 * 1024);
}

static void tear_down(void)
{
    gw_arena_free(map_arena);
    scratch_end();
}

/* Binds the map in an arena of its own. */
static enum gw_status bind_map(void)
{
    struct gw_arena *arena = gw_arena_new(1024 * 1024);
    struct gw_diagnostics diagnostics;
    struct gw_binder binder = {
        .arena = arena, .diagnostics = &diagnostics, .folder = folder, .resolves_secrets = resolves_secrets};
    struct gw_place place = {1, 1};
    enum gw_status status;

    if (arena == NULL)
        return GW_NOMEM;
    config = (struct config){0};
    gw_diagnostics_init(&diagnostics, arena, "f.yaml");
    gw_options_bind(&binder, &table, map, place, &config);
    gw_options_check_keys(&binder, &table, 1, map);
    status = diagnostics.has_failed ? GW_NOMEM : diagnostics.errors == expected_errors ? GW_OK : GW_INTERNAL;
    if (status == GW_OK && expected_errors == 0 && config.brokers.count != 2)
        status = GW_INTERNAL;
    gw_arena_free(arena);
    return status;
}

static void assert_survives(const char *yaml, uint32_t errors, bool resolves)
{
    ck_assert_int_eq(gw_yaml_parse(map_arena, "f.yaml", gw_text_of(yaml), &map, NULL), GW_OK);
    expected_errors = errors;
    resolves_secrets = resolves;
    ck_assert_int_gt(failing_memory_torture(bind_map), 8);
}

START_TEST(good_options_are_bound_whole_or_memory_has_run_out)
{
    ck_assert_int_eq(setenv("GW_TEST_TEXT", "for {sku}", 1), 0);
    assert_survives("password: {file: secret}\ncommand: auto\ntext: {env: GW_TEST_TEXT}\n"
                    "group: g\ntopics: {a: Allocate, b: auto}\nlevel: high\n",
                    0, _i != 0);
}
END_TEST

START_TEST(wrong_options_have_all_of_their_findings_or_memory_has_run_out)
{
    (void)unsetenv("GW_TEST_TEXT");
    assert_survives("password: {file: missing}\npath: ''\ncommand: Alocate\ntext: '{sku'\nbroker: [a]\n"
                    "topics: [a]\nlevel: hgh\n",
                    8, true);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("options_memory");
    TCase *tests = tcase_create("allocations");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, good_options_are_bound_whole_or_memory_has_run_out, 0, 2);
    tcase_add_test(tests, wrong_options_have_all_of_their_findings_or_memory_has_run_out);
    suite_add_tcase(suite, tests);
    return suite;
}
