/* SPDX-License-Identifier: Apache-2.0 */
/* What a relay does with each verdict of its destination: rows in order, none lost, each with an end. */
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

/* ---- rows to deliver -------------------------------------------------------------------------------------------- */

static struct gw_session *session;

static void set_up(void)
{
    ck_assert(gw_identity_init());
    session = scripted_repository_open();
    ck_assert_ptr_nonnull(session);
}

/* The same on a repository that keeps no notices: each row names its recipient. */
static void set_up_without_notices(void)
{
    set_up();
    scripted_repository.plugin.features &= ~(uint32_t)GW_REPOSITORY_NOTICES;
}

/* The routes for the relays of this test; without routes there is no fallback. */
static struct gw_bootstrap bootstrap;
static atomic_uint_fast64_t handovers;

static void count_handover(void *context)
{
    (void)context;
    atomic_fetch_add(&handovers, 1);
}

/* Waits until the relay has found nothing left. A handover of its own makes it look once more. */
static void await_empty(struct gw_relay *relay, int ended)
{
    struct pollfd waiting = {.fd = ended, .events = POLLIN};

    while (!gw_relay_is_empty(relay, atomic_load(&handovers))) {
        gw_relay_wake(relay);
        if (poll(&waiting, 1, 10) > 0)
            gw_wakeup_lower(ended);
    }
}

/* Runs a relay until nothing is left. */
static void run_relay(struct gw_component *component, struct gw_relay **ret_relay)
{
    struct gw_relay_plan plan = scripted_relay_plan(component, &bootstrap);
    struct gw_error error = {0};

    plan.handed_over = count_handover;
    plan.handovers = &handovers;
    ck_assert_msg(gw_relay_new(&plan, ret_relay, &error) == GW_OK, "%s", error.text);
    gw_relay_finish(*ret_relay);
    ck_assert_msg(gw_relay_start(*ret_relay, &error) == GW_OK, "%s", error.text);
    await_empty(*ret_relay, plan.ended);
    ck_assert(!gw_relay_has_ended(*ret_relay));
    gw_wakeup_raise(plan.stop);
    gw_relay_join(*ret_relay);
    ck_assert(gw_relay_has_ended(*ret_relay));
}

static void verdict(enum gw_status status)
{
    scripted_destination.verdicts[scripted_destination.verdict_count++] = status;
}

static void verdicts(enum gw_status status, int count)
{
    for (int index = 0; index < count; index++)
        verdict(status);
}

/* Rows that were queued long before the relay looks, by its clock. */
static void add_old_rows(const char *id, uint32_t count)
{
    scripted_repository.host.unix_offset_ms = INT64_C(-30) * 24 * 3600 * 1000;
    add_rows(session, id, count);
    scripted_repository.host.unix_offset_ms = 0;
}

/* ---- the tests -------------------------------------------------------------------------------------------------- */

START_TEST(rows_are_published_in_order_in_groups_and_then_deleted)
{
    struct gw_component component = publisher_component();
    struct gw_relay *relay;

    add_rows(session, "events", 7);
    run_relay(&component, &relay);
    assert_all_published_in_order(session, 7);
    ck_assert_uint_eq(scripted_destination.calls, 3);
    ck_assert_uint_eq(atomic_load(&gw_relay_figures(relay)->sent), 7);
    gw_relay_free(relay);
}
END_TEST

START_TEST(rows_behind_a_transient_failure_wait_so_that_the_order_is_kept)
{
    struct gw_component component = publisher_component();
    struct gw_relay *relay;

    verdict(GW_OK);
    verdict(GW_TRANSIENT);
    add_rows(session, "events", 5);
    run_relay(&component, &relay);
    assert_all_published_in_order(session, 5);
    ck_assert_uint_eq(atomic_load(&gw_relay_figures(relay)->retried), 1);
    gw_relay_free(relay);
}
END_TEST

START_TEST(rows_that_were_sent_behind_one_that_failed_are_counted_as_repeated)
{
    struct gw_component component = publisher_component();
    struct gw_relay *relay;

    scripted_destination.sends_behind_failures = true;
    verdict(GW_TRANSIENT);
    verdict(GW_OK);
    verdict(GW_OK);
    add_rows(session, "events", 3);
    run_relay(&component, &relay);
    ck_assert_uint_eq(atomic_load(&gw_relay_figures(relay)->sent), 3);
    ck_assert_uint_eq(atomic_load(&gw_relay_figures(relay)->repeated), 2);
    gw_relay_free(relay);
}
END_TEST

START_TEST(an_unreachable_destination_is_retried_until_it_is_back)
{
    struct gw_component component = publisher_component();
    struct gw_relay *relay;

    for (int index = 0; index < 4; index++)
        scripted_destination.results[scripted_destination.result_count++] = index % 2 == 0 ? GW_TRANSIENT : GW_CONFIG;
    add_rows(session, "events", 4);
    run_relay(&component, &relay);
    assert_all_published_in_order(session, 4);
    gw_relay_free(relay);
}
END_TEST

START_TEST(a_delivery_that_was_cancelled_without_a_stop_is_repeated)
{
    struct gw_component component = publisher_component();
    struct gw_relay *relay;

    scripted_destination.results[scripted_destination.result_count++] = GW_CANCELLED;
    add_rows(session, "events", 4);
    run_relay(&component, &relay);
    assert_all_published_in_order(session, 4);
    gw_relay_free(relay);
}
END_TEST

START_TEST(a_record_that_was_cancelled_without_a_stop_is_repeated_in_a_new_session)
{
    struct gw_component component = publisher_component();
    struct gw_relay *relay;

    scripted_repository.settle_script[scripted_repository.settle_script_len++] = GW_CANCELLED;
    add_rows(session, "events", 2);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 4);
    ck_assert_uint_eq(scripted_outbox_count(session, "events"), 0);
    ck_assert_uint_eq(atomic_load(&scripted_repository.opens), 2);
    gw_relay_free(relay);
}
END_TEST

static void assert_failure(uint32_t index, uint32_t attempts, int64_t delay_ms)
{
    const struct scripted_failure *failure = &scripted_repository.failures[index];

    ck_assert_uint_lt(index, scripted_repository.failure_count);
    ck_assert_uint_eq(failure->attempts, attempts);
    ck_assert_int_eq(failure->delay_ms, delay_ms);
    ck_assert_uint_gt(strlen(failure->answer), 0);
}

/* The first row that waits has the other side's answer; the row that was delivered before has none. */
START_TEST(the_answer_of_a_publisher_that_fails_is_kept_with_the_row_that_waits)
{
    struct gw_component component = publisher_component();
    struct gw_relay *relay;

    verdict(GW_OK);
    verdicts(GW_TRANSIENT, 2);
    add_rows(session, "events", 3);
    run_relay(&component, &relay);
    assert_all_published_in_order(session, 3);
    ck_assert_uint_eq(scripted_repository.failure_count, 2);
    assert_failure(0, 1, 0);
    assert_failure(1, 2, 0);
    ck_assert_int_eq(scripted_repository.failures[1].number, scripted_repository.failures[0].number);
    gw_relay_free(relay);
}
END_TEST

START_TEST(the_answer_of_a_publisher_that_is_away_is_kept_with_the_first_row)
{
    struct gw_component component = publisher_component();
    struct gw_relay *relay;

    scripted_destination.results[scripted_destination.result_count++] = GW_TRANSIENT;
    scripted_destination.results[scripted_destination.result_count++] = GW_CONFIG;
    add_rows(session, "events", 2);
    run_relay(&component, &relay);
    assert_all_published_in_order(session, 2);
    ck_assert_uint_eq(scripted_repository.failure_count, 2);
    assert_failure(0, 1, 0);
    assert_failure(1, 2, 0);
    gw_relay_free(relay);
}
END_TEST

/* Otherwise an outage would use up the attempts after which an old notice is given up. */
START_TEST(an_outage_of_a_notifier_keeps_its_answer_and_counts_no_attempt)
{
    struct gw_component component = notifier_component(60000);
    struct gw_relay *relay;

    for (int index = 0; index < 6; index++)
        scripted_destination.results[scripted_destination.result_count++] = GW_TRANSIENT;
    verdict(GW_TRANSIENT);
    add_old_rows("console", 1);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 1);
    ck_assert_uint_eq(scripted_repository.failure_count, 7);
    for (uint32_t index = 0; index < 6; index++)
        assert_failure(index, 0, 0);
    ck_assert_uint_eq(scripted_repository.failures[6].attempts, 1);
    ck_assert_uint_eq(scripted_dead_count(session), 0);
    gw_relay_free(relay);
}
END_TEST

START_TEST(a_permanently_refused_event_becomes_a_dead_letter)
{
    struct gw_component component = publisher_component();
    struct gw_relay *relay;

    verdict(GW_OK);
    verdict(GW_PERMANENT);
    add_rows(session, "events", 3);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 2);
    ck_assert_uint_eq(scripted_outbox_count(session, "events"), 0);
    ck_assert_uint_eq(scripted_dead_count(session), 1);
    ck_assert_uint_eq(atomic_load(&gw_relay_figures(relay)->dead), 1);
    gw_relay_free(relay);
}
END_TEST

START_TEST(a_notice_carries_the_text_of_its_event)
{
    struct gw_component component = notifier_component(60000);
    struct gw_relay *relay;

    add_rows(session, "console", 1);
    run_relay(&component, &relay);
    assert_accepted(0, "e1 Out of stock for LAMP");
    gw_relay_free(relay);
}
END_TEST

START_TEST(a_notice_names_its_event_with_number_time_and_headers)
{
    struct gw_component component = notifier_component(60000);
    struct gw_relay *relay;

    add_rows(session, "console", 2);
    run_relay(&component, &relay);
    ck_assert_int_eq(scripted_destination.noticed.sequence, 2);
    ck_assert_int_gt(scripted_destination.noticed.unix_ms, 0);
    ck_assert_str_eq(scripted_destination.noticed_header, "trace");
    gw_relay_free(relay);
}
END_TEST

enum { PAUSE_MS = 200 };

static void assert_pause_before_second(void)
{
    ck_assert_int_ge(scripted_destination.sent_ms[1] - scripted_destination.sent_ms[0], PAUSE_MS);
}

/* The backoff of the scripted destinations is 2 ms at most. */
START_TEST(a_publisher_that_asks_for_a_pause_gets_it)
{
    struct gw_component component = publisher_component();
    struct gw_relay *relay;

    component.settings.delivery.batch = 1;
    verdict(GW_TRANSIENT);
    scripted_destination.retry_after_ms[0] = PAUSE_MS;
    add_rows(session, "events", 2);
    run_relay(&component, &relay);
    assert_all_published_in_order(session, 2);
    assert_pause_before_second();
    gw_relay_free(relay);
}
END_TEST

START_TEST(a_notifier_that_asks_for_a_pause_is_sent_nothing_meanwhile)
{
    struct gw_component component = notifier_component(INT64_MAX / 2);
    struct gw_relay *relay;

    verdict(GW_TRANSIENT);
    scripted_destination.retry_after_ms[0] = PAUSE_MS;
    add_rows(session, "console", 2);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 2);
    assert_pause_before_second();
    ck_assert_uint_eq(scripted_outbox_count(session, "console"), 0);
    gw_relay_free(relay);
}
END_TEST

/* Otherwise a notice at which the destination always asks for a pause would be the first one again. */
START_TEST(after_a_pause_a_notice_still_waits_for_its_own_backoff)
{
    struct gw_component component = notifier_component(INT64_MAX / 2);
    struct gw_relay *relay;

    component.settings.delivery.backoff_ms = component.settings.delivery.backoff_max_ms = 100;
    verdict(GW_TRANSIENT);
    scripted_destination.retry_after_ms[0] = PAUSE_MS;
    add_rows(session, "console", 2);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_repository.failure_count, 1);
    ck_assert_int_gt(scripted_repository.failures[0].delay_ms, PAUSE_MS);
    gw_relay_free(relay);
}
END_TEST

START_TEST(a_transient_failure_of_a_notice_does_not_delay_the_next_one)
{
    struct gw_component component = notifier_component(INT64_MAX / 2);
    struct gw_relay *relay;

    verdict(GW_TRANSIENT);
    add_rows(session, "console", 2);
    run_relay(&component, &relay);
    assert_accepted(0, "e2 Out of stock for LAMP");
    assert_accepted(1, "e1 Out of stock for LAMP");
    ck_assert_uint_eq(scripted_outbox_count(session, "console"), 0);
    gw_relay_free(relay);
}
END_TEST

START_TEST(a_notice_that_is_old_and_was_tried_five_times_becomes_a_dead_letter)
{
    struct gw_component component = notifier_component(1000);
    struct gw_relay *relay;

    verdict(GW_TRANSIENT);
    verdict(GW_PERMANENT);
    verdicts(GW_TRANSIENT, 4);
    add_old_rows("console", 2);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 0);
    ck_assert_uint_eq(scripted_dead_count(session), 2);
    ck_assert_uint_eq(scripted_destination.verdict_count, 6);
    gw_relay_free(relay);
}
END_TEST

/* A clock that was set forward makes every notice old. */
START_TEST(a_notice_that_is_old_is_not_given_up_before_it_was_tried_five_times)
{
    struct gw_component component = notifier_component(1000);
    struct gw_relay *relay;

    verdicts(GW_TRANSIENT, 4);
    add_old_rows("console", 1);
    run_relay(&component, &relay);
    assert_accepted(0, "e1 Out of stock for LAMP");
    ck_assert_uint_eq(scripted_dead_count(session), 0);
    gw_relay_free(relay);
}
END_TEST

START_TEST(a_notice_that_is_not_old_is_not_given_up_however_often_it_was_tried)
{
    struct gw_component component = notifier_component(60000);
    struct gw_relay *relay;

    verdicts(GW_TRANSIENT, 12);
    add_rows(session, "console", 1);
    run_relay(&component, &relay);
    assert_accepted(0, "e1 Out of stock for LAMP");
    ck_assert_uint_eq(scripted_dead_count(session), 0);
    gw_relay_free(relay);
}
END_TEST

/* The repository's clock was set back by a month after the notice got its due time. */
START_TEST(a_notice_with_a_due_time_beyond_every_setting_is_sent_now)
{
    struct gw_component component = notifier_component(60000);
    struct gw_relay *relay;

    add_rows(session, "console", 1);
    scripted_repository.host.unix_offset_ms = INT64_C(30) * 24 * 3600 * 1000;
    scripted_delay_all(session, "console", 1000);
    run_relay(&component, &relay);
    assert_accepted(0, "e1 Out of stock for LAMP");
    gw_relay_free(relay);
}
END_TEST

/* ---- who is notified instead ----------------------------------------------------------------------------------------
 */

static const char *const operators[] = {"ops@made.com", "boss@made.com"};
static const struct gw_component mail = {.id = "mail",
                                         .section = GW_SECTION_NOTIFIERS,
                                         .recipients = operators,
                                         .recipient_count = 2,
                                         .settings.delivery = {.give_up_ms = 1000}};

/* ---- recipients ------------------------------------------------------------------------------------------------- */

/* A console that notifies two people. */
static struct gw_component notifier_of_two(void)
{
    struct gw_component component = notifier_component(60000);

    component.recipients = operators;
    component.recipient_count = 2;
    return component;
}

static void assert_told(uint32_t index, const char *recipient, const char *accepted)
{
    ck_assert_str_eq(scripted_destination.recipients[index], recipient);
    assert_accepted(index, accepted);
}

START_TEST(an_event_is_sent_to_every_recipient_with_an_id_of_its_own)
{
    struct gw_component component = notifier_of_two();
    struct gw_relay *relay;

    add_rows(session, "console", 2);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 4);
    assert_told(0, "ops@made.com", "e1 Out of stock for LAMP");
    assert_told(1, "boss@made.com", "e1 Out of stock for LAMP");
    assert_told(2, "ops@made.com", "e2 Out of stock for LAMP");
    for (uint32_t one = 0; one < 4; one++)
        for (uint32_t two = one + 1; two < 4; two++)
            ck_assert_str_ne(scripted_destination.ids[one], scripted_destination.ids[two]);
    ck_assert_uint_eq(scripted_outbox_count(session, "console"), 0);
    gw_relay_free(relay);
}
END_TEST

START_TEST(every_attempt_for_a_recipient_has_the_same_id)
{
    struct gw_component component = notifier_of_two();
    struct gw_relay *relay;

    verdict(GW_TRANSIENT);
    add_rows(session, "console", 1);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 2);
    ck_assert_str_eq(scripted_destination.recipients[2], "ops@made.com");
    ck_assert_str_eq(scripted_destination.ids[0], scripted_destination.ids[2]);
    gw_relay_free(relay);
}
END_TEST

/* One recipient fails for good; what the other one got is not repeated. */
START_TEST(a_requeued_dead_letter_is_sent_to_its_recipient_only_with_the_same_id)
{
    struct gw_component component = notifier_of_two();
    struct gw_relay *relay;

    verdict(GW_OK);
    verdict(GW_PERMANENT);
    add_rows(session, "console", 1);
    run_relay(&component, &relay);
    gw_relay_free(relay);
    ck_assert_uint_eq(scripted_dead_count(session), 1);
    scripted_requeue_all(session);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 2);
    ck_assert_str_eq(scripted_destination.recipients[2], "boss@made.com");
    ck_assert_str_eq(scripted_destination.ids[1], scripted_destination.ids[2]);
    gw_relay_free(relay);
}
END_TEST

/* Nobody in the file has this address any more. */
START_TEST(a_row_for_a_recipient_that_the_file_no_longer_names_goes_to_those_that_it_names)
{
    struct gw_component component = notifier_of_two();
    struct gw_relay *relay;

    verdict(GW_PERMANENT);
    add_rows(session, "console", 1);
    run_relay(&component, &relay);
    gw_relay_free(relay);
    component.recipients = &operators[1];
    component.recipient_count = 1;
    scripted_requeue_all(session);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 2);
    ck_assert_str_eq(scripted_destination.recipients[2], "boss@made.com");
    gw_relay_free(relay);
}
END_TEST

/* ---- readdressing ----------------------------------------------------------------------------------------------- */

enum { OPENED_MAX = 8 };

static struct gw_outbox_row opened[OPENED_MAX]; /* their texts stay in the repository until they are settled */
static uint32_t opened_count;

static enum gw_status note_row(void *context, const struct gw_outbox_row *row)
{
    (void)context;
    ck_assert_uint_lt(opened_count, OPENED_MAX);
    opened[opened_count++] = *row;
    return GW_OK;
}

/* Two events that were opened for these recipients and wait. */
static void given_notices_for(const char *first, const char *second)
{
    struct gw_outbox_visitor visitor = {.size = sizeof visitor, .row = note_row};
    int64_t due_in_ms;

    opened_count = 0;
    add_rows(session, "console", 2);
    ck_assert(scripted_memory_ops()->outbox_next(session, gw_text_of("console"), 0, OPENED_MAX, 0, &visitor, &due_in_ms,
                                                 NULL) == GW_OK);
    for (uint32_t index = 0; index < opened_count; index++) {
        struct gw_notice_draft drafts[2] = {{.event = opened[index]}, {.event = opened[index]}};
        struct gw_outbox_settlement settlement = {.number = opened[index].number,
                                                  .stamp = opened[index].stamp,
                                                  .to = 1,
                                                  .drafts = {drafts, 2, sizeof *drafts}};
        struct gw_array array = {&settlement, 1, sizeof settlement};

        drafts[0].event.recipient = gw_text_of(first);
        drafts[1].event.recipient = gw_text_of(second);
        ck_assert(scripted_memory_ops()->outbox_settle(session, gw_text_of("console"), &array, 900 + 10 * index,
                                                       NULL) == GW_OK);
    }
}

/* How often this recipient got a notice. */
static uint32_t told_count(const char *recipient)
{
    uint32_t count = 0;

    for (uint32_t index = 0; index < scripted_destination.accepted_count; index++)
        count += strcmp(scripted_destination.recipients[index], recipient) == 0;
    return count;
}

START_TEST(a_pending_notice_for_a_replaced_recipient_goes_to_the_new_one_only)
{
    struct gw_component component = notifier_of_two();
    struct gw_relay *relay;

    given_notices_for("ops@made.com", "gone@made.com");
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 4);
    ck_assert_uint_eq(told_count("ops@made.com"), 2);
    ck_assert_uint_eq(told_count("boss@made.com"), 2);
    ck_assert_uint_eq(scripted_dead_count(session), 0);
    ck_assert_uint_eq(scripted_outbox_count(session, "console"), 0);
    gw_relay_free(relay);
}
END_TEST

START_TEST(a_pending_notice_for_a_removed_recipient_is_a_dead_letter_where_all_others_have_one)
{
    struct gw_component component = notifier_of_two();
    struct gw_relay *relay;

    component.recipient_count = 1;
    given_notices_for("ops@made.com", "gone@made.com");
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 2);
    ck_assert_uint_eq(told_count("ops@made.com"), 2);
    ck_assert_uint_eq(scripted_dead_count(session), 2);
    gw_relay_free(relay);
}
END_TEST

START_TEST(two_recipients_that_are_replaced_by_one_are_one_notice_and_a_dead_letter)
{
    struct gw_component component = notifier_of_two();
    struct gw_relay *relay;

    component.recipient_count = 1;
    given_notices_for("gone@made.com", "left@made.com");
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 2);
    ck_assert_uint_eq(told_count("ops@made.com"), 2);
    ck_assert_uint_eq(scripted_dead_count(session), 2);
    gw_relay_free(relay);
}
END_TEST

static const struct gw_component *notified[1];
static const struct gw_component *fallback[1];

/* One event's notices go to one notifier, and what that gives up to another. */
static void route(const char *event, const struct gw_component *first, const struct gw_component *then)
{
    static struct gw_route route;

    notified[0] = first;
    fallback[0] = then;
    route = (struct gw_route){
        .event = gw_event_spec_find(gw_text_of(event)), .notify = {notified, 1}, .fallback = {fallback, 1}};
    bootstrap.routes = &route;
    bootstrap.route_count = 1;
}

START_TEST(every_recipient_of_the_fallback_gets_a_notice_that_was_refused_or_took_too_long)
{
    struct gw_component component = notifier_component(1000);
    struct gw_relay *relay;

    route("OutOfStock", &component, &mail);
    verdict(GW_PERMANENT);
    verdict(GW_TRANSIENT);
    verdict(GW_OK);
    verdicts(GW_TRANSIENT, 4);
    add_old_rows("console", 3);
    run_relay(&component, &relay);
    assert_accepted(0, "e3 Out of stock for LAMP");
    ck_assert_uint_eq(scripted_dead_count(session), 2);
    ck_assert_uint_eq(scripted_outbox_count(session, "mail"), 4);
    ck_assert_uint_ge(atomic_load(&handovers), 1);
    ck_assert(!gw_relay_is_empty(relay, 0)); /* as it was before the handover */
    ck_assert(!gw_relay_is_empty(relay, atomic_load(&handovers) + 1));
    gw_relay_free(relay);
}
END_TEST

static void outage(int count)
{
    for (int index = 0; index < count; index++)
        scripted_destination.results[scripted_destination.result_count++] = GW_TRANSIENT;
}

START_TEST(what_waited_too_long_for_a_notifier_that_is_away_goes_to_the_fallback)
{
    struct gw_component component = notifier_component(1000);
    struct gw_relay *relay;

    route("OutOfStock", &component, &mail);
    outage(5);
    add_old_rows("console", 3);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 0);
    ck_assert_uint_eq(scripted_dead_count(session), 3);
    ck_assert_uint_eq(scripted_outbox_count(session, "mail"), 6);
    ck_assert_uint_eq(scripted_outbox_count(session, "console"), 0);
    gw_relay_free(relay);
}
END_TEST

/* A clock that was set forward makes every notice old; a destination that fails seldom is not away for long. */
START_TEST(an_outage_of_four_attempts_gives_nothing_up)
{
    struct gw_component component = notifier_component(1000);
    struct gw_relay *relay;

    route("OutOfStock", &component, &mail);
    outage(4);
    add_old_rows("console", 3);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 3);
    ck_assert_uint_eq(scripted_dead_count(session), 0);
    gw_relay_free(relay);
}
END_TEST

START_TEST(an_outage_gives_up_nothing_that_is_not_old)
{
    struct gw_component component = notifier_component(60000);
    struct gw_relay *relay;

    route("OutOfStock", &component, &mail);
    outage(12);
    add_rows(session, "console", 2);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 2);
    ck_assert_uint_eq(scripted_dead_count(session), 0);
    gw_relay_free(relay);
}
END_TEST

START_TEST(a_notice_that_a_fallback_gives_up_has_no_further_fallback)
{
    struct gw_component component = notifier_component(1000);
    struct gw_relay *relay;

    route("OutOfStock", &mail, &component);
    verdict(GW_PERMANENT);
    add_rows(session, "console", 1);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_dead_count(session), 1);
    ck_assert_uint_eq(scripted_outbox_count(session, "mail"), 0);
    ck_assert_uint_eq(atomic_load(&handovers), 0);
    gw_relay_free(relay);
}
END_TEST

START_TEST(the_fallback_of_another_event_gets_nothing)
{
    struct gw_component component = notifier_component(1000);
    struct gw_relay *relay;

    route("Allocated", &component, &mail);
    verdict(GW_PERMANENT);
    add_rows(session, "console", 1);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_dead_count(session), 1);
    ck_assert_uint_eq(scripted_outbox_count(session, "mail"), 0);
    gw_relay_free(relay);
}
END_TEST

/* ---- groups ------------------------------------------------------------------------------------------------------ */

enum { HOUR_MS = 3600 * 1000 };

static const char *const by_sku[] = {"sku"};
static const struct gw_notifier_template counting = {"text", "{count}: {lines}", GW_ESCAPE_NONE, false};

/* A console that tells the events of one SKU together, and lists so many. */
static struct gw_component grouping_notifier(uint32_t max)
{
    static struct gw_route route;
    static const struct gw_component *console[1];
    static struct gw_component kept;
    struct gw_component component = notifier_component(60000);

    component.templates = &counting;
    kept = component;
    console[0] = &kept;
    route = (struct gw_route){.event = gw_event_spec_find(gw_text_of("OutOfStock")),
                              .notify = {console, 1},
                              .group = {.by = {by_sku, 1}, .wait_ms = HOUR_MS, .max = max}};
    bootstrap.routes = &route;
    bootstrap.route_count = 1;
    return component;
}

/* The relay of this test is told that no event will come, so it does not wait. */
START_TEST(events_of_one_group_are_one_notice_that_counts_and_lists_them)
{
    struct gw_component component = grouping_notifier(9);
    struct gw_relay *relay;

    add_rows(session, "console", 3);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 1);
    assert_accepted(0, "e1 3: Out of stock for LAMP\nOut of stock for LAMP\nOut of stock for LAMP");
    ck_assert_uint_eq(scripted_outbox_count(session, "console"), 0);
    gw_relay_free(relay);
}
END_TEST

START_TEST(a_notice_lists_at_most_the_maximum_and_counts_all)
{
    struct gw_component component = grouping_notifier(2);
    struct gw_relay *relay;

    add_rows(session, "console", 5);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 1);
    assert_accepted(0, "e1 5: Out of stock for LAMP\nOut of stock for LAMP");
    gw_relay_free(relay);
}
END_TEST

START_TEST(a_notice_of_several_events_survives_as_a_dead_letter_and_comes_back_whole)
{
    struct gw_component component = grouping_notifier(2);
    struct gw_relay *relay;

    verdict(GW_PERMANENT);
    add_rows(session, "console", 5);
    run_relay(&component, &relay);
    gw_relay_free(relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 0);
    ck_assert_uint_eq(scripted_dead_count(session), 1);
    scripted_requeue_all(session);
    run_relay(&component, &relay);
    assert_accepted(0, "e1 5: Out of stock for LAMP\nOut of stock for LAMP");
    ck_assert_str_eq(scripted_destination.ids[0], scripted_destination.ids[1]);
    ck_assert_str_eq(scripted_destination.noticed_header, "trace");
    gw_relay_free(relay);
}
END_TEST

/* The events of the first notice are closed before it is sent, so what comes later is another one. */
START_TEST(every_attempt_of_a_group_has_the_same_events)
{
    struct gw_component component = grouping_notifier(9);
    struct gw_relay *relay;

    verdicts(GW_TRANSIENT, 2);
    add_rows(session, "console", 2);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_destination.accepted_count, 1);
    assert_accepted(0, "e1 2: Out of stock for LAMP\nOut of stock for LAMP");
    ck_assert_uint_eq(scripted_repository.failure_count, 3); /* closing it looks like one */
    gw_relay_free(relay);
}
END_TEST

static TCase *groups_case(void)
{
    TCase *tests = tcase_create("groups");

    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, events_of_one_group_are_one_notice_that_counts_and_lists_them);
    tcase_add_test(tests, a_notice_lists_at_most_the_maximum_and_counts_all);
    tcase_add_test(tests, a_notice_of_several_events_survives_as_a_dead_letter_and_comes_back_whole);
    tcase_add_test(tests, every_attempt_of_a_group_has_the_same_events);
    return tests;
}

/* What a repository without notices does the same way. */
static TCase *without_notices_case(void)
{
    TCase *tests = tcase_create("without notices");

    tcase_add_checked_fixture(tests, set_up_without_notices, NULL);
    tcase_add_test(tests, an_outage_of_a_notifier_keeps_its_answer_and_counts_no_attempt);
    tcase_add_test(tests, a_notice_carries_the_text_of_its_event);
    tcase_add_test(tests, a_transient_failure_of_a_notice_does_not_delay_the_next_one);
    tcase_add_test(tests, a_notice_that_is_old_and_was_tried_five_times_becomes_a_dead_letter);
    tcase_add_test(tests, every_recipient_of_the_fallback_gets_a_notice_that_was_refused_or_took_too_long);
    return tests;
}

static TCase *recipients_case(void)
{
    TCase *tests = tcase_create("recipients");

    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, an_event_is_sent_to_every_recipient_with_an_id_of_its_own);
    tcase_add_test(tests, every_attempt_for_a_recipient_has_the_same_id);
    tcase_add_test(tests, a_requeued_dead_letter_is_sent_to_its_recipient_only_with_the_same_id);
    tcase_add_test(tests, a_row_for_a_recipient_that_the_file_no_longer_names_goes_to_those_that_it_names);
    tcase_add_test(tests, a_pending_notice_for_a_replaced_recipient_goes_to_the_new_one_only);
    tcase_add_test(tests, a_pending_notice_for_a_removed_recipient_is_a_dead_letter_where_all_others_have_one);
    tcase_add_test(tests, two_recipients_that_are_replaced_by_one_are_one_notice_and_a_dead_letter);
    return tests;
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("relay");
    TCase *outcomes = tcase_create("verdicts");
    TCase *fallbacks = tcase_create("fallback");

    suite_add_tcase(suite, recipients_case());
    suite_add_tcase(suite, groups_case());
    suite_add_tcase(suite, without_notices_case());
    tcase_add_checked_fixture(outcomes, set_up, NULL);
    tcase_add_test(outcomes, a_delivery_that_was_cancelled_without_a_stop_is_repeated);
    tcase_add_test(outcomes, a_record_that_was_cancelled_without_a_stop_is_repeated_in_a_new_session);
    tcase_add_test(outcomes, rows_are_published_in_order_in_groups_and_then_deleted);
    tcase_add_test(outcomes, rows_behind_a_transient_failure_wait_so_that_the_order_is_kept);
    tcase_add_test(outcomes, rows_that_were_sent_behind_one_that_failed_are_counted_as_repeated);
    tcase_add_test(outcomes, an_unreachable_destination_is_retried_until_it_is_back);
    tcase_add_test(outcomes, the_answer_of_a_publisher_that_fails_is_kept_with_the_row_that_waits);
    tcase_add_test(outcomes, the_answer_of_a_publisher_that_is_away_is_kept_with_the_first_row);
    tcase_add_test(outcomes, an_outage_of_a_notifier_keeps_its_answer_and_counts_no_attempt);
    tcase_add_test(outcomes, a_permanently_refused_event_becomes_a_dead_letter);
    tcase_add_test(outcomes, a_notice_carries_the_text_of_its_event);
    tcase_add_test(outcomes, a_notice_names_its_event_with_number_time_and_headers);
    tcase_add_test(outcomes, a_publisher_that_asks_for_a_pause_gets_it);
    tcase_add_test(outcomes, a_notifier_that_asks_for_a_pause_is_sent_nothing_meanwhile);
    tcase_add_test(outcomes, after_a_pause_a_notice_still_waits_for_its_own_backoff);
    tcase_add_test(outcomes, a_transient_failure_of_a_notice_does_not_delay_the_next_one);
    tcase_add_test(outcomes, a_notice_that_is_old_and_was_tried_five_times_becomes_a_dead_letter);
    tcase_add_test(outcomes, a_notice_that_is_old_is_not_given_up_before_it_was_tried_five_times);
    tcase_add_test(outcomes, a_notice_that_is_not_old_is_not_given_up_however_often_it_was_tried);
    tcase_add_test(outcomes, a_notice_with_a_due_time_beyond_every_setting_is_sent_now);
    suite_add_tcase(suite, outcomes);
    tcase_add_checked_fixture(fallbacks, set_up, NULL);
    tcase_add_test(fallbacks, every_recipient_of_the_fallback_gets_a_notice_that_was_refused_or_took_too_long);
    tcase_add_test(fallbacks, what_waited_too_long_for_a_notifier_that_is_away_goes_to_the_fallback);
    tcase_add_test(fallbacks, an_outage_of_four_attempts_gives_nothing_up);
    tcase_add_test(fallbacks, an_outage_gives_up_nothing_that_is_not_old);
    tcase_add_test(fallbacks, a_notice_that_a_fallback_gives_up_has_no_further_fallback);
    tcase_add_test(fallbacks, the_fallback_of_another_event_gets_nothing);
    suite_add_tcase(suite, fallbacks);
    return suite;
}
