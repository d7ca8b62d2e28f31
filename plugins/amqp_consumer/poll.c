/* SPDX-License-Identifier: Apache-2.0 */
/* The slot poll: hands over what was delivered, and serves the connection while there is nothing. */
#include "consumer.h"
#include "delivery.h"
#include "joining.h"
#include "queue.h"
#include "tag.h"

#include <stdlib.h>

enum gw_status consumer_take(void *context, struct rabbit_content *content, struct gw_error *reterr)
{
    struct consumer *self = context;
    struct loan *loan;

    if (self->is_given_back) { /* it is in its queue again */
        free(content);
        return GW_OK;
    }
    loan = lent_add(&self->lent, content);
    if (loan == NULL) {
        free(content);
        return gw_error_set(reterr, GW_NOMEM, "no memory for a delivery");
    }
    loan->generation = self->link.generation;
    self->link.is_paused = self->lent.waiting_bytes >= (size_t)self->config->prefetch_bytes;
    return GW_OK;
}

/* What was delivered before the cancel stays valid. */
enum gw_status consumer_hear(void *context, const amqp_method_t *method, struct gw_error *reterr)
{
    struct consumer *self = context;
    const amqp_basic_cancel_t *cancel = method->decoded;
    uint64_t index;

    if (method->id != AMQP_BASIC_CANCEL_METHOD)
        return gw_error_set(reterr, GW_TRANSIENT, "the broker acknowledged something that was not published");
    if (!consumer_tag_read(cancel->consumer_tag, self->config->queues.count, &index))
        return gw_error_set(reterr, GW_TRANSIENT, "the broker cancelled a consumer that does not exist");
    queue_cancelled(self, index);
    return GW_OK;
}

/* Gives what waits. OK; otherwise the first that could not be given still waits. */
static enum gw_status give(struct consumer *self, uint32_t max, struct gw_entrypoint_sink *sink, uint32_t *ret_given,
                           struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (*ret_given = 0; *ret_given < max && self->lent.given < self->lent.next; ++*ret_given) {
        struct gw_message message;

        recycle_amqp_pool(&self->pool);
        status =
            delivery_read(lent_at(&self->lent, self->lent.given), &self->config->queues, &self->pool, &message, reterr);
        if (status != GW_OK)
            return status;
        message.handle = self->lent.given;
        if (sink->message(sink, &message) != GW_OK)
            return gw_error_set(reterr, GW_NOMEM, "no memory for a message");
        lent_give(&self->lent);
    }
    self->link.is_paused = self->lent.waiting_bytes >= (size_t)self->config->prefetch_bytes;
    return GW_OK;
}

/* A turn takes half of what the broker delivers ahead, so that it delivers the other half meanwhile. */
static uint32_t most(const struct consumer *self, uint32_t max)
{
    const int64_t half = (self->config->prefetch + 1) / 2;

    return half < (int64_t)max ? (uint32_t)half : max;
}

/* What waits is given, also when no queue can be read any more. */
static enum gw_status prepare(struct consumer *self, struct gw_error *reterr)
{
    enum gw_status status = joining_join(self, reterr);

    return status == GW_CONFIG && self->lent.given < self->lent.next ? GW_OK : status;
}

enum gw_status consumer_poll(void *opaque, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
                             struct gw_error *reterr)
{
    struct consumer *self = opaque;
    const int64_t deadline_ms = self->host->monotonic_ms(self->host) + timeout_ms;
    enum gw_status status = prepare(self, reterr);
    uint32_t given = 0;

    while (status == GW_OK) {
        status = rabbit_link_serve(&self->link, reterr);
        if (status == GW_OK)
            status = give(self, most(self, max), sink, &given, reterr);
        if (status != GW_OK && status != GW_NOMEM)
            joining_leave(self);
        if (status != GW_OK || given > 0 || self->host->monotonic_ms(self->host) >= deadline_ms)
            break;
        status = rabbit_link_wait(&self->link, deadline_ms, reterr);
    }
    self->served_ms = self->host->monotonic_ms(self->host);
    return status;
}
