/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns that use everything: every command, ids, a position, dead letters, a replay, lines that move, several rounds of
 * loading. For tests in which memory runs out somewhere.
 */
#ifndef GW_TEST_HARD_TURN_H
#define GW_TEST_HARD_TURN_H

#include "shop.h"

enum { HARD_TURNS = 2 };

/* Opens a shop with the stock that the turns work on. */
void hard_turn_open(struct shop *shop);

/* Adds the messages of turn number `which`. The first is a little of everything, the second two commands that need
 * much. */
void hard_turn_send(struct shop *shop, int which);

/* Everything in the shop that a turn may change, as text. The caller frees it. */
char *hard_turn_state(struct shop *shop);

#endif
