/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages that the core has borrowed, in the order in which it got them, which is the order in which it settles
 * them. A message's handle is its number in that order.
 */
#ifndef KAFKA_CONSUMER_LENT_H
#define KAFKA_CONSUMER_LENT_H

#include "sources.h"

#include <gangway/message.h>

/* One borrowed message. The headers' memory stays with the place, for the next message there. */
struct loan {
    rd_kafka_message_t *message;
    struct source *source;
    struct gw_header *headers;
    size_t header_room;
};

/* A ring: numbers from first to next are lent. */
struct lent {
    struct loan *loans;
    uint64_t room; /* a power of two, or 0 */
    uint64_t first;
    uint64_t next;
};

/* The place of the next message; it is lent with lent_add. NULL: no memory. */
struct loan *lent_place(struct lent *lent);

/* Lends what was put there. Returns its handle. */
uint64_t lent_add(struct lent *lent, rd_kafka_message_t *message, struct source *source);

/* Room for the headers of a message at this place. NULL: no memory. */
struct gw_header *loan_headers(struct loan *loan, size_t count);

/* The loan of this handle; NULL when it is not lent. */
struct loan *lent_find(const struct lent *lent, uint64_t handle);

/* Destroys the oldest message. */
void lent_give_back(struct lent *lent);

uint64_t lent_count(const struct lent *lent);

/* Destroys all of them, too. */
void lent_done(struct lent *lent);

#endif
