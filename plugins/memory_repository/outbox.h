/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbox: rows to deliver, in a queue per destination. Notices are rows of an outbox of their own. A row lives from
 * the apply that adds it until it is settled; its memory is then reused. One thread at a time.
 */
#ifndef MEMORY_OUTBOX_H
#define MEMORY_OUTBOX_H

#include "hash.h"
#include "slab.h"
#include "table.h"

#include <gangway/port/repository.h>

#include <stdbool.h>

struct notice; /* notices.h */

struct outbox_row {
    struct outbox *outbox; /* the one that it was made for */
    struct destination *destination;
    struct outbox_row *after; /* for a list of rows that are not added yet */
    struct notice *notice;    /* what only a notice has; NULL: an event */
    struct gw_outbox_row row; /* its texts are in texts; its age is set when it is reported */
    uint64_t bytes;           /* of this struct with the texts */
    char texts[];
};

/* An entry of the queue. row is NULL when it is settled. */
struct pending {
    int64_t number;
    int64_t due_ms; /* 0: at once */
    struct outbox_row *row;
};

/* The queue: pending[first] to pending[end - 1], with rising numbers; the first one is not settled. */
struct destination {
    struct destination *next;
    struct pending *pending;
    uint64_t first;
    uint64_t end;
    uint64_t capacity;
    uint64_t count;         /* number of rows that are not settled */
    uint64_t later;         /* how many of those have a due time */
    uint64_t arriving;      /* number of rows that the changeset being checked adds */
    struct table open;      /* notices that events still join, by the hash of recipient and key */
    struct table repeating; /* notices with repeat_ms, by the same */
    uint64_t name_len;
    char name[];
};

struct outbox {
    struct slab *slab;
    struct destination *destinations;
    struct hash_key key;
    int64_t next_number;
};

void outbox_done(struct outbox *outbox);

static inline struct gw_text destination_name(const struct destination *destination)
{
    return gw_text_span(destination->name, destination->name_len);
}

/* Finds or makes the destination. NULL: no memory. */
struct destination *outbox_destination(struct outbox *outbox, struct gw_text name);

/* Copies a row. Pass it to outbox_add or outbox_drop. Its destination counts it as arriving. NULL: no memory. */
struct outbox_row *outbox_new(struct outbox *outbox, const struct gw_outbox_row *row);
void outbox_drop(struct outbox_row *row);

/* Reserves room in every queue for the arriving rows. False: no memory. */
bool outbox_reserve(struct outbox *outbox);

/* Adds an arriving row to the end of its queue. Returns its number. */
int64_t outbox_add(struct outbox_row *row);

/* The entry of the row with this number and stamp. NULL: it is settled. */
struct pending *outbox_find(struct outbox *outbox, struct gw_text destination, int64_t number, int64_t stamp);

/* Removes a row from its queue and frees it. */
void outbox_remove(struct outbox *outbox, struct pending *pending);

/* Sets the due time and the attempts of a row. */
void outbox_delay(struct pending *pending, uint32_t attempts, int64_t due_ms);

/* The slots of the port. */
struct outbox_look {
    int64_t after;
    uint32_t limit;
    uint32_t reserved;
    int64_t now_ms;
    int64_t longest_wait_ms;
    bool is_ending;         /* open notices are due */
    bool is_any;            /* all rows are */
    struct gw_array except; /* of struct gw_text: not those with these recipients */
};

/* Reports a row, whose age is set. */
typedef enum gw_status outbox_report_fn(const void *context, const struct outbox_row *pending,
                                        const struct gw_outbox_row *row);
enum gw_status outbox_tell(const struct outbox *outbox, struct gw_text destination, const struct outbox_look *look,
                           outbox_report_fn *report, const void *context, int64_t *ret_due_in_ms);

/* Adds what waits for a destination to a figure of it. */
void outbox_count(const struct outbox *outbox, struct gw_text destination, struct gw_outbox_figure *figure);

#endif
