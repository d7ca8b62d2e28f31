/* SPDX-License-Identifier: Apache-2.0 */
/* Event loop on epoll: see event_loop.h. Timers are few, so they are a list in the order of their times. */
#include "process/event_loop.h"

#include "base/clock.h"

#include <gangway/host.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { READY_MAX = 32 };

struct gw_event_loop {
    int epoll;
    struct gw_event_timer *first;        /* the earliest */
    struct epoll_event ready[READY_MAX]; /* of the step that is running */
    int ready_count;
};

struct gw_event_loop *gw_event_loop_new(void)
{
    struct gw_event_loop *loop = calloc(1, sizeof *loop);

    if (loop == NULL)
        return NULL;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll < 0) {
        free(loop);
        return NULL;
    }
    return loop;
}

void gw_event_loop_free(struct gw_event_loop *loop)
{
    if (loop == NULL)
        return;
    (void)close(loop->epoll);
    free(loop);
}

/* ---- descriptors */

enum gw_status gw_event_loop_watch(struct gw_event_loop *loop, struct gw_event_watch *watch, struct gw_error *reterr)
{
    struct epoll_event event = {.data.ptr = watch};

    if ((watch->wanted & GW_WAIT_READ) != 0)
        event.events |= EPOLLIN;
    if ((watch->wanted & GW_WAIT_WRITE) != 0)
        event.events |= EPOLLOUT;
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, watch->fd, &event) != 0)
        return gw_error_set_errno(reterr, GW_NOMEM, errno, "watching a descriptor");
    return GW_OK;
}

void gw_event_loop_unwatch(struct gw_event_loop *loop, struct gw_event_watch *watch)
{
    (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    for (int index = 0; index < loop->ready_count; index++)
        if (loop->ready[index].data.ptr == watch)
            loop->ready[index].data.ptr = NULL;
}

static uint32_t ready_of(const struct gw_event_watch *watch, uint32_t events)
{
    uint32_t ready = 0;

    if ((events & (EPOLLERR | EPOLLHUP)) != 0)
        return watch->wanted;
    if ((events & EPOLLIN) != 0)
        ready |= GW_WAIT_READ;
    if ((events & EPOLLOUT) != 0)
        ready |= GW_WAIT_WRITE;
    return ready;
}

/* ---- timers */

void gw_event_loop_cancel(struct gw_event_loop *loop, struct gw_event_timer *timer)
{
    struct gw_event_timer **at = &loop->first;

    if (!timer->is_set)
        return;
    while (*at != timer)
        at = &(*at)->next;
    *at = timer->next;
    timer->is_set = false;
}

void gw_event_loop_set(struct gw_event_loop *loop, struct gw_event_timer *timer, int64_t due_ms)
{
    struct gw_event_timer **at = &loop->first;

    gw_event_loop_cancel(loop, timer);
    while (*at != NULL && (*at)->due_ms <= due_ms)
        at = &(*at)->next;
    timer->due_ms = due_ms;
    timer->next = *at;
    timer->is_set = true;
    *at = timer;
}

/* Fires only timers that were due when the step began. A timer that a callback sets to the past fires in the next step.
 */
static void fire(struct gw_event_loop *loop)
{
    int64_t now_ms = gw_clock_monotonic_ms();
    int due = 0;

    for (const struct gw_event_timer *timer = loop->first; timer != NULL && timer->due_ms <= now_ms;
         timer = timer->next)
        due++;
    while (due-- > 0 && loop->first != NULL && loop->first->due_ms <= now_ms) {
        struct gw_event_timer *timer = loop->first;

        gw_event_loop_cancel(loop, timer);
        timer->fired(timer->context);
    }
}

/* ---- both */

static int wait_ms(const struct gw_event_loop *loop)
{
    int64_t left_ms;

    if (loop->first == NULL)
        return -1;
    left_ms = loop->first->due_ms - gw_clock_monotonic_ms();
    return left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

static void run(struct gw_event_loop *loop, int longest_ms)
{
    loop->ready_count = epoll_wait(loop->epoll, loop->ready, READY_MAX, longest_ms);
    for (int index = 0; index < loop->ready_count; index++) {
        struct gw_event_watch *watch = loop->ready[index].data.ptr;

        if (watch != NULL)
            watch->ready(watch->context, ready_of(watch, loop->ready[index].events));
    }
    loop->ready_count = 0;
    fire(loop);
}

void gw_event_loop_step(struct gw_event_loop *loop)
{
    run(loop, wait_ms(loop));
}

void gw_event_loop_run_due(struct gw_event_loop *loop)
{
    run(loop, 0);
}

int gw_event_loop_descriptor(const struct gw_event_loop *loop)
{
    return loop->epoll;
}

int64_t gw_event_loop_due_ms(const struct gw_event_loop *loop)
{
    return loop->first != NULL ? loop->first->due_ms : INT64_MAX;
}
