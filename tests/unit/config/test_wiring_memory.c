/* SPDX-License-Identifier: Apache-2.0 */
/* The n-th allocation of a configuration and its routes fails, for every n. Its allocator is its own: no sanitizers. */
#include "check_main.h"
#include "config/bootstrap.h"
#include "config/wiring.h"
#include "failing_memory.h"
#include "fake_plugins.h"
#include "service/message_bus.h"

#include <gangway/scope.h>

static const char yaml[] = "repository: {plugin: memory_repository}\n"
                           "entrypoints:\n"
                           "  commands: {plugin: jsonl_reader, path: c}\n"
                           "publishers:\n"
                           "  events: {plugin: jsonl_writer, path: e}\n"
                           "notifiers:\n"
                           "  mail: {plugin: smtp_notifier, url: u, to: [a@x, b@x]}\n"
                           "routes:\n"
                           "  Allocated: {publish: [events], notify: [mail]}\n"
                           "  OutOfStock: {notify: [mail]}\n";

static struct gw_arena *bootstrap_arena;
static const struct gw_bootstrap *bootstrap;

static enum gw_status read_into(struct gw_arena *arena, const struct gw_bootstrap **ret_bootstrap)
{
    struct gw_bootstrap_request request = {
        .file = "f.yaml", .default_plugin_dir = "/plugins", .resolves_secrets = true, .text = yaml};
    struct gw_diagnostics diagnostics;

    gw_diagnostics_init(&diagnostics, arena, "f.yaml");
    return gw_bootstrap_read(arena, &request, &diagnostics, ret_bootstrap);
}

static enum gw_status read_bootstrap(void)
{
    struct gw_arena *arena = gw_arena_new(1024 * 1024);
    const struct gw_bootstrap *read = NULL;
    enum gw_status status = arena != NULL ? read_into(arena, &read) : GW_NOMEM;

    gw_arena_free(arena);
    return (status == GW_OK) == (read != NULL) ? status : GW_INTERNAL;
}

static enum gw_status wire(void)
{
    struct gw_arena *arena = gw_arena_new(1024 * 1024);
    struct gw_message_bus *bus = arena != NULL ? gw_wiring_bus(arena, bootstrap) : NULL;
    enum gw_status status = bus != NULL ? GW_OK : GW_NOMEM;

    gw_message_bus_free(bus);
    gw_arena_free(arena);
    return status;
}

/* The findings of a file, three for one place, are printed whole or the buffer has failed. */
static enum gw_status print_findings(void)
{
    struct gw_arena *arena = gw_arena_new(1024 * 1024);
    struct gw_diagnostics diagnostics;
    struct gw_buffer printed;
    enum gw_status status;

    if (arena == NULL)
        return GW_NOMEM;
    gw_buffer_init(&printed, 64 * 1024);
    gw_diagnostics_init(&diagnostics, arena, "f.yaml");
    gw_diagnostics_add(&diagnostics, GW_SEVERITY_ERROR, 2, 1, "first");
    gw_diagnostics_add(&diagnostics, GW_SEVERITY_WARNING, 2, 1, "second");
    gw_diagnostics_add(&diagnostics, GW_SEVERITY_ERROR, 1, 9, "before");
    gw_diagnostics_print(&diagnostics, &printed);
    status = diagnostics.has_failed || printed.has_failed ? GW_NOMEM : GW_OK;
    if (status == GW_OK && strcmp(printed.ptr, "f.yaml:1:9: error: before\n"
                                               "f.yaml:2:1: error: first\n"
                                               "f.yaml:2:1: warning: second\n") != 0)
        status = GW_INTERNAL;
    gw_buffer_done(&printed);
    gw_arena_free(arena);
    return status;
}

static void set_up(void)
{
    bootstrap_arena = gw_arena_new(1024 * 1024);
    ck_assert_int_eq(read_into(bootstrap_arena, &bootstrap), GW_OK);
}

static void tear_down(void)
{
    gw_arena_free(bootstrap_arena);
}

START_TEST(a_configuration_is_read_whole_or_memory_has_run_out)
{
    ck_assert_int_gt(failing_memory_torture(read_bootstrap), 100);
}
END_TEST

START_TEST(a_bus_has_all_of_its_routes_or_is_none)
{
    ck_assert_int_gt(failing_memory_torture(wire), 8);
}
END_TEST

START_TEST(findings_are_printed_whole_or_not_at_all)
{
    ck_assert_int_gt(failing_memory_torture(print_findings), 7);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("wiring_memory");
    TCase *tests = tcase_create("allocations");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_configuration_is_read_whole_or_memory_has_run_out);
    tcase_add_test(tests, a_bus_has_all_of_its_routes_or_is_none);
    tcase_add_test(tests, findings_are_printed_whole_or_not_at_all);
    suite_add_tcase(suite, tests);
    return suite;
}
