/* SPDX-License-Identifier: Apache-2.0 */
/* Is it a command at all? Each field of each command, as it should be, missing, and wrong. */
#include "check_main.h"
#include "domain/command.h"
#include "domain/eta.h"
#include "service/decode.h"

#include <gangway/scope.h>

#include <stdio.h>

#define T(string) gw_text_of(string)

static struct gw_command command;
static struct gw_buffer reason;

/* What a message holds: the fields of all commands. */
static struct {
    struct gw_values values;
    struct gw_value ref, batchref, orderid, sku, qty, eta;
} message;

static struct gw_value find_value(const struct gw_values *self, const char *name)
{
    static const struct gw_value absent = {.kind = GW_VALUE_ABSENT};
    const struct {
        const char *name;
        const struct gw_value *value;
    } fields[] = {{"ref", &message.ref}, {"batchref", &message.batchref}, {"orderid", &message.orderid},
                  {"sku", &message.sku}, {"qty", &message.qty},           {"eta", &message.eta}};

    (void)self;
    for (size_t index = 0; index < gw_array_length(fields); index++)
        if (strcmp(fields[index].name, name) == 0)
            return *fields[index].value;
    return absent;
}

static struct gw_value string(const char *text)
{
    return (struct gw_value){.kind = GW_VALUE_STRING, .text = T(text)};
}

static struct gw_value integer(int64_t number)
{
    return (struct gw_value){.kind = GW_VALUE_INTEGER, .integer = number};
}

static void set_up(void)
{
    memset(&message, 0, sizeof message);
    message.values.find = find_value;
    message.ref = string("b1");
    message.orderid = string("o1");
    message.sku = string("LAMP");
    message.qty = integer(2);
    gw_buffer_init(&reason, 4096);
}

static void tear_down(void)
{
    gw_buffer_done(&reason);
}

static void assert_decodes(const char *name)
{
    gw_buffer_reset(&reason);
    ck_assert_msg(gw_command_decode(gw_command_spec_find(T(name)), &message.values, &command, &reason), "%s",
                  reason.ptr);
}

static void assert_refused(const char *name, const char *expected)
{
    gw_buffer_reset(&reason);
    ck_assert(!gw_command_decode(gw_command_spec_find(T(name)), &message.values, &command, &reason));
    ck_assert_str_eq(reason.ptr, expected);
}

static void assert_identifier(struct gw_identifier identifier, const char *expected)
{
    ck_assert(gw_identifier_equal(identifier, gw_identifier_make(expected, strlen(expected))));
}

START_TEST(every_command_is_decoded_into_its_fields)
{
    assert_decodes("CreateBatch");
    ck_assert_int_eq(command.type, GW_COMMAND_CREATE_BATCH);
    assert_identifier(command.ref, "b1");
    assert_identifier(command.sku, "LAMP");
    ck_assert_int_eq(command.qty, 2);
    ck_assert_int_eq(command.eta, GW_ETA_NONE);
    assert_decodes("Allocate");
    ck_assert_int_eq(command.type, GW_COMMAND_ALLOCATE);
    assert_identifier(command.orderid, "o1");
    assert_identifier(command.sku, "LAMP");
    ck_assert_int_eq(command.qty, 2);
    assert_decodes("Deallocate");
    ck_assert_int_eq(command.type, GW_COMMAND_DEALLOCATE);
    assert_identifier(command.orderid, "o1");
    assert_decodes("ChangeBatchQuantity");
    ck_assert_int_eq(command.type, GW_COMMAND_CHANGE_BATCH_QUANTITY);
    assert_identifier(command.ref, "b1");
    ck_assert_int_eq(command.qty, 2);
}
END_TEST

START_TEST(an_eta_is_a_date_or_null_or_missing)
{
    message.eta = string("2026-02-01T10:00Z");
    assert_decodes("CreateBatch");
    ck_assert_int_eq(command.eta, 20260201);
    message.eta = (struct gw_value){.kind = GW_VALUE_NULL};
    assert_decodes("CreateBatch");
    ck_assert_int_eq(command.eta, GW_ETA_NONE);
    message.eta = string("");
    assert_refused("CreateBatch",
                   "eta: expected a date as YYYY-MM-DD, with or without a time behind it, or null, found \"\"");
    message.eta = integer(20260201);
    assert_refused("CreateBatch", "eta: expected a date as YYYY-MM-DD, with or without a time behind it, or null, "
                                  "found 20260201");
}
END_TEST

START_TEST(a_reference_goes_by_two_names_where_a_quantity_is_changed)
{
    message.ref.kind = GW_VALUE_ABSENT;
    message.batchref = string("b2");
    assert_decodes("ChangeBatchQuantity");
    assert_identifier(command.ref, "b2");
    message.ref = string("b2");
    assert_decodes("ChangeBatchQuantity");
    message.ref = string("b1");
    assert_refused("ChangeBatchQuantity", "ref: expected the same as batchref, which is given too");
    message.ref.kind = GW_VALUE_NULL;
    assert_refused("ChangeBatchQuantity", "ref: expected the same as batchref, which is given too");
    message.ref = string("b2");
    message.batchref.kind = GW_VALUE_NULL;
    assert_refused("ChangeBatchQuantity", "ref: expected the same as batchref, which is given too");
    message.ref = string("b1");
    assert_decodes("CreateBatch"); /* batchref is not a field here, so it is ignored */
    assert_identifier(command.ref, "b1");
}
END_TEST

START_TEST(quantities_are_within_their_ranges)
{
    message.qty = integer(0);
    assert_decodes("CreateBatch");
    assert_decodes("ChangeBatchQuantity");
    assert_refused("Allocate", "qty: expected an integer from 1 to 2147483647, found 0");
    assert_refused("Deallocate", "qty: expected an integer from 1 to 2147483647, found 0");
    message.qty = integer(2147483647);
    assert_decodes("CreateBatch");
    assert_decodes("Allocate");
    message.qty = integer(2147483648);
    assert_refused("CreateBatch", "qty: expected an integer from 0 to 2147483647, found 2147483648");
    assert_refused("Allocate", "qty: expected an integer from 1 to 2147483647, found 2147483648");
    message.qty = integer(-1);
    assert_refused("ChangeBatchQuantity", "qty: expected an integer from 0 to 2147483647, found -1");
    message.qty = (struct gw_value){.kind = GW_VALUE_OTHER};
    assert_refused("Allocate", "qty: expected an integer from 1 to 2147483647, found something else");
    message.qty = string("2");
    assert_refused("Allocate", "qty: expected an integer from 1 to 2147483647, found \"2\"");
}
END_TEST

START_TEST(identifiers_are_strings_of_one_to_255_bytes_without_control_characters)
{
    static const char expected[] = "sku: expected a string of 1 to 255 bytes without control characters, ";
    char text[512];
    char name[257];

    memset(name, 'a', sizeof name);
    message.sku = (struct gw_value){.kind = GW_VALUE_STRING, .text = {name, 255}};
    assert_decodes("Allocate");
    message.sku.text.len = 256;
    (void)snprintf(text, sizeof text, "%sfound a string of 256 bytes", expected);
    assert_refused("Allocate", text);
    message.sku = string("");
    (void)snprintf(text, sizeof text, "%sfound \"\"", expected);
    assert_refused("Allocate", text);
    message.sku = string("a\nb");
    (void)snprintf(text, sizeof text, "%sfound \"a\\nb\"", expected);
    assert_refused("Allocate", text);
    message.sku = integer(7);
    (void)snprintf(text, sizeof text, "%sfound 7", expected);
    assert_refused("Allocate", text);
    message.sku.kind = GW_VALUE_NULL;
    (void)snprintf(text, sizeof text, "%sfound null", expected);
    assert_refused("Allocate", text);
    message.sku = string("COMFY CHAISE-LONGUE \xc3\xa9");
    assert_decodes("Allocate");
}
END_TEST

START_TEST(of_several_wrong_fields_the_first_of_the_catalog_is_named)
{
    message.orderid.kind = GW_VALUE_ABSENT;
    message.qty = integer(-1);
    message.eta = string("soon");
    assert_refused("Allocate",
                   "orderid: expected a string of 1 to 255 bytes without control characters, it is missing");
    assert_refused("CreateBatch", "qty: expected an integer from 0 to 2147483647, found -1");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("decode");
    TCase *tests = tcase_create("syntax");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, every_command_is_decoded_into_its_fields);
    tcase_add_test(tests, an_eta_is_a_date_or_null_or_missing);
    tcase_add_test(tests, a_reference_goes_by_two_names_where_a_quantity_is_changed);
    tcase_add_test(tests, quantities_are_within_their_ranges);
    tcase_add_test(tests, identifiers_are_strings_of_one_to_255_bytes_without_control_characters);
    tcase_add_test(tests, of_several_wrong_fields_the_first_of_the_catalog_is_named);
    suite_add_tcase(suite, tests);
    return suite;
}
