/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port: publisher. Sends events to a topic, a queue or a file.
 *
 * Life cycle
 *
 *   open       Allocates the instance. It does not connect: publish does.
 *   publish    Sends a group of events and returns a verdict on each. It connects when there is no connection.
 *   keepalive  Runs between two groups, while there is nothing to send.
 *   close      Runs once, after the last publish has returned.
 *
 * Division of labour: the core reads the outbox, repeats with backoff and records what was delivered. A publisher tries
 * each event once per call and keeps no queue of its own beyond the call.
 *
 * Order and repeats: the core sends groups one after another. After a failure it sends again from the first event that
 * was not confirmed. So every event arrives at least once and always with the same id, and the first deliveries of the
 * events of one SKU are in order. A receiver drops repeats by the id.
 *
 * Threads: the relay of a destination has one instance. publish, keepalive and close run on that relay's thread, so a
 * publisher needs no locks. A publisher waits with host->wait only, because that call renews the relay's lease and
 * returns CANCELLED at shutdown.
 *
 * Texts: the core renders each option of type TEMPLATE for every event and escapes the values as the option says.
 *
 * Ownership: publications, and all that they point to, belong to the core and are borrowed for the call. The verdicts
 * are an array of the core that the publisher writes to.
 *
 * Units: deadline_ms is a value of host->monotonic_ms; unix_ms is UTC in milliseconds since 1970.
 */
#ifndef GANGWAY_PORT_PUBLISHER_H
#define GANGWAY_PORT_PUBLISHER_H

#include <gangway/abi.h>
#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/message.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { GW_KEEPALIVE_IDLE_MS = 3000 }; /* how often a relay without work calls keepalive */

/* A rendered template: the name of its option and its text for this event or notice. */
struct gw_rendered {
    struct gw_text name;
    struct gw_text text;
};

/* The text of the TEMPLATE option `name` among some struct gw_rendered; the empty text when there is no such option.
 * Cost: the number of templates. */
static inline struct gw_text gw_rendered_text(const struct gw_array *rendered, const char *name)
{
    uint32_t index;

    for (index = 0; index < rendered->count; index++) {
        const struct gw_rendered *one = (const struct gw_rendered *)gw_array_at(rendered, index);
        if (gw_text_is(one->name, name))
            return one->text;
    }
    return gw_text_of(NULL);
}

/* One event to send. Borrowed for the call. All texts but the headers are UTF-8. */
struct gw_publication {
    /* The idempotency key. Every repeat of the event has the same one. */
    struct gw_text id;

    /* The name of the event, such as Allocated. */
    struct gw_text type;

    /* The key for partitioning: the events of one SKU must keep their order. */
    struct gw_text sku;

    /* The fields of the event as a JSON object, in the order of the domain. */
    struct gw_text payload;

    /* Of struct gw_header: trace context that the command carried (traceparent, tracestate). */
    struct gw_array headers;

    /* Of struct gw_header: the attributes of CloudEvents 1.0, with names without a prefix: specversion, id, source,
     * type, time, subject, sequence, datacontenttype. A protocol with headers sends them by its binding of CloudEvents:
     * Kafka as `ce_NAME`, and datacontenttype as `content-type`. */
    struct gw_array attributes;

    /* Of struct gw_rendered, in the order of the option table: the plugin's options of type TEMPLATE, such as a routing
     * key. A template may name the fields of the event, and `type`. If it does not fit the event, because the event is
     * older than the bootstrap file, the pointer of its text is NULL. */
    struct gw_array rendered;

    /* Orders the events of one SKU, over all event types. On the wire it has 20 digits, padded with zeros. */
    int64_t sequence;

    /* When the change was committed. */
    int64_t unix_ms;
};

/* The verdict on one publication or notice. The core sets it to zero, which is OK, before the call. */
struct gw_verdict {
    /*
     * enum gw_status:
     * OK: the other side has accepted the event durably. A queued or buffered event is not OK.
     * TRANSIENT: the event may not have arrived. The core sends it again.
     * PERMANENT: the other side refuses the event, and no repetition helps. It becomes a dead letter.
     */
    int32_t status;

    /* TRANSIENT: the pause that the other side asked for; 0 when it asked for none. The core sends nothing to the whole
     * destination for that time, at most one hour. Ignored with another status. */
    int32_t retry_after_ms;

    /* The answer of the other side, NUL-terminated, for people. The core logs it. For a refused event it becomes the
     * reason of the dead letter; for a notice it is stored with each failed attempt. */
    char answer[240];
};

/* The slots. MUST: the loader refuses a plugin without it. MAY: NULL where the plugin does without. */
struct gw_publisher_ops {
    uint32_t size; /* sizeof(struct gw_publisher_ops) in the plugin */
    uint32_t reserved;

    /*
     * MUST. Sends a group, pipelined where the protocol can, and returns when each event has its verdict or
     * deadline_ms has come. verdicts[i] is the verdict on publications[i]; an event without an answer at the deadline
     * is TRANSIENT. An event behind one that failed may be OK only if it was really sent: the core repeats from the
     * first failure on, so a receiver may see it twice, but never misses one.
     *
     * OK: every verdict is set, whatever they say.
     * TRANSIENT: there is no connection, and no event was sent. The verdicts mean nothing. The core backs off and sends
     *   the group again.
     * CONFIG: the same, but an operator has to act, for example because a login was refused. The core logs an error.
     * NOMEM: no event was sent.
     * CANCELLED: host->wait returned it. The core treats the group as not delivered.
     */
    enum gw_status (*publish)(void *self, const struct gw_array *publications, struct gw_verdict *verdicts,
                              int64_t deadline_ms, struct gw_error *reterr);

    /* MAY. Sends the heartbeats of the protocol. The core calls it once a second while it waits for something that
     * delays the next publish, and every GW_KEEPALIVE_IDLE_MS while there is nothing to send. It must return at once.
     */
    void (*keepalive)(void *self);
};

#ifdef __cplusplus
}
#endif

#endif
