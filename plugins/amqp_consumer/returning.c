/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slot keepalive: heartbeats, and giving deliveries back. While the repository is away, the core keeps what a poll
 * gave it. RabbitMQ would close the channel after its consumer_timeout. So after a minute everything goes back to the
 * queues, once, and the next poll consumes again. What the core applies nevertheless is a duplicate when it comes
 * again.
 */
#include "consumer.h"
#include "queue.h"

#include <gangway/event_code.h>

enum { GIVE_BACK_AFTER_MS = 60 * 1000, MS = 1000 };

static enum gw_status requeue_all(struct consumer *self, struct gw_error *reterr)
{
    amqp_basic_nack_t nack = {.delivery_tag = 0, .multiple = 1, .requeue = 1}; /* tag 0: all of the channel */
    enum gw_status status = queues_cancel(self, reterr);

    return status == GW_OK ? rabbit_link_send(&self->link, AMQP_BASIC_NACK_METHOD, &nack, reterr) : status;
}

static void give_back(struct consumer *self)
{
    const uint64_t count = self->lent.next - self->lent.first;

    if (requeue_all(self, NULL) != GW_OK)
        return; /* no memory; tried again a second later */
    lent_drop_waiting(&self->lent);
    queues_forget(self);
    self->stale_before = self->lent.next;
    self->is_given_back = true;
    self->link.is_paused = false;
    gw_host_log(
        self->host, GW_CODE_AMQP_GIVEN_BACK,
        "the repository has not answered for %d s: gave %llu messages back to their queues; consuming again when "
        "it answers",
        GIVE_BACK_AFTER_MS / MS, (unsigned long long)count);
}

/* What was delivered meanwhile waits for the next poll, which also says what failed. */
void consumer_keepalive(void *opaque)
{
    struct consumer *self = opaque;

    if (!self->is_joined || !rabbit_link_is_open(&self->link))
        return;
    if (!self->is_given_back && self->lent.next > self->lent.first &&
        self->host->monotonic_ms(self->host) - self->served_ms >= GIVE_BACK_AFTER_MS)
        give_back(self);
    (void)rabbit_link_serve(&self->link, NULL);
}
