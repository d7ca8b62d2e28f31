/* SPDX-License-Identifier: Apache-2.0 */
/* When a run of finite input ends, on a repository of its own and on a shared one. */
#include "check_main.h"
#include "gateway/gateway.h"
#include "process/wakeup.h"
#include "scripted.h"
#include "scripted_destination.h"
#include "worker/identity.h"

#include <poll.h>
#include <string.h>

static const struct gw_log quiet = {.format = GW_LOG_JSON, .level = GW_LOG_ERROR};

static struct gw_session *session;
static struct gw_component repository, orders, console, mail;
static struct gw_bootstrap model;

static const struct gw_component *const entrypoint_list[] = {&orders};
static const struct gw_component *const notifier_list[] = {&mail, &console};
static const struct gw_component *const console_list[] = {&console};
static const struct gw_component *const mail_list[] = {&mail};
static struct gw_route route;

/* Notices of OutOfStock go to console, and to mail if console gives them up. */
static void set_up(void)
{
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
    console = notifier_component(INT64_MAX / 4);
    mail = console;
    mail.id = "mail";
    route = (struct gw_route){
        .event = gw_event_spec_find(gw_text_of("OutOfStock")), .notify = {console_list, 1}, .fallback = {mail_list, 1}};
    model = (struct gw_bootstrap){.settings = {.service = "test"},
                                  .repository = &repository,
                                  .entrypoints = {entrypoint_list, 1},
                                  .notifiers = {notifier_list, 2},
                                  .routes = &route,
                                  .route_count = 1};
    scripted_entrypoint.lines[scripted_entrypoint.line_count++] =
        "{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"LAMP\", \"qty\": 1}";
    scripted_entrypoint.lines[scripted_entrypoint.line_count++] =
        "{\"type\": \"Allocate\", \"orderid\": \"o\", \"sku\": \"LAMP\", \"qty\": 2}";
}

static void run_to_the_end(void)
{
    struct gw_gateway_plan plan = {.configuration = gw_configuration_new(NULL, &model),
                                   .log = &quiet,
                                   .loop = gw_event_loop_new(),
                                   .reloads = -1,
                                   .signals = gw_wakeup_open()};
    struct gw_gateway *gateway = NULL;
    struct gw_error error = {0};
    enum gw_gateway_end end = GW_GATEWAY_FAILED;

    scripted_repository_lend();
    ck_assert_msg(gw_gateway_new(&plan, &gateway, &error) == GW_OK, "%s", error.text);
    ck_assert_msg(gw_gateway_run(gateway, &end, &error) == GW_OK, "%s", error.text);
    ck_assert_int_eq(end, GW_GATEWAY_FINISHED);
    gw_gateway_free(gateway);
    gw_event_loop_free(plan.loop);
    gw_configuration_release(plan.configuration);
}

/* Starts a gateway whose stop is signalled already, where stops is true. */
static enum gw_status start(bool stops)
{
    struct gw_gateway_plan plan = {.configuration = gw_configuration_new(NULL, &model),
                                   .log = &quiet,
                                   .loop = gw_event_loop_new(),
                                   .reloads = -1,
                                   .signals = gw_wakeup_open()};
    struct gw_gateway *gateway = NULL;
    struct gw_error error = {0};
    enum gw_status status;

    scripted_repository_lend();
    repository.settings.repository.migrate = 1;
    if (stops)
        gw_wakeup_raise(plan.signals);
    status = gw_gateway_new(&plan, &gateway, &error);
    gw_gateway_free(gateway);
    gw_event_loop_free(plan.loop);
    gw_configuration_release(plan.configuration);
    gw_wakeup_close(plan.signals);
    return status;
}

START_TEST(a_stop_during_the_wait_for_the_repository_cancels_the_start)
{
    scripted_repository.migrate_script[scripted_repository.migrate_script_len++] = GW_TRANSIENT;
    ck_assert_int_eq(start(true), GW_CANCELLED);
}
END_TEST

START_TEST(a_stop_during_the_wait_for_the_claim_cancels_the_start)
{
    scripted_repository.claim_script[scripted_repository.claim_script_len++] = GW_TRANSIENT;
    ck_assert_int_eq(start(true), GW_CANCELLED);
}
END_TEST

START_TEST(each_step_retries_while_the_repository_is_unreachable)
{
    scripted_repository.claim_script[scripted_repository.claim_script_len++] = GW_TRANSIENT;
    scripted_repository.migrate_script[scripted_repository.migrate_script_len++] = GW_UNKNOWN;
    scripted_repository.open_script[scripted_repository.open_script_len++] = GW_TRANSIENT;
    ck_assert_int_eq(start(false), GW_OK);
    ck_assert_uint_eq(atomic_load(&scripted_repository.claims), 2);
    ck_assert_uint_eq(atomic_load(&scripted_repository.migrates), 2);
    ck_assert_uint_eq(atomic_load(&scripted_repository.opens), 2);
}
END_TEST

START_TEST(a_permanent_failure_of_the_repository_ends_the_start)
{
    scripted_repository.migrate_script[scripted_repository.migrate_script_len++] = GW_CONFIG;
    ck_assert_int_eq(start(false), GW_CONFIG);
    ck_assert_uint_eq(atomic_load(&scripted_repository.migrates), 1);
}
END_TEST

static void assert_nothing_left(void)
{
    ck_assert_uint_eq(scripted_outbox_count(session, "console"), 0);
    ck_assert_uint_eq(scripted_outbox_count(session, "mail"), 0);
}

START_TEST(a_finite_run_ends_when_all_is_delivered)
{
    run_to_the_end();
    ck_assert_uint_eq(atomic_load(&scripted_destination.accepted_count), 1);
    assert_nothing_left();
}
END_TEST

START_TEST(a_finite_run_ends_after_the_fallback_got_a_notice_that_was_given_up)
{
    scripted_destination.verdicts[scripted_destination.verdict_count++] = GW_PERMANENT;
    run_to_the_end();
    ck_assert_uint_eq(atomic_load(&scripted_destination.accepted_count), 1);
    ck_assert_uint_eq(scripted_dead_count(session), 1);
    assert_nothing_left();
}
END_TEST

START_TEST(a_finite_run_on_a_shared_repository_ends_when_all_is_delivered)
{
    scripted_repository_share();
    run_to_the_end();
    ck_assert_uint_eq(atomic_load(&scripted_destination.accepted_count), 1);
    assert_nothing_left();
}
END_TEST

static atomic_uint console_looks;
static atomic_uint mail_looks;

/* The other process, which delivers before our third look. */
static void deliver_elsewhere(struct gw_text destination)
{
    if (gw_text_is(destination, "console") && atomic_fetch_add(&console_looks, 1) == 2)
        scripted_deliver_elsewhere(session, "console");
}

START_TEST(a_finite_run_waits_for_the_deliveries_of_another_process)
{
    scripted_repository_share();
    scripted_repository.leased_elsewhere = "console";
    scripted_repository.in_look = deliver_elsewhere;
    run_to_the_end();
    ck_assert_uint_ge(atomic_load(&console_looks), 3);
    ck_assert_uint_eq(atomic_load(&scripted_destination.calls), 0);
    assert_nothing_left();
}
END_TEST

/* The other process, which gives up the notice for console directly after our relay of the fallback has looked. */
static void give_up_elsewhere(struct gw_text destination)
{
    static const struct gw_outbox_target target = {{"mail", 4}, {"", 0}};
    const struct gw_array targets = {&target, 1, sizeof target};
    unsigned before = atomic_load(&mail_looks);

    if (gw_text_is(destination, "mail"))
        atomic_fetch_add(&mail_looks, 1);
    if (!gw_text_is(destination, "console") || atomic_fetch_add(&console_looks, 1) != 0)
        return;
    while (atomic_load(&mail_looks) < before + 2) /* one begins after this, and the one before has ended */
        (void)poll(NULL, 0, 1);
    (void)poll(NULL, 0, 100);
    scripted_give_up_elsewhere(session, "console", &targets);
}

START_TEST(a_finite_run_delivers_rows_that_another_process_creates_for_a_fallback)
{
    scripted_repository_share();
    scripted_repository.leased_elsewhere = "console";
    scripted_repository.in_look = give_up_elsewhere;
    run_to_the_end();
    ck_assert_uint_eq(scripted_dead_count(session), 1);
    ck_assert_uint_eq(atomic_load(&scripted_destination.accepted_count), 1);
    assert_nothing_left();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("gateway");
    TCase *ends = tcase_create("end");
    TCase *starts = tcase_create("start");

    tcase_add_checked_fixture(ends, set_up, NULL);
    tcase_set_timeout(ends, 30);
    tcase_add_test(ends, a_finite_run_ends_when_all_is_delivered);
    tcase_add_test(ends, a_finite_run_ends_after_the_fallback_got_a_notice_that_was_given_up);
    tcase_add_test(ends, a_finite_run_on_a_shared_repository_ends_when_all_is_delivered);
    tcase_add_test(ends, a_finite_run_waits_for_the_deliveries_of_another_process);
    tcase_add_test(ends, a_finite_run_delivers_rows_that_another_process_creates_for_a_fallback);
    suite_add_tcase(suite, ends);
    tcase_add_checked_fixture(starts, set_up, NULL);
    tcase_add_test(starts, a_stop_during_the_wait_for_the_repository_cancels_the_start);
    tcase_add_test(starts, a_stop_during_the_wait_for_the_claim_cancels_the_start);
    tcase_add_test(starts, each_step_retries_while_the_repository_is_unreachable);
    tcase_add_test(starts, a_permanent_failure_of_the_repository_ends_the_start);
    suite_add_tcase(suite, starts);
    return suite;
}
