/* SPDX-License-Identifier: Apache-2.0 */
/* The slot check: connects, and looks at each queue without consuming it. */
#include "consumer.h"
#include "queue.h"

#include <stdlib.h>

enum { DECIMAL = 10, LIMITS_DELIVERIES_SINCE = 4 };

static const char *name_of(const struct consumer *self, uint64_t index)
{
    return self->config->queues.items[index].key;
}

static enum gw_status report_found(const struct consumer *self, uint64_t index, uint32_t messages, uint32_t consumers,
                                   const struct gw_report *report)
{
    return gw_report_line(report, GW_OK, name_of(self, index), "is read as %s; %u messages wait, %u consumers",
                          self->config->queues.items[index].value, (unsigned)messages, (unsigned)consumers);
}

/* A queue that exists is declared here, too: that creates nothing, and compares its properties with the file's. */
static enum gw_status check_queue(struct consumer *self, uint64_t index, const struct gw_report *report)
{
    const bool declares = self->config->declare;
    struct gw_error error = {0};
    uint32_t messages = 0;
    uint32_t consumers = 0;
    enum gw_status status = rabbit_link_is_open(&self->link) ? GW_OK : consumer_connect(self, &error);

    if (status == GW_OK)
        status = queue_look(self, index, &messages, &consumers, &error);
    if (status == GW_CONFIG && declares && rabbit_link_is_open(&self->link) && self->link.refused == AMQP_NOT_FOUND)
        return gw_report_line(report, GW_OK, name_of(self, index), "does not exist; `gangway run` declares it");
    if (status == GW_OK && declares)
        status = queue_declare(self, index, &error);
    if (status != GW_OK)
        return gw_report_line(report, status, name_of(self, index), "%s", error.text);
    return report_found(self, index, messages, consumers, report);
}

/* The protocol shows neither the type of a queue nor its dead-letter exchange. */
static void report_limit(const struct consumer *self, const struct gw_report *report)
{
    const struct consumer_config *config = self->config;
    const bool is_kept = config->declare && (config->queue_type == CONSUMER_CLASSIC || config->dead_letter_exchange);

    if (strtol(self->link.version, NULL, DECIMAL) >= LIMITS_DELIVERIES_SINCE && !is_kept)
        (void)gw_report_line(
            report, GW_OK, "delivery limit",
            "warning: RabbitMQ %s drops a message of a quorum queue after 20 deliveries, unless the queue "
            "has a dead-letter exchange",
            self->link.version);
}

enum gw_status consumer_check(void *opaque, const struct gw_report *report)
{
    struct consumer *self = opaque;
    struct gw_error error = {0};
    enum gw_status worst = consumer_connect(self, &error);

    if (worst != GW_OK)
        return gw_report_line(report, worst, "connection", "%s", error.text);
    (void)gw_report_line(report, GW_OK, "connection", "%s port %s, RabbitMQ %s",
                         rabbit_broker_node(&self->broker)->host, rabbit_broker_node(&self->broker)->port,
                         self->link.version);
    for (uint64_t index = 0; index < self->config->queues.count; index++) {
        enum gw_status status = check_queue(self, index, report);

        if (status != GW_OK)
            worst = status;
    }
    report_limit(self, report);
    rabbit_link_close(&self->link, true);
    return worst;
}
