/* SPDX-License-Identifier: Apache-2.0 */
/* The names by which the world knows commands, events and their fields. */
#include "check_main.h"
#include "domain/command.h"
#include "domain/event.h"
#include "service/catalog.h"

#include <stdio.h>

#define T(string) gw_text_of(string)

START_TEST(commands_have_the_names_and_fields_that_the_contract_says)
{
    size_t count;
    const struct gw_command_spec *specs = gw_command_specs(&count);
    char found[512] = "";

    for (size_t index = 0; index < count; index++) {
        (void)snprintf(found + strlen(found), sizeof found - strlen(found), "%s(", specs[index].name);
        for (size_t at = 0; at < specs[index].field_count; at++) {
            const struct gw_field_spec *field = &specs[index].fields[at];

            (void)snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s%s%s", at > 0 ? " " : "",
                           field->name, field->alias != NULL ? "|" : "", field->alias != NULL ? field->alias : "");
        }
        (void)snprintf(found + strlen(found), sizeof found - strlen(found), ") ");
    }
    ck_assert_str_eq(found, "CreateBatch(ref sku qty eta) Allocate(orderid sku qty) Deallocate(orderid sku qty) "
                            "ChangeBatchQuantity(ref|batchref qty) ");
}
END_TEST

START_TEST(commands_are_found_by_their_exact_names)
{
    size_t count;

    ck_assert_ptr_eq(gw_command_spec_find(T("Deallocate")), &gw_command_specs(&count)[GW_COMMAND_DEALLOCATE]);
    ck_assert_ptr_null(gw_command_spec_find(T("deallocate")));
    ck_assert_ptr_null(gw_command_spec_find(T("Allocated")));
    ck_assert_ptr_null(gw_command_spec_find(T("Allocate ")));
    ck_assert_ptr_null(gw_command_spec_find(T("")));
}
END_TEST

START_TEST(events_are_found_by_their_exact_names)
{
    size_t count;

    ck_assert_ptr_eq(gw_event_spec_find(T("OutOfStock")), &gw_event_specs(&count)[GW_EVENT_OUT_OF_STOCK]);
    ck_assert_ptr_null(gw_event_spec_find(T("outofstock")));
    ck_assert_ptr_null(gw_event_spec_find(T("Allocate")));
}
END_TEST

START_TEST(only_the_internal_event_cannot_be_routed)
{
    ck_assert(gw_event_spec_find(T("AllocationRequired"))->is_internal);
    ck_assert(!gw_event_spec_find(T("Allocated"))->is_internal);
    ck_assert(!gw_event_spec_find(T("Deallocated"))->is_internal);
    ck_assert(!gw_event_spec_find(T("OutOfStock"))->is_internal);
}
END_TEST

START_TEST(people_are_notified_of_out_of_stock)
{
    ck_assert_str_eq(gw_event_spec_find(T("OutOfStock"))->default_text, "Out of stock for {sku}");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("catalog");
    TCase *tests = tcase_create("names");

    tcase_add_test(tests, commands_have_the_names_and_fields_that_the_contract_says);
    tcase_add_test(tests, commands_are_found_by_their_exact_names);
    tcase_add_test(tests, events_are_found_by_their_exact_names);
    tcase_add_test(tests, only_the_internal_event_cannot_be_routed);
    tcase_add_test(tests, people_are_notified_of_out_of_stock);
    suite_add_tcase(suite, tests);
    return suite;
}
