/* SPDX-License-Identifier: Apache-2.0 */
/* The slot lint: faults of the options, and warnings of what they give up. */
#include "consumer.h"

#include <string.h>

enum { QUEUE_NAME_MAX = 255 };

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

/* These are arguments of a declaration; a queue that exists cannot be changed. */
static enum gw_status lint_declaration(const struct consumer_config *config, const struct gw_lint *lint)
{
    enum gw_status status = GW_OK;

    if (config->declare)
        return GW_OK;
    if (config->single_active)
        status =
            gw_lint_line(lint, GW_CONFIG, "single_active", NULL,
                         "single_active needs `declare: true`; a queue that is declared elsewhere needs the argument "
                         "x-single-active-consumer there");
    if (config->dead_letter_exchange != NULL)
        status = gw_lint_line(lint, GW_CONFIG, "dead_letter_exchange", NULL,
                              "dead_letter_exchange needs `declare: true`; a queue that is declared elsewhere needs it "
                              "there, or in a policy");
    return status;
}

static void warn(const struct consumer_config *config, const struct gw_lint *lint)
{
    if (lint->workers > 1 && !config->single_active)
        (void)gw_lint_line(lint, GW_OK, "workers", NULL,
                           "workers: with %u consumers of a queue its messages are not applied in their order; use one "
                           "worker, or `single_active: true`, if the order matters",
                           (unsigned)lint->workers);
    if (config->declare && config->queue_type == CONSUMER_QUORUM && config->dead_letter_exchange == NULL)
        (void)gw_lint_line(lint, GW_OK, "declare", NULL,
                           "declare: a quorum queue of RabbitMQ 4 drops a message after 20 deliveries; set "
                           "`dead_letter_exchange` to keep it");
}

enum gw_status consumer_lint(const void *config, const struct gw_lint *lint)
{
    const struct consumer_config *options = config;
    const enum gw_status results[] = {rabbit_options_lint(&options->rabbit, lint), lint_queues(options, lint),
                                      lint_declaration(options, lint)};

    warn(options, lint);
    for (size_t index = 0; index < sizeof results / sizeof results[0]; index++)
        if (results[index] != GW_OK)
            return results[index];
    return GW_OK;
}
