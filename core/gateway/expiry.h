/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expiry: deletes message ids that were stored longer ago than `inbox.keep`, so that the inbox does not grow without
 * limit. Age is measured in the running time of the repository (gw_repository_ops.advance), which this file advances
 * too. A wall clock cannot make an id expire. One thread.
 */
#ifndef GW_GATEWAY_EXPIRY_H
#define GW_GATEWAY_EXPIRY_H

#include <gangway/error.h>
#include <gangway/port/repository.h>

#include <stdbool.h>
#include <stdint.h>

enum {
    /* The interval of storing the running time. An id may be kept this much longer. */
    GW_EXPIRY_ADVANCE_MS = 10 * 60 * 1000,
    /* The interval of looking for expired ids. */
    GW_EXPIRY_LOOK_MS = 60 * 1000,
    /* The number of ids that one call deletes. */
    GW_EXPIRY_ROUND = 10000
};

struct gw_expiry {
    const struct gw_repository_ops *repository;
    int64_t keep_ms;
    bool is_known;        /* the running time was read */
    int64_t running_ms;   /* as stored when this gateway last read or advanced it */
    int64_t seen_at_ms;   /* when it did */
    int64_t next_look_ms; /* monotonic */
    int64_t behind_ms;    /* monotonic: since when each round left expired ids; 0: none are left */
    uint64_t forgotten;   /* ids that were deleted, in total */
};

void gw_expiry_init(struct gw_expiry *expiry, const struct gw_repository_ops *repository, int64_t keep_ms);

/* Stores the running time and deletes a round of ids, each when it is due. now_ms is monotonic. *ret_next_ms: when to
 * call again. Returns the status of the repository. */
enum gw_status gw_expiry_run(struct gw_expiry *expiry, struct gw_session *session, int64_t now_ms, int64_t *ret_next_ms,
                             struct gw_error *reterr);

/* Stores the running time since the last call, so that gateways which run briefly count too. Returns the status of the
 * repository. */
enum gw_status gw_expiry_end(struct gw_expiry *expiry, struct gw_session *session, int64_t now_ms,
                             struct gw_error *reterr);

#endif
