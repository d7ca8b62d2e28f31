/* SPDX-License-Identifier: Apache-2.0 */
/* Notices: what opening an event stores, what is due, and what settling does. */
#include "answers.h"
#include "fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer than a test takes. */
enum { LONG_MS = 60 * 1000, OPEN_STAMP = 800, NOTICE_STAMP = 900, NOTICES_MAX = 8 };

static struct changes changes;
static int64_t due_in_ms;

static const char payload[] = "{\"a\":\"b\"}";

static int64_t second_number; /* of m2 */
static int64_t first_unix_ms; /* when m1 was applied */

/* Rows m1, m2 (mail), each alone in its block; the number of m1. */
static int64_t given_events(void)
{
    struct gw_effect *effect;
    int64_t first_number;

    given_batch("LAMP", "b1", 10, 0, 0);
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 1, 1);
    change_effect(&changes, 0, "mail", "m1");
    effect = change_last_effect(&changes);
    effect->type = T("OutOfStock");
    effect->payload = T(payload);
    effect->headers = T("traceparent=1");
    ck_assert_ok(apply(&changes));
    first_number = first_effect;
    first_unix_ms = applied_unix_ms;
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 1, 1);
    change_effect(&changes, 0, "mail", "m2");
    ck_assert_ok(apply(&changes));
    second_number = first_effect;
    repository_lease("mail");
    return first_number;
}

/* ---- opening */

struct opening {
    struct gw_outbox_settlement settlement;
    struct gw_notice_draft drafts[2];
};

static enum gw_status keep_event(void *context, const struct gw_outbox_row *row)
{
    struct gw_outbox_row *kept = context;

    if (row->number != kept->number)
        return GW_OK;
    *kept = *row;
    kept->destination = T("mail");
    kept->id = T(gw_text_is(row->id, "m1") ? "m1" : gw_text_is(row->id, "m2") ? "m2" : "m3");
    kept->type = T(gw_text_is(row->type, "OutOfStock") ? "OutOfStock" : "Allocated");
    kept->sku = T("LAMP");
    kept->payload = T(payload);
    kept->headers = T(row->headers.len > 0 ? "traceparent=1" : "");
    return GW_OK;
}

/* Opens the event with this number for one recipient or two, as the relay does. */
static struct opening opening_of(int64_t number, const char *first, const char *second)
{
    struct opening opening = {.settlement = {.number = number, .to = 1}};
    struct gw_outbox_row event = {.number = number};
    struct gw_outbox_visitor visitor = {sizeof visitor, 0, &event, keep_event};

    ck_assert_ok(repo.ops->outbox_next(repo.session, T("mail"), 0, UINT32_MAX, 0, &visitor, &due_in_ms, &last_error));
    opening.settlement.stamp = event.stamp;
    opening.drafts[0].event = opening.drafts[1].event = event;
    opening.drafts[0].event.recipient = T(first);
    opening.drafts[1].event.recipient = T(second != NULL ? second : "");
    opening.settlement.drafts = (struct gw_array){NULL, second != NULL ? 2 : 1, sizeof opening.drafts[0]};
    return opening;
}

static enum gw_status open_with_stamp(struct opening *opening, int64_t stamp)
{
    struct gw_array array = {&opening->settlement, 1, sizeof opening->settlement};

    opening->settlement.drafts.items = opening->drafts;
    return repo.ops->outbox_settle(repo.session, T("mail"), &array, stamp, &last_error);
}

static enum gw_status open_event(struct opening *opening)
{
    return open_with_stamp(opening, OPEN_STAMP);
}

/* Notices of m1 for ann and ben, and of m2 for ann. */
static int64_t given_notices(void)
{
    int64_t first = given_events();
    struct opening one = opening_of(first, "ann", "ben");
    struct opening two = opening_of(second_number, "ann", NULL);

    ck_assert_ok(open_event(&one));
    ck_assert_ok(open_event(&two));
    return first;
}

/* ---- looking */

struct seen {
    FILE *stream;
    bool is_short;
    struct gw_outbox_row rows[NOTICES_MAX]; /* without texts */
    char further[NOTICES_MAX][32];
    uint32_t counts[NOTICES_MAX];
    bool is_open[NOTICES_MAX];
    uint32_t count;
};

static void write_text(FILE *stream, struct gw_text text)
{
    (void)fprintf(stream, "[%.*s]", (int)text.len, text.ptr != NULL ? text.ptr : "");
}

static enum gw_status see(void *context, const struct gw_notice_row *notice)
{
    struct seen *seen = context;
    const struct gw_outbox_row *row = &notice->event;

    ck_assert_uint_lt(seen->count, NOTICES_MAX);
    (void)snprintf(seen->further[seen->count], sizeof seen->further[0], "%.*s", (int)notice->further.len,
                   notice->further.len > 0 ? notice->further.ptr : "");
    seen->counts[seen->count] = notice->count;
    seen->is_open[seen->count] = notice->is_open != 0;
    seen->rows[seen->count++] = *row;
    if (seen->is_short) {
        (void)fprintf(seen->stream, "%.*s/%.*s ", (int)row->recipient.len, row->recipient.ptr, (int)row->id.len,
                      row->id.ptr);
        return GW_OK;
    }
    (void)fprintf(seen->stream, "stamp %" PRId64 " sequence %" PRId64 " attempts %u ", row->stamp, row->sequence,
                  row->attempts);
    write_text(seen->stream, row->destination);
    write_text(seen->stream, row->recipient);
    write_text(seen->stream, row->id);
    write_text(seen->stream, row->type);
    write_text(seen->stream, row->sku);
    write_text(seen->stream, row->payload);
    write_text(seen->stream, row->headers);
    (void)fputc('\n', seen->stream);
    return GW_OK;
}

static struct seen seen;

/* Open notices are due. */
static uint32_t is_ending;

/* Notices that are not due are reported, too. */
static uint32_t is_any;

/* The caller frees it. */
static char *look(bool is_short, int64_t after, uint32_t limit, int64_t longest_wait_ms)
{
    char *text = NULL;
    size_t len;
    struct gw_notice_visitor visitor = {sizeof visitor, 0, &seen, see};
    struct gw_notice_look look = {.size = sizeof look,
                                  .limit = limit,
                                  .after = after,
                                  .longest_wait_ms = longest_wait_ms,
                                  .is_ending = is_ending,
                                  .is_any = is_any};

    seen = (struct seen){.stream = open_memstream(&text, &len), .is_short = is_short};
    ck_assert_ok(repo.ops->notices_next(repo.session, T("mail"), &look, &visitor, &due_in_ms, &last_error));
    (void)fclose(seen.stream);
    return text;
}

/* What is due, as "RECIPIENT/EVENT ". */
static void assert_due(const char *expected)
{
    ck_assert_answer(look(true, 0, 100, LONGEST_WAIT_MS), expected);
}

/* The notice at this place among all pending ones, due or not. */
static struct gw_outbox_row notice_at(uint32_t place)
{
    is_any = 1;
    free(look(true, 0, 100, LONGEST_WAIT_MS));
    is_any = 0;
    ck_assert_uint_lt(place, seen.count);
    return seen.rows[place];
}

/* ---- settling */

static enum gw_status settle(struct gw_session *session, const struct gw_outbox_settlement *settlement)
{
    struct gw_array array = {(void *)(uintptr_t)settlement, 1, sizeof *settlement};

    return repo.ops->notices_settle(session, T("mail"), &array, NOTICE_STAMP, &last_error);
}

static struct gw_outbox_settlement sent(uint32_t place)
{
    struct gw_outbox_row row = notice_at(place);

    return (struct gw_outbox_settlement){.number = row.number, .stamp = row.stamp, .to = 1};
}

static struct gw_outbox_settlement failed(uint32_t place, int64_t delay_ms)
{
    struct gw_outbox_settlement settlement = sent(place);

    settlement.to = 0;
    settlement.attempts = 3;
    settlement.delay_ms = delay_ms;
    settlement.answer = T("busy");
    return settlement;
}

static const struct gw_outbox_target elsewhere[] = {{{"slack", 5}, {NULL, 0}}};

/* The refusal of ann's notice of m1. */
static struct gw_outbox_refusal refusal(bool is_rerouted)
{
    return (struct gw_outbox_refusal){.entry = {.kind = GW_DEAD_DELIVERY,
                                                .recipient = T("ann"),
                                                .sequence = 1,
                                                .event_unix_ms = applied_unix_ms,
                                                .letter = {.entrypoint = T("mail"),
                                                           .offset = GW_OFFSET_NONE,
                                                           .identity = T("m1"),
                                                           .type = T("OutOfStock"),
                                                           .key = T("LAMP"),
                                                           .payload = T(payload),
                                                           .reason = T("550"),
                                                           .full_len = sizeof payload - 1}},
                                      .targets = {(void *)(uintptr_t)elsewhere, 1, sizeof elsewhere[0]},
                                      .is_rerouted = is_rerouted};
}

static void refuse(uint32_t place, bool is_rerouted)
{
    struct gw_outbox_refusal refused = refusal(is_rerouted);
    struct gw_outbox_settlement settlement = sent(place);

    settlement.refusals = (struct gw_array){&refused, 1, sizeof refused};
    ck_assert_ok(settle(repo.session, &settlement));
    ck_assert_ok(settle(repo.session, &settlement)); /* its answer was lost: it makes nothing twice */
}

static void refuse_first(bool is_rerouted)
{
    refuse(0, is_rerouted);
}

/* ---- groups */

/* Opens an event for one recipient in the group K. */
static void open_in_group(int64_t number, const char *recipient, const char *line, uint32_t max)
{
    struct opening opening = opening_of(number, recipient, NULL);

    opening.drafts[0].key = T("K");
    opening.drafts[0].line = T(line);
    opening.drafts[0].wait_ms = LONG_MS;
    opening.drafts[0].max = max;
    ck_assert_ok(open_event(&opening));
}

static void assert_notice(uint32_t place, uint32_t count, const char *further, bool is_open)
{
    (void)notice_at(place);
    ck_assert_uint_eq(seen.counts[place], count);
    ck_assert_str_eq(seen.further[place], further);
    ck_assert_int_eq(seen.is_open[place], is_open);
}

START_TEST(a_notice_without_a_group_has_one_event_and_is_never_open)
{
    (void)given_notices();
    assert_notice(0, 1, "", false);
}
END_TEST

START_TEST(an_event_joins_the_open_notice_of_its_group_which_waits)
{
    int64_t first = given_events();

    open_in_group(first, "ann", "one\n", 9);
    assert_notice(0, 1, "", true);
    ck_assert_int_eq(seen.rows[0].stamp, OPEN_STAMP);
    open_in_group(second_number, "ann", "two\n", 9);
    assert_notice(0, 2, "two\n", true);
    ck_assert_uint_eq(seen.count, 1);
    ck_assert_answer(outbox_ids("mail", 0, 100, &due_in_ms), "");
    ck_assert_answer(figures(), "mail 1\n");
    assert_due("");
    ck_assert_int_gt(due_in_ms, LONG_MS / 2);
    ck_assert_int_le(due_in_ms, LONG_MS);
    if (is_persistent)
        repository_reopen();
    assert_notice(0, 2, "two\n", true);
}
END_TEST

START_TEST(an_event_beyond_the_maximum_is_counted_and_not_listed)
{
    int64_t first = given_events();

    open_in_group(first, "ann", "one\n", 1);
    open_in_group(second_number, "ann", "two\n", 1);
    assert_notice(0, 2, "", true);
}
END_TEST

START_TEST(drafts_of_one_call_join_each_other)
{
    int64_t first = given_events();
    struct opening openings[] = {opening_of(first, "ann", NULL), opening_of(second_number, "ann", NULL)};
    struct gw_outbox_settlement settlements[2];
    struct gw_array array = {settlements, 2, sizeof settlements[0]};

    for (uint32_t i = 0; i < 2; i++) {
        openings[i].drafts[0].key = T("K");
        openings[i].drafts[0].line = T(i == 0 ? "one\n" : "two\n");
        openings[i].drafts[0].max = 5;
        settlements[i] = openings[i].settlement;
        settlements[i].drafts.items = openings[i].drafts;
    }
    ck_assert_ok(repo.ops->outbox_settle(repo.session, T("mail"), &array, OPEN_STAMP, &last_error));
    assert_due("ann/m1 ");
    assert_notice(0, 2, "two\n", true);
    ck_assert_int_eq(seen.rows[0].stamp, OPEN_STAMP + 1);
}
END_TEST

START_TEST(another_recipient_or_key_has_a_notice_of_its_own)
{
    int64_t first = given_events();
    struct opening opening;

    open_in_group(first, "ann", "one\n", 9);
    opening = opening_of(second_number, "ann", "ben");
    opening.drafts[0].key = T("L");
    opening.drafts[1].key = T("K");
    ck_assert_ok(open_event(&opening));
    assert_due("ann/m2 ben/m2 ");
    ck_assert_answer(look(true, 0, 100, 0), "ann/m1 ann/m2 ben/m2 ");
}
END_TEST

START_TEST(a_notice_without_a_delay_is_due_although_the_clock_is_set_back)
{
    struct gw_outbox_settlement settlement;

    open_in_group(given_events(), "ann", "one\n", 9);
    settlement = failed(0, 0);
    ck_assert_ok(settle(repo.session, &settlement));
    repo.host.unix_offset_ms = -LONG_MS;
    assert_due("ann/m1 ");
}
END_TEST

/* The settings allow waits of a day. The clock is set back by an hour, so the rest of each wait is longer than the wait
 * that the notice was given, and shorter than a day. */
enum { HOUR_MS = 60 * LONG_MS, DAY_MS = 24 * HOUR_MS };

static void assert_due_an_hour_before(const char *expected)
{
    if (!repository_set_clock(-HOUR_MS))
        return;
    ck_assert_answer(look(true, 0, 100, DAY_MS), expected);
    ck_assert_int_eq(due_in_ms, GW_DUE_NEVER);
    (void)repository_set_clock(0);
}

START_TEST(a_failed_notice_waits_no_longer_than_its_delay_when_the_clock_is_set_back)
{
    struct gw_outbox_settlement settlement;

    (void)given_notices();
    settlement = failed(1, LONG_MS);
    ck_assert_ok(settle(repo.session, &settlement));
    ck_assert_answer(look(true, 0, 100, DAY_MS), "ann/m1 ann/m2 ");
    assert_due_an_hour_before("ann/m1 ben/m1 ann/m2 ");
    ck_assert_answer(look(true, 0, 100, DAY_MS), "ann/m1 ann/m2 ");
}
END_TEST

START_TEST(an_open_notice_waits_no_longer_than_its_wait_when_the_clock_is_set_back)
{
    open_in_group(given_events(), "ann", "one\n", 9);
    ck_assert_answer(look(true, 0, 100, DAY_MS), "");
    assert_due_an_hour_before("ann/m1 ");
}
END_TEST

START_TEST(no_event_joins_a_notice_after_its_first_settlement)
{
    int64_t first = given_events();
    struct gw_outbox_settlement settlement;

    open_in_group(first, "ann", "one\n", 9);
    settlement = failed(0, 0);
    settlement.attempts = 0;
    ck_assert_ok(settle(repo.session, &settlement));
    assert_notice(0, 1, "", false);
    assert_due("ann/m1 ");
    open_in_group(second_number, "ann", "two\n", 9);
    ck_assert_answer(look(true, 0, 100, 0), "ann/m1 ann/m2 ");
    assert_notice(0, 1, "", false);
    assert_notice(1, 1, "", true);
}
END_TEST

/* Another gateway had the lease in between. */
START_TEST(a_settlement_from_before_a_join_is_skipped)
{
    int64_t first = given_events();
    struct gw_outbox_settlement settlement;
    struct opening opening;

    open_in_group(first, "ann", "one\n", 9);
    settlement = sent(0);
    opening = opening_of(second_number, "ann", NULL);
    opening.drafts[0].key = T("K");
    opening.drafts[0].line = T("two\n");
    opening.drafts[0].max = 9;
    ck_assert_ok(open_with_stamp(&opening, OPEN_STAMP + 50));
    ck_assert_ok(settle(repo.session, &settlement));
    assert_notice(0, 2, "two\n", true);
}
END_TEST

START_TEST(open_notices_are_due_when_no_event_will_come)
{
    int64_t first = given_events();
    struct gw_outbox_settlement settlement;

    open_in_group(first, "ann", "one\n", 9);
    open_in_group(second_number, "ben", "two\n", 9);
    settlement = failed(0, LONG_MS);
    ck_assert_ok(settle(repo.session, &settlement));
    is_ending = 1;
    assert_due("ben/m2 ");
    ck_assert_int_gt(due_in_ms, 0); /* ann's, which waits for its next attempt */
    settlement = sent(1);
    ck_assert_ok(settle(repo.session, &settlement));
    is_ending = 0;
}
END_TEST

/* ---- the tests */

START_TEST(an_opened_event_is_gone_and_each_draft_is_a_notice)
{
    int64_t first = given_events();
    struct opening opening = opening_of(first, "ann", "ben");

    ck_assert_ok(open_event(&opening));
    ck_assert_answer(outbox_ids("mail", 0, 100, &due_in_ms), "m2");
    ck_assert_answer(look(false, 0, 100, LONGEST_WAIT_MS),
                     "stamp 800 sequence 1 attempts 0 [mail][ann][m1][OutOfStock][LAMP][{\"a\":\"b\"}][traceparent=1]\n"
                     "stamp 801 sequence 1 attempts 0 [mail][ben][m1][OutOfStock][LAMP][{\"a\":\"b\"}][traceparent=1]"
                     "\n");
    ck_assert_int_eq(due_in_ms, GW_DUE_NEVER);
    ck_assert_int_lt(seen.rows[0].number, seen.rows[1].number);
    ck_assert_int_eq(seen.rows[0].event_unix_ms, first_unix_ms);
    ck_assert_int_eq(seen.rows[0].queued_unix_ms, first_unix_ms);
    ck_assert_int_ge(seen.rows[0].age_ms, 0);
}
END_TEST

START_TEST(an_event_is_opened_once)
{
    int64_t first = given_events();
    struct opening opening = opening_of(first, "ann", "ben");
    struct opening other = opening_of(second_number, "ann", NULL);

    ck_assert_ok(open_event(&opening));
    ck_assert_ok(open_event(&opening));
    assert_due("ann/m1 ben/m1 ");
    other.settlement.stamp++;
    ck_assert_ok(open_event(&other));
    assert_due("ann/m1 ben/m1 ");
    ck_assert_answer(outbox_ids("mail", 0, 100, &due_in_ms), "m2");
}
END_TEST

START_TEST(drafts_of_an_event_that_stays_or_was_refused_are_invalid)
{
    int64_t first = given_events();
    struct opening opening = opening_of(first, "ann", NULL);
    struct gw_outbox_refusal refused = refusal(false);

    opening.settlement.to = 0;
    ck_assert_status(open_event(&opening), GW_INVALID);
    opening.settlement.to = 1;
    opening.settlement.refusals = (struct gw_array){&refused, 1, sizeof refused};
    ck_assert_status(open_event(&opening), GW_INVALID);
    assert_due("");
    ck_assert_answer(outbox_ids("mail", 0, 100, &due_in_ms), "m1 m2");
}
END_TEST

START_TEST(notices_are_reported_in_the_order_of_their_numbers_at_most_the_limit)
{
    (void)given_notices();
    assert_due("ann/m1 ben/m1 ann/m2 ");
    ck_assert_answer(look(true, 0, 2, LONGEST_WAIT_MS), "ann/m1 ben/m1 ");
    ck_assert_answer(look(true, seen.rows[0].number, 2, LONGEST_WAIT_MS), "ben/m1 ann/m2 ");
}
END_TEST

START_TEST(a_sent_notice_no_longer_waits_and_settling_it_again_does_nothing)
{
    struct gw_outbox_settlement settlement;

    (void)given_notices();
    settlement = sent(1);
    ck_assert_ok(settle(repo.session, &settlement));
    ck_assert_ok(settle(repo.session, &settlement));
    assert_due("ann/m1 ann/m2 ");
}
END_TEST

START_TEST(a_notice_with_another_stamp_is_skipped)
{
    struct gw_outbox_settlement settlement;

    (void)given_notices();
    settlement = sent(0);
    settlement.stamp++;
    ck_assert_ok(settle(repo.session, &settlement));
    assert_due("ann/m1 ben/m1 ann/m2 ");
}
END_TEST

START_TEST(a_failed_notice_waits_for_its_time_and_delays_no_other)
{
    struct gw_outbox_settlement settlement;

    (void)given_notices();
    settlement = failed(0, LONG_MS);
    ck_assert_ok(settle(repo.session, &settlement));
    assert_due("ben/m1 ann/m2 ");
    ck_assert_int_gt(due_in_ms, 0);
    ck_assert_int_le(due_in_ms, LONG_MS);
    ck_assert_uint_eq(notice_at(0).attempts, 3);
    ck_assert_answer(look(true, 0, 100, LONG_MS / 2), "ann/m1 ben/m1 ann/m2 "); /* the clock was set back */
    settlement = failed(0, 0);
    ck_assert_ok(settle(repo.session, &settlement));
    assert_due("ann/m1 ben/m1 ann/m2 ");
}
END_TEST

START_TEST(a_refused_notice_is_a_dead_letter_and_a_row_for_each_target)
{
    (void)given_notices();
    refuse_first(false);
    assert_due("ben/m1 ann/m2 ");
    ck_assert_int_ne(dead_id("m1"), 0);
    ck_assert_answer(outbox_ids("slack", 0, 100, &due_in_ms), "m1");
    ck_assert_int_eq(outbox_row("slack", "m1").stamp, NOTICE_STAMP);
    ck_assert_int_eq(outbox_row("slack", "m1").event_unix_ms, applied_unix_ms);
}
END_TEST

START_TEST(a_rerouted_notice_is_a_row_for_each_target_only)
{
    (void)given_notices();
    refuse_first(true);
    assert_due("ben/m1 ann/m2 ");
    ck_assert_int_eq(dead_id("m1"), 0);
    ck_assert_answer(outbox_ids("slack", 0, 100, &due_in_ms), "m1");
}
END_TEST

START_TEST(a_requeued_notice_is_an_event_for_its_recipient)
{
    int64_t id;
    uint32_t count;
    struct gw_array ids = {&id, 1, sizeof id};
    struct gw_array none = {NULL, 0, sizeof(struct gw_outbox_target)};

    (void)given_notices();
    refuse_first(false);
    id = dead_id("m1");
    ck_assert_ok(repo.ops->dead_requeue(repo.session, &ids, &none, NOTICE_STAMP + 50, &count, &last_error));
    ck_assert_uint_eq(count, 1);
    ck_assert_answer(outbox_ids("mail", 0, 100, &due_in_ms), "m1");
    ck_assert_uint_eq(outbox_row("mail", "m1").recipient.len, 3);
}
END_TEST

START_TEST(drafts_of_a_notice_are_invalid)
{
    struct gw_notice_draft draft = {.event = {.destination = T("mail"), .id = T("m9")}};
    struct gw_outbox_settlement settlement;

    (void)given_notices();
    settlement = sent(0);
    settlement.drafts = (struct gw_array){&draft, 1, sizeof draft};
    ck_assert_status(settle(repo.session, &settlement), GW_INVALID);
    assert_due("ann/m1 ben/m1 ann/m2 ");
}
END_TEST

START_TEST(figures_count_events_and_notices_together)
{
    int64_t first = given_events();
    struct opening opening = opening_of(first, "ann", "ben");
    struct gw_outbox_settlement settlement;

    ck_assert_answer(figures(), "mail 2\n");
    ck_assert_ok(open_event(&opening));
    ck_assert_answer(figures(), "mail 3\n");
    ck_assert_int_eq(outbox_figure("mail").oldest_unix_ms, first_unix_ms);
    opening = opening_of(second_number, "ann", NULL);
    ck_assert_ok(open_event(&opening));
    ck_assert_answer(figures(), "mail 3\n");
    ck_assert_int_eq(outbox_figure("mail").oldest_unix_ms, first_unix_ms);
    for (int i = 0; i < 3; i++) {
        settlement = sent(0);
        ck_assert_ok(settle(repo.session, &settlement));
    }
    ck_assert_answer(figures(), "");
}
END_TEST

START_TEST(opening_and_settling_without_the_lease_are_conflicts_and_record_nothing)
{
    struct gw_session *other;
    struct gw_outbox_settlement settlement;
    struct gw_array array = {&settlement, 1, sizeof settlement};

    if (!repository_has(GW_REPOSITORY_SHARED))
        return;
    (void)given_notices();
    settlement = sent(0);
    other = repository_session();
    ck_assert_status(settle(other, &settlement), GW_CONFLICT);
    ck_assert_status(repo.ops->outbox_settle(other, T("mail"), &array, OPEN_STAMP, &last_error), GW_CONFLICT);
    repo.ops->close_session(other);
    assert_due("ann/m1 ben/m1 ann/m2 ");
}
END_TEST

START_TEST(pending_notices_survive_and_their_numbers_are_never_reused)
{
    struct gw_outbox_settlement settlement;
    int64_t highest;
    int64_t first = given_events();
    struct opening opening = opening_of(first, "ann", "ben");

    ck_assert_ok(open_event(&opening));
    highest = notice_at(1).number;
    settlement = sent(1);
    ck_assert_ok(settle(repo.session, &settlement));
    if (is_persistent)
        repository_reopen();
    repository_lease("mail");
    assert_due("ann/m1 ");
    opening = opening_of(second_number, "ben", NULL);
    ck_assert_ok(open_event(&opening));
    assert_due("ann/m1 ben/m2 ");
    ck_assert_int_gt(notice_at(1).number, highest);
}
END_TEST

/* ---- sent notices */

static struct gw_sent_notice last_sent; /* without texts */
static uint32_t sent_count;

static enum gw_status write_sent(void *context, const struct gw_sent_notice *notice)
{
    FILE *stream = context;

    (void)fprintf(stream, "%.*s/%.*s/%.*s %.*s %.*s count %u attempts %u", (int)notice->destination.len,
                  notice->destination.ptr, (int)notice->recipient.len, notice->recipient.ptr, (int)notice->event_id.len,
                  notice->event_id.ptr, (int)notice->type.len, notice->type.ptr, (int)notice->sku.len, notice->sku.ptr,
                  notice->count, notice->attempts);
    write_text(stream, notice->answer);
    (void)fputc('\n', stream);
    last_sent = *notice;
    sent_count++;
    return GW_OK;
}

/* A page that begins after last_sent. The caller frees it. */
static char *history_page(const char *recipient, int64_t within_ms, uint32_t limit)
{
    char *text = NULL;
    size_t len;
    FILE *stream = open_memstream(&text, &len);
    struct gw_sent_visitor visitor = {sizeof visitor, 0, stream, write_sent};
    struct gw_sent_look look = {.size = sizeof look,
                                .limit = limit,
                                .after_unix_ms = last_sent.sent_unix_ms,
                                .after_number = last_sent.number,
                                .within_ms = within_ms,
                                .recipient = T(recipient)};

    sent_count = 0;
    ck_assert_ok(repo.ops->notices_history(repo.session, &look, &visitor, &last_error));
    (void)fclose(stream);
    return text;
}

static char *history(const char *recipient)
{
    last_sent = (struct gw_sent_notice){0};
    return history_page(recipient, LONG_MS, 100);
}

#define ANN_1 "mail/ann/m1 OutOfStock LAMP count 1 attempts 1[250 one]\n"
#define BEN_1 "mail/ben/m1 OutOfStock LAMP count 1 attempts 1[250 two]\n"
#define ANN_2 "mail/ann/m2 Allocated LAMP count 1 attempts 1[250 three]\n"

/* Sends the notices of given_notices, one after another. */
static void given_sent(void)
{
    static const char *const answers[] = {"250 one", "250 two", "250 three"};

    (void)given_notices();
    for (uint32_t i = 0; i < 3; i++) {
        struct gw_outbox_settlement settlement = sent(0);

        settlement.answer = T(answers[i]);
        ck_assert_ok(settle(repo.session, &settlement));
    }
}

START_TEST(a_sent_notice_is_kept_with_its_time_and_answer_and_is_not_pending)
{
    given_sent();
    assert_due("");
    ck_assert_answer(figures(), "");
    ck_assert_answer(history(""), ANN_1 BEN_1 ANN_2);
    ck_assert_int_eq(last_sent.event_unix_ms, applied_unix_ms);
    ck_assert_int_ge(last_sent.sent_unix_ms, applied_unix_ms);
    if (is_persistent)
        repository_reopen();
    ck_assert_answer(history(""), ANN_1 BEN_1 ANN_2);
}
END_TEST

START_TEST(notices_sent_in_one_call_are_kept_with_their_own_answers)
{
    struct gw_outbox_settlement settlements[2];
    struct gw_array array = {settlements, 2, sizeof settlements[0]};

    (void)given_notices();
    settlements[0] = sent(0);
    settlements[0].answer = T("250 one");
    settlements[1] = sent(1);
    settlements[1].answer = T("250 two");
    ck_assert_ok(repo.ops->notices_settle(repo.session, T("mail"), &array, NOTICE_STAMP, &last_error));
    assert_due("ann/m2 ");
    ck_assert_answer(history(""), ANN_1 BEN_1);
}
END_TEST

START_TEST(only_a_pending_notice_that_was_delivered_is_kept)
{
    struct gw_outbox_settlement settlement, other;

    (void)given_notices();
    refuse_first(false);
    refuse_first(true);
    settlement = failed(0, 0);
    ck_assert_ok(settle(repo.session, &settlement));
    other = sent(0);
    other.stamp++;
    ck_assert_ok(settle(repo.session, &other));
    ck_assert_answer(history(""), "");
    settlement = sent(0);
    ck_assert_ok(settle(repo.session, &settlement));
    ck_assert_ok(settle(repo.session, &settlement)); /* its answer was lost */
    ck_assert_answer(history(""), "mail/ann/m2 Allocated LAMP count 1 attempts 4[]\n");
}
END_TEST

START_TEST(the_history_of_a_group_counts_its_events)
{
    int64_t first = given_events();
    struct gw_outbox_settlement settlement;

    open_in_group(first, "ann", "one\n", 9);
    open_in_group(second_number, "ann", "two\n", 9);
    settlement = sent(0);
    ck_assert_ok(settle(repo.session, &settlement));
    ck_assert_answer(history(""), "mail/ann/m1 OutOfStock LAMP count 2 attempts 1[]\n");
}
END_TEST

START_TEST(the_history_is_read_in_pages_by_recipient_and_by_age)
{
    given_sent();
    ck_assert_answer(history("ann"), ANN_1 ANN_2);
    ck_assert_answer(history("Ann"), "");
    last_sent = (struct gw_sent_notice){0};
    ck_assert_answer(history_page("", 0, 2), ANN_1 BEN_1);
    ck_assert_answer(history_page("", 0, 2), ANN_2);
    ck_assert_answer(history_page("", 0, 2), "");
    last_sent = (struct gw_sent_notice){0};
    ck_assert_answer(history_page("ann", 0, 1), ANN_1);
    ck_assert_answer(history_page("ann", 0, 1), ANN_2);
    do { /* until all of them were sent longer ago */
        last_sent = (struct gw_sent_notice){0};
        free(history_page("", 1, 100));
    } while (sent_count > 0);
}
END_TEST

START_TEST(the_oldest_sent_notices_expire_first_and_no_more_than_the_limit)
{
    uint32_t count = 77;

    given_sent();
    ck_assert_ok(repo.ops->notices_expire(repo.session, LONG_MS, 100, &count, &last_error));
    ck_assert_uint_eq(count, 0);
    ck_assert_answer(history(""), ANN_1 BEN_1 ANN_2);
    do { /* until all of them were sent before this millisecond */
        last_sent = (struct gw_sent_notice){0};
        free(history_page("", 1, 100));
    } while (sent_count > 0);
    ck_assert_ok(repo.ops->notices_expire(repo.session, 0, 2, &count, &last_error));
    ck_assert_uint_eq(count, 2);
    ck_assert_answer(history(""), ANN_2);
    ck_assert_ok(repo.ops->notices_expire(repo.session, 0, 2, &count, &last_error));
    ck_assert_uint_eq(count, 1);
    ck_assert_answer(history(""), "");
}
END_TEST

START_TEST(a_recipient_is_forgotten_and_no_other)
{
    uint32_t count = 77;

    given_sent();
    ck_assert_ok(repo.ops->notices_forget(repo.session, T("an"), 100, &count, &last_error));
    ck_assert_uint_eq(count, 0);
    ck_assert_ok(repo.ops->notices_forget(repo.session, T("ann"), 1, &count, &last_error));
    ck_assert_uint_eq(count, 1);
    ck_assert_ok(repo.ops->notices_forget(repo.session, T("ann"), 100, &count, &last_error));
    ck_assert_uint_eq(count, 1);
    ck_assert_answer(history(""), BEN_1);
}
END_TEST

/* ---- other recipients */

static char *look_except(const struct gw_text *recipients, uint32_t count, uint32_t limit, int64_t after)
{
    char *text = NULL;
    size_t len;
    struct gw_notice_visitor visitor = {sizeof visitor, 0, &seen, see};
    struct gw_notice_look look = {.size = sizeof look, .limit = limit, .after = after, .is_any = 1};

    look.except = (struct gw_array){(void *)(uintptr_t)recipients, count, sizeof *recipients};
    seen = (struct seen){.stream = open_memstream(&text, &len), .is_short = true};
    ck_assert_ok(repo.ops->notices_next(repo.session, T("mail"), &look, &visitor, &due_in_ms, &last_error));
    (void)fclose(seen.stream);
    return text;
}

START_TEST(notices_for_some_recipients_are_left_out_of_a_look)
{
    const struct gw_text people[] = {T("ben"), T("cy"), T("ann")};

    (void)given_notices();
    ck_assert_answer(look_except(people, 0, 9, 0), "ann/m1 ben/m1 ann/m2 ");
    ck_assert_answer(look_except(people, 2, 9, 0), "ann/m1 ann/m2 ");
    ck_assert_answer(look_except(people, 2, 1, 0), "ann/m1 ");
    ck_assert_answer(look_except(people, 2, 1, seen.rows[0].number), "ann/m2 ");
    ck_assert_answer(look_except(&people[2], 1, 9, 0), "ben/m1 ");
    ck_assert_answer(look_except(people, 3, 9, 0), "");
    assert_due("ann/m1 ben/m1 ann/m2 ");
}
END_TEST

static enum gw_status write_recipient(void *context, struct gw_text event_id, struct gw_text recipient)
{
    uint32_t *found = context;

    if (gw_text_is(event_id, "m1"))
        *found |= gw_text_is(recipient, "ann") ? 1 : gw_text_is(recipient, "ben") ? 2 : 8;
    else
        *found |= gw_text_is(event_id, "m2") && gw_text_is(recipient, "ann") ? 4 : 8;
    return GW_OK;
}

/* Bits: 1 ann of m1, 2 ben of m1, 4 ann of m2, 8 anything else. */
static uint32_t recipients_of(const char *destination, const struct gw_text *ids, uint32_t count)
{
    uint32_t found = 0;
    struct gw_array event_ids = {(void *)(uintptr_t)ids, count, sizeof *ids};
    struct gw_recipient_visitor visitor = {sizeof visitor, 0, &found, write_recipient};

    ck_assert_ok(repo.ops->notices_recipients(repo.session, T(destination), &event_ids, &visitor, &last_error));
    return found;
}

START_TEST(recipients_of_an_event_are_those_with_a_pending_or_a_sent_notice)
{
    const struct gw_text ids[] = {T("m1"), T("m2"), T("m3")};
    struct gw_outbox_settlement settlement;
    uint32_t count;

    (void)given_notices();
    ck_assert_uint_eq(recipients_of("mail", ids, 3), 1 | 2 | 4);
    ck_assert_uint_eq(recipients_of("mail", ids, 1), 1 | 2);
    ck_assert_uint_eq(recipients_of("mail", &ids[2], 1), 0);
    ck_assert_uint_eq(recipients_of("chat", ids, 3), 0);
    settlement = sent(0);
    ck_assert_ok(settle(repo.session, &settlement));
    ck_assert_uint_eq(recipients_of("mail", ids, 3), 1 | 2 | 4);
    refuse_first(false);
    ck_assert_uint_eq(recipients_of("mail", ids, 3), 1 | 4);
    ck_assert_ok(repo.ops->notices_forget(repo.session, T("ann"), 10, &count, &last_error));
    ck_assert_uint_eq(recipients_of("mail", ids, 3), 4);
}
END_TEST

static enum gw_status keep_answer(void *context, struct gw_text answer)
{
    *(char **)context = strndup(answer.ptr, answer.len);
    return GW_OK;
}

/* What notices_last_answer reports for the notice at this place; the caller frees it. */
static char *last_answer(uint32_t place)
{
    struct gw_outbox_row row = notice_at(place);
    char *answer = NULL;
    struct gw_answer_visitor visitor = {sizeof visitor, 0, &answer, keep_answer};

    ck_assert_ok(repo.ops->notices_last_answer(repo.session, T("mail"), row.number, row.stamp, &visitor, &last_error));
    return answer != NULL ? answer : strdup("none");
}

static void answer_first(const char *answer)
{
    struct gw_outbox_settlement settlement = sent(0);

    settlement.answer = T(answer);
    ck_assert_ok(settle(repo.session, &settlement));
}

START_TEST(the_last_answer_is_that_to_the_last_notice_of_the_group_that_was_sent)
{
    int64_t first = given_events();
    struct opening opening = opening_of(second_number, "ann", "ben");

    open_in_group(first, "ann", "one\n", 9);
    ck_assert_answer(last_answer(0), "none");
    answer_first("250 one");
    opening.drafts[0].key = opening.drafts[1].key = T("K");
    ck_assert_ok(open_event(&opening));
    if (is_persistent)
        repository_reopen();
    ck_assert_answer(last_answer(0), "250 one");
    ck_assert_answer(last_answer(1), "none");
}
END_TEST

START_TEST(a_notice_without_a_group_has_no_last_answer)
{
    (void)given_notices();
    answer_first("250 one");
    ck_assert_answer(last_answer(0), "none");
    ck_assert_answer(last_answer(1), "none");
}
END_TEST

/* ---- repeats */

enum { REPEAT_MS = 2 * LONG_MS };

/* Opens an event in the group K, whose notices are repeated after REPEAT_MS and else due at once. */
static void open_to_repeat(int64_t number, const char *recipient, const char *key)
{
    struct opening opening = opening_of(number, recipient, NULL);

    opening.drafts[0].key = T(key);
    opening.drafts[0].line = T("line\n");
    opening.drafts[0].max = 9;
    opening.drafts[0].repeat_ms = REPEAT_MS;
    ck_assert_ok(open_event(&opening));
}

static void close_notice(uint32_t place)
{
    struct gw_outbox_settlement settlement = failed(place, 0);

    ck_assert_ok(settle(repo.session, &settlement));
}

static void send_first(void)
{
    struct gw_outbox_settlement settlement = sent(0);

    ck_assert_ok(settle(repo.session, &settlement));
}

static void assert_repeat_waits(void)
{
    assert_due("");
    ck_assert_int_gt(due_in_ms, REPEAT_MS - LONG_MS);
    ck_assert_int_le(due_in_ms, REPEAT_MS);
}

START_TEST(a_notice_waits_after_the_last_sent_one_of_its_recipient_and_key)
{
    int64_t first = given_events();

    open_to_repeat(first, "ann", "K");
    assert_due("ann/m1 ");
    send_first();
    open_to_repeat(second_number, "ann", "K");
    assert_repeat_waits();
    if (is_persistent)
        repository_reopen();
    assert_repeat_waits();
    ck_assert_answer(look(true, 0, 100, LONG_MS), "ann/m2 "); /* the setting is shorter now */
    ck_assert_answer(figures(), "mail 1\n");
}
END_TEST

START_TEST(a_notice_of_another_recipient_is_due_at_once)
{
    int64_t first = given_events();

    open_to_repeat(first, "ann", "K");
    send_first();
    open_to_repeat(second_number, "ben", "K");
    assert_due("ben/m2 ");
    send_first();
    ck_assert_answer(history(""), "mail/ann/m1 OutOfStock LAMP count 1 attempts 1[]\n"
                                  "mail/ben/m2 Allocated LAMP count 1 attempts 1[]\n");
}
END_TEST

START_TEST(a_notice_of_another_key_is_due_at_once)
{
    int64_t first = given_events();

    open_to_repeat(first, "ann", "K");
    send_first();
    open_to_repeat(second_number, "ann", "L");
    assert_due("ann/m2 ");
}
END_TEST

START_TEST(a_notice_waits_while_an_earlier_one_of_its_group_is_pending_and_after_that_was_sent)
{
    int64_t first = given_events();

    open_to_repeat(first, "ann", "K");
    close_notice(0);
    open_to_repeat(second_number, "ann", "K");
    assert_due("ann/m1 ");
    is_ending = 1;
    assert_due("ann/m1 ");
    is_ending = 0;
    ck_assert_uint_eq(notice_at(1).attempts, 0);
    send_first();
    assert_repeat_waits();
    is_ending = 1; /* no event will join it */
    assert_due("ann/m2 ");
    is_ending = 0;
}
END_TEST

START_TEST(a_notice_waits_no_longer_than_its_repeat_when_the_clock_is_set_back)
{
    int64_t first = given_events();

    open_to_repeat(first, "ann", "K");
    close_notice(0);
    open_to_repeat(second_number, "ann", "K");
    send_first(); /* from now on it waits for its time */
    ck_assert_answer(look(true, 0, 100, DAY_MS), "");
    assert_due_an_hour_before("ann/m2 ");
}
END_TEST

/* Its first event came soon after the last notice, so it waits for the repeat, not for the group. */
START_TEST(a_notice_that_waits_for_its_repeat_is_not_due_after_its_wait)
{
    int64_t first = given_events();
    struct opening opening;

    open_to_repeat(first, "ann", "K");
    send_first();
    opening = opening_of(second_number, "ann", NULL);
    opening.drafts[0].key = T("K");
    opening.drafts[0].max = 9;
    opening.drafts[0].wait_ms = 1;
    opening.drafts[0].repeat_ms = REPEAT_MS;
    ck_assert_ok(open_event(&opening));
    assert_repeat_waits();
    assert_due_an_hour_before("ann/m2 ");
}
END_TEST

START_TEST(a_notice_whose_retry_fails_waits_for_its_delay_and_no_longer_for_its_repeat)
{
    struct gw_outbox_settlement settlement;

    open_to_repeat(given_events(), "ann", "K");
    settlement = failed(0, LONG_MS / 2);
    ck_assert_ok(settle(repo.session, &settlement));
    ck_assert_answer(look(true, 0, 100, DAY_MS), "");
    assert_due_an_hour_before("ann/m1 ");
}
END_TEST

START_TEST(a_notice_is_due_when_the_earlier_one_of_its_group_was_refused)
{
    int64_t first = given_events();

    open_to_repeat(first, "ann", "K");
    close_notice(0);
    open_to_repeat(second_number, "ann", "K");
    refuse_first(false);
    assert_due("ann/m2 ");
}
END_TEST

/* As when an operator buries some of them. */
START_TEST(a_notice_waits_for_the_first_of_its_group_when_one_in_between_was_refused)
{
    int64_t first = given_events();

    open_to_repeat(first, "ann", "K");
    close_notice(0);
    open_to_repeat(second_number, "ann", "K");
    close_notice(1);
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 1, 1);
    change_effect(&changes, 0, "mail", "m3");
    ck_assert_ok(apply(&changes));
    open_to_repeat(first_effect, "ann", "K");
    refuse(1, false);
    assert_due("ann/m1 ");
    send_first();
    assert_repeat_waits();
}
END_TEST

START_TEST(a_recipient_who_was_forgotten_waits_for_no_repeat)
{
    int64_t first = given_events();
    uint32_t count;

    open_to_repeat(first, "ann", "K");
    send_first();
    ck_assert_ok(repo.ops->notices_forget(repo.session, T("ann"), 10, &count, &last_error));
    open_to_repeat(second_number, "ann", "K");
    assert_due("ann/m2 ");
}
END_TEST

TCase *notices_case(void)
{
    TCase *tests = repository_case("notices");

    tcase_add_test(tests, an_opened_event_is_gone_and_each_draft_is_a_notice);
    tcase_add_test(tests, an_event_is_opened_once);
    tcase_add_test(tests, drafts_of_an_event_that_stays_or_was_refused_are_invalid);
    tcase_add_test(tests, notices_are_reported_in_the_order_of_their_numbers_at_most_the_limit);
    tcase_add_test(tests, a_sent_notice_no_longer_waits_and_settling_it_again_does_nothing);
    tcase_add_test(tests, a_notice_with_another_stamp_is_skipped);
    tcase_add_test(tests, a_failed_notice_waits_for_its_time_and_delays_no_other);
    tcase_add_test(tests, a_refused_notice_is_a_dead_letter_and_a_row_for_each_target);
    tcase_add_test(tests, a_rerouted_notice_is_a_row_for_each_target_only);
    tcase_add_test(tests, a_requeued_notice_is_an_event_for_its_recipient);
    tcase_add_test(tests, drafts_of_a_notice_are_invalid);
    tcase_add_test(tests, figures_count_events_and_notices_together);
    tcase_add_test(tests, opening_and_settling_without_the_lease_are_conflicts_and_record_nothing);
    tcase_add_test(tests, a_notice_without_a_group_has_one_event_and_is_never_open);
    tcase_add_test(tests, an_event_joins_the_open_notice_of_its_group_which_waits);
    tcase_add_test(tests, an_event_beyond_the_maximum_is_counted_and_not_listed);
    tcase_add_test(tests, drafts_of_one_call_join_each_other);
    tcase_add_test(tests, another_recipient_or_key_has_a_notice_of_its_own);
    tcase_add_test(tests, a_notice_without_a_delay_is_due_although_the_clock_is_set_back);
    tcase_add_test(tests, a_failed_notice_waits_no_longer_than_its_delay_when_the_clock_is_set_back);
    tcase_add_test(tests, an_open_notice_waits_no_longer_than_its_wait_when_the_clock_is_set_back);
    tcase_add_test(tests, a_notice_waits_no_longer_than_its_repeat_when_the_clock_is_set_back);
    tcase_add_test(tests, a_notice_that_waits_for_its_repeat_is_not_due_after_its_wait);
    tcase_add_test(tests, a_notice_whose_retry_fails_waits_for_its_delay_and_no_longer_for_its_repeat);
    tcase_add_test(tests, no_event_joins_a_notice_after_its_first_settlement);
    tcase_add_test(tests, a_settlement_from_before_a_join_is_skipped);
    tcase_add_test(tests, open_notices_are_due_when_no_event_will_come);
    tcase_add_test(tests, pending_notices_survive_and_their_numbers_are_never_reused);
    tcase_add_test(tests, a_sent_notice_is_kept_with_its_time_and_answer_and_is_not_pending);
    tcase_add_test(tests, notices_sent_in_one_call_are_kept_with_their_own_answers);
    tcase_add_test(tests, only_a_pending_notice_that_was_delivered_is_kept);
    tcase_add_test(tests, the_history_of_a_group_counts_its_events);
    tcase_add_test(tests, the_history_is_read_in_pages_by_recipient_and_by_age);
    tcase_add_test(tests, the_oldest_sent_notices_expire_first_and_no_more_than_the_limit);
    tcase_add_test(tests, a_recipient_is_forgotten_and_no_other);
    tcase_add_test(tests, notices_for_some_recipients_are_left_out_of_a_look);
    tcase_add_test(tests, the_last_answer_is_that_to_the_last_notice_of_the_group_that_was_sent);
    tcase_add_test(tests, a_notice_without_a_group_has_no_last_answer);
    tcase_add_test(tests, recipients_of_an_event_are_those_with_a_pending_or_a_sent_notice);
    tcase_add_test(tests, a_notice_waits_after_the_last_sent_one_of_its_recipient_and_key);
    tcase_add_test(tests, a_notice_of_another_recipient_is_due_at_once);
    tcase_add_test(tests, a_notice_of_another_key_is_due_at_once);
    tcase_add_test(tests, a_notice_waits_while_an_earlier_one_of_its_group_is_pending_and_after_that_was_sent);
    tcase_add_test(tests, a_notice_is_due_when_the_earlier_one_of_its_group_was_refused);
    tcase_add_test(tests, a_notice_waits_for_the_first_of_its_group_when_one_in_between_was_refused);
    tcase_add_test(tests, a_recipient_who_was_forgotten_waits_for_no_repeat);
    return tests;
}
