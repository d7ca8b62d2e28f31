/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events of one publish, and what the broker has said about each: confirmed, refused, returned, or nothing yet. It
 * knows the delivery tags of a channel, and no connection.
 *
 *   begin     A group. Every verdict is UNKNOWN, which means open.
 *   next      The event to send next, as long as there is room; it gets the next tag of the channel.
 *   confirm   A basic.ack or basic.nack. give_up, refuse and return_event set other verdicts.
 *   end       Forgets the group.
 *   reopen    Another connection, where tags begin at 1: what was sent and has no verdict is sent again.
 *
 * A nack makes its event TRANSIENT, and nothing more is sent in this group: the events behind it come again with it.
 * A return makes its event PERMANENT; its ack follows.
 *
 * Threads: one. Ownership: events and verdicts are borrowed from begin to end.
 */
#ifndef AMQP_PUBLISHER_WINDOW_H
#define AMQP_PUBLISHER_WINDOW_H

#include "order.h"

#include <gangway/error.h>
#include <gangway/port/publisher.h>

#include <stdbool.h>
#include <stdint.h>

struct window {
    const struct gw_array *events;
    struct gw_verdict *verdicts;
    struct order order;
    uint32_t *sent;      /* the event of each tag from first_tag on; ORDER_NONE: it has its answer */
    uint32_t sent_count; /* tags of this group on this connection */
    uint32_t sent_room;
    uint32_t answered;    /* the tags before it, counted from first_tag, have their answers */
    uint32_t unconfirmed; /* sent, and without an answer */
    uint32_t returned_at; /* where the search for a returned event begins */
    uint64_t first_tag;   /* of this group */
    uint64_t next_tag;    /* of the next event on this connection */
    bool was_sent;        /* an event was sent in this group, on any connection */
    bool has_nack;
    bool is_proven; /* the broker has confirmed an event on this connection */
};

/* Begins a group. False: no memory. */
bool window_begin(struct window *window, const struct gw_array *events, struct gw_verdict *verdicts);

/* Ends the group: its events and verdicts are no longer used, and answers that come for it are ignored. */
void window_end(struct window *window);

/* A new connection in confirm mode. */
void window_reopen(struct window *window);

/* Whether an event may be sent now while at most `limit` are unconfirmed. */
bool window_has_next(const struct window *window, uint32_t limit);

/* Takes the event that is sent next; there is one. Call window_note_sent when it was sent, which gives it a tag, or
 * window_refuse. */
uint32_t window_take(struct window *window);
void window_note_sent(struct window *window, uint32_t index);

/* Gives up an event for good, and lets those behind it pass. */
void window_refuse(struct window *window, uint32_t index, const char *answer);

/* The only event that is unconfirmed. False: there is none, or there are several. */
bool window_single(const struct window *window, uint32_t *ret_index);

/* Handles a basic.ack, or a basic.nack. Answers for events of earlier groups are ignored. OK; TRANSIENT: the tag was
 * never given. */
enum gw_status window_confirm(struct window *window, uint64_t tag, bool is_multiple, bool is_nack,
                              struct gw_error *reterr);

/* An event came back, because no queue takes it. False: none of the group has this id. */
bool window_return_event(struct window *window, struct gw_text id, const char *answer);

/* Whether there is nothing to wait for: every event has its verdict, or a nack stopped the group and the rest is
 * answered. */
bool window_is_done(const struct window *window);

/* How many verdicts are OK or PERMANENT, and whether all are. */
uint32_t window_settled(const struct window *window);
bool window_is_settled(const struct window *window);

/* Makes every verdict that is open TRANSIENT. */
void window_give_up(struct window *window, const char *answer);

/* Frees the memory. All zeros are fine. */
void window_done(struct window *window);

#endif
