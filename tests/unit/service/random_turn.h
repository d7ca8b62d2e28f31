/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns of random commands, for tests that run the same turns in two ways and compare what became of them. Such a test
 * draws a turn once, and sends it to each shop.
 */
#ifndef GW_TEST_RANDOM_TURN_H
#define GW_TEST_RANDOM_TURN_H

#include "random_commands.h"

enum { RANDOM_TURN_MAX = 60 };

struct random_turn {
    struct random_command commands[RANDOM_TURN_MAX];
    uint32_t count;
};

/* A turn of at least `least` and at most `most` commands. */
void random_turn_draw(struct random_turn *turn, const struct random_mix *mix, int64_t least, int64_t most);

/* Adds its commands to the shop's turn. With a source in shop->next each has a position of its own. */
void random_turn_send(struct shop *shop, const struct random_turn *turn);

/* What another worker does between load and apply of a turn. */
struct random_meeting {
    void (*run)(void *context);
    void *context;
};

/* Attempts and commits the shop's turn as a worker does: again after a temporary failure or a conflict, and the same
 * changeset after UNKNOWN. The meeting, which may be NULL, takes place once, between the first attempt and its commit.
 * Returns OK or ALREADY, and how often the commit conflicted. */
enum gw_status random_turn_run(struct shop *shop, const struct random_meeting *meeting, uint32_t *ret_conflicts);

/* Appends what became of the first `count` messages of the shop's turn, a line each. */
void random_turn_append_results(struct gw_buffer *text, struct shop *shop, uint32_t count);

/* Asserts that two texts made so are the same. */
void random_turn_require_same(struct gw_buffer *found, struct gw_buffer *expected);

/* Asserts that random commands have led to the same in both shops. */
void random_turn_require_same_end(struct shop *found, struct shop *expected);

#endif
