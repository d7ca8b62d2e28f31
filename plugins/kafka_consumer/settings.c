/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka's names for the options, and for the settings that the plugin depends on. */
#include "settings.h"

#include "fetching.h"

#include <gangway/scope.h>

#include <stdio.h>

enum {
    MAX_POLL_MS = 15 * 60 * 1000,       /* above every timeout of a database */
    FETCH_MAX_BYTES = 50 * 1024 * 1024, /* the default of librdkafka, and well below what it can receive */
    PARTITION_MAX_BYTES = 256 * 1024
};

struct number {
    char text[24];
};

static const char *number(struct number *place, int64_t value)
{
    (void)snprintf(place->text, sizeof place->text, "%lld", (long long)value);
    return place->text;
}

/* The settings that the option librdkafka may change, because they only tune, and those that it may not, because the
 * plugin depends on them. */
enum gw_status settings_conf(const struct consumer_config *config, uint32_t instance_number, struct kafka_watch *watch,
                             rd_kafka_conf_t **ret_conf, struct gw_error *reterr)
{
    int64_t fetch = config->prefetch / 4 < FETCH_MAX_BYTES ? config->prefetch / 4 : FETCH_MAX_BYTES;
    int64_t beat_ms = config->session_timeout / 3 < 3000 ? config->session_timeout / 3 : 3000;
    struct number numbers[7];
    char instance[512];
    const struct kafka_setting settings[] = {
        {"group.id", config->group},
        {"group.instance.id", config->instance_id != NULL ? instance : NULL},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", "error"}, /* any other value skips or repeats records silently */
        {"partition.assignment.strategy", "cooperative-sticky"},
        {"allow.auto.create.topics", "false"},
        {"isolation.level", "read_committed"},
        {"enable.partition.eof", "true"}, /* reports where offsets without messages end */
        {"check.crcs", "false"},          /* librdkafka aborts the process if it finds a wrong checksum: README.md */
        {"topic.metadata.refresh.interval.ms", "10000"}, /* how soon a new or a deleted topic is noticed */
        {"topic.metadata.propagation.max.ms", "0"},
        {"topic.metadata.refresh.fast.interval.ms", "10"}, /* detects that a topic is missing before it is recreated */
        {"queued.max.messages.kbytes", number(&numbers[0], config->prefetch / 1024)},
        {"queued.min.messages", number(&numbers[1], FETCHING_QUEUED_MESSAGES)},
        {"fetch.queue.backoff.ms", fetching_needs_waking() ? NULL : FETCHING_BACKOFF_MS},
        {"fetch.max.bytes", number(&numbers[2], fetch > PARTITION_MAX_BYTES ? fetch : PARTITION_MAX_BYTES)},
        {"fetch.message.max.bytes", number(&numbers[3], PARTITION_MAX_BYTES)},
        {"session.timeout.ms", number(&numbers[4], config->session_timeout)},
        {"heartbeat.interval.ms", number(&numbers[5], beat_ms)},
        {"max.poll.interval.ms", number(&numbers[6], MAX_POLL_MS)},
    };

    /* static membership needs a unique name for each member */
    if (config->instance_id != NULL)
        (void)snprintf(instance, sizeof instance, "%s-%u", config->instance_id, instance_number);
    return kafka_conf(&config->kafka, KAFKA_CONSUMES, watch, settings, gw_array_length(settings), ret_conf, reterr);
}
