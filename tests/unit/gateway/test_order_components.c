/* SPDX-License-Identifier: Apache-2.0 */
/* What a verdict says of the components that were changed, and the figures beside a plan: on a gateway with a scripted
 * input and destination, before its start and after a finite run. */
#include "base/clock.h"
#include "check_main.h"
#include "gateway/gateway_internal.h"
#include "gateway/plan_figures.h"
#include "gateway_inside.h"
#include "process/wakeup.h"
#include "scripted.h"
#include "scripted_destination.h"
#include "worker/identity.h"

#include <gangway/scope.h>

#include <poll.h>
#include <string.h>

static const struct gw_log quiet = {.format = GW_LOG_JSON, .level = GW_LOG_ERROR};

static struct gw_session *session;
static struct gw_component repository, orders, console;
static struct gw_bootstrap model;
static const struct gw_component *const entrypoint_list[] = {&orders};
static const struct gw_component *const notifier_list[] = {&console};
static struct gw_gateway_plan plan;
static struct gw_gateway *gateway;
static struct gw_arena *arena;
static struct gw_error error;
static struct gw_order_verdict verdict;

static void set_up(void)
{
    ck_assert(gw_identity_init());
    session = scripted_repository_open();
    scripted_repository_lend();
    repository = (struct gw_component){.id = "repository",
                                       .section = GW_SECTION_REPOSITORY,
                                       .plugin = &scripted_repository.plugin,
                                       .config = scripted_repository.memory.config};
    orders = (struct gw_component){.id = "orders",
                                   .section = GW_SECTION_ENTRYPOINTS,
                                   .plugin = &scripted_entrypoint_plugin,
                                   .settings.entrypoint = {.workers = 1, .turn = 4, .max_dead = 20}};
    console = notifier_component(INT64_MAX / 4);
    model = (struct gw_bootstrap){.settings = {.service = "test"},
                                  .repository = &repository,
                                  .entrypoints = {entrypoint_list, 1},
                                  .notifiers = {notifier_list, 1}};
    plan = (struct gw_gateway_plan){.configuration = gw_configuration_new(NULL, &model),
                                    .log = &quiet,
                                    .loop = gw_event_loop_new(),
                                    .signals = gw_wakeup_open(),
                                    .reloads = -1};
    arena = gw_arena_new(1024 * 1024);
    ck_assert_msg(gw_gateway_new(&plan, &gateway, &error) == GW_OK, "%s", error.text);
}

static void tear_down(void)
{
    gw_arena_free(verdict.arena);
    verdict = (struct gw_order_verdict){0};
    ck_assert(gw_gateway_free(gateway));
    gw_event_loop_free(plan.loop);
    gw_configuration_release(plan.configuration);
    gw_wakeup_close(plan.signals);
    gw_arena_free(arena);
}

static void run_to_the_end(void)
{
    enum gw_gateway_end end = GW_GATEWAY_FAILED;

    ck_assert_msg(gw_gateway_run(gateway, &end, &error) == GW_OK, "%s", error.text);
    ck_assert_int_eq(end, GW_GATEWAY_FINISHED);
}

/* All that a file can do to a component. */
static void note(void)
{
    static const struct gw_plan_component changed[] = {{.id = "orders", .verb = GW_PLAN_REPLACED},
                                                       {.id = "kept", .verb = GW_PLAN_UNCHANGED},
                                                       {.id = "console", .verb = GW_PLAN_ADDED},
                                                       {.id = "old", .verb = GW_PLAN_REMOVED}};
    const struct gw_plan noted = {.components = changed, .component_count = gw_array_length(changed)};

    gw_gateway_note_components(&verdict, &noted);
}

static const struct gw_component_verdict *verdict_of(const char *id)
{
    for (uint32_t index = 0; index < verdict.component_count; index++)
        if (strcmp(verdict.components[index].id, id) == 0)
            return &verdict.components[index];
    ck_abort_msg("no component %s", id);
}

START_TEST(only_components_that_changed_are_noted)
{
    note();
    ck_assert_uint_eq(verdict.component_count, 3);
    ck_assert_str_eq(verdict_of("orders")->change, "replaced");
    ck_assert_str_eq(verdict_of("console")->change, "added");
    ck_assert_str_eq(verdict_of("old")->change, "removed");
    ck_assert_ptr_null(verdict_of("orders")->state);
}
END_TEST

START_TEST(a_component_that_is_not_up_has_a_reason)
{
    note();
    gw_gateway_judge_components(gateway, &verdict);
    ck_assert_str_eq(verdict_of("orders")->state, "open");
    ck_assert_ptr_nonnull(verdict_of("orders")->reason);
    ck_assert_ptr_nonnull(verdict_of("console")->reason);
    ck_assert_ptr_null(verdict_of("old")->state);
    ck_assert_ptr_null(verdict_of("old")->reason);
}
END_TEST

START_TEST(a_blocked_thread_has_another_reason_than_one_that_is_about_to_come_up)
{
    struct gw_component_thread *thread = gw_relay_thread(first_relay(gateway));
    const char *reason;

    note();
    thread->is_running = true;
    gw_component_thread_beat(thread);
    gw_gateway_judge_components(gateway, &verdict);
    reason = verdict_of("console")->reason;
    atomic_store(&thread->beat, gw_clock_monotonic_ms() - 60000);
    gw_gateway_judge_components(gateway, &verdict);
    ck_assert_str_ne(verdict_of("console")->reason, reason);
    thread->is_running = false;
}
END_TEST

START_TEST(what_came_up_has_no_reason)
{
    run_to_the_end();
    note();
    gw_gateway_judge_components(gateway, &verdict);
    ck_assert_str_eq(verdict_of("orders")->state, "ended");
    ck_assert_ptr_null(verdict_of("orders")->reason);
    ck_assert_ptr_null(verdict_of("console")->reason);
}
END_TEST

START_TEST(without_a_backlog_nothing_is_known_beside_a_plan)
{
    struct gw_plan_figures figures;

    ck_assert(gw_gateway_take_plan_figures(gateway, arena, &figures));
    ck_assert_uint_eq(figures.count, 0);
    ck_assert_int_eq(gw_plan_figure_of(&figures, "console").pending, -1);
}
END_TEST

/* The first delivery waits until the housekeeper has read the backlog, so nothing is settled before. */
static void await_backlog(void)
{
    while (!has_backlog(gateway))
        (void)poll(NULL, 0, 1);
}

START_TEST(each_destination_has_the_number_of_events_that_wait)
{
    struct gw_plan_figures figures;

    scripted_destination.in_call = await_backlog;
    add_rows(session, "console", 2);
    run_to_the_end();
    ck_assert(gw_gateway_take_plan_figures(gateway, arena, &figures));
    ck_assert_uint_eq(figures.count, 1);
    ck_assert_int_eq(gw_plan_figure_of(&figures, "console").pending, 2);
    ck_assert_ptr_null(gw_plan_figure_of(&figures, "console").holder);
    ck_assert_int_eq(gw_plan_figure_of(&figures, "events").pending, -1);
}
END_TEST

START_TEST(without_memory_there_are_no_figures)
{
    struct gw_arena *small = gw_arena_new(1);
    struct gw_plan_figures figures;

    ck_assert(!gw_gateway_take_plan_figures(gateway, small, &figures));
    gw_arena_free(small);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("order_components");
    TCase *tests = tcase_create("components");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, only_components_that_changed_are_noted);
    tcase_add_test(tests, a_component_that_is_not_up_has_a_reason);
    tcase_add_test(tests, a_blocked_thread_has_another_reason_than_one_that_is_about_to_come_up);
    tcase_add_test(tests, what_came_up_has_no_reason);
    tcase_add_test(tests, without_a_backlog_nothing_is_known_beside_a_plan);
    tcase_add_test(tests, each_destination_has_the_number_of_events_that_wait);
    tcase_add_test(tests, without_memory_there_are_no_figures);
    suite_add_tcase(suite, tests);
    return suite;
}
