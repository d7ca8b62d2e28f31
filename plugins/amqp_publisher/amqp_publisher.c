/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Publisher: events as persistent messages to an exchange of RabbitMQ, each confirmed by the broker. All slots run on
 * the relay's thread. The instance owns the connection, whose socket never blocks, and no thread calls back.
 */
#include "publisher.h"
#include "routing.h"

#include <gangway/plugin.h>

#include <stdlib.h>
#include <string.h>

enum { POOL_PAGE = 4096 };

static const struct gw_option publisher_options[] = {
    RABBIT_OPTIONS,
    {.name = "exchange",
     .help = "The exchange for the events, which must exist; \"\" is the default exchange, where the routing key names "
             "the queue.",
     .type = GW_OPTION_TEXT,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY,
     .max = SHORT_MAX,
     .offset = offsetof(struct publisher_config, exchange)},
    {.name = "routing_key",
     .help = "The routing key of each event: a fixed text, or one with the event's fields and {type}.",
     .fallback = "{sku}",
     .type = GW_OPTION_TEMPLATE,
     .flags = GW_OPTION_IDENTITY,
     .offset = offsetof(struct publisher_config, routing_key)},
    {.name = "keys",
     .help = "The routing keys that are allowed; an event with another one becomes a dead letter. Without it all are.",
     .type = GW_OPTION_LIST,
     .item_type = GW_OPTION_TEXT,
     .min = 1,
     .max = 1000,
     .offset = offsetof(struct publisher_config, keys)},
    {.name = "mandatory",
     .help = "Whether an event that no queue takes becomes a dead letter; with false it is lost.",
     .fallback = "true",
     .type = GW_OPTION_BOOL,
     .offset = offsetof(struct publisher_config, mandatory)},
    {.name = "window",
     .help = "How many events are sent ahead of the broker's confirms, at most one of each SKU.",
     .fallback = "1000",
     .type = GW_OPTION_INT,
     .min = 1,
     .max = 65535,
     .offset = offsetof(struct publisher_config, window)},
};

/* ---- lint ------------------------------------------------------------------------------------------------------ */

static enum gw_status lint_keys(const struct publisher_config *config, const struct gw_lint *lint)
{
    enum gw_status status = GW_OK;

    if (!gw_lint_is_known(lint, "keys"))
        return GW_OK;
    for (uint64_t index = 0; index < config->keys.count; index++)
        if (strlen(config->keys.items[index]) > SHORT_MAX)
            status =
                gw_lint_line(lint, GW_CONFIG, "keys", NULL, "keys: a routing key is longer than %d bytes", SHORT_MAX);
    if (!gw_lint_is_known(lint, "routing_key") || !routing_is_fixed(config))
        return status;
    if (strlen(config->routing_key) > SHORT_MAX)
        return gw_lint_line(lint, GW_CONFIG, "routing_key", NULL, "routing_key: is longer than %d bytes", SHORT_MAX);
    if (!routing_is_allowed(config, gw_text_of(config->routing_key)))
        return gw_lint_line(lint, GW_CONFIG, "routing_key", NULL, "routing_key: \"%s\" is not among `keys`",
                            config->routing_key);
    return status;
}

static enum gw_status publisher_lint(const void *config, const struct gw_lint *lint)
{
    const struct publisher_config *options = config;
    enum gw_status common = rabbit_options_lint(&options->rabbit, lint);
    enum gw_status keys = lint_keys(options, lint);

    if (options->mandatory == 0 && gw_lint_is_known(lint, "mandatory"))
        (void)gw_lint_line(lint, GW_OK, "mandatory", NULL,
                           "mandatory: false: the broker drops an event that no queue takes, and confirms it");
    return common != GW_OK ? common : keys;
}

/* ---- open and close -------------------------------------------------------------------------------------------- */

static void publisher_close(void *opaque)
{
    struct publisher *self = opaque;

    if (self == NULL)
        return;
    rabbit_link_close(&self->link, true);
    window_done(&self->window);
    record_done(&self->record);
    empty_amqp_pool(&self->pool);
    rabbit_broker_done(&self->broker);
    free(self);
}

static enum gw_status publisher_open(const struct gw_host *host, const void *config, void **ret_self,
                                     struct gw_error *reterr)
{
    const struct rabbit_owner owner = {.content = publisher_take_return, .method = publisher_take_method};
    struct publisher *self = calloc(1, sizeof *self);
    enum gw_status status;

    if (self == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for an AMQP publisher");
    self->host = host;
    self->config = config;
    rabbit_link_init(&self->link, host, &owner);
    self->link.owner.context = self;
    init_amqp_pool(&self->pool, POOL_PAGE);
    record_init(&self->record);
    status = rabbit_broker_init(&self->broker, host, &self->config->rabbit, reterr);
    if (status != GW_OK) {
        publisher_close(self);
        return status;
    }
    *ret_self = self;
    return GW_OK;
}

/* ---- keepalive ------------------------------------------------------------------------------------------------- */

/* A connection that is lost between two groups is opened again by the next one. */
static void publisher_keepalive(void *opaque)
{
    struct publisher *self = opaque;

    if (rabbit_link_is_open(&self->link) && rabbit_link_serve(&self->link, NULL) != GW_OK)
        publisher_disconnect(self);
}

/* ---- descriptor ------------------------------------------------------------------------------------------------ */

static const struct gw_metric publisher_metrics[] = {
    [PUBLISHER_METRIC_CONNECTION_UP] = {.name = GW_METRIC_CONNECTION_UP,
                                        .type = GW_METRIC_GAUGE,
                                        .help = "1 while the broker is connected, otherwise 0."},
};

static const struct gw_publisher_ops publisher_ops = {
    .size = sizeof(struct gw_publisher_ops),
    .publish = publisher_publish,
    .keepalive = publisher_keepalive,
};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(PUBLISHER),
    .name = "amqp_publisher",
    .version = "1.0.0",
    .summary = "Publishes events to a RabbitMQ exchange",
    .ops = &publisher_ops,
    GW_PLUGIN_OPTIONS(publisher_options, struct publisher_config),
    GW_PLUGIN_METRICS(publisher_metrics),
    .open = publisher_open,
    .close = publisher_close,
    .check = publisher_check,
    .lint = publisher_lint,
};
