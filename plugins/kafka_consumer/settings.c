/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka's names for what the options say, and for what the plugin rests on. */
#include "settings.h"

#include "fetching.h"

#include <gangway/scope.h>

#include <stdio.h>

enum {
    MAX_POLL_MS = 15 * 60 * 1000,       /* above every timeout of a database */
    FETCH_MAX_BYTES = 50 * 1024 * 1024, /* librdkafka's own default, and well below what it may receive at all */
    PARTITION_MAX_BYTES = 1024 * 1024
};

struct number {
    char text[24];
};

static const char *number(struct number *place, int64_t value)
{
    (void)snprintf(place->text, sizeof place->text, "%lld", (long long)value);
    return place->text;
}

/* What the options' further keys may change, since it only tunes, and what no key changes, since all rests on it. */
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
        {"auto.offset.reset", "error"}, /* anything else skips, or repeats, without a word */
        {"partition.assignment.strategy", "cooperative-sticky"},
        {"allow.auto.create.topics", "false"},
        {"isolation.level", "read_committed"},
        {"enable.partition.eof", "true"}, /* tells where what is no message ends */
        {"check.crcs", "false"},          /* librdkafka aborts the process, where it finds one wrong: README.md */
        {"topic.metadata.refresh.interval.ms", "10000"}, /* how soon a new topic, or that one is gone, is seen */
        {"topic.metadata.propagation.max.ms", "0"},
        {"topic.metadata.refresh.fast.interval.ms", "10"}, /* whether a topic is away, before it is there again */
        {"queued.max.messages.kbytes", number(&numbers[0], config->prefetch / 1024)},
        {"queued.min.messages", number(&numbers[1], FETCHING_QUEUED_MESSAGES)},
        {"fetch.queue.backoff.ms", fetching_needs_waking() ? NULL : FETCHING_BACKOFF_MS},
        {"fetch.max.bytes", number(&numbers[2], fetch > PARTITION_MAX_BYTES ? fetch : PARTITION_MAX_BYTES)},
        {"fetch.message.max.bytes", number(&numbers[3], PARTITION_MAX_BYTES)},
        {"session.timeout.ms", number(&numbers[4], config->session_timeout)},
        {"heartbeat.interval.ms", number(&numbers[5], beat_ms)},
        {"max.poll.interval.ms", number(&numbers[6], MAX_POLL_MS)},
    };

    /* Static membership needs a name for each member. */
    if (config->instance_id != NULL)
        (void)snprintf(instance, sizeof instance, "%s-%u", config->instance_id, instance_number);
    return kafka_conf(&config->kafka, KAFKA_CONSUMES, watch, settings, gw_array_length(settings), ret_conf, reterr);
}
