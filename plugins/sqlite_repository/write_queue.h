/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which the sessions of a process write: first come, first served. Neither SQLite's busy handler nor a
 * mutex is fair, so one session could starve. Any thread; each waits with its own host.
 */
#ifndef SQLITE_WRITE_QUEUE_H
#define SQLITE_WRITE_QUEUE_H

#include <gangway/error.h>
#include <gangway/host.h>

#include <pthread.h>
#include <stdbool.h>

/* A session's place in the queue. */
struct writer {
    struct writer *next;
    int event_fd; /* readable when it is this writer's turn */
    bool is_granted;
};

struct write_queue {
    pthread_mutex_t mutex; /* held briefly */
    struct writer *first;
    struct writer *last;
    bool is_taken;
};

void write_queue_init(struct write_queue *queue);
void write_queue_done(struct write_queue *queue);

/* OK; TRANSIENT: no descriptor is left. */
enum gw_status writer_init(struct writer *writer, struct gw_error *reterr);
void writer_done(struct writer *writer);

/* Waits until all earlier writers have left. OK: leave with write_queue_leave. TRANSIENT: it took longer than
 * timeout_ms; CANCELLED. */
enum gw_status write_queue_enter(struct write_queue *queue, struct writer *writer, const struct gw_host *host,
                                 int64_t timeout_ms, struct gw_error *reterr);
void write_queue_leave(struct write_queue *queue);

#endif
