/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources that open and close: each starts, stops and moves independently, and messages of a revoked one are returned.
 */
#include "check_main.h"
#include "log_file.h"
#include "many_sources.h"
#include "process/wakeup.h"
#include "scripted.h"
#include "scripted_plan.h"
#include "service/routing.h"
#include "worker/identity.h"
#include "worker/worker_internal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TEST_SECONDS = 30 };

static struct gw_session *session;
static struct gw_message_bus *bus;
static struct gw_worker *worker;
static struct gw_worker_plan plan;
static bool ends_at_fault;
static struct gw_plugin many_plugin; /* many_sources_plugin, unless a test sets it */

static void set_up(void)
{
    ck_assert(gw_identity_init());
    log_file_open();
    session = scripted_repository_open();
    ck_assert_ptr_nonnull(session);
    bus = gw_message_bus_new();
    ck_assert_ptr_nonnull(bus);
    many_plugin = many_sources_plugin;
}

static bool run_worker(int64_t turn_messages)
{
    struct gw_error error = {0};
    bool is_finished;

    plan = scripted_worker_plan(&many_plugin, bus);
    plan.instance = 3;
    plan.log = &log_file;
    plan.turn_messages = turn_messages;
    plan.ends_at_fault = ends_at_fault;
    ck_assert_msg(gw_worker_new(&plan, &worker, &error) == GW_OK, "%s", error.text);
    ck_assert_msg(gw_worker_start(worker, &error) == GW_OK, "%s", error.text);
    gw_worker_join(worker);
    ck_assert(gw_worker_has_ended(worker, &is_finished));
    ck_assert(many.is_closed);
    return is_finished;
}

static uint64_t settled(enum gw_outcome outcome)
{
    return atomic_load(&gw_worker_figures(worker)->settled[outcome]);
}

/* What came in ended somewhere, and every message of every source was applied once in the end. */
static void assert_all_well(void)
{
    uint64_t sum = 0;
    uint64_t all = 0;

    for (int outcome = 0; outcome <= GW_OUTCOME_RETURNED; outcome++)
        sum += settled((enum gw_outcome)outcome);
    ck_assert_uint_eq(sum, atomic_load(&gw_worker_figures(worker)->received));
    for (uint32_t index = 0; index < many.count; index++) {
        many_assert_applied_once(&many.sources[index]);
        all += (uint64_t)many.sources[index].end;
    }
    ck_assert_uint_eq(settled(GW_OUTCOME_APPLIED), all);
    ck_assert_uint_eq(atomic_load(&gw_worker_figures(worker)->stopped_sources), 0);
    gw_worker_free(worker);
}

static bool open_at_first(struct gw_entrypoint_sink *sink)
{
    if (many.polls > 1)
        return false;
    many_open_all(sink);
    return true;
}

static void refuse(struct many_source *source, const char *why)
{
    (void)snprintf(source->refusal, sizeof source->refusal, "%s", why);
}

/* ---- many of them ----------------------------------------------------------------------------------------------- */

START_TEST(hundreds_of_sources_start_together_and_interleave)
{
    for (int index = 0; index < 200; index++) {
        char name[32];

        (void)snprintf(name, sizeof name, "cluster:orders:%d", index);
        (void)many_add(name, 7);
    }
    many.in_poll = open_at_first;
    ck_assert(run_worker(500));
    ck_assert_uint_eq(many.most_together, 200);
    ck_assert_uint_eq(many.start_calls, 1);
    ck_assert_uint_eq(settled(GW_OUTCOME_RETURNED), 0);
    assert_all_well();
}
END_TEST

/* ---- stopped ---------------------------------------------------------------------------------------------------- */

static int64_t begun_ms;
static int64_t others_done_ms;
static uint64_t stopped_then;
static unsigned polls_then;

static bool mend_when_others_are_done(struct gw_entrypoint_sink *sink)
{
    if (open_at_first(sink)) {
        begun_ms = many.host->monotonic_ms(many.host);
        return true;
    }
    if (many_is_exhausted() && many.sources[1].starts == 1 && others_done_ms == 0) {
        others_done_ms = many.host->monotonic_ms(many.host);
        stopped_then = atomic_load(&gw_worker_figures(worker)->stopped_sources);
        polls_then = many.polls;
        many.sources[1].refusal[0] = '\0';
    }
    return false;
}

START_TEST(a_source_that_cannot_start_is_retried_and_does_not_block_others)
{
    (void)many_add("a", 60);
    refuse(many_add("b", 60), "the topic was created again");
    (void)many_add("c", 60);
    many.in_poll = mend_when_others_are_done;
    ck_assert(run_worker(10));
    ck_assert_int_lt(others_done_ms - begun_ms, 400);
    ck_assert_uint_eq(stopped_then, 1);
    ck_assert_uint_lt(many.polls - polls_then, 40); /* waiting for it, the worker does not spin */
    ck_assert_uint_eq(many.sources[0].starts, 1);
    ck_assert_uint_eq(many.sources[1].starts, 2);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STOPPED, "the topic was created again"), 1);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STOPPED, "gangway positions shop.yaml --set b "), 1);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_RESUMED, "source b "), 1);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_NOT_STARTED, NULL), 0);
    assert_all_well();
}
END_TEST

START_TEST(the_position_of_a_source_that_can_be_read_only_once_is_deleted_with_it)
{
    (void)many_add("file", 20);
    many_add("pipe", 20)->is_once = true;
    many.in_poll = open_at_first;
    ck_assert(run_worker(10));
    ck_assert_int_eq(scripted_position_of(session, "file"), 20);
    ck_assert_int_eq(scripted_position_of(session, "pipe"), GW_OFFSET_NONE);
    assert_all_well();
}
END_TEST

static bool change_the_reason(struct gw_entrypoint_sink *sink)
{
    if (open_at_first(sink))
        return true;
    if (many.sources[0].starts == 1)
        refuse(&many.sources[0], "now it is gone");
    for (uint32_t index = 0; index < many.count; index++)
        if (many.sources[index].starts == 2)
            many.sources[index].refusal[0] = '\0';
    return false;
}

START_TEST(a_stopped_source_is_logged_once_and_again_if_the_reason_changes)
{
    refuse(many_add("a", 3), "it is another one");
    refuse(many_add("b", 3), "it is another one");
    many.in_poll = change_the_reason;
    ck_assert(run_worker(10));
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STOPPED, "source a is stopped: it is another one"), 1);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STOPPED, "source a is stopped: now it is gone"), 1);
    ck_assert_uint_eq(many.sources[1].starts, 3);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STOPPED, "source b "), 1);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_RESUMED, NULL), 2);
    assert_all_well();
}
END_TEST

static void set_position(const char *source, int64_t next)
{
    struct gw_error error = {0};

    ck_assert_msg(scripted_memory_ops()->set_position(session, gw_text_of(source), next, &error) == GW_OK, "%s",
                  error.text);
}

static bool set_when_it_is_refused(struct gw_entrypoint_sink *sink)
{
    if (open_at_first(sink))
        return true;
    if (many.sources[0].starts == 1)
        set_position("a", 2);
    return false;
}

START_TEST(a_stopped_source_resumes_where_an_operator_sets_it_without_a_restart)
{
    struct many_source *source = many_add("a", 8);

    refuse(source, "its end is at 4");
    source->refused_offset = 6;
    set_position("a", 6);
    many.in_poll = set_when_it_is_refused;
    ck_assert(run_worker(10));
    ck_assert_uint_eq(source->starts, 2);
    ck_assert_int_eq(source->started_at, 2);
    ck_assert_uint_eq(settled(GW_OUTCOME_APPLIED), 6);
    gw_worker_free(worker);
}
END_TEST

static bool take_the_stopped_one_away(struct gw_entrypoint_sink *sink)
{
    if (open_at_first(sink))
        return true;
    if (many.sources[0].starts == 1 && many.sources[0].is_open) {
        ck_assert_uint_eq(atomic_load(&gw_worker_figures(worker)->stopped_sources), 1);
        many_close(sink, &many.sources[0]);
        return true;
    }
    return false;
}

START_TEST(a_revoked_stopped_source_does_not_keep_the_worker_running)
{
    refuse(many_add("a", 0), "the topic was created again");
    (void)many_add("b", 9);
    many.in_poll = take_the_stopped_one_away;
    ck_assert(run_worker(10));
    ck_assert_uint_eq(many.sources[0].starts, 1);
    assert_all_well();
}
END_TEST

/* ---- passing failures ------------------------------------------------------------------------------------------- */

static bool open_second_later(struct gw_entrypoint_sink *sink)
{
    if (many.polls == 1)
        many_open(sink, &many.sources[0]);
    if (many.polls == 3) {
        many.failing_starts = 3;
        many_open(sink, &many.sources[1]);
        begun_ms = many.host->monotonic_ms(many.host);
    }
    if (many.sources[0].next == many.sources[0].end && others_done_ms == 0)
        others_done_ms = many.host->monotonic_ms(many.host);
    return many.polls == 1;
}

START_TEST(a_transient_failure_of_a_start_does_not_block_running_sources)
{
    (void)many_add("a", 60);
    (void)many_add("b", 5);
    many.in_poll = open_second_later;
    ck_assert(run_worker(2));
    ck_assert_int_lt(others_done_ms - begun_ms, 200);
    ck_assert_uint_eq(many.start_calls, 5);
    ck_assert_uint_eq(many.sources[0].starts, 1);
    ck_assert_uint_eq(logged(GW_CODE_INPUT_FAILED, "the broker is away"), 1);
    ck_assert_uint_eq(logged(GW_CODE_INPUT_RECOVERED, " 3 "), 1);
    assert_all_well();
}
END_TEST

static unsigned failing_positions;
static unsigned failing_beginnings;
static unsigned polls_at_failure;

static enum gw_status positions_after_a_while(struct gw_session *opened, const struct gw_array *sources,
                                              const struct gw_position_visitor *visitor, struct gw_error *reterr)
{
    if (failing_positions > 0) {
        failing_positions--;
        return gw_error_set(reterr, GW_TRANSIENT, "the server is away");
    }
    return scripted_memory_ops()->positions(opened, sources, visitor, reterr);
}

/* A lost answer: the positions are stored, but the worker does not know. */
static enum gw_status apply_after_a_while(struct gw_session *opened, const struct gw_changeset *changeset,
                                          struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    enum gw_status status = scripted_memory_ops()->apply(opened, changeset, ret_result, reterr);

    if (failing_beginnings == 0)
        return status;
    failing_beginnings--;
    if (polls_at_failure == 0)
        polls_at_failure = many.polls;
    ck_assert_uint_eq(many.polls, polls_at_failure); /* no message is read while it is open where the source begins */
    return gw_error_set(reterr, GW_UNKNOWN, "the connection broke");
}

START_TEST(starting_sources_waits_for_an_unreachable_repository)
{
    (void)many_add("a", 5);
    (void)many_add("b", 5);
    failing_positions = 2;
    failing_beginnings = 2;
    scripted_repository.ops.positions = positions_after_a_while;
    scripted_repository.ops.apply = apply_after_a_while;
    many.in_poll = open_at_first;
    ck_assert(run_worker(10));
    ck_assert_uint_eq(many.start_calls, 1);
    ck_assert_uint_eq(logged(GW_CODE_REPOSITORY_FAILED, "the server is away"), 1);
    ck_assert_uint_eq(logged(GW_CODE_REPOSITORY_RECOVERED, " 2 "), 2);
    assert_all_well();
}
END_TEST

static enum gw_status stop_and_be_away(struct gw_session *opened, const struct gw_array *sources,
                                       const struct gw_position_visitor *visitor, struct gw_error *reterr)
{
    (void)opened;
    (void)sources;
    (void)visitor;
    gw_wakeup_raise(plan.stop);
    return gw_error_set(reterr, GW_TRANSIENT, "the server is away");
}

START_TEST(a_stop_ends_the_wait_for_a_repository)
{
    (void)many_add("a", 5);
    scripted_repository.ops.positions = stop_and_be_away;
    many.in_poll = open_at_first;
    ck_assert(!run_worker(10));
    ck_assert_uint_eq(many.start_calls, 0);
    gw_worker_free(worker);
}
END_TEST

/* ---- taken away ------------------------------------------------------------------------------------------------- */

static bool close_behind_messages(struct gw_entrypoint_sink *sink)
{
    if (open_at_first(sink))
        return true;
    if (many.polls != 2)
        return false;
    many_give(sink, &many.sources[0], 3);
    many_give(sink, &many.sources[1], 2);
    many_close(sink, &many.sources[0]);
    return true;
}

START_TEST(messages_of_a_source_revoked_in_the_same_poll_are_returned)
{
    (void)many_add("a", 6);
    (void)many_add("b", 6);
    many.in_poll = close_behind_messages;
    ck_assert(run_worker(10));
    ck_assert_uint_eq(settled(GW_OUTCOME_RETURNED), 3);
    ck_assert_uint_eq(settled(GW_OUTCOME_APPLIED), 6);
    for (int offset = 0; offset < 3; offset++)
        ck_assert_uint_eq(many.sources[0].returned[offset], 1);
    many_assert_applied_once(&many.sources[1]);
    ck_assert_uint_eq(atomic_load(&gw_worker_figures(worker)->received), 9);
    gw_worker_free(worker);
}
END_TEST

static bool close_and_open_again(struct gw_entrypoint_sink *sink)
{
    if (open_at_first(sink))
        return true;
    if (many.polls != 4)
        return false;
    many_give(sink, &many.sources[0], 3);
    many_close(sink, &many.sources[0]);
    many_open(sink, &many.sources[0]);
    many_close(sink, &many.sources[0]);
    many_open(sink, &many.sources[0]);
    return true;
}

START_TEST(a_source_revoked_and_assigned_in_one_poll_continues_at_its_stored_position)
{
    (void)many_add("a", 20);
    (void)many_add("b", 20);
    many.in_poll = close_and_open_again;
    ck_assert(run_worker(4));
    ck_assert_uint_eq(many.sources[0].starts, 2);
    ck_assert_int_eq(many.sources[0].started_at, 4);
    ck_assert_uint_eq(many.sources[1].starts, 1);
    ck_assert_uint_eq(settled(GW_OUTCOME_RETURNED), 3);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_RESUMED, NULL), 0);
    assert_all_well();
}
END_TEST

static unsigned lags_seen;

static void on_lag(void *context, struct gw_text source, int64_t lag)
{
    (void)source;
    *(int64_t *)context += lag;
    lags_seen++;
}

static bool tell_figures(struct gw_entrypoint_sink *sink)
{
    if (open_at_first(sink))
        return true;
    ck_assert_uint_eq(many.host->instance, 3);
    ck_assert_str_eq(many.host->service, "shop");
    if (many.sources[0].is_open)
        many_close(sink, &many.sources[0]);
    many.host->metric(many.host, MANY_METRIC_LAG, gw_text_of("a"), 5); /* by a thread that does not know yet */
    many.host->metric(many.host, MANY_METRIC_LAG, gw_text_of("b"), 7);
    many.host->metric(many.host, MANY_METRIC_CONNECTION_UP, gw_text_of(NULL), 1);
    return false;
}

START_TEST(a_revoked_source_has_no_lag)
{
    int64_t lag = 0;

    (void)many_add("a", 0);
    (void)many_add("b", 4);
    many.in_poll = tell_figures;
    ck_assert(run_worker(10));
    gw_metrics_visit(gw_worker_metrics(worker), GW_METRIC_LAG, on_lag, &lag);
    ck_assert_uint_eq(lags_seen, 1);
    ck_assert_int_eq(lag, 7);
    ck_assert_int_eq(gw_metrics_value(gw_worker_metrics(worker), GW_METRIC_CONNECTION_UP),
                     GW_METRIC_UNKNOWN); /* it is closed by now */
    gw_worker_free(worker);
}
END_TEST

/* ---- moved by another gateway ----------------------------------------------------------------------------------- */

static bool is_moved;

static void move_a(const struct gw_changeset *changeset)
{
    if (is_moved || changeset->positions.count < 2 || many.sources[0].next < 4)
        return;
    is_moved = true;
    set_position("a", 9);
}

START_TEST(only_the_source_that_another_gateway_moved_starts_again)
{
    (void)many_add("a", 12);
    (void)many_add("b", 12);
    many.in_poll = open_at_first;
    scripted_repository.in_apply = move_a;
    ck_assert(run_worker(4));
    ck_assert(is_moved);
    ck_assert_uint_eq(many.sources[0].starts, 2);
    ck_assert_int_eq(many.sources[0].started_at, 9);
    ck_assert_uint_eq(many.sources[1].starts, 1);
    many_assert_applied_once(&many.sources[1]);
    ck_assert_uint_eq(settled(GW_OUTCOME_RETURNED), 2);
    ck_assert_uint_eq(settled(GW_OUTCOME_APPLIED), 12 + 2 + 3);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_MOVED, "source a resumes at offset 9 instead of 2"), 1);
    ck_assert_uint_eq(logged(NULL, "source b"), 1);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STARTED, "source b"), 1);
    gw_worker_free(worker);
}
END_TEST

/* Somebody is always ahead. */
static void keep_moving_a(const struct gw_changeset *changeset)
{
    int64_t next = many.sources[0].next + 3;

    if (changeset->positions.count > 0 && next <= many.sources[0].end && many.sources[0].next > 2)
        set_position("a", next);
}

START_TEST(a_source_that_keeps_moving_is_logged_once)
{
    (void)many_add("a", 40);
    many.in_poll = open_at_first;
    scripted_repository.in_apply = keep_moving_a;
    ck_assert(run_worker(2));
    ck_assert_uint_gt(many.sources[0].starts, 4);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_MOVED, NULL), 1);
    gw_worker_free(worker);
}
END_TEST

/* ---- what is no message ----------------------------------------------------------------------------------------- */

static enum gw_status note_position(void *context, const struct gw_position *position)
{
    *(int64_t *)context = position->next;
    return GW_OK;
}

static int64_t stored(const char *source)
{
    int64_t next = GW_OFFSET_NONE;
    struct gw_text name = gw_text_of(source);
    struct gw_array names = {&name, 1, sizeof name};
    struct gw_position_visitor visitor = {.size = sizeof visitor, .context = &next, .position = note_position};

    ck_assert(scripted_memory_ops()->positions(session, &names, &visitor, NULL) == GW_OK);
    return next;
}

/* Three messages, and behind them two offsets that hold none. */
static bool pass_behind_the_third(struct gw_entrypoint_sink *sink)
{
    const struct gw_passed passed = {.source = gw_text_of("a"), .from = 3, .next = 5};

    if (open_at_first(sink))
        return true;
    if (many.polls != 2)
        return false;
    many_give(sink, &many.sources[0], 3);
    ck_assert(sink->passed(sink, &passed) == GW_OK);
    return true;
}

START_TEST(passed_offsets_move_the_position)
{
    (void)many_add("a", 3);
    many.in_poll = pass_behind_the_third;
    ck_assert(run_worker(10));
    ck_assert_int_eq(stored("a"), 5);
    assert_all_well();
}
END_TEST

/* The repository returns to an earlier state behind the last message. */
static bool set_back_behind_the_last(struct gw_entrypoint_sink *sink)
{
    if (open_at_first(sink))
        return true;
    if (many.sources[0].starts == 1 && stored("a") == 3)
        set_position("a", 1);
    return false;
}

START_TEST(a_source_whose_stored_position_fell_is_read_again_without_new_messages)
{
    (void)many_add("a", 3);
    many.in_poll = set_back_behind_the_last;
    ck_assert(run_worker(10));
    ck_assert_uint_eq(many.sources[0].starts, 2);
    ck_assert_int_eq(many.sources[0].started_at, 1);
    ck_assert_int_eq(stored("a"), 3);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_MOVED, "source a resumes at offset 1 instead of 3"), 1);
    gw_worker_free(worker);
}
END_TEST

static void set_back_once(const struct gw_changeset *changeset)
{
    (void)changeset;
    if (many.sources[0].starts == 1 && many.polls == 2)
        set_position("a", 1);
}

START_TEST(passed_offsets_do_not_skip_messages_that_are_not_applied)
{
    (void)many_add("a", 3);
    many.in_poll = pass_behind_the_third;
    scripted_repository.in_apply = set_back_once;
    ck_assert(run_worker(10));
    ck_assert_uint_eq(many.sources[0].starts, 2);
    ck_assert_int_eq(stored("a"), 3);
    gw_worker_free(worker);
}
END_TEST

/* The repository's answers to changesets that hold nothing but a position behind the last message. */
static enum gw_status passed_answers[4];
static uint32_t passed_answer_count;
static uint32_t passed_answers_given;

static enum gw_status apply_passed(struct gw_session *opened, const struct gw_changeset *changeset,
                                   struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    const struct gw_position_change *position =
        changeset->positions.count > 0 ? gw_array_at(&changeset->positions, 0) : NULL;
    enum gw_status status = GW_OK;

    if (position != NULL && position->expected == 3 && passed_answers_given < passed_answer_count)
        status = passed_answers[passed_answers_given++];
    if (status == GW_OK || status == GW_ALREADY)
        (void)scripted_memory_ops()->apply(opened, changeset, ret_result, reterr);
    return status == GW_OK ? GW_OK : gw_error_set(reterr, status, "scripted");
}

static void pass_with(enum gw_status first, enum gw_status second)
{
    passed_answers[passed_answer_count++] = first;
    passed_answers[passed_answer_count++] = second;
    (void)many_add("a", 3);
    many.in_poll = pass_behind_the_third;
    scripted_repository.ops.apply = apply_passed;
}

START_TEST(a_position_behind_the_last_message_is_stored_until_the_repository_answers)
{
    pass_with(GW_TRANSIENT, GW_UNKNOWN);
    ck_assert(run_worker(10));
    ck_assert_uint_eq(passed_answers_given, 2);
    ck_assert_int_eq(stored("a"), 5);
    ck_assert_uint_eq(logged(GW_CODE_REPOSITORY_FAILED, NULL), 1);
    ck_assert_uint_eq(logged(GW_CODE_REPOSITORY_RECOVERED, " 2 "), 1);
    assert_all_well();
}
END_TEST

START_TEST(a_position_whose_answer_was_lost_is_stored_once)
{
    pass_with(GW_ALREADY, GW_OK);
    ck_assert(run_worker(10));
    ck_assert_uint_eq(passed_answers_given, 1);
    ck_assert_int_eq(stored("a"), 5);
    ck_assert_uint_eq(many.sources[0].starts, 1);
    assert_all_well();
}
END_TEST

START_TEST(a_source_that_was_not_moved_stays_when_another_of_the_same_store_was)
{
    pass_with(GW_MOVED, GW_OK);
    ck_assert(run_worker(10));
    ck_assert_int_eq(stored("a"), 3);
    ck_assert_uint_eq(many.sources[0].starts, 1);
    assert_all_well();
}
END_TEST

static enum gw_status set_back_in_store(struct gw_session *opened, const struct gw_changeset *changeset,
                                        struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    if (many.polls > 2 && stored("a") == 3 && many.sources[0].starts == 1)
        set_position("a", 1);
    return scripted_memory_ops()->apply(opened, changeset, ret_result, reterr);
}

static bool pass_at_the_end(struct gw_entrypoint_sink *sink)
{
    const struct gw_passed passed = {.source = gw_text_of("a"), .from = 3, .next = 5};

    if (open_at_first(sink))
        return true;
    if (many.polls == 3)
        ck_assert(sink->passed(sink, &passed) == GW_OK);
    return false;
}

START_TEST(a_source_that_is_moved_while_a_later_position_is_stored_is_read_again_to_its_end)
{
    (void)many_add("a", 3);
    many.in_poll = pass_at_the_end;
    scripted_repository.ops.apply = set_back_in_store;
    ck_assert(run_worker(10));
    ck_assert_uint_eq(many.sources[0].starts, 2);
    ck_assert_int_eq(many.sources[0].started_at, 1);
    ck_assert_int_eq(stored("a"), 3);
    ck_assert_uint_eq(many.sources[0].applied[0], 1);
    ck_assert_uint_eq(many.sources[0].applied[2], 2);
    gw_worker_free(worker);
}
END_TEST

START_TEST(a_cancelled_store_of_a_position_ends_the_worker_without_waiting)
{
    pass_with(GW_CANCELLED, GW_OK);
    ck_assert(!run_worker(10));
    ck_assert_uint_eq(logged(GW_CODE_REPOSITORY_FAILED, NULL), 0);
    ck_assert_int_eq(stored("a"), 3);
    gw_worker_free(worker);
}
END_TEST

/* The worker is told to end while the store fails. */
static bool stop_behind_the_third(struct gw_entrypoint_sink *sink)
{
    if (many.polls == 2)
        gw_wakeup_raise(plan.stop);
    return pass_behind_the_third(sink);
}

START_TEST(a_stop_ends_the_wait_for_a_repository_that_stores_no_position)
{
    pass_with(GW_TRANSIENT, GW_TRANSIENT);
    many.in_poll = stop_behind_the_third;
    ck_assert(!run_worker(10));
    ck_assert_uint_ge(passed_answers_given, 1);
    ck_assert_uint_eq(settled(GW_OUTCOME_APPLIED), 3);
    gw_worker_free(worker);
}
END_TEST

/* What an entrypoint passes that it does not have, or not any more, has no position. */
static bool pass_what_is_not_open(struct gw_entrypoint_sink *sink)
{
    const struct gw_passed unknown = {.source = gw_text_of("b"), .from = 0, .next = 5};
    const struct gw_passed closed = {.source = gw_text_of("a"), .from = 3, .next = 5};

    if (open_at_first(sink))
        return true;
    if (many.polls == 2)
        ck_assert(sink->passed(sink, &unknown) == GW_OK);
    if (many.polls == 3) {
        ck_assert(sink->passed(sink, &closed) == GW_OK);
        many_close(sink, &many.sources[0]);
        ck_assert(sink->closed(sink, gw_text_of("b")) == GW_OK);
    }
    return false;
}

START_TEST(what_a_closed_or_unknown_source_passes_is_not_stored)
{
    (void)many_add("a", 3);
    many.in_poll = pass_what_is_not_open;
    ck_assert(run_worker(10));
    ck_assert_int_eq(stored("a"), 3);
    ck_assert_int_eq(stored("b"), GW_OFFSET_NONE);
    assert_all_well();
}
END_TEST

/* What was read before the last message says nothing about the offset behind it. */
static bool pass_what_lies_behind(struct gw_entrypoint_sink *sink)
{
    const struct gw_passed early = {.source = gw_text_of("a"), .from = 0, .next = 2};
    const struct gw_passed late = {.source = gw_text_of("a"), .from = 4, .next = 9};

    if (open_at_first(sink))
        return true;
    if (many.polls == 3)
        ck_assert(sink->passed(sink, &early) == GW_OK);
    if (many.polls == 4)
        ck_assert(sink->passed(sink, &late) == GW_OK);
    return many.polls == 3;
}

START_TEST(only_what_follows_the_last_applied_message_moves_the_position)
{
    (void)many_add("a", 3);
    many.in_poll = pass_what_lies_behind;
    ck_assert(run_worker(10));
    ck_assert_int_eq(stored("a"), 3);
    assert_all_well();
}
END_TEST

/* ---- a command, which ends where a service waits for an operator --------------------------------------------------
 */

START_TEST(a_command_ends_at_a_configuration_fault_when_it_stores_a_position)
{
    ends_at_fault = true;
    pass_with(GW_CONFIG, GW_OK);
    ck_assert(!run_worker(10));
    ck_assert_uint_eq(logged(GW_CODE_WORKER_STOPPED, "scripted"), 1);
    ck_assert_int_eq(stored("a"), 3);
    gw_worker_free(worker);
}
END_TEST

static bool fails_at_the_end; /* not at the start */

static enum gw_status refuse_positions(struct gw_session *opened, const struct gw_array *sources,
                                       const struct gw_position_visitor *visitor, struct gw_error *reterr)
{
    if (fails_at_the_end && !(many.sources[0].starts > 0 && many_is_exhausted()))
        return scripted_memory_ops()->positions(opened, sources, visitor, reterr);
    return gw_error_set(reterr, GW_CONFIG, "permission denied for table sources");
}

START_TEST(a_command_ends_at_a_configuration_fault_when_it_reads_positions)
{
    fails_at_the_end = _i == 1;
    ends_at_fault = true;
    (void)many_add("a", 3);
    scripted_repository.ops.positions = refuse_positions;
    many.in_poll = open_at_first;
    ck_assert(!run_worker(10));
    ck_assert_uint_eq(logged(GW_CODE_WORKER_STOPPED, "permission denied for table sources"), 1);
    ck_assert_uint_eq(many.sources[0].applied[2], (unsigned)_i);
    gw_worker_free(worker);
}
END_TEST

/* ---- plugins that answer what was not asked ---------------------------------------------------------------------- */

/* All positions, whichever were asked for, as a repository might that filters nothing. */
static enum gw_status positions_of_all(struct gw_session *opened, const struct gw_array *sources,
                                       const struct gw_position_visitor *visitor, struct gw_error *reterr)
{
    const struct gw_array none = {NULL, 0, sizeof(struct gw_text)};

    (void)sources;
    return scripted_memory_ops()->positions(opened, &none, visitor, reterr);
}

static bool open_b_later(struct gw_entrypoint_sink *sink)
{
    if (many.polls == 1)
        many_open(sink, &many.sources[0]);
    if (many.polls == 3)
        many_open(sink, &many.sources[1]);
    return many.polls == 1;
}

START_TEST(positions_that_were_not_asked_for_start_no_source)
{
    (void)many_add("a", 30);
    (void)many_add("b", 5);
    set_position("elsewhere", 77);
    scripted_repository.ops.positions = positions_of_all;
    many.in_poll = open_b_later;
    ck_assert(run_worker(4));
    ck_assert_uint_eq(many.sources[0].starts, 1);
    ck_assert_uint_eq(many.sources[1].starts, 1);
    ck_assert_int_eq(stored("elsewhere"), 77);
    assert_all_well();
}
END_TEST

static const struct gw_entrypoint_ops *many_ops(void)
{
    return many_sources_plugin.ops;
}

static unsigned odd_starts;
static enum gw_status odd_status;

/* OK and an offset that is none, or another status without a reason; the second time all is well. */
static enum gw_status start_oddly(void *self, struct gw_start *starts, uint32_t count, struct gw_error *reterr)
{
    enum gw_status status = many_ops()->start(self, starts, count, reterr);

    if (odd_starts++ > 0)
        return status;
    starts[0].status = (int32_t)odd_status;
    starts[0].offset = -7;
    return status;
}

static void run_with_an_odd_start(enum gw_status status)
{
    static struct gw_entrypoint_ops ops;

    ops = *many_ops();
    ops.start = start_oddly;
    odd_status = status;
    many_plugin = many_sources_plugin;
    many_plugin.ops = &ops;
    (void)many_add("a", 3);
    many.in_poll = open_at_first;
    ck_assert(run_worker(10));
}

START_TEST(a_source_that_starts_at_no_offset_is_stopped_and_not_stored)
{
    run_with_an_odd_start(GW_OK);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STOPPED, "-7"), 1);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_RESUMED, NULL), 1);
    ck_assert_int_eq(stored("a"), 3);
    assert_all_well();
}
END_TEST

START_TEST(a_source_that_is_refused_without_a_reason_is_logged_with_its_status)
{
    run_with_an_odd_start(GW_NOMEM);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_NOT_STARTED, gw_status_word(GW_NOMEM)), 1);
    ck_assert_uint_eq(logged(GW_CODE_SOURCE_STOPPED, NULL), 0);
    assert_all_well();
}
END_TEST

/* ---- the end ---------------------------------------------------------------------------------------------------- */

/* The gateway gets a stop while it settles a turn; settling takes a moment. */
static void stop_in_settle(void)
{
    uint32_t ready;

    gw_wakeup_raise(plan.stop);
    ck_assert(many.host->wait(many.host, -1, 0, many.host->monotonic_ms(many.host) + 30, &ready) == GW_OK);
}

START_TEST(a_stop_lets_the_entrypoint_settle_its_last_messages)
{
    (void)many_add("a", 20);
    many.in_poll = open_at_first;
    many.in_settle = stop_in_settle;
    ck_assert(!run_worker(5));
    ck_assert_uint_eq(settled(GW_OUTCOME_APPLIED), 5);
    ck_assert_uint_eq(many.sources[0].applied[4], 1);
    ck_assert_uint_eq(atomic_load(&gw_worker_figures(worker)->received), 5);
    gw_worker_free(worker);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("worker_sources");
    TCase *sources = tcase_create("sources");

    tcase_add_checked_fixture(sources, set_up, NULL);
    tcase_set_timeout(sources, TEST_SECONDS);
    tcase_add_test(sources, hundreds_of_sources_start_together_and_interleave);
    tcase_add_test(sources, a_source_that_cannot_start_is_retried_and_does_not_block_others);
    tcase_add_test(sources, the_position_of_a_source_that_can_be_read_only_once_is_deleted_with_it);
    tcase_add_test(sources, a_stopped_source_is_logged_once_and_again_if_the_reason_changes);
    tcase_add_test(sources, a_stopped_source_resumes_where_an_operator_sets_it_without_a_restart);
    tcase_add_test(sources, a_revoked_stopped_source_does_not_keep_the_worker_running);
    tcase_add_test(sources, a_transient_failure_of_a_start_does_not_block_running_sources);
    tcase_add_test(sources, starting_sources_waits_for_an_unreachable_repository);
    tcase_add_test(sources, a_stop_ends_the_wait_for_a_repository);
    tcase_add_test(sources, messages_of_a_source_revoked_in_the_same_poll_are_returned);
    tcase_add_test(sources, a_source_revoked_and_assigned_in_one_poll_continues_at_its_stored_position);
    tcase_add_test(sources, a_revoked_source_has_no_lag);
    tcase_add_test(sources, only_the_source_that_another_gateway_moved_starts_again);
    tcase_add_test(sources, a_source_that_keeps_moving_is_logged_once);
    tcase_add_test(sources, a_source_whose_stored_position_fell_is_read_again_without_new_messages);
    tcase_add_test(sources, passed_offsets_move_the_position);
    tcase_add_test(sources, passed_offsets_do_not_skip_messages_that_are_not_applied);
    tcase_add_test(sources, a_position_behind_the_last_message_is_stored_until_the_repository_answers);
    tcase_add_test(sources, a_position_whose_answer_was_lost_is_stored_once);
    tcase_add_test(sources, a_source_that_was_not_moved_stays_when_another_of_the_same_store_was);
    tcase_add_test(sources, a_source_that_is_moved_while_a_later_position_is_stored_is_read_again_to_its_end);
    tcase_add_test(sources, a_command_ends_at_a_configuration_fault_when_it_stores_a_position);
    tcase_add_loop_test(sources, a_command_ends_at_a_configuration_fault_when_it_reads_positions, 0, 2);
    tcase_add_test(sources, a_cancelled_store_of_a_position_ends_the_worker_without_waiting);
    tcase_add_test(sources, a_stop_ends_the_wait_for_a_repository_that_stores_no_position);
    tcase_add_test(sources, what_a_closed_or_unknown_source_passes_is_not_stored);
    tcase_add_test(sources, only_what_follows_the_last_applied_message_moves_the_position);
    tcase_add_test(sources, positions_that_were_not_asked_for_start_no_source);
    tcase_add_test(sources, a_source_that_starts_at_no_offset_is_stopped_and_not_stored);
    tcase_add_test(sources, a_source_that_is_refused_without_a_reason_is_logged_with_its_status);
    tcase_add_test(sources, a_stop_lets_the_entrypoint_settle_its_last_messages);
    suite_add_tcase(suite, sources);
    return suite;
}
