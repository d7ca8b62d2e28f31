/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_rabbit: what a queue costs by rabbitmq-c alone.
 *
 *     produce HOST PORT QUEUE                         each line of the input a persistent message with an id, a
 * thousand ahead of their confirms consume HOST PORT QUEUE PREFETCH BATCH COUNT    takes so many messages, copies each
 * body as a program that works with it has to, and acknowledges every BATCH of them with one basic.ack
 *
 * Both print seconds of the clock, of the user and of the system: from the first line to the last confirm, and from
 * basic.consume to the last acknowledgement.
 */
#include "bench_amqp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 1000, PATIENCE_MS = 60000 };

/* ---- produce ---- */

static void produce(char **words)
{
    static struct bench_publisher publisher;
    struct bench_moment began;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;

    bench_publisher_open(&publisher, words[0], words[1], WINDOW);
    began = bench_moment();
    while ((len = getline(&line, &capacity, stdin)) > 0)
        bench_publisher_enqueue(&publisher, words[2], line, (size_t)len - (line[len - 1] == '\n' ? 1 : 0));
    free(line);
    bench_publisher_finish(&publisher);
    bench_print_since(&began);
    bench_amqp_close(publisher.connection);
}

/* ---- consume ---- */

static void take(amqp_connection_state_t connection, uint64_t count, uint64_t batch)
{
    char *copy = NULL;

    for (uint64_t taken = 1; taken <= count; taken++) {
        amqp_envelope_t envelope;

        bench_require(bench_amqp_take(connection, PATIENCE_MS, &envelope), "no more messages came");
        copy = realloc(copy, envelope.message.body.len + 1);
        bench_require(copy != NULL, "no memory");
        memcpy(copy, envelope.message.body.bytes, envelope.message.body.len);
        if (taken % batch == 0 || taken == count)
            bench_require(amqp_basic_ack(connection, BENCH_CHANNEL, envelope.delivery_tag, 1) == AMQP_STATUS_OK,
                          "basic.ack");
        amqp_destroy_envelope(&envelope);
    }
    free(copy);
}

static void consume(char **words)
{
    amqp_connection_state_t connection = bench_amqp_connect(words[0], words[1]);
    const struct bench_moment began = bench_moment();

    bench_amqp_consume(connection, words[2], (uint16_t)atoi(words[3]));
    take(connection, strtoull(words[5], NULL, 10), strtoull(words[4], NULL, 10));
    bench_print_since(&began);
    bench_amqp_close(connection);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";

    if (argc == 5 && strcmp(verb, "produce") == 0)
        produce(argv + 2);
    else if (argc == 8 && strcmp(verb, "consume") == 0)
        consume(argv + 2);
    else
        bench_require(false, "usage: bench_rabbit produce HOST PORT QUEUE | "
                             "consume HOST PORT QUEUE PREFETCH BATCH COUNT");
    return EXIT_SUCCESS;
}
