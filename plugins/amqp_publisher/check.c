/* SPDX-License-Identifier: Apache-2.0 */
/* The slot check: connects, and looks at the exchange. The default exchange cannot be looked at, so the queue of a
 * fixed routing key is. Whether the user may write is known only when an event is published. */
#include "publisher.h"
#include "routing.h"

#include <string.h>

static amqp_bytes_t bytes_of(const char *text)
{
    return (amqp_bytes_t){.len = strlen(text), .bytes = (void *)(uintptr_t)text};
}

static enum gw_status look_at_exchange(struct publisher *self, struct gw_error *reterr)
{
    amqp_exchange_declare_t request = {.exchange = bytes_of(self->config->exchange), .passive = 1};

    return rabbit_link_ask(&self->link, AMQP_EXCHANGE_DECLARE_METHOD, &request, AMQP_EXCHANGE_DECLARE_OK_METHOD,
                           rabbit_broker_deadline(&self->broker), NULL, reterr);
}

static enum gw_status look_at_queue(struct publisher *self, const char *queue, struct gw_error *reterr)
{
    amqp_queue_declare_t request = {.queue = bytes_of(queue), .passive = 1};

    return rabbit_link_ask(&self->link, AMQP_QUEUE_DECLARE_METHOD, &request, AMQP_QUEUE_DECLARE_OK_METHOD,
                           rabbit_broker_deadline(&self->broker), NULL, reterr);
}

static enum gw_status report_exchange(struct publisher *self, const struct gw_report *report)
{
    const struct publisher_config *config = self->config;
    struct gw_error error = {0};
    enum gw_status status = GW_OK;

    if (config->exchange[0] != '\0') {
        status = look_at_exchange(self, &error);
        return gw_report_line(report, status, config->exchange, "%s",
                              status == GW_OK ? "exists, and is published to" : error.text);
    }
    if (!routing_is_fixed(config))
        return gw_report_line(report, GW_OK, "default exchange", "is published to; the queues are not known");
    status = look_at_queue(self, config->routing_key, &error);
    return gw_report_line(report, status, config->routing_key, "%s",
                          status == GW_OK ? "the queue exists, and is published to" : error.text);
}

enum gw_status publisher_check(void *opaque, const struct gw_report *report)
{
    struct publisher *self = opaque;
    struct gw_error error = {0};
    enum gw_status status = rabbit_broker_open(&self->broker, &self->link, 0, &error);
    const struct rabbit_address *node = rabbit_broker_node(&self->broker);

    if (status != GW_OK)
        return gw_report_line(report, status, "connection", "%s", error.text);
    (void)gw_report_line(report, GW_OK, "connection", "%s port %s", node->host, node->port);
    status = report_exchange(self, report);
    rabbit_link_close(&self->link, true);
    return status;
}
