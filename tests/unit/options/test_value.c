/* SPDX-License-Identifier: Apache-2.0 */
/* Single values: what each type takes, what it refuses, and how much fits. */
#include "check_main.h"
#include "options/value.h"

#include <inttypes.h>

static struct gw_error error;

typedef enum gw_status reader_fn(struct gw_text text, int64_t *ret_value, struct gw_error *reterr);

static void assert_value(reader_fn *reader, const char *text, int64_t expected)
{
    int64_t value = -77;

    ck_assert_msg(reader(gw_text_of(text), &value, &error) == GW_OK, "%s: %s", text, error.text);
    ck_assert_msg(value == expected, "%s: %" PRId64, text, value);
}

static void assert_refused(reader_fn *reader, const char *text, const char *expected)
{
    int64_t value = -77;

    ck_assert_int_eq(reader(gw_text_of(text), &value, &error), GW_INVALID);
    ck_assert_str_eq(error.text, expected);
    ck_assert_int_eq(value, -77);
}

START_TEST(an_integer_is_digits_with_an_optional_minus)
{
    static const char *const wrong[] = {"", "-", "+1", "1.0", "1e3", "0x10", "1_000", "010", "-01", " 1", "1 ", "one"};

    assert_value(gw_value_int, "0", 0);
    assert_value(gw_value_int, "-12", -12);
    assert_value(gw_value_int, "9223372036854775807", INT64_MAX);
    assert_value(gw_value_int, "-9223372036854775808", INT64_MIN);
    assert_refused(gw_value_int, "9223372036854775808", "is too large");
    assert_refused(gw_value_int, "-9223372036854775809", "is too large");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_refused(gw_value_int, wrong[i], "is not a whole number");
}
END_TEST

START_TEST(a_duration_has_exactly_one_unit)
{
    assert_value(gw_value_duration, "250ms", 250);
    assert_value(gw_value_duration, "10s", 10000);
    assert_value(gw_value_duration, "5m", 300000);
    assert_value(gw_value_duration, "2h", 7200000);
    assert_value(gw_value_duration, "7d", 604800000);
    assert_value(gw_value_duration, "0s", 0);
    assert_refused(gw_value_duration, "10", "has no unit");
    assert_refused(gw_value_duration, "0", "has no unit");
    assert_refused(gw_value_duration, "10sec", "has a unit that is none");
    assert_refused(gw_value_duration, "10 s", "has a unit that is none");
    assert_refused(gw_value_duration, "1h30m", "has a unit that is none");
    assert_refused(gw_value_duration, "10S", "has a unit that is none");
    assert_refused(gw_value_duration, "1.5s", "has a fraction; take a smaller unit");
    assert_refused(gw_value_duration, "-1s", "does not begin with a whole number");
    assert_refused(gw_value_duration, "s", "does not begin with a whole number");
    assert_refused(gw_value_duration, "", "does not begin with a whole number");
}
END_TEST

START_TEST(a_size_knows_powers_of_ten_and_of_two)
{
    assert_value(gw_value_size, "512B", 512);
    assert_value(gw_value_size, "1kB", 1000);
    assert_value(gw_value_size, "64KiB", 65536);
    assert_value(gw_value_size, "1MB", 1000000);
    assert_value(gw_value_size, "1MiB", 1048576);
    assert_value(gw_value_size, "2GiB", INT64_C(2147483648));
    assert_value(gw_value_size, "1TB", INT64_C(1000000000000));
    assert_refused(gw_value_size, "1048576", "has no unit");
    assert_refused(gw_value_size, "1mb", "has a unit that is none");
    assert_refused(gw_value_size, "1M", "has a unit that is none");
}
END_TEST

START_TEST(a_number_out_of_range_is_refused_and_not_wrapped)
{
    assert_value(gw_value_duration, "9223372036854775807ms", INT64_MAX);
    assert_refused(gw_value_duration, "9223372036854775807s", "is too large");
    assert_refused(gw_value_duration, "106751991168d", "is too large");
    assert_refused(gw_value_size, "8388608TiB", "is too large");
    assert_refused(gw_value_size, "99999999999999999999B", "is too large");
}
END_TEST

START_TEST(a_boolean_is_one_of_two_words)
{
    static const char *const wrong[] = {"", "True", "TRUE", "yes", "on", "1", "0", "y", "falsetrue"};
    uint32_t value = 7;

    ck_assert_int_eq(gw_value_bool(gw_text_of("true"), &value, &error), GW_OK);
    ck_assert_uint_eq(value, 1);
    ck_assert_int_eq(gw_value_bool(gw_text_of("false"), &value, &error), GW_OK);
    ck_assert_uint_eq(value, 0);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_int_eq(gw_value_bool(gw_text_of(wrong[i]), &value, &error), GW_INVALID);
}
END_TEST

START_TEST(a_float_is_a_finite_decimal_number)
{
    static const char *const wrong[] = {"",      "-",  ".5",  "5.",  "nan",  "inf",
                                        "0x1p3", "1e", "1e+", "1,5", "01.5", "1e999"};
    double value = 7;

    ck_assert_int_eq(gw_value_float(gw_text_of("-0.25e2"), &value, &error), GW_OK);
    ck_assert_double_eq(value, -25);
    ck_assert_int_eq(gw_value_float(gw_text_of("3"), &value, &error), GW_OK);
    ck_assert_double_eq(value, 3);
    ck_assert_int_eq(gw_value_float(gw_text_of("5E-1"), &value, &error), GW_OK);
    ck_assert_double_eq(value, 0.5);
    ck_assert_int_eq(gw_value_float(gw_text_of("5x"), &value, &error), GW_INVALID);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_msg(gw_value_float(gw_text_of(wrong[i]), &value, &error) == GW_INVALID, "%s", wrong[i]);
}
END_TEST

START_TEST(a_choice_becomes_the_index_of_its_word)
{
    uint32_t index = 7;

    ck_assert_int_eq(gw_value_choice(gw_text_of("plain"), "auto|json|plain", &index, &error), GW_OK);
    ck_assert_uint_eq(index, 2);
    ck_assert_int_eq(gw_value_choice(gw_text_of("aut"), "auto|json", &index, &error), GW_INVALID);
    ck_assert_int_eq(gw_value_choice(gw_text_of("auto|json"), "auto|json", &index, &error), GW_INVALID);
    ck_assert_int_eq(gw_value_choice(gw_text_of(""), "auto|json", &index, &error), GW_INVALID);
    ck_assert_int_eq(gw_value_choice(gw_text_of("auto"), NULL, &index, &error), GW_INVALID);
    ck_assert_int_eq(gw_value_choice(gw_text_of("auto"), "", &index, &error), GW_INVALID);
    ck_assert_uint_eq(index, 2);
}
END_TEST

START_TEST(values_are_written_in_the_largest_unit_that_fits)
{
    char text[GW_VALUE_TEXT_MAX];

    ck_assert_str_eq(gw_value_duration_text(text, 86400000), "1d");
    ck_assert_str_eq(gw_value_duration_text(text, 90000), "90s");
    ck_assert_str_eq(gw_value_duration_text(text, 1), "1ms");
    ck_assert_str_eq(gw_value_duration_text(text, 0), "0ms");
    ck_assert_str_eq(gw_value_size_text(text, 1048576), "1MiB");
    ck_assert_str_eq(gw_value_size_text(text, 1000000), "1MB");
    ck_assert_str_eq(gw_value_size_text(text, 1001), "1001B");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("value");
    TCase *tests = tcase_create("value");

    tcase_add_test(tests, an_integer_is_digits_with_an_optional_minus);
    tcase_add_test(tests, a_duration_has_exactly_one_unit);
    tcase_add_test(tests, a_size_knows_powers_of_ten_and_of_two);
    tcase_add_test(tests, a_number_out_of_range_is_refused_and_not_wrapped);
    tcase_add_test(tests, a_boolean_is_one_of_two_words);
    tcase_add_test(tests, a_float_is_a_finite_decimal_number);
    tcase_add_test(tests, a_choice_becomes_the_index_of_its_word);
    tcase_add_test(tests, values_are_written_in_the_largest_unit_that_fits);
    suite_add_tcase(suite, tests);
    return suite;
}
