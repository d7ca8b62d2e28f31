/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The figures that one instance of a component has told of itself (gw_host.gauge): whether it has a connection, and how
 * far each of its sources lags. Plugins set them on any thread, others read them on any thread: each call takes a lock,
 * which nobody holds for long.
 */
#ifndef GW_PROCESS_GAUGES_H
#define GW_PROCESS_GAUGES_H

#include <gangway/status.h>
#include <gangway/text.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Of so many sources the lag is kept; that of further ones stays unknown. */
enum { GW_GAUGES_MAX_SOURCES = 10000 };

struct gw_gauge_source {
    char *name; /* owned */
    uint64_t len;
    int64_t lag; /* GW_GAUGE_UNKNOWN: not known */
};

struct gw_gauges {
    pthread_mutex_t lock;
    int64_t connection;              /* 1, 0, GW_GAUGE_UNKNOWN */
    struct gw_gauge_source *sources; /* in no order */
    uint32_t count;
    uint32_t capacity;
    uint32_t last;    /* where the last one was found: they are told in the same order each time */
    bool only_opened; /* the lag of a source is kept while it is open, and of no other */
};

/* Knows nothing yet. Where the sources are ones that come and go, what is told late of one that is gone is ignored:
 * gw_gauges_open and gw_gauges_close say which there are. */
void gw_gauges_init(struct gw_gauges *gauges, bool only_opened);
void gw_gauges_done(struct gw_gauges *gauges);

/* A source was opened; one that was closed loses its lag. NOMEM; then its lag stays unknown. */
enum gw_status gw_gauges_open(struct gw_gauges *gauges, struct gw_text source);
void gw_gauges_close(struct gw_gauges *gauges, struct gw_text source);

/* As gw_host.gauge. A figure that there is no memory for is not known. */
void gw_gauges_set(struct gw_gauges *gauges, uint32_t gauge, struct gw_text source, int64_t value);

/* 1: it has a connection; 0: it has none; GW_GAUGE_UNKNOWN. */
int64_t gw_gauges_connection(struct gw_gauges *gauges);

/* Calls visit for each source whose lag is known, with the lock held: visit must not call the gauges. */
typedef void gw_gauges_lag_fn(void *context, struct gw_text source, int64_t lag);
void gw_gauges_lags(struct gw_gauges *gauges, gw_gauges_lag_fn *visit, void *context);

#endif
