/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Look: the findings of `check` about a cluster and its topics. The client is a consumer without a group, because a
 * consumer, unlike a producer, never makes a broker create the topic that it asks for. It runs on the main thread,
 * where nothing else waits. Requests are short, so that a shutdown is noticed.
 */
#include "client.h"
#include "ending.h"

#include <gangway/scope.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLICE_MS = 500, BROKERS_TEXT_MAX = 400 };

struct looking {
    const struct kafka_options *options;
    const struct gw_host *host;
    const struct gw_report *report;
    struct kafka_watch watch;
    rd_kafka_t *client;
    int64_t deadline_ms;
    enum gw_status worst;
};

static void note_status(struct looking *looking, enum gw_status status)
{
    if (looking->worst == GW_OK || status == GW_CONFIG)
        looking->worst = status != GW_OK ? status : looking->worst;
}

static int slice(const struct looking *looking)
{
    int64_t left = looking->deadline_ms - looking->host->monotonic_ms(looking->host);

    return left <= 0 ? 0 : left < SLICE_MS ? (int)left : SLICE_MS;
}

/* Handles the reports of the client. Returns whether to continue: waiting does not remove some causes. */
static bool goes_on(struct looking *looking, struct gw_error *reterr)
{
    const struct kafka_cause *cause;

    if (looking->host->is_stopping(looking->host)) {
        (void)gw_error_set(reterr, GW_CANCELLED, "a shutdown was asked for");
        return false;
    }
    (void)rd_kafka_poll(looking->client, 0);
    cause = kafka_watch_cause(&looking->watch);
    return slice(looking) > 0 && (cause == NULL || kafka_status(cause->code) != GW_CONFIG);
}

/* Repeats the request until there is an answer. Without one it reports the most likely cause. */
static enum gw_status request_metadata(struct looking *looking, rd_kafka_topic_t *topic,
                                       const struct rd_kafka_metadata **ret_answer, struct gw_error *reterr)
{
    rd_kafka_resp_err_t code;

    do {
        code = rd_kafka_metadata(looking->client, 0, topic, ret_answer, slice(looking));
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
            return GW_OK;
    } while (goes_on(looking, reterr));
    if (reterr->status == GW_CANCELLED)
        return GW_CANCELLED;
    return kafka_error(reterr, &looking->watch, code, "asking the brokers");
}

/* ---- the cluster ----------------------------------------------------------------------------------------------- */

static void write_brokers(char text[BROKERS_TEXT_MAX], const struct rd_kafka_metadata *found)
{
    size_t used = 0;

    for (int index = 0; index < found->broker_cnt && used < BROKERS_TEXT_MAX - 1; index++) {
        int written = snprintf(text + used, BROKERS_TEXT_MAX - used, "%s%s:%d", index > 0 ? ", " : "",
                               found->brokers[index].host, found->brokers[index].port);

        used += written > 0 ? (size_t)written : 0;
    }
}

static void write_security(char *text, size_t room, const struct kafka_options *options)
{
    bool is_tls = options->tls || options->ca != NULL || options->cert != NULL;

    (void)snprintf(text, room, "%s%s%s%s",
                   is_tls                              ? "TLS"
                   : options->mechanism == KAFKA_PLAIN ? "NOT ENCRYPTED: the password can be read on the network"
                                                       : "not encrypted",
                   options->user != NULL ? ", as \"" : "", options->user != NULL ? options->user : "",
                   options->user != NULL ? "\"" : "");
}

static enum gw_status look_at_cluster(struct looking *looking)
{
    const struct rd_kafka_metadata *found = NULL;
    struct gw_error error = {0};
    enum gw_status status = request_metadata(looking, NULL, &found, &error);
    char brokers[BROKERS_TEXT_MAX] = "";
    char security[384];
    char *id;

    if (status != GW_OK)
        return gw_report_line(looking->report, status, "connection", "%s", error.text);
    write_brokers(brokers, found);
    write_security(security, sizeof security, looking->options);
    id = rd_kafka_clusterid(looking->client, slice(looking));
    (void)gw_report_line(looking->report, GW_OK, "connection", "cluster %s, %d broker%s (%s), %s",
                         id != NULL ? id : "without id", found->broker_cnt, found->broker_cnt == 1 ? "" : "s", brokers,
                         security);
    if (id != NULL)
        rd_kafka_mem_free(looking->client, id);
    rd_kafka_metadata_destroy(found);
    return GW_OK;
}

/* ---- a topic --------------------------------------------------------------------------------------------------- */

/* The partitions of a topic may be on other brokers than the named ones, and the addresses that the cluster advertises
 * may not be reachable from here. So each leader gets a request. */
static enum gw_status ask_leader(struct looking *looking, const char *topic, int32_t partition, struct gw_error *reterr)
{
    rd_kafka_resp_err_t code;
    int64_t low;
    int64_t high;

    do {
        code = rd_kafka_query_watermark_offsets(looking->client, topic, partition, &low, &high, slice(looking));
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
            return GW_OK;
    } while (kafka_status(code) == GW_TRANSIENT && goes_on(looking, reterr));
    if (reterr->status == GW_CANCELLED)
        return GW_CANCELLED;
    return kafka_error(reterr, &looking->watch, code, "the leader of partition %d cannot be asked", partition);
}

static bool leads_one_before(const struct rd_kafka_metadata_topic *topic, int index)
{
    for (int before = 0; before < index; before++)
        if (topic->partitions[before].leader == topic->partitions[index].leader)
            return true;
    return false;
}

static enum gw_status look_at_leaders(struct looking *looking, const struct rd_kafka_metadata_topic *topic,
                                      struct gw_error *reterr)
{
    int without = 0;

    for (int index = 0; index < topic->partition_cnt; index++)
        without += topic->partitions[index].leader < 0;
    if (without > 0)
        return gw_error_set(reterr, GW_TRANSIENT, "%d of %d partitions have no leader: their brokers are away", without,
                            topic->partition_cnt);
    for (int index = 0; index < topic->partition_cnt; index++) {
        enum gw_status status = GW_OK;

        if (!leads_one_before(topic, index))
            status = ask_leader(looking, topic->topic, topic->partitions[index].id, reterr);
        if (status != GW_OK)
            return status;
    }
    return GW_OK;
}

static enum gw_status judge_topic(struct looking *looking, const struct rd_kafka_metadata_topic *topic,
                                  struct gw_error *reterr)
{
    switch (topic->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return look_at_leaders(looking, topic, reterr);
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return gw_error_set(reterr, GW_CONFIG, "there is no such topic, or this user may not see it");
    default:
        return gw_error_set(reterr, kafka_status(topic->err), "%s", kafka_text(topic->err));
    }
}

static enum gw_status look_at_topic(struct looking *looking, const struct kafka_wanted_topic *wanted)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(looking->client, wanted->name, NULL);
    const struct rd_kafka_metadata *found = NULL;
    struct gw_error error = {0};
    enum gw_status status;
    int partitions = 0;

    if (topic == NULL)
        return gw_report_line(looking->report, GW_CONFIG, wanted->name, "%s", rd_kafka_err2str(rd_kafka_last_error()));
    status = request_metadata(looking, topic, &found, &error);
    if (status == GW_OK && found->topic_cnt == 1) {
        partitions = found->topics[0].partition_cnt;
        status = judge_topic(looking, &found->topics[0], &error);
    }
    if (found != NULL)
        rd_kafka_metadata_destroy(found);
    rd_kafka_topic_destroy(topic);
    if (status != GW_OK)
        return gw_report_line(looking->report, status, wanted->name, "%s; it %s", error.text, wanted->purpose);
    return gw_report_line(looking->report, GW_OK, wanted->name, "%s; %d partition%s", wanted->purpose, partitions,
                          partitions == 1 ? "" : "s");
}

/* ---- all checks ------------------------------------------------------------------------------------------------ */

static enum gw_status open_client(struct looking *looking, struct gw_error *reterr)
{
    static const struct kafka_setting settings[] = {{"log_level", "0"}, {"allow.auto.create.topics", "false"}};
    rd_kafka_conf_t *conf = NULL;
    enum gw_status status =
        kafka_conf(looking->options, KAFKA_LOOKS, &looking->watch, settings, gw_array_length(settings), &conf, reterr);

    return status == GW_OK ? kafka_client_new(RD_KAFKA_CONSUMER, conf, &looking->client, reterr) : status;
}

static void look_at_all(struct looking *looking, const struct kafka_wanted_topic *topics, uint32_t count)
{
    note_status(looking, look_at_cluster(looking));
    for (uint32_t index = 0; index < count && looking->worst != GW_CANCELLED; index++) {
        if (looking->worst != GW_OK && !kafka_watch_is_up(&looking->watch))
            break; /* the finding about the connection applies to each topic */
        note_status(looking, look_at_topic(looking, &topics[index]));
    }
}

enum gw_status kafka_look(const struct kafka_options *options, const struct gw_host *host,
                          const struct kafka_wanted_topic *topics, uint32_t count, int64_t timeout_ms,
                          const struct gw_report *report)
{
    struct looking *looking = calloc(1, sizeof *looking);
    struct gw_error error = {0};
    enum gw_status worst;

    if (looking == NULL)
        return GW_NOMEM;
    *looking = (struct looking){.options = options, .host = host, .report = report};
    kafka_watch_init(&looking->watch, host);
    looking->deadline_ms = host->monotonic_ms(host) + timeout_ms;
    looking->worst = open_client(looking, &error);
    if (looking->worst != GW_OK)
        (void)gw_report_line(report, looking->worst, "connection", "%s", error.text);
    else
        look_at_all(looking, topics, count);
    worst = looking->worst;
    if (looking->client != NULL)
        client_destroy(looking->client, &looking->watch);
    kafka_watch_done(&looking->watch);
    free(looking);
    return worst;
}
