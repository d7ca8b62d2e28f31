/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_latency_amqp HOST PORT IN OUT RATE WARM-UP SECONDS PRODUCTS: how long a gateway takes between two queues of
 * RabbitMQ; latency.h says what is measured and printed. The orders are published to the queue IN, persistent and with
 * an id, and their events are consumed from the queue OUT.
 *
 * Where both queues are the same it measures the broker alone.
 */
#include "bench_amqp.h"
#include "latency.h"

#include <stdlib.h>
#include <string.h>

struct queues {
    const char *host;
    const char *port;
    const char *in;
    const char *out;
    struct bench_publisher publisher;
};

static void publish(void *context, const char *sku, const char *payload)
{
    struct queues *queues = context;

    (void)sku;
    bench_publisher_enqueue(&queues->publisher, queues->in, payload, strlen(payload));
}

static void finish(void *context)
{
    struct queues *queues = context;

    bench_publisher_finish(&queues->publisher);
    bench_amqp_close(queues->publisher.connection);
}

static void consume(void *context, struct latency *latency)
{
    const struct queues *queues = context;
    amqp_connection_state_t connection = bench_amqp_connect(queues->host, queues->port);

    bench_amqp_consume(connection, queues->out, 0);
    while (!latency_is_complete(latency)) {
        amqp_envelope_t envelope;

        if (!bench_amqp_take(connection, LATENCY_POLL_MS, &envelope))
            continue;
        latency_note(latency, envelope.message.body.bytes, envelope.message.body.len);
        amqp_destroy_envelope(&envelope);
    }
    bench_amqp_close(connection);
}

int main(int argc, char **argv)
{
    static struct queues queues;
    const struct latency_client client = {&queues, publish, finish, consume};

    bench_require(argc == 9, "usage: bench_latency_amqp HOST PORT IN OUT RATE WARM-UP SECONDS PRODUCTS");
    queues = (struct queues){.host = argv[1], .port = argv[2], .in = argv[3], .out = argv[4]};
    bench_publisher_open(&queues.publisher, queues.host, queues.port, BENCH_WINDOW_MAX);
    latency_measure(argv + 5, &client);
    return EXIT_SUCCESS;
}
