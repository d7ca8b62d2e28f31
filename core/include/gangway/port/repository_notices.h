/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port repository: notices, the messages to people that events become.
 *
 * An event for a notifier waits in the outbox, as one for a publisher does, without a recipient. The relay of the
 * notifier opens it: outbox_settle removes the event from the outbox and stores a notice for each recipient that the
 * bootstrap file names at that moment, in one transaction. So recipients can change until then, and an event is opened
 * exactly once. The relay then sends the notices one by one, and each has its own attempts and its own due time.
 *
 * Life cycle of a notice
 *
 *     outbox row -> outbox_settle, with drafts -> pending -> (the relay sends it) -> notices_settle
 *
 *     delivered   no longer pending; kept as sent until notices_expire or notices_forget removes it
 *     failed      pending again, with an attempt more and a due time
 *     refused     removed; a dead letter, or outbox rows for its targets
 *     rerouted    removed; outbox rows for its targets only
 *
 *     dead_requeue makes an outbox row of the dead letter, which is opened for its recipient again.
 *
 * Division of labour: the core decides who gets a notice, when it is due, and what becomes of it after an attempt. A
 * repository stores, reports in order and removes. It knows no recipient, no route and no limit of attempts.
 *
 * Groups: a draft with a group key joins the open notice of its destination, recipient and key, where there is one;
 * otherwise it begins one, which is open. A notice that is open gets further events until the first settlement that
 * names it: the relay settles it as `not delivered, due at once` before it sends it for the first time, so that every
 * attempt has the same contents. A join gives the notice the stamp of the draft. So a settlement that was made before
 * the join is skipped, and the joined event is not lost.
 *
 * Repeats: a notice with repeat_ms is not due
 *     - before repeat_ms after the last notice of its destination, recipient and key that was sent and is still kept,
 *       whether that was sent before it began or afterwards,
 *     - while a notice of them with a lower number and with repeat_ms is pending, even at an ending.
 * So of one group at most one notice is sent in that time, and events that come meanwhile are one notice. The core
 * keeps sent notices for longer than any repeat_ms.
 *
 * Waits: a repository keeps with the due time of a notice the wait that set it: wait_ms or repeat_ms of the draft,
 * repeat_ms after an earlier one of its group was sent, delay_ms of a failed attempt. A notice whose due time is
 * further away than that wait is due, because the clock was set back: no notice waits longer than one wait of its own,
 * however long those of other notices are.
 *
 * Identity: number and stamp identify a notice, as they identify an outbox row (repository_queues.h). The idempotency
 * key that the recipient sees is a hash of destination, recipient and the id of the first event. The core computes it
 * and no repository stores it, so a notice that comes back from a dead letter has the same key again.
 *
 * Sent notices are the history: to whom, when, with which answer. A repository keeps neither payload nor headers of
 * them. They are not pending, so notices_next and outbox_figures leave them out. notices_history reports them.
 *
 * Lease: the holder of the destination's lease opens and settles. Whoever reads needs no lease, and neither does
 * whoever expires or forgets.
 *
 * Ownership, times and visitors: as in repository_queues.h.
 */
#ifndef GANGWAY_PORT_REPOSITORY_NOTICES_H
#define GANGWAY_PORT_REPOSITORY_NOTICES_H

#include <gangway/abi.h>
#include <gangway/port/repository_queues.h>
#include <gangway/status.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A notice to store, of one settlement of outbox_settle. */
struct gw_notice_draft {
    /* The event as outbox_next reported it, with the recipient of this notice, which is empty for a notifier without
     * recipients. Everything of it is stored but number, stamp, age_ms, is_bare and index; a repository may take it
     * from its own row instead. It draws the number from a sequence of its own. */
    struct gw_outbox_row event;

    /* Events of one destination, recipient and key are told in one notice while that is open. Empty: the notice has
     * this event only and is never open. */
    struct gw_text key;

    /* The event as a line that ends with a newline, written by the core. Where the event joins a notice of fewer than
     * `max` events, the repository appends the line to gw_notice_row.further. */
    struct gw_text line;

    /* A notice that this draft begins is due in so many milliseconds; at least 0. */
    int64_t wait_ms;
    uint32_t max;
    uint32_t reserved;

    /* With a key, at most ten years. A notice that this draft begins is due at the earliest so long after the last one
     * of its destination, recipient and key that was sent, and waits while an earlier one of them is pending (Repeats,
     * above). 0: neither. */
    int64_t repeat_ms;
};

/* A pending notice, as notices_next reports it. */
struct gw_notice_row {
    /* The event that the notice is about, with the recipient. number and stamp are those of the notice; index and
     * is_bare are 0. attempts counts those that were made and have failed. age_ms counts from queued_unix_ms, when the
     * event came into the queue of its destination. */
    struct gw_outbox_row event;

    /* The lines of the events that joined and are listed, in their order. */
    struct gw_text further;

    /* Number of events of the notice, listed or not. */
    uint32_t count;

    /* 1: events of its key still join it. */
    uint32_t is_open;
};

/* What notices_next is to report. */
struct gw_notice_look {
    uint32_t size;

    /* At most so many, with numbers above `after`. */
    uint32_t limit;
    int64_t after;

    /* A notice whose due time is further away counts as due, because the settings were changed: the longest wait that
     * they now allow. One whose due time is further away than its own wait is due in any case (Waits, above). */
    int64_t longest_wait_ms;

    /* 1: open notices are due, because no further event will come. */
    uint32_t is_ending;

    /* 1: every notice is reported, due or not. */
    uint32_t is_any;

    /* Of struct gw_text: notices for these recipients are left out. May be empty. */
    struct gw_array except;
};

/* Receives notices in the order of their numbers, each once. A status other than OK ends the visit and is what the slot
 * returns. */
struct gw_notice_visitor {
    uint32_t size;
    uint32_t reserved;
    void *context;
    enum gw_status (*notice)(void *context, const struct gw_notice_row *notice);
};

/* Receives recipients, in any order; one may come several times for an event. A status other than OK ends the visit and
 * is what the slot returns. */
struct gw_recipient_visitor {
    uint32_t size;
    uint32_t reserved;
    void *context;
    enum gw_status (*recipient)(void *context, struct gw_text event_id, struct gw_text recipient);
};

/* Receives the answer that notices_last_answer looks for. A status other than OK is what the slot returns. */
struct gw_answer_visitor {
    uint32_t size;
    uint32_t reserved;
    void *context;
    enum gw_status (*answer)(void *context, struct gw_text answer);
};

/* A notice that was sent. A repository takes everything but the answer and the time from the pending notice. */
struct gw_sent_notice {
    /* The number that the notice had. */
    int64_t number;
    /* When the settlement that says so was recorded, by the repository's clock. */
    int64_t sent_unix_ms;
    struct gw_text destination;
    /* Empty for a notifier without recipients. */
    struct gw_text recipient;
    /* Id, type, SKU and time of the first event. */
    struct gw_text event_id;
    struct gw_text type;
    struct gw_text sku;
    int64_t event_unix_ms;
    /* The answer of the settlement, for people; may be empty. */
    struct gw_text answer;
    /* Number of events of the notice. */
    uint32_t count;
    /* Attempts that were made, the last one included. */
    uint32_t attempts;
};

/* What notices_history is to report. */
struct gw_sent_look {
    uint32_t size;

    /* At most so many. */
    uint32_t limit;

    /* Of a further page, time and number of the last notice of the page before; otherwise 0. */
    int64_t after_unix_ms;
    int64_t after_number;

    /* Only those that were sent at most so long ago, by the repository's clock; 0: of any age. */
    int64_t within_ms;

    /* Only those for exactly this recipient; empty: for any. */
    struct gw_text recipient;
};

/* Receives sent notices in the order of their times, then of their numbers. A status other than OK ends the visit and
 * is what the slot returns. */
struct gw_sent_visitor {
    uint32_t size;
    uint32_t reserved;
    void *context;
    enum gw_status (*sent)(void *context, const struct gw_sent_notice *sent);
};

#ifdef __cplusplus
}
#endif

#endif
