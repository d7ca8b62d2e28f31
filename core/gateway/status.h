/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status of a running gateway: a snapshot of all its components with what is known of them, for the verb `status`,
 * for readiness and for metrics. It asks nobody: it copies what the threads have noted.
 *
 * Main thread. A snapshot lives in the arena that it was taken into. Texts of the configuration are copied too, so that
 * it may outlive the configuration; plugins stay loaded.
 */
#ifndef GW_GATEWAY_STATUS_H
#define GW_GATEWAY_STATUS_H

#include "base/arena.h"
#include "gateway/backlog.h"
#include "gateway/component_figures.h"
#include "gateway/config_hash.h"
#include "gateway/gateway.h"
#include "process/last_failure.h"

struct gw_order_verdict; /* orders.h */

/* X(name, word) */
#define GW_COMPONENT_STATE_LIST(X)                                                            \
    X(OPEN, "open")       /* it has an instance and no thread yet */                          \
    X(WAITING, "waiting") /* it has not come up, or what it needs does not answer: failure */ \
    X(RUNNING, "running")                                                                     \
    X(PAUSED, "paused")     /* the file says so */                                            \
    X(DRAINING, "draining") /* it takes nothing new and ends what it has */                   \
    X(ENDED, "ended")       /* its input is exhausted, or it was stopped */                   \
    X(FAILED, "failed")     /* it ended by a failure */                                       \
    X(GONE, "gone")         /* no configuration names it; its figures remain */

enum gw_component_state {
#define GW_COMPONENT_STATE_ENUM(name, word) GW_COMPONENT_##name,
    GW_COMPONENT_STATE_LIST(GW_COMPONENT_STATE_ENUM)
#undef GW_COMPONENT_STATE_ENUM
};

/* A value that a plugin has reported. */
struct gw_metric_value {
    const struct gw_metric *metric; /* a row of the plugin's table */
    struct gw_text label;           /* of the metric's label, where it has one */
    uint32_t instance;              /* which of the component's */
    int64_t value;
};

/* An old generation that turns of a component still run by. */
struct gw_held_generation {
    uint64_t number;
    uint32_t turns;
    int64_t held_ms; /* by the turn that has held it longest */
};

struct gw_component_status {
    const char *id;
    enum gw_section section;
    enum gw_component_state state;
    bool is_replacing;              /* one of before with this id is draining */
    int64_t since_unix_ms;          /* since when it is in this state, or runs; 0: not known */
    const struct gw_plugin *plugin; /* NULL: not known any more */
    bool has_failure;
    struct gw_failure failure; /* what does not work now, or has ended it */
    const struct gw_component_figures *figures;
    bool has_rate;
    double per_s; /* messages received, or events sent, over the last seconds (process/rate.h) */
    const struct gw_metric_value *metrics; /* in the order of the plugin's table and of the instances */
    uint32_t metric_count;
    int connection_up; /* 1: every instance that reports it has its connection; 0: one has none; -1: not known */

    /* Of an entrypoint. */
    uint32_t workers;
    struct gw_held_generation *old_generations; /* that it holds, the oldest first */
    uint32_t old_generation_count;

    /* Of a destination. */
    bool delivers;      /* this process does, not another one that holds its lease */
    const char *holder; /* has_backlog, pending > 0: who holds the lease, for people; NULL: nobody, or not known */
    bool has_backlog;
    uint64_t pending;
    int64_t oldest_age_ms; /* pending > 0 */
};

/* Rows for a destination that no configuration names. */
struct gw_orphan {
    const char *destination;
    uint64_t pending;
    int64_t oldest_age_ms;
    const char *holder; /* another gateway that delivers them, for people; NULL: nobody, or not known */
};

struct gw_gateway_status {
    const char *service;
    int64_t taken_unix_ms;
    int64_t started_unix_ms;
    uint64_t generation;        /* from 1, 0: is_starting; each apply that changes something makes the next one */
    uint32_t generations_alive; /* more than 1: turns still run by older ones */
    const char *config_hash;    /* gw_config_hash */
    bool is_starting;           /* it waits for its repository, and has no generation yet */
    unsigned stray_calls;       /* of plugins, that were abandoned and have not returned: stray_calls.h */
    bool is_stopping;
    const struct gw_order_verdict *last_apply;    /* borrowed from the gateway until its next order; NULL: none */
    const struct gw_component_status *components; /* the repository, then in the order of the file */
    uint32_t component_count;
    bool is_reporter; /* orphans and dead letters are this gateway's to report */
    bool has_orphans;
    const struct gw_orphan *orphans;
    uint32_t orphan_count;
    bool has_dead;
    uint64_t dead_letters;
    bool has_log; /* the next is known */
    uint64_t log_records_dropped;
};

/* OK, NOMEM. */
enum gw_status gw_gateway_status_take(struct gw_gateway *gateway, struct gw_arena *arena,
                                      struct gw_gateway_status *ret_status, struct gw_error *reterr);

const char *gw_component_state_word(enum gw_component_state state);

#endif
