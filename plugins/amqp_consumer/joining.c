/* SPDX-License-Identifier: Apache-2.0 */
/* A new connection: login, prefetch, consumers, in this order each time. See joining.h. */
#include "joining.h"

#include "queue.h"

static void report_up(const struct consumer *self, int64_t is_up)
{
    self->host->metric(self->host, CONSUMER_METRIC_CONNECTION_UP, gw_text_of(NULL), is_up);
}

enum gw_status consumer_connect(struct consumer *self, struct gw_error *reterr)
{
    return rabbit_broker_open(&self->broker, &self->link, (size_t)self->config->max_message, reterr);
}

/* The prefetch is that of each consumer (RabbitMQ), so it is divided among the queues. */
static enum gw_status set_prefetch(struct consumer *self, struct gw_error *reterr)
{
    const int64_t each = self->config->prefetch / (int64_t)self->config->queues.count;
    amqp_basic_qos_t qos = {.prefetch_count = (uint16_t)(each > 0 ? each : 1)};

    return rabbit_link_call(&self->link, RABBIT_CHANNEL, AMQP_BASIC_QOS_METHOD, &qos, AMQP_BASIC_QOS_OK_METHOD,
                            rabbit_broker_deadline(&self->broker), NULL, reterr);
}

static enum gw_status connect_and_tune(struct consumer *self, struct gw_error *reterr)
{
    enum gw_status status;

    joining_leave(self);
    status = consumer_connect(self, reterr);
    if (status == GW_OK)
        status = set_prefetch(self, reterr);
    if (status != GW_OK)
        return status;
    self->is_joined = true;
    report_up(self, 1);
    return GW_OK;
}

/* The answer comes behind the last delivery of the consumers that were cancelled. */
static enum gw_status resume(struct consumer *self, struct gw_error *reterr)
{
    enum gw_status status = set_prefetch(self, reterr);

    if (status == GW_OK)
        self->is_given_back = false;
    return status;
}

enum gw_status joining_join(struct consumer *self, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    if (!self->is_joined || !rabbit_link_is_open(&self->link))
        status = connect_and_tune(self, reterr);
    else if (self->is_given_back)
        status = resume(self, reterr);
    if (status == GW_OK && self->consumed < self->config->queues.count)
        status = queues_consume(self, reterr);
    if (status != GW_OK && !(status != GW_NOMEM && rabbit_link_is_open(&self->link)))
        joining_leave(self);
    return status;
}

void joining_leave(struct consumer *self)
{
    rabbit_link_close(&self->link, true);
    lent_drop_waiting(&self->lent);
    queues_forget(self);
    self->is_joined = false;
    self->is_given_back = false;
    report_up(self, 0);
}
