/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AddressSanitizer's leak checker finds what is reachable from the stacks of threads that pthread_create made. It does
 * not know thrd_create of C11, by which librdkafka makes its threads. So it reports what only they refer to when the
 * process exits, and finds no leak of what they have allocated: without a stack trace it counts as reachable. This
 * thrd_create, in an executable, replaces that of glibc, which joins such a thread as any other.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

struct start {
    thrd_start_t function;
    void *argument;
};

static void *run(void *opaque)
{
    struct start start = *(struct start *)opaque;

    free(opaque);
    return (void *)(intptr_t)start.function(start.argument); /* as glibc's thrd_join expects it */
}

__attribute__((visibility("default"))) int thrd_create(thrd_t *thread, thrd_start_t function, void *argument)
{
    struct start *start = malloc(sizeof *start);

    if (start == NULL)
        return thrd_nomem;
    *start = (struct start){function, argument};
    if (pthread_create(thread, NULL, run, start) == 0)
        return thrd_success;
    free(start);
    return thrd_error;
}
