/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread of a component (a worker, a relay, the housekeeper). It runs until stop is raised, has a session of the
 * repository, waits with backoff after failures, and wakes the main thread when it has ended.
 *
 * Life cycle: init, start and join on the main thread. Everything else belongs to the component's own thread, except
 * has_ended and last_failure, which any thread may use. The owner embeds the struct and sets the keepalives of the
 * hosts between init and start.
 *
 * A session is one of the repository's instances: what it reports by host->metric is kept here, by the repository's
 * table.
 */
#ifndef GW_PROCESS_COMPONENT_THREAD_H
#define GW_PROCESS_COMPONENT_THREAD_H

#include "process/backoff.h"
#include "process/crash_report.h"
#include "process/last_failure.h"
#include "process/metrics.h"
#include "process/thread_host.h"

#include <gangway/port/repository.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/* The thread borrows everything for its whole life. */
struct gw_component_thread_plan {
    const char *service;
    const char *id; /* the component's, for its log records */
    const struct gw_log *log;
    const struct gw_plugin *repository_plugin;
    void *repository_self;
    int stop;           /* a wake-up: begin no new work */
    int abort;          /* a wake-up: cancel the call that is in progress */
    int ended;          /* a wake-up that the thread raises when it ends */
    bool ends_at_fault; /* CONFIG ends the component; otherwise it retries until an operator has acted */
};

struct gw_component_thread {
    struct gw_component_thread_plan plan;
    const struct gw_repository_ops *repository;
    struct gw_thread_host session_host; /* for the session: its waits end at abort */
    struct gw_metrics session_metrics;  /* that the session has reported. Any thread */
    struct gw_thread_host idle_host;    /* for the component's own waits: they end at stop */
    struct gw_session *session;         /* NULL: none is open */
    struct gw_crash_witness witness;    /* the owner may set describe and context before start */
    void (*run)(void *context);
    void *context;
    pthread_t thread;
    bool is_running; /* started and not joined */
    struct gw_last_failure last_failure;
    atomic_int_fast64_t started_unix_ms; /* 0: not yet */
    atomic_int_fast64_t ended_unix_ms;   /* has_ended */
    gw_beat beat;                        /* of its own waits, and of each host that its owner gives it to */
    atomic_bool has_ended;
};

void gw_component_thread_init(struct gw_component_thread *thread, const struct gw_component_thread_plan *plan);

/* After init, and after join where it was started. */
void gw_component_thread_done(struct gw_component_thread *thread);

/* Runs run(context) on a new thread. run closes the session before it returns. OK; NOMEM: the system cannot create a
 * further thread. */
enum gw_status gw_component_thread_start(struct gw_component_thread *thread, void (*run)(void *context), void *context,
                                         struct gw_error *reterr);

/* Waits until the thread has ended. Does nothing if it was not started. */
void gw_component_thread_join(struct gw_component_thread *thread);

/* To be called in each round, for one that waits nowhere. */
void gw_component_thread_beat(struct gw_component_thread *thread);

/* For how long it has neither waited nor begun a round; 0: it waits, has ended or was not started. Main thread. */
int64_t gw_component_thread_silent_ms(const struct gw_component_thread *thread);

/* Whether it was started and has not ended. Main thread. */
bool gw_component_thread_is_running(const struct gw_component_thread *thread);

bool gw_component_thread_has_ended(const struct gw_component_thread *thread);
bool gw_component_thread_is_stopping(const struct gw_component_thread *thread);

/* Opens the session unless it is open. Returns what the repository's open_session returns. */
enum gw_status gw_component_thread_try_session(struct gw_component_thread *thread, struct gw_error *reterr);

/* The same, with backoff until it succeeds. OK; CANCELLED: stop (a session that says so without a stop has failed as
 * any other); CONFIG, where that ends the component. */
enum gw_status gw_component_thread_open_session(struct gw_component_thread *thread, struct gw_backoff *backoff,
                                                struct gw_error *reterr);

/* Closes the session if one is open. It is not known any more whether there is a connection. */
void gw_component_thread_close_session(struct gw_component_thread *thread);

/* Logs a failure and returns how long to wait, as gw_backoff_failed_ms does, and makes it the last one until this
 * backoff recovers. */
int64_t gw_component_thread_failed_ms(struct gw_component_thread *thread, struct gw_backoff *backoff,
                                      const struct gw_error *error);

/* The same, and waits in one of the component's hosts. OK; CANCELLED; CONFIG, where
 * that ends the component: then nothing was logged. */
enum gw_status gw_component_thread_wait_after(struct gw_component_thread *thread, struct gw_thread_host *host,
                                              struct gw_backoff *backoff, const struct gw_error *error);

/* Ends a series of failures, and logs the recovery. */
void gw_component_thread_recovered(struct gw_component_thread *thread, struct gw_backoff *backoff);

#endif
