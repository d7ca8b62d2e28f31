/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host table that plugins get: logging under the component's id, clocks, metrics, and waiting. One per component
 * and thread.
 */
#ifndef GW_PROCESS_THREAD_HOST_H
#define GW_PROCESS_THREAD_HOST_H

#include "base/log.h"
#include "process/event_loop.h"
#include "process/metrics.h"

#include <gangway/host.h>

#include <stdatomic.h>
#include <stdint.h>

/* When a thread last showed that it does not hang, monotonic; GW_BEAT_WAITING: it is in a wait, which ends. */
typedef atomic_int_fast64_t gw_beat;
#define GW_BEAT_WAITING INT64_MAX

/* The thread begins something new. */
void gw_beat_note(gw_beat *beat);

/* For how long the thread has not beaten; 0: it waits. Any thread. */
int64_t gw_beat_silent_ms(const gw_beat *beat);

struct gw_thread_host {
    struct gw_host table; /* what the plugin sees */
    const struct gw_log *log;
    struct gw_metrics *metrics; /* what the plugin reports; NULL: not stored */
    int cancel;                 /* a wake-up that ends every wait; -1: none */
    int also;                   /* a descriptor that, when readable, ends a wait with OK; -1: none */

    /* Called every keepalive_ms (once a second) while the thread waits; NULL: nothing. */
    void (*keepalive)(void *context);
    void *keepalive_context;
    int64_t keepalive_ms;
    int64_t next_keepalive_ms;

    gw_beat *beat;              /* of the thread; NULL: nobody looks */
    struct gw_event_loop *loop; /* of the thread, run while it waits; NULL: none */
};

/* Fills a host for the first instance of this component, without metrics. Borrows the component's id and the name of
 * the service. */
void gw_thread_host_init(struct gw_thread_host *host, const char *service, const char *component,
                         const struct gw_log *log, int cancel);

/* Waits for fd as gw_host.wait does, for a caller without a component. */
enum gw_status gw_thread_wait(struct gw_thread_host *host, int fd, uint32_t wanted, int64_t deadline_ms,
                              uint32_t *ret_ready);

/* Waits for ms milliseconds. OK, CANCELLED. */
enum gw_status gw_thread_pause(struct gw_thread_host *host, int64_t ms);

#endif
