/* SPDX-License-Identifier: Apache-2.0 */
/* The status of a gateway with a scripted input and destination: states, figures, failures, and its JSON. */
#include "check_main.h"
#include "gateway/gateway.h"
#include "gateway/metrics_text.h"
#include "gateway/orders.h"
#include "gateway/status_json.h"
#include "gateway_inside.h"
#include "process/component_thread.h"
#include "process/wakeup.h"
#include "scripted.h"
#include "scripted_destination.h"
#include "worker/identity.h"

#include <poll.h>
#include <string.h>

static const struct gw_log quiet = {.format = GW_LOG_JSON, .level = GW_LOG_ERROR};

static struct gw_session *session;
static struct gw_component repository, orders, console;
static struct gw_bootstrap model;
static const struct gw_component *const entrypoint_list[] = {&orders};
static const struct gw_component *const notifier_list[] = {&console};
static struct gw_route route;
static struct gw_gateway_plan plan;
static struct gw_gateway *gateway;
static struct gw_arena *arena;
static struct gw_gateway_status status;
static struct gw_error error;

static void add_line(const char *line)
{
    scripted_entrypoint.lines[scripted_entrypoint.line_count++] = line;
}

/* A batch of one, and an order of two: that is out of stock, and console is notified. */
static void set_up(void)
{
    ck_assert(gw_identity_init());
    session = scripted_repository_open();
    ck_assert_ptr_nonnull(session);
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
    route = (struct gw_route){.event = gw_event_spec_find(gw_text_of("OutOfStock")), .notify = {notifier_list, 1}};
    model = (struct gw_bootstrap){.settings = {.service = "test"},
                                  .repository = &repository,
                                  .entrypoints = {entrypoint_list, 1},
                                  .notifiers = {notifier_list, 1},
                                  .routes = &route,
                                  .route_count = 1};
    add_line("{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"LAMP\", \"qty\": 1}");
    add_line("{\"type\": \"Allocate\", \"orderid\": \"o\", \"sku\": \"LAMP\", \"qty\": 2}");
    add_line("{\"type\": \"Allocate\", \"orderid\": \"o\", \"sku\": \"CHAIR\", \"qty\": 1}");
    arena = gw_arena_new(4 * 1024 * 1024);
}

static void open_gateway_with(struct gw_gateway_plan wanted)
{
    plan = wanted;
    plan.configuration = gw_configuration_new(NULL, &model);
    plan.log = &quiet;
    plan.loop = gw_event_loop_new();
    plan.signals = gw_wakeup_open();
    plan.reloads = -1;
    ck_assert_msg(gw_gateway_new(&plan, &gateway, &error) == GW_OK, "%s", error.text);
}

static void open_gateway(void)
{
    open_gateway_with((struct gw_gateway_plan){0});
}

static void run_gateway(enum gw_gateway_end expected)
{
    enum gw_gateway_end end = GW_GATEWAY_FAILED;

    ck_assert_msg(gw_gateway_run(gateway, &end, &error) == GW_OK, "%s", error.text);
    ck_assert_int_eq(end, expected);
}

static void tear_down(void)
{
    gw_gateway_free(gateway);
    gw_event_loop_free(plan.loop);
    gw_configuration_release(plan.configuration);
    gw_wakeup_close(plan.signals);
    gw_arena_free(arena);
}

static const struct gw_component_status *component_of(const char *id)
{
    ck_assert_int_eq(gw_gateway_status_take(gateway, arena, &status, &error), GW_OK);
    for (uint32_t index = 0; index < status.component_count; index++)
        if (strcmp(status.components[index].id, id) == 0)
            return &status.components[index];
    ck_abort_msg("no component %s", id);
}

static uint64_t settled_sum(const struct gw_component_figures *figures)
{
    uint64_t sum = 0;

    for (int outcome = 0; outcome <= GW_OUTCOME_RETURNED; outcome++)
        sum += figures->settled[outcome];
    return sum;
}

START_TEST(before_the_start_components_are_open)
{
    open_gateway();
    ck_assert_int_eq(component_of("orders")->state, GW_COMPONENT_OPEN);
    ck_assert_int_eq(component_of("console")->state, GW_COMPONENT_OPEN);
    ck_assert_uint_eq(status.component_count, 3);
    ck_assert_str_eq(status.components[0].id, "repository");
    ck_assert_int_eq(status.components[0].section, GW_SECTION_REPOSITORY);
    ck_assert_uint_eq(status.generation, 1);
    ck_assert_uint_eq(strlen(status.config_hash), GW_CONFIG_HASH_TEXT - 1);
    ck_assert_ptr_null(status.last_apply);
}
END_TEST

START_TEST(after_a_finite_run_figures_add_up_to_what_was_received)
{
    const struct gw_component_status *input;
    const struct gw_component_status *output;

    open_gateway();
    run_gateway(GW_GATEWAY_FINISHED);
    input = component_of("orders");
    ck_assert_int_eq(input->state, GW_COMPONENT_ENDED);
    ck_assert_uint_eq(input->figures->received, 3);
    ck_assert_uint_eq(settled_sum(input->figures), 3);
    ck_assert_uint_eq(input->figures->settled[GW_OUTCOME_APPLIED], 2);
    ck_assert_uint_eq(input->figures->settled[GW_OUTCOME_DEAD], 1);
    ck_assert_uint_eq(input->figures->turn_messages.sum, 3);
    ck_assert(!input->has_failure);
    ck_assert_int_ge(input->since_unix_ms, status.started_unix_ms - 60000);
    output = component_of("console");
    ck_assert_int_eq(output->state, GW_COMPONENT_ENDED);
    ck_assert_int_eq(output->section, GW_SECTION_NOTIFIERS);
    ck_assert_uint_eq(output->figures->sent, 1);
    ck_assert(output->delivers);
}
END_TEST

/* Keeps the run from its end until the housekeeper had its first pass. */
static void await_backlog(void)
{
    while (!has_backlog(gateway))
        (void)poll(NULL, 0, 1);
}

START_TEST(the_housekeeper_has_read_backlog_and_dead_letters)
{
    scripted_destination.in_call = await_backlog;
    open_gateway();
    add_rows(session, "events", 2);
    run_gateway(GW_GATEWAY_FINISHED);
    (void)component_of("console");
    ck_assert(status.has_dead);
    ck_assert(status.has_orphans);
    ck_assert_uint_eq(status.orphan_count, 1);
    ck_assert_str_eq(status.orphans[0].destination, "events");
    ck_assert_uint_eq(status.orphans[0].pending, 2);
    ck_assert(component_of("console")->has_backlog);
}
END_TEST

static atomic_uint snapshots;

static void take_snapshot(void *context, const struct gw_gateway *running)
{
    (void)context, (void)running;
    ck_assert_uint_eq(component_of("orders")->workers, 1);
    ck_assert_uint_ge(component_of("orders")->figures->received, settled_sum(component_of("orders")->figures));
    ck_assert_int_ne(component_of("console")->state, GW_COMPONENT_OPEN);
    atomic_fetch_add(&snapshots, 1);
}

static void await_snapshots(void)
{
    while (atomic_load(&snapshots) < 2)
        (void)poll(NULL, 0, 1);
}

START_TEST(a_snapshot_is_taken_while_all_threads_run)
{
    scripted_destination.in_call = await_snapshots;
    open_gateway_with((struct gw_gateway_plan){.tick = take_snapshot});
    run_gateway(GW_GATEWAY_FINISHED);
    ck_assert_uint_eq(component_of("console")->figures->sent, 1);
}
END_TEST

START_TEST(a_failure_is_shown_with_its_code_while_it_lasts)
{
    const struct gw_component_status *output;
    struct gw_component_thread *thread;
    const struct gw_error failure = {.status = GW_TRANSIENT, .text = "451 try later"};
    struct gw_backoff backoff = {.events = &gw_backoff_of_delivery, .first_ms = 1, .max_ms = 1};

    open_gateway();
    thread = gw_relay_thread(first_relay(gateway));
    atomic_store(&thread->started_unix_ms, 5);
    (void)gw_component_thread_failed_ms(thread, &backoff, &failure);
    output = component_of("console");
    ck_assert_int_eq(output->state, GW_COMPONENT_WAITING);
    ck_assert(output->has_failure);
    ck_assert_str_eq(output->failure.text, "451 try later");
    ck_assert_str_eq(output->failure.code, GW_CODE_DELIVERY_FAILED);
    ck_assert_int_eq(output->since_unix_ms, output->failure.first_unix_ms);
    gw_component_thread_recovered(thread, &backoff);
    ck_assert(!component_of("console")->has_failure);
}
END_TEST

START_TEST(a_paused_input_says_so)
{
    orders.settings.entrypoint.paused = 1;
    open_gateway();
    ck_assert_int_eq(component_of("orders")->state, GW_COMPONENT_PAUSED);
    ck_assert_uint_eq(component_of("orders")->workers, 0);
}
END_TEST

/* Turns of `orders` hold the generations 1, 2 and 2; 3 is the current one. */
static void hold_two_old_generations(struct gw_generation_hold holds[3])
{
    for (int turn = 0; turn < 3; turn++)
        holds[turn] = (struct gw_generation_hold){.generations = generations_of(gateway), .component = "orders"};
    (void)gw_generation_enter(&holds[0]);
    ck_assert(publish_generation(gateway));
    (void)gw_generation_enter(&holds[1]);
    (void)gw_generation_enter(&holds[2]);
    ck_assert_uint_eq(component_of("orders")->old_generation_count, 1);
    ck_assert(publish_generation(gateway));
}

START_TEST(a_component_shows_which_old_generations_its_turns_hold)
{
    struct gw_generation_hold holds[3];
    const struct gw_component_status *input;

    open_gateway();
    hold_two_old_generations(holds);
    holds[0].since_ms -= 5000;
    input = component_of("orders");
    ck_assert_uint_eq(input->old_generation_count, 2);
    ck_assert_uint_eq(input->old_generations[0].number, 1);
    ck_assert_uint_eq(input->old_generations[0].turns, 1);
    ck_assert_int_ge(input->old_generations[0].held_ms, 5000);
    ck_assert_uint_eq(input->old_generations[1].number, 2);
    ck_assert_uint_eq(input->old_generations[1].turns, 2);
    ck_assert_int_lt(input->old_generations[1].held_ms, 5000);
    ck_assert_uint_eq(component_of("console")->old_generation_count, 0);
    for (int turn = 2; turn >= 0; turn--)
        gw_generation_leave(&holds[turn]);
    ck_assert_uint_eq(component_of("orders")->old_generation_count, 0);
    ck_assert_uint_eq(status.generations_alive, 1);
}
END_TEST

START_TEST(an_apply_is_refused_while_eight_old_generations_are_in_use_and_names_the_holder_of_the_oldest)
{
    struct gw_generation_hold holds[8];
    const struct gw_order order = {.kind = GW_ORDER_APPLY, .file = "other.yaml"};
    uint64_t number;

    open_gateway();
    for (int turn = 0; turn < 8; turn++) {
        holds[turn] = (struct gw_generation_hold){.generations = generations_of(gateway),
                                                  .component = turn == 0 ? "orders" : "other"};
        (void)gw_generation_enter(&holds[turn]);
        ck_assert(publish_generation(gateway));
    }
    holds[0].since_ms -= 61000;
    ck_assert_int_eq(gw_gateway_order(gateway, &order, &number, &error), GW_ALREADY);
    ck_assert_ptr_nonnull(strstr(error.text, " 1, is held by orders for 61 s"));
    for (int turn = 0; turn < 8; turn++)
        gw_generation_leave(&holds[turn]);
}
END_TEST

START_TEST(figures_survive_the_component)
{
    struct gw_component_figures *gone = gw_component_figures_new("orders", GW_SECTION_ENTRYPOINTS);
    struct gw_component_figures *old = gw_component_figures_new("old", GW_SECTION_PUBLISHERS);

    open_gateway();
    gone->received = 40;
    gone->settled[GW_OUTCOME_APPLIED] = 40;
    gone->turn_messages.sum = 40;
    old->sent = 7;
    keep_figures(gateway, gone);
    keep_figures(gateway, old);
    keep_figures(gateway, gw_component_figures_new("old", GW_SECTION_PUBLISHERS));
    run_gateway(GW_GATEWAY_FINISHED);
    ck_assert_uint_eq(component_of("orders")->figures->received, 43);
    ck_assert_uint_eq(settled_sum(component_of("orders")->figures), 43);
    ck_assert_uint_eq(component_of("orders")->figures->turn_messages.sum, 43);
    ck_assert_int_eq(component_of("old")->state, GW_COMPONENT_GONE);
    ck_assert_uint_eq(component_of("old")->figures->sent, 7);
    ck_assert_uint_eq(status.component_count, 4);
}
END_TEST

/* Both ran before under their ids, so that a second need not pass until their rates are known. */
START_TEST(rates_are_of_what_the_threads_have_noted_in_the_last_seconds)
{
    struct gw_component_figures *before = gw_component_figures_new("orders", GW_SECTION_ENTRYPOINTS);
    struct gw_component_figures *before_it = gw_component_figures_new("console", GW_SECTION_NOTIFIERS);
    struct gw_buffer text;

    gw_buffer_init(&text, 1024 * 1024);
    open_gateway();
    ck_assert(!component_of("orders")->has_rate);
    before->rate.begun_ms = before_it->rate.begun_ms = 1;
    keep_figures(gateway, before);
    keep_figures(gateway, before_it);
    run_gateway(GW_GATEWAY_FINISHED);
    ck_assert(component_of("orders")->has_rate);
    ck_assert_double_gt(component_of("orders")->per_s, 3.0 / (GW_RATE_SECONDS + 1));
    ck_assert_double_le(component_of("orders")->per_s, 3.0 / GW_RATE_SECONDS);
    ck_assert_double_gt(component_of("console")->per_s, 1.0 / (GW_RATE_SECONDS + 1));
    ck_assert(!component_of("repository")->has_rate);
    gw_status_json_append(&text, &status);
    ck_assert_ptr_nonnull(strstr(text.ptr, "\"received_per_s\": 0."));
    ck_assert_ptr_nonnull(strstr(text.ptr, "\"sent_per_s\": 0."));
    gw_buffer_done(&text);
}
END_TEST

START_TEST(json_and_metrics_say_the_same)
{
    struct gw_buffer text;

    gw_buffer_init(&text, 1024 * 1024);
    open_gateway();
    run_gateway(GW_GATEWAY_FINISHED);
    (void)component_of("orders");
    gw_status_json_append(&text, &status);
    ck_assert(!text.has_failed);
    ck_assert_ptr_nonnull(strstr(text.ptr, "\"received\": 3"));
    ck_assert_ptr_nonnull(strstr(text.ptr, "\"state\": \"ended\""));
    ck_assert_ptr_nonnull(strstr(text.ptr, "\"last_apply\": null"));
    gw_buffer_reset(&text);
    gw_metrics_text_append(&text, &status);
    ck_assert(!text.has_failed);
    ck_assert_ptr_nonnull(strstr(text.ptr, "\ngangway_messages_received_total{entrypoint=\"orders\"} 3\n"));
    ck_assert_ptr_nonnull(strstr(text.ptr, "\ngangway_delivered_total{destination=\"console\",outcome=\"sent\"} 1\n"));
    gw_buffer_done(&text);
}
END_TEST

START_TEST(without_memory_there_is_no_status)
{
    enum gw_status taken = GW_NOMEM;
    unsigned refused = 0;

    open_gateway();
    for (size_t size = 64; taken != GW_OK && size < 1024 * 1024; size += 64, refused += taken != GW_OK) {
        struct gw_arena *small = gw_arena_new(size);

        ck_assert_ptr_nonnull(small);
        taken = gw_gateway_status_take(gateway, small, &status, &error);
        ck_assert(taken == GW_OK || taken == GW_NOMEM);
        gw_arena_free(small);
    }
    ck_assert_int_eq(taken, GW_OK);
    ck_assert_uint_ge(refused, 10);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("status");
    TCase *tests = tcase_create("snapshot");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, before_the_start_components_are_open);
    tcase_add_test(tests, after_a_finite_run_figures_add_up_to_what_was_received);
    tcase_add_test(tests, the_housekeeper_has_read_backlog_and_dead_letters);
    tcase_add_test(tests, a_snapshot_is_taken_while_all_threads_run);
    tcase_add_test(tests, a_failure_is_shown_with_its_code_while_it_lasts);
    tcase_add_test(tests, a_paused_input_says_so);
    tcase_add_test(tests, a_component_shows_which_old_generations_its_turns_hold);
    tcase_add_test(tests,
                   an_apply_is_refused_while_eight_old_generations_are_in_use_and_names_the_holder_of_the_oldest);
    tcase_add_test(tests, figures_survive_the_component);
    tcase_add_test(tests, rates_are_of_what_the_threads_have_noted_in_the_last_seconds);
    tcase_add_test(tests, json_and_metrics_say_the_same);
    tcase_add_test(tests, without_memory_there_is_no_status);
    suite_add_tcase(suite, tests);
    return suite;
}
