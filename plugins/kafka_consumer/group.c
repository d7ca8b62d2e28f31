/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the description of the group from the brokers. See group.h. */
#include "group.h"

#include "kafka/ending.h"

#include <gangway/scope.h>

#include <stdlib.h>
#include <string.h>

enum { PAUSE_MS = 100 };

#define ASSIGNOR "cooperative-sticky"

GW_DEFINE_AUTO(rd_kafka_event_t, rd_kafka_event_destroy);

/* A user without the right to read in a group may not know of the group either. */
static enum gw_status refuse(const struct kafka_watch *watch, rd_kafka_resp_err_t code, struct gw_error *reterr)
{
    if (code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE)
        return gw_error_set(reterr, GW_UNSUPPORTED, "these brokers do not say who reads in it");
    if (code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
        return gw_error_set(reterr, GW_CONFIG, "this user may not read in this group: it needs the right Read");
    return kafka_error(reterr, watch, code, "asking for the group");
}

/* All members of a group must use the same assignment strategy. */
static enum gw_status describe_state(const rd_kafka_ConsumerGroupDescription_t *group, char *text, size_t room,
                                     struct gw_error *reterr)
{
    size_t members = rd_kafka_ConsumerGroupDescription_member_count(group);
    const char *assignor = rd_kafka_ConsumerGroupDescription_partition_assignor(group);

    if (members > 0 && assignor != NULL && assignor[0] != '\0' && strcmp(assignor, ASSIGNOR) != 0)
        return gw_error_set(reterr, GW_CONFIG,
                            "its %zu members share the partitions by \"%s\", which does not go together with this "
                            "gateway's \"" ASSIGNOR "\": they are other programs; take another group",
                            members, assignor);
    if (members == 0)
        (void)snprintf(text, room, "has no active members");
    else
        (void)snprintf(text, room, "%zu member%s read%s in it now", members, members == 1 ? "" : "s",
                       members == 1 ? "s" : "");
    return GW_OK;
}

static enum gw_status read_answer(rd_kafka_event_t *event, const struct kafka_watch *watch, char *text, size_t room,
                                  struct gw_error *reterr)
{
    const rd_kafka_DescribeConsumerGroups_result_t *result = rd_kafka_event_DescribeConsumerGroups_result(event);
    const rd_kafka_ConsumerGroupDescription_t **groups;
    const rd_kafka_error_t *error;
    size_t count = 0;

    if (result == NULL || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return refuse(watch, result == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event), reterr);
    groups = rd_kafka_DescribeConsumerGroups_result_groups(result, &count);
    if (count != 1)
        return refuse(watch, RD_KAFKA_RESP_ERR__BAD_MSG, reterr);
    error = rd_kafka_ConsumerGroupDescription_error(groups[0]);
    if (error != NULL)
        return refuse(watch, rd_kafka_error_code(error), reterr);
    return describe_state(groups[0], text, room, reterr);
}

static enum gw_status request_group(rd_kafka_t *client, const struct kafka_watch *watch, const char *group,
                                    int64_t timeout_ms, char *text, size_t room, struct gw_error *reterr)
{
    rd_kafka_queue_t *answers = rd_kafka_queue_new(client);
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
    gw_auto(rd_kafka_event_destroy) rd_kafka_event_t *event = NULL;
    char refused[128];

    (void)rd_kafka_AdminOptions_set_request_timeout(options, (int)timeout_ms, refused, sizeof refused);
    rd_kafka_DescribeConsumerGroups(client, &group, 1, options, answers);
    event = rd_kafka_queue_poll(answers, (int)timeout_ms);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(answers);
    if (event == NULL)
        return refuse(watch, RD_KAFKA_RESP_ERR__TIMED_OUT, reterr);
    return read_answer(event, watch, text, room, reterr);
}

/* A cluster without any group first creates the topic for their offsets, and answers no such request until then. */
static enum gw_status request_until_answered(const struct gw_host *host, rd_kafka_t *client,
                                             const struct kafka_watch *watch, const char *group, int64_t deadline_ms,
                                             char *text, size_t room, struct gw_error *reterr)
{
    for (;;) {
        int64_t left_ms = deadline_ms - host->monotonic_ms(host);
        enum gw_status status = request_group(client, watch, group, left_ms > 1 ? left_ms : 1, text, room, reterr);
        uint32_t ready = 0;

        if (status != GW_TRANSIENT || host->monotonic_ms(host) + PAUSE_MS >= deadline_ms)
            return status;
        status = host->wait(host, -1, 0, host->monotonic_ms(host) + PAUSE_MS, &ready);
        if (status != GW_OK)
            return gw_error_set(reterr, status, "asking for the group");
    }
}

/* A client, and the state that its callbacks use as long as it lives. */
struct looking {
    struct kafka_watch watch;
    rd_kafka_t *client;
};

/* If the brokers do not support the request (librdkafka's mock does not), librdkafka 2.0.2 deadlocks, and destroying
 * the client would block for ever. The client is then left alone. */
static void looking_end(struct looking *looking, enum gw_status status)
{
    if (status == GW_UNSUPPORTED)
        client_abandon(looking->client, &looking->watch);
    else if (looking->client != NULL)
        client_destroy(looking->client, &looking->watch);
    kafka_watch_done(&looking->watch);
    free(looking);
}

enum gw_status group_look(const struct kafka_options *options, const struct gw_host *host, const char *group,
                          int64_t timeout_ms, const struct gw_report *report)
{
    static const struct kafka_setting settings[] = {{"log_level", "0"}};
    struct looking *looking = calloc(1, sizeof *looking);
    struct gw_error error = {0};
    rd_kafka_conf_t *conf = NULL;
    char subject[300];
    char text[64] = "";
    enum gw_status status;

    if (looking == NULL)
        return GW_NOMEM;
    kafka_watch_init(&looking->watch, host);
    status = kafka_conf(options, KAFKA_LOOKS, &looking->watch, settings, gw_array_length(settings), &conf, &error);
    if (status == GW_OK)
        status = kafka_client_new(RD_KAFKA_PRODUCER, conf, &looking->client, &error);
    if (status == GW_OK)
        status = request_until_answered(host, looking->client, &looking->watch, group,
                                        host->monotonic_ms(host) + timeout_ms, text, sizeof text, &error);
    looking_end(looking, status);
    (void)snprintf(subject, sizeof subject, "group %s", group);
    if (status == GW_UNSUPPORTED)
        return gw_report_line(report, GW_OK, subject, "%s", error.text);
    return gw_report_line(report, status, subject, "%s", status == GW_OK ? text : error.text);
}
