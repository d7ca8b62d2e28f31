/* SPDX-License-Identifier: Apache-2.0 */
/* Asks about all topics with one DescribeConfigs request. See compaction.h. */
#include "compaction.h"

#include "kafka/ending.h"

#include <gangway/scope.h>

#include <stdlib.h>
#include <string.h>

#define POLICY "cleanup.policy"

GW_DEFINE_AUTO(rd_kafka_event_t, rd_kafka_event_destroy);

/* A client, and the state that its callbacks use as long as it lives. */
struct looking {
    struct kafka_watch watch;
    rd_kafka_t *client;
};

static const char *policy_of(const rd_kafka_ConfigResource_t *topic)
{
    size_t count = 0;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(topic, &count);

    for (size_t index = 0; index < count; index++)
        if (strcmp(rd_kafka_ConfigEntry_name(entries[index]), POLICY) == 0)
            return rd_kafka_ConfigEntry_value(entries[index]);
    return NULL;
}

static void report_topic(const rd_kafka_ConfigResource_t *topic, const struct gw_report *report)
{
    const char *policy = policy_of(topic);

    if (policy == NULL || strstr(policy, "compact") == NULL)
        return;
    (void)gw_report_line(report, GW_OK, rd_kafka_ConfigResource_name(topic),
                         "COMPACTED (" POLICY "=%s): of commands with one key the earlier ones are dropped unread, and "
                         "its partitions stop when the record before a position is; use " POLICY "=delete",
                         policy);
}

static void read_answer(const rd_kafka_event_t *event, const struct gw_report *report)
{
    const rd_kafka_DescribeConfigs_result_t *result =
        rd_kafka_event_DescribeConfigs_result((rd_kafka_event_t *)(uintptr_t)event);
    const rd_kafka_ConfigResource_t **topics;
    size_t count = 0;

    if (result == NULL)
        return;
    topics = rd_kafka_DescribeConfigs_result_resources(result, &count);
    for (size_t index = 0; index < count; index++)
        if (rd_kafka_ConfigResource_error(topics[index]) == RD_KAFKA_RESP_ERR_NO_ERROR)
            report_topic(topics[index], report);
}

/* Returns the error code of the answer as a whole. */
static rd_kafka_resp_err_t describe_topics(rd_kafka_t *client, rd_kafka_ConfigResource_t **wanted, size_t count,
                                           int64_t timeout_ms, const struct gw_report *report)
{
    rd_kafka_queue_t *answers = rd_kafka_queue_new(client);
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    gw_auto(rd_kafka_event_destroy) rd_kafka_event_t *event = NULL;
    char refused[128];

    (void)rd_kafka_AdminOptions_set_request_timeout(options, (int)timeout_ms, refused, sizeof refused);
    rd_kafka_DescribeConfigs(client, wanted, count, options, answers);
    event = rd_kafka_queue_poll(answers, (int)timeout_ms);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(answers);
    if (event == NULL)
        return RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR)
        read_answer(event, report);
    return rd_kafka_event_error(event);
}

static rd_kafka_resp_err_t ask_all(rd_kafka_t *client, const struct gw_option_map *topics, int64_t timeout_ms,
                                   const struct gw_report *report)
{
    rd_kafka_ConfigResource_t **wanted = calloc((size_t)topics->count, sizeof *wanted);
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE;

    if (wanted == NULL)
        return code;
    for (uint64_t index = 0; index < topics->count; index++)
        wanted[index] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topics->items[index].key);
    code = describe_topics(client, wanted, (size_t)topics->count, timeout_ms, report);
    rd_kafka_ConfigResource_destroy_array(wanted, (size_t)topics->count);
    free(wanted);
    return code;
}

/* As in group.c: librdkafka 2.0.2 cannot be destroyed after a request that the brokers do not support. */
static void looking_end(struct looking *looking, rd_kafka_resp_err_t code)
{
    if (code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE)
        client_abandon(looking->client, &looking->watch);
    else if (looking->client != NULL)
        client_destroy(looking->client, &looking->watch);
    kafka_watch_done(&looking->watch);
    free(looking);
}

void compaction_look(const struct kafka_options *options, const struct gw_host *host,
                     const struct gw_option_map *topics, int64_t timeout_ms, const struct gw_report *report)
{
    static const struct kafka_setting settings[] = {{"log_level", "0"}};
    struct looking *looking = calloc(1, sizeof *looking);
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_conf_t *conf = NULL;

    if (looking == NULL)
        return;
    kafka_watch_init(&looking->watch, host);
    if (kafka_conf(options, KAFKA_LOOKS, &looking->watch, settings, gw_array_length(settings), &conf, NULL) == GW_OK &&
        kafka_client_new(RD_KAFKA_PRODUCER, conf, &looking->client, NULL) == GW_OK)
        code = ask_all(looking->client, topics, timeout_ms, report);
    looking_end(looking, code);
}
