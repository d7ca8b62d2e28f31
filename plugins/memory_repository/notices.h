/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notices: rows of an outbox of their own, with what only a notice has. A notice of a group is in tables of its
 * destination while events join it, and while it has repeat_ms. One thread at a time.
 */
#ifndef MEMORY_NOTICES_H
#define MEMORY_NOTICES_H

#include "outbox.h"
#include "sent.h"

/* An event that joined a notice and is listed there. */
struct notice_line {
    struct notice_line *next;
    uint64_t len;
    char text[];
};

struct notice {
    struct outbox_row *row;
    uint64_t hash; /* of recipient and key */
    struct notice_line *first;
    struct notice_line *last;
    struct notice_line *joining; /* of a row that is not added yet: its line in the notice that it joins */
    int64_t wait_ms;             /* that set the due time; of a row that is not added yet: of its draft */
    int64_t repeat_ms;           /* since the last one of the group that was sent; 0: whenever */
    bool is_repeating;           /* in the destination's table of these */
    struct notice *ahead;        /* of the same group, with repeat_ms too, and pending: this one waits; NULL: none */
    uint32_t max;                /* of a row that is not added yet */
    uint32_t count;
    bool is_open;
    uint64_t bytes; /* of this struct with the key */
    uint64_t key_len;
    char key[];
};

static inline struct gw_text notice_key(const struct notice *notice)
{
    return gw_text_span(notice->key, notice->key_len);
}

/* The row of a draft, with all memory that adding it needs. Pass it to notice_add or outbox_drop. NULL: no memory. */
struct outbox_row *notice_new(struct outbox *outbox, const struct gw_notice_draft *draft);

/* Adds an arriving row with this stamp to the end of its queue, or to the open notice that it joins. */
void notice_add(struct outbox_row *row, int64_t stamp, const struct sent_notices *sent, int64_t now_ms);

/* The row was sent, and is still there: those of its group wait. */
void notice_sent(struct outbox_row *row, int64_t now_ms);

/* Whether the row waits for an earlier one of its group. */
bool notice_is_behind(const struct outbox_row *row);

/* An attempt failed, and the next one is due after this wait: no event joins it any more. No effect on the row of an
 * event. */
void notice_failed(struct outbox_row *row, int64_t wait_ms);

/* How long the row waits at most, by what set its due time. An event has no limit of its own. */
int64_t notice_longest_wait_ms(const struct outbox_row *row);

/* Whether events still join the row. */
bool notice_is_open(const struct outbox_row *row);

/* Gives back what only a notice has. No effect on the row of an event. */
void notice_drop(struct outbox_row *row);

/* The slot of the port. */
enum gw_status notices_tell(const struct outbox *notices, struct gw_text destination, const struct outbox_look *look,
                            const struct gw_notice_visitor *visitor, int64_t *ret_due_in_ms);

#endif
