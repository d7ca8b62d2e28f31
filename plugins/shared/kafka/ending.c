/* SPDX-License-Identifier: Apache-2.0 */
/* A thread destroys the client and releases its reports, and the caller waits for it with a timeout. See ending.h. */
#include "ending.h"

#include "reports.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* threads of librdkafka 2.8 end within a second */
enum { END_MS = 2000, SLICE_MS = 500 };

static void *destroy(void *opaque)
{
    rd_kafka_t *client = opaque;
    struct kafka_reports *reports = rd_kafka_opaque(client);

    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    kafka_reports_release(reports);
    return NULL;
}

static bool has_ended(pthread_t thread, int64_t within_ms)
{
    struct timespec deadline;

    (void)clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_nsec += (long)within_ms * 1000000;
    deadline.tv_sec += deadline.tv_nsec / 1000000000;
    deadline.tv_nsec %= 1000000000;
    return pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &deadline) == 0;
}

static void await_end(pthread_t thread, const struct gw_host *host)
{
    for (int waited_ms = 0; waited_ms < END_MS; waited_ms += SLICE_MS) {
        if (has_ended(thread, SLICE_MS))
            return;
        (void)host->is_stopping(host); /* which shortens nothing: two seconds are left at a shutdown too */
    }
    (void)pthread_detach(thread);
}

void client_destroy(rd_kafka_t *client, struct kafka_watch *watch)
{
    pthread_t thread;

    rd_kafka_set_log_level(client, 0); /* nobody may be left to read its log */
    kafka_reports_retain(watch->reports);
    if (pthread_create(&thread, NULL, destroy, client) != 0)
        (void)destroy(client);
    else
        await_end(thread, watch->host);
    kafka_watch_detach(watch);
}

/* Clients that are never destroyed. The list keeps them reachable for the leak checker, which does not know the threads
 * of librdkafka. */
struct abandoned {
    rd_kafka_t *client;
    struct abandoned *next;
};

static pthread_mutex_t abandoned_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct abandoned *first_abandoned;

void client_abandon(rd_kafka_t *client, struct kafka_watch *watch)
{
    struct abandoned *entry = calloc(1, sizeof *entry);

    kafka_reports_retain(watch->reports);
    kafka_watch_detach(watch);
    if (entry == NULL)
        return;
    (void)pthread_mutex_lock(&abandoned_mutex);
    *entry = (struct abandoned){client, first_abandoned};
    first_abandoned = entry;
    (void)pthread_mutex_unlock(&abandoned_mutex);
}
