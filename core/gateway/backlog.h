/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The figures that only the repository knows: what waits in the outbox for each destination, and how many dead letters
 * there are. The housekeeper reads them every GW_BACKLOG_READ_MS with its own session; status and metrics copy what was
 * read last, so that no scrape asks the repository.
 *
 * Dead letters and rows without a destination belong to no gateway. Where several share the repository, the holder of
 * the lease GW_BACKLOG_LEASE reports them, so that a sum over all gateways counts them once.
 *
 * init and run: the housekeeper's thread. copy: any thread. done: when that thread has ended.
 */
#ifndef GW_GATEWAY_BACKLOG_H
#define GW_GATEWAY_BACKLOG_H

#include "base/arena.h"

#include <gangway/error.h>
#include <gangway/plugin.h>
#include <gangway/port/repository.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    GW_BACKLOG_READ_MS = 15 * 1000,
    GW_BACKLOG_RENEW_MS = 5000 /* less often than a relay: if this lease is lost, another process reports the same */
};

/* No component can have this id. */
#define GW_BACKLOG_LEASE "gangway:housekeeper"

/* A destination with rows. */
struct gw_backlog_figure {
    const char *destination;
    uint64_t pending;
    int64_t oldest_age_ms; /* by the repository's clock; of a copy: when it was made */
    const char *holder;    /* who holds the lease of the destination, for people; NULL: nobody, or not known */
};

/* What is known. */
struct gw_backlog_figures {
    bool has_outbox; /* the figures are known; a destination that has none has no rows */
    const struct gw_backlog_figure *items;
    uint32_t count;
    int64_t read_ms;  /* when they were, monotonic */
    bool is_reporter; /* this process reports what belongs to no gateway */
    bool has_dead;    /* is_reporter, and the number is known */
    uint64_t dead;
};

struct gw_backlog {
    const struct gw_repository_ops *repository;
    uint32_t features;
    int64_t next_read_ms;
    int64_t next_renewal_ms; /* is_reporter */
    pthread_mutex_t lock;    /* of figures */
    struct gw_backlog_figures figures;
    struct gw_arena *arena; /* of the figures' items; NULL: none */
};

void gw_backlog_init(struct gw_backlog *backlog, const struct gw_plugin *repository);
void gw_backlog_done(struct gw_backlog *backlog);

/* Whether the repository has any such figure. */
bool gw_backlog_is_wanted(const struct gw_backlog *backlog);

/* Reads the figures when that is due, and renews the lease. now_ms is monotonic. *ret_next_ms: when to call again. OK;
 * otherwise the status of the repository, and the figures are unknown until the next call that succeeds. */
enum gw_status gw_backlog_run(struct gw_backlog *backlog, struct gw_session *session, int64_t now_ms,
                              int64_t *ret_next_ms, struct gw_error *reterr);

/* The figures are unknown. */
void gw_backlog_forget(struct gw_backlog *backlog);

/* Copies the figures into the arena. now_ms is monotonic: ages have grown since the figures were read. False: no
 * memory. */
bool gw_backlog_copy(struct gw_backlog *backlog, struct gw_arena *arena, int64_t now_ms,
                     struct gw_backlog_figures *ret_figures);

#endif
