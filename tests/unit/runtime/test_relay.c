/* SPDX-License-Identifier: Apache-2.0 */
/* What a relay does with each verdict of its destination: rows in order, none lost, each with an end. */
#include "check_main.h"
#include "runtime/identity.h"
#include "runtime/relay.h"
#include "runtime/wakeup.h"
#include "scripted.h"

#include <gangway/port/notifier.h>
#include <gangway/port/publisher.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>

static const struct gw_log quiet = {.fd = -1, .format = GW_LOG_JSON, .level = GW_LOG_ERROR};

/* ---- a destination that answers as the script says -------------------------------------------------------------- */

static struct {
    enum gw_status verdicts[SCRIPT_MAX]; /* of the n-th message ever sent; past the end OK */
    uint32_t verdict_count;
    enum gw_status results[SCRIPT_MAX]; /* of the n-th call; past the end OK */
    uint32_t result_count;
    uint32_t calls;
    uint32_t sent;
    char accepted[SCRIPT_MAX][160]; /* what was accepted, in order: its id and text */
    uint32_t accepted_count;
} destination;

static enum gw_status destination_open(const struct gw_host *host, const void *config, void **ret_self,
                                       struct gw_error *reterr)
{
    (void)host;
    (void)config;
    (void)reterr;
    *ret_self = &destination;
    return GW_OK;
}

static void destination_close(void *self)
{
    (void)self;
}

static enum gw_status destination_check(void *self, const struct gw_report *report)
{
    (void)self;
    (void)report;
    return GW_OK;
}

static enum gw_status next_result(struct gw_error *reterr)
{
    uint32_t call = destination.calls++;
    enum gw_status status = call < destination.result_count ? destination.results[call] : GW_OK;

    return status == GW_OK ? GW_OK : gw_error_set(reterr, status, "scripted");
}

static void judge(struct gw_verdict *verdict, struct gw_text id, struct gw_text text)
{
    uint32_t index = destination.sent++;

    verdict->status = index < destination.verdict_count ? (int32_t)destination.verdicts[index] : GW_OK;
    (void)snprintf(verdict->answer, sizeof verdict->answer, "answer %u", index);
    if (verdict->status == GW_OK)
        (void)snprintf(destination.accepted[destination.accepted_count++], sizeof destination.accepted[0], "%.*s %.*s",
                       (int)id.len, id.ptr, (int)text.len, text.ptr);
}

static enum gw_status destination_publish(void *self, const struct gw_array *publications, struct gw_verdict *verdicts,
                                          int64_t deadline_ms, struct gw_error *reterr)
{
    enum gw_status status = next_result(reterr);

    (void)self;
    (void)deadline_ms;
    for (uint32_t index = 0; index < publications->count && status == GW_OK; index++) {
        const struct gw_publication *publication = gw_array_at(publications, index);

        judge(&verdicts[index], publication->id, publication->payload);
        if (verdicts[index].status == GW_TRANSIENT)
            break; /* the rest keeps a verdict that is cleared, and is not looked at */
    }
    return status;
}

static enum gw_status destination_send(void *self, const struct gw_notice *notice, struct gw_verdict *verdict,
                                       int64_t deadline_ms, struct gw_error *reterr)
{
    enum gw_status status = next_result(reterr);

    (void)self;
    (void)deadline_ms;
    if (status == GW_OK)
        judge(verdict, notice->id, gw_notice_text(notice, "text"));
    return status;
}

static const struct gw_publisher_ops publisher_ops = {
    .size = sizeof publisher_ops, .check = destination_check, .publish = destination_publish};
static const struct gw_notifier_ops notifier_ops = {
    .size = sizeof notifier_ops, .check = destination_check, .send = destination_send};
static const struct gw_plugin publisher_plugin = {
    .port = GW_PORT_PUBLISHER, .ops = &publisher_ops, .open = destination_open, .close = destination_close};
static const struct gw_plugin notifier_plugin = {
    .port = GW_PORT_NOTIFIER, .ops = &notifier_ops, .open = destination_open, .close = destination_close};

/* ---- rows to deliver -------------------------------------------------------------------------------------------- */

static void *session;

static void set_up(void)
{
    ck_assert(gw_identity_init());
    session = scripted_repository_open();
    ck_assert_ptr_nonnull(session);
}

/* Commits count events for this destination, with the ids e1, e2 ... */
static void add_rows(const char *id, uint32_t count)
{
    static char ids[SCRIPT_MAX][16];
    struct gw_effect effects[SCRIPT_MAX] = {{0}};
    struct gw_product_change product = {gw_text_of("LAMP"), 0, 1};
    struct gw_apply_result result = {.size = sizeof result};
    struct gw_changeset changeset = {.size = sizeof changeset, .unix_ms = 1};
    struct gw_error error = {0};

    for (uint32_t index = 0; index < count; index++) {
        (void)snprintf(ids[index], sizeof ids[index], "e%u", index + 1);
        effects[index] =
            (struct gw_effect){.destination = gw_text_of(id),
                               .id = gw_text_of(ids[index]),
                               .type = gw_text_of("OutOfStock"),
                               .payload = gw_text_of("{\"sku\": \"LAMP\", \"orderid\": \"o\", \"qty\": 2}")};
    }
    changeset.products = (struct gw_array){&product, 1, sizeof product};
    changeset.effects = (struct gw_array){effects, count, sizeof *effects};
    ck_assert_msg(scripted_repository.ops.apply(session, &changeset, &result, &error) == GW_OK, "%s", error.text);
}

/* Where events go, for the relays of this test; without routes nobody is told what is given up. */
static struct gw_bootstrap bootstrap;
static atomic_uint_fast64_t handovers;

static void count_handover(void *context)
{
    (void)context;
    atomic_fetch_add(&handovers, 1);
}

/* Waits until the relay has found nothing left. What it handed over itself makes it look once more. */
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
    struct gw_relay_plan plan = {.component = component,
                                 .bootstrap = &bootstrap,
                                 .repository_plugin = &scripted_repository.plugin,
                                 .repository_self = scripted_repository.self,
                                 .log = &quiet,
                                 .stop = gw_wakeup_open(),
                                 .abort = gw_wakeup_open(),
                                 .ended = gw_wakeup_open(),
                                 .handed_over = count_handover,
                                 .handovers = &handovers};
    struct gw_error error = {0};

    ck_assert_msg(gw_relay_new(&plan, ret_relay, &error) == GW_OK, "%s", error.text);
    gw_relay_finish(*ret_relay);
    ck_assert_msg(gw_relay_start(*ret_relay, &error) == GW_OK, "%s", error.text);
    await_empty(*ret_relay, plan.ended);
    ck_assert(!gw_relay_has_ended(*ret_relay));
    gw_wakeup_raise(plan.stop);
    gw_relay_join(*ret_relay);
    ck_assert(gw_relay_has_ended(*ret_relay));
}

static struct gw_component publisher_component(void)
{
    return (struct gw_component){
        .id = "events",
        .section = GW_SECTION_PUBLISHERS,
        .plugin = &publisher_plugin,
        .settings.delivery = {.backoff_ms = 1, .backoff_max_ms = 2, .timeout_ms = 1000, .batch = 3}};
}

static const struct gw_notifier_template text_template = {"text", NULL, GW_ESCAPE_NONE};
static const char *const nobody[] = {""};

static struct gw_component notifier_component(int64_t give_up_ms)
{
    return (struct gw_component){
        .id = "console",
        .section = GW_SECTION_NOTIFIERS,
        .plugin = &notifier_plugin,
        .templates = &text_template,
        .template_count = 1,
        .recipients = nobody,
        .recipient_count = 1,
        .settings.delivery = {
            .backoff_ms = 1, .backoff_max_ms = 2, .timeout_ms = 1000, .batch = 1, .give_up_ms = give_up_ms}};
}

static void verdict(enum gw_status status)
{
    destination.verdicts[destination.verdict_count++] = status;
}

static void assert_accepted(uint32_t index, const char *expected)
{
    ck_assert_uint_lt(index, destination.accepted_count);
    ck_assert_str_eq(destination.accepted[index], expected);
}

static const char payload[] = "{\"sku\": \"LAMP\", \"orderid\": \"o\", \"qty\": 2}";

static void assert_all_published_in_order(uint32_t count)
{
    char expected[160];

    ck_assert_uint_eq(destination.accepted_count, count);
    for (uint32_t index = 0; index < count; index++) {
        (void)snprintf(expected, sizeof expected, "e%u %s", index + 1, payload);
        assert_accepted(index, expected);
    }
    ck_assert_uint_eq(scripted_outbox_count(session, "events"), 0);
}

/* ---- the tests -------------------------------------------------------------------------------------------------- */

START_TEST(rows_are_published_in_order_in_groups_and_then_gone)
{
    struct gw_component component = publisher_component();
    struct gw_relay *relay;

    add_rows("events", 7);
    run_relay(&component, &relay);
    assert_all_published_in_order(7);
    ck_assert_uint_eq(destination.calls, 3);
    ck_assert_uint_eq(atomic_load(&gw_relay_figures(relay)->sent), 7);
    gw_relay_free(relay);
}
END_TEST

START_TEST(behind_a_row_that_fails_in_passing_all_wait_and_the_order_holds)
{
    struct gw_component component = publisher_component();
    struct gw_relay *relay;

    verdict(GW_OK);
    verdict(GW_TRANSIENT);
    add_rows("events", 5);
    run_relay(&component, &relay);
    assert_all_published_in_order(5);
    ck_assert_uint_eq(atomic_load(&gw_relay_figures(relay)->retried), 1);
    gw_relay_free(relay);
}
END_TEST

START_TEST(a_destination_that_is_away_is_tried_again_until_it_is_back)
{
    struct gw_component component = publisher_component();
    struct gw_relay *relay;

    for (int index = 0; index < 4; index++)
        destination.results[destination.result_count++] = index % 2 == 0 ? GW_TRANSIENT : GW_CONFIG;
    add_rows("events", 4);
    run_relay(&component, &relay);
    assert_all_published_in_order(4);
    gw_relay_free(relay);
}
END_TEST

START_TEST(an_event_that_is_refused_for_good_becomes_a_dead_letter)
{
    struct gw_component component = publisher_component();
    struct gw_relay *relay;

    verdict(GW_OK);
    verdict(GW_PERMANENT);
    add_rows("events", 3);
    run_relay(&component, &relay);
    ck_assert_uint_eq(destination.accepted_count, 2);
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

    add_rows("console", 1);
    run_relay(&component, &relay);
    assert_accepted(0, "e1 Out of stock for LAMP");
    gw_relay_free(relay);
}
END_TEST

START_TEST(a_notice_that_fails_in_passing_does_not_hold_up_the_next_and_comes_again)
{
    struct gw_component component = notifier_component(INT64_MAX / 2);
    struct gw_relay *relay;

    verdict(GW_TRANSIENT);
    add_rows("console", 2);
    run_relay(&component, &relay);
    assert_accepted(0, "e2 Out of stock for LAMP");
    assert_accepted(1, "e1 Out of stock for LAMP");
    ck_assert_uint_eq(scripted_outbox_count(session, "console"), 0);
    gw_relay_free(relay);
}
END_TEST

START_TEST(a_notice_that_could_not_be_sent_for_too_long_becomes_a_dead_letter)
{
    struct gw_component component = notifier_component(1000); /* the rows are of 1970 */
    struct gw_relay *relay;

    verdict(GW_TRANSIENT);
    verdict(GW_PERMANENT);
    add_rows("console", 2);
    run_relay(&component, &relay);
    ck_assert_uint_eq(destination.accepted_count, 0);
    ck_assert_uint_eq(scripted_dead_count(session), 2);
    gw_relay_free(relay);
}
END_TEST

/* ---- who is told instead ---------------------------------------------------------------------------------------- */

static const char *const operators[] = {"ops@made.com", "boss@made.com"};
static const struct gw_component mail = {.id = "mail",
                                         .section = GW_SECTION_NOTIFIERS,
                                         .recipients = operators,
                                         .recipient_count = 2,
                                         .settings.delivery = {.give_up_ms = 1000}};

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

START_TEST(everybody_of_the_fallback_is_told_what_was_refused_and_what_took_too_long)
{
    struct gw_component component = notifier_component(1000); /* the rows are of 1970 */
    struct gw_relay *relay;

    route("OutOfStock", &component, &mail);
    verdict(GW_PERMANENT);
    verdict(GW_TRANSIENT);
    add_rows("console", 3);
    run_relay(&component, &relay);
    assert_accepted(0, "e3 Out of stock for LAMP");
    ck_assert_uint_eq(scripted_dead_count(session), 2);
    ck_assert_uint_eq(scripted_outbox_count(session, "mail"), 4);
    ck_assert_uint_ge(atomic_load(&handovers), 1);
    ck_assert(!gw_relay_is_empty(relay, 0)); /* that is what it was before it handed over */
    ck_assert(!gw_relay_is_empty(relay, atomic_load(&handovers) + 1));
    gw_relay_free(relay);
}
END_TEST

START_TEST(nobody_is_told_what_a_fallback_gives_up)
{
    struct gw_component component = notifier_component(1000);
    struct gw_relay *relay;

    route("OutOfStock", &mail, &component);
    verdict(GW_PERMANENT);
    add_rows("console", 1);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_dead_count(session), 1);
    ck_assert_uint_eq(scripted_outbox_count(session, "mail"), 0);
    ck_assert_uint_eq(atomic_load(&handovers), 0);
    gw_relay_free(relay);
}
END_TEST

START_TEST(the_fallback_of_another_event_is_not_told)
{
    struct gw_component component = notifier_component(1000);
    struct gw_relay *relay;

    route("Allocated", &component, &mail);
    verdict(GW_PERMANENT);
    add_rows("console", 1);
    run_relay(&component, &relay);
    ck_assert_uint_eq(scripted_dead_count(session), 1);
    ck_assert_uint_eq(scripted_outbox_count(session, "mail"), 0);
    gw_relay_free(relay);
}
END_TEST

START_TEST(a_fallback_has_its_own_time_after_that_of_whom_it_stands_in_for)
{
    struct gw_component component = notifier_component(1000);
    struct gw_component patient = mail;
    struct gw_relay *relay;

    patient.settings.delivery.give_up_ms = INT64_MAX / 2;
    route("OutOfStock", &patient, &component);
    verdict(GW_TRANSIENT);
    add_rows("console", 1);
    run_relay(&component, &relay);
    assert_accepted(0, "e1 Out of stock for LAMP");
    ck_assert_uint_eq(scripted_dead_count(session), 0);
    gw_relay_free(relay);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("relay");
    TCase *verdicts = tcase_create("verdicts");
    TCase *fallbacks = tcase_create("fallback");

    tcase_add_checked_fixture(verdicts, set_up, NULL);
    tcase_add_test(verdicts, rows_are_published_in_order_in_groups_and_then_gone);
    tcase_add_test(verdicts, behind_a_row_that_fails_in_passing_all_wait_and_the_order_holds);
    tcase_add_test(verdicts, a_destination_that_is_away_is_tried_again_until_it_is_back);
    tcase_add_test(verdicts, an_event_that_is_refused_for_good_becomes_a_dead_letter);
    tcase_add_test(verdicts, a_notice_carries_the_text_of_its_event);
    tcase_add_test(verdicts, a_notice_that_fails_in_passing_does_not_hold_up_the_next_and_comes_again);
    tcase_add_test(verdicts, a_notice_that_could_not_be_sent_for_too_long_becomes_a_dead_letter);
    suite_add_tcase(suite, verdicts);
    tcase_add_checked_fixture(fallbacks, set_up, NULL);
    tcase_add_test(fallbacks, everybody_of_the_fallback_is_told_what_was_refused_and_what_took_too_long);
    tcase_add_test(fallbacks, nobody_is_told_what_a_fallback_gives_up);
    tcase_add_test(fallbacks, the_fallback_of_another_event_is_not_told);
    tcase_add_test(fallbacks, a_fallback_has_its_own_time_after_that_of_whom_it_stands_in_for);
    suite_add_tcase(suite, fallbacks);
    return suite;
}
