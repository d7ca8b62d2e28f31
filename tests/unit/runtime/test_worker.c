/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker does with each status of its repository: nothing is lost, nothing is applied twice, and every message
 * ends in exactly one state. */
#include "check_main.h"
#include "runtime/identity.h"
#include "runtime/wakeup.h"
#include "runtime/worker.h"
#include "scripted.h"
#include "service/routing.h"

#include <stdio.h>
#include <unistd.h>

static const struct gw_log quiet = {.fd = -1, .format = GW_LOG_JSON, .level = GW_LOG_ERROR};

static void *session;
static struct gw_message_bus *bus;
static atomic_uint commits;

static void on_committed(void *context)
{
    (void)context;
    atomic_fetch_add(&commits, 1);
}

static void set_up(void)
{
    static const struct gw_text nobody = {NULL, 0};
    static const struct gw_destination events = {{"events", 6}, &nobody, 1};

    ck_assert(gw_identity_init());
    session = scripted_repository_open();
    ck_assert_ptr_nonnull(session);
    bus = gw_message_bus_new();
    ck_assert(gw_message_bus_route(bus, gw_event_spec_find(gw_text_of("Allocated")), &events));
}

static void add_line(const char *line)
{
    scripted_entrypoint.lines[scripted_entrypoint.line_count++] = line;
}

/* A batch of 100 and eight orders of one. */
static void add_a_day(void)
{
    static char lines[8][96];

    add_line("{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"LAMP\", \"qty\": 100}");
    for (int index = 0; index < 8; index++) {
        (void)snprintf(lines[index], sizeof lines[index],
                       "{\"type\": \"Allocate\", \"orderid\": \"o%d\", \"sku\": \"LAMP\", \"qty\": 1}", index);
        add_line(lines[index]);
    }
}

/* Runs a worker to its end; whether it came there because of its input. */
static bool run_worker(int64_t turn_messages, int64_t max_dead, struct gw_worker **ret_worker)
{
    struct gw_worker_plan plan = {.id = "orders",
                                  .plugin = &scripted_entrypoint_plugin,
                                  .repository = &scripted_repository.ops,
                                  .repository_self = scripted_repository.self,
                                  .bus = bus,
                                  .log = &quiet,
                                  .stop = gw_wakeup_open(),
                                  .abort = gw_wakeup_open(),
                                  .ended = gw_wakeup_open(),
                                  .turn_messages = turn_messages,
                                  .max_dead = max_dead,
                                  .committed = on_committed};
    struct gw_error error = {0};
    bool is_finished;

    ck_assert_msg(gw_worker_new(&plan, ret_worker, &error) == GW_OK, "%s", error.text);
    ck_assert_msg(gw_worker_start(*ret_worker, &error) == GW_OK, "%s", error.text);
    gw_worker_join(*ret_worker);
    ck_assert(gw_worker_has_ended(*ret_worker, &is_finished));
    return is_finished;
}

static uint64_t settled(const struct gw_worker *worker, enum gw_outcome outcome)
{
    return atomic_load(&gw_worker_figures(worker)->settled[outcome]);
}

static void assert_figures_add_up(const struct gw_worker *worker)
{
    uint64_t sum = 0;

    for (int outcome = 0; outcome <= GW_OUTCOME_RETURNED; outcome++)
        sum += settled(worker, (enum gw_outcome)outcome);
    ck_assert_uint_eq(sum, atomic_load(&gw_worker_figures(worker)->received));
}

static void assert_whole_day(struct gw_worker *worker)
{
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_APPLIED), 9);
    ck_assert_uint_eq(scripted_outbox_count(session, "events"), 8);
    ck_assert_int_eq(scripted_position(session), 9);
    ck_assert_uint_eq(scripted_dead_count(session), 0);
    for (uint32_t index = 0; index < 9; index++)
        ck_assert_uint_eq(scripted_entrypoint.outcomes[index], GW_OUTCOME_APPLIED);
    assert_figures_add_up(worker);
    gw_worker_free(worker);
}

static void script(enum gw_status status)
{
    scripted_repository.apply_script[scripted_repository.apply_script_len++] = status;
}

START_TEST(a_finite_input_is_applied_in_turns_and_ends)
{
    struct gw_worker *worker;

    add_a_day();
    ck_assert(run_worker(4, 20, &worker));
    ck_assert_uint_eq(scripted_repository.applies, 3);
    ck_assert_uint_eq(atomic_load(&commits), 3);
    ck_assert_int_eq(scripted_entrypoint.started_at[0], 0);
    assert_whole_day(worker);
}
END_TEST

START_TEST(the_beginning_of_a_new_source_is_stored_before_its_first_message)
{
    struct gw_worker *worker;

    ck_assert(run_worker(4, 20, &worker));
    ck_assert_int_eq(scripted_position(session), 0);
    gw_worker_free(worker);
}
END_TEST

START_TEST(a_conflict_runs_again_and_the_second_one_with_half_of_the_messages)
{
    struct gw_worker *worker;

    script(GW_CONFLICT);
    script(GW_CONFLICT);
    add_a_day();
    ck_assert(run_worker(8, 20, &worker));
    ck_assert_uint_eq(scripted_repository.applied_counts[0], 8);
    ck_assert_uint_eq(scripted_repository.applied_counts[1], 8);
    ck_assert_uint_eq(scripted_repository.applied_counts[2], 4);
    ck_assert_uint_eq(atomic_load(&gw_worker_figures(worker)->conflicts), 2);
    assert_whole_day(worker);
}
END_TEST

START_TEST(a_passing_failure_is_tried_again)
{
    struct gw_worker *worker;

    script(GW_TRANSIENT);
    script(GW_CONFIG);
    add_a_day();
    ck_assert(run_worker(100, 20, &worker));
    ck_assert_uint_eq(scripted_repository.applies, 3);
    assert_whole_day(worker);
}
END_TEST

START_TEST(an_unknown_outcome_is_sent_again_and_was_ours)
{
    struct gw_worker *worker;

    script(GW_UNKNOWN);
    scripted_repository.applies_before_unknown = 1;
    add_a_day();
    ck_assert(run_worker(100, 20, &worker));
    ck_assert_uint_eq(scripted_repository.applies, 2);
    assert_whole_day(worker);
}
END_TEST

START_TEST(an_unknown_outcome_that_had_not_happened_happens_once)
{
    struct gw_worker *worker;

    script(GW_UNKNOWN);
    add_a_day();
    ck_assert(run_worker(100, 20, &worker));
    assert_whole_day(worker);
}
END_TEST

START_TEST(work_that_somebody_else_has_done_is_a_duplicate)
{
    struct gw_worker *worker;

    script(GW_ALREADY);
    add_a_day();
    ck_assert(run_worker(100, 20, &worker));
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_DUPLICATE), 9);
    assert_figures_add_up(worker);
    gw_worker_free(worker);
}
END_TEST

START_TEST(a_position_that_moved_starts_the_source_again_from_there)
{
    struct gw_worker *worker;

    script(GW_MOVED);
    add_a_day();
    ck_assert(run_worker(4, 20, &worker));
    ck_assert_uint_eq(scripted_entrypoint.start_count, 2);
    ck_assert_int_eq(scripted_entrypoint.started_at[1], 0);
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_RETURNED), 4);
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_APPLIED), 9);
    ck_assert_int_eq(scripted_position(session), 9);
    ck_assert_uint_eq(scripted_outbox_count(session, "events"), 8);
    assert_figures_add_up(worker);
    gw_worker_free(worker);
}
END_TEST

START_TEST(the_one_message_that_the_repository_refuses_becomes_a_dead_letter)
{
    struct gw_worker *worker;

    scripted_repository.refused_orderid = "o5";
    add_a_day();
    ck_assert(run_worker(100, 20, &worker));
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_APPLIED), 8);
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_DEAD), 1);
    ck_assert_uint_eq(scripted_entrypoint.outcomes[6], GW_OUTCOME_DEAD);
    ck_assert_uint_eq(scripted_dead_count(session), 1);
    ck_assert_uint_eq(scripted_outbox_count(session, "events"), 7);
    ck_assert_int_eq(scripted_position(session), 9);
    assert_figures_add_up(worker);
    gw_worker_free(worker);
}
END_TEST

START_TEST(too_many_refused_messages_in_a_row_stop_the_worker)
{
    struct gw_worker *worker;

    scripted_repository.refused_orderid = "o";
    add_line("{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"LAMP\", \"qty\": 100}");
    for (int index = 0; index < 5; index++)
        add_line(index % 2 == 0 ? "{\"type\": \"Allocate\", \"orderid\": \"o\", \"sku\": \"LAMP\", \"qty\": 1}"
                                : "{\"type\": \"Allocate\", \"orderid\": \"o\", \"sku\": \"LAMP\", \"qty\": 2}");
    ck_assert(!run_worker(100, 2, &worker));
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_DEAD), 2);
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_RETURNED), 3);
    ck_assert_int_eq(scripted_position(session), 3);
    assert_figures_add_up(worker);
    gw_worker_free(worker);
}
END_TEST

START_TEST(a_malformed_message_is_a_dead_letter_and_the_others_go_on)
{
    struct gw_worker *worker;

    add_line("{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"LAMP\", \"qty\": 100}");
    add_line("{\"type\": \"Allocate\"");
    add_line("");
    add_line("{\"type\": \"Allocate\", \"orderid\": \"o\", \"sku\": \"LAMP\", \"qty\": 1}");
    ck_assert(run_worker(100, 1, &worker));
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_APPLIED), 2);
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_DEAD), 2);
    ck_assert_uint_eq(scripted_dead_count(session), 2);
    assert_figures_add_up(worker);
    gw_worker_free(worker);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("worker");
    TCase *statuses = tcase_create("statuses");

    tcase_add_checked_fixture(statuses, set_up, NULL);
    tcase_add_test(statuses, a_finite_input_is_applied_in_turns_and_ends);
    tcase_add_test(statuses, the_beginning_of_a_new_source_is_stored_before_its_first_message);
    tcase_add_test(statuses, a_conflict_runs_again_and_the_second_one_with_half_of_the_messages);
    tcase_add_test(statuses, a_passing_failure_is_tried_again);
    tcase_add_test(statuses, an_unknown_outcome_is_sent_again_and_was_ours);
    tcase_add_test(statuses, an_unknown_outcome_that_had_not_happened_happens_once);
    tcase_add_test(statuses, work_that_somebody_else_has_done_is_a_duplicate);
    tcase_add_test(statuses, a_position_that_moved_starts_the_source_again_from_there);
    tcase_add_test(statuses, the_one_message_that_the_repository_refuses_becomes_a_dead_letter);
    tcase_add_test(statuses, too_many_refused_messages_in_a_row_stop_the_worker);
    tcase_add_test(statuses, a_malformed_message_is_a_dead_letter_and_the_others_go_on);
    suite_add_tcase(suite, statuses);
    return suite;
}
