/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration in force as JSON: what is in it, and what never is. */
#include "check_main.h"
#include "failing_core.h"
#include "fake_plugins.h"
#include "gateway/config_json.h"
#include "plan_fixture.h"
#include "scratch.h"
#include "json/json.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { ENOUGH = 4 * 1024 * 1024 };

static const char file[] =
    "service: stock\n"
    "log: {level: debug}\n"
    "admin: {socket: {env: PLAN_HUSH}}\n"
    "repository: {plugin: memory_repository}\n"
    "entrypoints: {orders: {plugin: jsonl_reader, path: in}}\n"
    "publishers: {events: {plugin: jsonl_writer, path: e, batch: 5}}\n"
    "notifiers:\n"
    "  mail: {plugin: smtp_notifier, url: u, password: canary-plain, subject: {env: PLAN_OTHER}, to: [a@x]}\n"
    "routes: {Allocated: {publish: [events]}, OutOfStock: {notify: [mail]}}\n";

static struct gw_arena *arena;
static struct gw_bootstrap model;
static struct gw_buffer json;

static void set_up(void)
{
    arena = gw_arena_new(ENOUGH);
    gw_buffer_init(&json, SIZE_MAX);
    plan_secrets();
    ck_assert_ptr_nonnull(fake_plugin("smtp_notifier"));
    model = *plan_model(arena, "/plugins", file, true);
}

static void tear_down(void)
{
    gw_buffer_done(&json);
    gw_arena_free(arena);
}

static enum gw_status write_config(const char *restart_file)
{
    struct gw_config_origin origin = {.generation = 7, .restart_file = restart_file};

    gw_buffer_reset(&json);
    return gw_config_append_json(arena, &model, &origin, &json);
}

static struct gw_json_object read_object(struct gw_text text)
{
    struct gw_json_reader *reader = gw_json_reader_new(1024 * 1024);
    struct gw_json_object object;
    struct gw_error error = {0};

    ck_assert_msg(gw_json_read_object(reader, arena, text, &object, &error) == GW_OK, "%s\n%s", error.text, json.ptr);
    gw_json_reader_free(reader);
    return object;
}

static void assert_part(const char *part)
{
    ck_assert_msg(strstr(json.ptr, part) != NULL, "no '%s' in:\n%s", part, json.ptr);
}

START_TEST(every_component_and_route_is_in_the_object)
{
    static const char *const ids[] = {"repository", "orders", "events", "mail"};
    struct gw_json_object whole;
    struct gw_json_object components;

    ck_assert_int_eq(write_config("/f.yaml"), GW_OK);
    whole = read_object(gw_buffer_text(&json));
    ck_assert_int_eq(gw_json_find(&whole, "generation")->integer, 7);
    ck_assert_uint_eq(gw_json_find(&whole, "config_hash")->text.len, 32);
    components = read_object(gw_json_find(&whole, "components")->text);
    ck_assert_uint_eq(components.count, sizeof ids / sizeof *ids);
    for (size_t i = 0; i < components.count; i++)
        ck_assert(gw_text_equal(components.members[i].name, gw_text_of(ids[i])));
    assert_part("\"OutOfStock\": {\"publish\": [], \"notify\": [\"mail\"], \"fallback\": [], \"group\": {}}");
    assert_part("\"events\": {\"section\": \"publishers\", \"plugin\": \"jsonl_writer\", \"line\": 6,");
}
END_TEST

START_TEST(options_have_the_values_of_the_file_or_of_the_plugin)
{
    ck_assert_int_eq(write_config("/f.yaml"), GW_OK);
    assert_part("{\"name\": \"log.level\", \"value\": \"debug\", \"secret\": false}");
    assert_part("{\"name\": \"batch\", \"value\": \"5\", \"secret\": false}");
    assert_part("{\"name\": \"timeout\", \"value\": \""); /* a default */
    ck_assert_ptr_null(strstr(json.ptr, "admin.listen")); /* it is not set */
}
END_TEST

START_TEST(no_value_of_a_secret_or_a_reference_is_shown)
{
    ck_assert_int_eq(write_config("/f.yaml"), GW_OK);
    assert_part("{\"name\": \"password\", \"value\": null, \"secret\": true}");
    assert_part("{\"name\": \"subject\", \"value\": null, \"secret\": true}");
    assert_part("{\"name\": \"admin.socket\", \"value\": null, \"secret\": true}");
    ck_assert_ptr_null(strstr(json.ptr, "canary"));
}
END_TEST

/* What is in the file that a restart reads; NULL: there is none. */
static const struct {
    const char *name;
    const char *text;
    bool is_another;
} restarts[] = {
    {"f.yaml", file, false},        {"other.yaml", file, false}, /* in the same folder */
    {"below/f.yaml", file, true},   {"f.yaml", NULL, true},      {"f.yaml", "service: stock", true},
    {"f.yaml", "service: [", true},
};

START_TEST(a_restart_reads_another_file_if_that_says_something_else)
{
    char path[256];

    scratch_begin();
    (void)snprintf(path, sizeof path, "%s", scratch_path("below"));
    ck_assert_int_eq(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s", scratch_path("f.yaml"));
    model.file = path;
    if (restarts[_i].text != NULL)
        scratch_write(restarts[_i].name, restarts[_i].text);
    ck_assert_int_eq(write_config(scratch_path(restarts[_i].name)), GW_OK);
    assert_part(restarts[_i].is_another ? "\"restart_reads_another_file\": true"
                                        : "\"restart_reads_another_file\": false");
    scratch_end();
}
END_TEST

/* The value of `batch`, a key and a comment. */
START_TEST(a_changed_value_is_another_file_and_a_comment_is_not)
{
    char changed[sizeof file + 64];
    char path[256];
    char *five;

    scratch_begin();
    (void)snprintf(path, sizeof path, "%s", scratch_path("f.yaml"));
    model.file = path;
    (void)snprintf(changed, sizeof changed, "# a comment\n\n%s", file);
    scratch_write("f.yaml", changed);
    ck_assert_int_eq(write_config(path), GW_OK);
    assert_part("\"restart_reads_another_file\": false");
    five = strchr(changed, '5');
    ck_assert_ptr_nonnull(five);
    *five = '6';
    scratch_write("f.yaml", changed);
    ck_assert_int_eq(write_config(path), GW_OK);
    assert_part("\"restart_reads_another_file\": true");
    scratch_end();
}
END_TEST

START_TEST(an_object_that_is_not_whole_is_known)
{
    size_t whole;
    bool has_failed = true;

    model.file = "/dev/null";
    ck_assert_int_eq(write_config("/dev/null"), GW_OK);
    ck_assert(!json.has_failed);
    whole = json.len;
    for (long number = 1; has_failed; number++) {
        gw_buffer_done(&json);
        failing_core_begin(number);
        has_failed = write_config("/dev/null") != GW_OK || json.has_failed;
        (void)failing_core_end();
        ck_assert(has_failed || json.len == whole);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("config_json");
    TCase *tests = tcase_create("config");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, every_component_and_route_is_in_the_object);
    tcase_add_test(tests, options_have_the_values_of_the_file_or_of_the_plugin);
    tcase_add_test(tests, no_value_of_a_secret_or_a_reference_is_shown);
    tcase_add_loop_test(tests, a_restart_reads_another_file_if_that_says_something_else, 0,
                        sizeof restarts / sizeof *restarts);
    tcase_add_test(tests, a_changed_value_is_another_file_and_a_comment_is_not);
    tcase_add_test(tests, an_object_that_is_not_whole_is_known);
    suite_add_tcase(suite, tests);
    return suite;
}
