/* SPDX-License-Identifier: Apache-2.0 */
/* Which inputs wait and which stop first, on lists as an apply leaves them. An input's place is one word here. */
#include "check_main.h"
#include "gateway/input_order.h"
#include "worker/worker_internal.h"

static struct gw_component orders = {.id = "orders"};
static struct gw_component more = {.id = "more"};
static const char *const one[] = {"one"};
static const char *const two[] = {"two"};

static struct gw_gateway_input input_of(const struct gw_component *component, const char *const *place)
{
    return (struct gw_gateway_input){.component = component, .place = {NULL, place, place != NULL}, .stop = -1};
}

static struct gw_gateway_input running(const struct gw_component *component, const char *const *place)
{
    struct gw_gateway_input input = input_of(component, place);

    input.is_started = true;
    return input;
}

static struct gw_gateway_input successor(struct gw_gateway_input *old, const char *const *place)
{
    struct gw_gateway_input input = input_of(old->component, place);

    input.replaces = old;
    return input;
}

#define LIST(...)                                                       \
    ((struct gw_input_list){(struct gw_gateway_input *[]){__VA_ARGS__}, \
                            sizeof((struct gw_gateway_input *[]){__VA_ARGS__}) / sizeof(struct gw_gateway_input *)})

START_TEST(the_newest_input_that_stays_is_the_one_of_an_id)
{
    struct gw_gateway_input old = running(&orders, NULL);
    struct gw_gateway_input middle = successor(&old, NULL);
    struct gw_gateway_input other = running(&more, NULL);
    struct gw_gateway_input gone = running(&orders, NULL);

    gone.is_leaving = true;
    ck_assert_ptr_eq(gw_input_order_newest(LIST(&old, &middle, &other, &gone), "orders"), &middle);
    ck_assert_ptr_null(gw_input_order_newest(LIST(&other, &gone), "orders"));
}
END_TEST

START_TEST(a_replacement_starts_at_once_if_both_can_run)
{
    struct gw_gateway_input old = running(&orders, one);
    struct gw_gateway_input new = successor(&old, two);

    ck_assert(!gw_input_order_waits(LIST(&old, &new), &new));
    ck_assert(!gw_input_order_stops_first(LIST(&old, &new), &new));
}
END_TEST

START_TEST(a_replacement_with_the_same_place_waits_and_the_old_one_stops_first)
{
    struct gw_gateway_input old = running(&orders, one);
    struct gw_gateway_input new = successor(&old, one);

    ck_assert(gw_input_order_waits(LIST(&old, &new), &new));
    ck_assert(gw_input_order_stops_first(LIST(&old, &new), &new));
    new.replaces = NULL;
    old.is_leaving = true;
    ck_assert(gw_input_order_waits(LIST(&old, &new), &new));
}
END_TEST

START_TEST(a_replacement_that_must_not_overlap_waits_whatever_its_place)
{
    struct gw_gateway_input old = running(&orders, NULL);
    struct gw_gateway_input new = successor(&old, NULL);
    struct gw_gateway_input other = running(&more, NULL);

    new.stops_first = other.is_leaving = true;
    ck_assert(gw_input_order_waits(LIST(&old, &new), &new));
    ck_assert(gw_input_order_stops_first(LIST(&old, &new), &new));
    ck_assert(!gw_input_order_waits(LIST(&other, &new), &new));
}
END_TEST

START_TEST(an_input_waits_for_one_that_an_earlier_file_has_removed)
{
    struct gw_gateway_input removed = running(&more, one);
    struct gw_gateway_input new = input_of(&orders, one);

    removed.is_leaving = true;
    ck_assert(gw_input_order_waits(LIST(&removed, &new), &new));
}
END_TEST

START_TEST(an_input_waits_for_one_that_an_earlier_file_has_replaced)
{
    struct gw_gateway_input first = running(&orders, one);
    struct gw_gateway_input second = running(&orders, two);
    struct gw_gateway_input third = successor(&second, one);

    first.is_leaving = true;
    ck_assert(gw_input_order_waits(LIST(&first, &second, &third), &third));
    ck_assert(!gw_input_order_stops_first(LIST(&first, &second, &third), &third));
}
END_TEST

START_TEST(one_that_stays_is_not_waited_for)
{
    struct gw_gateway_input stays = running(&more, one);
    struct gw_gateway_input new = input_of(&orders, one);

    ck_assert(!gw_input_order_waits(LIST(&stays, &new), &new));
}
END_TEST

START_TEST(two_that_exchange_their_places_stop_first)
{
    struct gw_gateway_input left = running(&orders, one);
    struct gw_gateway_input right = running(&more, two);
    struct gw_gateway_input new_left = successor(&left, two);
    struct gw_gateway_input new_right = successor(&right, one);
    struct gw_input_list inputs = LIST(&left, &right, &new_left, &new_right);

    ck_assert(gw_input_order_waits(inputs, &new_left) && gw_input_order_waits(inputs, &new_right));
    ck_assert(gw_input_order_stops_first(inputs, &new_left) && gw_input_order_stops_first(inputs, &new_right));
}
END_TEST

START_TEST(one_that_takes_a_place_over_waits_for_a_replacement_that_need_not_wait)
{
    struct gw_gateway_input left = running(&orders, one);
    struct gw_gateway_input right = running(&more, two);
    struct gw_gateway_input new_left = successor(&left, two);
    struct gw_gateway_input new_right = successor(&right, NULL);
    struct gw_input_list inputs = LIST(&left, &right, &new_left, &new_right);

    ck_assert(gw_input_order_waits(inputs, &new_left) && !gw_input_order_waits(inputs, &new_right));
    ck_assert(!gw_input_order_stops_first(inputs, &new_left) && !gw_input_order_stops_first(inputs, &new_right));
}
END_TEST

START_TEST(one_that_was_never_started_makes_way)
{
    struct gw_gateway_input old = running(&orders, one);
    struct gw_gateway_input middle = successor(&old, one);
    struct gw_gateway_input new = successor(&middle, two);

    ck_assert(gw_input_order_stops_first(LIST(&old, &middle, &new), &new));
    ck_assert(!gw_input_order_waits(LIST(&old, &middle, &new), &new));
}
END_TEST

/* One whose worker has not polled yet. */
static struct gw_gateway_input coming_up(struct gw_gateway_input *old, struct gw_worker **worker)
{
    struct gw_gateway_input input = successor(old, NULL);

    input.is_started = true;
    input.workers = worker;
    input.worker_count = input.started_count = 1;
    return input;
}

/* Makes all leave that have to, as the gateway does. Returns how many. */
static size_t leave_all(struct gw_input_list inputs)
{
    struct gw_gateway_input *old;
    size_t count = 0;

    while ((old = gw_input_order_take_replaced(inputs)) != NULL) {
        count += !old->is_leaving;
        old->is_leaving = true;
    }
    return count;
}

START_TEST(an_input_stays_until_its_replacement_is_up)
{
    struct gw_worker worker = {.plan.id = "orders"};
    struct gw_worker *workers[] = {&worker};
    struct gw_gateway_input old = running(&orders, NULL);
    struct gw_gateway_input new = coming_up(&old, workers);

    ck_assert_uint_eq(leave_all(LIST(&old, &new)), 0);
    atomic_store(&worker.is_up, true);
    ck_assert_uint_eq(leave_all(LIST(&old, &new)), 1);
    ck_assert(old.is_leaving && !new.is_leaving);
    ck_assert_ptr_null(new.replaces);
}
END_TEST

/* The one between them may have ended, and be freed, before the next look. */
START_TEST(an_input_that_is_up_makes_all_earlier_ones_leave_at_once)
{
    struct gw_worker worker = {.plan.id = "orders"};
    struct gw_worker *workers[] = {&worker};
    struct gw_gateway_input first = running(&orders, NULL);
    struct gw_gateway_input second = coming_up(&first, workers);
    struct gw_gateway_input third = coming_up(&second, workers);
    struct gw_gateway_input fourth = successor(&third, NULL);

    fourth.is_started = true;
    ck_assert_uint_eq(leave_all(LIST(&first, &second, &third, &fourth)), 3);
    ck_assert(first.is_leaving && second.is_leaving && third.is_leaving && !fourth.is_leaving);
}
END_TEST

START_TEST(an_input_that_was_never_started_leaves_what_it_was_to_replace_to_its_successor)
{
    struct gw_gateway_input old = running(&orders, one);
    struct gw_gateway_input middle = successor(&old, one);
    struct gw_gateway_input new = successor(&middle, two);

    ck_assert_ptr_eq(gw_input_order_take_replaced(LIST(&old, &middle, &new)), &old); /* the middle one waits for it */
    old.is_leaving = true;
    middle.replaces = &old;
    ck_assert_ptr_eq(gw_input_order_take_replaced(LIST(&old, &new, &middle)), &middle);
    ck_assert_ptr_eq(new.replaces, &old);
}
END_TEST

/* Otherwise both would refer to it when it is freed, and an input that later has its address would be stopped. */
START_TEST(only_the_successor_of_an_input_that_was_never_started_replaces_what_runs)
{
    struct gw_worker worker = {.plan.id = "orders"};
    struct gw_worker *workers[] = {&worker};
    struct gw_gateway_input left = running(&more, one);
    struct gw_gateway_input old = running(&orders, two);
    struct gw_gateway_input middle = successor(&old, one); /* waits for another one, not for what it replaces */
    struct gw_gateway_input new = coming_up(&middle, workers);
    struct gw_input_list inputs = LIST(&left, &old, &middle, &new);

    left.is_leaving = true;
    ck_assert(gw_input_order_waits(inputs, &middle));
    ck_assert_uint_eq(leave_all(inputs), 1);
    ck_assert(middle.is_leaving && !old.is_leaving);
    ck_assert_ptr_null(middle.replaces);
    ck_assert_ptr_eq(new.replaces, &old);
    atomic_store(&worker.is_up, true);
    ck_assert_uint_eq(leave_all(inputs), 1);
    ck_assert(old.is_leaving && !new.is_leaving);
    ck_assert_ptr_null(new.replaces);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("input_order");
    TCase *tests = tcase_create("input_order");

    tcase_add_test(tests, the_newest_input_that_stays_is_the_one_of_an_id);
    tcase_add_test(tests, a_replacement_starts_at_once_if_both_can_run);
    tcase_add_test(tests, a_replacement_with_the_same_place_waits_and_the_old_one_stops_first);
    tcase_add_test(tests, a_replacement_that_must_not_overlap_waits_whatever_its_place);
    tcase_add_test(tests, an_input_waits_for_one_that_an_earlier_file_has_removed);
    tcase_add_test(tests, an_input_waits_for_one_that_an_earlier_file_has_replaced);
    tcase_add_test(tests, one_that_stays_is_not_waited_for);
    tcase_add_test(tests, two_that_exchange_their_places_stop_first);
    tcase_add_test(tests, one_that_takes_a_place_over_waits_for_a_replacement_that_need_not_wait);
    tcase_add_test(tests, one_that_was_never_started_makes_way);
    tcase_add_test(tests, an_input_stays_until_its_replacement_is_up);
    tcase_add_test(tests, an_input_that_is_up_makes_all_earlier_ones_leave_at_once);
    tcase_add_test(tests, only_the_successor_of_an_input_that_was_never_started_replaces_what_runs);
    tcase_add_test(tests, an_input_that_was_never_started_leaves_what_it_was_to_replace_to_its_successor);
    suite_add_tcase(suite, tests);
    return suite;
}
