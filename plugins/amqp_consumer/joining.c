/* SPDX-License-Identifier: Apache-2.0 */
/* A new connection: login, prefetch, consumers, in this order each time. See joining.h. */
#include "joining.h"

#include <stdio.h>
#include <string.h>

enum { TAG_MAX = 16 };

static void report_up(const struct consumer *self, int64_t is_up)
{
    self->host->metric(self->host, CONSUMER_METRIC_CONNECTION_UP, gw_text_of(NULL), is_up);
}

static int64_t call_deadline(const struct consumer *self)
{
    return self->host->monotonic_ms(self->host) + self->config->connect_timeout;
}

static amqp_bytes_t bytes_of(const char *text)
{
    return (amqp_bytes_t){.len = strlen(text), .bytes = (void *)text};
}

enum gw_status consumer_connect(struct consumer *self, struct gw_error *reterr)
{
    const struct rabbit_address *address = &self->address;
    const struct rabbit_settings settings = {
        .tls = self->tls,
        .host = address->host,
        .port = address->port,
        .vhost = address->vhost,
        .user = address->user != NULL ? address->user : "guest",
        .password = address->password != NULL ? address->password
                    : address->user != NULL   ? ""
                                              : "guest",
        .name = self->name,
        .heartbeat_ms = self->config->heartbeat,
        .max_body = (size_t)self->config->max_message,
    };

    return rabbit_link_open(&self->link, &settings, call_deadline(self), reterr);
}

/* The prefetch is that of each consumer (RabbitMQ), so it is divided among the queues. */
static enum gw_status set_prefetch(struct consumer *self, struct gw_error *reterr)
{
    const int64_t each = self->config->prefetch / (int64_t)self->config->queues.count;
    amqp_basic_qos_t qos = {.prefetch_count = (uint16_t)(each > 0 ? each : 1)};

    return rabbit_link_call(&self->link, RABBIT_CHANNEL, AMQP_BASIC_QOS_METHOD, &qos, AMQP_BASIC_QOS_OK_METHOD,
                            call_deadline(self), NULL, reterr);
}

static enum gw_status consume(struct consumer *self, uint64_t index, struct gw_error *reterr)
{
    const char *queue = self->config->queues.items[index].key;
    char tag[TAG_MAX];
    amqp_basic_consume_t request = {.queue = bytes_of(queue)};
    enum gw_status status;

    (void)snprintf(tag, sizeof tag, "%u", (unsigned)index);
    request.consumer_tag = bytes_of(tag);
    status = rabbit_link_call(&self->link, RABBIT_CHANNEL, AMQP_BASIC_CONSUME_METHOD, &request,
                              AMQP_BASIC_CONSUME_OK_METHOD, call_deadline(self), NULL, reterr);
    return status != GW_OK && reterr != NULL ? gw_error_wrap(reterr, reterr, "queue %s", queue) : status;
}

enum gw_status joining_join(struct consumer *self, struct gw_error *reterr)
{
    enum gw_status status;

    if (self->is_joined && rabbit_link_is_open(&self->link))
        return GW_OK;
    joining_leave(self);
    status = consumer_connect(self, reterr);
    if (status == GW_OK)
        status = set_prefetch(self, reterr);
    for (uint64_t index = 0; index < self->config->queues.count && status == GW_OK; index++)
        status = consume(self, index, reterr);
    if (status != GW_OK) {
        joining_leave(self);
        return status;
    }
    self->is_joined = true;
    report_up(self, 1);
    return GW_OK;
}

void joining_leave(struct consumer *self)
{
    rabbit_link_close(&self->link, true);
    lent_drop_waiting(&self->lent);
    self->is_joined = false;
    report_up(self, 0);
}

enum gw_status joining_look(struct consumer *self, const char *queue, uint32_t *ret_messages, uint32_t *ret_consumers,
                            struct gw_error *reterr)
{
    amqp_queue_declare_t request = {.queue = bytes_of(queue), .passive = 1};
    const amqp_queue_declare_ok_t *found;
    amqp_method_t answer;
    enum gw_status status = rabbit_link_call(&self->link, RABBIT_CHANNEL, AMQP_QUEUE_DECLARE_METHOD, &request,
                                             AMQP_QUEUE_DECLARE_OK_METHOD, call_deadline(self), &answer, reterr);

    if (status != GW_OK)
        return status;
    found = answer.decoded;
    *ret_messages = found->message_count;
    *ret_consumers = found->consumer_count;
    return GW_OK;
}
