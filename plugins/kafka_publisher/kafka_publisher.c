/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Publisher: events as records of a topic, keyed by SKU. All slots run on the relay's thread; threads of librdkafka use
 * the reports of the client only. The client is made for the first group.
 *
 * Why the first delivery of each event keeps the order of its key, and what may repeat: a key stays in one partition,
 * as long as nobody adds partitions. Within it, one client writes the records of a group in order and without gaps,
 * because the broker of an idempotent producer refuses a batch without its predecessor, no record times out by itself,
 * and a refused batch ends the client (producer.c). So what a client has written of a group is always a beginning of
 * the group. This also holds for a request that is still in flight when the publisher gives up and that is written
 * late. A group that is not completely confirmed is given up together with its client, and the next client begins at or
 * before the first record that was not confirmed. However two such beginnings of the same order mix, each record
 * appears for the first time behind those before it. Records that were written and not confirmed may repeat: the second
 * client has another producer id, so no broker recognises the repeat. Consumers do, by ce_id.
 */
#include "group.h"
#include "producer.h"

#include <gangway/plugin.h>
#include <gangway/port/publisher.h>
#include <gangway/scope.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHECK_MS = 10000,
    MEND_MS = 1000, /* after a refused login or certificate: how long another broker may accept it */
    LOOK_MS = 500,  /* how often a wait checks whether to give up */
    REST_MS = 200,  /* after a failure: how long other records may still be confirmed */
    TOPIC_MAX = 249 /* the limit of the brokers */
};

struct publisher {
    const struct gw_host *host;
    const struct publisher_config *config;
    struct producer producer;
};

static const struct gw_option publisher_options[] = {
    KAFKA_OPTIONS,
    {.name = "topic",
     .help = "The topic for the events. It must exist, unless the brokers create topics automatically.",
     .type = GW_OPTION_TEXT,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY,
     .min = 1,
     .max = TOPIC_MAX,
     .offset = offsetof(struct publisher_config, topic)},
    {.name = "compression",
     .help = "How records are compressed, on the network and in the topic.",
     .fallback = "none",
     .choices = COMPRESSIONS,
     .type = GW_OPTION_CHOICE,
     .offset = offsetof(struct publisher_config, compression)},
    {.name = "partitioner",
     .help = "How the partition of a SKU is computed: murmur2 as in Java clients, crc32 as in librdkafka, fnv1a as in "
             "Sarama.",
     .fallback = "murmur2",
     .choices = PARTITIONERS,
     .type = GW_OPTION_CHOICE,
     .offset = offsetof(struct publisher_config, partitioner)},
};

/* ---- open, close, check ---------------------------------------------------------------------------------------- */

static enum gw_status lint_topic(const char *topic, const struct gw_lint *lint)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

    if (!gw_lint_is_known(lint, "topic") ||
        (topic[strspn(topic, plain)] == '\0' && strcmp(topic, ".") != 0 && strcmp(topic, "..") != 0))
        return GW_OK;
    return gw_lint_line(lint, GW_CONFIG, "topic", NULL,
                        "topic: \"%s\" is no name of a topic: expected letters, digits, `.`, `_` and `-`", topic);
}

static enum gw_status publisher_lint(const void *config, const struct gw_lint *lint)
{
    const struct publisher_config *options = config;
    enum gw_status topic = lint_topic(options->topic, lint);
    enum gw_status status = kafka_options_lint(&options->kafka, KAFKA_PRODUCES, lint);
    rd_kafka_conf_t *conf = NULL;

    if (status == GW_OK && options->kafka.librdkafka.count > 0 && gw_lint_is_known(lint, "librdkafka") &&
        producer_conf(options, NULL, &conf, NULL) == GW_OK)
        status = kafka_together_lint(RD_KAFKA_PRODUCER, conf, &options->kafka, lint);
    return topic != GW_OK ? topic : status;
}

static enum gw_status publisher_open(const struct gw_host *host, const void *config, void **ret_self,
                                     struct gw_error *reterr)
{
    const struct publisher_config *options = config;
    struct publisher *self = calloc(1, sizeof *self);

    if (self == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a Kafka publisher");
    self->host = host;
    self->config = options;
    producer_init(&self->producer, host, options);
    *ret_self = self;
    return GW_OK;
}

static void publisher_close(void *opaque)
{
    struct publisher *self = opaque;

    if (self == NULL)
        return;
    producer_done(&self->producer);
    free(self);
}

static enum gw_status publisher_check(void *opaque, const struct gw_report *report)
{
    const struct publisher *self = opaque;
    const struct kafka_wanted_topic topic = {self->config->topic, "is written to"};

    return kafka_look(&self->config->kafka, self->host, &topic, 1, CHECK_MS, report);
}

/* ---- waiting --------------------------------------------------------------------------------------------------- */

/* After a failure the client is ended anyway; records in flight may be confirmed for a short time. If the connection
 * needs an operator, waiting does not help either. */
static int64_t give_up_ms(struct publisher *self, const struct group *group, int64_t deadline_ms)
{
    struct kafka_watch *watch = &self->producer.watch;
    const struct kafka_cause *cause = kafka_watch_cause(watch);
    int64_t until = deadline_ms;

    if (group->failure != RD_KAFKA_RESP_ERR_NO_ERROR || group->has_refusal)
        until = group->reported_ms + REST_MS;
    else if (watch->is_fatal)
        until = watch->fatal.at_ms + REST_MS;
    else if (cause != NULL && kafka_status(cause->code) == GW_CONFIG && !kafka_watch_is_up(watch))
        until = cause->at_ms + MEND_MS;
    return until < deadline_ms ? until : deadline_ms;
}

/* Waits until at most this number is outstanding, or waiting does not help. OK, also in the latter case; CANCELLED. */
static enum gw_status wait_for_reports(struct publisher *self, struct group *group, uint32_t outstanding,
                                       int64_t deadline_ms)
{
    struct producer *producer = &self->producer;

    for (;;) {
        int64_t now = self->host->monotonic_ms(self->host);
        enum gw_status status;
        uint32_t ready;
        int64_t until;

        producer_serve(producer, group);
        if (group->outstanding <= outstanding)
            return GW_OK;
        until = give_up_ms(self, group, deadline_ms);
        if (now >= until)
            return GW_OK;
        if (until > now + LOOK_MS)
            until = now + LOOK_MS;
        status = self->host->wait(self->host, producer->wakeup, GW_WAIT_READ, until, &ready);
        if (status != GW_OK)
            return status;
    }
}

/* ---- sending --------------------------------------------------------------------------------------------------- */

static bool is_failing(const struct publisher *self, const struct group *group)
{
    return group->failure != RD_KAFKA_RESP_ERR_NO_ERROR || group->has_refusal || self->producer.watch.is_fatal;
}

/* A full queue has room when half of it is reported. */
static enum gw_status wait_for_room(struct publisher *self, struct group *group, int64_t deadline_ms)
{
    uint32_t before = group->outstanding;
    enum gw_status status = wait_for_reports(self, group, before / 2, deadline_ms);

    if (status == GW_OK && group->outstanding == before && !is_failing(self, group))
        group_fail(group, RD_KAFKA_RESP_ERR__TIMED_OUT, self->host->monotonic_ms(self->host));
    return status;
}

/* Sends an event; or refuses it, if it is too large for the client; or makes the group fail. */
static enum gw_status send_one(struct publisher *self, struct group *group, uint32_t index, int64_t deadline_ms)
{
    rd_kafka_resp_err_t code = producer_send(&self->producer, group, index);

    while (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && group->outstanding > 0) {
        enum gw_status status = wait_for_room(self, group, deadline_ms);

        if (status != GW_OK || is_failing(self, group))
            return status;
        code = producer_send(&self->producer, group, index);
    }
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        group->outstanding++;
    else if (kafka_status(code) == GW_PERMANENT)
        group_refuse(group, index, "it is larger than the setting message.max.bytes allows");
    else if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        group_refuse(group, index, "it is larger than the queue of the client");
    else
        group_fail(group, code, self->host->monotonic_ms(self->host));
    return GW_OK;
}

/* Nothing is sent after a failure, because it would overtake the event that failed. */
static enum gw_status send_together(struct publisher *self, struct group *group, int64_t deadline_ms)
{
    for (uint32_t index = 0; index < group->events->count && !is_failing(self, group); index++) {
        enum gw_status status = send_one(self, group, index, deadline_ms);

        if (status != GW_OK)
            return status;
    }
    return wait_for_reports(self, group, 0, deadline_ms);
}

/*
 * A batch was refused, and the brokers do not say because of which record. So each record is sent alone, in order, and
 * only the refused one is given up. Each refusal has ended its client (producer.c). If the time is not enough, the next
 * group begins with the rest.
 */
static enum gw_status send_singly(struct publisher *self, struct group *group, int64_t deadline_ms,
                                  struct gw_error *reterr)
{
    group->is_alone = true;
    group->has_refusal = false;
    group->failure = RD_KAFKA_RESP_ERR_NO_ERROR; /* a consequence of the refusal */
    for (uint32_t index = 0; index < group->events->count; index++) {
        uint32_t refused = group->refused;
        enum gw_status status = GW_OK;

        if (!group_is_open(group, index))
            continue;
        status = producer_open(&self->producer, reterr);
        if (status == GW_OK)
            status = send_one(self, group, index, deadline_ms);
        if (status == GW_OK)
            status = wait_for_reports(self, group, 0, deadline_ms);
        if (status != GW_OK || group_is_open(group, index))
            return status;
        if (group->refused > refused)
            producer_close(&self->producer);
    }
    return GW_OK;
}

static enum gw_status send_all(struct publisher *self, struct group *group, int64_t deadline_ms,
                               struct gw_error *reterr)
{
    enum gw_status status = producer_open(&self->producer, reterr);

    if (status == GW_OK)
        status = send_together(self, group, deadline_ms);
    if (status != GW_OK || !group->has_refusal)
        return status;
    producer_close(&self->producer);
    group->may_have_been_sent = group->may_have_been_sent || group->outstanding > 0;
    group->outstanding = 0;
    return send_singly(self, group, deadline_ms, reterr);
}

/* ---- publish --------------------------------------------------------------------------------------------------- */

/* The reason why verdicts are not final. OK: the events may have been written nevertheless. Otherwise they were not,
 * because no broker was reached or one refused them. */
static enum gw_status say_failure(struct publisher *self, const struct group *group, uint64_t ups,
                                  struct gw_error *reterr)
{
    const char *topic = self->config->topic;
    struct kafka_watch *watch = &self->producer.watch;
    bool is_on_its_way = group->outstanding > 0 && kafka_watch_ups(watch) != ups;
    enum gw_status status;

    if (group->failure == RD_KAFKA_RESP_ERR_NO_ERROR && kafka_watch_cause(watch) == NULL)
        status = gw_error_set(reterr, GW_TRANSIENT, "publishing to %s: the brokers confirmed nothing in time", topic);
    else
        status = kafka_error(reterr, watch, group->failure != 0 ? group->failure : RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
                             "publishing to %s", topic);
    return is_on_its_way || group->may_have_been_sent ? GW_OK : status;
}

static enum gw_status publisher_publish(void *opaque, const struct gw_array *events, struct gw_verdict *verdicts,
                                        int64_t deadline_ms, struct gw_error *reterr)
{
    struct publisher *self = opaque;
    struct producer *producer = &self->producer;
    struct gw_error error = {0};
    struct group group;
    enum gw_status status;
    uint64_t ups;

    if (events->count == 0)
        return GW_OK;
    if (self->host->monotonic_ms(self->host) >= deadline_ms)
        return gw_error_set(reterr, GW_TRANSIENT, "publishing to %s: there is no time left", self->config->topic);
    group_init(&group, events, verdicts);
    ups = producer->client == NULL ? kafka_watch_ups(&producer->watch) : UINT64_MAX;
    status = send_all(self, &group, deadline_ms, &error);
    if (status == GW_OK && !group_has_open(&group))
        return GW_OK;
    producer_close(producer); /* it starts no further request from now on */
    if (status == GW_CANCELLED)
        return gw_error_set(reterr, status, "publishing to %s: a shutdown was asked for", self->config->topic);
    if (status == GW_OK)
        status = say_failure(self, &group, ups, &error);
    if (status == GW_OK || group.confirmed + group.refused > 0) {
        group_give_up(&group, error.text);
        return GW_OK;
    }
    if (reterr != NULL)
        *reterr = error;
    return status;
}

static void publisher_keepalive(void *opaque)
{
    struct publisher *self = opaque;

    producer_serve(&self->producer, NULL);
}

/* ---------------------------------------------------------------------------------------------------------------- */

static const struct gw_metric publisher_metrics[] = {KAFKA_METRICS};

static const struct gw_publisher_ops publisher_ops = {
    .size = sizeof(struct gw_publisher_ops),
    .publish = publisher_publish,
    .keepalive = publisher_keepalive,
};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(PUBLISHER),
    .name = "kafka_publisher",
    .version = "1.0.0",
    .summary = "Publishes events to a Kafka topic, keyed by SKU",
    .ops = &publisher_ops,
    GW_PLUGIN_OPTIONS(publisher_options, struct publisher_config),
    GW_PLUGIN_METRICS(publisher_metrics),
    .open = publisher_open,
    .close = publisher_close,
    .check = publisher_check,
    .lint = publisher_lint,
};
