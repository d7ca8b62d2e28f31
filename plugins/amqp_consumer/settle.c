/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slot settle. What the core has recorded is acknowledged, whatever its outcome, with one basic.ack for all: a
 * rejection would make a second dead letter in the broker. What the core returns goes back to its queue. A delivery of
 * an older connection is forgotten: its tag means another message, or nothing, on this one. So is one that was given
 * back.
 */
#include "consumer.h"

/* Whether the broker waits for the acknowledgement of the oldest delivery. */
static bool is_awaited(const struct consumer *self, const struct loan *loan)
{
    return loan->generation == self->link.generation && self->lent.first >= self->stale_before &&
           rabbit_link_is_open(&self->link);
}

static enum gw_status give_back(struct consumer *self, uint64_t tag, struct gw_error *reterr)
{
    amqp_basic_nack_t nack = {.delivery_tag = tag, .requeue = 1};

    return rabbit_link_send(&self->link, AMQP_BASIC_NACK_METHOD, &nack, reterr);
}

/* Settlements come in the order of the deliveries, so every tag below is settled, too. */
static enum gw_status acknowledge(struct consumer *self, uint64_t tag, struct gw_error *reterr)
{
    amqp_basic_ack_t ack = {.delivery_tag = tag, .multiple = 1};

    return tag > 0 ? rabbit_link_send(&self->link, AMQP_BASIC_ACK_METHOD, &ack, reterr) : GW_OK;
}

enum gw_status consumer_settle(void *opaque, const struct gw_settlement *settlements, uint32_t count,
                               struct gw_error *reterr)
{
    struct consumer *self = opaque;
    enum gw_status status = GW_OK;
    uint64_t highest = 0;

    for (uint32_t index = 0; index < count; index++) {
        const struct loan *loan;

        if (settlements[index].handle != self->lent.first || self->lent.first == self->lent.given)
            continue;
        loan = lent_at(&self->lent, self->lent.first);
        if (is_awaited(self, loan) && settlements[index].outcome != GW_OUTCOME_RETURNED)
            highest = loan->tag;
        else if (is_awaited(self, loan) && status == GW_OK)
            status = give_back(self, loan->tag, reterr);
        lent_free_first(&self->lent);
    }
    self->served_ms = self->host->monotonic_ms(self->host);
    if (status == GW_OK)
        status = acknowledge(self, highest, reterr);
    if (status == GW_OK && rabbit_link_is_open(&self->link))
        status = rabbit_link_serve(&self->link, reterr);
    if (status != GW_OK && status != GW_NOMEM)
        status = GW_TRANSIENT; /* the connection ended; poll says why, and opens another */
    if (status != GW_OK && reterr != NULL)
        reterr->status = (int32_t)status;
    return status;
}
