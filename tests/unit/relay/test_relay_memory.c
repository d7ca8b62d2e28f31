/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A relay with an outbox cache: it delivers what the repository reports as pending, in that order, and reads back what
 * is not cached. Rows that are offered here have another text than in the repository, which shows where a row came
 * from. Commits and offers are made on the relay's thread, after a look: so no look comes between the two.
 */
#include "base/clock.h"
#include "check_main.h"
#include "process/wakeup.h"
#include "relay/relay.h"
#include "scripted.h"
#include "scripted_destination.h"
#include "scripted_plan.h"
#include "worker/identity.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { PATIENCE_MS = 10000, STEP_ROWS = 2 };

static struct gw_session *session;
static struct gw_bootstrap bootstrap;
static atomic_uint_fast64_t epoch;
static struct gw_component component;
static struct gw_relay_plan plan;
static struct gw_relay *relay;
static int64_t version; /* of the product, and how many commits there were */
static int64_t stamp;   /* of that version */

static void set_up(void)
{
    ck_assert(gw_identity_init());
    session = scripted_repository_open();
    ck_assert_ptr_nonnull(session);
    scripted_repository_share();
    component = publisher_component();
}

/* ---- commits ---------------------------------------------------------------------------------------------------- */

struct step {
    struct gw_product_change product;
    struct gw_effect effects[STEP_ROWS];
    struct gw_changeset changeset;
    struct gw_outbox_commit commit;
    struct gw_apply_result result;
    int64_t counter;
    char ids[STEP_ROWS][32];
};

/* Two rows of one product, n1 and n2 where it is the n-th. */
static void commit_step(struct step *step)
{
    struct gw_error error = {0};

    version++;
    *step = (struct step){.product = {.sku = gw_text_of("LAMP"),
                                      .expected = version - 1,
                                      .version = version,
                                      .stamp = stamp,
                                      .events = STEP_ROWS}};
    for (uint32_t i = 0; i < STEP_ROWS; i++) {
        (void)snprintf(step->ids[i], sizeof step->ids[i], "%lld%u", (long long)version, i + 1);
        step->effects[i] = (struct gw_effect){.event = i + 1,
                                              .destination = gw_text_of("events"),
                                              .id = gw_text_of(step->ids[i]),
                                              .type = gw_text_of("OutOfStock"),
                                              .payload = gw_text_of("read")};
    }
    step->changeset = (struct gw_changeset){.size = sizeof step->changeset, .stamp = version * 1000};
    step->changeset.products = (struct gw_array){&step->product, 1, sizeof step->product};
    step->changeset.effects = (struct gw_array){step->effects, STEP_ROWS, sizeof *step->effects};
    step->result = (struct gw_apply_result){.size = sizeof step->result, .event_counters = &step->counter};
    step->commit.result = &step->result;
    step->commit.epoch = atomic_load(&epoch);
    ck_assert_msg(scripted_repository.ops.apply(session, &step->changeset, &step->result, &error) == GW_OK, "%s",
                  error.text);
    stamp = step->changeset.stamp;
}

static void offer_step(struct step *step)
{
    for (uint32_t i = 0; i < STEP_ROWS; i++)
        step->effects[i].payload = gw_text_of("offered");
    step->commit.changeset = &step->changeset;
    gw_relay_offer(relay, &step->commit);
}

static void commit_and_offer(void)
{
    struct step step;

    commit_step(&step);
    offer_step(&step);
}

static void (*_Atomic job)(void); /* to do after the next look; NULL: nothing */

static void do_job(void)
{
    void (*due)(void) = atomic_load(&job);

    if (due == NULL)
        return;
    due();
    atomic_store(&job, NULL);
}

/* ---- the relay -------------------------------------------------------------------------------------------------- */

static void await(const atomic_uint *number, unsigned least)
{
    int64_t deadline = gw_clock_monotonic_ms() + PATIENCE_MS;

    while (atomic_load(number) < least) {
        ck_assert_int_lt(gw_clock_monotonic_ms(), deadline);
        (void)poll(NULL, 0, 1);
    }
}

static void await_gone(void)
{
    int64_t deadline = gw_clock_monotonic_ms() + PATIENCE_MS;

    while (scripted_outbox_count(session, "events") > 0) {
        ck_assert_int_lt(gw_clock_monotonic_ms(), deadline);
        (void)poll(NULL, 0, 1);
    }
}

static void start_relay(void)
{
    struct gw_error error = {0};

    plan = scripted_relay_plan(&component, &bootstrap);
    plan.epoch = &epoch;
    scripted_repository.after_look = do_job;
    ck_assert_msg(gw_relay_new(&plan, &relay, &error) == GW_OK, "%s", error.text);
    ck_assert_msg(gw_relay_start(relay, &error) == GW_OK, "%s", error.text);
}

/* Does it on the relay's thread, right after a look that found nothing. */
static void after_look(void (*wanted)(void))
{
    int64_t deadline = gw_clock_monotonic_ms() + PATIENCE_MS;

    atomic_store(&job, wanted);
    gw_relay_wake(relay);
    while (atomic_load(&job) != NULL) {
        ck_assert_int_lt(gw_clock_monotonic_ms(), deadline);
        (void)poll(NULL, 0, 1);
    }
}

/* Everything is delivered. */
static void stop_relay(void)
{
    await_gone();
    gw_wakeup_raise(plan.stop);
    gw_relay_join(relay);
    gw_relay_free(relay);
}

/* The ids and texts that were accepted, in order. */
static void assert_delivered(const char *const *expected, uint32_t count)
{
    ck_assert_uint_eq(scripted_destination.accepted_count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_accepted(i, expected[i]);
}

/* ---- what is delivered ------------------------------------------------------------------------------------------ */

START_TEST(an_offered_row_is_not_read_back)
{
    static const char *const expected[] = {"11 offered", "12 offered", "21 offered", "22 offered"};

    start_relay();
    after_look(commit_and_offer);
    await_gone();
    after_look(commit_and_offer);
    stop_relay();
    assert_delivered(expected, 4);
}
END_TEST

static struct step slow;

/* The first one in another process, or left out. */
static void commit_and_offer_the_second(void)
{
    commit_step(&slow);
    commit_and_offer();
}

START_TEST(a_row_that_was_not_offered_is_read_back_and_goes_first)
{
    static const char *const expected[] = {"11 read", "12 read", "21 read", "22 offered"};

    start_relay();
    after_look(commit_and_offer_the_second);
    stop_relay();
    assert_delivered(expected, 4); /* three were read together */
}
END_TEST

static void commit_three_and_offer_the_last(void)
{
    struct step third;

    commit_step(&slow);
    commit_step(&slow);
    commit_step(&third);
    offer_step(&third);
}

START_TEST(rows_behind_one_that_is_not_cached_wait_for_it)
{
    static const char *const expected[] = {"11 read", "12 read", "21 read", "22 read", "31 read", "32 read"};

    start_relay();
    after_look(commit_three_and_offer_the_last);
    stop_relay();
    assert_delivered(expected, 6);
}
END_TEST

static void offer_late_and_commit(void)
{
    offer_step(&slow);
    commit_and_offer();
}

START_TEST(a_late_offer_delivers_nothing_twice)
{
    static const char *const expected[] = {"11 read", "12 read", "21 read", "22 offered", "31 offered", "32 offered"};

    start_relay();
    after_look(commit_and_offer_the_second);
    await_gone();
    after_look(offer_late_and_commit);
    stop_relay();
    assert_delivered(expected, 6);
}
END_TEST

static void commit_and_lose_the_answer(void)
{
    struct step step;

    commit_step(&step);
    step.result.first_effect = 0;
    offer_step(&step);
}

START_TEST(a_commit_whose_answer_was_lost_is_read_back_once)
{
    static const char *const expected[] = {"11 read", "12 read"};

    start_relay();
    after_look(commit_and_lose_the_answer);
    stop_relay();
    assert_delivered(expected, 2);
}
END_TEST

static atomic_bool is_to_settle_elsewhere;

static void settle_elsewhere_once(struct gw_text destination)
{
    (void)destination;
    if (atomic_exchange(&is_to_settle_elsewhere, false))
        scripted_deliver_elsewhere(session, "events");
}

static void commit_and_offer_what_is_settled_elsewhere(void)
{
    commit_and_offer();
    atomic_store(&is_to_settle_elsewhere, true);
}

START_TEST(a_row_that_is_no_longer_pending_is_not_delivered)
{
    static const char *const expected[] = {"21 offered", "22 offered"};

    scripted_repository.in_look = settle_elsewhere_once;
    start_relay();
    after_look(commit_and_offer_what_is_settled_elsewhere);
    await_gone();
    after_look(commit_and_offer);
    stop_relay();
    assert_delivered(expected, 2);
}
END_TEST

/* What is cached would show. */
static void commit_and_offer_where_numbers_suffice(void)
{
    scripted_repository.tells_whole = 0;
    commit_and_offer();
}

START_TEST(nothing_is_cached_if_the_repository_reports_whole_rows)
{
    static const char *const expected[] = {"11 read", "12 read", "21 read", "22 read"};

    scripted_repository.tells_whole = 1;
    start_relay();
    after_look(commit_and_offer);
    await_gone();
    after_look(commit_and_offer_where_numbers_suffice);
    stop_relay();
    assert_delivered(expected, 4);
}
END_TEST

/* ---- blocks ----------------------------------------------------------------------------------------------------- */

START_TEST(events_of_a_block_are_recalled_and_settled_together)
{
    static const char *const expected[] = {"11 offered", "12 offered", "21 offered", "22 offered"};

    scripted_repository.block_events = STEP_ROWS;
    start_relay();
    after_look(commit_and_offer);
    await_gone();
    after_look(commit_and_offer);
    stop_relay();
    assert_delivered(expected, 4);
    ck_assert_uint_eq(atomic_load(&scripted_repository.settlements), 2);
}
END_TEST

/* The first event is delivered, the second one only at the next attempt. */
START_TEST(a_block_that_was_delivered_in_part_continues_with_the_rest)
{
    static const char *const expected[] = {"11 offered", "12 read"};

    scripted_repository.block_events = STEP_ROWS;
    scripted_destination.verdicts[scripted_destination.verdict_count++] = GW_OK;
    scripted_destination.verdicts[scripted_destination.verdict_count++] = GW_TRANSIENT;
    start_relay();
    after_look(commit_and_offer);
    stop_relay();
    assert_delivered(expected, 2);
    ck_assert_uint_eq(atomic_load(&scripted_repository.settlements), 3); /* delivered, failed; delivered */
}
END_TEST

/* ---- doubts ----------------------------------------------------------------------------------------------------- */

START_TEST(after_a_destination_that_failed_rows_are_read_back)
{
    static const char *const expected[] = {"11 read", "12 read", "21 offered", "22 offered"};

    scripted_destination.results[scripted_destination.result_count++] = GW_TRANSIENT;
    start_relay();
    after_look(commit_and_offer);
    await_gone();
    after_look(commit_and_offer);
    stop_relay();
    assert_delivered(expected, 4);
}
END_TEST

START_TEST(after_a_transient_failure_rows_are_read_back)
{
    static const char *const expected[] = {"11 offered", "12 read"};

    scripted_destination.verdicts[scripted_destination.verdict_count++] = GW_OK;
    scripted_destination.verdicts[scripted_destination.verdict_count++] = GW_TRANSIENT;
    start_relay();
    after_look(commit_and_offer);
    stop_relay();
    assert_delivered(expected, 2);
}
END_TEST

static struct step offered_early;
static unsigned published;

/* While the first group is under way, a second commit is offered; then the lease goes with the connection. */
static void offer_before_the_loss(void)
{
    if (published++ > 0)
        return;
    commit_step(&offered_early);
    offer_step(&offered_early);
    scripted_repository.settle_script[0] = GW_TRANSIENT;
    scripted_repository.settle_script_len = 1;
}

/* It began before the loss, and its worker was slow. */
static void offer_of_an_earlier_epoch(void)
{
    struct step step;

    commit_step(&step);
    step.commit.epoch--;
    offer_step(&step);
}

START_TEST(rows_offered_before_a_lost_connection_are_read_back)
{
    static const char *const expected[] = {"11 offered", "12 offered", "21 read",    "22 read",
                                           "31 read",    "32 read",    "41 offered", "42 offered"};

    scripted_destination.in_call = offer_before_the_loss;
    start_relay();
    after_look(commit_and_offer);
    await_gone();
    after_look(offer_of_an_earlier_epoch);
    await_gone();
    after_look(commit_and_offer);
    stop_relay();
    assert_delivered(expected, 8);
}
END_TEST

START_TEST(nothing_is_cached_while_another_process_delivers)
{
    static const char *const expected[] = {"11 read", "12 read"};

    atomic_store(&scripted_repository.leased_elsewhere, "events");
    start_relay();
    await(&scripted_repository.leases, 1);
    commit_and_offer();
    atomic_store(&scripted_repository.leased_elsewhere, NULL);
    stop_relay();
    assert_delivered(expected, 2);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("relay_memory");
    TCase *tests = tcase_create("memory");

    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, an_offered_row_is_not_read_back);
    tcase_add_test(tests, a_row_that_was_not_offered_is_read_back_and_goes_first);
    tcase_add_test(tests, rows_behind_one_that_is_not_cached_wait_for_it);
    tcase_add_test(tests, a_late_offer_delivers_nothing_twice);
    tcase_add_test(tests, a_commit_whose_answer_was_lost_is_read_back_once);
    tcase_add_test(tests, a_row_that_is_no_longer_pending_is_not_delivered);
    tcase_add_test(tests, events_of_a_block_are_recalled_and_settled_together);
    tcase_add_test(tests, a_block_that_was_delivered_in_part_continues_with_the_rest);
    tcase_add_test(tests, nothing_is_cached_if_the_repository_reports_whole_rows);
    tcase_add_test(tests, after_a_destination_that_failed_rows_are_read_back);
    tcase_add_test(tests, after_a_transient_failure_rows_are_read_back);
    tcase_add_test(tests, rows_offered_before_a_lost_connection_are_read_back);
    tcase_add_test(tests, nothing_is_cached_while_another_process_delivers);
    suite_add_tcase(suite, tests);
    return suite;
}
