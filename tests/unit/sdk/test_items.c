/* SPDX-License-Identifier: Apache-2.0 */
/* An array grows, keeps its items, and is unchanged where there is no memory. */
#include "check_main.h"

#include <gangway/sdk/items.h>

#include <stdint.h>
#include <stdlib.h>

/* As malloc does it, where the sanitizers would end the process. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

__attribute__((visibility("default"))) const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

START_TEST(items_are_kept_while_the_array_grows)
{
    size_t capacity = 0;
    uint32_t *items = NULL;

    for (uint32_t i = 0; i < 1000; i++) {
        items = gw_items_reserve(items, sizeof *items, i + 1, &capacity);
        ck_assert_ptr_nonnull(items);
        ck_assert_uint_gt(capacity, i);
        items[i] = i;
    }
    for (uint32_t i = 0; i < 1000; i++)
        ck_assert_uint_eq(items[i], i);
    ck_assert_uint_lt(capacity, 2001);
    free(items);
}
END_TEST

START_TEST(an_array_that_is_large_enough_stays_where_it_is)
{
    size_t capacity = 0;
    char *items = gw_items_reserve(NULL, 1, 100, &capacity);
    size_t before = capacity;

    ck_assert_uint_ge(before, 100);
    ck_assert_ptr_eq(gw_items_reserve(items, 1, before, &capacity), items);
    ck_assert_ptr_eq(gw_items_reserve(items, 1, 0, &capacity), items);
    ck_assert_uint_eq(capacity, before);
    free(items);
}
END_TEST

START_TEST(no_items_are_an_array_too)
{
    size_t capacity = 0;
    void *items = gw_items_reserve(NULL, sizeof(uint64_t), 0, &capacity);

    ck_assert_ptr_nonnull(items);
    ck_assert_uint_gt(capacity, 0);
    free(items);
}
END_TEST

START_TEST(what_cannot_be_allocated_changes_nothing)
{
    size_t capacity = 0;
    uint64_t *items = gw_items_reserve(NULL, sizeof *items, 1, &capacity);
    size_t before = capacity;

    items[0] = 7;
    ck_assert_ptr_null(gw_items_reserve(items, sizeof *items, SIZE_MAX, &capacity));
    ck_assert_ptr_null(gw_items_reserve(items, sizeof *items, SIZE_MAX / sizeof *items + 2, &capacity)); /* overflows */
    ck_assert_ptr_null(gw_items_reserve(items, sizeof *items, PTRDIFF_MAX / sizeof *items, &capacity));
    ck_assert_uint_eq(capacity, before);
    ck_assert_uint_eq(items[0], 7);
    free(items);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("sdk_items");
    TCase *tests = tcase_create("items");

    tcase_add_test(tests, items_are_kept_while_the_array_grows);
    tcase_add_test(tests, an_array_that_is_large_enough_stays_where_it_is);
    tcase_add_test(tests, no_items_are_an_array_too);
    tcase_add_test(tests, what_cannot_be_allocated_changes_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}
