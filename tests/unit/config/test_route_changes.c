/* SPDX-License-Identifier: Apache-2.0 */
/* Who takes over from a removed notifier, and when two routes are one. */
#include "check_main.h"
#include "config/route_changes.h"

static const struct gw_component a = {.id = "a"};
static const struct gw_component b = {.id = "b"};
static const struct gw_component other_b = {.id = "b", .line = 7}; /* of another file */
static const struct gw_component c = {.id = "c"};

#define LIST(...)                                                                      \
    {                                                                                  \
        (const struct gw_component *const[]){__VA_ARGS__},                             \
            sizeof((const struct gw_component *const[]){__VA_ARGS__}) / sizeof(void *) \
    }

START_TEST(lists_are_the_same_in_any_order_and_by_id)
{
    const struct gw_component_list ab = LIST(&a, &b);
    const struct gw_component_list ba = LIST(&other_b, &a);
    const struct gw_component_list ac = LIST(&a, &c);
    const struct gw_component_list only_a = LIST(&a);
    const struct gw_component_list none = {NULL, 0};

    ck_assert(gw_component_list_is_same(&ab, &ba));
    ck_assert(!gw_component_list_is_same(&ab, &ac));
    ck_assert(!gw_component_list_is_same(&ab, &only_a));
    ck_assert(!gw_component_list_is_same(&only_a, &none));
    ck_assert(gw_component_list_is_same(&none, &none));
    ck_assert_ptr_eq(gw_component_list_find(&ba, "b"), &other_b);
    ck_assert_ptr_null(gw_component_list_find(&ba, "c"));
}
END_TEST

START_TEST(a_notifier_that_is_new_in_notify_takes_over)
{
    const struct gw_route before = {.notify = LIST(&a)};
    const struct gw_route now = {.notify = LIST(&b, &c)};

    ck_assert(gw_route_is_successor(&before, &now, "a", "b"));
    ck_assert(gw_route_is_successor(&before, &now, "a", "c"));
    ck_assert(!gw_route_is_successor(&before, &now, "a", "d"));
}
END_TEST

START_TEST(one_that_was_notified_before_has_its_own_notice)
{
    const struct gw_route before = {.notify = LIST(&a, &b)};
    const struct gw_route now = {.notify = LIST(&other_b)};

    ck_assert(!gw_route_is_successor(&before, &now, "a", "b"));
}
END_TEST

START_TEST(a_fallback_that_is_promoted_takes_over)
{
    const struct gw_route before = {.notify = LIST(&a), .fallback = LIST(&b)};
    const struct gw_route now = {.notify = LIST(&b)};

    ck_assert(gw_route_is_successor(&before, &now, "a", "b"));
}
END_TEST

START_TEST(nobody_takes_over_from_a_fallback_or_as_one)
{
    const struct gw_route before = {.notify = LIST(&a), .fallback = LIST(&b)};
    const struct gw_route now = {.notify = LIST(&c)};
    const struct gw_route later = {.fallback = LIST(&c)};

    ck_assert(!gw_route_is_successor(&before, &now, "b", "c"));
    ck_assert(!gw_route_is_successor(&before, &later, "a", "c"));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("route_changes");
    TCase *tests = tcase_create("routes");

    tcase_add_test(tests, lists_are_the_same_in_any_order_and_by_id);
    tcase_add_test(tests, a_notifier_that_is_new_in_notify_takes_over);
    tcase_add_test(tests, one_that_was_notified_before_has_its_own_notice);
    tcase_add_test(tests, a_fallback_that_is_promoted_takes_over);
    tcase_add_test(tests, nobody_takes_over_from_a_fallback_or_as_one);
    suite_add_tcase(suite, tests);
    return suite;
}
