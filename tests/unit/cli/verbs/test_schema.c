/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON Schema of the file, read back with our own reader; tests/e2e/test_schema.py lets others judge it. */
#include "check_main.h"
#include "cli/verbs/schema.h"
#include "fake_plugins.h"
#include "json/json.h"

#include <string.h>

static struct gw_arena *arena;
static struct gw_buffer buffer;
static struct gw_json_reader *reader;
static struct gw_error error;

static void set_up(void)
{
    arena = gw_arena_new(16 * 1024 * 1024);
    reader = gw_json_reader_new(1024 * 1024);
    ck_assert_ptr_nonnull(arena);
    ck_assert_ptr_nonnull(reader);
    gw_buffer_init(&buffer, 1024 * 1024);
    ck_assert_int_eq(gw_schema_write(arena, "/plugins", &buffer, &error), GW_OK);
}

static void tear_down(void)
{
    gw_buffer_done(&buffer);
    gw_json_reader_free(reader);
    gw_arena_free(arena);
}

/* The text of the node at path, whose steps are separated by `/`. */
static struct gw_text at(const char *path)
{
    struct gw_text text = {buffer.ptr, buffer.len};
    char steps[256];
    char *rest = NULL;

    (void)snprintf(steps, sizeof steps, "%s", path);
    for (char *step = strtok_r(steps, "/", &rest); step != NULL; step = strtok_r(NULL, "/", &rest)) {
        struct gw_json_object object;
        const struct gw_json_member *member;

        ck_assert_msg(gw_json_read_object(reader, arena, text, &object, &error) == GW_OK, "%s: %s", path, error.text);
        member = gw_json_find(&object, step);
        ck_assert_msg(member != NULL, "%s: no %s", path, step);
        text = member->text;
    }
    return text;
}

static void assert_at(const char *path, const char *expected)
{
    char found[4096];

    (void)snprintf(found, sizeof found, "%.*s", (int)at(path).len, at(path).ptr);
    ck_assert_str_eq(found, expected);
}

static void assert_absent(const char *path, const char *name)
{
    struct gw_json_object object;

    ck_assert_int_eq(gw_json_read_object(reader, arena, at(path), &object, &error), GW_OK);
    ck_assert_ptr_null(gw_json_find(&object, name));
}

START_TEST(the_file_has_its_sections_and_no_other_key)
{
    assert_at("$schema", "https://json-schema.org/draft/2020-12/schema");
    assert_at("additionalProperties", "false");
    assert_at("properties/repository/$ref", "#/$defs/repository");
    assert_at("properties/entrypoints/minProperties", "1");
    assert_at("properties/notifiers/additionalProperties/$ref", "#/$defs/notifier");
    assert_at("properties/inbox/properties/keep/default", "7d");
    assert_at("properties/inbox/additionalProperties", "false");
}
END_TEST

START_TEST(every_plugin_that_loads_has_its_options_and_no_other)
{
    assert_at("$defs/plugin.jsonl_reader/additionalProperties", "false");
    assert_at("$defs/plugin.jsonl_reader/properties/plugin/const", "jsonl_reader");
    assert_at("$defs/plugin.jsonl_reader/properties/path/description", "The file to read.");
    assert_at("$defs/plugin.jsonl_reader/properties/follow/default", "false");
    assert_at("$defs/plugin.jsonl_reader/properties/workers/default", "1");
    assert_at("$defs/plugin.smtp_notifier/properties/to/type", "array");
    assert_absent("$defs", "plugin.bad");
    assert_absent("$defs", "plugin.clashing_writer");
    assert_absent("$defs/plugin.smtp_notifier/properties", "workers");
}
END_TEST

START_TEST(internal_events_cannot_be_routed)
{
    assert_at("properties/routes/properties/OutOfStock/$ref", "#/$defs/route");
    assert_absent("properties/routes/properties", "AllocationRequired");
}
END_TEST

START_TEST(a_directory_that_cannot_be_read_is_an_error)
{
    ck_assert_int_eq(gw_schema_write(arena, "nowhere", &buffer, &error), GW_CONFIG);
    ck_assert_str_eq(error.text, "nowhere: no such directory");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("schema");
    TCase *tests = tcase_create("schema");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_file_has_its_sections_and_no_other_key);
    tcase_add_test(tests, every_plugin_that_loads_has_its_options_and_no_other);
    tcase_add_test(tests, internal_events_cannot_be_routed);
    tcase_add_test(tests, a_directory_that_cannot_be_read_is_an_error);
    suite_add_tcase(suite, tests);
    return suite;
}
