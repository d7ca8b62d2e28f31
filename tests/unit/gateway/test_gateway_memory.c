/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The n-th allocation in the life of a gateway fails, for every n: while it is made, and in its workers, its relays and
 * its housekeeper. A gateway that cannot be made, or that ends, says so, and the next one completes the work: what was
 * applied is applied once, each event is delivered at least once, and nothing waits. Waits take no time in this
 * program.
 */
#include "check_main.h"
#include "failing_core.h"
#include "gateway/gateway.h"
#include "process/wakeup.h"
#include "scripted.h"
#include "scripted_destination.h"
#include "skipped_waits.h"
#include "worker/identity.h"

#include <stdio.h>
#include <string.h>

enum { ORDERS = 5, ALLOCATIONS_MAX = 600, TESTS = ALLOCATIONS_MAX / FAILING_CORE_STEP, TEST_SECONDS = 60 };

static const struct gw_log quiet = {.format = GW_LOG_JSON, .level = GW_LOG_ERROR};

static struct gw_event_loop *loop;
static struct gw_session *session;
static struct gw_component repository, orders, events, console, mail;
static struct gw_bootstrap model;

static const struct gw_component *const entrypoint_list[] = {&orders};
static const struct gw_component *const publisher_list[] = {&events};
static const struct gw_component *const notifier_list[] = {&mail, &console};
static const struct gw_component *const console_list[] = {&console};
static const struct gw_component *const mail_list[] = {&mail};
static struct gw_route route;

static void add_lines(int quantity)
{
    static char lines[ORDERS + 1][96];

    (void)snprintf(lines[0], sizeof lines[0],
                   "{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"LAMP\", \"qty\": %d}", quantity);
    for (int index = 1; index <= ORDERS; index++)
        (void)snprintf(lines[index], sizeof lines[index],
                       "{\"type\": \"Allocate\", \"orderid\": \"o%d\", \"sku\": \"LAMP\", \"qty\": 2}", index);
    for (int index = 0; index <= ORDERS; index++)
        scripted_entrypoint.lines[scripted_entrypoint.line_count++] = lines[index];
}

static void set_up(void)
{
    ck_assert(gw_identity_init());
    loop = gw_event_loop_new();
    ck_assert_ptr_nonnull(loop);
    session = scripted_repository_open();
    ck_assert_ptr_nonnull(session);
    repository = (struct gw_component){.id = "repository",
                                       .section = GW_SECTION_REPOSITORY,
                                       .plugin = &scripted_repository.plugin,
                                       .config = scripted_repository.memory.config};
    orders = (struct gw_component){.id = "orders",
                                   .section = GW_SECTION_ENTRYPOINTS,
                                   .plugin = &scripted_entrypoint_plugin,
                                   .settings.entrypoint = {.workers = 1, .turn = 4, .max_dead = 0}};
    events = publisher_component();
    mail = console = notifier_component(INT64_MAX / 4);
    mail.id = "mail";
    model = (struct gw_bootstrap){.settings = {.service = "test", .inbox_keep_ms = 1000},
                                  .repository = &repository,
                                  .entrypoints = {entrypoint_list, 1},
                                  .routes = &route,
                                  .route_count = 1};
}

/* Each order is allocated, and published. */
static void set_up_publisher(void)
{
    set_up();
    route = (struct gw_route){.event = gw_event_spec_find(gw_text_of("Allocated")), .publish = {publisher_list, 1}};
    model.publishers = (struct gw_component_list){publisher_list, 1};
    add_lines(2 * ORDERS);
}

/* Each order is out of stock, which console is told; what that refuses, mail is told. */
static void set_up_notifiers(void)
{
    set_up();
    route = (struct gw_route){
        .event = gw_event_spec_find(gw_text_of("OutOfStock")), .notify = {console_list, 1}, .fallback = {mail_list, 1}};
    model.notifiers = (struct gw_component_list){notifier_list, 2};
    scripted_destination.verdicts[scripted_destination.verdict_count++] = GW_PERMANENT;
    add_lines(1);
}

/* False: it could not be made, or ended, for want of memory. */
static bool run_gateway(void)
{
    struct gw_configuration *configuration = gw_configuration_new(NULL, &model);
    struct gw_gateway_plan plan = {
        .configuration = configuration, .log = &quiet, .loop = loop, .reloads = -1, .signals = gw_wakeup_open()};
    struct gw_gateway *gateway = NULL;
    struct gw_error error = {0};
    enum gw_gateway_end end = GW_GATEWAY_STOPPED;

    scripted_repository_lend();
    scripted_entrypoint.is_opened = 0;
    scripted_entrypoint.next = 0;
    if (configuration == NULL)
        return false;
    if (gw_gateway_new(&plan, &gateway, &error) != GW_OK) {
        ck_assert_int_eq(error.status, GW_NOMEM);
        ck_assert_uint_gt(strlen(error.text), 0);
        gw_configuration_release(configuration);
        return false;
    }
    ck_assert_msg(gw_gateway_run(gateway, &end, &error) == GW_OK, "%s", error.text);
    ck_assert(end == GW_GATEWAY_FINISHED || end == GW_GATEWAY_FAILED);
    gw_gateway_free(gateway);
    gw_configuration_release(configuration);
    gw_wakeup_close(plan.signals);
    return end == GW_GATEWAY_FINISHED;
}

static void run_with_failing_allocation(long number)
{
    bool is_finished;

    failing_core_begin(number);
    is_finished = run_gateway();
    (void)failing_core_end();
    if (!is_finished)
        ck_assert(run_gateway());
    ck_assert_int_eq(scripted_position(session), ORDERS + 1);
}

/* How many different messages the destinations accepted. */
static unsigned accepted(void)
{
    unsigned count = 0;

    for (uint32_t index = 0; index < scripted_destination.accepted_count; index++) {
        bool is_new = true;

        for (uint32_t before = 0; before < index; before++)
            is_new = is_new && strcmp(scripted_destination.accepted[before], scripted_destination.accepted[index]) != 0;
        count += is_new;
    }
    return count;
}

START_TEST(each_event_is_published_whichever_allocation_fails)
{
    run_with_failing_allocation(_i * FAILING_CORE_STEP + 1);
    ck_assert_uint_eq(accepted(), ORDERS);
    ck_assert_uint_eq(scripted_outbox_count(session, "events"), 0);
    ck_assert_uint_eq(scripted_dead_count(session), 0);
}
END_TEST

START_TEST(each_notice_is_sent_whichever_allocation_fails)
{
    run_with_failing_allocation(_i * FAILING_CORE_STEP + 1);
    ck_assert_uint_eq(accepted(), ORDERS);
    ck_assert_uint_eq(scripted_outbox_count(session, "console"), 0);
    ck_assert_uint_eq(scripted_outbox_count(session, "mail"), 0);
    ck_assert_uint_le(scripted_dead_count(session), 1); /* of what console refused, unless it was asked again */
}
END_TEST

START_TEST(the_tests_of_failing_allocations_try_each_of_them)
{
    long count;

    failing_core_begin(0);
    ck_assert(run_gateway());
    count = failing_core_end();
    ck_assert_int_gt(count, 100);
    ck_assert_int_lt(count, ALLOCATIONS_MAX - 20);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("gateway_memory");
    TCase *publisher = tcase_create("publisher");
    TCase *notifiers = tcase_create("notifiers");

    tcase_add_checked_fixture(publisher, set_up_publisher, NULL);
    tcase_set_timeout(publisher, TEST_SECONDS);
    tcase_add_test(publisher, the_tests_of_failing_allocations_try_each_of_them);
    tcase_add_loop_test(publisher, each_event_is_published_whichever_allocation_fails, 0, TESTS);
    suite_add_tcase(suite, publisher);
    tcase_add_checked_fixture(notifiers, set_up_notifiers, NULL);
    tcase_set_timeout(notifiers, TEST_SECONDS);
    tcase_add_test(notifiers, the_tests_of_failing_allocations_try_each_of_them);
    tcase_add_loop_test(notifiers, each_notice_is_sent_whichever_allocation_fails, 0, TESTS);
    suite_add_tcase(suite, notifiers);
    return suite;
}
