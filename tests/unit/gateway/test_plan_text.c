/* SPDX-License-Identifier: Apache-2.0 */
/* A plan as a person reads it, and as a program does: what is in it, and what never is. */
#include "check_main.h"
#include "fake_plugins.h"
#include "gateway/plan_json.h"
#include "gateway/plan_text.h"
#include "plan_fixture.h"
#include "json/json.h"

#include <stdio.h>
#include <string.h>

#define REPOSITORY    "repository: {plugin: memory_repository}\n"
#define ORDERS        "entrypoints: {orders: {plugin: jsonl_reader, path: in}}\n"
#define HEAD          REPOSITORY ORDERS
#define MAIL(options) HEAD "notifiers: {mail: {plugin: smtp_notifier, url: u, to: [a@x]" options "}}\n"

static const uint8_t key[GW_PLAN_KEY_BYTES] = {9};

static struct gw_arena *arena;
static struct gw_buffer text;
static struct gw_buffer json;
static struct gw_plan plan;

static void set_up(void)
{
    arena = gw_arena_new(4 * 1024 * 1024);
    gw_buffer_init(&text, SIZE_MAX);
    gw_buffer_init(&json, SIZE_MAX);
    plan_secrets();
    ck_assert_ptr_nonnull(fake_plugin("smtp_notifier"));
}

static void tear_down(void)
{
    gw_buffer_done(&text);
    gw_buffer_done(&json);
    gw_arena_free(arena);
}

/* Strict: no key twice, nothing behind it. */
static void assert_is_json(void)
{
    struct gw_json_reader *reader = gw_json_reader_new(1024 * 1024);
    struct gw_json_object object;
    struct gw_error error = {0};

    ck_assert_ptr_nonnull(reader);
    ck_assert_msg(gw_json_read_object(reader, arena, gw_buffer_text(&json), &object, &error) == GW_OK, "%s\n%s",
                  error.text, json.ptr);
    ck_assert_int_eq(gw_json_find(&object, "components")->kind, GW_JSON_ARRAY);
    gw_json_reader_free(reader);
}

static void write_with(const char *running, const char *wanted, const struct gw_plan_figure *items, size_t count)
{
    const struct gw_plan_figures figures = {items, count};

    ck_assert_int_eq(gw_plan_make(arena, plan_model(arena, "/plugins", running, true),
                                  plan_model(arena, "/plugins", wanted, true), key, &plan),
                     GW_OK);
    gw_buffer_reset(&text);
    gw_buffer_reset(&json);
    gw_plan_append_text(&plan, &figures, &text);
    gw_plan_append_json(&plan, &figures, &json);
    ck_assert(!text.has_failed && !json.has_failed);
    assert_is_json();
}

static void write_plan(const char *running, const char *wanted)
{
    write_with(running, wanted, NULL, 0);
}

static void assert_text(const char *part)
{
    ck_assert_msg(strstr(text.ptr, part) != NULL, "no '%s' in:\n%s", part, text.ptr);
}

static void assert_json(const char *part)
{
    ck_assert_msg(strstr(json.ptr, part) != NULL, "no '%s' in:\n%s", part, json.ptr);
}

/* The text from the line that begins with this, to its end. */
static const char *line_from(const char *begin)
{
    const char *at = text.ptr;

    while (at != NULL && strncmp(at, begin, strlen(begin)) != 0) {
        at = strchr(at, '\n');
        at = at != NULL ? at + 1 : NULL;
    }
    ck_assert_msg(at != NULL, "no line begins with '%s' in:\n%s", begin, text.ptr);
    return at;
}

/* Where word begins in the line that begins so. */
static size_t column_of(const char *begin, const char *word)
{
    const char *line = line_from(begin);
    const char *found = strstr(line, word);

    ck_assert_msg(found != NULL && found < strchr(line, '\n'), "no '%s' in: %s", word, line);
    return (size_t)(found - line);
}

/* ---- for a person --------------------------------------------------------------------------------------------- */

START_TEST(a_plugin_whose_file_was_replaced_refuses_only_what_changes)
{
    fake_plugin_replaced = "smtp_notifier";
    write_plan(MAIL(""), MAIL(""));
    ck_assert(plan.is_empty);
    assert_text("a restart loads the new one");
    assert_json("\"plugin_replaced\": true");
    write_plan(MAIL(""), MAIL(", subject: other"));
    ck_assert_uint_eq(plan.refusal_count, 1);
    ck_assert_str_eq(plan.refusals[0].name, "mail");
    ck_assert_int_eq(plan.refusals[0].obstacle, GW_PLAN_NEEDS_RESTART);
    write_plan(MAIL(""), HEAD);
    ck_assert_uint_eq(plan.refusal_count, 0);
    fake_plugin_replaced = NULL;
}
END_TEST

START_TEST(the_first_line_says_whether_there_is_anything_to_do)
{
    write_plan(HEAD, HEAD);
    ck_assert_int_eq(strncmp(text.ptr, "nothing to do", 13), 0);
    ck_assert_uint_eq(text.len, (size_t)(strchr(text.ptr, '\n') - text.ptr) + 1);
    write_plan(HEAD, MAIL(""));
    ck_assert_int_eq(strncmp(text.ptr, "1 change: 1 added\n", 18), 0);
    write_plan(HEAD, "service: other\n" HEAD);
    ck_assert_int_eq(strncmp(text.ptr, "cannot be applied", 17), 0);
    write_plan(MAIL(""),
               HEAD "publishers: {events: {plugin: jsonl_writer, path: e}, more: {plugin: jsonl_writer, path: f}}\n"
                    "routes: {Allocated: {publish: [events]}, Deallocated: {publish: [more]}}\n");
    ck_assert_int_eq(strncmp(text.ptr, "5 changes: 2 added, 1 removed, 2 routes\n", 40), 0);
}
END_TEST

START_TEST(entries_and_options_are_aligned)
{
    write_plan(HEAD "publishers: {events: {plugin: jsonl_writer, path: e}}\n",
               HEAD "publishers: {events: {plugin: jsonl_writer, path: f, backoff_max: 2m}}\n"
                    "notifiers: {a_longer_name: {plugin: console_notifier}}\n");
    ck_assert_uint_eq(column_of("~ events", "jsonl_writer"), column_of("+ a_longer_name", "console_notifier"));
    ck_assert_uint_eq(column_of("~ events", "publisher"), column_of("+ a_longer_name", "notifier"));
    ck_assert_uint_eq(column_of("    path", "/e -> /f"), column_of("    backoff_max", "1m -> 2m"));
}
END_TEST

START_TEST(no_value_of_a_secret_or_a_reference_is_shown)
{
    static const char *const options[] = {", password: canary-plain", ", password: {env: PLAN_HUSH}",
                                          ", subject: {env: PLAN_HUSH}", ", subject: {env: PLAN_OTHER}"};

    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        char wanted[512];

        (void)snprintf(wanted, sizeof wanted,
                       HEAD "notifiers: {mail: {plugin: smtp_notifier, url: u, to: [a@x, {env: PLAN_OTHER}]%s}}\n",
                       options[i]);
        write_plan(MAIL(", password: {env: PLAN_OTHER}"), wanted);
        ck_assert_msg(strstr(text.ptr, "canary") == NULL, "%s", text.ptr);
        ck_assert_msg(strstr(json.ptr, "canary") == NULL, "%s", json.ptr);
        assert_text("to  ");
        assert_json("{\"name\": \"to\", \"before\": null, \"after\": null, \"secret\": true");
    }
}
END_TEST

START_TEST(what_comes_from_the_file_cannot_control_the_terminal)
{
    write_plan(MAIL(""), MAIL(", text: \"a\\n\\e[31m\\u202e\\t{sku}\""));
    for (size_t i = 0; i < text.len; i++)
        ck_assert_msg(text.ptr[i] == '\n' || (text.ptr[i] >= ' ' && text.ptr[i] < 127), "%s", text.ptr);
    assert_text("a\\n\\x1b[31m\\u202e\\t{sku}");
    assert_json("a\\n\\u001b[31m");
}
END_TEST

START_TEST(a_value_that_is_not_set_is_not_an_empty_one)
{
    write_plan(MAIL(""), MAIL(", text: ''"));
    assert_text("(not set) -> \"\"\n");
    assert_json("{\"name\": \"text\", \"before\": null, \"after\": \"\"");
}
END_TEST

START_TEST(long_values_are_below_each_other)
{
    write_plan(MAIL(", text: 'before before before before before before before before before'"),
               MAIL(", text: 'after'"));
    ck_assert_uint_eq(column_of("      - before", "before"), column_of("      + after", "after"));
}
END_TEST

START_TEST(the_hash_is_shown_where_it_may_be_applied)
{
    write_plan(HEAD, MAIL(""));
    assert_text(plan.hash);
    assert_json(plan.hash);
    write_plan(HEAD, "service: other\n" HEAD);
    ck_assert_ptr_null(strstr(text.ptr, plan.hash));
    write_plan(HEAD, REPOSITORY "entrypoints: {orders: {plugin: jsonl_reader, path: out}}\n");
    (void)column_of("apply needs --plan ", plan.hash);
}
END_TEST

START_TEST(a_refusal_names_its_place_and_its_values)
{
    write_plan(HEAD "publishers: {x: {plugin: jsonl_writer, path: e}}\n",
               "log: {level: debug}\n" HEAD "notifiers: {x: {plugin: console_notifier}}\n");
    (void)column_of("! log.level", "restart");
    (void)column_of("    log.level", "info -> debug");
    (void)column_of("! x", "/f.yaml:4:13");
    assert_json("{\"name\": \"log.level\", \"obstacle\": \"needs_restart\"");
    assert_json("{\"name\": \"x\", \"obstacle\": \"section_changed\"");
    assert_json("\"line\": 4, \"column\": 13}");
    assert_json("{\"name\": \"log.level\", \"before\": \"info\", \"after\": \"debug\"");
}
END_TEST

/* ---- figures and consequences --------------------------------------------------------------------------------- */

#define PEOPLE(id) HEAD "notifiers: {" id ": {plugin: console_notifier}}\nroutes: {OutOfStock: {notify: [" id "]}}\n"

START_TEST(events_that_wait_are_counted_where_that_is_known)
{
    const struct gw_plan_figure figures[] = {{"people", 12, NULL}, {"ops", 4711, NULL}};

    write_with(PEOPLE("people"), PEOPLE("ops"), figures, 2);
    assert_text("12 events");
    ck_assert_ptr_null(strstr(text.ptr, "4711"));
    assert_json("\"pending\": 12");
    write_plan(PEOPLE("people"), PEOPLE("ops"));
    ck_assert_ptr_null(strstr(text.ptr, "-1"));
    ck_assert_ptr_null(strstr(json.ptr, "\"pending\": -1"));
    assert_json("\"pending\": null");
}
END_TEST

START_TEST(another_gateway_that_delivers_is_named)
{
    const struct gw_plan_figure figure = {"people", 3, "host-b:4711"};

    write_with(PEOPLE("people"), PEOPLE("ops"), &figure, 1);
    assert_text("host-b:4711");
    assert_json("\"holder\": \"host-b:4711\"");
}
END_TEST

START_TEST(who_is_notified_instead_is_named)
{
    write_plan(PEOPLE("people"), PEOPLE("ops"));
    (void)column_of("    OutOfStock: ", "ops");
    (void)column_of("    notify", "people -> ops");
    assert_json("\"reroutes\": [{\"event\": \"OutOfStock\", \"to\": [\"ops\"]}]");
    assert_json("\"notify\": {\"before\": [\"people\"], \"after\": [\"ops\"]}");
    write_plan(PEOPLE("people"), HEAD);
    (void)column_of("    notify", "people -> none");
    assert_json("\"reroutes\": [{\"event\": \"OutOfStock\", \"to\": []}]");
}
END_TEST

START_TEST(each_consequence_has_a_line_of_its_own)
{
    write_plan(HEAD, REPOSITORY "entrypoints: {sales: {plugin: jsonl_reader, path: in}}\n");
    (void)column_of("    starts after", "orders");
    write_plan(HEAD, REPOSITORY "entrypoints: {orders: {plugin: jsonl_reader, path: out}}\n");
    (void)line_from("    reads another source\n");
    (void)line_from("    input pauses");
    assert_json("\"changes_identity\": true, \"stops_first\": true");
}
END_TEST

/* ---- for a program -------------------------------------------------------------------------------------------- */

START_TEST(the_object_is_json_and_has_every_component)
{
    write_plan(PEOPLE("people"), "log: {level: debug}\n" PEOPLE("ops"));
    ck_assert_int_eq(json.ptr[0], '{');
    assert_json("\"id\": \"repository\", \"section\": \"repository\", \"change\": \"unchanged\"");
    assert_json("\"id\": \"orders\", \"section\": \"entrypoints\", \"change\": \"unchanged\"");
    assert_json("\"id\": \"ops\", \"section\": \"notifiers\", \"change\": \"added\"");
    assert_json("\"id\": \"people\", \"section\": \"notifiers\", \"change\": \"removed\"");
    assert_json("\"empty\": false");
    write_plan(HEAD, HEAD);
    assert_json("\"empty\": true");
    assert_json("\"refusals\": []");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("plan_text");
    TCase *tests = tcase_create("writers");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_plugin_whose_file_was_replaced_refuses_only_what_changes);
    tcase_add_test(tests, the_first_line_says_whether_there_is_anything_to_do);
    tcase_add_test(tests, entries_and_options_are_aligned);
    tcase_add_test(tests, no_value_of_a_secret_or_a_reference_is_shown);
    tcase_add_test(tests, what_comes_from_the_file_cannot_control_the_terminal);
    tcase_add_test(tests, a_value_that_is_not_set_is_not_an_empty_one);
    tcase_add_test(tests, long_values_are_below_each_other);
    tcase_add_test(tests, the_hash_is_shown_where_it_may_be_applied);
    tcase_add_test(tests, a_refusal_names_its_place_and_its_values);
    tcase_add_test(tests, events_that_wait_are_counted_where_that_is_known);
    tcase_add_test(tests, another_gateway_that_delivers_is_named);
    tcase_add_test(tests, who_is_notified_instead_is_named);
    tcase_add_test(tests, each_consequence_has_a_line_of_its_own);
    tcase_add_test(tests, the_object_is_json_and_has_every_component);
    suite_add_tcase(suite, tests);
    return suite;
}
