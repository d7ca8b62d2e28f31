/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entrypoint: every message of some RabbitMQ queues is a command. Each worker has a connection of its own, whose
 * sockets never block; it waits through the host. The instance owns the connection, and no thread calls back.
 */
#include "consumer.h"
#include "joining.h"

#include <gangway/plugin.h>

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

enum { QUEUE_NAME_MAX = 255, POOL_PAGE = 4096 };

static const struct gw_option consumer_options[] = {
    {.name = "url",
     .help = "The broker, as amqp://USER:PASSWORD@HOST:PORT/VHOST, or amqps:// for TLS.",
     .type = GW_OPTION_SECRET,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY,
     .offset = offsetof(struct consumer_config, url)},
    {.name = "queues",
     .help = "The queues to read, and the command of each queue's messages; with auto each message names its command.",
     .type = GW_OPTION_MAP,
     .item_type = GW_OPTION_COMMAND,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY,
     .min = 1,
     .max = 64,
     .offset = offsetof(struct consumer_config, queues)},
    {.name = "prefetch",
     .help = "How many messages the broker delivers ahead to each worker, at most twice as many as a turn is enough.",
     .fallback = "2000",
     .type = GW_OPTION_INT,
     .min = 1,
     .max = 65535,
     .offset = offsetof(struct consumer_config, prefetch)},
    {.name = "prefetch_bytes",
     .help = "How many bytes of waiting messages each worker may hold in memory before it stops reading.",
     .fallback = "4MiB",
     .type = GW_OPTION_SIZE,
     .min = 64 * 1024,
     .max = 1024 * 1024 * 1024,
     .offset = offsetof(struct consumer_config, prefetch_bytes)},
    {.name = "max_message",
     .help = "The longest message that is a command; a longer one becomes a dead letter.",
     .fallback = "1MiB",
     .type = GW_OPTION_SIZE,
     .min = 1024,
     .max = 64 * 1024 * 1024,
     .offset = offsetof(struct consumer_config, max_message)},
    {.name = "heartbeat",
     .help = "How often each side gives a sign of life; after twice as long without one a connection is lost.",
     .fallback = "10s",
     .type = GW_OPTION_DURATION,
     .min = 2000,
     .max = 5 * 60 * 1000,
     .offset = offsetof(struct consumer_config, heartbeat)},
    {.name = "connect_timeout",
     .help = "How long to wait for a connection, and for each answer of the broker.",
     .fallback = "5s",
     .type = GW_OPTION_DURATION,
     .min = 100,
     .max = 60 * 1000,
     .offset = offsetof(struct consumer_config, connect_timeout)},
    {.name = "ca",
     .help = "The authorities that sign the broker's certificate (PEM); without it those of the system.",
     .type = GW_OPTION_PATH,
     .flags = GW_OPTION_CONTENTS,
     .offset = offsetof(struct consumer_config, ca)},
    {.name = "cert",
     .help = "The gateway's own certificate (PEM), if the broker requires one; with `key`.",
     .type = GW_OPTION_PATH,
     .flags = GW_OPTION_CONTENTS,
     .offset = offsetof(struct consumer_config, cert)},
    {.name = "key",
     .help = "The private key of `cert` (PEM).",
     .type = GW_OPTION_PATH,
     .flags = GW_OPTION_CONTENTS,
     .offset = offsetof(struct consumer_config, key)},
    {.name = "key_password",
     .help = "The password of `key`, if it has one.",
     .type = GW_OPTION_SECRET,
     .offset = offsetof(struct consumer_config, key_password)},
};

/* ---- lint ------------------------------------------------------------------------------------------------------ */

static enum gw_status lint_url(const struct consumer_config *config, const struct gw_lint *lint)
{
    struct rabbit_address address;
    struct gw_error error = {0};
    bool has_files = config->ca != NULL || config->cert != NULL || config->key != NULL;
    bool is_tls;

    if (!gw_lint_is_known(lint, "url"))
        return GW_OK;
    if (rabbit_address_read(config->url, &address, &error) != GW_OK)
        return gw_lint_line(lint, GW_CONFIG, "url", NULL, "url: %s", error.text);
    is_tls = address.is_tls;
    rabbit_address_done(&address);
    if (has_files && !is_tls)
        return gw_lint_line(lint, GW_CONFIG, "url", NULL, "url: ca, cert and key need amqps://");
    return GW_OK;
}

static enum gw_status lint_queues(const struct consumer_config *config, const struct gw_lint *lint)
{
    enum gw_status status = GW_OK;

    for (uint64_t index = 0; index < config->queues.count; index++) {
        const char *queue = config->queues.items[index].key;

        if (strlen(queue) == 0 || strlen(queue) > QUEUE_NAME_MAX)
            status = gw_lint_line(lint, GW_CONFIG, "queues", queue, "queues: expected a name of 1 to %d bytes",
                                  QUEUE_NAME_MAX);
    }
    return status;
}

static enum gw_status consumer_lint(const void *config, const struct gw_lint *lint)
{
    const struct consumer_config *options = config;
    enum gw_status url = lint_url(options, lint);
    enum gw_status queues = lint_queues(options, lint);

    if ((options->cert == NULL) != (options->key == NULL))
        return gw_lint_line(lint, GW_CONFIG, options->cert == NULL ? "key" : "cert", NULL,
                            "cert and key are given together");
    return url != GW_OK ? url : queues;
}

/* ---- open and close -------------------------------------------------------------------------------------------- */

static void consumer_close(void *opaque)
{
    struct consumer *self = opaque;

    if (self == NULL)
        return;
    rabbit_link_close(&self->link, true);
    lent_done(&self->lent);
    empty_amqp_pool(&self->pool);
    rabbit_tls_free(self->tls);
    rabbit_address_done(&self->address);
    free(self);
}

static enum gw_status open_tls(struct consumer *self, struct gw_error *reterr)
{
    const struct consumer_config *config = self->config;
    const struct rabbit_tls_files files = {
        .ca = config->ca, .cert = config->cert, .key = config->key, .key_password = config->key_password};

    return self->address.is_tls ? rabbit_tls_new(&files, &self->tls, reterr) : GW_OK;
}

static enum gw_status consumer_open(const struct gw_host *host, const void *config, void **ret_self,
                                    struct gw_error *reterr)
{
    const struct rabbit_owner owner = {.content = consumer_take, .method = consumer_hear};
    struct consumer *self = calloc(1, sizeof *self);
    enum gw_status status;

    if (self == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for an AMQP consumer");
    self->host = host;
    self->config = config;
    rabbit_link_init(&self->link, host, &owner);
    self->link.owner.context = self;
    init_amqp_pool(&self->pool, POOL_PAGE);
    (void)snprintf(self->name, sizeof self->name, "%s/%s#%u", host->service, host->component, (unsigned)host->instance);
    status = sodium_init() >= 0 ? GW_OK : gw_error_set(reterr, GW_CONFIG, "libsodium finds no random numbers");
    if (status == GW_OK)
        status = rabbit_address_read(self->config->url, &self->address, reterr);
    if (status == GW_INVALID)
        status = gw_error_set(reterr, GW_CONFIG, "url is no AMQP URL; gangway lint says why");
    if (status == GW_OK)
        status = open_tls(self, reterr);
    if (status != GW_OK) {
        consumer_close(self);
        return status;
    }
    *ret_self = self;
    return GW_OK;
}

/* ---- check and keepalive --------------------------------------------------------------------------------------- */

/* A missing queue ends the connection, so each queue that follows gets another one. */
static enum gw_status check_queue(struct consumer *self, const struct gw_option_pair *queue,
                                  const struct gw_report *report)
{
    struct gw_error error = {0};
    uint32_t messages = 0;
    uint32_t consumers = 0;
    enum gw_status status = rabbit_link_is_open(&self->link) ? GW_OK : consumer_connect(self, &error);

    if (status == GW_OK)
        status = joining_look(self, queue->key, &messages, &consumers, &error);
    if (status != GW_OK)
        return gw_report_line(report, status, queue->key, "%s", error.text);
    return gw_report_line(report, GW_OK, queue->key, "is read as %s; %u messages wait, %u consumers", queue->value,
                          (unsigned)messages, (unsigned)consumers);
}

static enum gw_status consumer_check(void *opaque, const struct gw_report *report)
{
    struct consumer *self = opaque;
    struct gw_error error = {0};
    enum gw_status worst = consumer_connect(self, &error);

    if (worst != GW_OK)
        return gw_report_line(report, worst, "connection", "%s", error.text);
    (void)gw_report_line(report, GW_OK, "connection", "%s port %s", self->address.host, self->address.port);
    for (uint64_t index = 0; index < self->config->queues.count; index++) {
        enum gw_status status = check_queue(self, &self->config->queues.items[index], report);

        if (status != GW_OK)
            worst = status;
    }
    rabbit_link_close(&self->link, true);
    return worst;
}

/* What was delivered meanwhile waits for the next poll, which also says what failed. */
static void consumer_keepalive(void *opaque)
{
    struct consumer *self = opaque;

    if (self->is_joined)
        (void)rabbit_link_serve(&self->link, NULL);
}

/* ---- descriptor ------------------------------------------------------------------------------------------------ */

static const struct gw_metric consumer_metrics[] = {
    [CONSUMER_METRIC_CONNECTION_UP] = {.name = GW_METRIC_CONNECTION_UP,
                                       .type = GW_METRIC_GAUGE,
                                       .help = "1 while the broker is connected, otherwise 0."},
};

static const struct gw_entrypoint_ops consumer_ops = {
    .size = sizeof(struct gw_entrypoint_ops),
    .poll = consumer_poll,
    .settle = consumer_settle,
    .keepalive = consumer_keepalive,
};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(ENTRYPOINT),
    .name = "amqp_consumer",
    .version = "1.0.0",
    .summary = "Reads commands from RabbitMQ queues",
    .ops = &consumer_ops,
    GW_PLUGIN_OPTIONS(consumer_options, struct consumer_config),
    GW_PLUGIN_METRICS(consumer_metrics),
    .open = consumer_open,
    .close = consumer_close,
    .check = consumer_check,
    .lint = consumer_lint,
};
