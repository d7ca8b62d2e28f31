/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the files of a worker: worker.c (its life), worker_loop.c (one turn), worker_turn.c (the retries of a
 * turn), worker_sources.c (the list of sources), worker_start.c, worker_passed.c and worker_stall.c (their positions),
 * worker_crash.c (the report of a crash). Everything here belongs to the worker's thread.
 */
#ifndef GW_WORKER_WORKER_INTERNAL_H
#define GW_WORKER_WORKER_INTERNAL_H

#include "base/table.h"
#include "process/component_thread.h"
#include "process/log_limit.h"
#include "service/turn.h"
#include "worker/identity.h"
#include "worker/intake.h"
#include "worker/worker.h"

/* An ordered source: its position, and whether it delivers. */
struct gw_worker_source {
    struct gw_turn_source turn; /* its name is owned here */
    char tag[GW_SOURCE_TAG_BYTES];
    uint32_t hash;  /* of its name */
    uint32_t start; /* its index among the sources that are started together */
    bool is_started;
    bool is_closed;  /* revoked: freed after the turn */
    bool is_stopped; /* an operator must set its position */
    bool has_run;
    bool is_once;              /* the source cannot be opened again, so its position is deleted when it closes */
    int64_t believed_position; /* has_run, and not started: its position here when the stored one was found to differ */
    int64_t moves_logged_ms;   /* when the change was last logged; 0: never */
    int64_t due_ms;            /* not started: when to try again; 0: at once */
    struct gw_backoff backoff;
    struct gw_passed passed; /* has_passed: what to store; the name is not used */
    bool has_passed;
    bool is_stalled;          /* a record says that it does not move */
    int64_t lag;              /* of worker_stall.c: messages that wait in the source; GW_METRIC_UNKNOWN */
    int64_t watched_position; /* of worker_stall.c: its position at the last check */
    int64_t still_ms;         /* since when it has not moved while messages waited; 0: it moves */
    struct gw_log_pace stall_pace;
    char reason[sizeof((struct gw_start *)0)->reason]; /* why it could not start, as logged; empty: it could */
    struct gw_worker_source *next;
};

/* All of them. */
struct gw_worker_sources {
    struct gw_worker_source *first;
    struct gw_worker_source *last; /* that was found; NULL: none */
    struct gw_arena *arena;        /* of the table */
    struct gw_table table;         /* by their names, while has_table */
    bool has_table;
    bool has_closed;       /* some are closed and not freed yet */
    uint32_t waiting;      /* how many are open and not started */
    int64_t next_start_ms; /* waiting > 0: when the next of them is due to start */
    bool has_passed;       /* some have passed offsets without messages */
    int64_t next_store_ms; /* has_passed: when to store them */
    int64_t next_watch_ms; /* when to check next whether sources move */
    bool was_drained;      /* some poll since the last check returned fewer messages than it could take */
    int64_t next_look_ms;  /* when to compare the positions with the stored ones again */
};

/* What the worker stores for each message of the turn. */
struct gw_worker_message {
    uint64_t handle;
    struct gw_worker_source *source;
    int64_t offset;
    uint64_t line;
    bool is_done;      /* its part was committed */
    bool is_duplicate; /* another gateway, or an earlier attempt, had applied its part */
};

struct gw_worker {
    struct gw_worker_plan plan;
    const struct gw_entrypoint_ops *ops;
    void *self;
    struct gw_component_thread thread;     /* its waits keep the entrypoint alive */
    struct gw_thread_host entrypoint_host; /* its waits end at stop */
    struct gw_intake intake;
    struct gw_turn *turn;
    struct gw_worker_scope scope; /* of the turn that is running */
    struct gw_worker_sources sources;
    struct gw_worker_message *messages; /* turn_messages of them */
    struct gw_settlement *settlements;
    uint32_t message_count;
    uint32_t attempt_first; /* the messages that are being applied, for the report of a crash; attempt_count 0: none */
    uint32_t attempt_count;
    uint32_t attempt_size; /* how many messages are tried together; falls after conflicts and grows back */
    uint32_t dead_in_row;
    uint32_t conflicts_in_row;
    uint_fast64_t epoch; /* as it was before the last commit */
    struct gw_backoff poll_backoff;
    struct gw_backoff start_backoff;
    struct gw_backoff apply_backoff;
    bool has_complained; /* a failure was logged, and the recovery was not */
    struct gw_log_limit refusals;
    struct gw_worker_figures figures;
    struct gw_metrics metrics; /* the entrypoint's; any thread */
    atomic_bool is_up;         /* a poll has succeeded */
    atomic_bool is_finished;
};

/* Records a source that the entrypoint opened or closed. OK, NOMEM. */
enum gw_status gw_worker_source_opened(struct gw_worker *worker, struct gw_text name);
void gw_worker_source_closed(struct gw_worker *worker, struct gw_text name);

/* The source with this name, or NULL. */
struct gw_worker_source *gw_worker_source_find(struct gw_worker *worker, struct gw_text name);

/* Starts every source that is due, at its stored position. It asks the repository until it answers. A source that
 * cannot start is tried again later, and the worker does not wait for it. OK; CANCELLED; CONFIG where the plan's
 * ends_at_fault is set. */
enum gw_status gw_worker_sources_start(struct gw_worker *worker, struct gw_error *reterr);

/* Records passed offsets of a source. store_passed stores them for all sources together, at most once a second, or at
 * once when is_last. OK, also when another gateway moved some of the sources; CANCELLED; CONFIG where the plan's
 * ends_at_fault is set. */
void gw_worker_source_passed(struct gw_worker *worker, const struct gw_passed *passed);
enum gw_status gw_worker_sources_store_passed(struct gw_worker *worker, bool is_last, struct gw_error *reterr);

/* Logs sources in which messages wait and whose position does not move, and logs when they move again. Call it after
 * each turn; is_drained: the poll returned fewer messages than it could take. */
void gw_worker_sources_watch(struct gw_worker *worker, bool is_drained);

/* Reads the stored position of a source. If it has changed, the source starts again there. */
void gw_worker_source_look_again(struct gw_worker *worker, struct gw_worker_source *source);

/* apply returned MOVED for messages from `first` on: finds the sources whose position was changed, and restarts them.
 */
void gw_worker_sources_moved(struct gw_worker *worker, uint32_t first);

/* Compares the positions of all started sources with the stored ones, every few seconds and at the end of the input. A
 * source whose position differs starts again, because an operator set it or the database was restored. An apply would
 * find the same, but the source may have no messages. Waits for the repository at the end of the input only. OK; what
 * ended that wait. */
enum gw_status gw_worker_sources_look(struct gw_worker *worker, bool is_last, struct gw_error *reterr);

/* Marks a source to be started again, at once. */
void gw_worker_source_restart(struct gw_worker *worker, struct gw_worker_source *source);

/* Records whether a source waits for an operator. */
void gw_worker_source_stopped(struct gw_worker *worker, struct gw_worker_source *source, bool is_stopped);

/* Logs what the worker was applying, from the handler of a fatal signal. context: the worker. */
void gw_worker_describe_crash(const void *context, const struct gw_log *log);

/* At the end of the worker: deletes the positions of sources that cannot be opened again. */
void gw_worker_sources_forget_once(struct gw_worker *worker);

/* Frees the sources that were closed. */
void gw_worker_sources_sweep(struct gw_worker *worker);
void gw_worker_sources_free(struct gw_worker *worker);

/* Polls once, applies what came, and looks after the sources. OK; END: the input is exhausted; CANCELLED; CONFIG,
 * PERMANENT: the worker must stop, and *reterr says why. */
enum gw_status gw_worker_run_turn(struct gw_worker *worker, struct gw_error *reterr);

/* Whether a call ended because the worker was told to stop. Without a stop, a cancelled call has failed as any other.
 */
bool gw_worker_is_stopped(const struct gw_worker *worker, enum gw_status status);

/* Applies the messages of the turn and retries as needed. OK: each is committed or left out. CANCELLED: messages that
 * are not done were not applied. CONFIG: the worker must stop; *reterr says why. */
enum gw_status gw_worker_apply(struct gw_worker *worker, struct gw_error *reterr);

/* The pause after this number of conflicts in a row: random, and longer with each conflict. */
int64_t gw_worker_conflict_pause_ms(uint32_t conflicts);

#endif
