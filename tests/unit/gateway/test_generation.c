/* SPDX-License-Identifier: Apache-2.0 */
/* Which generation a turn gets, and how long an old one lives. */
#include "check_main.h"
#include "gateway/generation.h"
#include "process/wakeup.h"

static struct gw_bootstrap model = {.settings = {.service = "test"}};
static struct gw_configuration *configuration;
static struct gw_generations generations;
static struct gw_generation_hold first, second;
static int ended;

static void publish(void)
{
    struct gw_generation *generation = gw_generation_new(configuration, NULL, 0);

    ck_assert_ptr_nonnull(generation);
    gw_generations_publish(&generations, generation);
}

static void set_up(void)
{
    configuration = gw_configuration_new(NULL, &model);
    ended = gw_wakeup_open();
    gw_generations_init(&generations, ended);
    publish();
    first = second = (struct gw_generation_hold){.generations = &generations};
}

static void tear_down(void)
{
    gw_generations_done(&generations);
    gw_configuration_release(configuration);
    gw_wakeup_close(ended);
}

START_TEST(one_that_no_turn_uses_ends_when_it_is_replaced)
{
    publish();
    ck_assert_uint_eq(gw_generations_alive(&generations), 1);
    ck_assert(gw_wakeup_is_raised(ended));
}
END_TEST

START_TEST(one_that_a_turn_uses_lives_until_the_turn_has_ended_and_its_end_wakes_the_main_thread)
{
    ck_assert_uint_eq(gw_generation_number(gw_generation_enter(&first)), 1);
    publish();
    ck_assert_uint_eq(gw_generation_number(gw_generation_enter(&second)), 2);
    ck_assert_uint_eq(gw_generations_alive(&generations), 2);
    gw_generation_leave(&second);
    ck_assert(!gw_wakeup_is_raised(ended));
    gw_generation_leave(&first);
    ck_assert_uint_eq(gw_generations_alive(&generations), 1);
    ck_assert(gw_wakeup_is_raised(ended));
}
END_TEST

START_TEST(those_in_between_end_at_once)
{
    (void)gw_generation_enter(&first);
    for (int count = 0; count < 3; count++)
        publish();
    ck_assert_uint_eq(gw_generations_alive(&generations), 2);
    gw_generation_leave(&first);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("generation");
    TCase *tests = tcase_create("life");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, one_that_no_turn_uses_ends_when_it_is_replaced);
    tcase_add_test(tests, one_that_a_turn_uses_lives_until_the_turn_has_ended_and_its_end_wakes_the_main_thread);
    tcase_add_test(tests, those_in_between_end_at_once);
    suite_add_tcase(suite, tests);
    return suite;
}
