/* SPDX-License-Identifier: Apache-2.0 */
/* Which bucket a value is counted in, and what several histograms have together. */
#include "check_main.h"
#include "process/histogram.h"

static const int64_t bounds[] = {1, 10, 100};
static const struct gw_histogram_scale scale = {bounds, 3, 1};

START_TEST(a_value_is_counted_below_the_first_bound_that_is_not_below_it)
{
    struct gw_histogram histogram = {0};
    struct gw_histogram_total total = {.scale = &scale};
    const int64_t values[] = {0, 1, 2, 10, 11, 100, 101, 5000};

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        gw_histogram_observe(&histogram, &scale, values[i]);
    gw_histogram_add(&histogram, &total);
    for (int bucket = 0; bucket <= 3; bucket++)
        ck_assert_uint_eq(total.counts[bucket], 2);
    ck_assert_uint_eq(total.counts[4], 0);
    ck_assert_uint_eq(total.sum, 5225);
}
END_TEST

START_TEST(histograms_add_up)
{
    struct gw_histogram histograms[2] = {0};
    struct gw_histogram_total total = {.scale = &scale};

    gw_histogram_observe(&histograms[0], &scale, 7);
    gw_histogram_observe(&histograms[1], &scale, 8);
    gw_histogram_observe(&histograms[1], &scale, 300);
    for (int i = 0; i < 2; i++)
        gw_histogram_add(&histograms[i], &total);
    ck_assert_uint_eq(total.counts[1], 2);
    ck_assert_uint_eq(total.counts[3], 1);
    ck_assert_uint_eq(total.sum, 315);
}
END_TEST

START_TEST(the_bounds_of_every_scale_rise_and_fit)
{
    const struct gw_histogram_scale *scales[] = {&gw_histogram_of_messages, &gw_histogram_of_durations};

    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_le(scales[i]->count, GW_HISTOGRAM_MAX_BOUNDS);
        for (uint32_t bound = 1; bound < scales[i]->count; bound++)
            ck_assert_int_gt(scales[i]->bounds[bound], scales[i]->bounds[bound - 1]);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("histogram");
    TCase *tests = tcase_create("buckets");

    tcase_add_test(tests, a_value_is_counted_below_the_first_bound_that_is_not_below_it);
    tcase_add_test(tests, histograms_add_up);
    tcase_add_test(tests, the_bounds_of_every_scale_rise_and_fit);
    suite_add_tcase(suite, tests);
    return suite;
}
