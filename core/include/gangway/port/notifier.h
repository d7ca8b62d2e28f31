/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port: notifier. How people are notified: by mail, in a chat, on a console.
 *
 * Life cycle
 *
 *   open        Allocates. The relay of the destination has one instance, whatever the number of recipients.
 *   send        One attempt for one recipient. The core keeps the notices, their due times and their retries, and
 *               renders the texts, so that a notifier knows its channel and nothing else. It connects when it has to.
 *   keepalive   Between two sends, while nothing is due.
 *   close       After the last send has returned.
 *
 * Threads: one instance belongs to one relay. send, keepalive and close are called on that relay's thread, one at a
 * time, so a notifier needs no locks. It waits with host->wait, never otherwise.
 *
 * Ownership: the notice, and all that it points to, is borrowed for the call. The verdict is the core's.
 *
 * Units: times are milliseconds; deadline_ms is of host->monotonic_ms, unix_ms of the time of day since 1970 in UTC.
 *
 * Recipients and texts. An option of type RECIPIENT, alone or as item of a list, says how many notices an event makes:
 * one for each recipient. A plugin without such an option gets one notice per event, with an empty recipient. Options
 * of type TEMPLATE are rendered for each notice, with their escape.
 *
 * Delivery is at least once: a notice that was sent comes again with the same id when recording that failed.
 */
#ifndef GANGWAY_PORT_NOTIFIER_H
#define GANGWAY_PORT_NOTIFIER_H

#include <gangway/abi.h>
#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/message.h>
#include <gangway/port/publisher.h>
#include <gangway/text.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A rendered template: the option's name and its text for this notice. A template that does not fit its event any more,
 * because the row is older than the file, is rendered as the event's payload. */
struct gw_rendered {
    struct gw_text name;
    struct gw_text text;
};

/* An event that a notice lists. */
struct gw_noticed_event {
    struct gw_text id;
    struct gw_text type; /* the event's name, such as OutOfStock */
    struct gw_text sku;
    struct gw_text payload;  /* the event's fields as a JSON object, in the domain's order */
    struct gw_array headers; /* of struct gw_header: what goes from cause to effect (traceparent, tracestate) */
    int64_t sequence;        /* rises per SKU, over all event types */
    int64_t unix_ms;         /* when the change was committed */
};

/* A message to one recipient, about one event or several. A later minor version may add fields at the end: compare size
 * before one is read that the first version did not have. */
struct gw_notice {
    uint32_t size;     /* sizeof(struct gw_notice) in the core */
    uint32_t attempt;  /* from 1; those of a send that returned an error are not counted */
    struct gw_text id; /* the idempotency key: the same however often it is tried */
    struct gw_text recipient;
    struct gw_array rendered; /* of struct gw_rendered, in the order of the option table */

    /* The events that it is about, in the order in which they happened. count may be more than are listed; at least one
     * is listed. */
    struct gw_array events; /* of struct gw_noticed_event */
    uint32_t count;
    uint32_t reserved;
};

/* The first event of a notice, which every notice has. Borrowed as the notice is. */
static inline const struct gw_noticed_event *gw_notice_event(const struct gw_notice *notice)
{
    return (const struct gw_noticed_event *)gw_array_at(&notice->events, 0);
}

/* The rendered text of the template option `name`; the empty text when there is none. */
static inline struct gw_text gw_notice_text(const struct gw_notice *notice, const char *name)
{
    uint32_t index;

    for (index = 0; index < notice->rendered.count; index++) {
        const struct gw_rendered *rendered = (const struct gw_rendered *)gw_array_at(&notice->rendered, index);
        if (gw_text_is(rendered->name, name))
            return rendered->text;
    }
    return gw_text_of(NULL);
}

struct gw_notifier_ops {
    uint32_t size; /* sizeof(struct gw_notifier_ops) in the plugin */
    uint32_t reserved;

    /*
     * MUST. One attempt to notify one recipient, ended by deadline_ms at the latest.
     *
     * OK: the verdict (publisher.h), which the core has cleared, is set:
     *   OK         the channel has accepted the notice; it is done.
     *   TRANSIENT  this one failed, and may succeed later: the mailbox is full, the channel is busy. It comes again
     * after retry_after_ms or, where that is 0, after the backoff of the destination; others are sent meanwhile. With
     *              retry_after_ms the other side has asked for a pause: no notice of this destination is sent until
     *              then, at most for an hour.
     *   PERMANENT  the channel refuses this notice, and no repetition helps: no such recipient, too long. It becomes a
     *              dead letter, or goes to the fallback of its route.
     *   answer is what the other side said. The core stores it with the notice, for operators.
     * TRANSIENT: nothing was sent: no connection, no answer. The whole destination waits, with backoff.
     * CONFIG: nothing was sent, and an operator has to act: a login was refused. The same, logged as what it is.
     * NOMEM: nothing was sent. CANCELLED: host->wait returned it; nothing was sent, or it is not known.
     */
    enum gw_status (*send)(void *self, const struct gw_notice *notice, struct gw_verdict *verdict, int64_t deadline_ms,
                           struct gw_error *reterr);

    /* MAY. Keeps a connection alive, or drops one that is idle: once a second while nothing is sent. Returns at once.
     */
    void (*keepalive)(void *self);
};

#ifdef __cplusplus
}
#endif

#endif
