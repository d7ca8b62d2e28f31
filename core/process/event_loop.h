/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop of one thread: it calls back when a descriptor is ready or a timer is due. The main thread has one,
 * and runs everything in it that belongs to no component.
 *
 * Life cycle: new, then watch and set from anywhere on the loop's thread, also from within a callback, then step
 * repeatedly. The owner embeds a watch or a timer, and ends it before its memory is freed: unwatch, cancel.
 *
 * Everything belongs to one thread. Another thread raises a wake-up that the loop watches (wakeup.h).
 */
#ifndef GW_PROCESS_EVENT_LOOP_H
#define GW_PROCESS_EVENT_LOOP_H

#include <gangway/error.h>

#include <stdbool.h>
#include <stdint.h>

struct gw_event_loop;

/* A descriptor that is watched. */
struct gw_event_watch {
    int fd;
    uint32_t wanted; /* GW_WAIT_READ, GW_WAIT_WRITE (host.h) */
    /* ready: which of wanted; a descriptor with an error or an end is ready for all that is wanted. */
    void (*ready)(void *context, uint32_t ready);
    void *context;
};

/* A timer, which fires once. It is not set while all members except fired and context are zero. */
struct gw_event_timer {
    void (*fired)(void *context);
    void *context;
    int64_t due_ms; /* monotonic */
    struct gw_event_timer *next;
    bool is_set;
};

/* NULL: no memory or no descriptors. */
struct gw_event_loop *gw_event_loop_new(void);
void gw_event_loop_free(struct gw_event_loop *loop);

/* Calls `ready` in each later step in which the descriptor is ready. OK; NOMEM: the system can watch no further
 * descriptor, or cannot watch this kind. */
enum gw_status gw_event_loop_watch(struct gw_event_loop *loop, struct gw_event_watch *watch, struct gw_error *reterr);

/* Its callback is not called again, not even in the step that is running. Does nothing when it is not watched. */
void gw_event_loop_unwatch(struct gw_event_loop *loop, struct gw_event_watch *watch);

/* Sets a timer, or sets it again to another time. It fires once, in the first step that ends after due_ms. */
void gw_event_loop_set(struct gw_event_loop *loop, struct gw_event_timer *timer, int64_t due_ms);
void gw_event_loop_cancel(struct gw_event_loop *loop, struct gw_event_timer *timer);

/* Waits until a descriptor is ready or a timer is due, without a limit, and calls back for all that is. */
void gw_event_loop_step(struct gw_event_loop *loop);

/* For a thread that waits for something else: it waits until this descriptor is readable or the next timer is due
 * (monotonic; INT64_MAX: there is none), and then calls run_due, which does not wait. */
int gw_event_loop_descriptor(const struct gw_event_loop *loop);
int64_t gw_event_loop_due_ms(const struct gw_event_loop *loop);
void gw_event_loop_run_due(struct gw_event_loop *loop);

#endif
