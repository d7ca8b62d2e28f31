/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker does with each status of its repository: nothing is lost, nothing is applied twice, and every message
 * ends in exactly one state. */
#include "check_main.h"
#include "log_file.h"
#include "process/wakeup.h"
#include "scripted.h"
#include "scripted_plan.h"
#include "service/routing.h"
#include "worker/identity.h"
#include "worker/worker_internal.h"

#include <gangway/port/entrypoint.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct gw_session *session;
static struct gw_message_bus *bus;
static atomic_uint commits;

static atomic_uint_fast64_t epoch;
static struct gw_apply_result last_result; /* of the last commit */
static uint_fast64_t last_epoch;

static void on_committed(void *context, const struct gw_worker_scope *scope, const struct gw_outbox_commit *commit)
{
    (void)context;
    (void)scope;
    last_result = *commit->result;
    last_epoch = commit->epoch;
    atomic_fetch_add(&commits, 1);
}

static void set_up(void)
{
    static const struct gw_text nobody = {NULL, 0};
    static const struct gw_destination events = {{"events", 6}, &nobody, 1};

    ck_assert(gw_identity_init());
    log_file_open();
    session = scripted_repository_open();
    ck_assert_ptr_nonnull(session);
    bus = gw_message_bus_new();
    ck_assert(gw_message_bus_route(bus, gw_event_spec_find(gw_text_of("Allocated")), &events));
}

static void add_line(const char *line)
{
    scripted_entrypoint.lines[scripted_entrypoint.line_count++] = line;
}

/* A batch of 100 and so many orders of one. */
static void add_orders(int count)
{
    static char lines[SCRIPT_MAX][96];

    add_line("{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"LAMP\", \"qty\": 100}");
    for (int index = 0; index < count; index++) {
        (void)snprintf(lines[index], sizeof lines[index],
                       "{\"type\": \"Allocate\", \"orderid\": \"o%d\", \"sku\": \"LAMP\", \"qty\": 1}", index);
        add_line(lines[index]);
    }
}

static void add_a_day(void)
{
    add_orders(8);
}

static int64_t cache_bytes = 8 * 1024 * 1024;
static bool ends_at_fault; /* of the next worker */

/* Runs a worker to its end; whether it came there because of its input. */
static bool run_worker(int64_t turn_messages, int64_t max_dead, struct gw_worker **ret_worker)
{
    struct gw_worker_plan plan = scripted_worker_plan(&scripted_entrypoint_plugin, bus);
    struct gw_error error = {0};
    bool is_finished;

    plan.log = &log_file;
    plan.turn_messages = turn_messages;
    plan.cache_bytes = cache_bytes;
    plan.max_dead = max_dead;
    plan.ends_at_fault = ends_at_fault;
    plan.scopes.committed = on_committed;
    plan.epoch = &epoch;
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
    struct gw_histogram_total turns = {.scale = &gw_histogram_of_messages};
    uint64_t sum = 0;

    for (int outcome = 0; outcome <= GW_OUTCOME_RETURNED; outcome++)
        sum += settled(worker, (enum gw_outcome)outcome);
    ck_assert_uint_eq(sum, atomic_load(&gw_worker_figures(worker)->received));
    gw_histogram_add(&gw_worker_figures(worker)->turn_messages, &turns);
    ck_assert_uint_eq(turns.sum, sum);
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

/* Three turns about one product: the first loads it. */
START_TEST(a_product_cache_loads_a_product_once)
{
    struct gw_worker *worker;

    add_a_day();
    ck_assert(run_worker(4, 20, &worker));
    ck_assert_uint_eq(atomic_load(&scripted_repository.loads), 1);
    gw_worker_free(worker);
}
END_TEST

START_TEST(a_product_cache_that_is_off_loads_each_turn)
{
    struct gw_worker *worker;

    add_a_day();
    cache_bytes = 0;
    ck_assert(run_worker(4, 20, &worker));
    ck_assert_uint_eq(atomic_load(&scripted_repository.loads), 3);
    gw_worker_free(worker);
}
END_TEST

START_TEST(a_broken_invariant_names_each_source_and_offset_before_it_ends_the_process)
{
    struct gw_worker *worker;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        gw_crash_report_install(&log_file);
        script(GW_OK);
        script(GW_INTERNAL);
        add_a_day();
        (void)run_worker(4, 20, &worker);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_OF_COMPONENT, "\"signal\":\"SIGABRT\""), 1);
    ck_assert_uint_eq(logged(GW_CODE_CRASH_MESSAGES, "\"offset\":\"4\",\"last\":\"7\",\"messages\":\"4\""), 1);
    ck_assert_uint_eq(logged(NULL, "\"offset\":"), 1);
    ck_assert_uint_eq(logged(GW_CODE_INVARIANT_BROKEN, NULL), 1);
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

START_TEST(a_conflict_repeats_the_turn_and_a_second_one_halves_it)
{
    struct gw_histogram_total applies = {.scale = &gw_histogram_of_durations};
    uint64_t count = 0;
    struct gw_worker *worker;

    script(GW_CONFLICT);
    script(GW_CONFLICT);
    add_a_day();
    ck_assert(run_worker(8, 20, &worker));
    ck_assert_uint_eq(scripted_repository.applied_counts[0], 8);
    ck_assert_uint_eq(scripted_repository.applied_counts[1], 8);
    ck_assert_uint_eq(scripted_repository.applied_counts[2], 4);
    ck_assert_uint_eq(atomic_load(&gw_worker_figures(worker)->conflicts), 2);
    gw_histogram_add(&gw_worker_figures(worker)->apply_durations, &applies);
    for (int bucket = 0; bucket <= GW_HISTOGRAM_MAX_BOUNDS; bucket++)
        count += applies.counts[bucket];
    ck_assert_uint_eq(count, scripted_repository.applies);
    assert_whole_day(worker);
}
END_TEST

START_TEST(a_transient_failure_is_retried)
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

/* As a turn does that takes longer than the repository's time limit. */
START_TEST(a_lasting_transient_failure_is_retried_with_fewer_messages)
{
    struct gw_worker *worker;

    for (int index = 0; index < 3; index++)
        script(GW_TRANSIENT);
    add_a_day();
    ck_assert(run_worker(8, 20, &worker));
    ck_assert_uint_eq(scripted_repository.applied_counts[2], 8);
    ck_assert_uint_eq(scripted_repository.applied_counts[3], 4);
    assert_whole_day(worker);
}
END_TEST

START_TEST(an_unknown_commit_that_happened_is_recognised)
{
    struct gw_worker *worker;

    script(GW_UNKNOWN);
    scripted_repository.applies_before_unknown = 1;
    add_a_day();
    ck_assert(run_worker(100, 20, &worker));
    ck_assert_uint_eq(scripted_repository.applies, 2);
    ck_assert_int_eq(last_result.first_effect, 0); /* the numbers went with the answer that was lost */
    assert_whole_day(worker);
}
END_TEST

START_TEST(an_unknown_commit_that_did_not_happen_is_applied_once)
{
    struct gw_worker *worker;

    script(GW_UNKNOWN);
    add_a_day();
    ck_assert(run_worker(100, 20, &worker));
    ck_assert_int_gt(last_result.first_effect, 0);
    assert_whole_day(worker);
}
END_TEST

static void raise_epoch(const struct gw_changeset *changeset)
{
    (void)changeset;
    atomic_fetch_add(&epoch, 1);
}

START_TEST(a_commit_belongs_to_the_epoch_before_its_last_try)
{
    struct gw_worker *worker;

    script(GW_UNKNOWN);
    scripted_repository.in_apply = raise_epoch; /* in every try */
    atomic_store(&epoch, 7);
    add_a_day();
    ck_assert(run_worker(100, 20, &worker));
    ck_assert_uint_ge(atomic_load(&epoch), 9);
    ck_assert_uint_eq(last_epoch, atomic_load(&epoch) - 1);
    assert_whole_day(worker);
}
END_TEST

START_TEST(messages_that_another_gateway_applied_are_duplicates)
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

START_TEST(a_moved_position_restarts_the_source_there)
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

START_TEST(a_turn_that_was_halved_grows_back)
{
    static const uint32_t counts[] = {8, 8, 4, 4, 8, 8, 1};
    struct gw_worker *worker;

    script(GW_CONFLICT);
    script(GW_CONFLICT);
    add_orders(24);
    ck_assert(run_worker(8, 20, &worker));
    ck_assert_uint_eq(scripted_repository.applies, sizeof counts / sizeof *counts);
    for (uint32_t index = 0; index < scripted_repository.applies; index++)
        ck_assert_uint_eq(scripted_repository.applied_counts[index], counts[index]);
    gw_worker_free(worker);
}
END_TEST

START_TEST(the_pause_after_conflicts_grows_and_stays_short)
{
    int64_t longest = 0;

    for (int round = 0; round < 1000; round++) {
        int64_t many = gw_worker_conflict_pause_ms(1000);

        ck_assert_int_le(gw_worker_conflict_pause_ms(1), 10);
        ck_assert_int_le(gw_worker_conflict_pause_ms(3), 30);
        ck_assert_int_le(many, 100);
        longest = many > longest ? many : longest;
    }
    ck_assert_int_gt(longest, 50);
}
END_TEST

START_TEST(a_refusal_is_repeated_once_after_a_fresh_load)
{
    struct gw_worker *worker;

    script(GW_PERMANENT);
    add_a_day();
    ck_assert(run_worker(100, 20, &worker));
    ck_assert_uint_eq(scripted_repository.applies, 2);
    ck_assert_uint_eq(scripted_repository.applied_counts[1], 9);
    ck_assert_uint_ge(atomic_load(&scripted_repository.loads), 2);
    assert_whole_day(worker);
}
END_TEST

START_TEST(the_message_that_the_repository_refuses_becomes_a_dead_letter)
{
    struct gw_worker *worker;

    scripted_repository.refused_orderid = "o5";
    add_a_day();
    ck_assert(run_worker(100, 20, &worker));
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_APPLIED), 8);
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_DEAD), 1);
    ck_assert_uint_eq(scripted_entrypoint.outcomes[6], GW_OUTCOME_DEAD);
    ck_assert_uint_eq(scripted_entrypoint.reason_codes[6], GW_REASON_NOT_STORED);
    ck_assert_uint_eq(scripted_dead_count(session), 1);
    ck_assert_uint_eq(scripted_outbox_count(session, "events"), 7);
    ck_assert_int_eq(scripted_position(session), 9);
    assert_figures_add_up(worker);
    gw_worker_free(worker);
}
END_TEST

START_TEST(a_message_that_conflicts_with_unchanged_rows_becomes_a_dead_letter)
{
    struct gw_worker *worker;

    scripted_repository.conflicting_orderid = "o5";
    add_a_day();
    ck_assert(run_worker(100, 20, &worker));
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_APPLIED), 8);
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_DEAD), 1);
    ck_assert_uint_eq(scripted_entrypoint.outcomes[6], GW_OUTCOME_DEAD);
    ck_assert_uint_eq(scripted_entrypoint.reason_codes[6], GW_REASON_NOT_STORED);
    ck_assert_uint_eq(scripted_dead_count(session), 1);
    ck_assert_uint_eq(scripted_outbox_count(session, "events"), 7);
    ck_assert_int_eq(scripted_position(session), 9);
    assert_figures_add_up(worker);
    gw_worker_free(worker);
}
END_TEST

enum { OTHERS_CHANGES = 14 };

/* Another gateway changes the turn's product just before each of the first applies. */
static void others_are_first(const struct gw_changeset *changeset)
{
    const struct gw_repository_ops *memory = scripted_memory_ops();
    struct gw_apply_result result = {.size = sizeof result};
    struct gw_changeset others = {.size = sizeof others, .products = changeset->products};
    struct gw_product_change product;

    if (changeset->line_inserts.count == 0 || scripted_repository.applies >= OTHERS_CHANGES)
        return;
    product = *(const struct gw_product_change *)gw_array_at(&changeset->products, 0);
    product.version = product.expected + 1;
    others.products.items = &product;
    ck_assert_int_eq(memory->apply(session, &others, &result, NULL), GW_OK);
}

START_TEST(a_conflict_with_changing_rows_is_logged_from_the_tenth_on_and_never_refused)
{
    struct gw_worker *worker;

    scripted_repository.in_apply = others_are_first;
    add_line("{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"LAMP\", \"qty\": 100}");
    add_line("{\"type\": \"Allocate\", \"orderid\": \"o1\", \"sku\": \"LAMP\", \"qty\": 1}");
    ck_assert(run_worker(100, 20, &worker));
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_APPLIED), 2);
    ck_assert_uint_ge(atomic_load(&gw_worker_figures(worker)->conflicts), 10);
    ck_assert_uint_eq(scripted_dead_count(session), 0);
    ck_assert_uint_eq(logged(GW_CODE_CONFLICTS_REPEATED, "10 conflicts"), 1);
    ck_assert_uint_eq(logged(GW_CODE_CONFLICTS_REPEATED, "LAMP"), 1);
    ck_assert_uint_eq(logged(GW_CODE_CONFLICTS_REPEATED, NULL), 1);
    ck_assert_uint_eq(logged(GW_CODE_CONFLICTS_ENDED, NULL), 1);
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

START_TEST(a_malformed_message_is_a_dead_letter_and_the_others_are_applied)
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

/* ---- beside other processes ------------------------------------------------------------------------------------- */

/* Another process, which moves the position when this apply is about to be made, counted from 0. */
static struct {
    uint32_t apply;
    int64_t from;
    int64_t to;
} mover;

static void apply_elsewhere(const struct gw_changeset *changeset)
{
    const struct gw_repository_ops *memory = scripted_memory_ops();
    struct gw_apply_result result = {.size = sizeof result};
    struct gw_error error = {0};

    ck_assert_msg(memory->apply(session, changeset, &result, &error) == GW_OK, "%s", error.text);
}

static void move_position(int64_t from, int64_t to)
{
    struct gw_position_change change = {.source = gw_text_of("scripted:source"), .expected = from, .next = to};
    struct gw_changeset changeset = {.size = sizeof changeset, .positions = {&change, 1, sizeof change}};

    apply_elsewhere(&changeset);
}

static void move_before_apply(const struct gw_changeset *changeset)
{
    (void)changeset;
    if (scripted_repository.applies != mover.apply || mover.to == 0 || scripted_position(session) == GW_OFFSET_NONE)
        return;
    move_position(mover.from, mover.to);
    mover.to = 0;
}

static void another_process_moves(uint32_t apply, int64_t from, int64_t to)
{
    mover.apply = apply;
    mover.from = from;
    mover.to = to;
    scripted_repository.in_apply = move_before_apply;
}

START_TEST(a_source_that_another_process_moved_continues_there)
{
    struct gw_worker *worker;

    another_process_moves(1, 3, 5);
    add_a_day();
    ck_assert(run_worker(3, 20, &worker));
    ck_assert_uint_eq(scripted_entrypoint.start_count, 2);
    ck_assert_int_eq(scripted_entrypoint.started_at[1], 5);
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_RETURNED), 3);
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_APPLIED), 7);
    ck_assert_uint_eq(scripted_outbox_count(session, "events"), 6); /* those of lines 3 and 4 are the other's */
    ck_assert_int_eq(scripted_position(session), 9);
    assert_figures_add_up(worker);
    gw_worker_free(worker);
}
END_TEST

START_TEST(a_worker_resumed_one_turn_late_finds_it_applied)
{
    struct gw_worker *worker;

    another_process_moves(1, 3, 6);
    add_a_day();
    ck_assert(run_worker(3, 20, &worker));
    ck_assert_uint_eq(scripted_entrypoint.start_count, 1);
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_DUPLICATE), 3);
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_APPLIED), 6);
    ck_assert_uint_eq(scripted_outbox_count(session, "events"), 5);
    ck_assert_int_eq(scripted_position(session), 9);
    assert_figures_add_up(worker);
    gw_worker_free(worker);
}
END_TEST

START_TEST(a_worker_resumed_several_turns_late_applies_nothing_twice)
{
    struct gw_worker *worker;

    another_process_moves(1, 3, 9);
    add_a_day();
    ck_assert(run_worker(3, 20, &worker));
    ck_assert_int_eq(scripted_entrypoint.started_at[1], 9);
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_APPLIED), 3);
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_RETURNED), 3);
    ck_assert_uint_eq(scripted_outbox_count(session, "events"), 2);
    ck_assert_int_eq(scripted_position(session), 9);
    assert_figures_add_up(worker);
    gw_worker_free(worker);
}
END_TEST

static uint32_t loads_at[SCRIPT_MAX];
static const void *products_at[SCRIPT_MAX];

static void note_loads(const struct gw_changeset *changeset)
{
    loads_at[scripted_repository.applies] = atomic_load(&scripted_repository.loads);
    products_at[scripted_repository.applies] = changeset->products.items;
}

START_TEST(the_same_changeset_is_sent_until_its_outcome_is_known)
{
    struct gw_worker *worker;

    script(GW_UNKNOWN); /* applied, and the connection died before the answer */
    script(GW_TRANSIENT);
    script(GW_CONFIG);
    script(GW_UNKNOWN);
    scripted_repository.applies_before_unknown = 1;
    scripted_repository.in_apply = note_loads;
    add_a_day();
    ck_assert(run_worker(100, 20, &worker));
    ck_assert_uint_eq(scripted_repository.applies, 5);
    for (uint32_t index = 1; index < 5; index++) {
        ck_assert_uint_eq(loads_at[index], loads_at[0]);
        ck_assert_ptr_eq(products_at[index], products_at[0]);
    }
    assert_whole_day(worker);
}
END_TEST

START_TEST(an_unknown_commit_behind_another_process_is_dropped)
{
    struct gw_worker *worker;

    script(GW_OK);
    script(GW_UNKNOWN);
    scripted_repository.applies_before_unknown = 1;
    another_process_moves(2, 6, 8);
    add_a_day();
    ck_assert(run_worker(3, 20, &worker));
    ck_assert_int_eq(scripted_entrypoint.started_at[1], 8);
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_APPLIED), 4);
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_RETURNED), 3);
    ck_assert_uint_eq(scripted_outbox_count(session, "events"), 6); /* those of lines 6 and 7 are the other's */
    ck_assert_int_eq(scripted_position(session), 9);
    assert_figures_add_up(worker);
    gw_worker_free(worker);
}
END_TEST

static void begin_elsewhere(const struct gw_changeset *changeset)
{
    if (changeset->positions.count > 0 && scripted_position(session) == GW_OFFSET_NONE)
        move_position(GW_OFFSET_NONE, 4);
}

START_TEST(a_source_that_another_process_started_meanwhile_is_restarted_at_once)
{
    struct gw_worker *worker;

    scripted_repository.in_apply = begin_elsewhere;
    add_a_day();
    ck_assert(run_worker(100, 20, &worker));
    ck_assert_uint_eq(scripted_entrypoint.start_count, 2);
    ck_assert_int_eq(scripted_entrypoint.started_at[0], 0);
    ck_assert_int_eq(scripted_entrypoint.started_at[1], 4);
    ck_assert_uint_eq(logged(GW_CODE_REPOSITORY_FAILED, NULL), 0);
    ck_assert_uint_eq(logged(GW_CODE_INPUT_FAILED, NULL), 0);
    ck_assert_uint_eq(atomic_load(&gw_worker_figures(worker)->received), 5);
    ck_assert_int_eq(scripted_position(session), 9);
    gw_worker_free(worker);
}
END_TEST

/* Another process, which got the same ids and stores them between our load and our apply. */
static bool has_other_bodies;

static void store_ids_elsewhere(const struct gw_changeset *changeset)
{
    struct gw_id_change changes[SCRIPT_MAX];
    struct gw_changeset theirs = {.size = sizeof theirs, .ids = {changes, changeset->ids.count, sizeof *changes}};

    scripted_repository.in_apply = NULL;
    for (uint32_t index = 0; index < changeset->ids.count; index++) {
        changes[index] = *(const struct gw_id_change *)gw_array_at(&changeset->ids, index);
        if (has_other_bodies)
            changes[index].fingerprint[0] ^= 1;
    }
    apply_elsewhere(&theirs);
}

static void add_numbered_batches(void)
{
    scripted_entrypoint.has_ids = 1;
    scripted_repository.in_apply = store_ids_elsewhere;
    add_line("{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"LAMP\", \"qty\": 100}");
    add_line("{\"type\": \"CreateBatch\", \"ref\": \"c\", \"sku\": \"LAMP\", \"qty\": 100}");
}

START_TEST(messages_that_another_process_got_at_the_same_time_are_duplicates)
{
    struct gw_worker *worker;

    add_numbered_batches();
    ck_assert(run_worker(100, 20, &worker));
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_DUPLICATE), 2);
    ck_assert_uint_eq(scripted_dead_count(session), 0);
    assert_figures_add_up(worker);
    gw_worker_free(worker);
}
END_TEST

START_TEST(other_messages_with_ids_that_another_process_stored_at_the_same_time_are_not_dropped)
{
    struct gw_worker *worker;

    has_other_bodies = true;
    add_numbered_batches();
    ck_assert(run_worker(100, 20, &worker));
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_DEAD), 2);
    ck_assert_uint_eq(scripted_dead_count(session), 2);
    assert_figures_add_up(worker);
    gw_worker_free(worker);
}
END_TEST

START_TEST(a_worker_waits_for_an_unreachable_server_at_the_start_and_logs_it_once)
{
    struct gw_worker *worker;

    for (int index = 0; index < 3; index++)
        scripted_repository.open_script[scripted_repository.open_script_len++] = GW_TRANSIENT;
    add_a_day();
    ck_assert(run_worker(100, 20, &worker));
    ck_assert_uint_eq(logged(GW_CODE_REPOSITORY_FAILED, NULL), 1);
    ck_assert_uint_eq(logged(GW_CODE_REPOSITORY_RECOVERED, " 3 "), 1);
    assert_whole_day(worker);
}
END_TEST

START_TEST(a_permanently_refused_input_ends_its_worker_as_failed)
{
    struct gw_worker *worker;

    add_a_day();
    scripted_entrypoint.ends_with = GW_PERMANENT;
    ck_assert(!run_worker(100, 20, &worker));
    ck_assert_uint_eq(logged(GW_CODE_WORKER_STOPPED, NULL), 1);
    assert_whole_day(worker);
}
END_TEST

START_TEST(a_poll_that_was_cancelled_without_a_stop_has_failed_and_is_repeated)
{
    struct gw_worker *worker;

    add_a_day();
    scripted_entrypoint.cancelled = 2;
    ck_assert(run_worker(100, 20, &worker));
    ck_assert_uint_eq(logged(GW_CODE_INPUT_FAILED, NULL), 1);
    ck_assert_uint_eq(logged(GW_CODE_INPUT_RECOVERED, " 2 "), 1);
    assert_whole_day(worker);
}
END_TEST

START_TEST(a_worker_whose_commit_was_cancelled_without_a_stop_ends_as_failed)
{
    struct gw_worker *worker;
    struct gw_failure failure;

    add_a_day();
    script(GW_CANCELLED);
    ck_assert(!run_worker(100, 20, &worker));
    ck_assert_uint_eq(logged(GW_CODE_WORKER_STOPPED, NULL), 1);
    ck_assert(gw_last_failure_read(&gw_worker_thread(worker)->last_failure, &failure));
    ck_assert_str_eq(failure.code, GW_CODE_WORKER_STOPPED);
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_RETURNED), 9);
    assert_figures_add_up(worker);
    gw_worker_free(worker);
}
END_TEST

START_TEST(a_command_ends_on_a_configuration_error_and_a_service_retries)
{
    struct gw_worker *worker;

    ends_at_fault = true;
    add_a_day();
    script(GW_OK);
    script(GW_CONFIG);
    ck_assert(!run_worker(4, 20, &worker));
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_APPLIED), 4);
    ck_assert_uint_eq(settled(worker, GW_OUTCOME_RETURNED), 4);
    assert_figures_add_up(worker);
    gw_worker_free(worker);
    scripted_entrypoint.ends_with = GW_CONFIG; /* the rest of the input has gone */
    ck_assert(!run_worker(4, 20, &worker));
    ck_assert_uint_eq(logged(GW_CODE_WORKER_STOPPED, NULL), 2);
    gw_worker_free(worker);
    scripted_repository.open_script[scripted_repository.open_script_len++] = GW_OK;
    scripted_repository.open_script[scripted_repository.open_script_len++] = GW_OK;
    scripted_repository.open_script[scripted_repository.open_script_len++] = GW_CONFIG;
    ck_assert(!run_worker(4, 20, &worker));
    gw_worker_free(worker);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("worker");
    TCase *statuses = tcase_create("statuses");
    TCase *shared = tcase_create("shared");

    tcase_add_checked_fixture(statuses, set_up, NULL);
    tcase_add_test(statuses, a_finite_input_is_applied_in_turns_and_ends);
    tcase_add_test(statuses, a_broken_invariant_names_each_source_and_offset_before_it_ends_the_process);
    tcase_add_test(statuses, a_product_cache_loads_a_product_once);
    tcase_add_test(statuses, a_product_cache_that_is_off_loads_each_turn);
    tcase_add_test(statuses, the_beginning_of_a_new_source_is_stored_before_its_first_message);
    tcase_add_test(statuses, a_conflict_repeats_the_turn_and_a_second_one_halves_it);
    tcase_add_test(statuses, a_transient_failure_is_retried);
    tcase_add_test(statuses, a_lasting_transient_failure_is_retried_with_fewer_messages);
    tcase_add_test(statuses, an_unknown_commit_that_happened_is_recognised);
    tcase_add_test(statuses, an_unknown_commit_that_did_not_happen_is_applied_once);
    tcase_add_test(statuses, a_commit_belongs_to_the_epoch_before_its_last_try);
    tcase_add_test(statuses, messages_that_another_gateway_applied_are_duplicates);
    tcase_add_test(statuses, a_moved_position_restarts_the_source_there);
    tcase_add_test(statuses, the_message_that_the_repository_refuses_becomes_a_dead_letter);
    tcase_add_test(statuses, a_message_that_conflicts_with_unchanged_rows_becomes_a_dead_letter);
    tcase_add_test(statuses, a_conflict_with_changing_rows_is_logged_from_the_tenth_on_and_never_refused);
    tcase_add_test(statuses, too_many_refused_messages_in_a_row_stop_the_worker);
    tcase_add_test(statuses, a_malformed_message_is_a_dead_letter_and_the_others_are_applied);
    tcase_add_test(statuses, a_turn_that_was_halved_grows_back);
    tcase_add_test(statuses, the_pause_after_conflicts_grows_and_stays_short);
    tcase_add_test(statuses, a_refusal_is_repeated_once_after_a_fresh_load);
    tcase_add_test(statuses, a_permanently_refused_input_ends_its_worker_as_failed);
    tcase_add_test(statuses, a_poll_that_was_cancelled_without_a_stop_has_failed_and_is_repeated);
    tcase_add_test(statuses, a_worker_whose_commit_was_cancelled_without_a_stop_ends_as_failed);
    tcase_add_test(statuses, a_command_ends_on_a_configuration_error_and_a_service_retries);
    suite_add_tcase(suite, statuses);
    tcase_add_checked_fixture(shared, set_up, NULL);
    tcase_add_test(shared, a_source_that_another_process_moved_continues_there);
    tcase_add_test(shared, a_worker_resumed_one_turn_late_finds_it_applied);
    tcase_add_test(shared, a_worker_resumed_several_turns_late_applies_nothing_twice);
    tcase_add_test(shared, the_same_changeset_is_sent_until_its_outcome_is_known);
    tcase_add_test(shared, an_unknown_commit_behind_another_process_is_dropped);
    tcase_add_test(shared, a_source_that_another_process_started_meanwhile_is_restarted_at_once);
    tcase_add_test(shared, messages_that_another_process_got_at_the_same_time_are_duplicates);
    tcase_add_test(shared, other_messages_with_ids_that_another_process_stored_at_the_same_time_are_not_dropped);
    tcase_add_test(shared, a_worker_waits_for_an_unreachable_server_at_the_start_and_logs_it_once);
    suite_add_tcase(suite, shared);
    return suite;
}
