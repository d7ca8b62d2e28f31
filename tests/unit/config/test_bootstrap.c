/* SPDX-License-Identifier: Apache-2.0 */
/* The bootstrap file as a model, and the text and place of each refusal. */
#include "check_main.h"
#include "config/bootstrap.h"
#include "fake_plugins.h"
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD                                        \
    "service: test\n"                               \
    "repository: {plugin: memory_repository}\n"     \
    "entrypoints:\n"                                \
    "  commands: {plugin: jsonl_reader, path: c}\n" \
    "publishers:\n"                                 \
    "  events: {plugin: jsonl_writer, path: e}\n"   \
    "notifiers:\n"                                  \
    "  console: {plugin: console_notifier}\n"

#define WHOLE                                 \
    HEAD "routes:\n"                          \
         "  Allocated: {publish: [events]}\n" \
         "  OutOfStock: {publish: [events], notify: [console]}\n"

static struct gw_arena *arena;
static struct gw_buffer printed;
static struct gw_diagnostics diagnostics;
static const struct gw_bootstrap *bootstrap;

static void set_up(void)
{
    arena = gw_arena_new(8 * 1024 * 1024);
    ck_assert_ptr_nonnull(arena);
    gw_buffer_init(&printed, 64 * 1024);
    scratch_begin();
    ck_assert_int_eq(chdir(scratch_path(".")), 0);
}

static void tear_down(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    scratch_end();
    gw_buffer_done(&printed);
    gw_arena_free(arena);
}

static enum gw_status read_with(const char *yaml, const struct gw_bootstrap_request *request)
{
    enum gw_status status;

    scratch_write("f.yaml", yaml);
    gw_diagnostics_init(&diagnostics, arena, "f.yaml");
    bootstrap = NULL;
    status = gw_bootstrap_read(arena, request, &diagnostics, &bootstrap);
    gw_buffer_reset(&printed);
    gw_diagnostics_print(&diagnostics, &printed);
    return status;
}

static const char *findings(void)
{
    return printed.ptr != NULL ? printed.ptr : "";
}

static void read_ok(const char *yaml)
{
    struct gw_bootstrap_request request = {
        .file = "f.yaml", .default_plugin_dir = "/plugins", .resolves_secrets = true};

    ck_assert_msg(read_with(yaml, &request) == GW_OK, "%s", findings());
    ck_assert_ptr_nonnull(bootstrap);
}

static void assert_refused(const char *yaml, const char *expected)
{
    struct gw_bootstrap_request request = {
        .file = "f.yaml", .default_plugin_dir = "/plugins", .resolves_secrets = true};

    ck_assert_int_eq(read_with(yaml, &request), GW_CONFIG);
    ck_assert_str_eq(findings(), expected);
    ck_assert_ptr_null(bootstrap);
}

static const struct gw_route *route_of(const char *event)
{
    for (size_t i = 0; i < bootstrap->route_count; i++)
        if (strcmp(bootstrap->routes[i].event->name, event) == 0)
            return &bootstrap->routes[i];
    ck_abort_msg("no route for %s", event);
    return NULL;
}

/* ---- the model ------------------------------------------------------------------------------------------------ */

START_TEST(a_file_becomes_components_with_their_options)
{
    const struct gw_component *commands;
    const struct fake_reader_config *config;

    read_ok(WHOLE);
    ck_assert_str_eq(findings(), "");
    commands = bootstrap->entrypoints.items[0];
    config = commands->config;
    ck_assert_str_eq(bootstrap->settings.service, "test");
    ck_assert_str_eq(bootstrap->repository->id, "repository");
    ck_assert_ptr_eq(bootstrap->repository->plugin, fake_plugin("memory_repository"));
    ck_assert_uint_eq(bootstrap->entrypoints.count, 1);
    ck_assert_str_eq(commands->id, "commands");
    ck_assert_ptr_eq(commands->plugin, fake_plugin("jsonl_reader"));
    ck_assert_str_eq(config->path, scratch_path("c"));
    ck_assert_uint_eq(commands->line, 4);
    ck_assert_uint_eq(commands->column, 3);
    ck_assert(commands->is_resolved);
}
END_TEST

START_TEST(the_core_keys_have_their_defaults)
{
    const struct gw_entrypoint_settings *entrypoint;

    read_ok("repository: {plugin: plain_repository}\nentrypoints: {a: {plugin: jsonl_reader, path: c}}\n");
    entrypoint = &bootstrap->entrypoints.items[0]->settings.entrypoint;
    ck_assert_str_eq(bootstrap->settings.service, "gangway");
    ck_assert_int_eq(bootstrap->settings.inbox_keep_ms, 7LL * 24 * 60 * 60 * 1000);
    ck_assert_int_eq(bootstrap->settings.notify_keep_ms, 7LL * 24 * 60 * 60 * 1000);
    ck_assert_uint_eq(bootstrap->settings.log_level, 2);
    ck_assert_uint_eq(bootstrap->settings.log_format, GW_LOG_CHOICE_AUTO);
    ck_assert_uint_eq(bootstrap->repository->settings.repository.migrate, 1);
    ck_assert_int_eq(entrypoint->workers, 1);
    ck_assert_int_eq(entrypoint->turn, 2000);
    ck_assert_int_eq(entrypoint->max_dead, 20);
    ck_assert_uint_eq(entrypoint->dedupe, GW_DEDUPE_POSITION);
    ck_assert_int_eq(entrypoint->cache_bytes, 8 * 1024 * 1024);
}
END_TEST

static int64_t cache_bytes(const char *written)
{
    char yaml[256];

    (void)snprintf(
        yaml, sizeof yaml,
        "repository: {plugin: plain_repository}\nentrypoints: {a: {plugin: jsonl_reader, path: c, cache: %s}}\n",
        written);
    read_ok(yaml);
    return bootstrap->entrypoints.items[0]->settings.entrypoint.cache_bytes;
}

START_TEST(a_cache_is_a_size_or_off)
{
    ck_assert_int_eq(cache_bytes("64MiB"), 64 * 1024 * 1024);
    ck_assert_int_eq(cache_bytes("off"), 0);
    ck_assert_int_eq(cache_bytes("\"off\""), 0);
    assert_refused(
        "repository: {plugin: plain_repository}\nentrypoints: {a: {plugin: jsonl_reader, path: c, cache: 1KiB}}\n",
        "f.yaml:2:57: error: 'cache' is out of range; expected a size with a unit: 512B, 64KiB, 1MiB, 2GiB, 1kB, 1MB, "
        "from 256KiB to 64GiB, or off\n");
}
END_TEST

START_TEST(destinations_have_their_delivery_settings)
{
    const struct gw_delivery_settings *publisher;
    const struct gw_delivery_settings *notifier;

    read_ok(WHOLE);
    publisher = &bootstrap->publishers.items[0]->settings.delivery;
    notifier = &bootstrap->notifiers.items[0]->settings.delivery;
    ck_assert_int_eq(publisher->backoff_ms, 1000);
    ck_assert_int_eq(publisher->backoff_max_ms, 60000);
    ck_assert_int_eq(publisher->timeout_ms, 30000);
    ck_assert_int_eq(publisher->batch, 1000);
    ck_assert_int_eq(publisher->give_up_ms, 0);
    ck_assert_int_eq(notifier->batch, 1);
    ck_assert_int_eq(notifier->give_up_ms, 86400000);
}
END_TEST

START_TEST(routes_name_components_and_unrouted_events_go_nowhere)
{
    read_ok(WHOLE);
    ck_assert_uint_eq(route_of("OutOfStock")->publish.count, 1);
    ck_assert_ptr_eq(route_of("OutOfStock")->publish.items[0], bootstrap->publishers.items[0]);
    ck_assert_uint_eq(route_of("OutOfStock")->notify.count, 1);
    ck_assert_ptr_eq(route_of("OutOfStock")->notify.items[0], bootstrap->notifiers.items[0]);
    ck_assert_uint_eq(route_of("OutOfStock")->fallback.count, 0);
    ck_assert_uint_eq(route_of("Deallocated")->publish.count, 0);
    ck_assert_uint_eq(route_of("AllocationRequired")->publish.count, 0);
}
END_TEST

START_TEST(a_notifier_has_its_templates_and_a_recipient_for_each_row)
{
    const struct gw_component *mail;

    read_ok(HEAD "  mail: {plugin: smtp_notifier, url: smtp://m, to: [a@x, b@x]}\n"
                 "routes: {Allocated: {publish: [events], notify: [console], fallback: [mail]}}\n");
    mail = bootstrap->notifiers.items[1];
    ck_assert_ptr_eq(route_of("Allocated")->fallback.items[0], mail);
    ck_assert_uint_eq(mail->recipient_count, 2);
    ck_assert_str_eq(mail->recipients[1], "b@x");
    ck_assert_uint_eq(mail->template_count, 2);
    ck_assert_str_eq(mail->templates[0].name, "subject");
    ck_assert_str_eq(mail->templates[0].text, "About {sku}");
    ck_assert_str_eq(mail->templates[1].name, "text");
    ck_assert_ptr_null(mail->templates[1].text);
    ck_assert_int_eq(mail->templates[1].escape, GW_ESCAPE_JSON);
    ck_assert_uint_eq(bootstrap->notifiers.items[0]->recipient_count, 1);
    ck_assert_str_eq(bootstrap->notifiers.items[0]->recipients[0], "");
}
END_TEST

START_TEST(only_the_option_text_falls_back_to_the_text_of_the_event)
{
    const struct gw_notifier_template text = {"text", NULL, GW_ESCAPE_NONE, false};
    const struct gw_notifier_template set = {"text", "Gone: {sku}", GW_ESCAPE_NONE, false};
    const struct gw_notifier_template subject = {"subject", NULL, GW_ESCAPE_NONE, false};
    const struct gw_event_spec *event = gw_event_spec_find(gw_text_of("OutOfStock"));

    ck_assert_str_eq(gw_notifier_template_text(&text, event), "Out of stock for {sku}");
    ck_assert_str_eq(gw_notifier_template_text(&set, event), "Gone: {sku}");
    ck_assert_str_eq(gw_notifier_template_text(&subject, event), "");
}
END_TEST

START_TEST(a_session_is_counted_for_each_worker_and_destination_and_the_main_thread)
{
    const struct gw_component one = {.settings.entrypoint.workers = 1};
    const struct gw_component four = {.settings.entrypoint.workers = 4};
    const struct gw_component destination = {.id = "events"};
    const struct gw_component *entrypoints[] = {&one, &four};
    const struct gw_component *destinations[] = {&destination, &destination};
    struct gw_bootstrap model = {
        .entrypoints = {entrypoints, 2}, .publishers = {destinations, 1}, .notifiers = {destinations, 2}};

    ck_assert_uint_eq(gw_bootstrap_worker_count(&model), 5);
    ck_assert_uint_eq(gw_bootstrap_session_count(&model), 9);
    read_ok(WHOLE);
    ck_assert_uint_eq(gw_bootstrap_session_count(bootstrap), 4);
}
END_TEST

START_TEST(the_plugin_directory_of_the_command_line_is_strongest)
{
    struct gw_bootstrap_request request = {
        .file = "f.yaml", .plugin_dir = "/cli", .default_plugin_dir = "/default", .resolves_secrets = true};

    read_ok(WHOLE);
    ck_assert_str_eq(bootstrap->plugin_dir, "/plugins");
    read_ok(WHOLE "plugins: {dir: mine}\n");
    ck_assert_str_eq(bootstrap->plugin_dir, scratch_path("mine"));
    ck_assert_int_eq(read_with(WHOLE "plugins: {dir: mine}\n", &request), GW_OK);
    ck_assert_str_eq(bootstrap->plugin_dir, "/cli");
}
END_TEST

/* ---- refusals ------------------------------------------------------------------------------------------------- */

START_TEST(an_error_names_the_missing_file)
{
    struct gw_bootstrap_request request = {
        .file = "nobody.yaml", .default_plugin_dir = "/plugins", .resolves_secrets = true};

    gw_diagnostics_init(&diagnostics, arena, "nobody.yaml");
    ck_assert_int_eq(gw_bootstrap_read(arena, &request, &diagnostics, &bootstrap), GW_CONFIG);
    gw_diagnostics_print(&diagnostics, &printed);
    ck_assert_ptr_nonnull(strstr(findings(), "nobody.yaml"));
    ck_assert_ptr_nonnull(strstr(findings(), "No such file or directory\n"));
}
END_TEST

START_TEST(repository_and_an_entrypoint_are_required)
{
    assert_refused("service: x\n",
                   "f.yaml:1:1: error: the key 'repository' is missing; expected a map, such as {plugin: NAME}\n"
                   "f.yaml:1:1: error: the key 'entrypoints' is missing; expected at least one entrypoint\n");
    assert_refused("repository: {plugin: plain_repository}\nentrypoints: {}\n",
                   "f.yaml:2:14: error: 'entrypoints' is empty; expected at least one entrypoint\n");
}
END_TEST

START_TEST(an_input_that_cannot_be_shared_takes_one_worker)
{
    assert_refused("repository: {plugin: plain_repository}\nentrypoints:\n"
                   "  a: {plugin: jsonl_reader, path: x, workers: 2}\n",
                   "f.yaml:3:47: error: 'jsonl_reader' reads an input that cannot be shared; expected one worker\n");
    read_ok("repository: {plugin: plain_repository}\nentrypoints:\n  a: {plugin: jsonl_reader, path: x, workers: 1}\n");
}
END_TEST

START_TEST(an_input_that_can_be_shared_takes_several_workers)
{
    read_ok(
        "repository: {plugin: plain_repository}\nentrypoints:\n  a: {plugin: shared_reader, path: x, workers: 2}\n");
    ck_assert_uint_eq(gw_bootstrap_worker_count(bootstrap), 2);
}
END_TEST

START_TEST(an_unknown_section_is_reported_with_the_nearest_one)
{
    assert_refused(WHOLE "notifier: {}\n",
                   "f.yaml:12:1: error: unknown key 'notifier'; expected one of service, repository, entrypoints, "
                   "publishers, notifiers, routes, plugins, inbox, notify, admin, log; did you mean 'notifiers'?\n");
}
END_TEST

START_TEST(the_keys_of_core_and_plugin_are_known_and_no_others)
{
    assert_refused(WHOLE "  Deallocated: {publish: [events]}\ninbox: {kep: 1d}\n",
                   "f.yaml:13:9: error: unknown key 'kep'; expected keep; did you mean 'keep'?\n");
    assert_refused("repository: {plugin: plain_repository}\nentrypoints:\n  a: {plugin: jsonl_reader, pth: x}\n",
                   "f.yaml:3:29: error: unknown key 'pth'; expected one of plugin, workers, turn, max_dead, dedupe, "
                   "cache, paused, path, follow; did you mean 'path'?\n");
    assert_refused("repository: {plugn: plain_repository}\nentrypoints:\n  a: {plugin: jsonl_reader, path: x}\n",
                   "f.yaml:1:14: error: unknown key 'plugn'; did you mean 'plugin'?\n");
}
END_TEST

START_TEST(ids_are_well_formed)
{
    char yaml[512];

    assert_refused(
        "repository: {plugin: plain_repository}\nentrypoints:\n  1a: {plugin: jsonl_reader, path: x}\n",
        "f.yaml:3:3: error: '1a' is no id; expected a letter, then letters, digits, '_' or '-', at most 64\n");
    (void)snprintf(yaml, sizeof yaml,
                   "repository: {plugin: plain_repository}\nentrypoints:\n  a%064d: {plugin: jsonl_reader, path: x}\n",
                   0);
    ck_assert_int_eq(read_with(yaml, &(struct gw_bootstrap_request){.file = "f.yaml",
                                                                    .default_plugin_dir = "/plugins",
                                                                    .resolves_secrets = true}),
                     GW_CONFIG);
    (void)snprintf(yaml, sizeof yaml,
                   "repository: {plugin: plain_repository}\nentrypoints:\n  a%063d: {plugin: jsonl_reader, path: x}\n",
                   0);
    read_ok(yaml);
}
END_TEST

START_TEST(an_id_is_a_letter_and_then_letters_digits_and_two_marks)
{
    static const char *const wrong[] = {"''",    "'@a'", "'[a'",  "'`a'",  "'{a'",  "-a",    "_a",  "a.b",
                                        "'a:b'", "a/b",  "'a@b'", "'a[b'", "'a`b'", "'a{b'", "a b", "\u00e9"};
    char yaml[512];

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        (void)snprintf(yaml, sizeof yaml,
                       "repository: {plugin: plain_repository}\nentrypoints:\n  %s: {plugin: jsonl_reader, path: x}\n",
                       wrong[i]);
        ck_assert_int_eq(read_with(yaml, &(struct gw_bootstrap_request){.file = "f.yaml",
                                                                        .default_plugin_dir = "/plugins",
                                                                        .resolves_secrets = true}),
                         GW_CONFIG);
        ck_assert_msg(strstr(findings(), "f.yaml:3:3: error: ") == findings(), "%s: %s", wrong[i], findings());
    }
    read_ok("repository: {plugin: plain_repository}\nentrypoints:\n  AZaz-09_: {plugin: jsonl_reader, path: x}\n");
}
END_TEST

START_TEST(a_repeated_id_in_any_section_is_reported_with_both_places)
{
    assert_refused(
        "notifiers: {a: {plugin: console_notifier}}\n"
        "repository: {plugin: memory_repository}\n"
        "entrypoints:\n  a: {plugin: jsonl_reader, path: x}\n  repository: {plugin: jsonl_reader, path: x}\n",
        "f.yaml:4:3: error: the id 'a' is here twice, first at 1:13; expected an id of its own for each "
        "component\n"
        "f.yaml:5:3: error: the id 'repository' is here twice, first at 2:1; expected an id of its own for "
        "each component\n");
    assert_refused("{repository: {plugin: memory_repository}, entrypoints: {a: {plugin: jsonl_reader, path: x}}, "
                   "publishers: {a: {plugin: jsonl_writer, path: x}}}\n",
                   "f.yaml:1:107: error: the id 'a' is here twice, first at 1:57; expected an id of its own for each "
                   "component\n");
}
END_TEST

START_TEST(a_plugin_must_load_and_be_of_the_port_of_its_section)
{
    assert_refused("repository: {plugin: nobody}\nentrypoints:\n  a: {plugin: jsonl_writer, path: x}\n",
                   "f.yaml:1:22: error: /plugins/nobody.so: no such plugin\n"
                   "f.yaml:3:15: error: the plugin 'jsonl_writer' is of the port publisher and belongs under "
                   "'publishers'; expected one of the port entrypoint\n");
    assert_refused("repository: {plugin: plain_repository}\nentrypoints:\n  a: {plugin: stray_plugin, path: x}\n",
                   "f.yaml:3:15: error: the plugin 'stray_plugin' is of the port unknown and belongs under 'nothing'; "
                   "expected one of the port entrypoint\n");
}
END_TEST

START_TEST(a_component_without_a_plugin_is_refused)
{
    assert_refused("repository: {migrate: true}\nentrypoints:\n  a: {plugin: [jsonl_reader], path: x}\n",
                   "f.yaml:1:13: error: the key 'plugin' is missing; expected text, from 1 to 255 bytes: The plugin: "
                   "the name of its shared object without .so.\n"
                   "f.yaml:3:15: error: 'plugin' is a list; expected text, from 1 to 255 bytes\n");
}
END_TEST

START_TEST(a_plugin_may_not_have_a_key_of_the_core)
{
    assert_refused("repository: {plugin: memory_repository}\n"
                   "entrypoints:\n  a: {plugin: jsonl_reader, path: x}\n"
                   "publishers:\n  b: {plugin: clashing_writer}\n",
                   "f.yaml:5:15: error: the plugin 'clashing_writer' has an option 'timeout', which is the core's own "
                   "key\n");
}
END_TEST

START_TEST(a_component_is_a_map)
{
    assert_refused("repository: memory_repository\nentrypoints: [a]\n",
                   "f.yaml:1:13: error: 'repository' is not a map; expected one, such as {plugin: NAME}\n"
                   "f.yaml:2:14: error: 'entrypoints' is not a map; expected ids, each with a map such as {plugin: "
                   "NAME}\n");
}
END_TEST

START_TEST(events_of_routes_are_known_and_not_internal)
{
    assert_refused(
        HEAD "routes:\n  OutOfStok: {publish: [events]}\n  AllocationRequired: {publish: [events]}\n",
        "f.yaml:10:3: error: no event is called 'OutOfStok'; expected one of Allocated, Deallocated, "
        "OutOfStock; did you mean 'OutOfStock'?\n"
        "f.yaml:11:3: error: AllocationRequired is internal and cannot be routed; expected one of Allocated, "
        "Deallocated, OutOfStock\n");
}
END_TEST

START_TEST(destinations_are_known_and_of_the_right_kind)
{
    assert_refused(
        HEAD "routes:\n"
             "  Allocated: {publish: [event, console], notify: [events, console]}\n"
             "  OutOfStock: {publish: events, notfy: [console]}\n",
        "f.yaml:10:25: error: no publisher is called 'event'; expected events; did you mean 'events'?\n"
        "f.yaml:10:32: error: 'console' is defined under 'notifiers'; 'publish' expected the id of a publisher\n"
        "f.yaml:10:51: error: 'events' is defined under 'publishers'; 'notify' expected the id of a notifier\n"
        "f.yaml:11:25: error: 'publish' is not a list; expected ids, such as [publisher]\n"
        "f.yaml:11:33: error: unknown key 'notfy'; expected one of publish, notify, fallback, group, repeat; did you "
        "mean 'notify'?\n");
}
END_TEST

START_TEST(a_destination_occurs_once_per_event)
{
    assert_refused(HEAD "routes:\n"
                        "  Allocated: {publish: [events, events]}\n"
                        "  OutOfStock: {notify: [console], fallback: [console]}\n"
                        "  Deallocated: {fallback: [console, console]}\n",
                   "f.yaml:10:33: error: 'events' is there twice for Allocated; expected each once\n"
                   "f.yaml:11:46: error: 'console' is there twice for OutOfStock; expected each once\n"
                   "f.yaml:12:27: error: 'fallback' without 'notify' is never used; expected both\n"
                   "f.yaml:12:37: error: 'console' is there twice for Deallocated; expected each once\n");
}
END_TEST

START_TEST(every_template_fits_every_event_that_is_routed_to_it)
{
    assert_refused("repository: {plugin: memory_repository}\n"
                   "entrypoints:\n  a: {plugin: jsonl_reader, path: x}\n"
                   "notifiers:\n  console: {plugin: console_notifier, text: '{sku} of {batchref}'}\n"
                   "routes: {Allocated: {notify: [console]}, OutOfStock: {notify: [console]}}\n",
                   "f.yaml:5:45: error: 'text' does not fit OutOfStock: unknown field 'batchref'; expected one of sku, "
                   "orderid, qty, count, lines\n");
}
END_TEST

START_TEST(a_group_has_a_key_a_wait_and_a_maximum)
{
    const struct gw_group_settings *group;

    read_ok(HEAD "routes: {OutOfStock: {notify: [console], group: {by: [sku, qty], wait: 5m, max: 7}}}\n");
    group = &route_of("OutOfStock")->group;
    ck_assert_uint_eq(group->by.count, 2);
    ck_assert_str_eq(group->by.items[1], "qty");
    ck_assert_int_eq(group->wait_ms, 300000);
    ck_assert_int_eq(group->max, 7);
    ck_assert_uint_eq(route_of("Allocated")->group.by.count, 0);
    read_ok(HEAD "routes: {OutOfStock: {notify: [console], group: {by: [sku]}}}\n");
    group = &route_of("OutOfStock")->group;
    ck_assert_int_eq(group->wait_ms, 30000);
    ck_assert_int_eq(group->max, 100);
}
END_TEST

START_TEST(a_repeat_belongs_to_a_group_and_is_kept_long_enough)
{
    read_ok(HEAD "routes: {OutOfStock: {notify: [console], group: {by: [sku]}, repeat: 4h}}\n");
    ck_assert_int_eq(route_of("OutOfStock")->group.repeat_ms, 4 * 3600 * 1000);
    read_ok(HEAD "routes: {OutOfStock: {notify: [console], group: {by: [sku]}}}\n");
    ck_assert_int_eq(route_of("OutOfStock")->group.repeat_ms, 0);
    read_ok(HEAD "routes: {OutOfStock: {notify: [console], group: {by: [sku]}, repeat: 8d}}\nnotify: {keep: 8d}\n");
    assert_refused(
        HEAD "routes:\n"
             "  OutOfStock: {notify: [console], group: {by: [sku]}, repeat: 8d}\n"
             "  Allocated: {notify: [console], repeat: 1h}\n",
        "f.yaml:10:63: error: 'repeat' is 8d, but 'notify.keep' is only 7d, so it would be forgotten when the "
        "last notice was sent; expected notify: {keep: 8d} or more\n"
        "f.yaml:11:42: error: 'repeat' without 'group' has no effect, because no two notices are of one group; "
        "expected both\n");
}
END_TEST

START_TEST(a_group_names_fields_of_its_event_and_belongs_to_a_notice)
{
    assert_refused(HEAD "routes:\n"
                        "  OutOfStock: {notify: [console], group: {by: [skuu]}}\n"
                        "  Allocated: {publish: [events], group: {by: [sku]}}\n"
                        "  Deallocated: {notify: [console], group: 30s}\n",
                   "f.yaml:10:47: error: 'by': OutOfStock has no field 'skuu'; expected one of sku, orderid, qty; did "
                   "you mean 'sku'?\n"
                   "f.yaml:11:41: error: 'group' without 'notify' is never used; expected both\n"
                   "f.yaml:12:43: error: 'group' is not a map; expected one, such as {by: [sku], wait: 30s, max: "
                   "100}\n");
}
END_TEST

/* The position is that of the template, and the finding names the values with which it fails. */
START_TEST(a_template_that_cannot_be_rendered_with_some_values_is_refused)
{
    static const char start[] = "f.yaml:9:65: error: 'text' ";
    struct gw_bootstrap_request request = {
        .file = "f.yaml", .default_plugin_dir = "/plugins", .resolves_secrets = true};

    ck_assert_int_eq(read_with(HEAD "  mail: {plugin: smtp_notifier, url: smtp://m, to: [a@x], text: "
                                    "'{{\"1{sku}\": 1, \"1\": {qty}}}'}\n"
                                    "routes: {Allocated: {notify: [console], fallback: [mail]}}\n",
                               &request),
                     GW_CONFIG);
    ck_assert_uint_eq(diagnostics.errors, 1);
    ck_assert_msg(strncmp(findings(), start, sizeof start - 1) == 0, "%s", findings());
    ck_assert_ptr_nonnull(strstr(findings(), "Allocated"));
    ck_assert_ptr_nonnull(strstr(findings(), "'empty'"));
}
END_TEST

START_TEST(a_notifier_has_recipients_and_none_twice)
{
    assert_refused(HEAD "  mail: {plugin: smtp_notifier, url: smtp://m}\nroutes: {Allocated: {notify: [mail]}}\n",
                   "f.yaml:9:9: error: 'mail' has no recipient; expected at least one\n");
    assert_refused(HEAD "  mail: {plugin: smtp_notifier, url: smtp://m, to: [a@x, a@x]}\n"
                        "routes: {Allocated: {notify: [mail]}}\n",
                   "f.yaml:9:52: error: a recipient in 'to' is there twice; expected each once\n");
    assert_refused(HEAD "  mail: {plugin: smtp_notifier, url: smtp://m, to: ['']}\n"
                        "routes: {Allocated: {notify: [mail]}}\n",
                   "f.yaml:9:53: error: an item of 'to' is empty; expected who is notified\n");
}
END_TEST

#define CHAT HEAD "  chat: {plugin: chat_notifier"

START_TEST(a_recipient_may_be_a_single_option_with_a_default)
{
    const struct gw_component *chat;

    read_ok(CHAT ", also: me, tags: [x], text: '{sku}'}\n"
                 "routes: {Allocated: {publish: [events], notify: [console, chat]}}\n");
    chat = bootstrap->notifiers.items[1];
    ck_assert_uint_eq(chat->recipient_count, 2);
    ck_assert_str_eq(chat->recipients[0], "me");
    ck_assert_str_eq(chat->recipients[1], "#stock");
    assert_refused(CHAT ", also: '#stock', text: '{sku}'}\nroutes: {Allocated: {notify: [chat]}}\n",
                   "f.yaml:9:9: error: a recipient in 'channel' is there twice; expected each once\n");
}
END_TEST

START_TEST(a_default_template_fits_every_event_too)
{
    read_ok(CHAT "}\nroutes: {Allocated: {publish: [events], notify: [console, chat]}}\n");
    assert_refused(CHAT "}\nroutes: {OutOfStock: {publish: [events], notify: [console, chat]}}\n",
                   "f.yaml:9:9: error: 'text' does not fit OutOfStock: unknown field 'batchref'; expected one of sku, "
                   "orderid, qty, count, lines\n");
}
END_TEST

START_TEST(a_plugin_without_memory_is_no_wrong_file)
{
    struct gw_bootstrap_request request = {
        .file = "f.yaml", .default_plugin_dir = "/plugins", .resolves_secrets = true};

    ck_assert_int_eq(
        read_with("repository: {plugin: heavy_plugin}\nentrypoints: {a: {plugin: jsonl_reader, path: x}}\n", &request),
        GW_NOMEM);
    ck_assert_ptr_null(bootstrap);
}
END_TEST

START_TEST(routes_need_a_repository_with_an_outbox)
{
    assert_refused("repository: {plugin: plain_repository}\n"
                   "entrypoints:\n  a: {plugin: jsonl_reader, path: x}\n"
                   "notifiers:\n  console: {plugin: console_notifier}\n"
                   "routes: {OutOfStock: {notify: [console]}}\n",
                   "f.yaml:6:1: error: the repository's plugin 'plain_repository' keeps no outbox, so nothing can be "
                   "routed; expected no routes, or a repository with an outbox\n");
    read_ok("repository: {plugin: plain_repository}\nentrypoints:\n  a: {plugin: jsonl_reader, path: x}\nroutes: {}\n");
    assert_refused("entrypoints:\n  a: {plugin: jsonl_reader, path: x}\nroutes: {}\n",
                   "f.yaml:1:1: error: the key 'repository' is missing; expected a map, such as {plugin: NAME}\n");
}
END_TEST

START_TEST(a_backoff_does_not_exceed_its_maximum)
{
    assert_refused(HEAD "  slow: {plugin: console_notifier, backoff: 2m}\nroutes: {OutOfStock: {notify: [slow]}}\n",
                   "f.yaml:9:45: error: 'backoff' is longer than 'backoff_max'; expected it to be shorter\n");
    assert_refused(HEAD
                   "  slow: {plugin: console_notifier, backoff_max: 1ms}\nroutes: {OutOfStock: {notify: [slow]}}\n",
                   "f.yaml:9:49: error: 'backoff' is longer than 'backoff_max'; expected it to be shorter\n");
    read_ok(HEAD "  slow: {plugin: console_notifier, backoff: 2s, backoff_max: 2s}\n"
                 "routes: {OutOfStock: {publish: [events], notify: [slow, console]}}\n");
}
END_TEST

START_TEST(every_map_of_the_file_is_a_map)
{
    assert_refused("[service]\n", "f.yaml:1:1: error: the file is not a map; expected one with the keys repository, "
                                  "entrypoints and others\n");
    assert_refused(HEAD "inbox: 1d\nroutes: [Allocated]\n",
                   "f.yaml:9:8: error: 'inbox' is not a map; expected one, such as inbox: {keep: ...}\n"
                   "f.yaml:10:9: error: 'routes' is not a map; expected events, each with a map such as {publish: "
                   "[ID]}\n");
    assert_refused(HEAD "routes: {Allocated: [events], OutOfStock: {publish: [[events]]}}\n",
                   "f.yaml:9:21: error: the route of Allocated is not a map; expected one, such as {publish: [ID]}\n"
                   "f.yaml:9:54: error: an item of 'publish' is no id; expected the id of a publisher\n");
}
END_TEST

/* ---- warnings and secrets ------------------------------------------------------------------------------------- */

START_TEST(a_destination_without_a_route_is_a_warning)
{
    read_ok(HEAD "routes: {OutOfStock: {publish: [events]}}\n");
    ck_assert_str_eq(findings(),
                     "f.yaml:8:3: warning: the notifier 'console' has no route, so nothing ever goes to it\n");
}
END_TEST

#define MAIL                                                                                                      \
    HEAD "  mail: {plugin: smtp_notifier, url: {env: GW_TEST_URL}, password: {env: GW_TEST_NOBODY}, to: [a@x]}\n" \
         "routes: {OutOfStock: {publish: [events], notify: [console, mail]}}\n"

START_TEST(a_listener_has_an_address_and_is_warned_of_unless_it_is_loopback)
{
    assert_refused(HEAD "routes: {Allocated: {publish: [events], notify: [console]}}\nadmin: {listen: 'localhost'}\n",
                   "f.yaml:10:17: error: 'listen' is not an address; expected HOST:PORT with a numeric HOST or "
                   "localhost, such as 127.0.0.1:9477 or [::1]:9477\n");
    read_ok(WHOLE "admin: {listen: '[::1]:9477', socket: a.sock}\n");
    ck_assert_uint_eq(diagnostics.warnings, 0);
    ck_assert_str_eq(bootstrap->settings.admin_listen, "[::1]:9477");
    ck_assert_str_eq(bootstrap->settings.admin_socket, scratch_path("a.sock"));
    read_ok(WHOLE "admin: {listen: '0.0.0.0:9477'}\n");
    ck_assert_uint_eq(diagnostics.warnings, 1);
    ck_assert_int_eq(strncmp(findings(), "f.yaml:12:17: warning: 'listen'", 31), 0);
    ck_assert_ptr_null(bootstrap->settings.admin_socket);
}
END_TEST

START_TEST(without_secrets_a_missing_one_is_a_warning_and_the_component_unresolved)
{
    struct gw_bootstrap_request request = {.file = "f.yaml", .default_plugin_dir = "/plugins"};

    (void)unsetenv("GW_TEST_NOBODY");
    ck_assert_int_eq(setenv("GW_TEST_URL", "smtp://canary", 1), 0);
    ck_assert_int_eq(read_with(MAIL, &request), GW_OK);
    ck_assert_str_eq(findings(), "f.yaml:9:68: warning: 'password': the environment variable 'GW_TEST_NOBODY' is not "
                                 "set\n");
    ck_assert(!bootstrap->notifiers.items[1]->is_resolved);
    ck_assert(bootstrap->notifiers.items[0]->is_resolved);
    ck_assert_ptr_null(strstr(((const struct fake_mail_config *)bootstrap->notifiers.items[1]->config)->url, "canary"));
}
END_TEST

START_TEST(with_secrets_a_missing_one_is_an_error)
{
    (void)unsetenv("GW_TEST_NOBODY");
    ck_assert_int_eq(setenv("GW_TEST_URL", "smtp://canary", 1), 0);
    assert_refused(MAIL, "f.yaml:9:68: error: 'password': the environment variable 'GW_TEST_NOBODY' is not set\n");
    ck_assert_int_eq(setenv("GW_TEST_NOBODY", "hush", 1), 0);
    read_ok(MAIL);
    ck_assert_str_eq(((const struct fake_mail_config *)bootstrap->notifiers.items[1]->config)->url, "smtp://canary");
    ck_assert(bootstrap->notifiers.items[1]->is_resolved);
}
END_TEST

START_TEST(a_plugin_named_by_a_reference_is_checked_once_it_is_known)
{
    static const char yaml[] = "repository: {plugin: {env: GW_TEST_PLUGIN}}\n"
                               "entrypoints:\n  a: {plugin: jsonl_reader, path: x}\n";
    struct gw_bootstrap_request request = {.file = "f.yaml", .default_plugin_dir = "/plugins"};

    ck_assert_int_eq(setenv("GW_TEST_PLUGIN", "plain_repository", 1), 0);
    read_ok(yaml);
    ck_assert_ptr_eq(bootstrap->repository->plugin, fake_plugin("plain_repository"));
    ck_assert_int_eq(read_with(yaml, &request), GW_OK);
    ck_assert_ptr_null(bootstrap->repository->plugin);
    ck_assert(!bootstrap->repository->is_resolved);
}
END_TEST

static TCase *model_tests(void)
{
    TCase *tests = tcase_create("model");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_file_becomes_components_with_their_options);
    tcase_add_test(tests, the_core_keys_have_their_defaults);
    tcase_add_test(tests, a_cache_is_a_size_or_off);
    tcase_add_test(tests, destinations_have_their_delivery_settings);
    tcase_add_test(tests, routes_name_components_and_unrouted_events_go_nowhere);
    tcase_add_test(tests, a_notifier_has_its_templates_and_a_recipient_for_each_row);
    tcase_add_test(tests, only_the_option_text_falls_back_to_the_text_of_the_event);
    tcase_add_test(tests, a_session_is_counted_for_each_worker_and_destination_and_the_main_thread);
    tcase_add_test(tests, the_plugin_directory_of_the_command_line_is_strongest);
    tcase_add_test(tests, a_destination_without_a_route_is_a_warning);
    tcase_add_test(tests, a_listener_has_an_address_and_is_warned_of_unless_it_is_loopback);
    tcase_add_test(tests, without_secrets_a_missing_one_is_a_warning_and_the_component_unresolved);
    tcase_add_test(tests, with_secrets_a_missing_one_is_an_error);
    tcase_add_test(tests, a_plugin_named_by_a_reference_is_checked_once_it_is_known);
    return tests;
}

static TCase *refusal_tests(void)
{
    TCase *tests = tcase_create("refusals");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_error_names_the_missing_file);
    tcase_add_test(tests, repository_and_an_entrypoint_are_required);
    tcase_add_test(tests, an_input_that_cannot_be_shared_takes_one_worker);
    tcase_add_test(tests, an_unknown_section_is_reported_with_the_nearest_one);
    tcase_add_test(tests, the_keys_of_core_and_plugin_are_known_and_no_others);
    tcase_add_test(tests, ids_are_well_formed);
    tcase_add_test(tests, an_id_is_a_letter_and_then_letters_digits_and_two_marks);
    tcase_add_test(tests, a_component_without_a_plugin_is_refused);
    tcase_add_test(tests, a_recipient_may_be_a_single_option_with_a_default);
    tcase_add_test(tests, a_default_template_fits_every_event_too);
    tcase_add_test(tests, a_plugin_without_memory_is_no_wrong_file);
    tcase_add_test(tests, an_input_that_can_be_shared_takes_several_workers);
    tcase_add_test(tests, a_repeated_id_in_any_section_is_reported_with_both_places);
    tcase_add_test(tests, a_plugin_must_load_and_be_of_the_port_of_its_section);
    tcase_add_test(tests, a_plugin_may_not_have_a_key_of_the_core);
    tcase_add_test(tests, a_component_is_a_map);
    tcase_add_test(tests, events_of_routes_are_known_and_not_internal);
    tcase_add_test(tests, destinations_are_known_and_of_the_right_kind);
    tcase_add_test(tests, a_destination_occurs_once_per_event);
    tcase_add_test(tests, a_group_has_a_key_a_wait_and_a_maximum);
    tcase_add_test(tests, a_repeat_belongs_to_a_group_and_is_kept_long_enough);
    tcase_add_test(tests, a_group_names_fields_of_its_event_and_belongs_to_a_notice);
    tcase_add_test(tests, every_template_fits_every_event_that_is_routed_to_it);
    tcase_add_test(tests, a_template_that_cannot_be_rendered_with_some_values_is_refused);
    tcase_add_test(tests, a_notifier_has_recipients_and_none_twice);
    tcase_add_test(tests, routes_need_a_repository_with_an_outbox);
    tcase_add_test(tests, a_backoff_does_not_exceed_its_maximum);
    tcase_add_test(tests, every_map_of_the_file_is_a_map);
    return tests;
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("bootstrap");

    suite_add_tcase(suite, model_tests());
    suite_add_tcase(suite, refusal_tests());
    return suite;
}
