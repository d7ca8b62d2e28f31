/* SPDX-License-Identifier: Apache-2.0 */
/* Events as the world reads them, byte for byte. */
#include "check_main.h"
#include "service/event_payload.h"

#include <string.h>

static struct gw_identifier id(const char *text)
{
    return gw_identifier_make(text, strlen(text));
}

static void assert_payload(enum gw_event_type type, const char *orderid, const char *expected)
{
    struct gw_event event = {
        .type = type, .orderid = id(orderid), .sku = id("LAMP"), .qty = 2147483647, .batchref = id("b1")};
    struct gw_buffer buffer;

    gw_buffer_init(&buffer, 4096);
    gw_event_payload_append(&buffer, &event);
    ck_assert_str_eq(buffer.ptr, expected);
    gw_buffer_done(&buffer);
}

START_TEST(fields_come_in_the_order_of_the_catalog)
{
    assert_payload(GW_EVENT_ALLOCATED, "o1",
                   "{\"orderid\": \"o1\", \"sku\": \"LAMP\", \"qty\": 2147483647, \"batchref\": \"b1\"}");
    assert_payload(GW_EVENT_DEALLOCATED, "o1",
                   "{\"orderid\": \"o1\", \"sku\": \"LAMP\", \"qty\": 2147483647, \"batchref\": \"b1\"}");
    assert_payload(GW_EVENT_OUT_OF_STOCK, "o1", "{\"sku\": \"LAMP\", \"orderid\": \"o1\", \"qty\": 2147483647}");
    assert_payload(GW_EVENT_ALLOCATION_REQUIRED, "o1", "{\"orderid\": \"o1\", \"sku\": \"LAMP\", \"qty\": 2147483647}");
}
END_TEST

START_TEST(identifiers_are_escaped_as_json_wants_and_otherwise_left_alone)
{
    assert_payload(GW_EVENT_OUT_OF_STOCK, "a\"b\\c/\xc3\xa9",
                   "{\"sku\": \"LAMP\", \"orderid\": \"a\\\"b\\\\c/\xc3\xa9\", \"qty\": 2147483647}");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("event_payload");
    TCase *tests = tcase_create("payloads");

    tcase_add_test(tests, fields_come_in_the_order_of_the_catalog);
    tcase_add_test(tests, identifiers_are_escaped_as_json_wants_and_otherwise_left_alone);
    suite_add_tcase(suite, tests);
    return suite;
}
