/* SPDX-License-Identifier: Apache-2.0 */
/* Rows on their way between the outbox and the dead letters, and the rules about due times and settlements. */
#include "check_main.h"

#include <gangway/sdk/delivery.h>

static struct gw_outbox_row row;
static struct gw_error error;

static void set_up(void)
{
    row = (struct gw_outbox_row){
        .number = 7,
        .stamp = 70,
        .destination = gw_text_of("mail"),
        .recipient = gw_text_of("ann"),
        .id = gw_text_of("id-1"),
        .type = gw_text_of("Allocated"),
        .sku = gw_text_of("TABLE"),
        .payload = gw_text_of("{\"qty\": 3}"),
        .headers = gw_text_of("h: v"),
        .sequence = 5,
        .event_unix_ms = 1000,
        .queued_unix_ms = 2000,
        .age_ms = 99,
        .attempts = 4,
    };
    error = (struct gw_error){0};
}

static void assert_same_event(const struct gw_outbox_row *other)
{
    ck_assert(gw_text_equal(other->id, row.id));
    ck_assert(gw_text_equal(other->type, row.type));
    ck_assert(gw_text_equal(other->sku, row.sku));
    ck_assert(gw_text_equal(other->payload, row.payload));
    ck_assert(gw_text_equal(other->headers, row.headers));
    ck_assert_int_eq(other->sequence, row.sequence);
    ck_assert_int_eq(other->event_unix_ms, row.event_unix_ms);
}

/* ---- times */

START_TEST(a_wait_of_any_length_ends_at_the_latest_time)
{
    ck_assert_int_eq(gw_time_after(1000, 500), 1500);
    ck_assert_int_eq(gw_time_after(1000, INT64_MAX), INT64_MAX);
    ck_assert_int_eq(gw_time_after(1000, INT64_MAX - 1000), INT64_MAX);
    ck_assert_int_eq(gw_time_after(0, INT64_MAX), INT64_MAX);
}
END_TEST

START_TEST(an_age_is_never_negative)
{
    ck_assert_int_eq(gw_age_ms(1500, 1000), 500);
    ck_assert_int_eq(gw_age_ms(1000, 1000), 0);
    ck_assert_int_eq(gw_age_ms(900, 1000), 0);
}
END_TEST

START_TEST(a_row_is_due_at_its_time_or_when_that_is_out_of_reach)
{
    ck_assert_int_eq(gw_due_in_ms(0, 1000, 500), 0);
    ck_assert_int_eq(gw_due_in_ms(1000, 1000, 500), 0);
    ck_assert_int_eq(gw_due_in_ms(1001, 1000, 500), 1);
    ck_assert_int_eq(gw_due_in_ms(1500, 1000, 500), 500);
    ck_assert_int_eq(gw_due_in_ms(1501, 1000, 500), 0);
    ck_assert_int_eq(gw_due_in_ms(INT64_MAX, 1000, INT64_MAX), INT64_MAX - 1000);
}
END_TEST

START_TEST(never_is_the_longest_wait)
{
    ck_assert_int_eq(gw_earlier_wait(GW_DUE_NEVER, GW_DUE_NEVER), GW_DUE_NEVER);
    ck_assert_int_eq(gw_earlier_wait(GW_DUE_NEVER, 5), 5);
    ck_assert_int_eq(gw_earlier_wait(5, GW_DUE_NEVER), 5);
    ck_assert_int_eq(gw_earlier_wait(5, 4), 4);
    ck_assert_int_eq(gw_earlier_wait(4, 5), 4);
}
END_TEST

/* ---- settlements */

START_TEST(a_settlement_that_contradicts_itself_is_invalid)
{
    struct gw_outbox_settlement settlements[] = {{.to = 1}, {.from = 3, .to = 3}, {.from = 2, .to = 5}};
    struct gw_array array = {settlements, 3, sizeof settlements[0]};

    ck_assert_int_eq(gw_settlements_check(&array, &error), GW_OK);
    ck_assert_int_eq(error.status, GW_OK);
    settlements[2].refusals.count = 3;
    ck_assert_int_eq(gw_settlements_check(&array, &error), GW_OK);
    settlements[2].refusals.count = 4;
    ck_assert_int_eq(gw_settlements_check(&array, &error), GW_INVALID);
    settlements[2].refusals.count = 0;
    settlements[1].refusals.count = 1;
    ck_assert_int_eq(gw_settlements_check(&array, &error), GW_INVALID);
    settlements[1] = (struct gw_outbox_settlement){.from = 3, .to = 2};
    ck_assert_int_eq(gw_settlements_check(&array, NULL), GW_INVALID);
    array.count = 0;
    ck_assert_int_eq(gw_settlements_check(&array, &error), GW_OK);
}
END_TEST

START_TEST(drafts_are_for_an_event_of_the_outbox_that_goes_and_was_not_refused)
{
    struct gw_outbox_settlement settlement = {.to = 1, .drafts = {NULL, 2, 1}};
    struct gw_array array = {&settlement, 1, sizeof settlement};

    ck_assert_int_eq(gw_settlements_check(&array, &error), GW_OK);
    ck_assert_int_eq(gw_notice_settlements_check(&array, &error), GW_INVALID);
    settlement.to = 0;
    ck_assert_int_eq(gw_settlements_check(&array, &error), GW_INVALID);
    settlement.to = settlement.refusals.count = 1;
    ck_assert_int_eq(gw_settlements_check(&array, &error), GW_INVALID);
    settlement.drafts.count = 0;
    ck_assert_int_eq(gw_notice_settlements_check(&array, &error), GW_OK);
}
END_TEST

START_TEST(a_block_of_one_event_stands_at_its_first)
{
    struct gw_outbox_settlement settlement = {.to = 1, .drafts = {NULL, 1, 1}};

    ck_assert_int_eq(gw_settlement_of_one(&settlement), GW_SETTLED_OPENED);
    settlement.drafts.count = 0;
    ck_assert_int_eq(gw_settlement_of_one(&settlement), GW_SETTLED_DELIVERED);
    settlement.refusals.count = 1;
    ck_assert_int_eq(gw_settlement_of_one(&settlement), GW_SETTLED_REFUSED);
    settlement = (struct gw_outbox_settlement){.to = 0};
    ck_assert_int_eq(gw_settlement_of_one(&settlement), GW_SETTLED_FAILED);
    settlement.to = 2;
    ck_assert_int_eq(gw_settlement_of_one(&settlement), GW_SETTLED_NOTHING);
    settlement = (struct gw_outbox_settlement){.from = 1, .to = 1};
    ck_assert_int_eq(gw_settlement_of_one(&settlement), GW_SETTLED_NOTHING);
}
END_TEST

/* ---- rows */

START_TEST(an_effect_becomes_a_row_with_its_products_next_sequences)
{
    struct gw_product_change products[2] = {{.sku = gw_text_of("CHAIR")}, {.sku = gw_text_of("TABLE")}};
    struct gw_effect effects[2] = {{.product = 0, .event = 1},
                                   {.product = 1,
                                    .event = 2,
                                    .destination = row.destination,
                                    .recipient = row.recipient,
                                    .id = row.id,
                                    .type = row.type,
                                    .payload = row.payload,
                                    .headers = row.headers}};
    struct gw_changeset set = {
        .stamp = 50, .products = {products, 2, sizeof products[0]}, .effects = {effects, 2, sizeof effects[0]}};
    struct gw_outbox_row made = gw_outbox_row_of_effect(&set, 1, 3, 1000);

    assert_same_event(&made);
    ck_assert(gw_text_is(made.destination, "mail"));
    ck_assert(gw_text_is(made.recipient, "ann"));
    ck_assert_int_eq(made.number, 0);
    ck_assert_int_eq(made.stamp, 51);
    ck_assert_int_eq(made.queued_unix_ms, 1000);
    ck_assert_uint_eq(made.attempts, 0);
}
END_TEST

/* What a relay brings for `row`. */
static struct gw_outbox_refusal refusal_of_row(void)
{
    return (struct gw_outbox_refusal){.entry = {.id = 77,
                                                .replays = 3,
                                                .recipient = row.recipient,
                                                .sequence = row.sequence,
                                                .event_unix_ms = row.event_unix_ms,
                                                .letter = {.entrypoint = row.destination,
                                                           .offset = GW_OFFSET_NONE,
                                                           .identity = row.id,
                                                           .type = row.type,
                                                           .key = row.sku,
                                                           .headers = row.headers,
                                                           .payload = row.payload,
                                                           .reason = gw_text_of("550 no such user"),
                                                           .full_len = row.payload.len}}};
}

START_TEST(a_row_for_a_target_is_the_same_event_queued_now)
{
    struct gw_outbox_refusal refusal = refusal_of_row();
    struct gw_outbox_target target = {gw_text_of("chat"), gw_text_of("bob")};
    struct gw_outbox_row other = gw_outbox_row_instead(&refusal.entry, &target, 71, 3000);

    assert_same_event(&other);
    ck_assert(gw_text_is(other.destination, "chat"));
    ck_assert(gw_text_is(other.recipient, "bob"));
    ck_assert_int_eq(other.number, 0);
    ck_assert_int_eq(other.stamp, 71);
    ck_assert_int_eq(other.queued_unix_ms, 3000);
    ck_assert_int_eq(other.age_ms, 0);
    ck_assert_uint_eq(other.attempts, 0);
}
END_TEST

START_TEST(a_refused_event_that_is_put_back_is_the_same_event)
{
    struct gw_outbox_refusal refusal = refusal_of_row();
    struct gw_dead_entry entry = gw_dead_entry_of_refusal(&refusal, 3000);
    struct gw_outbox_target own = gw_outbox_target_of(&entry);
    struct gw_outbox_row again = gw_outbox_row_instead(&entry, &own, 72, 4000);

    ck_assert_uint_eq(entry.kind, GW_DEAD_DELIVERY);
    ck_assert_int_eq(entry.unix_ms, 3000);
    ck_assert_int_eq(entry.id, 0);
    ck_assert_uint_eq(entry.replays, 0);
    ck_assert(gw_text_is(entry.letter.reason, "550 no such user"));
    assert_same_event(&again);
    ck_assert(gw_text_is(again.destination, "mail"));
    ck_assert(gw_text_is(again.recipient, "ann"));
    ck_assert_int_eq(again.stamp, 72);
    ck_assert_int_eq(again.queued_unix_ms, 4000);
    ck_assert_uint_eq(again.attempts, 0);
}
END_TEST

/* ---- the filter of dead letters */

START_TEST(everything_that_a_filter_has_must_match)
{
    struct gw_dead_entry entry = {.id = 5,
                                  .letter = {.entrypoint = gw_text_of("orders"),
                                             .source = gw_text_of("topic/0"),
                                             .reason = gw_text_of("unknown sku CHAIR")}};
    int64_t ids[] = {4, 5};
    struct gw_dead_filter filter = {0};

    ck_assert(gw_dead_filter_matches(&filter, &entry));
    filter.after = 5;
    ck_assert(!gw_dead_filter_matches(&filter, &entry));
    filter.after = 4;
    filter.source = gw_text_of("topic/0");
    ck_assert(gw_dead_filter_matches(&filter, &entry));
    filter.source = gw_text_of("orders");
    ck_assert(gw_dead_filter_matches(&filter, &entry));
    filter.source = gw_text_of("topic");
    ck_assert(!gw_dead_filter_matches(&filter, &entry));
    filter.source = gw_text_of(NULL);
    filter.reason = gw_text_of("sku");
    ck_assert(gw_dead_filter_matches(&filter, &entry));
    filter.reason = gw_text_of("unknown sku CHAIRS");
    ck_assert(!gw_dead_filter_matches(&filter, &entry));
    filter.reason = gw_text_of(NULL);
    filter.ids = (struct gw_array){ids, 2, sizeof ids[0]};
    ck_assert(gw_dead_filter_matches(&filter, &entry));
    filter.ids.count = 1;
    ck_assert(!gw_dead_filter_matches(&filter, &entry));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("sdk_delivery");
    TCase *tests = tcase_create("delivery");

    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, a_wait_of_any_length_ends_at_the_latest_time);
    tcase_add_test(tests, an_age_is_never_negative);
    tcase_add_test(tests, a_row_is_due_at_its_time_or_when_that_is_out_of_reach);
    tcase_add_test(tests, never_is_the_longest_wait);
    tcase_add_test(tests, a_settlement_that_contradicts_itself_is_invalid);
    tcase_add_test(tests, drafts_are_for_an_event_of_the_outbox_that_goes_and_was_not_refused);
    tcase_add_test(tests, a_block_of_one_event_stands_at_its_first);
    tcase_add_test(tests, an_effect_becomes_a_row_with_its_products_next_sequences);
    tcase_add_test(tests, a_row_for_a_target_is_the_same_event_queued_now);
    tcase_add_test(tests, a_refused_event_that_is_put_back_is_the_same_event);
    tcase_add_test(tests, everything_that_a_filter_has_must_match);
    suite_add_tcase(suite, tests);
    return suite;
}
