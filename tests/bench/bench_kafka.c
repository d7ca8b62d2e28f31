/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_kafka: what Kafka costs by librdkafka alone.
 *
 *     produce BROKERS TOPIC                           each line of the input a message, with its `sku` as the key
 *     consume BROKERS TOPIC polling|batches COUNT     takes so many messages, one by one or a thousand at a time, and
 *                                                     drops them; no group, all the memory that it wants
 *
 * Both print seconds of the clock, of the user and of the system, from the client's start to the last message.
 */
#include "bench_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { TOGETHER = 1000, PATIENCE_MS = 10000 };

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void print(double began)
{
    double ended = bench_now();
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("%.6f %.6f %.6f\n", ended - began, seconds_of(usage.ru_utime), seconds_of(usage.ru_stime));
}

static void produce(const char *brokers, const char *topic)
{
    const char *const settings[] = {"linger.ms", "20", "batch.num.messages", "10000", NULL};
    double began = bench_now();
    rd_kafka_t *producer = bench_producer(brokers, settings);
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;

    while ((len = getline(&line, &capacity, stdin)) > 0) {
        const char *key = NULL;
        size_t payload_len = (size_t)len - (line[len - 1] == '\n' ? 1 : 0);
        size_t key_len = bench_member(line, payload_len, "sku", &key);

        bench_require(key_len > 0, "a line without a SKU");
        bench_produce(producer, topic, key, key_len, line, payload_len);
    }
    free(line);
    bench_producer_close(producer);
    print(began);
}

static void drop(rd_kafka_message_t *message)
{
    bench_require(message != NULL, "no more messages came");
    bench_require(message->err == 0, rd_kafka_message_errstr(message));
    rd_kafka_message_destroy(message);
}

static void consume_polling(rd_kafka_t *consumer, uint64_t count)
{
    for (; count > 0; count--)
        drop(rd_kafka_consumer_poll(consumer, PATIENCE_MS));
}

static void consume_batches(rd_kafka_t *consumer, uint64_t count)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(consumer);
    rd_kafka_message_t *messages[TOGETHER];

    while (count > 0) {
        ssize_t found = rd_kafka_consume_batch_queue(queue, PATIENCE_MS, messages, count < TOGETHER ? count : TOGETHER);

        bench_require(found > 0, "no more messages came");
        for (ssize_t i = 0; i < found; i++)
            drop(messages[i]);
        count -= (uint64_t)found;
    }
    rd_kafka_queue_destroy(queue);
}

static void consume(const char *brokers, const char *topic, const char *how, uint64_t count)
{
    /* As much memory as it wants: with a queue that gets full, librdkafka pauses for up to a second. */
    const char *const settings[] = {"queued.min.messages", "10000000", "queued.max.messages.kbytes", "2097151", NULL};
    double began = bench_now();
    rd_kafka_t *consumer = bench_consumer(brokers, topic, settings);

    if (strcmp(how, "batches") == 0)
        consume_batches(consumer, count);
    else
        consume_polling(consumer, count);
    print(began);
    bench_consumer_close(consumer);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";

    if (argc == 4 && strcmp(verb, "produce") == 0)
        produce(argv[2], argv[3]);
    else if (argc == 6 && strcmp(verb, "consume") == 0)
        consume(argv[2], argv[3], argv[4], strtoull(argv[5], NULL, 10));
    else
        bench_require(false, "usage: bench_kafka produce BROKERS TOPIC | consume BROKERS TOPIC polling|batches COUNT");
    return EXIT_SUCCESS;
}
