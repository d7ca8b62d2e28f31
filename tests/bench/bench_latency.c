/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_latency BROKERS IN OUT RATE WARM-UP SECONDS PRODUCTS: how long a gateway takes between two topics of Kafka;
 * latency.h says what is measured and printed. The orders are produced to the topic IN, and their events are consumed
 * from OUT. Both clients send and fetch at once (no linger).
 *
 * Where both topics are the same it measures the broker alone.
 */
#include "bench_client.h"
#include "latency.h"

#include <stdlib.h>
#include <string.h>

struct topics {
    const char *brokers;
    const char *in;
    const char *out;
    rd_kafka_t *producer;
};

static void produce(void *context, const char *sku, const char *payload)
{
    const struct topics *topics = context;

    bench_produce(topics->producer, topics->in, sku, strlen(sku), payload, strlen(payload));
}

static void finish(void *context)
{
    bench_producer_close(((const struct topics *)context)->producer);
}

static void consume(void *context, struct latency *latency)
{
    const char *const settings[] = {"fetch.wait.max.ms", "100", NULL};
    const struct topics *topics = context;
    rd_kafka_t *consumer = bench_consumer(topics->brokers, topics->out, settings);

    while (!latency_is_complete(latency)) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, LATENCY_POLL_MS);

        if (message == NULL)
            continue;
        bench_require(message->err == 0, rd_kafka_message_errstr(message));
        latency_note(latency, message->payload, message->len);
        rd_kafka_message_destroy(message);
    }
    bench_consumer_close(consumer);
}

int main(int argc, char **argv)
{
    const char *const settings[] = {"linger.ms", "0", NULL};
    struct topics topics = {0};
    const struct latency_client client = {&topics, produce, finish, consume};

    bench_require(argc == 8, "usage: bench_latency BROKERS IN OUT RATE WARM-UP SECONDS PRODUCTS");
    topics = (struct topics){argv[1], argv[2], argv[3], bench_producer(argv[1], settings)};
    latency_measure(argv + 4, &client);
    return EXIT_SUCCESS;
}
