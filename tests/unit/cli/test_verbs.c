/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs do about a repository or an entrypoint that fails: the exit status, which names the kind of failure,
 * and a cause on standard error, where a script does not look for results. */
#include "check_main.h"
#include "cli/exit_status.h"
#include "verb_fixture.h"

#include <stdio.h>
#include <string.h>

static void assert_said(const char *text)
{
    ck_assert_msg(strstr(verb_fixture.err, text) != NULL, "%s", verb_fixture.err);
}

static void assert_failed(int status, const char *cause)
{
    ck_assert_msg(status == GW_EXIT_FAILED, "%d: %s", status, verb_fixture.err);
    assert_said(cause);
}

/* ---- a repository that does not open ---------------------------------------------------------------------------- */

/* All that need the repository; FILE and the file's place are the same in each. */
static int call_offline(int verb)
{
    const char *file = verb_fixture.file;

    switch (verb) {
    case 0:
        return CALL("positions", file);
    case 1:
        return CALL("dlq", "list", "--config", file);
    case 2:
        return CALL("dlq", "show", "1", "--config", file);
    case 3:
        return CALL("dlq", "replay", "--all", "--config", file);
    case 4:
        return CALL("dlq", "discard", "1", "--config", file);
    case 5:
        return CALL("query", "allocations", "o1", "--config", file);
    default:
        return CALL("migrate", file);
    }
}

enum { OFFLINE_VERBS = 7, MIGRATE = OFFLINE_VERBS - 1 };

START_TEST(a_repository_that_does_not_open_ends_each_verb_with_its_cause)
{
    verb_fixture.opens = GW_TRANSIENT;
    assert_failed(call_offline(_i), verb_failure);
    verb_fixture.opens = GW_CONFIG;
    ck_assert_int_eq(call_offline(_i), GW_EXIT_CONFIG);
    assert_said(verb_failure);
    ck_assert_str_eq(verb_fixture.out, "");
}
END_TEST

START_TEST(a_session_that_does_not_open_ends_each_verb_with_its_cause)
{
    verb_fixture.session_opens = GW_TRANSIENT;
    if (_i != MIGRATE)
        assert_failed(call_offline(_i), verb_failure);
    else
        ck_assert_int_eq(call_offline(_i), GW_EXIT_DONE); /* it needs none */
}
END_TEST

/* ---- operations that fail --------------------------------------------------------------------------------------- */

static enum gw_status failure = GW_TRANSIENT;

static enum gw_status fail_positions(struct gw_session *session, const struct gw_array *sources,
                                     const struct gw_position_visitor *visitor, struct gw_error *reterr)
{
    (void)session, (void)sources, (void)visitor;
    return gw_error_set(reterr, failure, "%s", verb_failure);
}

static enum gw_status fail_set_position(struct gw_session *session, struct gw_text source, int64_t next,
                                        struct gw_error *reterr)
{
    (void)session, (void)source, (void)next;
    return gw_error_set(reterr, failure, "%s", verb_failure);
}

static enum gw_status fail_forget_position(struct gw_session *session, struct gw_text source, struct gw_error *reterr)
{
    (void)session, (void)source;
    return gw_error_set(reterr, failure, "%s", verb_failure);
}

static enum gw_status fail_dead_list(struct gw_session *session, const struct gw_dead_filter *filter,
                                     const struct gw_dead_visitor *visitor, struct gw_error *reterr)
{
    (void)session, (void)filter, (void)visitor;
    return gw_error_set(reterr, failure, "%s", verb_failure);
}

static enum gw_status fail_dead_discard(struct gw_session *session, const struct gw_array *ids, uint32_t *ret_count,
                                        struct gw_error *reterr)
{
    (void)session, (void)ids, (void)ret_count;
    return gw_error_set(reterr, failure, "%s", verb_failure);
}

static enum gw_status fail_dead_requeue(struct gw_session *session, const struct gw_array *ids,
                                        const struct gw_array *targets, int64_t stamp, uint32_t *ret_count,
                                        struct gw_error *reterr)
{
    (void)session, (void)ids, (void)targets, (void)stamp, (void)ret_count;
    return gw_error_set(reterr, failure, "%s", verb_failure);
}

static enum gw_status fail_history(struct gw_session *session, const struct gw_sent_look *look,
                                   const struct gw_sent_visitor *visitor, struct gw_error *reterr)
{
    (void)session, (void)look, (void)visitor;
    return gw_error_set(reterr, failure, "%s", verb_failure);
}

static enum gw_status fail_forget_sent(struct gw_session *session, struct gw_text recipient, uint32_t limit,
                                       uint32_t *ret_count, struct gw_error *reterr)
{
    (void)session, (void)recipient, (void)limit, (void)ret_count;
    return gw_error_set(reterr, failure, "%s", verb_failure);
}

static enum gw_status fail_figures(struct gw_session *session, const struct gw_outbox_figure_visitor *visitor,
                                   struct gw_error *reterr)
{
    (void)session, (void)visitor;
    return gw_error_set(reterr, failure, "%s", verb_failure);
}

static enum gw_status fail_settle(struct gw_session *session, struct gw_text destination,
                                  const struct gw_array *settlements, int64_t stamp, struct gw_error *reterr)
{
    (void)session, (void)destination, (void)settlements, (void)stamp;
    return gw_error_set(reterr, failure, "%s", verb_failure);
}

static enum gw_status fail_lease(struct gw_session *session, struct gw_text destination, struct gw_error *reterr)
{
    (void)session, (void)destination;
    return gw_error_set(reterr, failure, "%s", verb_failure);
}

static enum gw_status fail_claim(void *self, struct gw_error *reterr)
{
    (void)self;
    return gw_error_set(reterr, failure, "%s", verb_failure);
}

static enum gw_status fail_migrate(void *self, const struct gw_host *host, int64_t *ret_from, int64_t *ret_to,
                                   struct gw_error *reterr)
{
    (void)self, (void)host, (void)ret_from, (void)ret_to;
    return gw_error_set(reterr, failure, "%s", verb_failure);
}

START_TEST(a_position_that_the_repository_does_not_read_or_store_is_a_failure)
{
    scripted_repository.ops.set_position = fail_set_position;
    scripted_repository.ops.forget_position = fail_forget_position;
    assert_failed(CALL("positions", verb_fixture.file, "--set", "shop:a", "3"), verb_failure);
    assert_failed(CALL("positions", verb_fixture.file, "--forget", "shop:a"), verb_failure);
    scripted_repository.ops.positions = fail_positions;
    assert_failed(CALL("positions", verb_fixture.file), verb_failure);
    assert_failed(CALL("positions", verb_fixture.file, "--set", "shop:a", "3"), verb_failure);
    assert_failed(CALL("positions", verb_fixture.file, "--forget", "shop:a"), verb_failure);
}
END_TEST

START_TEST(sent_notices_that_the_repository_does_not_read_or_delete_are_a_failure)
{
    ck_assert_int_eq(CALL("notify", "history", verb_fixture.file, "--forget", "ann"), GW_EXIT_DONE);
    scripted_repository.ops.notices_history = fail_history;
    assert_failed(CALL("notify", "history", verb_fixture.file), verb_failure);
    scripted_repository.ops.dead_list = fail_dead_list;
    assert_failed(CALL("notify", "history", verb_fixture.file, "--forget", "ann"), verb_failure);
    scripted_repository.ops.notices_forget = fail_forget_sent;
    assert_failed(CALL("notify", "history", verb_fixture.file, "--forget", "ann"), verb_failure);
}
END_TEST

START_TEST(dead_letters_that_the_repository_does_not_read_or_change_are_a_failure)
{
    scripted_repository.ops.dead_discard = fail_dead_discard;
    scripted_repository.ops.dead_requeue = fail_dead_requeue;
    assert_failed(CALL("dlq", "discard", "1", "--config", verb_fixture.file), verb_failure);
    assert_failed(CALL("dlq", "replay", "5", "--config", verb_fixture.file), verb_failure);
    scripted_repository.ops.dead_list = fail_dead_list;
    failure = GW_PERMANENT;
    assert_failed(CALL("dlq", "list", "--config", verb_fixture.file), verb_failure);
    assert_failed(CALL("dlq", "show", "1", "--config", verb_fixture.file), verb_failure);
    assert_failed(CALL("dlq", "replay", "--all", "--config", verb_fixture.file), verb_failure);
    assert_failed(CALL("dlq", "replay", "1", "--config", verb_fixture.file), verb_failure);
}
END_TEST

START_TEST(a_repository_that_runs_out_of_memory_is_a_failure_and_prints_whole_results_only)
{
    failure = GW_NOMEM;
    scripted_repository.ops.dead_list = fail_dead_list;
    scripted_repository.ops.positions = fail_positions;
    assert_failed(CALL("dlq", "list", "--format", "json", "--config", verb_fixture.file), "memory");
    assert_failed(CALL("dlq", "show", "1", "--format", "json", "--config", verb_fixture.file), "memory");
    ck_assert_str_eq(verb_fixture.out, "");
    assert_failed(CALL("dlq", "replay", "--all", "--config", verb_fixture.file), "memory");
    assert_failed(CALL("dlq", "replay", "1", "--config", verb_fixture.file), "memory");
    assert_failed(CALL("positions", verb_fixture.file), "memory");
}
END_TEST

START_TEST(a_schema_that_is_not_migrated_is_a_failure_with_its_cause)
{
    scripted_repository.ops.migrate = fail_migrate;
    assert_failed(CALL("migrate", verb_fixture.file), verb_failure);
}
END_TEST

static const char hint[] = "to bring the schema up to date: gangway migrate";

static enum gw_status find_old_schema(struct gw_session *session, const struct gw_array *sources,
                                      const struct gw_position_visitor *visitor, struct gw_error *reterr)
{
    (void)session, (void)sources, (void)visitor;
    return gw_error_set(reterr, GW_CONFIG, "the schema is old; run gangway migrate");
}

static enum gw_status find_old_schema_again(void *self, const struct gw_host *host, int64_t *ret_from, int64_t *ret_to,
                                            struct gw_error *reterr)
{
    (void)self, (void)host, (void)ret_from, (void)ret_to;
    return gw_error_set(reterr, GW_CONFIG, "the schema is too old for gangway migrate");
}

START_TEST(an_old_schema_is_reported_with_the_call_that_migrates_it_but_not_by_migrate)
{
    scripted_repository.ops.positions = find_old_schema;
    scripted_repository.ops.migrate = find_old_schema_again;
    assert_failed(CALL("positions", verb_fixture.file), hint);
    assert_failed(CALL("migrate", verb_fixture.file), "too old");
    ck_assert_ptr_null(strstr(verb_fixture.err, hint));
}
END_TEST

START_TEST(a_repository_without_dead_letters_says_so)
{
    verb_fixture.repository.features &= ~(uint32_t)GW_REPOSITORY_DEAD_LETTERS;
    assert_failed(CALL("dlq", "list", "--config", verb_fixture.file), "shop_repository");
}
END_TEST

/* ---- entrypoints ------------------------------------------------------------------------------------------------ */

START_TEST(a_word_is_resolved_by_the_entrypoint_that_knows_the_source)
{
    ck_assert_int_eq(CALL("positions", verb_fixture.file, "--set", "shop:a", "latest"), GW_EXIT_DONE);
    ck_assert_ptr_nonnull(strstr(verb_fixture.out, " 7"));
    ck_assert_int_eq(CALL("positions", verb_fixture.file, "--set", "shop:new", "3"), GW_EXIT_DONE);
    ck_assert_int_eq(CALL("positions", verb_fixture.file, "--format", "json"), GW_EXIT_DONE);
    ck_assert_ptr_nonnull(strstr(verb_fixture.out, "shop:new"));
}
END_TEST

START_TEST(a_word_that_no_entrypoint_resolves_moves_nothing)
{
    static const enum gw_status unknowns[] = {GW_NOT_FOUND, GW_UNSUPPORTED};

    for (size_t index = 0; index < 2; index++) {
        verb_fixture.resolve = unknowns[index];
        assert_failed(CALL("positions", verb_fixture.file, "--set", "shop:a", "earliest"), "shop:a");
        assert_failed(CALL("positions", verb_fixture.file, "--set", "shop:b", "3"), "shop:a"); /* the nearest */
    }
    ck_assert_int_eq(CALL("positions", verb_fixture.file, "--set", "shop:a", "3"), GW_EXIT_DONE);
    ck_assert_ptr_nonnull(strstr(verb_fixture.out, " 5")); /* where it was */
}
END_TEST

START_TEST(an_entrypoint_that_cannot_be_asked_is_named_with_the_cause)
{
    verb_fixture.resolve = GW_TRANSIENT;
    assert_failed(CALL("positions", verb_fixture.file, "--set", "shop:a", "latest"), "orders: the other side");
    verb_fixture.resolve = GW_OK;
    verb_fixture.orders_opens = GW_CONFIG;
    assert_failed(CALL("positions", verb_fixture.file, "--set", "shop:a", "latest"), "orders: the other side");
}
END_TEST

START_TEST(a_source_is_either_set_or_forgotten)
{
    ck_assert_int_eq(CALL("positions", verb_fixture.file, "--set", "shop:a", "3", "--forget", "shop:a"), GW_EXIT_USAGE);
    assert_failed(CALL("positions", verb_fixture.file, "--forget", "shop:b"), "shop:a");
    ck_assert_int_eq(CALL("positions", verb_fixture.file, "--forget", "shop:a"), GW_EXIT_DONE);
}
END_TEST

START_TEST(a_check_that_fails_without_a_line_is_given_one)
{
    ck_assert_int_eq(CALL("check", verb_fixture.file), GW_EXIT_DONE);
    verb_fixture.check = GW_TRANSIENT;
    ck_assert_int_eq(CALL("check", verb_fixture.file), GW_EXIT_FAILED);
    ck_assert_ptr_nonnull(strstr(verb_fixture.out, gw_status_word(GW_TRANSIENT)));
    verb_fixture.finding = "no such topic";
    ck_assert_int_eq(CALL("check", verb_fixture.file), GW_EXIT_FAILED);
    ck_assert_ptr_null(strstr(verb_fixture.out, gw_status_word(GW_TRANSIENT)));
}
END_TEST

START_TEST(a_check_with_a_failed_line_fails_whatever_it_returns)
{
    verb_fixture.finding = "no such topic";
    ck_assert_int_eq(CALL("check", verb_fixture.file), GW_EXIT_FAILED);
    ck_assert_ptr_nonnull(strstr(verb_fixture.out, "no such topic"));
}
END_TEST

START_TEST(a_component_that_does_not_open_fails_its_check_and_no_other)
{
    verb_fixture.orders_opens = GW_CONFIG;
    ck_assert_int_eq(CALL("check", verb_fixture.file), GW_EXIT_FAILED);
    ck_assert_ptr_nonnull(strstr(verb_fixture.out, verb_failure));
    ck_assert_ptr_nonnull(strstr(verb_fixture.out, "events"));
    ck_assert_int_eq(CALL("lint", verb_fixture.file), GW_EXIT_CONFIG);
    assert_said(verb_failure);
}
END_TEST

/* ---- letters of every kind -------------------------------------------------------------------------------------- */

static void show(int id, const char *format)
{
    char number[16];

    (void)snprintf(number, sizeof number, "%d", id);
    ck_assert_int_eq(CALL("dlq", "show", number, "--format", format, "--config", verb_fixture.file), GW_EXIT_DONE);
}

static void assert_shown(const char *text)
{
    ck_assert_msg(strstr(verb_fixture.out, text) != NULL, "%s", verb_fixture.out);
}

START_TEST(a_letter_is_shown_with_what_it_has_and_without_what_it_has_not)
{
    show(LETTER_ORDER, "plain");
    assert_shown("offset       41\n");
    assert_shown("line         42\n");
    assert_shown("key          LAMP\n");
    show(LETTER_BATCH, "plain");
    ck_assert_ptr_null(strstr(verb_fixture.out, "offset"));
    ck_assert_ptr_null(strstr(verb_fixture.out, "line "));
    ck_assert_ptr_null(strstr(verb_fixture.out, "digest"));
    show(LETTER_CUT, "plain");
    assert_shown("digest       0000");
    assert_shown("replayable   no");
}
END_TEST

START_TEST(a_letter_as_json_has_every_member)
{
    show(LETTER_ORDER, "json");
    assert_shown("\"offset\": 41");
    assert_shown("\"a\"");
    show(LETTER_BYTES, "json");
    assert_shown("\"payload\": \"//4=\"");
    assert_shown("\"headers\": []");
    assert_shown("\"offset\": null");
    show(LETTER_CUT, "json");
    assert_shown("\"replayable\": false");
    show(LETTER_DELIVERY, "json");
    assert_shown("\"kind\": \"delivery\"");
}
END_TEST

START_TEST(an_id_that_cannot_be_one_is_wrong_usage)
{
    ck_assert_int_eq(CALL("dlq", "show", "0", "--config", verb_fixture.file), GW_EXIT_USAGE);
    ck_assert_int_eq(CALL("dlq", "discard", "1", "x", "--config", verb_fixture.file), GW_EXIT_USAGE);
    ck_assert_int_eq(CALL("dlq", "replay", "1", "--reason", "x", "--config", verb_fixture.file), GW_EXIT_USAGE);
}
END_TEST

START_TEST(a_replay_of_letters_of_every_kind_fails_with_those_that_stay)
{
    ck_assert_int_eq(CALL("dlq", "replay", "--all", "--config", verb_fixture.file), GW_EXIT_FAILED);
    assert_said("2 to deliver");
    ck_assert_int_eq(CALL("query", "allocations", "o1", "--config", verb_fixture.file), GW_EXIT_DONE);
    assert_shown("LAMP");
    ck_assert_int_eq(CALL("dlq", "list", "--format", "markdown", "--config", verb_fixture.file), GW_EXIT_DONE);
    assert_shown("\n| 3 |");
    ck_assert_ptr_null(strstr(verb_fixture.out, "\n| 1 |"));
    assert_failed(CALL("dlq", "discard", "1", "3", "--config", verb_fixture.file), "2 ids only 1");
}
END_TEST

START_TEST(a_replay_to_a_destination_takes_deliveries_only)
{
    assert_failed(CALL("dlq", "replay", "5", "--to", "evnets", "--config", verb_fixture.file), "'evnets'");
    ck_assert_int_eq(CALL("dlq", "replay", "1", "--to", "events", "--config", verb_fixture.file), GW_EXIT_FAILED);
    ck_assert_int_eq(CALL("dlq", "replay", "--all", "--to", "events", "--config", verb_fixture.file), GW_EXIT_DONE);
    assert_said("1 to deliver");
    ck_assert_int_eq(CALL("dlq", "list", "--format", "markdown", "--config", verb_fixture.file), GW_EXIT_DONE);
    assert_shown("\n| 1 |");
    ck_assert_ptr_null(strstr(verb_fixture.out, "\n| 5 |"));
}
END_TEST

START_TEST(waiting_events_that_the_repository_does_not_read_or_settle_are_a_failure)
{
    scripted_repository.ops.outbox_settle = fail_settle;
    assert_failed(CALL("outbox", verb_fixture.file, "--bury", "gone"), verb_failure);
    failure = GW_CONFLICT;
    assert_failed(CALL("outbox", verb_fixture.file, "--bury", "gone"), verb_failure);
    scripted_repository.ops.outbox_figures = fail_figures;
    assert_failed(CALL("outbox", verb_fixture.file), verb_failure);
}
END_TEST

START_TEST(nothing_is_buried_without_the_lease_or_the_claim)
{
    scripted_repository.ops.claim = fail_claim;
    assert_failed(CALL("outbox", verb_fixture.file, "--bury", "gone"), verb_failure);
    scripted_repository.ops.claim = scripted_memory_ops()->claim;
    verb_fixture.repository.features |= GW_REPOSITORY_SHARED;
    scripted_repository.ops.lease = fail_lease;
    failure = GW_CONFLICT;
    assert_failed(CALL("outbox", verb_fixture.file, "--bury", "gone"), verb_failure);
    ck_assert_int_eq(CALL("outbox", verb_fixture.file), GW_EXIT_DONE);
    assert_shown("gone");
}
END_TEST

START_TEST(nothing_is_buried_without_dead_letters)
{
    verb_fixture.repository.features = GW_REPOSITORY_OUTBOX;
    assert_failed(CALL("outbox", verb_fixture.file, "--bury", "gone"), "no dead letters");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("verbs");
    TCase *verbs = tcase_create("verbs");

    tcase_add_checked_fixture(verbs, verb_fixture_open, verb_fixture_close);
    tcase_set_timeout(verbs, 30);
    tcase_add_loop_test(verbs, a_repository_that_does_not_open_ends_each_verb_with_its_cause, 0, OFFLINE_VERBS);
    tcase_add_loop_test(verbs, a_session_that_does_not_open_ends_each_verb_with_its_cause, 0, OFFLINE_VERBS);
    tcase_add_test(verbs, a_position_that_the_repository_does_not_read_or_store_is_a_failure);
    tcase_add_test(verbs, sent_notices_that_the_repository_does_not_read_or_delete_are_a_failure);
    tcase_add_test(verbs, dead_letters_that_the_repository_does_not_read_or_change_are_a_failure);
    tcase_add_test(verbs, a_repository_that_runs_out_of_memory_is_a_failure_and_prints_whole_results_only);
    tcase_add_test(verbs, a_schema_that_is_not_migrated_is_a_failure_with_its_cause);
    tcase_add_test(verbs, an_old_schema_is_reported_with_the_call_that_migrates_it_but_not_by_migrate);
    tcase_add_test(verbs, a_repository_without_dead_letters_says_so);
    tcase_add_test(verbs, a_word_is_resolved_by_the_entrypoint_that_knows_the_source);
    tcase_add_test(verbs, a_word_that_no_entrypoint_resolves_moves_nothing);
    tcase_add_test(verbs, an_entrypoint_that_cannot_be_asked_is_named_with_the_cause);
    tcase_add_test(verbs, a_source_is_either_set_or_forgotten);
    tcase_add_test(verbs, a_check_that_fails_without_a_line_is_given_one);
    tcase_add_test(verbs, a_check_with_a_failed_line_fails_whatever_it_returns);
    tcase_add_test(verbs, a_component_that_does_not_open_fails_its_check_and_no_other);
    tcase_add_test(verbs, a_letter_is_shown_with_what_it_has_and_without_what_it_has_not);
    tcase_add_test(verbs, a_letter_as_json_has_every_member);
    tcase_add_test(verbs, an_id_that_cannot_be_one_is_wrong_usage);
    tcase_add_test(verbs, a_replay_of_letters_of_every_kind_fails_with_those_that_stay);
    tcase_add_test(verbs, a_replay_to_a_destination_takes_deliveries_only);
    tcase_add_test(verbs, waiting_events_that_the_repository_does_not_read_or_settle_are_a_failure);
    tcase_add_test(verbs, nothing_is_buried_without_the_lease_or_the_claim);
    tcase_add_test(verbs, nothing_is_buried_without_dead_letters);
    suite_add_tcase(suite, verbs);
    return suite;
}
