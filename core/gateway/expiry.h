/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expiry: deletes message ids that were stored longer ago than `inbox.keep`, and notices that were sent longer ago than
 * `notify.keep`, so that neither grows without limit. The age of an id is measured in the running time of the
 * repository (gw_repository_ops.advance), which this file advances too. A wall clock cannot make an id expire. The age
 * of a sent notice is measured by the clock of the repository. One thread.
 */
#ifndef GW_GATEWAY_EXPIRY_H
#define GW_GATEWAY_EXPIRY_H

#include <gangway/error.h>
#include <gangway/plugin.h>
#include <gangway/port/repository.h>

#include <stdbool.h>
#include <stdint.h>

enum {
    /* The interval of storing the running time. An id may be kept this much longer. */
    GW_EXPIRY_ADVANCE_MS = 10 * 60 * 1000,
    /* The interval of looking for expired ids and notices. */
    GW_EXPIRY_LOOK_MS = 60 * 1000,
    /* The number of ids or notices that one call deletes. */
    GW_EXPIRY_ROUND = 10000
};

/* How long to keep what. */
struct gw_expiry_keep {
    int64_t ids_ms;     /* inbox.keep */
    int64_t notices_ms; /* notify.keep */
};

/* Rounds of deletion: one follows another at once while more is left than a round deletes. */
struct gw_expiry_rounds {
    int64_t next_ms;   /* monotonic */
    int64_t behind_ms; /* monotonic: since when each round left expired rows; 0: none are left */
    uint64_t deleted;  /* in total */
};

struct gw_expiry {
    const struct gw_plugin *plugin; /* of the repository */
    struct gw_expiry_keep keep;
    bool is_known;      /* the running time was read */
    int64_t running_ms; /* as stored when this gateway last read or advanced it */
    int64_t seen_at_ms; /* when it did */
    struct gw_expiry_rounds ids;
    struct gw_expiry_rounds notices;
};

/* Borrows the plugin. */
void gw_expiry_init(struct gw_expiry *expiry, const struct gw_plugin *plugin, struct gw_expiry_keep keep);

/* False: the repository keeps neither ids nor notices, so gw_expiry_run must not be called. */
bool gw_expiry_is_wanted(const struct gw_expiry *expiry);

/* Stores the running time and deletes a round of ids and one of notices, each when it is due. now_ms is monotonic.
 * *ret_next_ms: when to call again. Returns the status of the repository. */
enum gw_status gw_expiry_run(struct gw_expiry *expiry, struct gw_session *session, int64_t now_ms, int64_t *ret_next_ms,
                             struct gw_error *reterr);

/* Stores the running time since the last call of gw_expiry_run, so that gateways which run briefly count too. Returns
 * the status of the repository. */
enum gw_status gw_expiry_end(struct gw_expiry *expiry, struct gw_session *session, int64_t now_ms,
                             struct gw_error *reterr);

#endif
