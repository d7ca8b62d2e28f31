/* SPDX-License-Identifier: Apache-2.0 */
/* Write queue: a list of waiting writers. A writer that leaves passes the turn to the first one. */
#include "write_queue.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

void write_queue_init(struct write_queue *queue)
{
    *queue = (struct write_queue){0};
    pthread_mutex_init(&queue->mutex, NULL);
}

void write_queue_done(struct write_queue *queue)
{
    pthread_mutex_destroy(&queue->mutex);
}

enum gw_status writer_init(struct writer *writer, struct gw_error *reterr)
{
    *writer = (struct writer){.event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (writer->event_fd < 0)
        return gw_error_set_errno(reterr, GW_TRANSIENT, errno, "a descriptor to wait with");
    return GW_OK;
}

void writer_done(struct writer *writer)
{
    if (writer->event_fd >= 0)
        close(writer->event_fd);
}

/* True: it is this writer's turn at once. */
static bool stand_in_line(struct write_queue *queue, struct writer *writer)
{
    bool is_free;

    pthread_mutex_lock(&queue->mutex);
    is_free = !queue->is_taken;
    if (is_free) {
        queue->is_taken = true;
    } else {
        writer->next = NULL;
        writer->is_granted = false;
        *(queue->last != NULL ? &queue->last->next : &queue->first) = writer;
        queue->last = writer;
    }
    pthread_mutex_unlock(&queue->mutex);
    return is_free;
}

static void remove_writer(struct write_queue *queue, const struct writer *writer)
{
    struct writer *before = NULL;

    for (struct writer *at = queue->first; at != writer; at = at->next)
        before = at;
    *(before != NULL ? &before->next : &queue->first) = writer->next;
    if (queue->last == writer)
        queue->last = before;
}

/* Whether it is this writer's turn now. If not, it leaves the queue. */
static bool was_granted(struct write_queue *queue, struct writer *writer)
{
    uint64_t count;
    bool is_granted;

    pthread_mutex_lock(&queue->mutex);
    is_granted = writer->is_granted;
    if (!is_granted)
        remove_writer(queue, writer);
    pthread_mutex_unlock(&queue->mutex);
    while (is_granted && read(writer->event_fd, &count, sizeof count) < 0 && errno == EINTR)
        ;
    return is_granted;
}

enum gw_status write_queue_enter(struct write_queue *queue, struct writer *writer, const struct gw_host *host,
                                 int64_t timeout_ms, struct gw_error *reterr)
{
    enum gw_status status;
    uint32_t ready = 0;

    if (stand_in_line(queue, writer))
        return GW_OK;
    status = host->wait(host, writer->event_fd, GW_WAIT_READ, host->monotonic_ms(host) + timeout_ms, &ready);
    if (was_granted(queue, writer))
        return GW_OK;
    if (status == GW_CANCELLED)
        return gw_error_set(reterr, GW_CANCELLED, "cancelled while other sessions were writing");
    return gw_error_set(reterr, GW_TRANSIENT, "other sessions of this gateway have been writing for %lld ms",
                        (long long)timeout_ms);
}

void write_queue_leave(struct write_queue *queue)
{
    static const uint64_t one = 1;
    struct writer *next;

    pthread_mutex_lock(&queue->mutex);
    next = queue->first;
    queue->is_taken = next != NULL;
    if (next != NULL) {
        queue->first = next->next;
        if (queue->first == NULL)
            queue->last = NULL;
        next->is_granted = true;
        while (write(next->event_fd, &one, sizeof one) < 0 && errno == EINTR)
            ;
    }
    pthread_mutex_unlock(&queue->mutex);
}
