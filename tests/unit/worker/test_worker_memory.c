/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The n-th allocation of a worker's life fails, for every n: while it is made, opens sources, applies turns, stores
 * positions and follows a source that another gateway moved. Nothing is lost and nothing is applied twice. Waits take
 * no time in this program: the clock jumps to their end.
 */
#include "check_main.h"
#include "failing_core.h"
#include "many_sources.h"
#include "process/wakeup.h"
#include "scripted.h"
#include "scripted_plan.h"
#include "service/routing.h"
#include "skipped_waits.h"
#include "worker/identity.h"
#include "worker/worker_internal.h"

enum { ALLOCATIONS_MAX = 600, TESTS = ALLOCATIONS_MAX / FAILING_CORE_STEP, MOVED_FROM = 4, MOVED_TO = 7 };

static struct gw_session *session;
static struct gw_message_bus *bus;
static bool is_moved;   /* another gateway applied some messages of b */
static bool has_passed; /* a reported that two offsets behind its last message have no message */

static void move_b(const struct gw_changeset *changeset)
{
    if (is_moved || changeset->positions.count < 2 || many.sources[1].next <= MOVED_FROM)
        return;
    is_moved = true;
    ck_assert(scripted_memory_ops()->set_position(session, gw_text_of("b"), MOVED_TO, NULL) == GW_OK);
}

static bool open_pass_and_close(struct gw_entrypoint_sink *sink)
{
    struct many_source *a = &many.sources[0];
    struct many_source *once = &many.sources[2];
    const struct gw_passed passed = {.source = gw_text_of("a"), .from = a->end, .next = a->end + 2};

    skip_ms(20);
    for (uint32_t index = 0; index < many.count; index++)
        if (!many.sources[index].is_open && many.sources[index].next < many.sources[index].end)
            many_open(sink, &many.sources[index]);
    if (once->is_open && once->is_running && once->next == once->end && once->applied[once->end - 1] > 0)
        many_close(sink, once);
    if (a->is_running && a->next == a->end && !has_passed) {
        has_passed = true;
        ck_assert(sink->passed(sink, &passed) == GW_OK);
    }
    return many.refused != GW_OK;
}

static void set_up(void)
{
    ck_assert(gw_identity_init());
    session = scripted_repository_open();
    ck_assert_ptr_nonnull(session);
    bus = gw_message_bus_new();
    ck_assert_ptr_nonnull(bus);
    (void)many_add("a", 12);
    (void)many_add("b", 12);
    many_add("once", 3)->is_once = true;
    many.in_poll = open_pass_and_close;
    scripted_repository.in_apply = move_b;
}

/* Runs a worker until its input ends, or until it gives up for want of memory. */
static bool run_worker(void)
{
    struct gw_worker_plan plan = scripted_worker_plan(&many_sources_plugin, bus);
    struct gw_error error = {0};
    struct gw_worker *worker;
    enum gw_status status;
    bool is_finished;

    plan.turn_messages = 4;
    plan.max_dead = 0;
    status = gw_worker_new(&plan, &worker, &error);
    if (status != GW_OK) {
        ck_assert_int_eq(status, GW_NOMEM);
        ck_assert_int_eq(error.status, GW_NOMEM);
        return false;
    }
    ck_assert_msg(gw_worker_start(worker, &error) == GW_OK, "%s", error.text);
    gw_worker_join(worker);
    ck_assert(gw_worker_has_ended(worker, &is_finished));
    ck_assert_uint_eq(atomic_load(&gw_worker_figures(worker)->settled[GW_OUTCOME_DEAD]), 0);
    gw_worker_free(worker);
    return is_finished;
}

/* What a new entrypoint knows of its sources: nothing. */
static void forget_sources(void)
{
    many.is_closed = false;
    many.polls = 0;
    for (uint32_t index = 0; index < many.count; index++) {
        many.sources[index].is_open = many.sources[index].is_running = false;
        many.sources[index].next = 0;
    }
}

/* Those of b that another gateway applied are not applied again by this one. */
static void assert_b_applied_once(const struct many_source *b)
{
    unsigned others = 0;

    for (int64_t offset = 0; offset < b->end; offset++) {
        ck_assert_uint_le(b->applied[offset], 1);
        others += b->applied[offset] == 0;
        ck_assert(b->applied[offset] == 1 || offset < MOVED_TO);
    }
    ck_assert_uint_gt(others, 0);
    ck_assert_uint_le(others, MOVED_TO);
}

START_TEST(a_worker_survives_every_failing_allocation)
{
    bool is_finished;

    failing_core_begin(_i * FAILING_CORE_STEP + 1);
    is_finished = run_worker();
    (void)failing_core_end();
    if (!is_finished) {
        forget_sources();
        ck_assert(run_worker());
    }
    many_assert_applied_once(&many.sources[0]);
    assert_b_applied_once(&many.sources[1]);
    many_assert_applied_once(&many.sources[2]);
    ck_assert(is_moved);
    ck_assert_int_ge(scripted_position_of(session, "a"),
                     12); /* 14 unless memory failed when the end was to be stored */
    ck_assert_int_eq(scripted_position_of(session, "b"), 12);
}
END_TEST

START_TEST(the_test_of_failing_allocations_tries_each_of_them)
{
    long count;

    failing_core_begin(0);
    ck_assert(run_worker());
    count = failing_core_end();
    ck_assert_int_gt(count, 40);
    ck_assert_int_lt(count, ALLOCATIONS_MAX - 10);
    ck_assert_int_eq(scripted_position_of(session, "a"), 14);
    ck_assert_int_eq(scripted_position_of(session, "once"), GW_OFFSET_NONE);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("worker_memory");
    TCase *allocations = tcase_create("allocations");

    tcase_add_checked_fixture(allocations, set_up, NULL);
    tcase_set_timeout(allocations, 30);
    tcase_add_test(allocations, the_test_of_failing_allocations_tries_each_of_them);
    tcase_add_loop_test(allocations, a_worker_survives_every_failing_allocation, 0, TESTS);
    suite_add_tcase(suite, allocations);
    return suite;
}
