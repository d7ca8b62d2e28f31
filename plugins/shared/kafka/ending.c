/* SPDX-License-Identifier: Apache-2.0 */
/* A thread destroys the client, and the caller waits for it with a timeout. See ending.h. */
#include "ending.h"

#include <pthread.h>
#include <time.h>

/* threads of librdkafka 2.8 end within a second */
enum { END_MS = 2000, SLICE_MS = 500 };

static void *destroy(void *client)
{
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
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

bool client_destroy(rd_kafka_t *client, const struct gw_host *host)
{
    pthread_t thread;

    rd_kafka_set_log_level(client, 0); /* nobody may be left to read its log */
    if (pthread_create(&thread, NULL, destroy, client) != 0) {
        (void)destroy(client);
        return true;
    }
    for (int waited_ms = 0; waited_ms < END_MS; waited_ms += SLICE_MS) {
        if (has_ended(thread, SLICE_MS))
            return true;
        (void)host->is_stopping(host); /* which shortens nothing: two seconds are left at a shutdown too */
    }
    (void)pthread_detach(thread);
    return false;
}
