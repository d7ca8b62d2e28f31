/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partitions are assigned to a client without a subscription, at the offsets in question. The first result for each is
 * its answer. See lookup.h.
 */
#include "lookup.h"

#include "kafka/ending.h"
#include "record.h"
#include "trouble.h"

#include <gangway/scope.h>

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { REST_MS = 10000, TAKE_MESSAGES = 64, SLICE_MS = 100, SILENT_MS = 3000 };

void lookup_init(struct lookup *lookup, const struct gw_host *host, const struct kafka_options *options,
                 const char *group)
{
    memset(lookup, 0, sizeof *lookup);
    lookup->host = host;
    lookup->options = options;
    lookup->group = group;
    lookup->wake = -1;
    kafka_watch_init(&lookup->watch, host);
}

static void lookup_end(struct lookup *lookup)
{
    if (lookup->queue != NULL) {
        rd_kafka_queue_io_event_enable(lookup->queue, -1, NULL, 0); /* the client may live longer than the eventfd */
        rd_kafka_queue_destroy(lookup->queue);
    }
    if (lookup->client != NULL)
        client_destroy(lookup->client, &lookup->watch);
    if (lookup->wake >= 0)
        (void)close(lookup->wake);
    lookup->queue = NULL;
    lookup->client = NULL;
    lookup->wake = -1;
}

void lookup_done(struct lookup *lookup)
{
    lookup_end(lookup);
    kafka_watch_done(&lookup->watch);
}

void lookup_rest(struct lookup *lookup)
{
    if (lookup->client != NULL && lookup->host->monotonic_ms(lookup->host) - lookup->used_ms > REST_MS)
        lookup_end(lookup);
}

static enum gw_status client_make(struct lookup *lookup, struct gw_error *reterr)
{
    const struct kafka_setting settings[] = {
        {"group.id", lookup->group},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", "error"},
        {"allow.auto.create.topics", "false"},
        {"isolation.level", "read_committed"},
        {"enable.partition.eof", "true"},
        {"fetch.wait.max.ms", "10"},
        {"queued.max.messages.kbytes", "4096"},
        {"fetch.message.max.bytes", "16384"},
        {"topic.metadata.propagation.max.ms", "0"},
    };
    rd_kafka_conf_t *conf = NULL;
    enum gw_status status =
        kafka_conf(lookup->options, KAFKA_LOOKS, &lookup->watch, settings, gw_array_length(settings), &conf, reterr);

    return status == GW_OK ? kafka_client_new(RD_KAFKA_CONSUMER, conf, &lookup->client, reterr) : status;
}

static enum gw_status lookup_wake(struct lookup *lookup, struct gw_error *reterr)
{
    static const uint64_t one = 1;
    enum gw_status status;

    lookup->used_ms = lookup->host->monotonic_ms(lookup->host);
    if (lookup->client != NULL && !lookup->watch.is_fatal)
        return GW_OK;
    lookup_end(lookup);
    status = client_make(lookup, reterr);
    if (status != GW_OK)
        return status;
    (void)rd_kafka_poll_set_consumer(lookup->client);
    lookup->queue = rd_kafka_queue_get_consumer(lookup->client);
    lookup->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (lookup->queue == NULL || lookup->wake < 0) {
        lookup_end(lookup);
        return gw_error_set(reterr, GW_NOMEM, "no memory to look at the cluster");
    }
    rd_kafka_queue_io_event_enable(lookup->queue, lookup->wake, &one, sizeof one);
    return GW_OK;
}

static struct lookup_question *question_of(struct lookup_question *questions, uint32_t count,
                                           const rd_kafka_message_t *message)
{
    const char *topic = message->rkt != NULL ? rd_kafka_topic_name(message->rkt) : "";
    uint32_t index;

    for (index = 0; index < count; index++)
        if (questions[index].partition == message->partition && strcmp(questions[index].topic, topic) == 0)
            return &questions[index];
    return NULL;
}

/* Transient errors are no answer, because librdkafka retries. */
static void answer(struct lookup_question *question, const rd_kafka_message_t *message)
{
    question->offset = message->offset;
    question->code = message->err;
    switch (message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        question->answer = LOOKUP_RECORD;
        question->mark = record_mark(message);
        break;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        question->answer = LOOKUP_END;
        break;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        question->answer = LOOKUP_OUT_OF_RANGE;
        break;
    default:
        if (trouble_of(message->err) == TROUBLE_DAMAGE)
            question->answer = LOOKUP_UNREADABLE;
        else if (kafka_status(message->err) != GW_TRANSIENT)
            question->answer = LOOKUP_FAILED;
    }
}

/* Returns how many questions have an answer now. */
static uint32_t lookup_take(struct lookup *lookup, struct lookup_question *questions, uint32_t count)
{
    rd_kafka_message_t *messages[TAKE_MESSAGES];
    uint32_t answered = 0;
    ssize_t got;
    ssize_t index;

    do {
        got = rd_kafka_consume_batch_queue(lookup->queue, 0, messages, TAKE_MESSAGES);
        for (index = 0; index < got; index++) {
            struct lookup_question *question = question_of(questions, count, messages[index]);

            if (question != NULL && question->answer == LOOKUP_NONE) {
                answer(question, messages[index]);
                answered += question->answer != LOOKUP_NONE;
            }
            rd_kafka_message_destroy(messages[index]);
        }
    } while (got == TAKE_MESSAGES);
    return answered;
}

/* ---- topics ---------------------------------------------------------------------------------------------------- */

/* Asks for the leaders of a topic, in slices, so that a shutdown is noticed. If the leader of a partition is unknown
 * when the partition is assigned, librdkafka asks for it half a second or a second later. */
static enum gw_status know_topic(struct lookup *lookup, rd_kafka_topic_t *handle, int64_t deadline_ms,
                                 rd_kafka_resp_err_t *ret_code, struct gw_error *reterr)
{
    const struct gw_host *host = lookup->host;

    for (;;) {
        const struct rd_kafka_metadata *found = NULL;
        rd_kafka_resp_err_t code = rd_kafka_metadata(lookup->client, 0, handle, &found, SLICE_MS);
        uint32_t ready = 0;
        const struct kafka_cause *cause;

        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            *ret_code = found->topic_cnt == 1 ? found->topics[0].err : RD_KAFKA_RESP_ERR_NO_ERROR;
            rd_kafka_metadata_destroy(found);
            return GW_OK;
        }
        if (host->wait(host, -1, 0, 0, &ready) == GW_CANCELLED)
            return gw_error_set(reterr, GW_CANCELLED, "looking at the partitions");
        (void)lookup_take(lookup, NULL, 0); /* the watch gets the cause */
        cause = kafka_watch_cause(&lookup->watch);
        if (host->monotonic_ms(host) >= deadline_ms || (cause != NULL && kafka_status(cause->code) == GW_CONFIG))
            return kafka_error(reterr, &lookup->watch, code, "looking at the partitions of %s",
                               rd_kafka_topic_name(handle));
    }
}

static void forget_topics(rd_kafka_topic_t **topics, uint32_t count)
{
    while (count > 0)
        rd_kafka_topic_destroy(topics[--count]);
    free(topics);
}

/* The topics of the questions. Each is asked for once if its questions are adjacent. librdkafka knows a topic as long
 * as a handle exists. */
static enum gw_status know_topics(struct lookup *lookup, struct lookup_question *questions, uint32_t count,
                                  int64_t deadline_ms, rd_kafka_topic_t **topics, uint32_t *ret_known,
                                  struct gw_error *reterr)
{
    enum gw_status status = GW_OK;
    uint32_t index;

    for (index = 0; index < count && status == GW_OK; index++) {
        rd_kafka_topic_t *topic;

        if (index > 0 && strcmp(questions[index].topic, questions[index - 1].topic) == 0) {
            questions[index].code = questions[index - 1].code;
            continue;
        }
        topic = rd_kafka_topic_new(lookup->client, questions[index].topic, NULL);
        if (topic == NULL)
            return gw_error_set(reterr, GW_CONFIG, "topic %s: %s", questions[index].topic,
                                rd_kafka_err2str(rd_kafka_last_error()));
        topics[(*ret_known)++] = topic;
        status = know_topic(lookup, topic, deadline_ms, &questions[index].code, reterr);
    }
    return status;
}

/* ---- asking ---------------------------------------------------------------------------------------------------- */

static enum gw_status lookup_assign(struct lookup *lookup, struct lookup_question *questions, uint32_t count,
                                    int64_t deadline_ms, struct gw_error *reterr)
{
    rd_kafka_topic_t **topics = calloc((size_t)count + 1, sizeof *topics);
    rd_kafka_topic_partition_list_t *list;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    uint32_t known = 0;
    uint32_t index;
    enum gw_status status;

    if (topics == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory to look at the partitions");
    status = know_topics(lookup, questions, count, deadline_ms, topics, &known, reterr);
    if (status == GW_OK) {
        list = rd_kafka_topic_partition_list_new((int)count);
        for (index = 0; index < count; index++) {
            struct lookup_question *question = &questions[index];

            if (kafka_status(question->code) != GW_OK && kafka_status(question->code) != GW_TRANSIENT)
                question->answer = LOOKUP_FAILED;
            else
                rd_kafka_topic_partition_list_add(list, question->topic, question->partition)->offset = question->at;
        }
        code = rd_kafka_assign(lookup->client, list);
        rd_kafka_topic_partition_list_destroy(list);
    }
    forget_topics(topics, known);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(reterr, &lookup->watch, code, "looking at the partitions");
    return status;
}

/* The eventfd counts a wake-up until it is read. */
static enum gw_status lookup_await(struct lookup *lookup, int64_t deadline_ms)
{
    const struct gw_host *host = lookup->host;
    uint32_t ready = 0;
    uint64_t wakes;
    enum gw_status status = host->wait(host, lookup->wake, GW_WAIT_READ, deadline_ms, &ready);

    if (status == GW_OK && ready != 0 && read(lookup->wake, &wakes, sizeof wakes) < 0)
        return GW_OK; /* another reader was faster; the queue is checked anyway */
    return status;
}

/* Whether only silent questions are open. If a record is longer than its batch, librdkafka reports nothing: the cluster
 * has said where the partition ends, and no record arrives. */
static bool is_silent(struct lookup *lookup, const struct lookup_question *questions, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++) {
        int64_t first = 0;
        int64_t end = 0;

        if (questions[index].answer == LOOKUP_NONE &&
            (rd_kafka_get_watermark_offsets(lookup->client, questions[index].topic, questions[index].partition, &first,
                                            &end) != RD_KAFKA_RESP_ERR_NO_ERROR ||
             end < 0))
            return false;
    }
    return true;
}

static void give_up_silent(struct lookup_question *questions, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++)
        if (questions[index].answer == LOOKUP_NONE)
            questions[index].answer = LOOKUP_UNREADABLE;
}

/* Waits until each question has its answer or the time is over. */
static enum gw_status lookup_wait(struct lookup *lookup, struct lookup_question *questions, uint32_t count,
                                  int64_t deadline_ms, struct gw_error *reterr)
{
    int64_t silent_ms = lookup->host->monotonic_ms(lookup->host) + SILENT_MS;
    uint32_t answered = 0;
    uint32_t index;

    for (index = 0; index < count; index++)
        answered += questions[index].answer != LOOKUP_NONE;
    for (;;) {
        enum gw_status status;
        int64_t now_ms;

        answered += lookup_take(lookup, questions, count);
        now_ms = lookup->host->monotonic_ms(lookup->host);
        if (answered == count || now_ms >= deadline_ms)
            return GW_OK;
        if (now_ms >= silent_ms && is_silent(lookup, questions, count)) {
            give_up_silent(questions, count);
            return GW_OK;
        }
        status = lookup_await(lookup, now_ms < silent_ms && silent_ms < deadline_ms ? silent_ms : deadline_ms);
        if (status != GW_OK)
            return gw_error_set(reterr, status, "looking at the partitions");
    }
}

enum gw_status lookup_ask(struct lookup *lookup, struct lookup_question *questions, uint32_t count, int64_t timeout_ms,
                          struct gw_error *reterr)
{
    int64_t deadline_ms = lookup->host->monotonic_ms(lookup->host) + timeout_ms;
    enum gw_status status = lookup_wake(lookup, reterr);
    uint32_t index;

    for (index = 0; index < count; index++) {
        questions[index].answer = LOOKUP_NONE;
        questions[index].code = RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    if (status == GW_OK)
        status = lookup_assign(lookup, questions, count, deadline_ms, reterr);
    if (status != GW_OK)
        return status;
    status = lookup_wait(lookup, questions, count, deadline_ms, reterr);
    (void)rd_kafka_assign(lookup->client, NULL);
    return status;
}

rd_kafka_resp_err_t lookup_range(struct lookup *lookup, const char *topic, int32_t partition, int64_t timeout_ms,
                                 int64_t *ret_first, int64_t *ret_end)
{
    if (lookup_wake(lookup, NULL) != GW_OK)
        return RD_KAFKA_RESP_ERR__STATE;
    return rd_kafka_query_watermark_offsets(lookup->client, topic, partition, ret_first, ret_end, (int)timeout_ms);
}

char *lookup_cluster(struct lookup *lookup, int64_t timeout_ms, struct gw_error *reterr)
{
    char *cluster;

    if (lookup_wake(lookup, reterr) != GW_OK)
        return NULL;
    cluster = rd_kafka_clusterid(lookup->client, (int)timeout_ms);
    if (cluster == NULL) {
        (void)lookup_take(lookup, NULL, 0); /* the watch gets the cause */
        (void)kafka_error(reterr, &lookup->watch, RD_KAFKA_RESP_ERR__TIMED_OUT, "asking the cluster for its id");
    }
    return cluster;
}
