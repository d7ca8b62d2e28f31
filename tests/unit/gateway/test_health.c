/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a gateway says that it is alive and ready, and who is at fault when it is not. */
#include "base/clock.h"
#include "check_main.h"
#include "gateway/gateway_internal.h"
#include "gateway/health.h"
#include "process/wakeup.h"
#include "scripted.h"
#include "worker/identity.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

static const struct gw_log quiet = {.format = GW_LOG_JSON, .level = GW_LOG_ERROR};

static struct gw_session *session; /* which the repository keeps */
static struct gw_component repository, orders;
static struct gw_bootstrap model;
static const struct gw_component *const entrypoint_list[] = {&orders};
static struct gw_gateway *gateway;
static struct gw_gateway_plan plan;
static char problems[256];

static void set_up(void)
{
    struct gw_error error = {0};

    ck_assert(gw_identity_init());
    session = scripted_repository_open();
    ck_assert_ptr_nonnull(session);
    repository = (struct gw_component){.id = "repository",
                                       .section = GW_SECTION_REPOSITORY,
                                       .plugin = &scripted_repository.plugin,
                                       .config = scripted_repository.memory.config};
    orders = (struct gw_component){.id = "orders",
                                   .section = GW_SECTION_ENTRYPOINTS,
                                   .plugin = &scripted_entrypoint_plugin,
                                   .settings.entrypoint = {.workers = 1, .turn = 4, .max_dead = 20}};
    model = (struct gw_bootstrap){
        .settings = {.service = "test"}, .repository = &repository, .entrypoints = {entrypoint_list, 1}};
    scripted_repository_lend();
    plan = (struct gw_gateway_plan){.configuration = gw_configuration_new(NULL, &model),
                                    .log = &quiet,
                                    .loop = gw_event_loop_new(),
                                    .signals = gw_wakeup_open(),
                                    .reloads = -1};
    ck_assert_msg(gw_gateway_new(&plan, &gateway, &error) == GW_OK, "%s", error.text);
}

static void tear_down(void)
{
    gw_gateway_free(gateway);
    scripted_repository.ops.close_session(session);
    gw_event_loop_free(plan.loop);
    gw_configuration_release(plan.configuration);
    gw_wakeup_close(plan.signals);
}

static void note(void *context, const struct gw_health_problem *problem)
{
    size_t length = strlen(problems);

    (void)context;
    ck_assert_ptr_nonnull(problem->reason);
    (void)snprintf(problems + length, sizeof problems - length, "%s %s;",
                   problem->component != NULL ? problem->component : "-", problem->code != NULL ? problem->code : "-");
}

static const struct gw_health_visitor visitor = {NULL, note};

static const char *unready(const struct gw_gateway *asked)
{
    problems[0] = '\0';
    ck_assert_int_eq(gw_gateway_is_ready(asked, &visitor), problems[0] == '\0');
    return problems;
}

static const char *dead(const struct gw_gateway *asked)
{
    problems[0] = '\0';
    ck_assert_int_eq(gw_gateway_is_alive(asked, &visitor), problems[0] == '\0');
    return problems;
}

static void run(void)
{
    enum gw_gateway_end end;
    struct gw_error error = {0};

    ck_assert_msg(gw_gateway_run(gateway, &end, &error) == GW_OK, "%s", error.text);
}

START_TEST(a_gateway_that_is_starting_is_alive_and_not_ready)
{
    ck_assert_str_eq(unready(NULL), "- -;");
    ck_assert_str_eq(dead(NULL), "");
}
END_TEST

START_TEST(it_is_ready_when_its_workers_have_joined_their_input)
{
    ck_assert_str_eq(unready(gateway), "orders -;");
    ck_assert_str_eq(dead(gateway), "");
    run();
    ck_assert_str_eq(unready(gateway), "");
}
END_TEST

START_TEST(it_is_not_ready_when_a_worker_has_stopped)
{
    scripted_entrypoint.ends_with = GW_PERMANENT;
    run();
    ck_assert_str_eq(unready(gateway), "orders " GW_CODE_WORKER_STOPPED ";");
}
END_TEST

START_TEST(it_is_not_ready_when_it_is_asked_to_stop)
{
    run();
    gateway->is_asked_to_stop = true;
    ck_assert_str_eq(unready(gateway), "- " GW_CODE_GATEWAY_DRAINING ";");
}
END_TEST

START_TEST(it_is_not_alive_when_a_thread_has_been_silent_for_more_than_a_minute)
{
    gateway->housekeeper.thread.is_running = true;
    atomic_store(&gateway->housekeeper.thread.beat, gw_clock_monotonic_ms() - GW_HEALTH_SILENT_MAX_MS + 1000);
    ck_assert_str_eq(dead(gateway), "");
    atomic_store(&gateway->housekeeper.thread.beat, gw_clock_monotonic_ms() - GW_HEALTH_SILENT_MAX_MS - 1);
    ck_assert_str_eq(dead(gateway), "repository -;");
    atomic_store(&gateway->housekeeper.thread.beat, GW_BEAT_WAITING);
    ck_assert_str_eq(dead(gateway), "");
    gateway->housekeeper.thread.is_running = false;
}
END_TEST

START_TEST(it_is_not_alive_when_an_apply_has_been_silent_for_more_than_a_minute)
{
    ck_assert_str_eq(dead(gateway), "");
    atomic_store(&gateway->apply_beat, gw_clock_monotonic_ms() - GW_HEALTH_SILENT_MAX_MS + 1000);
    ck_assert_str_eq(dead(gateway), "");
    atomic_store(&gateway->apply_beat, gw_clock_monotonic_ms() - GW_HEALTH_SILENT_MAX_MS - 1);
    ck_assert_str_eq(dead(gateway), "- -;");
}
END_TEST

/* A file that cannot be read: the apply ends at once, and its thread is silent for ever afterwards. */
START_TEST(an_apply_that_has_ended_is_not_silent)
{
    struct gw_bootstrap_request request = {.file = "/nowhere.yaml"};
    const struct gw_apply_plan apply_plan = {.request = request,
                                             .before = plan.configuration,
                                             .site = &gateway->site,
                                             .arena = gw_arena_new(1024),
                                             .ended = gateway->ended,
                                             .beat = &gateway->apply_beat};
    struct gw_error error = {0};

    ck_assert_int_eq(gw_apply_start(&apply_plan, &gateway->apply, &error), GW_OK);
    while (!gw_apply_has_ended(gateway->apply))
        (void)poll(NULL, 0, 1);
    ck_assert_int_eq(atomic_load(&gateway->apply_beat), GW_BEAT_WAITING);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("health");
    TCase *tests = tcase_create("health");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_gateway_that_is_starting_is_alive_and_not_ready);
    tcase_add_test(tests, it_is_ready_when_its_workers_have_joined_their_input);
    tcase_add_test(tests, it_is_not_ready_when_a_worker_has_stopped);
    tcase_add_test(tests, it_is_not_ready_when_it_is_asked_to_stop);
    tcase_add_test(tests, it_is_not_alive_when_a_thread_has_been_silent_for_more_than_a_minute);
    tcase_add_test(tests, it_is_not_alive_when_an_apply_has_been_silent_for_more_than_a_minute);
    tcase_add_test(tests, an_apply_that_has_ended_is_not_silent);
    suite_add_tcase(suite, tests);
    return suite;
}
