/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metric values that one instance of a component has reported (gw_host.metric). Any thread may set and read them.
 * Each call takes a lock, which is held briefly.
 */
#ifndef GW_PROCESS_METRICS_H
#define GW_PROCESS_METRICS_H

#include <gangway/metric.h>
#include <gangway/plugin.h>
#include <gangway/text.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Values are kept for this many labels. Those of further labels stay unknown. */
enum { GW_METRICS_MAX_LABELS = 10000 };

/* The values of one label, one for each metric of the table. */
struct gw_metric_label {
    char *text; /* owned */
    uint64_t len;
    bool is_open;    /* an open source, where only_opened is set */
    int64_t *values; /* owned; GW_METRIC_UNKNOWN: no value */
};

struct gw_metrics {
    pthread_mutex_t lock;
    const struct gw_plugin *plugin; /* the plugin whose table it is */
    struct gw_metric_label *labels; /* unordered; metrics without a label have the empty one */
    uint32_t count;
    uint32_t capacity;
    uint32_t last;    /* behind the label found last, because values are reported in the same order each time */
    bool only_opened; /* values with the label `source` are kept for open sources only */
};

/* Starts without values. With only_opened, gw_metrics_open and gw_metrics_close say which sources are open, so that a
 * late report about a closed source is ignored. */
void gw_metrics_init(struct gw_metrics *metrics, const struct gw_plugin *plugin, bool only_opened);
void gw_metrics_done(struct gw_metrics *metrics);

/* A source was opened or closed. Closing drops its values. OK; NOMEM: its values stay unknown. */
enum gw_status gw_metrics_open(struct gw_metrics *metrics, struct gw_text source);
void gw_metrics_close(struct gw_metrics *metrics, struct gw_text source);

/* As gw_host.metric. Ignores an index that the table does not have, and a value for which there is no memory. */
void gw_metrics_set(struct gw_metrics *metrics, uint32_t index, struct gw_text label, int64_t value);

/* The value of a metric without a label. GW_METRIC_UNKNOWN if there is none, or the table has no metric of this name.
 */
int64_t gw_metrics_value(struct gw_metrics *metrics, const char *name);

/* Makes the value of a metric without a label unknown. */
void gw_metrics_forget(struct gw_metrics *metrics, const char *name);

/* Calls visit for each label that has a value of the metric of this name. The lock is held, so visit must not call
 * these functions. */
typedef void gw_metrics_visit_fn(void *context, struct gw_text label, int64_t value);
void gw_metrics_visit(struct gw_metrics *metrics, const char *name, gw_metrics_visit_fn *visit, void *context);

#endif
