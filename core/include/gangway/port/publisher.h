/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port: publisher. Where events go: a topic, a queue, a file.
 *
 * Life cycle
 *
 *   open        Allocates. The relay of the destination has one instance.
 *   publish     Sends a group of events and returns with a verdict on each. It connects when it has to.
 *   keepalive   Between two groups, while there is nothing to send.
 *   close       After the last publish has returned.
 *
 * Threads: one instance belongs to one relay. publish, keepalive and close are called on that relay's thread, one at a
 * time, so a publisher needs no locks. It waits with host->wait, never otherwise.
 *
 * Order and repeats. The core sends groups one after another, and repeats from the first event on that was not
 * confirmed, with backoff; a publisher tries once. So an event arrives at least once, with the same id, and the first
 * deliveries of the events of one SKU are in order.
 *
 * Ownership: publications, and all that they point to, are borrowed for the call. Verdicts are the core's.
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

/* An event on its way out. Borrowed for the call. */
struct gw_publication {
    struct gw_text id;       /* the idempotency key: the same however often it is sent */
    struct gw_text type;     /* the event's name, such as Allocated */
    struct gw_text sku;      /* the key: messages of one SKU keep their order */
    struct gw_text payload;  /* the event's fields as a JSON object, in the domain's order */
    struct gw_array headers; /* of struct gw_header: what goes from cause to effect (traceparent, tracestate) */

    /* Of struct gw_header: the event's attributes of CloudEvents 1.0, ready made, names without a prefix: specversion,
     * id, source, type, time, subject, sequence, datacontenttype. A protocol that carries headers sends them by its
     * binding of CloudEvents: Kafka as `ce_NAME`, and datacontenttype as `content-type`. */
    struct gw_array attributes;

    int64_t sequence; /* rises per SKU, over all event types; on the wire 20 digits, zero padded */
    int64_t unix_ms;  /* when the change was committed */
};

/* The verdict on one publication or notice. The core clears it before the call. */
struct gw_verdict {
    /* enum gw_status. OK: the other side has it for good. TRANSIENT: it may not have it; the core sends it again.
     * PERMANENT: the other side refuses it, and no repetition helps. */
    int32_t status;

    /* TRANSIENT: how long the other side asks to be left alone, or 0 when it says nothing. The whole destination pauses
     * that long, at most an hour. Ignored with another status. */
    int32_t retry_after_ms;

    /* What the other side said, NUL-terminated, for a person. Logged; of a refused event it is the reason of the dead
     * letter, of a notice it is stored with each attempt that failed. */
    char answer[240];
};

struct gw_publisher_ops {
    uint32_t size; /* sizeof(struct gw_publisher_ops) in the plugin */
    uint32_t reserved;

    /*
     * MUST. Sends a group, pipelined inside, and returns when every message has its verdict or deadline_ms
     * (host->monotonic_ms) has come; verdicts[i] is publications[i]'s. OK in a verdict means that the other side has
     * it for good, never that it is queued. After the first that failed, later ones may only be OK when they were
     * sent in spite of it; the core sends again from the first failure on, so a repeat is possible, a gap is not.
     * Returns OK when the verdicts are all set, whatever they say; TRANSIENT, CONFIG: there is no connection, none
     * was sent and the verdicts mean nothing; NOMEM, CANCELLED likewise.
     */
    enum gw_status (*publish)(void *self, const struct gw_array *publications, struct gw_verdict *verdicts,
                              int64_t deadline_ms, struct gw_error *reterr);

    /* MAY. Heartbeats, once a second while there is nothing to send. */
    void (*keepalive)(void *self);
};

#ifdef __cplusplus
}
#endif

#endif
