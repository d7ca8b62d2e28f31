/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expiry: the repository forgets message ids that were stored longer ago than `inbox.keep`, so that the inbox does not
 * grow for ever. Age is measured in the repository's running time (gw_repository_ops.advance), which this keeps as
 * well: no wall clock can make an id old. One thread.
 */
#ifndef GW_GATEWAY_EXPIRY_H
#define GW_GATEWAY_EXPIRY_H

#include <gangway/error.h>
#include <gangway/port/repository.h>

#include <stdbool.h>
#include <stdint.h>

enum {
    /* The running time is stored this often, so an id may be kept as much longer. */
    GW_EXPIRY_ADVANCE_MS = 10 * 60 * 1000,
    /* How often it looks for ids to forget. */
    GW_EXPIRY_LOOK_MS = 60 * 1000,
    /* Ids that one call forgets. */
    GW_EXPIRY_ROUND = 10000
};

struct gw_expiry {
    const struct gw_repository_ops *repository;
    int64_t keep_ms;
    bool is_known;        /* the running time was read */
    int64_t running_ms;   /* as it was stored when this gateway last read or raised it */
    int64_t seen_at_ms;   /* when that was */
    int64_t next_look_ms; /* monotonic */
    int64_t behind_ms;    /* monotonic: since when there was always more to forget; 0: there is not */
    uint64_t forgotten;   /* ids, in all */
};

void gw_expiry_init(struct gw_expiry *expiry, const struct gw_repository_ops *repository, int64_t keep_ms);

/* Stores the running time and forgets a round of ids, each when it is time to. now_ms is monotonic. *ret_next_ms: when
 * to call again. What the repository says. */
enum gw_status gw_expiry_run(struct gw_expiry *expiry, struct gw_session *session, int64_t now_ms, int64_t *ret_next_ms,
                             struct gw_error *reterr);

/* Stores the running time since it was last stored: so that gateways which run briefly count too. */
enum gw_status gw_expiry_end(struct gw_expiry *expiry, struct gw_session *session, int64_t now_ms,
                             struct gw_error *reterr);

#endif
