/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of workers and relays: an entrypoint that delivers the lines of a script as messages, and a repository that
 * is the real memory repository except for scripted statuses, and that can be shared by several processes. Both record
 * their calls. One test at a time: Check runs each in a process of its own.
 */
#ifndef GW_TEST_SCRIPTED_H
#define GW_TEST_SCRIPTED_H

#include "test_host.h"
#include "test_plugin.h"

#include <gangway/port/entrypoint.h>
#include <gangway/port/repository.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum { SCRIPT_MAX = 64 };

/* ---- the entrypoint -------------------------------------------------------------------------------------------- */

struct scripted_entrypoint {
    const char *lines[SCRIPT_MAX]; /* payloads, in order; their offsets are their indexes */
    uint32_t line_count;
    uint32_t next;
    enum gw_status ends_with; /* what poll returns behind the last line; OK: END */
    uint32_t cancelled;       /* how many polls say first that they were cancelled */
    int has_ids;              /* 1: the lines have message ids, m0 and so on, and no position */
    char ids[SCRIPT_MAX][16];
    int is_opened;
    int64_t started_at[SCRIPT_MAX]; /* the offsets that start was given, in order */
    uint32_t start_count;
    uint32_t outcomes[SCRIPT_MAX]; /* the last outcome of each line */
    uint32_t recorded_outcomes[SCRIPT_MAX];
    uint32_t reason_codes[SCRIPT_MAX];
    uint32_t settles[SCRIPT_MAX]; /* how often it was settled */
};

extern struct scripted_entrypoint scripted_entrypoint;
extern const struct gw_plugin scripted_entrypoint_plugin;

/* ---- the repository -------------------------------------------------------------------------------------------- */

struct scripted_failure {
    int64_t number;
    int64_t delay_ms;
    uint32_t attempts;
    char answer[64];
};

struct scripted_repository {
    struct test_plugin memory;
    struct test_host host;
    void *self;
    struct gw_repository_ops ops; /* the memory repository's, with apply and outbox_settle scripted */
    struct gw_plugin plugin;      /* the memory repository's, with these ops */

    enum gw_status apply_script[SCRIPT_MAX]; /* the n-th apply with messages; OK or past the end: the real thing */
    uint32_t apply_script_len;
    uint32_t applies;                    /* that had a position to move from, so not the first of a source */
    uint32_t applied_counts[SCRIPT_MAX]; /* how far each such apply would have moved the position */
    int applies_before_unknown;          /* 1: an apply that is scripted as UNKNOWN was really applied */
    void (*in_apply)(const struct gw_changeset *changeset); /* called in each apply, before it; NULL: nothing */
    atomic_uint loads;
    const char *refused_orderid;     /* an apply that allocates for this order is PERMANENT */
    const char *conflicting_orderid; /* ... is a CONFLICT */

    enum gw_status open_script[SCRIPT_MAX]; /* the n-th open_session after that of the test; past the end OK */
    uint32_t open_script_len;
    atomic_uint opens;

    enum gw_status claim_script[SCRIPT_MAX]; /* the n-th claim and migrate of a gateway; past the end OK */
    uint32_t claim_script_len;
    atomic_uint claims;
    enum gw_status migrate_script[SCRIPT_MAX];
    uint32_t migrate_script_len;
    atomic_uint migrates;

    enum gw_status settle_script[SCRIPT_MAX]; /* the n-th outbox_settle; OK or past the end: the real thing. With any
                                                 other the session has lost its leases */
    uint32_t settle_script_len;
    void (*in_settle)(void); /* called in each outbox_settle and notices_settle; NULL: nothing */
    atomic_uint settles;
    atomic_uint settled;                          /* rows and notices that these have named */
    struct scripted_failure failures[SCRIPT_MAX]; /* the rows whose settlements have failed, in order */
    uint32_t failure_count;
    void (*in_look)(struct gw_text destination); /* called in each outbox_next before it reads; NULL: nothing */
    void (*after_look)(void); /* called in each outbox_next after it has read, on the relay's thread; NULL: nothing */
    atomic_uint looks;
    atomic_uint notices_told; /* by all looks for notices */
    int tells_whole;          /* 1: whole rows also to a visitor who wants numbers */
    uint32_t block_events;    /* so many rows that follow one another are told and settled as a block; 0: each alone */
    atomic_uint settlements;  /* of the outbox, in all calls */

    /* Where it is shared. */
    enum gw_status lease_script[SCRIPT_MAX]; /* the n-th lease; as settle_script */
    uint32_t lease_script_len;
    atomic_uint leases;
    void (*in_lease)(const struct gw_host *host); /* called in each lease, with the session's host; NULL: nothing */
    _Atomic(enum gw_status) look_fails;           /* what the next look returns; OK: the real thing */
    atomic_uint announcements;                    /* that a relay has sent */
    atomic_bool is_announced;                     /* an announcement arrived and no look has begun since */
    int announced;                                /* a wake-up that is raised then */
    _Atomic(const char *) leased_elsewhere;       /* the destination that another process delivers; NULL: none */
    struct scripted_lease {
        char destination[32];
        struct gw_session *session;
    } held[4];
    _Atomic(const struct gw_host *) session_host; /* of the session that was opened last */
    pthread_mutex_t lock;                         /* of held */
};

extern struct scripted_repository scripted_repository;

/* The operations of the memory repository itself, without any script. */
const struct gw_repository_ops *scripted_memory_ops(void);

/* Opens the repository, and a session of its own for reading it. */
void *scripted_repository_open(void);

/* A gateway opens its repository itself: from now on that gives it this instance, which it does not close. */
void scripted_repository_lend(void);

/* From now on it is one that several processes share. */
void scripted_repository_share(void);

/* And that announces commits to the holder of the lease. */
void scripted_repository_announce(void);

/* Another process announces a commit. */
void scripted_repository_announced(void);

/* Another process delivers all rows of a destination that are due. */
void scripted_deliver_elsewhere(struct gw_session *session, const char *destination);

/* Another process gives them up; targets as in the port. */
void scripted_give_up_elsewhere(struct gw_session *session, const char *destination, const struct gw_array *targets);

/* The dead letter of a row, which borrows the row's texts. */
struct gw_dead_entry scripted_dead_entry(const struct gw_outbox_row *row, const char *reason);

/* Every row of a destination is due again in delay_ms, by the clock of the repository's host. */
void scripted_delay_all(struct gw_session *session, const char *destination, int64_t delay_ms);

/* What is left in the outbox of a destination, and the dead letters, as counts. */
uint64_t scripted_outbox_count(struct gw_session *session, const char *destination);
uint64_t scripted_dead_count(struct gw_session *session);

/* Puts the first dead letters back into the outbox, each for its own destination and recipient. */
void scripted_requeue_all(struct gw_session *session);

/* The position of the scripted source; GW_OFFSET_NONE when it has none. */
int64_t scripted_position(struct gw_session *session);

/* The same of the source of this name. */
int64_t scripted_position_of(struct gw_session *session, const char *source);

#endif
