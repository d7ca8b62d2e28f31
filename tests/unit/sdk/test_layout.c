/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the SDK that must never change: the layout of structs without a size that a plugin and the core
 * exchange, the first members of those with a size, and numbers with a meaning on both sides. A failure here needs a
 * new major version; do not adjust the test.
 */
#include "check_main.h"

#include <gangway/plugin.h>
#include <gangway/port/entrypoint.h>
#include <gangway/port/notifier.h>
#include <gangway/port/publisher.h>
#include <gangway/port/repository.h>
#include <stddef.h>

#define ASSERT_SIZE(type, bytes)           ck_assert_uint_eq(sizeof(type), bytes)
#define ASSERT_OFFSET(type, member, bytes) ck_assert_uint_eq(offsetof(type, member), bytes)

START_TEST(an_error_has_512_bytes)
{
    ASSERT_SIZE(struct gw_error, 512);
    ASSERT_OFFSET(struct gw_error, status, 0);
    ASSERT_OFFSET(struct gw_error, os_error, 4);
    ASSERT_OFFSET(struct gw_error, text, 8);
}
END_TEST

START_TEST(texts_and_arrays_are_frozen)
{
    ASSERT_SIZE(struct gw_text, 16);
    ASSERT_OFFSET(struct gw_text, len, 8);
    ASSERT_SIZE(struct gw_array, 16);
    ASSERT_OFFSET(struct gw_array, count, 8);
    ASSERT_OFFSET(struct gw_array, stride, 12);
    ASSERT_SIZE(struct gw_header, 32);
}
END_TEST

START_TEST(the_descriptor_of_abi_1_0_is_frozen)
{
    ASSERT_OFFSET(struct gw_plugin, magic, 0);
    ASSERT_OFFSET(struct gw_plugin, struct_size, 4);
    ASSERT_OFFSET(struct gw_plugin, abi_major, 8);
    ASSERT_OFFSET(struct gw_plugin, abi_minor, 10);
    ASSERT_OFFSET(struct gw_plugin, port_major, 12);
    ASSERT_OFFSET(struct gw_plugin, port_minor, 14);
    ASSERT_OFFSET(struct gw_plugin, port, 16);
    ASSERT_OFFSET(struct gw_plugin, features, 20);
    ASSERT_OFFSET(struct gw_plugin, name, 24);
    ASSERT_OFFSET(struct gw_plugin, version, 32);
    ASSERT_OFFSET(struct gw_plugin, summary, 40);
    ASSERT_OFFSET(struct gw_plugin, ops, 48);
    ASSERT_OFFSET(struct gw_plugin, options, 56);
    ASSERT_OFFSET(struct gw_plugin, option_count, 64);
    ASSERT_OFFSET(struct gw_plugin, option_size, 68);
    ASSERT_OFFSET(struct gw_plugin, config_size, 72);
    ASSERT_OFFSET(struct gw_plugin, reserved, 76);
    ASSERT_OFFSET(struct gw_plugin, metrics, 80);
    ASSERT_OFFSET(struct gw_plugin, metric_count, 88);
    ASSERT_OFFSET(struct gw_plugin, metric_size, 92);
    ASSERT_OFFSET(struct gw_plugin, open, 96);
    ASSERT_OFFSET(struct gw_plugin, close, 104);
    ASSERT_OFFSET(struct gw_plugin, check, 112);
    ASSERT_OFFSET(struct gw_plugin, lint, 120);
    ASSERT_OFFSET(struct gw_metric, name, 0);
    ASSERT_OFFSET(struct gw_metric, help, 8);
    ASSERT_OFFSET(struct gw_metric, label, 16);
    ASSERT_OFFSET(struct gw_metric, type, 24);
    ASSERT_OFFSET(struct gw_metric, reserved, 28);
}
END_TEST

START_TEST(the_option_of_abi_1_0_is_frozen)
{
    ASSERT_OFFSET(struct gw_option, name, 0);
    ASSERT_OFFSET(struct gw_option, help, 8);
    ASSERT_OFFSET(struct gw_option, fallback, 16);
    ASSERT_OFFSET(struct gw_option, choices, 24);
    ASSERT_OFFSET(struct gw_option, min, 32);
    ASSERT_OFFSET(struct gw_option, max, 40);
    ASSERT_OFFSET(struct gw_option, type, 48);
    ASSERT_OFFSET(struct gw_option, item_type, 52);
    ASSERT_OFFSET(struct gw_option, flags, 56);
    ASSERT_OFFSET(struct gw_option, escape, 60);
    ASSERT_OFFSET(struct gw_option, offset, 64);
    ASSERT_OFFSET(struct gw_option, written, 68);
    ASSERT_SIZE(struct gw_option_list, 16);
    ASSERT_SIZE(struct gw_option_pair, 16);
    ASSERT_SIZE(struct gw_option_map, 16);
}
END_TEST

START_TEST(the_host_table_of_abi_1_0_is_frozen)
{
    ASSERT_OFFSET(struct gw_host, size, 0);
    ASSERT_OFFSET(struct gw_host, context, 8);
    ASSERT_OFFSET(struct gw_host, component, 16);
    ASSERT_OFFSET(struct gw_host, log, 24);
    ASSERT_OFFSET(struct gw_host, wait, 32);
    ASSERT_OFFSET(struct gw_host, monotonic_ms, 40);
    ASSERT_OFFSET(struct gw_host, unix_ms, 48);
    ASSERT_OFFSET(struct gw_host, console, 56);
    ASSERT_OFFSET(struct gw_host, instance, 60);
    ASSERT_OFFSET(struct gw_host, service, 64);
    ASSERT_OFFSET(struct gw_host, metric, 72);
    ASSERT_OFFSET(struct gw_host, write, 80);
    ASSERT_OFFSET(struct gw_report, sessions, 4);
    ASSERT_OFFSET(struct gw_report, context, 8);
    ASSERT_OFFSET(struct gw_report, line, 16);
}
END_TEST

/* Arrays of these cross without a stride, or one of them on the caller's stack without a size. */
START_TEST(structs_without_a_size_are_frozen)
{
    ASSERT_SIZE(struct gw_start, 288);
    ASSERT_OFFSET(struct gw_start, offset, 16);
    ASSERT_OFFSET(struct gw_start, mark, 24);
    ASSERT_OFFSET(struct gw_start, has_mark, 32);
    ASSERT_OFFSET(struct gw_start, status, 36);
    ASSERT_OFFSET(struct gw_start, is_once, 40);
    ASSERT_OFFSET(struct gw_start, reason, 48);
    ASSERT_SIZE(struct gw_settlement, 40);
    ASSERT_OFFSET(struct gw_settlement, outcome, 8);
    ASSERT_OFFSET(struct gw_settlement, recorded_outcome, 12);
    ASSERT_OFFSET(struct gw_settlement, reason, 16);
    ASSERT_OFFSET(struct gw_settlement, reason_code, 32);
    ASSERT_SIZE(struct gw_verdict, 248);
    ASSERT_OFFSET(struct gw_verdict, retry_after_ms, 4);
    ASSERT_OFFSET(struct gw_verdict, answer, 8);
}
END_TEST

START_TEST(structs_that_may_grow_begin_with_their_size)
{
    ASSERT_OFFSET(struct gw_entrypoint_ops, size, 0);
    ASSERT_OFFSET(struct gw_repository_ops, size, 0);
    ASSERT_OFFSET(struct gw_publisher_ops, size, 0);
    ASSERT_OFFSET(struct gw_notifier_ops, size, 0);
    ASSERT_OFFSET(struct gw_entrypoint_sink, size, 0);
    ASSERT_OFFSET(struct gw_report, size, 0);
    ASSERT_OFFSET(struct gw_message, size, 0);
    ASSERT_OFFSET(struct gw_notice, size, 0);
    ASSERT_OFFSET(struct gw_load_request, size, 0);
    ASSERT_OFFSET(struct gw_load_visitor, size, 0);
    ASSERT_OFFSET(struct gw_changeset, size, 0);
    ASSERT_OFFSET(struct gw_apply_result, size, 0);
    ASSERT_OFFSET(struct gw_dead_filter, size, 0);
    ASSERT_OFFSET(struct gw_view_arguments, size, 0);
}
END_TEST

START_TEST(numbers_with_a_meaning_on_both_sides_are_frozen)
{
    ck_assert_uint_eq(GW_PLUGIN_MAGIC, 0x47574159);
    ck_assert_int_eq(GW_PORT_ENTRYPOINT, 1);
    ck_assert_int_eq(GW_PORT_REPOSITORY, 2);
    ck_assert_int_eq(GW_PORT_PUBLISHER, 3);
    ck_assert_int_eq(GW_PORT_NOTIFIER, 4);
    ck_assert_int_eq(GW_METRIC_GAUGE, 1);
    ck_assert_int_eq(GW_METRIC_UNKNOWN, -1);
    ck_assert_int_eq(GW_OK, 0);
    ck_assert_int_eq(GW_END, 1);
    ck_assert_int_eq(GW_ALREADY, 2);
    ck_assert_int_eq(GW_MOVED, 3);
    ck_assert_int_eq(GW_CONFLICT, 4);
    ck_assert_int_eq(GW_NOT_LOADED, 5);
    ck_assert_int_eq(GW_NOT_FOUND, 6);
    ck_assert_int_eq(GW_INVALID, 7);
    ck_assert_int_eq(GW_TRANSIENT, 8);
    ck_assert_int_eq(GW_UNKNOWN, 9);
    ck_assert_int_eq(GW_PERMANENT, 10);
    ck_assert_int_eq(GW_UNSUPPORTED, 11);
    ck_assert_int_eq(GW_CONFIG, 12);
    ck_assert_int_eq(GW_ABI, 13);
    ck_assert_int_eq(GW_NOMEM, 14);
    ck_assert_int_eq(GW_CANCELLED, 15);
    ck_assert_int_eq(GW_INTERNAL, 16);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("layout");
    TCase *tests = tcase_create("layout");

    tcase_add_test(tests, an_error_has_512_bytes);
    tcase_add_test(tests, texts_and_arrays_are_frozen);
    tcase_add_test(tests, the_descriptor_of_abi_1_0_is_frozen);
    tcase_add_test(tests, the_option_of_abi_1_0_is_frozen);
    tcase_add_test(tests, the_host_table_of_abi_1_0_is_frozen);
    tcase_add_test(tests, structs_without_a_size_are_frozen);
    tcase_add_test(tests, structs_that_may_grow_begin_with_their_size);
    tcase_add_test(tests, numbers_with_a_meaning_on_both_sides_are_frozen);
    suite_add_tcase(suite, tests);
    return suite;
}
