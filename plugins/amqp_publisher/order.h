/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of a group: which of its events may be sent now. An event waits until the one before it with the same SKU
 * has its final verdict, so that no refusal by the broker (basic.nack) lets a later event of a SKU arrive first.
 *
 * Life cycle: all zeros, begin for each group, done. It borrows nothing. One thread.
 */
#ifndef AMQP_PUBLISHER_ORDER_H
#define AMQP_PUBLISHER_ORDER_H

#include <gangway/message.h>

#include <stdbool.h>
#include <stdint.h>

enum { ORDER_NONE = UINT32_MAX };

struct order {
    uint32_t count;
    uint32_t capacity;
    uint32_t *before; /* the event before with the same SKU; ORDER_NONE: there is none */
    uint32_t *behind; /* and the one behind */
    uint32_t *ready;  /* a queue */
    uint32_t first;   /* of the queue */
    uint32_t last;    /* behind its end */
    uint32_t *heads;  /* a hash table of the last event of each SKU */
    uint32_t head_count;
};

/* Links the events of a group, an array of struct gw_publication. False: no memory. */
bool order_begin(struct order *order, const struct gw_array *events);

/* Fills the queue: an event that is open waits only for one that is open too. */
void order_restart(struct order *order, bool is_open(const void *context, uint32_t index), const void *context);

/* Whether an event may be sent; order_take takes it. */
bool order_has_ready(const struct order *order);
uint32_t order_take(struct order *order);

/* An event has a final verdict, so the one behind it may be sent. */
void order_advance(struct order *order, uint32_t index);

/* Frees the memory. */
void order_done(struct order *order);

#endif
