/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that destroys, and is waited for as long as is reasonable. See ending.h. */
#include "ending.h"

#include <pthread.h>
#include <time.h>

/* Threads of librdkafka 2.8 notice the end within a second. */
enum { END_SECONDS = 2 };

static void *destroy(void *client)
{
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return NULL;
}

bool client_destroy(rd_kafka_t *client)
{
    struct timespec deadline;
    pthread_t thread;

    rd_kafka_set_log_level(client, 0); /* nobody may be there to hear it */
    if (pthread_create(&thread, NULL, destroy, client) != 0) {
        (void)destroy(client);
        return true;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += END_SECONDS;
    if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &deadline) == 0)
        return true;
    (void)pthread_detach(thread);
    return false;
}
