/* SPDX-License-Identifier: Apache-2.0 */
/* A producer and a consumer with nothing around them. See bench_client.h. */
#include "bench_client.h"

enum { METADATA_MS = 10000, FLUSH_MS = 120000, QUEUE_FULL_MS = 100 };

static void set(rd_kafka_conf_t *conf, const char *key, const char *value)
{
    char text[512];

    bench_require(rd_kafka_conf_set(conf, key, value, text, sizeof text) == RD_KAFKA_CONF_OK, text);
}

static rd_kafka_conf_t *conf_of(const char *brokers, const char *const *settings)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    set(conf, "bootstrap.servers", brokers);
    set(conf, "log_level", "3"); /* that a broker which has just started is asked again is nothing to read */
    for (; settings != NULL && settings[0] != NULL; settings += 2)
        set(conf, settings[0], settings[1]);
    return conf;
}

static rd_kafka_t *client_of(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char text[512];
    rd_kafka_t *client = rd_kafka_new(type, conf, text, sizeof text);

    bench_require(client != NULL, text);
    return client;
}

/* ---- producing -------------------------------------------------------------------------------------------------- */

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *context)
{
    (void)client;
    (void)context;
    bench_require(message->err == 0, rd_kafka_err2str(message->err));
}

rd_kafka_t *bench_producer(const char *brokers, const char *const *settings)
{
    rd_kafka_conf_t *conf = conf_of(brokers, settings);

    set(conf, "enable.idempotence", "true"); /* else a retry could change the order */
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    return client_of(RD_KAFKA_PRODUCER, conf);
}

void bench_produce(rd_kafka_t *producer, const char *topic, const char *key, size_t key_len, const char *payload,
                   size_t payload_len)
{
    rd_kafka_resp_err_t error;

    do {
        error = rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                  RD_KAFKA_V_KEY(key, key_len), RD_KAFKA_V_VALUE((void *)payload, payload_len),
                                  RD_KAFKA_V_END);
        (void)rd_kafka_poll(producer, error == RD_KAFKA_RESP_ERR__QUEUE_FULL ? QUEUE_FULL_MS : 0);
    } while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL);
    bench_require(error == 0, rd_kafka_err2str(error));
}

void bench_producer_close(rd_kafka_t *producer)
{
    bench_require(rd_kafka_flush(producer, FLUSH_MS) == 0, "not everything was delivered");
    rd_kafka_destroy(producer);
}

/* ---- consuming -------------------------------------------------------------------------------------------------- */

static void assign(rd_kafka_t *consumer, const char *name)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(consumer, name, NULL);
    const rd_kafka_metadata_t *metadata;
    rd_kafka_topic_partition_list_t *list;
    rd_kafka_resp_err_t error = rd_kafka_metadata(consumer, 0, topic, &metadata, METADATA_MS);

    bench_require(error == 0, rd_kafka_err2str(error));
    bench_require(metadata->topic_cnt == 1 && metadata->topics[0].partition_cnt > 0, "no such topic");
    list = rd_kafka_topic_partition_list_new(metadata->topics[0].partition_cnt);
    for (int i = 0; i < metadata->topics[0].partition_cnt; i++)
        rd_kafka_topic_partition_list_add(list, name, metadata->topics[0].partitions[i].id)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
    error = rd_kafka_assign(consumer, list);
    bench_require(error == 0, rd_kafka_err2str(error));
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(topic);
}

rd_kafka_t *bench_consumer(const char *brokers, const char *topic, const char *const *settings)
{
    rd_kafka_conf_t *conf = conf_of(brokers, settings);
    rd_kafka_t *consumer;

    set(conf, "group.id", "bench");
    set(conf, "enable.auto.commit", "false");
    consumer = client_of(RD_KAFKA_CONSUMER, conf);
    (void)rd_kafka_poll_set_consumer(consumer);
    assign(consumer, topic);
    return consumer;
}

void bench_consumer_close(rd_kafka_t *consumer)
{
    (void)rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
}
