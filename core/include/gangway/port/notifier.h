/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port: notifier. Notifies people by mail, in a chat or on a console.
 *
 * Life cycle
 *
 *   open       Allocates the instance. It does not connect: send does.
 *   send       Makes one attempt to notify one recipient. It connects when there is no connection.
 *   keepalive  Runs between two sends, while no notice is due.
 *   close      Runs once, after the last send has returned.
 *
 * Division of labour: the core stores the notices, decides when each is due, counts attempts and renders the texts. A
 * notifier knows its channel and nothing else.
 *
 * Recipients: an option of type RECIPIENT, alone or as the item of a list, decides how many notices an event makes: one
 * for each recipient. A plugin without such an option gets one notice per event, with an empty recipient.
 *
 * Texts: the core renders each option of type TEMPLATE for every notice and escapes the values as the option says.
 *
 * Repeats: delivery is at least once. If a notice was sent and recording it failed, it comes again with the same id.
 *
 * Threads: the relay of a destination has one instance, whatever the number of recipients. send, keepalive and close
 * run on that relay's thread, so a notifier needs no locks. A notifier waits with host->wait only, because that call
 * renews the relay's lease and returns CANCELLED at shutdown.
 *
 * Ownership: the notice, and all that it points to, belongs to the core and is borrowed for the call. The verdict is a
 * struct of the core that the notifier writes to.
 *
 * Units: deadline_ms is a value of host->monotonic_ms; unix_ms is UTC in milliseconds since 1970.
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

/* An event that a notice lists. */
struct gw_noticed_event {
    /* The idempotency key of the event. */
    struct gw_text id;

    /* The name of the event, such as OutOfStock. */
    struct gw_text type;
    struct gw_text sku;

    /* The fields of the event as a JSON object, in the order of the domain. */
    struct gw_text payload;

    /* Of struct gw_header: trace context that the command carried (traceparent, tracestate). */
    struct gw_array headers;

    /* Orders the events of one SKU, over all event types. */
    int64_t sequence;

    /* When the change was committed. */
    int64_t unix_ms;
};

/* A message to one recipient, about one event or several. A later minor version may add members at the end; compare
 * size before you read one that the first version did not have. */
struct gw_notice {
    uint32_t size; /* sizeof(struct gw_notice) in the core */

    /* The number of this attempt, from 1. A send that returned an error counts as no attempt. */
    uint32_t attempt;

    /* The idempotency key. Every attempt has the same one. */
    struct gw_text id;

    /* A value of the RECIPIENT option; empty for a plugin without one. */
    struct gw_text recipient;

    /* Of struct gw_rendered (publisher.h), in the order of the option table. If a template does not fit the event,
     * because the event is older than the bootstrap file, its text is the payload of the event. */
    struct gw_array rendered;

    /* Of struct gw_noticed_event, in the order in which the events happened; at least one. count is the number of
     * events that the notice is about, and may be higher than the number that is listed. */
    struct gw_array events;
    uint32_t count;
    uint32_t reserved;

    /* THREADS: what the channel answered (gw_verdict.answer) to the last notice of the same group and recipient that
     * was sent and is still kept. So a channel that writes into its answer where a conversation is can continue it,
     * also after a restart. Empty: there is none, the route has no group, or the repository keeps no notices. */
    struct gw_text last_answer;
};

/* The first event of a notice. Every notice has one. Borrowed as the notice is. */
static inline const struct gw_noticed_event *gw_notice_event(const struct gw_notice *notice)
{
    return (const struct gw_noticed_event *)gw_array_at(&notice->events, 0);
}

/* The rendered text of the TEMPLATE option `name`; the empty text when there is no such option. Borrowed as the notice
 * is. Cost: the number of templates. */
static inline struct gw_text gw_notice_text(const struct gw_notice *notice, const char *name)
{
    return gw_rendered_text(&notice->rendered, name);
}

/* Bits of gw_plugin.features. */
enum {
    GW_NOTIFIER_THREADS = 1u << 0 /* send uses gw_notice.last_answer */
};

/* The slots. MUST: the loader refuses a plugin without it. MAY: NULL where the plugin does without. */
struct gw_notifier_ops {
    uint32_t size; /* sizeof(struct gw_notifier_ops) in the plugin */
    uint32_t reserved;

    /*
     * MUST. Makes one attempt to notify one recipient, and returns by deadline_ms. The core has set the verdict
     * (publisher.h) to zero before.
     *
     * OK: the notice was sent, and the verdict says what the channel answered:
     *   OK: the channel has accepted the notice. It is delivered.
     *   TRANSIENT: this notice failed and may succeed later (the mailbox is full, the channel is busy), or there was no
     *     answer, so it may have arrived. It is an attempt of this notice, so one that is never answered is given up in
     *     the end and holds up no other. The core tries it again after retry_after_ms; where that is 0, after the
     *     backoff of the destination, and it sends other notices meanwhile. With retry_after_ms the whole destination
     *     pauses for that time, at most one hour, and then other notices are sent first.
     *   PERMANENT: the channel refuses this notice, and no repetition helps (no such recipient, text too long). The
     *     notice becomes a dead letter, or goes to the fallback of its route.
     * TRANSIENT: nothing was sent: no connection, or it was lost before the notice was sent. The whole destination
     *   waits, with backoff, and no attempt is counted.
     * CONFIG: nothing was sent, and an operator has to act, for example because a login was refused. The whole
     *   destination waits, and the core logs an error.
     * NOMEM: nothing was sent.
     * CANCELLED: host->wait returned it. The core treats the notice as not delivered.
     */
    enum gw_status (*send)(void *self, const struct gw_notice *notice, struct gw_verdict *verdict, int64_t deadline_ms,
                           struct gw_error *reterr);

    /* MAY. Keeps an idle connection alive, or closes it. The core calls it once a second while it waits for something
     * that delays the next send, and every GW_KEEPALIVE_IDLE_MS (publisher.h) while no notice is due. It must return at
     * once. */
    void (*keepalive)(void *self);
};

#ifdef __cplusplus
}
#endif

#endif
