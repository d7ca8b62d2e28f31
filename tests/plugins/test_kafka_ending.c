/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client that librdkafka takes long to destroy, because one of its threads waits in an interceptor of this test. The
 * watch is freed and its host ends meanwhile. AddressSanitizer finds a use after free, and a leak at the exit of the
 * process. Nobody listens at the broker's address.
 */
#include "check_main.h"
#include "kafka/ending.h"
#include "test_host.h"

#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LIMIT_MS = 2000, DESTROYED_MS = 20000, WAITING_MAX = 4 };

/* Where a thread of librdkafka waits. */
enum place { MAIN_THREAD, BROKER_THREAD, NOWHERE };

static _Atomic enum place place;
static sem_t waiting; /* posted by each thread that waits */
static sem_t gate;    /* each of them waits for a post */

static void wait_at(enum place here)
{
    if (here != place)
        return;
    (void)sem_post(&waiting);
    (void)sem_wait(&gate);
}

/* No thread waits from now on. */
static void open_gate(void)
{
    place = NOWHERE;
    for (int count = 0; count < WAITING_MAX; count++)
        (void)sem_post(&gate);
}

static rd_kafka_resp_err_t on_destroy(rd_kafka_t *client, void *opaque)
{
    (void)client;
    (void)opaque;
    wait_at(MAIN_THREAD);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* The thread of the broker, as in a call of the resolver that does not return. */
static rd_kafka_resp_err_t on_state(rd_kafka_t *client, int32_t id, const char *protocol, const char *name, int port,
                                    const char *state, void *opaque)
{
    (void)client;
    (void)id;
    (void)protocol;
    (void)port;
    (void)opaque;
    if (name[0] != '\0' && strcmp(state, "TRY_CONNECT") == 0)
        wait_at(BROKER_THREAD);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *client, const rd_kafka_conf_t *conf, void *opaque, char *text,
                                  size_t room)
{
    (void)conf;
    (void)text;
    (void)room;
    (void)rd_kafka_interceptor_add_on_destroy(client, "test", on_destroy, opaque);
    return rd_kafka_interceptor_add_on_broker_state_change(client, "test", on_state, opaque);
}

struct watched {
    struct test_host host;
    struct kafka_watch watch;
    rd_kafka_t *client;
};

static void client_make(struct watched *watched)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char text[256];

    ck_assert(kafka_watch_attach(&watched->watch, conf));
    ck_assert_int_eq(rd_kafka_conf_set(conf, "bootstrap.servers", "127.0.0.1:1", text, sizeof text), RD_KAFKA_CONF_OK);
    ck_assert_int_eq(rd_kafka_conf_interceptor_add_on_new(conf, "test", on_new, NULL), RD_KAFKA_RESP_ERR_NO_ERROR);
    watched->client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    ck_assert_ptr_nonnull(watched->client);
}

static struct watched *watched_new(int where)
{
    struct watched *watched = calloc(1, sizeof *watched);

    ck_assert_ptr_nonnull(watched);
    ck_assert_int_eq(sem_init(&waiting, 0, 0), 0);
    ck_assert_int_eq(sem_init(&gate, 0, 0), 0);
    place = (enum place)where;
    test_host_init(&watched->host, "events");
    kafka_watch_init(&watched->watch, &watched->host.host);
    client_make(watched);
    return watched;
}

static void watched_free(struct watched *watched)
{
    kafka_watch_done(&watched->watch);
    free(watched);
}

/* Ends the client while one of its threads waits. Returns how long it took. */
static int64_t end_late(struct watched *watched)
{
    int64_t begun_ms;

    if (place == BROKER_THREAD)
        (void)sem_wait(&waiting);
    begun_ms = watched->host.host.monotonic_ms(&watched->host.host);
    client_destroy(watched->client, &watched->watch);
    ck_assert_int_eq(rd_kafka_wait_destroyed(0), -1);
    return watched->host.host.monotonic_ms(&watched->host.host) - begun_ms;
}

START_TEST(a_client_that_ends_in_time_is_destroyed_when_the_call_returns)
{
    struct watched *watched = watched_new(MAIN_THREAD);

    open_gate();
    client_destroy(watched->client, &watched->watch);
    ck_assert_int_eq(rd_kafka_wait_destroyed(0), 0);
    watched_free(watched);
}
END_TEST

/* The watch has another client meanwhile, and the connections of the one before are not those of the new one. */
START_TEST(a_client_that_ends_late_needs_neither_its_watch_nor_its_host)
{
    struct watched *watched = watched_new(_i);

    ck_assert_int_ge(end_late(watched), LIMIT_MS);
    client_make(watched);
    ck_assert(!kafka_watch_is_up(&watched->watch));
    (void)sem_post(&gate);
    client_destroy(watched->client, &watched->watch);
    watched_free(watched);
    open_gate();
    ck_assert_int_eq(rd_kafka_wait_destroyed(DESTROYED_MS), 0);
}
END_TEST

START_TEST(the_process_exits_while_a_client_still_ends)
{
    struct watched *watched = watched_new(BROKER_THREAD);

    (void)end_late(watched);
    watched_free(watched);
}
END_TEST

START_TEST(a_client_that_cannot_be_destroyed_needs_neither_its_watch_nor_its_host)
{
    struct watched *watched = watched_new(MAIN_THREAD);

    client_abandon(watched->client, &watched->watch);
    watched_free(watched);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("kafka ending");
    TCase *tcase = tcase_create("ending");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_client_that_ends_in_time_is_destroyed_when_the_call_returns);
    tcase_add_loop_test(tcase, a_client_that_ends_late_needs_neither_its_watch_nor_its_host, MAIN_THREAD,
                        BROKER_THREAD + 1);
    tcase_add_test(tcase, the_process_exits_while_a_client_still_ends);
    tcase_add_test(tcase, a_client_that_cannot_be_destroyed_needs_neither_its_watch_nor_its_host);
    suite_add_tcase(suite, tcase);
    return suite;
}
