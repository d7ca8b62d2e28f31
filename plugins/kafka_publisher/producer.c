/* SPDX-License-Identifier: Apache-2.0 */
/* The client, its settings and its queue of events. See producer.h. */
#include "producer.h"

#include "kafka/ending.h"

#include <gangway/scope.h>

#include <errno.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

GW_DEFINE_AUTO(rd_kafka_conf_t, rd_kafka_conf_destroy);

static const char *word_of(const char *const *words, size_t count, uint32_t index)
{
    return index < count ? words[index] : NULL;
}

/*
 * The publisher depends on these: each record is written once however often it is sent (enable.idempotence), by all
 * in-sync replicas (acks), and without a timeout of its own (message.timeout.ms), because a record that times out alone
 * is overtaken by those behind it. enable.gapless.guarantee ends the client when a batch is refused, for the same
 * reason: otherwise the batches behind it are sent.
 *
 * The others suit the way it sends: the next group waits until this one is reported, so waiting for more records
 * (linger.ms) would only add latency. The queue holds a large group, and then blocks. A missing topic is reported after
 * two seconds, because the core retries anyway.
 */
static const struct kafka_setting fixed_settings[] = {
    {"enable.idempotence", "true"},
    {"enable.gapless.guarantee", "true"},
    {"acks", "all"},
    {"message.timeout.ms", "0"},
    {"linger.ms", "0"},
    {"queue.buffering.max.messages", "10000"},
    {"queue.buffering.max.kbytes", "16384"},
    {"topic.metadata.propagation.max.ms", "2000"},
};

void producer_init(struct producer *producer, const struct gw_host *host, const struct publisher_config *config)
{
    *producer = (struct producer){.host = host, .config = config, .wakeup = -1};
    kafka_watch_init(&producer->watch, host);
}

void producer_done(struct producer *producer)
{
    producer_close(producer);
    kafka_watch_done(&producer->watch);
}

static enum gw_status set_choices(rd_kafka_conf_t *conf, const struct publisher_config *config, struct gw_error *reterr)
{
    static const char *const compressions[] = {"none", "gzip", "snappy", "lz4", "zstd"};
    static const char *const partitioners[] = {"murmur2_random", "consistent_random", "fnv1a_random"};
    enum gw_status status = kafka_conf_set(
        conf, "compression.type", word_of(compressions, gw_array_length(compressions), config->compression), reterr);

    if (status != GW_OK)
        return status;
    return kafka_conf_set(conf, "partitioner",
                          word_of(partitioners, gw_array_length(partitioners), config->partitioner), reterr);
}

enum gw_status producer_conf(const struct publisher_config *config, struct kafka_watch *watch,
                             rd_kafka_conf_t **ret_conf, struct gw_error *reterr)
{
    gw_auto(rd_kafka_conf_destroy) rd_kafka_conf_t *conf = NULL;
    enum gw_status status = kafka_conf(&config->kafka, KAFKA_PRODUCES, watch, fixed_settings,
                                       gw_array_length(fixed_settings), &conf, reterr);

    if (status == GW_OK)
        status = set_choices(conf, config, reterr);
    if (status == GW_OK)
        *ret_conf = gw_take(conf);
    return status;
}

static enum gw_status make_client(struct producer *producer, struct gw_error *reterr)
{
    rd_kafka_conf_t *conf = NULL;
    enum gw_status status = producer_conf(producer->config, &producer->watch, &conf, reterr);

    if (status != GW_OK)
        return status;
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    return kafka_client_new(RD_KAFKA_PRODUCER, conf, &producer->client, reterr);
}

enum gw_status producer_open(struct producer *producer, struct gw_error *reterr)
{
    static const uint64_t one = 1;
    enum gw_status status = GW_OK;

    if (producer->client != NULL && !producer->watch.is_fatal)
        return GW_OK;
    producer_close(producer);
    producer->wakeup = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (producer->wakeup < 0)
        return gw_error_set_errno(reterr, GW_TRANSIENT, errno, "a wake-up for the Kafka producer");
    status = make_client(producer, reterr);
    if (status != GW_OK) {
        producer_close(producer);
        return status;
    }
    producer->queue = rd_kafka_queue_get_main(producer->client);
    rd_kafka_queue_io_event_enable(producer->queue, producer->wakeup, &one, sizeof one);
    return GW_OK;
}

void producer_close(struct producer *producer)
{
    if (producer->queue != NULL) {
        rd_kafka_queue_io_event_enable(producer->queue, -1, NULL, 0);
        rd_kafka_queue_destroy(producer->queue);
    }
    if (producer->client != NULL)
        client_destroy(producer->client, &producer->watch);
    if (producer->wakeup >= 0)
        (void)close(producer->wakeup);
    producer->queue = NULL;
    producer->client = NULL;
    producer->wakeup = -1;
}

rd_kafka_resp_err_t producer_send(struct producer *producer, const struct group *group, uint32_t index)
{
    const struct gw_publication *event = gw_array_at(group->events, index);
    rd_kafka_headers_t *headers = record_headers(event);
    rd_kafka_resp_err_t code;

    if (headers == NULL)
        return RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE;
    code = rd_kafka_producev(producer->client, RD_KAFKA_V_TOPIC(producer->config->topic),
                             RD_KAFKA_V_KEY(event->sku.ptr, (size_t)event->sku.len),
                             RD_KAFKA_V_VALUE((void *)(uintptr_t)event->payload.ptr, (size_t)event->payload.len),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(headers),
                             RD_KAFKA_V_OPAQUE((void *)(uintptr_t)index), RD_KAFKA_V_END);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_headers_destroy(headers); /* librdkafka owns them only if it has taken the message */
    return code;
}

static void take_reports(struct producer *producer, struct group *group, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *report;
    int64_t now = producer->host->monotonic_ms(producer->host);

    while ((report = rd_kafka_event_message_next(event)) != NULL)
        if (group != NULL)
            group_report(group, report, now);
}

/* A fatal error's event has its cause in the place of FATAL. */
static void take_error(struct producer *producer, rd_kafka_event_t *event)
{
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);

    if (rd_kafka_event_error_is_fatal(event))
        code = RD_KAFKA_RESP_ERR__FATAL;
    kafka_watch_error(&producer->watch, producer->client, code, rd_kafka_event_error_string(event));
}

/* The wake-up is reset before the queue is emptied, because librdkafka signals only once after each time that the queue
 * was emptied. */
void producer_serve(struct producer *producer, struct group *group)
{
    rd_kafka_event_t *event;
    uint64_t count;

    if (producer->client == NULL) {
        kafka_watch_serve(&producer->watch);
        return;
    }
    if (read(producer->wakeup, &count, sizeof count) < 0 && errno != EAGAIN)
        return;
    while ((event = rd_kafka_queue_poll(producer->queue, 0)) != NULL) {
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR)
            take_reports(producer, group, event);
        else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR)
            take_error(producer, event);
        rd_kafka_event_destroy(event);
    }
    kafka_watch_serve(&producer->watch);
}
