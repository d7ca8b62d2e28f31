/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entrypoint: every record of some topics is a command. Each worker is a member of the consumer group. Its partitions
 * are sources with positions, which the core stores. The client handle belongs to the instance. librdkafka fetches and
 * sends heartbeats on threads of its own, and calls back on the worker's thread only, from poll and close.
 */
#include "compaction.h"
#include "courtesy.h"
#include "group.h"
#include "leaving.h"
#include "membership.h"
#include "settings.h"

#include <gangway/plugin.h>
#include <gangway/scope.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK_MS = 10000, RESOLVE_MS = 10000, TOPIC_MAX = 250 };

static const struct gw_option consumer_options[] = {
    KAFKA_OPTIONS,
    {.name = "group",
     .help = "The consumer group; the gateways and workers of one group share the partitions.",
     .type = GW_OPTION_TEXT,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY,
     .min = 1,
     .max = 255,
     .offset = offsetof(struct consumer_config, group)},
    {.name = "topics",
     .help = "The topics to read, and the command of each topic's messages; with auto each message names its command.",
     .type = GW_OPTION_MAP,
     .item_type = GW_OPTION_COMMAND,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY,
     .min = 1,
     .max = 256,
     .offset = offsetof(struct consumer_config, topics)},
    {.name = "start",
     .help = "Where to begin in a partition without a position in the repository; with error it waits until an "
             "operator sets one.",
     .fallback = "earliest",
     .choices = CONSUMER_STARTS,
     .type = GW_OPTION_CHOICE,
     .offset = offsetof(struct consumer_config, start)},
    {.name = "instance_id",
     .help = "A name that stays the same over restarts (static membership): partitions then wait for a restart for "
             "as long as the session lasts. Each worker appends its number.",
     .type = GW_OPTION_TEXT,
     .min = 1,
     .max = 200,
     .flags = GW_OPTION_EXCLUSIVE,
     .offset = offsetof(struct consumer_config, instance_id)},
    {.name = "max_message",
     .help = "The longest message that is a command; a longer one becomes a dead letter.",
     .fallback = "1MiB",
     .type = GW_OPTION_SIZE,
     .min = 1024,
     .max = 64 * 1024 * 1024,
     .offset = offsetof(struct consumer_config, max_message)},
    {.name = "prefetch",
     .help = "How many bytes of waiting messages each worker may hold in memory.",
     .fallback = "4MiB",
     .type = GW_OPTION_SIZE,
     .min = 64 * 1024,
     .max = 1024 * 1024 * 1024,
     .offset = offsetof(struct consumer_config, prefetch)},
    {.name = "session_timeout",
     .help = "How long a member may be without heartbeats before the group gives its partitions to others.",
     .fallback = "10s",
     .type = GW_OPTION_DURATION,
     .min = 1000,
     .max = 5 * 60 * 1000,
     .offset = offsetof(struct consumer_config, session_timeout)},
};

/* ---- open and close -------------------------------------------------------------------------------------------- */

/* The group is part of each source's name, which people read and type. */
static enum gw_status lint_group(const struct consumer_config *config, const struct gw_lint *lint)
{
    const char *at;

    for (at = config->group; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return gw_lint_line(lint, GW_CONFIG, "group", NULL, "group: a control character in the name of a group");
    return GW_OK;
}

static enum gw_status lint_topics(const struct consumer_config *config, const struct gw_lint *lint)
{
    enum gw_status status = GW_OK;

    for (uint64_t index = 0; index < config->topics.count; index++) {
        const char *topic = config->topics.items[index].key;
        size_t len = strlen(topic);

        if (len == 0 || len >= TOPIC_MAX ||
            strspn(topic, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != len)
            status =
                gw_lint_line(lint, GW_CONFIG, "topics", topic,
                             "topics: \"%.100s\" cannot be a topic: expected letters, digits, `.`, `_` and `-`", topic);
    }
    return status;
}

/* Whether settings that librdkafka checks together are known. The options of this plugin alone always fit together. */
static bool knows_settings(const struct consumer_config *config, const struct gw_lint *lint)
{
    return config->kafka.librdkafka.count > 0 && gw_lint_is_known(lint, "prefetch") &&
           gw_lint_is_known(lint, "session_timeout") && gw_lint_is_known(lint, "librdkafka");
}

static enum gw_status consumer_lint(const void *config, const struct gw_lint *lint)
{
    const struct consumer_config *options = config;
    enum gw_status group = lint_group(options, lint);
    enum gw_status topics = lint_topics(options, lint);
    enum gw_status status = kafka_options_lint(&options->kafka, KAFKA_CONSUMES, lint);
    rd_kafka_conf_t *conf = NULL;

    if (status == GW_OK && knows_settings(options, lint) && settings_conf(options, 0, NULL, &conf, NULL) == GW_OK)
        status = kafka_together_lint(RD_KAFKA_CONSUMER, conf, &options->kafka, lint);
    return group != GW_OK ? group : topics != GW_OK ? topics : status;
}

static enum gw_status consumer_open(const struct gw_host *host, const void *config, void **ret_self,
                                    struct gw_error *reterr)
{
    const struct consumer_config *options = config;
    struct consumer *self = calloc(1, sizeof *self);

    if (self == NULL || !sources_init(&self->sources, &options->topics)) {
        free(self);
        return gw_error_set(reterr, GW_NOMEM, "no memory for a Kafka consumer");
    }
    self->host = host;
    self->config = options;
    self->wake = -1;
    kafka_watch_init(&self->watch, host);
    lookup_init(&self->lookup, host, &options->kafka, options->group);
    *ret_self = self;
    return GW_OK;
}

static void consumer_close(void *opaque)
{
    struct consumer *self = opaque;

    if (self == NULL)
        return;
    lent_done(&self->lent);
    if (!leaving_leave(self)) {
        leaving_continue(self);
        return;
    }
    lookup_done(&self->lookup);
    sources_done(&self->sources);
    leaving_free(self);
}

/* ---- the other slots ------------------------------------------------------------------------------------------- */

static enum gw_status check_topics(const struct consumer *self, const struct gw_report *report)
{
    const struct gw_option_map *map = &self->config->topics;
    struct kafka_wanted_topic *topics = calloc((size_t)map->count, sizeof *topics);
    char(*purposes)[64] = calloc((size_t)map->count, sizeof *purposes);
    enum gw_status status = GW_NOMEM;
    uint64_t index;

    for (index = 0; topics != NULL && purposes != NULL && index < map->count; index++) {
        bool is_auto = strcmp(map->items[index].value, "auto") == 0;

        (void)snprintf(purposes[index], sizeof purposes[index], "is read as %s",
                       is_auto ? "what its messages say" : map->items[index].value);
        topics[index] = (struct kafka_wanted_topic){map->items[index].key, purposes[index]};
    }
    if (topics != NULL && purposes != NULL)
        status = kafka_look(&self->config->kafka, self->host, topics, (uint32_t)map->count, CHECK_MS, report);
    free(topics);
    free(purposes);
    return status;
}

/* Passes findings on, and records whether the connection failed. */
struct watched_report {
    struct gw_report report;
    const struct gw_report *outer;
    bool is_connected;
};

static void pass_on(const struct gw_report *report, int32_t status, struct gw_text subject, struct gw_text finding)
{
    struct watched_report *watched = report->context;

    watched->is_connected = watched->is_connected || (status == GW_OK && gw_text_is(subject, "connection"));
    watched->outer->line(watched->outer, status, subject, finding);
}

/* A missing connection is reported once only. */
static enum gw_status consumer_check(void *opaque, const struct gw_report *report)
{
    const struct consumer *self = opaque;
    struct watched_report watched = {.report = {.size = sizeof watched.report, .line = pass_on}, .outer = report};
    enum gw_status topics;
    enum gw_status group = GW_OK;

    watched.report.context = &watched;
    topics = check_topics(self, &watched.report);
    if (topics == GW_OK)
        compaction_look(&self->config->kafka, self->host, &self->config->topics, CHECK_MS, report);
    if (watched.is_connected && topics != GW_CANCELLED)
        group = group_look(&self->config->kafka, self->host, self->config->group, CHECK_MS, report);
    return topics != GW_OK ? topics : group;
}

static enum gw_status consumer_settle(void *opaque, const struct gw_settlement *settlements, uint32_t count,
                                      struct gw_error *reterr)
{
    struct consumer *self = opaque;
    uint32_t index;

    (void)reterr;
    for (index = 0; index < count; index++) {
        const struct loan *loan = lent_find(&self->lent, settlements[index].handle);

        if (loan == NULL)
            continue;
        if (settlements[index].outcome != GW_OUTCOME_RETURNED && !loan->source->is_gone)
            loan->source->settled = loan->message->offset + 1;
        lent_give_back(&self->lent);
    }
    consumer_tick(self);
    return GW_OK;
}

static void consumer_keepalive(void *opaque)
{
    consumer_tick(opaque); /* librdkafka sends the heartbeats itself */
}

/* Runs on the main thread, where a short wait blocks nothing. */
static enum gw_status consumer_resolve(void *opaque, struct gw_text name, struct gw_text word, int64_t *ret_offset,
                                       struct gw_error *reterr)
{
    struct consumer *self = opaque;
    bool is_latest = gw_text_is(word, "latest");
    char topic[TOPIC_MAX];
    int32_t partition = 0;
    int64_t first = 0;
    int64_t end = 0;
    rd_kafka_resp_err_t code;
    char *cluster;
    bool is_ours;

    if (!is_latest && !gw_text_is(word, "earliest"))
        return gw_error_set(reterr, GW_UNSUPPORTED, "a partition knows earliest and latest");
    if (!source_parse(name, NULL, self->config->group, topic, sizeof topic, &partition) ||
        sources_topic(&self->sources, topic) == NULL)
        return gw_error_set(reterr, GW_NOT_FOUND, "its topics have other names: CLUSTER/%s/TOPIC/PARTITION",
                            self->config->group);
    cluster = lookup_cluster(&self->lookup, RESOLVE_MS, reterr);
    if (cluster == NULL)
        return reterr != NULL ? (enum gw_status)reterr->status : GW_TRANSIENT;
    is_ours = source_parse(name, cluster, self->config->group, topic, sizeof topic, &partition);
    (void)gw_error_set(reterr, GW_NOT_FOUND, "this is cluster %s", cluster);
    rd_kafka_mem_free(self->lookup.client, cluster);
    if (!is_ours)
        return GW_NOT_FOUND;
    code = lookup_range(&self->lookup, topic, partition, RESOLVE_MS, &first, &end);
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
        code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
        return gw_error_set(reterr, GW_NOT_FOUND, "there is no partition %d of %s", (int)partition, topic);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(reterr, &self->lookup.watch, code, "asking for the offsets of %s/%d", topic, (int)partition);
    *ret_offset = is_latest ? end : first;
    return GW_OK;
}

/* ---- descriptor ------------------------------------------------------------------------------------------------ */

static const struct gw_metric consumer_metrics[] = {
    KAFKA_METRICS,
    [CONSUMER_METRIC_LAG] = {.name = GW_METRIC_LAG,
                             .help = "Records of a partition that were not handed over yet.",
                             .label = GW_METRIC_LABEL_SOURCE,
                             .type = GW_METRIC_GAUGE},
};

static const struct gw_entrypoint_ops consumer_ops = {
    .size = sizeof(struct gw_entrypoint_ops),
    .poll = consumer_poll,
    .settle = consumer_settle,
    .start = consumer_start,
    .keepalive = consumer_keepalive,
    .resolve = consumer_resolve,
};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(ENTRYPOINT),
    .features = GW_ENTRYPOINT_ORDERED,
    .name = "kafka_consumer",
    .version = "1.0.0",
    .summary = "Reads commands from Kafka topics, as members of a consumer group",
    .ops = &consumer_ops,
    GW_PLUGIN_OPTIONS(consumer_options, struct consumer_config),
    GW_PLUGIN_METRICS(consumer_metrics),
    .open = consumer_open,
    .close = consumer_close,
    .check = consumer_check,
    .lint = consumer_lint,
};
