/* SPDX-License-Identifier: Apache-2.0 */
/* The admin API, a producer and a consumer of librdkafka's, made for each call. See kafka_topics.h. */
#include "kafka_topics.h"

#include <check.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 30000, LOOKS = 1500, LOOK_US = 20000 };

const char *kafka_brokers(void)
{
    const char *found = getenv("GANGWAY_TEST_KAFKA_BROKERS");

    ck_assert_msg(found != NULL, "run this beside tests/support/with_kafka");
    return found;
}

static rd_kafka_t *client_make(rd_kafka_type_t type, const char *group)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *client;

    ck_assert_int_eq(rd_kafka_conf_set(conf, "bootstrap.servers", kafka_brokers(), NULL, 0), RD_KAFKA_CONF_OK);
    ck_assert_int_eq(rd_kafka_conf_set(conf, "log_level", "0", NULL, 0), RD_KAFKA_CONF_OK);
    if (group != NULL)
        ck_assert_int_eq(rd_kafka_conf_set(conf, "group.id", group, NULL, 0), RD_KAFKA_CONF_OK);
    client = rd_kafka_new(type, conf, NULL, 0);
    ck_assert_ptr_nonnull(client);
    return client;
}

/* ---- the admin's ----------------------------------------------------------------------------------------------- */

struct admin {
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;
};

static struct admin admin_begin(void)
{
    struct admin admin = {.client = client_make(RD_KAFKA_PRODUCER, NULL)};

    admin.queue = rd_kafka_queue_new(admin.client);
    return admin;
}

static void expect_topic(const rd_kafka_topic_result_t *const *results, size_t count)
{
    ck_assert_uint_eq(count, 1);
    ck_assert_msg(rd_kafka_topic_result_error(results[0]) == RD_KAFKA_RESP_ERR_NO_ERROR, "%s",
                  rd_kafka_topic_result_error_string(results[0]));
}

static rd_kafka_event_t *admin_end(struct admin *admin)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(admin->queue, PATIENCE_MS);

    ck_assert_ptr_nonnull(event);
    ck_assert_msg(rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR, "%s", rd_kafka_event_error_string(event));
    return event;
}

static void admin_done(struct admin *admin, rd_kafka_event_t *event)
{
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(admin->queue);
    rd_kafka_destroy(admin->client);
}

/* How many partitions of the topic have a leader. */
static int partitions_led(rd_kafka_t *client, const char *topic)
{
    rd_kafka_topic_t *handle = rd_kafka_topic_new(client, topic, NULL);
    const struct rd_kafka_metadata *found = NULL;
    int led = 0;

    ck_assert_int_eq(rd_kafka_metadata(client, 0, handle, &found, PATIENCE_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
    for (int index = 0; found->topics[0].err == 0 && index < found->topics[0].partition_cnt; index++)
        led += found->topics[0].partitions[index].leader >= 0;
    rd_kafka_metadata_destroy(found);
    rd_kafka_topic_destroy(handle);
    return led;
}

static void await_partitions(const char *topic, int wanted)
{
    rd_kafka_t *client = client_make(RD_KAFKA_CONSUMER, NULL);
    int looks = 0;

    while (partitions_led(client, topic) != wanted && looks++ < LOOKS)
        (void)usleep(LOOK_US); /* between two checks */
    rd_kafka_destroy(client);
    ck_assert_int_lt(looks, LOOKS);
}

void kafka_topic_create(const char *topic, int partitions)
{
    struct admin admin = admin_begin();
    rd_kafka_NewTopic_t *wanted = rd_kafka_NewTopic_new(topic, partitions, 1, NULL, 0);
    rd_kafka_event_t *event;
    const rd_kafka_topic_result_t *const *results;
    size_t count = 0;

    rd_kafka_CreateTopics(admin.client, &wanted, 1, NULL, admin.queue);
    event = admin_end(&admin);
    results = (const rd_kafka_topic_result_t *const *)rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result(event), &count);
    expect_topic(results, count);
    rd_kafka_NewTopic_destroy(wanted);
    admin_done(&admin, event);
    await_partitions(topic, partitions);
}

void kafka_topic_delete(const char *topic)
{
    struct admin admin = admin_begin();
    rd_kafka_DeleteTopic_t *wanted = rd_kafka_DeleteTopic_new(topic);
    rd_kafka_event_t *event;
    const rd_kafka_topic_result_t *const *results;
    size_t count = 0;

    rd_kafka_DeleteTopics(admin.client, &wanted, 1, NULL, admin.queue);
    event = admin_end(&admin);
    results = (const rd_kafka_topic_result_t *const *)rd_kafka_DeleteTopics_result_topics(
        rd_kafka_event_DeleteTopics_result(event), &count);
    expect_topic(results, count);
    rd_kafka_DeleteTopic_destroy(wanted);
    admin_done(&admin, event);
    await_partitions(topic, 0);
}

void kafka_cut(const char *topic, int32_t partition, int64_t offset)
{
    struct admin admin = admin_begin();
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_DeleteRecords_t *wanted;
    rd_kafka_event_t *event;

    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
    wanted = rd_kafka_DeleteRecords_new(list);
    rd_kafka_DeleteRecords(admin.client, &wanted, 1, NULL, admin.queue);
    event = admin_end(&admin);
    ck_assert_int_eq(rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event))->elems[0].err,
                     RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_DeleteRecords_destroy(wanted);
    rd_kafka_topic_partition_list_destroy(list);
    admin_done(&admin, event);
}

/* ---- records --------------------------------------------------------------------------------------------------- */

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    (void)opaque;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        ++*(int *)rd_kafka_opaque(client);
}

static rd_kafka_t *producer_make(int *delivered)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *client;

    ck_assert_int_eq(rd_kafka_conf_set(conf, "bootstrap.servers", kafka_brokers(), NULL, 0), RD_KAFKA_CONF_OK);
    ck_assert_int_eq(rd_kafka_conf_set(conf, "linger.ms", "1", NULL, 0), RD_KAFKA_CONF_OK);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, delivered);
    client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, NULL, 0);
    ck_assert_ptr_nonnull(client);
    return client;
}

static void producer_done(rd_kafka_t *client, const int *delivered, int expected)
{
    ck_assert_int_eq(rd_kafka_flush(client, PATIENCE_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
    ck_assert_int_eq(*delivered, expected);
    rd_kafka_destroy(client);
}

void kafka_produce(const char *topic, int32_t partition, int first, int count, int64_t timestamp)
{
    int delivered = 0;
    rd_kafka_t *client = producer_make(&delivered);

    for (int index = 0; index < count; index++) {
        char payload[32];
        int len = snprintf(payload, sizeof payload, "{\"n\":%d}", first + index);

        ck_assert_int_eq(rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                                           RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                           RD_KAFKA_V_VALUE(payload, (size_t)len), RD_KAFKA_V_TIMESTAMP(timestamp),
                                           RD_KAFKA_V_END),
                         RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    producer_done(client, &delivered, count);
}

void kafka_produce_tombstone(const char *topic, int32_t partition, const char *key)
{
    int delivered = 0;
    rd_kafka_t *client = producer_make(&delivered);

    ck_assert_int_eq(rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                                       RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, strlen(key)),
                                       RD_KAFKA_V_VALUE(NULL, 0), RD_KAFKA_V_END),
                     RD_KAFKA_RESP_ERR_NO_ERROR);
    producer_done(client, &delivered, 1);
}

/* ---- a group's offsets ----------------------------------------------------------------------------------------- */

int64_t kafka_committed(const char *group, const char *topic, int32_t partition)
{
    rd_kafka_t *client = client_make(RD_KAFKA_CONSUMER, group);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    int64_t offset;

    rd_kafka_topic_partition_list_add(list, topic, partition);
    ck_assert_int_eq(rd_kafka_committed(client, list, PATIENCE_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
    offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(client);
    return offset < 0 ? -1 : offset;
}

void kafka_commit(const char *group, const char *topic, int32_t partition, int64_t offset)
{
    rd_kafka_t *client = client_make(RD_KAFKA_CONSUMER, group);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
    ck_assert_int_eq(rd_kafka_commit(client, list, 0), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(client);
}
