/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a worker, shared by its files: worker.c (the loop), worker_sources.c (which sources there are),
 * worker_start.c (their positions), worker_turn.c (how often a turn is tried), worker_crash.c (what it had in hand).
 * Everything here belongs to the worker's thread. */
#ifndef GW_WORKER_WORKER_INTERNAL_H
#define GW_WORKER_WORKER_INTERNAL_H

#include "base/table.h"
#include "process/component_thread.h"
#include "process/log_limit.h"
#include "service/turn.h"
#include "worker/identity.h"
#include "worker/intake.h"
#include "worker/worker.h"

/* An ordered source: where it stands, and whether it delivers. */
struct gw_worker_source {
    struct gw_turn_source turn; /* its name is owned here */
    char tag[GW_SOURCE_TAG_BYTES];
    uint32_t hash;  /* of its name */
    uint32_t start; /* its place among those that are asked for together */
    bool is_started;
    bool is_closed;  /* taken away: freed after the turn */
    bool is_stopped; /* an operator has to set its position */
    bool has_run;
    bool is_once;              /* it can never be opened again: its position goes when it is closed */
    int64_t believed_position; /* has_run, and not started: where it stood when it was found to stand elsewhere */
    int64_t moves_logged_ms;   /* when that was last said; 0: never */
    int64_t due_ms;            /* not started: when it is to be asked for; 0: at once */
    struct gw_backoff backoff;
    struct gw_passed passed; /* has_passed: what is to be stored; the name is not used */
    bool has_passed;
    bool is_stalled;          /* it was logged that it does not move */
    int64_t lag;              /* of worker_stall.c: messages that wait in it; GW_METRIC_UNKNOWN */
    int64_t watched_position; /* of worker_stall.c: where it stood when it was looked at last */
    int64_t still_ms;         /* since when it has not moved while messages waited; 0: it moves */
    struct gw_log_pace stall_pace;
    char reason[sizeof((struct gw_start *)0)->reason]; /* why it could not start, as it was said; empty: it could */
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
    uint32_t waiting;      /* that are open and not started */
    int64_t next_start_ms; /* waiting > 0: when the next of them is due */
    bool has_passed;       /* some have passed what is no message */
    int64_t next_store_ms; /* has_passed: when that is stored */
    int64_t next_watch_ms; /* when it is looked at whether they move */
    bool was_drained;      /* some poll since then found fewer messages than it could take */
    int64_t next_look_ms;  /* when the positions are compared again */
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
    struct gw_component_thread thread;     /* whose waits keep the entrypoint alive */
    struct gw_thread_host entrypoint_host; /* its waits end at stop */
    struct gw_intake intake;
    struct gw_turn *turn;
    struct gw_worker_sources sources;
    struct gw_worker_message *messages; /* turn_messages of them */
    struct gw_settlement *settlements;
    uint32_t message_count;
    uint32_t
        attempt_first; /* the messages that are being applied, for a report of a crash; attempt_count 0: none are */
    uint32_t attempt_count;
    uint32_t attempt_size; /* how many messages are tried together; falls after conflicts and grows back */
    uint32_t dead_in_row;
    uint32_t conflicts_in_row;
    uint_fast64_t epoch; /* before the last commit was tried */
    struct gw_backoff poll_backoff;
    struct gw_backoff start_backoff;
    struct gw_backoff apply_backoff;
    bool has_complained; /* a failure was logged and its end was not */
    struct gw_log_limit refusals;
    struct gw_worker_figures figures;
    struct gw_metrics metrics; /* the entrypoint's; any thread */
    atomic_bool is_finished;
};

/* Notes what the sink was told. OK, NOMEM. */
enum gw_status gw_worker_source_opened(struct gw_worker *worker, struct gw_text name);
void gw_worker_source_closed(struct gw_worker *worker, struct gw_text name);

/* The source of this name, or NULL. */
struct gw_worker_source *gw_worker_source_find(struct gw_worker *worker, struct gw_text name);

/* Starts every source that is due, where the repository says, which is asked until it answers. What cannot start is put
 * off, and no reason to wait. OK, CANCELLED. */
enum gw_status gw_worker_sources_start(struct gw_worker *worker);

/* Notes that a source is further than its last message; store_passed stores it, all together and at most once a second,
 * or at once when is_last. OK, CANCELLED. */
void gw_worker_source_passed(struct gw_worker *worker, const struct gw_passed *passed);
enum gw_status gw_worker_sources_store_passed(struct gw_worker *worker, bool is_last);

/* Logs sources in which messages wait and which do not move, and that they move again. To be called after each turn;
 * is_drained: its poll found fewer messages than it could take. */
void gw_worker_sources_watch(struct gw_worker *worker, bool is_drained);

/* Reads where a source is stored; it starts again when it was moved meanwhile. */
void gw_worker_source_look_again(struct gw_worker *worker, struct gw_worker_source *source);

/* Some source of the messages from `first` on stands elsewhere: finds out which, and has it start again. */
void gw_worker_sources_moved(struct gw_worker *worker, uint32_t first);

/* Compares the positions of all started sources with those that are stored, every few seconds and at the end of the
 * input. A source whose position differs starts again: somebody set it, or the database went back. A turn of its own
 * messages would tell as much, but it may have none. OK; what ends a wait for the repository, which is waited for at
 * the end of the input only. */
enum gw_status gw_worker_sources_look(struct gw_worker *worker, bool is_last);

/* It is to start again, at once. */
void gw_worker_source_restart(struct gw_worker *worker, struct gw_worker_source *source);

/* Whether an operator has to decide about it. */
void gw_worker_source_stopped(struct gw_worker *worker, struct gw_worker_source *source, bool is_stopped);

/* Logs what the worker has in hand, from the handler of a deadly signal. context: the worker. */
void gw_worker_describe_crash(const void *context, const struct gw_log *log);

/* At the worker's end: forgets the positions of sources that cannot be opened again. */
void gw_worker_sources_forget_once(struct gw_worker *worker);

/* Frees sources that were taken away. */
void gw_worker_sources_sweep(struct gw_worker *worker);
void gw_worker_sources_free(struct gw_worker *worker);

/* Applies the turn's messages, however often that has to be tried. OK: each is committed or left out. CANCELLED: what
 * is not done was not applied. CONFIG: the worker must stop; *reterr says why. */
enum gw_status gw_worker_apply(struct gw_worker *worker, struct gw_error *reterr);

/* How long to wait after so many conflicts in a row: by chance, a little longer with each. */
int64_t gw_worker_conflict_pause_ms(uint32_t conflicts);

#endif
