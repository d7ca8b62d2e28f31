/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands at random, for tests that run the same ones in two ways and compare where they end: few SKUs, few orders and
 * few batches, so that everything that can meet does.
 */
#ifndef GW_TEST_RANDOM_COMMANDS_H
#define GW_TEST_RANDOM_COMMANDS_H

#include "shop.h"

#include <stdbool.h>
#include <stdint.h>

/* Begins a sequence of random numbers that is the same for the same seed. */
void random_begin(uint64_t seed);

/* The next one, from 0 to below - 1. */
int64_t random_below(int64_t below);

enum command_kind { CREATE, ALLOCATE, DEALLOCATE, CHANGE, REFUSED };

struct random_command {
    enum command_kind kind;
    const char *ref, *sku, *orderid, *eta;
    int64_t qty;
    int id; /* 0: the message has none */
    bool is_answered;
};

/* How many names of each kind there are. */
enum { RANDOM_NAMES = 400 };

/* How the commands are spread: each from so many names, and quantities up to these. */
struct random_mix {
    int64_t skus, refs, orders, line_qty, batch_qty, ids;
};

struct random_mix random_mix(void);
struct random_command random_command(const struct random_mix *mix);

/* Adds it as the next message of the shop's turn. */
void random_command_send(struct shop *shop, const struct random_command *command);

/* All that random commands may have led to: stock with its lines, orders, rows and dead letters. Valid until the
 * buffer, which it makes, is done with. */
const char *random_commands_end(struct shop *shop, struct gw_buffer *end);

#endif
