/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a worker, shared by its files: worker.c (the loop), worker_sources.c (where sources stand),
 * worker_turn.c (how often a turn is tried). Everything here belongs to the worker's thread. */
#ifndef GW_RUNTIME_WORKER_PARTS_H
#define GW_RUNTIME_WORKER_PARTS_H

#include "runtime/backoff.h"
#include "runtime/identity.h"
#include "runtime/intake.h"
#include "runtime/log_limit.h"
#include "runtime/thread_host.h"
#include "runtime/worker.h"
#include "service/turn.h"

#include <pthread.h>

/* An ordered source: where it stands, and whether it delivers. */
struct gw_worker_source {
    struct gw_turn_source turn; /* its name is owned here */
    char tag[GW_SOURCE_TAG_BYTES];
    bool is_started;
    bool is_closed; /* taken away: freed after the turn */
    struct gw_worker_source *next;
};

/* What the worker remembers of each message of the turn. */
struct gw_worker_message {
    uint64_t handle;
    struct gw_worker_source *source;
    int64_t offset;
    uint64_t line;
    bool is_done;      /* its part was committed */
    bool is_duplicate; /* its part had been applied by somebody else */
};

struct gw_worker {
    struct gw_worker_plan plan;
    const struct gw_entrypoint_ops *ops;
    void *self;
    void *session;
    struct gw_thread_host entrypoint_host; /* its waits end at stop */
    struct gw_thread_host session_host;    /* its waits end at abort, and keep the entrypoint alive */
    struct gw_intake intake;
    struct gw_turn *turn;
    struct gw_worker_source *sources;
    struct gw_worker_source *last_source;
    struct gw_worker_message *messages; /* turn_messages of them */
    struct gw_settlement *settlements;
    uint32_t message_count;
    uint32_t attempt_size; /* how many messages are tried together; falls after conflicts and grows back */
    uint32_t dead_in_row;
    uint32_t conflicts_in_row;
    struct gw_backoff poll_backoff;
    struct gw_backoff apply_backoff;
    bool has_complained; /* a failure was logged and its end was not */
    struct gw_log_limit refusals;
    struct gw_worker_figures figures;
    struct gw_gauges gauges; /* the entrypoint's; any thread */
    pthread_t thread;
    bool is_running;
    atomic_bool has_ended;
    atomic_bool is_finished;
};

/* Notes what the sink was told. OK, NOMEM. */
enum gw_status gw_worker_source_opened(struct gw_worker *worker, struct gw_text name);
void gw_worker_source_closed(struct gw_worker *worker, struct gw_text name);

/* The source of this name, or NULL. */
struct gw_worker_source *gw_worker_source_find(struct gw_worker *worker, struct gw_text name);

/* Starts every source that is not, where the repository says; OK also when there was none. Returns what the plugin or
 * the repository said; the caller tries again. */
enum gw_status gw_worker_sources_start(struct gw_worker *worker, struct gw_error *reterr);

/* Frees sources that were taken away. */
void gw_worker_sources_sweep(struct gw_worker *worker);
void gw_worker_sources_free(struct gw_worker *worker);

/* Applies the turn's messages, however often that has to be tried. OK: each is committed or left out. CANCELLED: what
 * is not done was not applied. CONFIG: the worker must stop; *reterr says why. */
enum gw_status gw_worker_apply(struct gw_worker *worker, struct gw_error *reterr);

/* How long to wait after so many conflicts in a row: by chance, a little longer with each. */
int64_t gw_worker_conflict_pause_ms(uint32_t conflicts);

/* Waits after a failure and says what failed, once; gw_worker_recovered says that it is over. CANCELLED. */
enum gw_status gw_worker_wait_after(struct gw_worker *worker, struct gw_thread_host *host, struct gw_backoff *backoff,
                                    const struct gw_error *error);
void gw_worker_recovered(struct gw_worker *worker, struct gw_backoff *backoff);

#endif
