/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker: one thread with one entrypoint instance and one repository session. It runs turns until its input ends or
 * stop is raised. It shares nothing with other workers.
 *
 * The main thread creates, starts, joins and frees it. Any thread may read the figures while it runs.
 */
#ifndef GW_WORKER_WORKER_H
#define GW_WORKER_WORKER_H

#include "base/log.h"
#include "outbox/outbox_memory.h"
#include "process/histogram.h"
#include "process/rate.h"

#include <gangway/error.h>
#include <gangway/plugin.h>
#include <gangway/port/entrypoint.h>
#include <gangway/port/repository.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct gw_component_thread;
struct gw_metrics;
struct gw_message_bus;
struct gw_worker;

/* Counts of messages by outcome. They add up to received when the worker has ended. */
struct gw_worker_figures {
    atomic_uint_fast64_t received;
    atomic_uint_fast64_t settled[GW_OUTCOME_RETURNED + 1]; /* by enum gw_outcome */
    struct gw_rate receiving;                              /* of received; noted once a turn */
    atomic_uint_fast64_t conflicts;
    atomic_uint_fast64_t progress_done; /* of a finite input, in the entrypoint's unit */
    atomic_uint_fast64_t progress_total;
    atomic_uint_fast64_t stopped_sources; /* how many wait for an operator now */
    struct gw_histogram turn_messages;    /* of turns with messages; gw_histogram_of_messages */
    struct gw_histogram apply_durations;  /* of each commit, whatever its status; gw_histogram_of_durations */
};

/* What one turn is run by. */
struct gw_worker_scope {
    const struct gw_message_bus *bus;
    void *generation; /* the owner's */
};

/*
 * How a worker gets it: entered after the poll, when the turn has messages, and left after they are settled. So an idle
 * worker holds none, and what changes between two turns is seen by the next one. Called on the worker's thread.
 */
struct gw_worker_scopes {
    void *context;
    void (*enter)(void *context, struct gw_worker_scope *ret_scope);
    void (*leave)(void *context, const struct gw_worker_scope *scope);

    /* After a commit that made outbox rows; the commit is lent for the call. */
    void (*committed)(void *context, const struct gw_worker_scope *scope, const struct gw_outbox_commit *commit);
};

/* The worker borrows everything for its whole life. */
struct gw_worker_plan {
    const char *service;
    const char *file;  /* the bootstrap file, for the commands that a log record recommends */
    const char *id;    /* the component's */
    uint32_t instance; /* which of the component's workers, from 0 */
    const struct gw_plugin *plugin;
    const void *config;
    const struct gw_plugin *repository_plugin;
    void *repository_self;
    const struct gw_log *log;
    int stop;  /* a wake-up: take no more messages */
    int abort; /* a wake-up: cancel what is in progress */
    int ended; /* a wake-up that the worker raises when it ends */
    int64_t turn_messages;
    int64_t max_dead;
    int64_t cache_bytes; /* limit of the product cache; 0: no cache */
    bool uses_ids;       /* as of struct gw_intake */
    bool uses_content;
    bool ends_at_fault; /* a failure that only an operator can remove ends the worker; otherwise the worker retries */
    struct gw_worker_scopes scopes;
    const atomic_uint_fast64_t *epoch; /* outbox_memory.h */
};

/* Opens the entrypoint instance. OK, what the plugin's open returns, NOMEM. */
enum gw_status gw_worker_new(const struct gw_worker_plan *plan, struct gw_worker **ret_worker, struct gw_error *reterr);

/* Closes the instance. The thread must have been joined. */
void gw_worker_free(struct gw_worker *worker);

/* OK; NOMEM: the system cannot create a further thread. */
enum gw_status gw_worker_start(struct gw_worker *worker, struct gw_error *reterr);
void gw_worker_join(struct gw_worker *worker);

/* Whether the thread has ended, and if so, whether because its input is exhausted. */
bool gw_worker_has_ended(const struct gw_worker *worker, bool *ret_is_finished);

/* Whether it has polled its input once without a failure. Any thread. */
bool gw_worker_is_up(const struct gw_worker *worker);

/* The entrypoint's instance, for its check before start. */
void *gw_worker_self(const struct gw_worker *worker);

/* The event codes of the failures of its input and of its session since the last success; NULL: none. Any thread. */
const char *gw_worker_input_code(const struct gw_worker *worker);
const char *gw_worker_repository_code(const struct gw_worker *worker);

const struct gw_worker_figures *gw_worker_figures(const struct gw_worker *worker);

/* Its thread, for what any thread may read of it. */
struct gw_component_thread *gw_worker_thread(struct gw_worker *worker);

/* The metrics that its entrypoint reports. */
struct gw_metrics *gw_worker_metrics(struct gw_worker *worker);

#endif
