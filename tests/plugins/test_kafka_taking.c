/* SPDX-License-Identifier: Apache-2.0 */
/* Taking messages while librdkafka pauses and resumes their partition, as it does in every rebalance of the group. Here
 * a callback does it, which librdkafka calls between two messages. The cluster is the mock of librdkafka, in this
 * process. */
#include "check_main.h"
#include "taking.h"

#include <librdkafka/rdkafka_mock.h>
#include <time.h>

enum { RECORDS = 80000, /* the mock keeps 100,000 */ FLUSH_MS = 60000, SECONDS_MAX = 20, ATTEMPTS = 5 };

static const char topic[] = "commands";

struct consuming {
    rd_kafka_t *consumer;
    rd_kafka_topic_partition_list_t *partitions;
    rd_kafka_queue_t *queue;
    int pauses;
    int64_t next;   /* the offset behind the last record that was taken */
    int64_t missed; /* records that a later one came before */
};

/* Once, when a tenth of the records has left the queue. */
static int pause_and_resume(rd_kafka_t *client, char *json, size_t len, void *context)
{
    struct consuming *consuming = context;

    (void)json;
    (void)len;
    if (consuming->pauses > 0 || rd_kafka_queue_length(consuming->queue) > RECORDS / 10 * 9)
        return 0;
    consuming->pauses++;
    ck_assert_int_eq(rd_kafka_pause_partitions(client, consuming->partitions), RD_KAFKA_RESP_ERR_NO_ERROR);
    ck_assert_int_eq(rd_kafka_resume_partitions(client, consuming->partitions), RD_KAFKA_RESP_ERR_NO_ERROR);
    return 0;
}

static rd_kafka_t *client_new(rd_kafka_type_t type, const char *const *settings, struct consuming *consuming)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *client;
    char text[256];

    for (; settings[0] != NULL; settings += 2)
        ck_assert_int_eq(rd_kafka_conf_set(conf, settings[0], settings[1], text, sizeof text), RD_KAFKA_CONF_OK);
    rd_kafka_conf_set_opaque(conf, consuming);
    rd_kafka_conf_set_stats_cb(conf, pause_and_resume);
    client = rd_kafka_new(type, conf, text, sizeof text);
    ck_assert_msg(client != NULL, "%s", text);
    return client;
}

/* A producer that owns a cluster. */
static rd_kafka_t *producer_new(void)
{
    static const char *const settings[] = {"test.mock.num.brokers", "1", NULL};
    rd_kafka_t *producer = client_new(RD_KAFKA_PRODUCER, settings, NULL);

    ck_assert_int_eq(rd_kafka_mock_topic_create(rd_kafka_handle_mock_cluster(producer), topic, 1, 1),
                     RD_KAFKA_RESP_ERR_NO_ERROR);
    return producer;
}

static void produce(rd_kafka_t *producer)
{
    for (int index = 0; index < RECORDS; index++)
        ck_assert_int_eq(rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0),
                                           RD_KAFKA_V_VALUE((void *)"{}", 2), RD_KAFKA_V_END),
                         RD_KAFKA_RESP_ERR_NO_ERROR);
    ck_assert_int_eq(rd_kafka_flush(producer, FLUSH_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
}

static void consume(struct consuming *consuming, rd_kafka_t *producer)
{
    const char *brokers = rd_kafka_mock_cluster_bootstraps(rd_kafka_handle_mock_cluster(producer));
    const char *const settings[] = {"bootstrap.servers",
                                    brokers,
                                    "group.id",
                                    "taking",
                                    "enable.auto.commit",
                                    "false",
                                    "enable.auto.offset.store",
                                    "false",
                                    "statistics.interval.ms",
                                    "2",
                                    NULL};

    consuming->partitions = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(consuming->partitions, topic, 0)->offset = 0;
    consuming->consumer = client_new(RD_KAFKA_CONSUMER, settings, consuming);
    ck_assert_int_eq(rd_kafka_poll_set_consumer(consuming->consumer), RD_KAFKA_RESP_ERR_NO_ERROR);
    ck_assert_int_eq(rd_kafka_assign(consuming->consumer, consuming->partitions), RD_KAFKA_RESP_ERR_NO_ERROR);
}

/* A record that comes a second time is dropped, as poll does it. */
static void take(struct consuming *consuming, rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->offset >= consuming->next) {
        consuming->missed += message->offset - consuming->next;
        consuming->next = message->offset + 1;
    }
    rd_kafka_message_destroy(message);
}

/* The first call finds all records in the queue, so that the callback runs while it collects them. */
static void take_all(struct consuming *consuming)
{
    static rd_kafka_message_t *messages[RECORDS];
    rd_kafka_queue_t *queue = consuming->queue = rd_kafka_queue_get_consumer(consuming->consumer);
    time_t end = time(NULL) + SECONDS_MAX;

    while (rd_kafka_queue_length(queue) < RECORDS && time(NULL) < end)
        (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    while (consuming->next < RECORDS && time(NULL) < end) {
        uint32_t count = taking_batch(queue, messages, RECORDS);

        for (uint32_t index = 0; index < count; index++)
            take(consuming, messages[index]);
    }
}

/* On a busy machine the callback can be due only after the last record. Then another consumer tries. */
START_TEST(no_record_is_skipped_while_its_partition_is_paused_and_resumed)
{
    static struct consuming consuming[ATTEMPTS];
    rd_kafka_t *producer = producer_new();
    int pauses = 0;

    produce(producer);
    for (int attempt = 0; attempt < ATTEMPTS && pauses == 0; attempt++) {
        consume(&consuming[attempt], producer);
        take_all(&consuming[attempt]);
        ck_assert_int_eq(consuming[attempt].missed, 0);
        ck_assert_int_eq(consuming[attempt].next, RECORDS);
        pauses = consuming[attempt].pauses;
    }
    ck_assert_int_eq(pauses, 1);
    /* The clients end with the process: before 2.1.0 librdkafka can wait for ever for the end of one whose partition
     * was paused. */
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("plugins/kafka_consumer/taking");
    TCase *tcase = tcase_create("taking");

    tcase_set_timeout(tcase, 2 * SECONDS_MAX * ATTEMPTS);
    tcase_add_test(tcase, no_record_is_skipped_while_its_partition_is_paused_and_resumed);
    suite_add_tcase(suite, tcase);
    return suite;
}
