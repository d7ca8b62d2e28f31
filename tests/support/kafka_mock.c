/* SPDX-License-Identifier: Apache-2.0 */
/*
 * librdkafka's mock of a Kafka cluster as a process of its own, for machines where the real broker cannot be had:
 * kafka_mock BROKERS. Prints where it can be reached, then answers each command on standard input with `ok`, or with
 * what librdkafka says of it; ends with its standard input. See kafka_mock.py.
 *
 *     topic NAME PARTITIONS REPLICAS | leader NAME PARTITION BROKER | down BROKER | up BROKER
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME_MAX_BYTES = 249, LINE_BYTES = 512 };

static rd_kafka_resp_err_t execute(rd_kafka_mock_cluster_t *cluster, const char *line)
{
    char name[NAME_MAX_BYTES + 1];
    int first;
    int second;

    if (sscanf(line, "topic %249s %d %d", name, &first, &second) == 3)
        return rd_kafka_mock_topic_create(cluster, name, first, second);
    if (sscanf(line, "leader %249s %d %d", name, &first, &second) == 3)
        return rd_kafka_mock_partition_set_leader(cluster, name, first, second);
    if (sscanf(line, "down %d", &first) == 1)
        return rd_kafka_mock_broker_set_down(cluster, first);
    if (sscanf(line, "up %d", &first) == 1)
        return rd_kafka_mock_broker_set_up(cluster, first);
    return RD_KAFKA_RESP_ERR__INVALID_ARG;
}

static void serve(rd_kafka_mock_cluster_t *cluster)
{
    char line[LINE_BYTES];

    (void)printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    (void)fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        rd_kafka_resp_err_t code = execute(cluster, line);

        (void)printf("%s\n", code == RD_KAFKA_RESP_ERR_NO_ERROR ? "ok" : rd_kafka_err2str(code));
        (void)fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    char text[LINE_BYTES];
    int brokers = argc == 2 ? (int)strtol(argv[1], NULL, 10) : 0;
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, NULL, text, sizeof text);
    rd_kafka_mock_cluster_t *cluster = client != NULL ? rd_kafka_mock_cluster_new(client, brokers) : NULL;

    if (cluster == NULL) {
        (void)fprintf(stderr, "kafka_mock BROKERS: %s\n", client != NULL ? "no cluster of so many" : text);
        return EXIT_FAILURE;
    }
    serve(cluster);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(client);
    return EXIT_SUCCESS;
}
