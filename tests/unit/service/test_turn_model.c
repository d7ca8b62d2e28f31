/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How commands are cut into turns must not be seen: the same commands, at random, one a turn in one shop and many a
 * turn in another, end in the same outcomes, events, dead letters and stock, to the last sequence number.
 */
#include "random_commands.h"

#include <stdio.h>

enum { SEEDS = 150, COMMANDS = 400, TURN_MAX = 60 };

static void compare_turns(struct shop *one, struct shop *many, const struct random_mix *mix)
{
    struct random_command commands[TURN_MAX];
    uint32_t count = (uint32_t)(1 + random_below(TURN_MAX));
    char outcomes[TURN_MAX][256];

    for (uint32_t index = 0; index < count; index++) {
        commands[index] = random_command(mix);
        random_command_send(many, &commands[index]);
        random_command_send(one, &commands[index]);
        shop_run(one);
        (void)snprintf(outcomes[index], sizeof outcomes[index], "%s", shop_result(one, 0));
        shop_next_turn(one);
    }
    shop_run(many);
    for (uint32_t index = 0; index < count; index++)
        if (strcmp(shop_result(many, index), outcomes[index]) != 0)
            ck_abort_msg("message %u of %u: %s instead of %s", index, count, shop_result(many, index), outcomes[index]);
    shop_next_turn(many);
}

START_TEST(how_commands_are_cut_into_turns_cannot_be_seen)
{
    struct shop one;
    struct shop many;
    struct gw_buffer ends[2];
    struct random_mix mix;

    random_begin((uint64_t)_i);
    mix = random_mix();
    shop_open(&one);
    shop_open(&many);
    while (one.sent < COMMANDS)
        compare_turns(&one, &many, &mix);
    require_same_text(random_commands_end(&many, &ends[0]), random_commands_end(&one, &ends[1]));
    gw_buffer_done(&ends[0]);
    gw_buffer_done(&ends[1]);
    shop_close(&many);
    shop_close(&one);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("turn_model");
    TCase *tests = tcase_create("random");

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, how_commands_are_cut_into_turns_cannot_be_seen, 0, SEEDS);
    suite_add_tcase(suite, tests);
    return suite;
}
