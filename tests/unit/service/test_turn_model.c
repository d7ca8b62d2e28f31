/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How commands are cut into turns must not be seen: the same commands, at random, one a turn in one shop and many a
 * turn in another, end in the same outcomes, events, dead letters and stock, to the last sequence number.
 */
#include "random_turn.h"

enum { SEEDS = 150, COMMANDS = 400, TEXT_MAX_BYTES = 1024 * 1024 };

static void compare_turns(struct shop *one, struct shop *many, const struct random_mix *mix)
{
    struct random_turn turn;
    struct gw_buffer ones, manys;

    gw_buffer_init(&ones, TEXT_MAX_BYTES);
    gw_buffer_init(&manys, TEXT_MAX_BYTES);
    random_turn_draw(&turn, mix, 1, RANDOM_TURN_MAX);
    for (uint32_t index = 0; index < turn.count; index++) {
        random_command_send(one, &turn.commands[index]);
        shop_run(one);
        random_turn_append_results(&ones, one, 1);
        shop_next_turn(one);
    }
    random_turn_send(many, &turn);
    shop_run(many);
    random_turn_append_results(&manys, many, turn.count);
    shop_next_turn(many);
    random_turn_require_same(&manys, &ones);
    gw_buffer_done(&ones);
    gw_buffer_done(&manys);
}

START_TEST(the_division_into_turns_does_not_change_the_result)
{
    struct shop one;
    struct shop many;
    struct random_mix mix;

    random_begin((uint64_t)_i);
    mix = random_mix();
    shop_open(&one);
    shop_open(&many);
    while (one.sent < COMMANDS)
        compare_turns(&one, &many, &mix);
    random_turn_require_same_end(&many, &one);
    shop_close(&many);
    shop_close(&one);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("turn_model");
    TCase *tests = tcase_create("random");

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, the_division_into_turns_does_not_change_the_result, 0, SEEDS);
    suite_add_tcase(suite, tests);
    return suite;
}
