/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_consumer on a long backlog: librdkafka stops when its queue is full, and must be woken. */
#include "check_main.h"
#include "reading.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { BACKLOG = 240000, TURN = 1000, TURN_US = 3000, PAUSE_MS = 500, PAUSES_MAX = 4, FLUSH_MS = 60000 };

static const char *brokers(void)
{
    const char *found = getenv("GANGWAY_TEST_KAFKA_BROKERS");

    ck_assert_msg(found != NULL, "run this beside tests/support/with_kafka");
    return found;
}

static void make_topic(const char *name)
{
    char command[512];

    (void)snprintf(command, sizeof command, KAFKA_CLIENT " create %s %s 3", brokers(), name);
    ck_assert_int_eq(system(command), 0);
}

static void produce(const char *topic, int count)
{
    static const char payload[] = "{\"type\":\"Allocate\",\"orderid\":\"order\",\"sku\":\"LAMP\",\"qty\":1}";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *producer;
    int sent = 0;

    ck_assert_int_eq(rd_kafka_conf_set(conf, "bootstrap.servers", brokers(), NULL, 0), RD_KAFKA_CONF_OK);
    producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, NULL, 0);
    ck_assert_ptr_nonnull(producer);
    while (sent < count) {
        rd_kafka_resp_err_t code = rd_kafka_producev(
            producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(sent % 3), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_VALUE((void *)payload, sizeof payload - 1), RD_KAFKA_V_END);

        ck_assert(code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__QUEUE_FULL);
        sent += code == RD_KAFKA_RESP_ERR_NO_ERROR;
        (void)rd_kafka_poll(producer, code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? 10 : 0);
    }
    ck_assert_int_eq(rd_kafka_flush(producer, FLUSH_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_destroy(producer);
}

static void begin(struct reading *reading, const char *topic)
{
    char at[256];
    char topics[256];
    const char *const settings[] = {at, "group=fetching", topics};

    (void)snprintf(at, sizeof at, "brokers=%s", brokers());
    (void)snprintf(topics, sizeof topics, "topics.%s=auto", topic);
    reading->keeps_nothing = 1;
    reading_begin(reading, "kafka_consumer", settings, 3);
}

/* A worker that is slower than the brokers, so that the queue is full whenever librdkafka checks. Without waking it
 * pauses for about a second each time that the queue has become empty, nine times here. A few may be the machine's. */
START_TEST(a_backlog_is_read_without_pauses)
{
    struct reading *reading = calloc(1, sizeof *reading);
    int pauses = 0;

    ck_assert_ptr_nonnull(reading);
    make_topic("fetching");
    produce("fetching", BACKLOG);
    begin(reading, "fetching");
    (void)reading_until(reading, TURN);
    while (reading->total < BACKLOG) {
        int64_t before = reading->host.host.monotonic_ms(&reading->host.host);
        int64_t took;

        ck_assert_int_eq(reading_turn(reading, TURN, 10000), GW_OK);
        took = reading->host.host.monotonic_ms(&reading->host.host) - before;
        pauses += took >= PAUSE_MS;
        (void)usleep(TURN_US); /* the database */
    }
    ck_assert_int_le(pauses, PAUSES_MAX);
    reading_end(reading);
    free(reading);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("kafka_fetching");
    TCase *group = tcase_create("backlog");

    tcase_set_timeout(group, 120);
    tcase_add_test(group, a_backlog_is_read_without_pauses);
    suite_add_tcase(suite, group);
    return suite;
}
