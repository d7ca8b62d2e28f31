/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes in turn, beginning with a random one, so that gateways that start together are spread over a cluster. See
 * broker.h. */
#include "broker.h"

#include "tls.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>

static enum gw_status read_nodes(struct rabbit_broker *broker, struct gw_error *reterr)
{
    const struct gw_option_list *hosts = &broker->options->hosts;

    broker->node_count = 1;
    if (hosts->count == 0)
        return GW_OK;
    broker->nodes = calloc((size_t)hosts->count, sizeof *broker->nodes);
    if (broker->nodes == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for hosts");
    broker->node_count = (size_t)hosts->count;
    for (size_t index = 0; index < broker->node_count; index++) {
        enum gw_status status =
            rabbit_address_read_host(hosts->items[index], broker->address.is_tls, &broker->nodes[index], reterr);

        if (status != GW_OK)
            return status;
    }
    broker->next = randombytes_uniform((uint32_t)broker->node_count);
    return GW_OK;
}

static void write_name(struct rabbit_broker *broker)
{
    const struct gw_host *host = broker->host;
    const char *name = broker->options->name;

    (void)snprintf(broker->name, sizeof broker->name, "%s%s%s#%u", name != NULL ? name : host->service,
                   name != NULL ? "" : "/", name != NULL ? "" : host->component, (unsigned)host->instance);
}

static enum gw_status read_files(struct rabbit_broker *broker, struct gw_error *reterr)
{
    const struct rabbit_options *options = broker->options;
    const struct rabbit_tls_files files = {
        .ca = options->ca, .cert = options->cert, .key = options->key, .key_password = options->key_password};

    return broker->address.is_tls ? rabbit_tls_new(&files, &broker->tls, reterr) : GW_OK;
}

enum gw_status rabbit_broker_init(struct rabbit_broker *broker, const struct gw_host *host,
                                  const struct rabbit_options *options, struct gw_error *reterr)
{
    enum gw_status status;

    *broker = (struct rabbit_broker){.host = host, .options = options};
    write_name(broker);
    if (sodium_init() < 0)
        return gw_error_set(reterr, GW_CONFIG, "libsodium finds no random numbers");
    status = rabbit_address_read(options->url, &broker->address, reterr);
    if (status == GW_OK)
        status = read_nodes(broker, reterr);
    if (status == GW_INVALID)
        return gw_error_set(reterr, GW_CONFIG, "url or hosts cannot be read; gangway lint says why");
    return status == GW_OK ? read_files(broker, reterr) : status;
}

void rabbit_broker_done(struct rabbit_broker *broker)
{
    for (size_t index = 0; broker->nodes != NULL && index < broker->node_count; index++)
        rabbit_address_done(&broker->nodes[index]);
    free(broker->nodes);
    rabbit_tls_free(broker->tls);
    rabbit_address_done(&broker->address);
    *broker = (struct rabbit_broker){0};
}

const struct rabbit_address *rabbit_broker_node(const struct rabbit_broker *broker)
{
    return broker->nodes != NULL ? &broker->nodes[broker->last] : &broker->address;
}

int64_t rabbit_broker_deadline(const struct rabbit_broker *broker)
{
    const int64_t due_ms = broker->host->monotonic_ms(broker->host) + broker->options->connect_timeout;

    return broker->limit_ms > 0 && broker->limit_ms < due_ms ? broker->limit_ms : due_ms;
}

/* Without a login in the URL, the certificate is it; without a certificate, RabbitMQ's guest. */
static enum gw_status open_node(const struct rabbit_broker *broker, struct rabbit_link *link, size_t max_body,
                                struct gw_error *reterr)
{
    const struct rabbit_address *login = &broker->address;
    const struct rabbit_address *node = rabbit_broker_node(broker);
    const bool is_guest = login->user == NULL && broker->options->cert == NULL;
    const struct rabbit_settings settings = {
        .tls = broker->tls,
        .host = node->host,
        .port = node->port,
        .vhost = login->vhost,
        .user = is_guest ? "guest" : login->user,
        .password = is_guest ? "guest" : login->password,
        .name = broker->name,
        .heartbeat_ms = broker->options->heartbeat,
        .max_body = max_body,
    };

    return rabbit_link_open(link, &settings, rabbit_broker_deadline(broker), reterr);
}

enum gw_status rabbit_broker_open(struct rabbit_broker *broker, struct rabbit_link *link, size_t max_body,
                                  struct gw_error *reterr)
{
    bool is_passing = false;

    for (size_t tries = 0; tries < broker->node_count; tries++) {
        enum gw_status status;

        broker->last = broker->next;
        broker->next = (broker->next + 1) % broker->node_count;
        status = open_node(broker, link, max_body, reterr);
        if (status == GW_OK || status == GW_NOMEM || status == GW_CANCELLED)
            return status;
        is_passing = is_passing || status != GW_CONFIG;
    }
    if (reterr != NULL)
        reterr->status = is_passing ? GW_TRANSIENT : GW_CONFIG;
    return is_passing ? GW_TRANSIENT : GW_CONFIG;
}
