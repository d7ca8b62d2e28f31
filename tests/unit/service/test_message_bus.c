/* SPDX-License-Identifier: Apache-2.0 */
/* Where events go: destinations, recipients, and what each row carries. */
#include "shop.h"

static struct shop shop;

static const struct gw_text nobody = {NULL, 0};
static struct gw_text people[2];
static struct gw_destination mail = {.recipients = people, .recipient_count = 2};
static struct gw_destination audit = {.recipients = &nobody, .recipient_count = 1};

static void set_up(void)
{
    people[0] = T("stock@made.com");
    people[1] = T("buying@made.com");
    mail.id = T("mail");
    audit.id = T("audit");
    shop_open(&shop);
}

static void tear_down(void)
{
    shop_close(&shop);
}

static void route(const char *event, const struct gw_destination *destination)
{
    ck_assert(gw_message_bus_route(shop.bus, gw_event_spec_find(T(event)), destination));
}

START_TEST(every_recipient_of_a_notifier_gets_a_row_of_its_own)
{
    route("OutOfStock", &mail);
    shop_create(&shop, "b1", "LAMP", 1, NULL);
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop_run(&shop);
    ck_assert_str_eq(shop_rows(&shop, "mail"),
                     "2 OutOfStock m2-1 LAMP {\"sku\": \"LAMP\", \"orderid\": \"o1\", \"qty\": 2} to=stock@made.com\n"
                     "3 OutOfStock m2-1 LAMP {\"sku\": \"LAMP\", \"orderid\": \"o1\", \"qty\": 2} "
                     "to=buying@made.com\n");
}
END_TEST

START_TEST(destinations_of_one_event_get_it_in_the_order_of_their_routes)
{
    route("Allocated", &audit);
    shop_create(&shop, "b1", "LAMP", 2, NULL);
    shop_allocate(&shop, "o1", "LAMP", 1);
    shop_allocate(&shop, "o2", "LAMP", 1);
    shop_run(&shop);
    ck_assert_str_eq(
        shop_rows(&shop, "events"),
        "1 Allocated m2-1 LAMP {\"orderid\": \"o1\", \"sku\": \"LAMP\", \"qty\": 1, \"batchref\": \"b1\"}\n"
        "3 Allocated m3-1 LAMP {\"orderid\": \"o2\", \"sku\": \"LAMP\", \"qty\": 1, \"batchref\": \"b1\"}\n");
    ck_assert_str_eq(
        shop_rows(&shop, "audit"),
        "2 Allocated m2-1 LAMP {\"orderid\": \"o1\", \"sku\": \"LAMP\", \"qty\": 1, \"batchref\": \"b1\"}\n"
        "4 Allocated m3-1 LAMP {\"orderid\": \"o2\", \"sku\": \"LAMP\", \"qty\": 1, \"batchref\": \"b1\"}\n");
}
END_TEST

START_TEST(an_event_that_goes_nowhere_is_still_handled)
{
    gw_message_bus_free(shop.bus);
    shop.bus = gw_message_bus_new(); /* which routes nothing */
    ck_assert_int_eq(shop_new_turn(&shop, SHOP_TURN_MAX_BYTES), GW_OK);
    shop_create(&shop, "b1", "LAMP", 2, NULL);
    shop_create(&shop, "b2", "LAMP", 2, "2026-01-31");
    shop_allocate(&shop, "o1", "LAMP", 2);
    shop_change(&shop, "b1", 1);
    shop_run(&shop);
    ck_assert_str_eq(shop_order(&shop, "o1"), "LAMP b2 2");
    ck_assert_str_eq(shop_events(&shop), "");
}
END_TEST

START_TEST(rows_have_the_headers_and_the_identity_of_their_message)
{
    static const struct gw_header headers[] = {{{"traceparent", 11}, {"00-1", 4}},
                                               {{"tracestate", 10}, {"a=\"1\"", 5}}};

    shop_create(&shop, "b1", "LAMP", 2, NULL);
    shop.next.headers = (struct gw_array){headers, 2, sizeof *headers};
    shop.next.identity = T("orders/0:17");
    shop_allocate(&shop, "o1", "LAMP", 3);
    shop_run(&shop);
    ck_assert_str_eq(shop_rows(&shop, "events"), "1 OutOfStock orders/0:17-1 LAMP {\"sku\": \"LAMP\", \"orderid\": "
                                                 "\"o1\", \"qty\": 3} headers={\"traceparent\": \"00-1\", "
                                                 "\"tracestate\": \"a=\\\"1\\\"\"}\n");
}
END_TEST

START_TEST(all_rows_of_a_message_share_one_text_of_its_headers)
{
    static const struct gw_header headers[] = {{{"traceparent", 11}, {"00-1", 4}}, {{"traceparent", 11}, {"00-2", 4}}};
    const struct gw_array *effects;
    const struct gw_effect *rows[3];

    shop_create(&shop, "b1", "LAMP", 2, NULL);
    shop_allocate(&shop, "o1", "LAMP", 1);
    shop_allocate(&shop, "o2", "LAMP", 1);
    shop_run(&shop);
    shop_next_turn(&shop);
    shop.next.headers = (struct gw_array){&headers[0], 1, sizeof *headers};
    shop_change(&shop, "b1", 0);
    shop.next.headers = (struct gw_array){&headers[1], 1, sizeof *headers};
    shop_allocate(&shop, "o3", "LAMP", 1);
    ck_assert_int_eq(shop_attempt(&shop), GW_OK);
    effects = &gw_turn_changeset(shop.turn)->effects;
    ck_assert_uint_ge(effects->count, 3);
    rows[0] = gw_array_at(effects, 0);
    rows[1] = gw_array_at(effects, 1);
    rows[2] = gw_array_at(effects, effects->count - 1);
    ck_assert(gw_text_is(rows[0]->headers, "{\"traceparent\": \"00-1\"}"));
    ck_assert_ptr_eq(rows[0]->headers.ptr, rows[1]->headers.ptr);
    ck_assert(gw_text_is(rows[2]->headers, "{\"traceparent\": \"00-2\"}"));
}
END_TEST

START_TEST(a_message_that_is_attempted_again_raises_events_of_the_same_ids)
{
    shop_create(&shop, "b1", "LAMP", 2, NULL);
    shop_allocate(&shop, "o1", "LAMP", 2);
    ck_assert_int_eq(shop_attempt(&shop), GW_OK);
    ck_assert_int_eq(shop_attempt(&shop), GW_OK);
    shop_run(&shop);
    ck_assert_str_eq(
        shop_rows(&shop, "events"),
        "1 Allocated m2-1 LAMP {\"orderid\": \"o1\", \"sku\": \"LAMP\", \"qty\": 2, \"batchref\": \"b1\"}\n");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("message_bus");
    TCase *tests = tcase_create("routes");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, every_recipient_of_a_notifier_gets_a_row_of_its_own);
    tcase_add_test(tests, destinations_of_one_event_get_it_in_the_order_of_their_routes);
    tcase_add_test(tests, an_event_that_goes_nowhere_is_still_handled);
    tcase_add_test(tests, rows_have_the_headers_and_the_identity_of_their_message);
    tcase_add_test(tests, all_rows_of_a_message_share_one_text_of_its_headers);
    tcase_add_test(tests, a_message_that_is_attempted_again_raises_events_of_the_same_ids);
    suite_add_tcase(suite, tests);
    return suite;
}
