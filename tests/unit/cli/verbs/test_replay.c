/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A replay after each status of the repository: a letter is deleted in the same changeset as its effects, or stays. The
 * repository is the memory repository, except for the statuses of apply that a test sets.
 */
#include "check_main.h"
#include "cli/verbs/replay.h"
#include "scripted.h"
#include "worker/identity.h"

#include <gangway/scope.h>

#include <stdio.h>
#include <string.h>

static const struct gw_log quiet = {.format = GW_LOG_JSON, .level = GW_LOG_ERROR};

static struct gw_offline offline;
static struct gw_replay *replay;

/* ---- a repository that answers as the test says ----------------------------------------------------------------- */

static struct {
    enum gw_status statuses[SCRIPT_MAX]; /* of the n-th apply of a replay; past the end OK: the real thing */
    uint32_t status_count;
    uint32_t applies;
    bool applies_before_unknown; /* an apply that is UNKNOWN was really made */
    const char *refused_orderid; /* an apply that allocates for this order is PERMANENT */
    int64_t discarded_meanwhile; /* this letter is removed before the first apply; 0: none */
} script;

static void discard(int64_t id)
{
    struct gw_array ids = {&id, 1, sizeof id};
    uint32_t count = 0;

    ck_assert_int_eq(scripted_memory_ops()->dead_discard(offline.session, &ids, &count, NULL), GW_OK);
    ck_assert_uint_eq(count, 1);
}

static bool is_refused(const struct gw_changeset *changeset)
{
    for (uint32_t i = 0; i < changeset->line_inserts.count && script.refused_orderid != NULL; i++) {
        const struct gw_line_insert *line = gw_array_at(&changeset->line_inserts, i);

        if (gw_text_is(line->orderid, script.refused_orderid))
            return true;
    }
    return false;
}

static enum gw_status apply(struct gw_session *session, const struct gw_changeset *changeset,
                            struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    uint32_t index = script.applies++;
    enum gw_status status = index < script.status_count ? script.statuses[index] : GW_OK;

    if (index == 0 && script.discarded_meanwhile != 0)
        discard(script.discarded_meanwhile);
    if (is_refused(changeset))
        status = GW_PERMANENT;
    if (status == GW_UNKNOWN && script.applies_before_unknown)
        ck_assert_int_eq(scripted_memory_ops()->apply(session, changeset, ret_result, reterr), GW_OK);
    if (status != GW_OK)
        return gw_error_set(reterr, status, "the repository says: %s", gw_status_word((int)status));
    return scripted_memory_ops()->apply(session, changeset, ret_result, reterr);
}

/* ---- letters ---------------------------------------------------------------------------------------------------- */

/* Stores a letter, as a gateway would. Ids count from 1. */
static void add_letter(const char *payload, uint32_t flags)
{
    static uint32_t number;
    char identity[16];
    struct gw_dead_letter letter = {.entrypoint = gw_text_of("orders"),
                                    .offset = GW_OFFSET_NONE,
                                    .payload = gw_text_of(payload),
                                    .reason = gw_text_of("it was refused"),
                                    .full_len = strlen(payload),
                                    .flags = flags};
    struct gw_changeset changeset = {.size = sizeof changeset, .stamp = 1, .dead_letters = {&letter, 1, sizeof letter}};
    struct gw_apply_result result = {.size = sizeof result};

    (void)snprintf(identity, sizeof identity, "letter-%u", ++number);
    letter.identity = gw_text_of(identity);
    ck_assert_int_eq(scripted_memory_ops()->apply(offline.session, &changeset, &result, NULL), GW_OK);
}

static void add_batch(void)
{
    add_letter("{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"LAMP\", \"qty\": 100}", 0);
}

static void add_order(const char *orderid)
{
    char payload[128];

    (void)snprintf(payload, sizeof payload,
                   "{\"type\": \"Allocate\", \"orderid\": \"%s\", \"sku\": \"LAMP\", \"qty\": 2}", orderid);
    add_letter(payload, 0);
}

/* ---- replaying -------------------------------------------------------------------------------------------------- */

static char told[1024];

static void on_letter(void *context, int64_t id, enum gw_replay_result result, struct gw_text reason)
{
    size_t len = strlen(told);

    (void)context;
    (void)snprintf(told + len, sizeof told - len, "%d %s%s%.*s\n", (int)id, gw_replay_result_word(result),
                   reason.len > 0 ? ": " : "", (int)reason.len, reason.ptr);
}

static enum gw_status run(uint32_t count)
{
    int64_t ids[GW_REPLAY_MAX_LETTERS];
    struct gw_error error = {0};

    for (uint32_t i = 0; i < count; i++)
        ids[i] = i + 1;
    told[0] = '\0';
    return gw_replay_run(replay, ids, count, &error);
}

static struct gw_bootstrap bootstrap;
static const struct gw_replay_visitor listener = {.letter = on_letter};

static void replay_to(const struct gw_component *to)
{
    struct gw_error error = {0};

    gw_replay_free(replay);
    ck_assert_msg(gw_replay_new(&offline, to, &listener, &replay, &error) == GW_OK, "%s", error.text);
}

static void set_up(void)
{
    static const struct gw_component events = {.id = "events", .section = GW_SECTION_PUBLISHERS};
    static const struct gw_component *const publish[] = {&events};
    static struct gw_route route = {.publish = {publish, 1}};

    ck_assert(gw_identity_init());
    route.event = gw_event_spec_find(gw_text_of("Allocated"));
    offline.session = scripted_repository_open();
    scripted_repository.ops.apply = apply;
    offline.repository = &scripted_repository.ops;
    bootstrap = (struct gw_bootstrap){.routes = &route, .route_count = 1, .publishers = {publish, 1}};
    offline.bootstrap = &bootstrap;
    offline.arena = gw_arena_new(1024 * 1024);
    gw_thread_host_init(&offline.host, "shop", "repository", &quiet, -1);
    replay_to(NULL);
}

static void tear_down(void)
{
    gw_replay_free(replay);
    scripted_memory_ops()->close_session(offline.session);
    scripted_repository.plugin.close(scripted_repository.self);
    gw_arena_free(offline.arena);
}

static void answer(enum gw_status status)
{
    script.statuses[script.status_count++] = status;
}

START_TEST(commands_run_in_the_order_of_their_letters_which_are_deleted_with_their_effects)
{
    add_batch();
    add_order("o1");
    add_order("o1");
    ck_assert_int_eq(run(3), GW_OK);
    ck_assert_str_eq(told, "1 applied\n2 applied\n3 skipped\n");
    ck_assert_uint_eq(script.applies, 1);
    ck_assert_uint_eq(scripted_dead_count(offline.session), 0);
    ck_assert_uint_eq(scripted_outbox_count(offline.session, "events"), 1);
    ck_assert_uint_eq(gw_replay_rows(replay), 1);
}
END_TEST

START_TEST(a_letter_that_is_rejected_again_stays_and_does_not_block_others)
{
    add_order("o1");
    add_batch();
    ck_assert_int_eq(run(2), GW_OK);
    ck_assert_str_eq(told, "1 rejected: Invalid sku LAMP\n2 applied\n");
    ck_assert_uint_eq(scripted_dead_count(offline.session), 1);
}
END_TEST

START_TEST(a_conflict_and_a_transient_failure_are_retried)
{
    add_batch();
    add_order("o1");
    answer(GW_CONFLICT);
    answer(GW_TRANSIENT);
    ck_assert_int_eq(run(2), GW_OK);
    ck_assert_str_eq(told, "1 applied\n2 applied\n");
    ck_assert_uint_eq(script.applies, 3);
    ck_assert_uint_eq(gw_replay_rows(replay), 1);
}
END_TEST

START_TEST(a_commit_whose_answer_was_lost_is_sent_again)
{
    add_batch();
    answer(GW_UNKNOWN);
    ck_assert_int_eq(run(1), GW_OK);
    ck_assert_str_eq(told, "1 applied\n");
    ck_assert_uint_eq(scripted_dead_count(offline.session), 0);
}
END_TEST

START_TEST(a_commit_whose_answer_was_lost_is_not_applied_twice)
{
    add_batch();
    add_order("o1");
    answer(GW_UNKNOWN);
    script.applies_before_unknown = true;
    ck_assert_int_eq(run(2), GW_OK);
    ck_assert_ptr_nonnull(strstr(told, "1 gone: "));
    ck_assert_ptr_nonnull(strstr(told, "2 gone: "));
    ck_assert(!gw_replay_is_failure(GW_REPLAY_GONE));
    ck_assert_uint_eq(scripted_outbox_count(offline.session, "events"), 1);
}
END_TEST

START_TEST(a_letter_that_another_process_removes_is_not_run)
{
    add_batch();
    add_order("o1");
    add_order("o2");
    script.discarded_meanwhile = 2;
    ck_assert_int_eq(run(3), GW_OK);
    ck_assert_str_eq(told, "1 applied\n2 not found: there is no such dead letter, or no longer\n3 applied\n");
    ck_assert_uint_eq(scripted_outbox_count(offline.session, "events"), 1);
}
END_TEST

START_TEST(permanently_refused_data_fail_only_their_own_letter)
{
    add_batch();
    add_order("o1");
    add_order("poison");
    add_order("o2");
    script.refused_orderid = "poison";
    ck_assert_int_eq(run(4), GW_OK);
    ck_assert_str_eq(told, "1 applied\n2 applied\n3 rejected: the repository says: permanent\n4 applied\n");
    ck_assert_uint_eq(scripted_dead_count(offline.session), 1);
    ck_assert_uint_eq(scripted_outbox_count(offline.session, "events"), 2);
}
END_TEST

START_TEST(a_letter_whose_payload_was_cut_is_never_run)
{
    add_letter("{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"LAMP\", \"qty\": 100}", GW_DEAD_NOT_REPLAYABLE);
    ck_assert_int_eq(run(1), GW_OK);
    ck_assert_ptr_nonnull(strstr(told, "1 not replayable: "));
    ck_assert(gw_replay_is_failure(GW_REPLAY_NOT_WHOLE));
    ck_assert_uint_eq(script.applies, 0);
    ck_assert_uint_eq(scripted_dead_count(offline.session), 1);
}
END_TEST

/* The only row of the outbox. */
static enum gw_status keep_row(void *context, const struct gw_outbox_row *row)
{
    *(struct gw_outbox_row *)context = *row;
    return GW_OK;
}

static void refuse_delivery(void)
{
    struct gw_outbox_row row = {0};
    int64_t due_in_ms;
    struct gw_outbox_visitor visitor = {.size = sizeof visitor, .context = &row, .row = keep_row};
    struct gw_outbox_refusal refusal = {0};
    struct gw_outbox_settlement settlement = {.to = 1, .refusals = {&refusal, 1, sizeof refusal}};
    struct gw_array settlements = {&settlement, 1, sizeof settlement};

    ck_assert_int_eq(
        scripted_memory_ops()->outbox_next(offline.session, gw_text_of("events"), 0, 10, 0, &visitor, &due_in_ms, NULL),
        GW_OK);
    refusal.entry = scripted_dead_entry(&row, "no such topic");
    settlement.number = row.number;
    settlement.stamp = row.stamp;
    ck_assert_int_eq(scripted_memory_ops()->outbox_settle(offline.session, gw_text_of("events"), &settlements, 1, NULL),
                     GW_OK);
}

START_TEST(a_delivery_goes_back_into_the_outbox)
{
    add_batch();
    add_order("o1");
    ck_assert_int_eq(run(2), GW_OK);
    refuse_delivery();
    ck_assert_uint_eq(scripted_outbox_count(offline.session, "events"), 0);
    ck_assert_uint_eq(scripted_dead_count(offline.session), 1);
    ck_assert_int_eq(run(3), GW_OK);
    ck_assert_ptr_nonnull(strstr(told, "3 requeued\n"));
    ck_assert_uint_eq(scripted_outbox_count(offline.session, "events"), 1);
    ck_assert_uint_eq(scripted_dead_count(offline.session), 0);
    ck_assert_uint_eq(gw_replay_rows(replay), 2);
}
END_TEST

START_TEST(a_delivery_to_a_destination_that_the_file_does_not_name_stays_a_dead_letter)
{
    add_batch();
    add_order("o1");
    ck_assert_int_eq(run(2), GW_OK);
    refuse_delivery();
    bootstrap.publishers.count = 0;
    ck_assert_int_eq(run(3), GW_OK);
    ck_assert_ptr_nonnull(strstr(told, "3 no destination"));
    ck_assert_uint_eq(scripted_outbox_count(offline.session, "events"), 0);
    ck_assert_uint_eq(scripted_dead_count(offline.session), 1);
    ck_assert(gw_replay_is_failure(GW_REPLAY_NOWHERE));
}
END_TEST

START_TEST(with_a_target_a_delivery_goes_to_each_of_its_recipients_and_a_command_stays)
{
    static const char *const recipients[] = {"ann", "bob"};
    static const struct gw_component mail = {
        .id = "mail", .section = GW_SECTION_NOTIFIERS, .recipients = recipients, .recipient_count = 2};

    add_batch();
    add_order("o1");
    ck_assert_int_eq(run(2), GW_OK);
    refuse_delivery();
    add_order("o2");
    bootstrap.publishers.count = 0;
    replay_to(&mail);
    ck_assert_int_eq(run(4), GW_OK);
    ck_assert_ptr_nonnull(strstr(told, "3 requeued\n"));
    ck_assert_ptr_nonnull(strstr(told, "4 no delivery"));
    ck_assert_uint_eq(scripted_outbox_count(offline.session, "mail"), 2);
    ck_assert_uint_eq(scripted_outbox_count(offline.session, "events"), 0);
    ck_assert_uint_eq(scripted_dead_count(offline.session), 1);
    ck_assert_uint_eq(gw_replay_rows(replay), 2);
    ck_assert(gw_replay_is_failure(GW_REPLAY_NO_DELIVERY));
}
END_TEST

START_TEST(a_repository_that_needs_an_operator_ends_the_replay_with_nothing_changed)
{
    add_batch();
    answer(GW_CONFIG);
    ck_assert_int_eq(run(1), GW_CONFIG);
    ck_assert_str_eq(told, "");
    ck_assert_uint_eq(scripted_dead_count(offline.session), 1);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("replay");
    TCase *tcase = tcase_create("replay");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, commands_run_in_the_order_of_their_letters_which_are_deleted_with_their_effects);
    tcase_add_test(tcase, a_letter_that_is_rejected_again_stays_and_does_not_block_others);
    tcase_add_test(tcase, a_conflict_and_a_transient_failure_are_retried);
    tcase_add_test(tcase, a_commit_whose_answer_was_lost_is_sent_again);
    tcase_add_test(tcase, a_commit_whose_answer_was_lost_is_not_applied_twice);
    tcase_add_test(tcase, a_letter_that_another_process_removes_is_not_run);
    tcase_add_test(tcase, permanently_refused_data_fail_only_their_own_letter);
    tcase_add_test(tcase, a_letter_whose_payload_was_cut_is_never_run);
    tcase_add_test(tcase, a_delivery_goes_back_into_the_outbox);
    tcase_add_test(tcase, a_delivery_to_a_destination_that_the_file_does_not_name_stays_a_dead_letter);
    tcase_add_test(tcase, with_a_target_a_delivery_goes_to_each_of_its_recipients_and_a_command_stays);
    tcase_add_test(tcase, a_repository_that_needs_an_operator_ends_the_replay_with_nothing_changed);
    suite_add_tcase(suite, tcase);
    return suite;
}
